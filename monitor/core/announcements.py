"""An alert in words: the subject, the text, and the facts that a webhook is given. Rows in, a message out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.model import Alert, Carrier, Message, StoryNews

FORMAT = 1  # of the facts; a new number when a key changes its meaning
FEW = 3  # outlets that are named before the others are counted
MOST_LINKS = 6
LONGEST_SUBJECT = 180

_MARKED = re.compile(r"\[([^\[\]]{1,200})\]")


def message_of(alert: Alert, zone: str, html: str | None = None) -> Message:
    """The alert as it is sent. Times are told in `zone`; `html` is the same for people's eyes."""
    return Message(
        key=alert.key,
        kind=alert.kind,
        subject=subject_of(alert),
        text=text_of(alert, zone),
        facts=facts_of(alert),
        html=html,
    )


def subject_of(alert: Alert) -> str:
    """One line: the topic and the headline, or what is new."""
    if alert.kind == "rise":
        line = f"{alert.topic}: {alert.because}"
    elif alert.kind == "notice":
        line = f"monitor: {alert.because}"
    elif alert.kind == "update":
        line = f"Update, {alert.topic}: {alert.news.title}"
    else:
        line = f"{alert.topic}: {alert.news.title}"
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def text_of(alert: Alert, zone: str) -> str:
    """The alert as plain text, most important first."""
    return "\n".join(_lines(alert, zone))


def _lines(alert: Alert, zone: str) -> Iterator[str]:
    if alert.kind == "notice":
        yield f"{alert.because}. They stand in the table `outbox`, in state `expired`."
        return
    if alert.kind == "rise":
        yield f"{alert.topic}: {alert.because}"
        yield "The story most of them carry:"
    if alert.kind == "update":
        yield f"UPDATE: {alert.because}"
    yield alert.news.title
    yield by_line(alert.news, zone)
    if alert.news.because:
        yield alert.news.because
    yield alert.news.url
    yield from _others("Also carried by", alert.news.carriers[1 : MOST_LINKS + 1])
    yield from _others("Near it", alert.news.related)
    yield f"Topic: {alert.topic}"


def _others(heading: str, carriers: Sequence[Carrier]) -> Iterator[str]:
    if carriers:
        yield f"{heading}:"
    for one in carriers:
        yield f"- {one.outlet} ({one.kind}): {one.url}"


def by_line(news: StoryNews, zone: str) -> str:
    """Who carries it, the agency, since when: `taz, FAZ and 3 others · dpa · first seen 14:05`."""
    parts = [named(news.outlets), news.agency, f"first seen {clock(news.first_seen, zone)}"]
    return " · ".join(part for part in parts if part)


def named(outlets: Sequence[str], few: int = FEW) -> str:
    """The first outlets by name, the others by number."""
    if len(outlets) <= few + 1:
        return _and([*outlets])
    return _and([*outlets[:few], f"{len(outlets) - few} others"])


def _and(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def clock(at: datetime, zone: str) -> str:
    """The day and the time of the day in a zone: `1 June 14:05`."""
    here = at.astimezone(ZoneInfo(zone))
    return f"{here.day} {here:%B %H:%M}"


def matched(because: str) -> list[str]:
    """The words that matched, each once, as they stand in the text."""
    found = {word.casefold(): word for word in reversed(_MARKED.findall(because))}
    return list(reversed(found.values()))


def pieces(because: str) -> list[tuple[str, bool]]:
    """A passage in pieces: text, and whether it matched. For pages that mark words by more than brackets."""
    parts = _MARKED.split(because)
    return [(text, bool(number % 2)) for number, text in enumerate(parts) if text]


def facts_of(alert: Alert) -> dict[str, Any]:
    """What a webhook is given beside the text."""
    return {
        "format": FORMAT,
        "key": alert.key,
        "kind": alert.kind,
        "at": stamp(alert.at),
        "topic": {"id": alert.topic_id, "title": alert.topic},
        "because": alert.because,
        "story": story_facts(alert.news),
    }


def story_facts(news: StoryNews) -> dict[str, Any]:
    """A story for programs. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`."""
    return {
        "id": news.id,
        "title": news.title,
        "url": news.url,
        "outlets": list(news.outlets),
        "articles": news.articles,
        "agency": news.agency,
        "language": news.language,
        "first_seen_at": stamp(news.first_seen),
        "last_seen_at": stamp(news.last_seen),
        "passage": news.because,
        "matched": matched(news.because),
        "links": [_link(one) for one in news.carriers],
        "related": [_link(one) for one in news.related],
    }


def _link(one: Carrier) -> dict[str, str]:
    return {
        "outlet": one.outlet,
        "title": one.title,
        "url": one.url,
        "kind": one.kind,
        "first_seen_at": stamp(one.first_seen),
    }


def stamp(at: datetime) -> str:
    """A time for programs."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def trial(target: str, now: datetime) -> Message:
    """The message of `monitor alerts test`: it says what it is, and can be told from news."""
    text = f"This is a test of the alert {target!r}. Messages of monitor arrive here."
    key = f"test:{target}:{stamp(now)}"
    facts = {"format": FORMAT, "key": key, "kind": "test", "at": stamp(now)}
    return Message(key, "test", f"monitor: a test of {target}", text, facts)
