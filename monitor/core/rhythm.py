"""When a feed usually brings something new, and how often it is therefore worth asking.

Learned by watching, hour by hour of the week. From it follow three things: the pace of the polls between
the topic's schedule and what the server wishes, whether a silence is odd, and whether an endless "not
modified" can be believed. Pure; times are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil, exp, floor, log1p

from monitor.core.words import span
from monitor.model import Changes, Feed, Rhythm

WEEK = timedelta(weeks=1)
HOURS = 168  # of a week
DAY = 24
EPOCH = 3 * DAY  # the hour of the week in which 1970 began, a Thursday
EARLY = timedelta(weeks=2)  # before that, an hour of the week has been met too seldom to be a habit
LATE = timedelta(weeks=8)  # then older weeks begin to count less
PRIOR = 2.0  # weeks that the same hour on the other days counts for
WORTH_ASKING = 0.15  # chance of news in the time between two polls; see docs/replay.md

LOW, HIGH = 1 / 3, 2 / 3  # known entries of a poll; between them, what is new is caught with room to spare
SEVERAL = 3  # entries: of fewer, a share says nothing
FASTEST = timedelta(minutes=5)
SLOWEST = timedelta(hours=2)  # of what is learned; a slower schedule is the user's word
STEPS = 3  # times the schedule's interval: the longest of what is learned; see docs/replay.md

EMPTY = (0,) * HOURS


# ── learning ─────────────────────────────────────────────────────────────────────────────────────


def begun(at: datetime) -> Rhythm:
    """What is known of a feed's rhythm at its first poll: nothing."""
    return Rhythm(at, EMPTY, EMPTY)


def learned(feed: Feed, changes: Changes, at: datetime) -> Rhythm | None:
    """The rhythm after a poll; None when there is nothing to learn from it.

    The first poll shows what gathered over an unknown time, so it only begins the count. An entry counts
    in the hour in which it was published, where that lies between the two polls, else in that of the poll.
    """
    if feed.rhythm is None:
        return begun(at)
    if not changes.new:
        return None
    rhythm = _faded(feed.rhythm, at)
    entries, hours = list(rhythm.entries), list(rhythm.hours)
    since = feed.last_ok_at or feed.last_poll_at or at
    met = {_hour(feed.last_new_at)} if feed.last_new_at else set()
    for entry, _ in changes.new:
        moment = entry.published if entry.published and since < entry.published <= at else at
        entries[_place(moment)] += 1
        if _hour(moment) not in met:
            met.add(_hour(moment))
            hours[_place(moment)] += 1
    return Rhythm(rhythm.since, tuple(entries), tuple(hours))


def _faded(rhythm: Rhythm, at: datetime) -> Rhythm:
    """After eight weeks all counts are halved, and so is the time they stand for: habits change."""
    if at - rhythm.since < LATE:
        return rhythm
    halved = tuple((count + 1) // 2 for count in rhythm.entries), tuple((n + 1) // 2 for n in rhythm.hours)
    return Rhythm(at - (at - rhythm.since) / 2, *halved)


def _hour(moment: datetime) -> int:
    """The hour as a number that only grows."""
    return int(moment.timestamp() // 3600)


def _place(moment: datetime) -> int:
    """The hour of the week, Monday 0 h UTC being 0."""
    moment = moment.astimezone(UTC)
    return moment.weekday() * DAY + moment.hour


# ── expecting ────────────────────────────────────────────────────────────────────────────────────


def is_habit(rhythm: Rhythm | None, at: datetime) -> bool:
    """Whether the feed was watched for long enough to speak of habits."""
    return rhythm is not None and at - rhythm.since >= EARLY


def chance_of_news(rhythm: Rhythm, start: datetime, end: datetime) -> float:
    """How likely something new comes between two moments, 0–1, by the hours of the week between them."""
    weeks = max((start - rhythm.since) / WEEK, 1.0)
    never = sum(log1p(-_likely(rhythm, place, weeks)) * part for place, part in _hours_between(start, end))
    return 1 - exp(never)


def expected(rhythm: Rhythm, start: datetime, end: datetime) -> float:
    """How many new entries usually come between two moments."""
    weeks = max((start - rhythm.since) / WEEK, 1.0)
    return sum(rhythm.entries[place] / weeks * part for place, part in _hours_between(start, end))


def a_week(rhythm: Rhythm, at: datetime) -> float:
    """How many new entries usually come in a week."""
    return sum(rhythm.entries) / max((at - rhythm.since) / WEEK, 1.0)


def _likely(rhythm: Rhythm, place: int, weeks: float) -> float:
    """How likely this hour of the week brings news; the same hour of other days helps where little is known."""
    same = sum(rhythm.hours[place % DAY :: DAY]) / (HOURS // DAY * weeks)
    return min((rhythm.hours[place] + PRIOR * min(same, 1.0)) / (weeks + PRIOR), 0.99)


def _hours_between(start: datetime, end: datetime) -> Iterator[tuple[int, float]]:
    """The hours of the week from start to end, at most two weeks of them, with the part that is covered."""
    first = start.timestamp() / 3600
    last = min(end.timestamp() / 3600, first + 2 * HOURS)
    for hour in range(floor(first), ceil(last)):
        yield (hour + EPOCH) % HOURS, min(hour + 1, last) - max(hour, first)


# ── pace ─────────────────────────────────────────────────────────────────────────────────────────


def pace(
    feed: Feed, changes: Changes, interval: timedelta, at: datetime, rhythm: Rhythm | None
) -> tuple[timedelta, str]:
    """How long to wait until the next poll for what may be new, and why.

    `interval` is that of the topic's schedule. News brings the pace back to it; polls that bring nothing
    double it, up to three times the schedule or two hours, as far as the feed's habits speak against news.
    Where less than a third of what a poll showed was known, or nothing of it, the polls come too seldom
    for this feed, and the pace is halved: below the schedule's own, down to five minutes.
    """
    before = timedelta(seconds=feed.pace_s) if feed.pace_s else interval
    before = min(max(before, _fastest(interval)), _slowest(interval))
    known, new = len(changes.seen) + len(changes.changed), len(changes.new)
    if not new:
        return _quieter(before, interval, at, rhythm)
    if feed.last_ok_at is None or known + new < SEVERAL or at - feed.last_ok_at > 3 * before:
        return interval, "as scheduled"
    share = known / (known + new)
    if share < LOW:
        halved = max(before / 2, _fastest(interval))
        why = (
            f"only {known} of its {known + new} entries were known"
            if known
            else "none of its entries was known"
        )
        return halved, f"asked every {span(halved)}, because at the last poll {why}"
    if share <= HIGH:
        return min(before, interval), "as scheduled"
    return interval, "as scheduled"


def _quieter(
    before: timedelta, interval: timedelta, at: datetime, rhythm: Rhythm | None
) -> tuple[timedelta, str]:
    """The pace after a poll that brought nothing."""
    longest = min(before * 2, _slowest(interval))
    if longest <= interval:
        return longest, "as scheduled"
    if rhythm is None or not is_habit(rhythm, at):
        return longest, f"asked every {span(longest)} while it brings nothing new"
    step = interval
    while step < longest and chance_of_news(rhythm, at, at + step) < WORTH_ASKING:
        step = min(step * 2, longest)
    if step <= interval:
        return interval, "as scheduled: news is likely at this hour"
    return step, f"asked every {span(step)}, because it seldom brings anything new at this hour"


def _fastest(interval: timedelta) -> timedelta:
    return min(interval, max(FASTEST, interval / STEPS))


def _slowest(interval: timedelta) -> timedelta:
    return max(interval, min(interval * STEPS, SLOWEST))
