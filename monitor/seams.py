"""What the journey needs of the world, as Protocols: the web, the workers, the archive.

Errors come back as values wherever a failure is an everyday thing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from monitor.core.sieve import Sieve
from monitor.core.topics import Matcher
from monitor.errors import ExtractError, FetchError, ParseError
from monitor.model import (
    Absence,
    Account,
    Article,
    Candidates,
    Changes,
    Cooldown,
    Credit,
    Entry,
    Existing,
    Extract,
    Feed,
    FeedDocument,
    Fingerprint,
    Gap,
    Glance,
    KeepRules,
    KnownEntry,
    Lead,
    Link,
    Look,
    Match,
    Meaning,
    Moving,
    Near,
    OpenGap,
    Outcome,
    Page,
    Placing,
    Poll,
    Reading,
    Rulings,
    SecondLook,
    Sitemap,
    Standard,
    Task,
    Topic,
    Traits,
    Verdict,
)

T = TypeVar("T")


class Web(Protocol):
    """The network, polite and guarded. Errors come back as values, so that a failure is never a crash."""

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        validators_of: str | None = None,
        article: bool = False,
        listing: bool = False,
    ) -> Page | FetchError:
        """One GET, redirects followed.

        The validators go to `validators_of` only, the address that gave them. With `article`,
        robots.txt applies, feeds go first and `max_page` is the cap; so with `listing`, for a sitemap.
        """

    async def sitemaps(self, url: str) -> tuple[str, ...] | FetchError:
        """The sitemaps that the robots.txt of this address's host names."""

    def cool(self, scope: str, until: datetime, because: str) -> None:
        """Ask nothing in this scope (host, registrable domain or URL) before `until`."""


class Workers(Protocol):
    """CPU work in processes that can be killed. Errors come back as values."""

    async def parse(
        self, body: bytes, *, url: str, content_type: str, now: datetime
    ) -> FeedDocument | ParseError:
        """Feed bytes → entries."""

    async def sitemap(self, body: bytes, *, url: str) -> Sitemap | ParseError:
        """Bytes of a sitemap → the pages or sitemaps that it lists."""

    async def extract(self, page: Page, *, hint: Task) -> Extract | ExtractError:
        """Page → article, metadata, quality and fingerprint. `hint` is what the feed said of it."""

    async def extract_wanted(
        self, page: Page, *, hint: Task, sieve: Sieve
    ) -> Extract | Glance | ExtractError:
        """The same, but for a page that is an article and that none of the hint's topics can match: a glance."""

    async def extract_content(self, task: Task) -> Extract | ExtractError:
        """The feed's own content as an article, where the page fails or there is none."""


