"""What this room needs of the others, as Protocols: the books, the archive, the network's post."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from monitor.errors import FetchError
from monitor.model import Alert, Delivery, Digest, Message, Page, Rise, StoryChange, StoryNews, Update

T = TypeVar("T")


class Books(Protocol):
    """What leaves the house, in the database, inside one transaction."""

    def open_topics(self, target: str) -> list[str]:
        """The topics of which something waits for this target."""

    def next_alert(
        self, target: str, topics: Collection[str], now: datetime, *, beside: int = 0
    ) -> Alert | None:
        """The oldest alert but `beside` that may be sent now; None while the oldest has to wait."""

    def sent_since(self, target: str, since: datetime) -> int:
        """How many alerts this target was sent after a moment."""

    def alert_sent(self, alert: Alert, now: datetime) -> None:
        """It was taken."""

    def alert_failed(self, alert: Alert, delivery: Delivery, again: datetime, *, aside: bool) -> None:
        """It was not taken, and is tried again; `aside`: without keeping the others waiting."""

    def expire(self, target: str, max_age: timedelta, now: datetime) -> int:
        """Give up what has waited longer, and say so; gives how many."""

    def without_target(self, targets: Collection[str]) -> None:
        """Say of rows whose target is no longer configured why they stay."""

    def make_digest(self, target: str, topics: Collection[str], due: datetime) -> bool:
        """Bind all that waits up to `due` into a digest; False when there is nothing or it was made."""

    def next_digest(self, target: str, now: datetime) -> Digest | None:
        """The oldest digest that may be sent now."""

    def digest_sent(self, digest: Digest, now: datetime) -> None:
        """It was taken, and with it all that it tells of."""

    def digest_failed(self, digest: Digest, delivery: Delivery, again: datetime, *, aside: bool) -> None:
        """It was not taken, and is tried again."""

    def expire_digests(self, target: str, max_age: timedelta, now: datetime) -> int:
        """Give up digests that were due longer ago."""

    def story_changes(self) -> list[StoryChange]:
        """What happened to announced stories since the last call."""

    def add_updates(self, updates: Iterable[Update], now: datetime) -> int:
        """Put updates into the outbox, each once; gives how many were new."""

    def counts_by_topic(self, since: datetime, until: datetime) -> dict[str, int]:
        """Articles first seen in this time, by topic."""

    def was_watched(self, topic_id: str, before: datetime, slack: timedelta) -> bool:
        """Whether the topic was watched right before this moment, by the feeds it has now."""

    def rhythm_since(self, topic_id: str) -> datetime | None:
        """Since when the topic has been watched as it is now."""

    def save_rise(self, rise: Rise, targets: Collection[str], now: datetime) -> bool:
        """Keep a rise, and announce it; True when it is a new one."""

    def touched_topics(self, since: datetime) -> set[str]:
        """Topics whose stories are not as they were at this moment."""

    def stories_of_topic(self, topic_id: str, limit: int) -> Sequence[StoryNews]:
        """A topic's newest stories."""

    def stories_found(self, query: str, limit: int) -> Sequence[StoryNews]:
        """The newest stories that a search finds."""


class Archive(Protocol):
    """The store."""

    async def write(self, work: Callable[[Books], T]) -> T:
        """Run `work`; its writes are durable when this returns, and gone when it raises."""


class Post(Protocol):
    """The network, guarded, for what we send."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Page | FetchError:
        """One POST. No redirect is followed; whatever the status, the answer is a Page."""


class Channel(Protocol):
    """One way for messages to leave."""

    async def __call__(self, message: Message) -> Delivery:
        """Try once. A failure is a value."""
