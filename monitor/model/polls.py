"""Feeds as the archive knows them, and what a poll changes of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.model.served import Entry, FeedDocument, Hints

FeedState = Literal["new", "ok", "failing", "gone"]
PollOutcome = Literal["new", "unchanged", "not_modified", "error"]
EntryState = Literal["waiting", "stored", "off_topic", "quarantined", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed usually brings something new, learned by watching it.

    Both counts have 168 places, one for each hour of the week in UTC, Monday 0 h first.
    """

    since: datetime  # watched from then on
    entries: tuple[int, ...]  # new entries in that hour, all weeks together
    hours: tuple[int, ...]  # in how many weeks that hour brought anything


@dataclass(frozen=True, slots=True)
class Move:
    """A permanent redirect of a feed that has been met on `polls` polls in a row, the first time at `since`."""

    to: str
    since: datetime
    polls: int = 1


@dataclass(frozen=True, slots=True)
class Feed:
    """What a poll needs to know of a feed: its row in `feeds`."""

    id: int
    url: str
    outlet_id: str
    state: FeedState = "new"
    effective_url: str | None = None
    title: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None  # of the last body whose entries are stored
    validators_url: str | None = None  # the address that gave the validators
    next_poll_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None  # of the last poll that did not fail
    interval_s: int | None = None
    failures: int = 0
    hints: Hints = Hints()  # noqa: RUF009  frozen
    topics: tuple[str, ...] = ()  # ids of the active topics that watch it
    last_new_at: datetime | None = None
    full_at: datetime | None = None  # when a whole body came last, or one was asked for without conditions
    pace_s: int | None = None  # learned time between two polls, seconds
    rhythm: Rhythm | None = None
    move: Move | None = None
    notice: str | None = None  # what its owner should know


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the archive knows of an entry of this feed: enough to tell new from changed from seen."""

    id: int
    key: str
    guid: str | None
    address: str | None  # canonical form of its link
    digest: str  # of what a change would show in: title, summary, updated
    state: EntryState
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a poll brought, against what was known. Oldest first."""

    new: tuple[tuple[Entry, str], ...] = ()  # with digest
    changed: tuple[tuple[int, Entry, str], ...] = ()  # id of the row, the entry as it is now, digest
    seen: tuple[int, ...] = ()  # ids of rows that are still served, unchanged


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which the watch of a feed may have missed something."""

    from_at: datetime
    to_at: datetime
    kind: Literal["possible_gap", "outage", "silence"]
    because: str
    bridged: bool = False  # what the feed showed afterwards proves that nothing was missed


@dataclass(frozen=True, slots=True)
class Cooldown:
    """A host asked us to wait. `scope` is a host, a registrable domain, or one URL (private hosts)."""

    scope: str
    until: datetime
    because: str


@dataclass(frozen=True, slots=True)
class RobotsRecord:
    """One host's robots.txt as we remember it; survives restarts."""

    host: str  # host:port
    fetched_at: datetime | None  # when it could be read last
    status: int | None  # of the last answer of any kind
    body: str  # empty where there is none
    failures: int  # how often in a row it could not be read
    retry_at: datetime  # not read again before


@dataclass(frozen=True, slots=True)
class Next:
    """When a feed is asked again, and the state it is in until then."""

    at: datetime | None  # None only when gone
    state: FeedState
    failures: int
    interval_s: int
    because: str
    cooldown: Cooldown | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """One request of a feed and what came of it."""

    feed: Feed
    at: datetime  # when the request started
    outcome: PollOutcome
    next: Next
    status: int | None = None
    bytes: int = 0
    ms: int = 0
    error: str | None = None
    document: FeedDocument | None = None  # with outcomes "new" and "unchanged", when the body was parsed
    # What to send next time; unchanged ones are carried over by the pipeline.
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    body_digest: str | None = None
    hints: Hints = Hints()  # noqa: RUF009  frozen
    # What is learned from it.
    effective_url: str | None = None
    full_at: datetime | None = None
    pace_s: int | None = None
    rhythm: Rhythm | None = None  # None: nothing new was learned
    move: Move | None = None
    merged_into: int | None = None  # the feed that this one has moved to, when that is watched as well
    notice: str | None = None