class Books(Protocol):
    """The archive inside one transaction, on the writer's thread. Every method is synchronous."""

    def respell(self, entries: Sequence[tuple[int, Entry]]) -> None:
        """These rows are served at another spelling of their address from now on."""

    def known_entries(self, feed_id: int, entries: Sequence[tuple[str, str | None]]) -> list[KnownEntry]:
        """Rows of this feed with one of these (key, canonical address)es."""

    def feed_at(self, url: str, other_than: int) -> tuple[int, str] | None:
        """Another feed that is asked at this address: its id, and what it is called."""

    def postpone(self, feed_id: int, until: datetime, because: str) -> None:
        """No request was made: the feed's host is cooling. The feed is due again at `until`."""

    def cool(self, cooldown: Cooldown) -> None:
        """Remember over restarts that a host asked us to wait."""

    def open_gaps(self, since: datetime, limit: int) -> list[OpenGap]:
        """Gaps that ended since then, of feeds that answer again, with a place left to look in; oldest first."""

    def known_addresses(self, addresses: Collection[str]) -> set[str]:
        """Those of these canonical addresses that an entry, a pruned entry or an article is known by."""

    def known_before(self, entry_ids: Collection[int], at: datetime) -> bool:
        """Whether one of these entries was known at that time."""

    def add_found(self, feed_id: int, new: Sequence[tuple[Entry, str]], mark: str, now: datetime) -> int:
        """New entries (with digest) that no poll brought; how many. `mark` says where they are from."""

    def looked(self, gap_id: int, look: Look, found: int, now: datetime) -> None:
        """One place was looked in for what a gap may have missed. It is not looked in again."""

    def save_poll(self, poll: Poll, changes: Changes, gap: Gap | None) -> None:
        """Entries, validators, next_poll_at, cooldown, gap and the poll's row: together or not at all."""

    def waiting(
        self, now: datetime, limit: int, busy: frozenset[str], *, anything: bool = False
    ) -> list[Task]:
        """Entries to read now and articles to read again, oldest first; URLs in `busy` are being read."""

    def article_at(self, addresses: Sequence[str]) -> Existing | None:
        """The article that one of these canonical addresses leads to."""

    def article_of_item(self, feed_id: int, guid: str) -> Existing | None:
        """The article that the feed's item of this guid led to."""

    def article(self, article_id: int) -> Existing | None:
        """The article with this id."""

    def known(self, article_id: int) -> Candidates:
        """One article, as candidate for its own copies."""

    def off_topic_at(
        self, address: str, topics: tuple[str, ...], *, since: datetime | None = None, title: str = ""
    ) -> bool:
        """Whether these topics left this address out; with `since`, read then or later, or for the same headline."""

    def candidates(self, fingerprint: Fingerprint, *, language: str | None, outlet: str = "") -> Candidates:
        """Originals and last members of the stories that share the most telling hashes; the outlet's standing text."""

    def add_article(self, article: Article, verdict: Verdict, matches: Sequence[Match], now: datetime) -> int:
        """Article, text, first revision, story, copy, links, matches, addresses, sketch, index; gives its id."""

    def lead(self, article: Article) -> Lead:
        """A text without headline and without the lines that its outlet prints again and again."""

    def count_lines(self, keys: Collection[int], at: datetime) -> None:
        """These lines stand in a story of this day."""

    def weighed(self, report: Account) -> Traits:
        """A report of a happening, weighed by how few stories have its words."""

    def near_events(self, traits: Traits, links: Sequence[Link], addresses: Iterable[str]) -> Near:
        """Events that a story may report, by the stories that speak for them; and what the user decided."""

    def begin_event(
        self, article_id: int, placing: Placing, report: Account | None, traits: Traits | None
    ) -> int:
        """Give the story that this article starts its event; gives the event's id."""

    def follow_event(self, article_id: int) -> int | None:
        """Count a copy among the articles of its story's event; gives the event's id."""

    def remember_near(self, article_id: int, neighbours: Mapping[int, float], at: datetime) -> None:
        """Keep what the story that this article starts is like, from both sides; look at it again later."""

    def looks_due(self, now: datetime, most: int) -> list[int]:
        """Stories whose event is to be looked at again by now, the longest due first."""

    def second_look(self, story_id: int) -> SecondLook | None:
        """What stands around a story now; None where all of it is in one event."""

    def put_right(self, look: SecondLook, moving: Moving) -> None:
        """Move a story to another event, or make two events one."""

    def looked_again(self, story_id: int) -> None:
        """A story was looked at; the next time follows, if it was not the last."""

    def rulings(self, article: Article) -> Rulings:
        """What the user said that bears on this article: merged, kept apart, switched off."""

    def credit(self, article_id: int, credit: Credit) -> None:
        """Name the agency of an article that named none, and of the uncredited copies that stand in it."""

    def add_revision(
        self, existing: Existing, article: Article, verdict: Verdict | None, now: datetime
    ) -> None:
        """The article's new text, beside the old ones. With a verdict, its copy row is brought up to date."""

    def unite(self, article_id: int, gone_id: int) -> None:
        """Put a story into that of an article which is a copy of its original, unless the user wants them apart."""

    def add_matches(self, article_id: int, matches: Sequence[Match], now: datetime) -> None:
        """Matches of an article that is there already, for topics that had not met it."""

    def add_addresses(self, article_id: int, addresses: Sequence[str]) -> None:
        """More addresses that lead to this article."""

    def set_entry(self, entry_id: int, outcome: Outcome, now: datetime) -> None:
        """What became of an entry, and why."""

    def reread(self, article_id: int, at: datetime | None, page: Page | None, rereads: int) -> None:
        """When to read this article again (None: never), with the validators of the page just read."""

    def read_for(self, article_id: int, entry: Task, now: datetime) -> bool:
        """Read an article again now for a new entry that says what no entry of it has said; whether so."""

    def absent(self, existing: Existing, absence: Absence) -> None:
        """Keep what is known of an article's absence from its outlet, where that has changed."""

    def strange_text(
        self, host: str, digest: str, entry_id: int | None, now: datetime, *, article_id: int | None = None
    ) -> list[tuple[int, str]]:
        """Entries (id, headline), not of this article, for which this host gave the same text; with `entry_id`, remembered for it too."""

    def reopen(self, entry_ids: Sequence[int], outcome: Outcome, now: datetime) -> None:
        """Quarantine entries that a wall had passed for; the articles made of it go."""

    def import_known(self, digest: str) -> bool:
        """Whether an earlier story with this digest was imported before."""

    def import_done(self, digest: str, article_id: int | None, now: datetime) -> None:
        """An earlier story is imported, as this article."""

    def name_outlet(self, outlet_id: str, name: str) -> None:
        """A name for an outlet that has none yet."""

    def announce(self, topic_id: str, article_id: int, target: str, now: datetime) -> None:
        """Put the article's story into the outbox for this target, once."""


