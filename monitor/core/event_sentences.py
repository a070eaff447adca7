"""What is said of an event: why a story reports it, in words a journalist reads. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from monitor.core.words import span
from monitor.model import Crowd, NearEvent, Reported, Standard, Traits

TOO_LITTLE = "an event of its own: the text is too short, or a round-up of many happenings"
ALONE = "the first report of its event: nothing like it in the days around"
CHOSEN = "put into this event by hand"
KEPT_APART = "kept apart by hand"
ANOTHER_EDITION = "it is another day's edition: the same subject with other figures"
_LONGEST_TITLE = 90


class Tie(NamedTuple):
    """How close two texts of two languages are in meaning, and by which standard."""

    closeness: float
    standard: Standard


def joined(
    event: NearEvent,
    nearest: Reported,
    likeness: float,
    shared: Sequence[str],
    traits: Traits,
    tie: Tie | None = None,
) -> str:
    """Say which event a story joins, what it has in common with it, and with which story most."""
    others = f" and {event.stories - 1} other {_stories(event.stories - 1)}" if event.stories > 1 else ""
    abroad = ""
    if nearest.traits.language != traits.language:
        abroad = f" ({_language(nearest)}, by {'meaning and names' if tie else 'names and numbers'})"
    common = f"shares {', '.join(shared) or 'its words'}"
    if tie is not None:
        common = (
            f"means much the same (closeness {tie.closeness:.2f} by the model {tie.standard.model}, where "
            f"{tie.standard.alike:.2f} is asked for), and both name {', '.join(shared)}"
        )
    return (
        f"reports the same as {_named(nearest)}{others}, {_distance(traits, nearest)}{abroad}: "
        f"{common}; likeness {likeness:.2f}"
    )


def too_far(story: Reported, shared: Sequence[str], tie: Tie) -> str:
    """Say how far a story of another language is from being thought to report the same."""
    return (
        f"both name {', '.join(shared)}, with a closeness of {tie.closeness:.2f} in meaning ({_language(story)}) "
        f"by the model {tie.standard.model}, where {tie.standard.alike:.2f} is asked for"
    )


def closest(story: Reported, why: str) -> str:
    """Say which story of another language is the closest, and why it is not close enough."""
    return f"the closest in another language is {_named(story)}, but {why}"


def alone(nearest: Reported, likeness: float, needed: float, why: str) -> str:
    """Say why a story starts an event although there is one near it."""
    reason = why or f"likeness {likeness:.2f} where {needed:.2f} is asked for"
    return f"the first report of its event: nearest is {_named(nearest)}, but {reason}"


def merged(event: NearEvent, other: NearEvent, share: float) -> str:
    """Say why two events are one."""
    return (
        f"one event with “{_short(event.title)}”: a new story fits both, and so do {round(100 * share)} % of the pairs "
        f"of their stories ({event.stories} and {other.stories})"
    )


def merged_among(own: Crowd, other: Crowd, found: float) -> str:
    """Say why two events are one, although few of their stories are like each other."""
    return (
        f"one event with “{_short(other.title)}”, seen again: the stories of both ({own.stories} and {other.stories}) "
        f"stand among the same reports; likeness with what is around them {found:.2f}"
    )


def moved(own: Crowd, other: Crowd, found: float, stays: float) -> str:
    """Say why a story moves to another event."""
    return (
        f"moved from “{_short(own.title)}”, seen again: it stands among the same reports as the stories of "
        f"“{_short(other.title)}”; likeness with what is around them {found:.2f}, with its event before {stays:.2f}"
    )


def copied(title: str) -> str:
    """Say that a copy reports what its original does."""
    return f"a copy of “{_short(title)}”, which reports this event"


def _named(reported: Reported) -> str:
    return f"{reported.outlet}: “{_short(reported.title)}”"


def _language(reported: Reported) -> str:
    return f"in {reported.traits.language or 'an unknown language'}"


def _distance(traits: Traits, nearest: Reported) -> str:
    gap = traits.at - nearest.traits.at
    if abs(gap) < timedelta(minutes=1):
        return "at the same time"
    return f"{span(abs(gap))} {'later' if gap > timedelta() else 'earlier'}"


def _stories(count: int) -> str:
    return "story" if count == 1 else "stories"


def _short(title: str) -> str:
    if len(title) <= _LONGEST_TITLE:
        return title
    return title[: _LONGEST_TITLE - 1].rstrip() + "…"
