"""The look for sudden rises: each topic's last three hours beside the same hours of earlier days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from monitor.core import rises
from monitor.model import Rise, Topic
from monitor.outputs.doors import Books

WINDOW = timedelta(hours=rises.WINDOW_HOURS)
DAY = timedelta(days=1)
SLACK = timedelta(hours=2)  # in which a topic's feeds must have been answered before the window


def look_for_rises(books: Books, topics: Mapping[str, Topic], now: datetime) -> list[Rise]:
    """Keep every rise that there is now, and announce new ones where the topic asks for it; gives the new ones."""
    counts = {
        topic: count
        for topic, count in books.counts_by_topic(now - WINDOW, now).items()
        if count >= rises.LEAST and topic in topics
    }
    if not counts:
        return []
    past = [
        books.counts_by_topic(now - WINDOW - days * DAY, now - days * DAY)
        for days in range(1, rises.DAYS + 1)
    ]
    found = []
    for topic, count in counts.items():
        rise = judged(books, topics[topic], count, past, now)
        if rise and books.save_rise(rise, topics[topic].alert if topics[topic].rise else (), now):
            found.append(rise)
    return found


def judged(
    books: Books, topic: Topic, count: int, past: Sequence[Mapping[str, int]], now: datetime
) -> Rise | None:
    """The rise of a topic, if there is one and it is not only what had piled up."""
    began = books.rhythm_since(topic.id)
    if began is None:
        return None
    history = [
        counts.get(topic.id, 0) if now - WINDOW - days * DAY >= began else None
        for days, counts in enumerate(past, 1)
    ]
    known = rises.usual(history, now.weekday())
    if known is None or not rises.is_rise(count, history, now.weekday()):
        return None
    slack = max(SLACK, 2 * (topic.schedule.every or timedelta()))
    if not books.was_watched(topic.id, now - WINDOW, slack):
        return None
    return Rise(topic.id, now - WINDOW, now, count, known[0], rises.in_words(count, known[0]))
