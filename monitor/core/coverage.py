"""How complete the watch of a feed was: gaps, outages, silences. Decides, stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import rhythm as habits
from monitor.core.words import clock, span
from monitor.model import Changes, Feed, Gap, PollOutcome

_SEVERAL = 3  # entries: a feed of one or two is always all new
_DOUBTED = timedelta(days=7)  # of "not modified" before it is checked
_MISSED = 3  # entries that would usually have come: then "not modified" is odd
_SURE = 0.99  # confidence from which a silence is told
_CORRELATED = 2.0  # hours of silence come in runs (holidays): so many count as one
_USUALLY = 5  # entries that would usually have come: fewer are no silence
_MONTH = 30
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def found(feed: Feed, changes: Changes | None, outcome: PollOutcome, at: datetime) -> Gap | None:
    """What a poll says of the time before it: an outage, a possible gap, a silence, or nothing.

    `changes` is what it brought; None when there was no body to read.
    """
    if outcome == "error":
        return outage(replace(feed, failures=feed.failures + 1), at)
    if feed.failures:
        return over(feed, changes, at)
    if changes is None or not changes.new:
        turned = feed.last_poll_at is None or feed.last_poll_at.hour != at.hour
        return silence(feed, at) if turned else None  # once an hour is often enough
    if asks_without_conditions(feed, at) and (lie := false_304(feed, changes, at)):
        return lie
    return gap(feed, changes, at)


def gap(feed: Feed, changes: Changes, at: datetime) -> Gap | None:
    """A possible gap: a feed that had entries before now has several, and none of them is known.

    What came after the last poll and left before this one was never served to us. `changes` is what this
    poll brought, `at` when it was made.
    """
    overlap = changes.changed or changes.seen
    if overlap or len(changes.new) < _SEVERAL or feed.last_poll_at is None or feed.body_digest is None:
        return None
    return Gap(
        from_at=feed.last_poll_at,
        to_at=at,
        kind="possible_gap",
        because=(
            f"none of the {len(changes.new)} entries was in the feed at the poll before, "
            f"{clock(feed.last_poll_at)}: others may have come and gone in between"
        ),
    )


def outage(feed: Feed, at: datetime) -> Gap | None:
    """The time in which a feed could not be read, as it stands at `at`; None when it could."""
    since = feed.last_ok_at or feed.last_poll_at
    if not feed.failures or since is None:
        return None
    because = f"{_failed(feed, since)}: what came and went in between was not seen"
    return Gap(from_at=since, to_at=at, kind="outage", because=because)


def _failed(feed: Feed, since: datetime) -> str:
    polls = "1 poll" if feed.failures == 1 else f"{feed.failures} polls in a row"
    read = f"it was last read {clock(since)}" if feed.last_ok_at else "it had not been read before"
    return f"{polls} failed, and {read}"


def over(feed: Feed, changes: Changes | None, at: datetime) -> Gap | None:
    """The outage that a poll has ended, and whether what the feed shows now bridges it.

    A feed that is unchanged, or that still shows an entry we know, shows everything that came after it.
    """
    past = outage(feed, at)
    if past is None or feed.body_digest is None:
        return past
    seen, new = (len(changes.seen) + len(changes.changed), len(changes.new)) if changes else (0, 0)
    if new and not seen:
        return past
    proof = f"{seen} of its {seen + new} entries were known" if new else "the feed is as it was before"
    why = f"{_failed(feed, past.from_at)}; nothing was missed, because {proof}"
    return replace(past, because=why, bridged=True)


# ── silence ──────────────────────────────────────────────────────────────────────────────────────


def silence(feed: Feed, at: datetime) -> Gap | None:
    """A silence that is odd for this feed at these hours of these days; None when it is not.

    Judged against the learned rhythm, once the feed was watched for two weeks.
    """
    since, rhythm = feed.last_new_at, feed.rhythm
    if since is None or rhythm is None or not habits.is_habit(rhythm, at) or at <= since:
        return None
    usual = habits.expected(rhythm, since, at)
    if usual < _USUALLY:
        return None
    chance = (1 - habits.chance_of_news(rhythm, since, at)) ** (1 / _CORRELATED)
    if chance > 1 - _SURE:
        return None
    return Gap(since, at, "silence", _told(usual, chance, since, at))


def _told(usual: float, chance: float, since: datetime, at: datetime) -> str:
    """The silence in words: what is usual, what there was, how sure we are."""
    confidence = f"confidence {min(1 - chance, 0.999):.1%}"
    if since.date() == at.date():
        when = (
            f"usually {usual:.0f} entries between {since:%H:%M} and {at:%H:%M} UTC on a {_DAYS[at.weekday()]}"
        )
        return f"{when}, today none ({confidence})"
    when = (
        f"usually {usual:.0f} entries in such {span(at - since)} up to {_DAYS[at.weekday()]} {at:%H:%M} UTC"
    )
    return f"{when}, now none ({confidence})"


# ── "not modified" ───────────────────────────────────────────────────────────────────────────────


def asks_without_conditions(feed: Feed, at: datetime) -> bool:
    """Whether to ask once for the whole feed, because "not modified" has become hard to believe.

    At most once in seven days, and only for a feed that would usually have brought several entries since
    the last whole body.
    """
    if feed.full_at is None or feed.rhythm is None or not (feed.etag or feed.last_modified):
        return False
    if at - feed.full_at < _DOUBTED:
        return False
    return habits.a_week(feed.rhythm, at) * ((at - feed.full_at) / habits.WEEK) >= _MISSED


def false_304(feed: Feed, changes: Changes, at: datetime) -> Gap | None:
    """The server said "not modified" when it was not so: new entries are older than the last poll."""
    last = feed.last_poll_at
    old = [entry for entry, _ in changes.new if last and entry.published and entry.published < last]
    if not old or feed.full_at is None:
        return None
    return Gap(
        from_at=feed.full_at,
        to_at=at,
        kind="possible_gap",
        because=(
            f"the server said “not modified” since {clock(feed.full_at)}, although {len(old)} entries were new; "
            "asked without conditions, it showed them"
        ),
        bridged=bool(changes.seen or changes.changed),
    )


# ── the statement ────────────────────────────────────────────────────────────────────────────────


def statement(name: str, share: float | None, gaps: Sequence[Gap]) -> str:
    """How complete the watch of a feed was in the last 30 days, in one sentence.

    `share` is the part of the time for which overlapping polls prove that nothing was missed, 0–1; None
    when there was no poll yet. `gaps` are those of that time, newest last.
    """
    if share is None:
        return f"{name}: not read yet"
    shown = "100" if share >= 1 else f"{min(share * 100, 99.9):.1f}"
    parts = [f"{name}: {shown} % overlap-proven in the last {_MONTH} days"]
    open_gaps = [one for one in gaps if not one.bridged]
    parts += [_brief(one) for one in open_gaps[-3:]]
    if len(open_gaps) > 3:  # noqa: PLR2004  as shown
        parts.append(f"and {len(open_gaps) - 3} more")
    return "; ".join(parts)


def _brief(one: Gap) -> str:
    """One gap: `possible gap of 3 hours on the 12th`."""
    kind = one.kind.replace("_", " ")
    return f"{kind} of {span(one.to_at - one.from_at)} on the {_ordinal(one.from_at.day)}"


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")  # noqa: PLR2004  teens
    return f"{day}{ending}"
