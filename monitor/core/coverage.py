"""Gaps: times in which the watch of a feed may have missed something. Decides, stores nothing."""

from __future__ import annotations

from datetime import datetime

from monitor.core.words import clock
from monitor.model import Changes, Feed, Gap

_SEVERAL = 3  # entries: a feed of one or two is always all new


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
    """The time in which a feed could not be read, told when it can be read again; None when it could."""
    since = feed.last_ok_at or feed.last_poll_at
    if not feed.failures or since is None:
        return None
    polls = "1 poll" if feed.failures == 1 else f"{feed.failures} polls in a row"
    read = f"it was last read {clock(since)}" if feed.last_ok_at else "it had not been read before"
    return Gap(
        from_at=since,
        to_at=at,
        kind="outage",
        because=f"{polls} failed, and {read}: what came and went in between was not seen",
    )
