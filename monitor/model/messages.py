"""What is announced: a story as an alert tells it, a digest of many, the message that leaves the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

AlertKind = Literal["story", "update", "rise", "notice"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """One article, as a line of an alert: who has it, under which headline, where."""

    outlet: str  # the name people read
    title: str
    url: str
    kind: str  # original, or the kind of copy; of other stories: the kind of tie
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class StoryNews:
    """A story as it stands now, for one topic."""

    id: int
    title: str
    url: str  # of the original
    first_seen: datetime
    last_seen: datetime
    articles: int
    outlets: tuple[str, ...]  # names, the first one first
    agency: str | None = None
    language: str | None = None
    because: str = ""  # why it belongs to the topic: a passage with the matched words in [brackets]
    carriers: tuple[Carrier, ...] = ()  # the first of them, oldest first
    related: tuple[Carrier, ...] = ()  # other stories that share passages with it or report the same
    changed: datetime | None = None  # when an article of it was last seen with other words; None: never

    @property
    def updated(self) -> datetime:
        """When something of it was last new: an article, or other words of one."""
        return max(self.last_seen, self.changed or self.last_seen)


@dataclass(frozen=True, slots=True)
class Alert:
    """One row of the outbox, with what it tells of."""

    id: int
    key: str
    kind: AlertKind
    target: str
    topic_id: str
    topic: str  # its title
    at: datetime  # when it was put into the outbox
    news: StoryNews
    because: str | None = None  # of updates, rises and notices: what is new
    tries: int = 0
    refused: bool = False  # the receiver does not take it; others are not kept waiting


@dataclass(frozen=True, slots=True)
class Digest:
    """The alerts of one target since its last digest."""

    id: int
    key: str
    target: str
    due: datetime
    since: datetime | None  # when the digest before it was due
    alerts: tuple[Alert, ...]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """What leaves the house, whatever the way. `key` is the same at every try."""

    key: str
    kind: str  # an AlertKind, digest or test
    subject: str  # one line
    text: str
    facts: Mapping[str, Any]  # JSON
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a try: taken, or the reason why not, without an address or a secret."""

    ok: bool
    because: str | None = None
    retry_after: datetime | None = None  # asked for by the receiver
    refused: bool = False  # it does not want this message; another one may be welcome


@dataclass(frozen=True, slots=True)
class Announced:
    """How a target does: its rows in the outbox."""

    target: str
    waiting: int = 0
    refused: int = 0
    sent: int = 0
    expired: int = 0
    oldest_waiting: datetime | None = None
    last_sent: datetime | None = None
    next_try: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Rise:
    """A topic has far more articles than it usually has at this time of the day."""

    topic_id: str
    since: datetime  # the window's beginning
    until: datetime
    articles: int
    usual: float  # articles in the same hours of earlier days, on average
    because: str  # "31 articles in 3 h, usually 4"