class Archive(Protocol):
    """The store. `write` runs `work` on the writer's thread in a transaction of its own or a shared batch."""

    async def write(self, work: Callable[[Books], T]) -> T:
        """Run `work`; its writes are durable when this returns, and gone when it raises."""

    async def write_in_order(self, works: Iterable[Callable[[Books], T]]) -> list[T | BaseException]:
        """The same for several, in their order; from one that the database could not take on, none is stored."""


class Meanings(Protocol):
    """A model that says what texts mean, and how close two of them have to be."""

    @property
    def standard(self) -> Standard:
        """What is asked for, and by whom."""

    def of(self, article: Article) -> Meaning | None:
        """What an article says, in a fraction of a millisecond; None where it is too short for the model."""


def silent(_: Poll | Outcome) -> None:
    """Tell nobody."""


def on_their_own_times(_: Feed) -> timedelta | None:
    """No interval: the schedules name times."""


def no_page(_reading: Reading, _outcome: Outcome) -> None:
    """Keep no raw page."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything the journey is given: effects, and the rules of the house."""

    web: Web
    workers: Workers
    archive: Archive
    topics: Mapping[str, Topic]
    matcher: Matcher
    now: Callable[[], datetime]
    chance: Callable[[], float]
    wanted: Callable[[Feed, datetime], datetime]  # when the topics' schedules want this feed again
    private: Callable[[str], bool]  # hosts under `allow_private`
    keep: KeepRules = field(default_factory=KeepRules)
    tracking: tuple[str, ...] = ()
    tell: Callable[[Poll | Outcome], None] = silent
    every: Callable[[Feed], timedelta | None] = on_their_own_times  # the interval of the topics' schedules
    keep_page: Callable[[Reading, Outcome], None] = no_page
    addresses: Mapping[str, str] = field(
        default_factory=dict
    )  # what is asked, where a feed's URL hides a secret
    meanings: Meanings | None = None  # None: no model is configured
    hide: Callable[[str], str] = str  # a text without the secrets of the configuration
