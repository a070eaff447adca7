"""The nouns. One frozen noun at each border of the journey, named after its stage.

Imports nothing of ours. Times are aware `datetime`s in UTC; the store writes them as
`YYYY-MM-DDTHH:MM:SSZ`. Shares are fractions 0–1 rounded to three places. Texts are `str` with
paragraphs separated by one newline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

CopyKind = Literal["identical", "shortened", "extended", "edited"]
LinkKind = Literal["partial", "series", "contained", "quote"]
FeedState = Literal["new", "ok", "failing", "gone"]
PollOutcome = Literal["new", "unchanged", "not_modified", "error"]
EntryState = Literal["waiting", "stored", "off_topic", "quarantined", "failed", "skipped"]
Access = Literal["free", "metered", "paywall", "unknown"]
QualityKind = Literal[
    "article", "teaser", "consent", "login", "blocked", "error_page", "empty", "live_blog", "video", "list"
]

# ── configuration ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a topic's feeds are asked: every so often, or at the times of a cron line in a time zone."""

    text: str  # as the user wrote it
    every: timedelta | None = None
    cron: str | None = None  # five fields, crontab(5)
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Topic:
    """What the user watches."""

    id: str
    title: str
    query: str  # SQLite FTS5 syntax
    schedule: Schedule
    feeds: tuple[str, ...]  # feed URLs as configured
    languages: tuple[str, ...] = ()  # ISO 639-1; empty: any
    outlets: tuple[str, ...] = ()  # registrable domains; empty: any
    exclude: tuple[str, ...] = ()  # registrable domains never wanted
    alert: tuple[str, ...] = ()  # names of alert targets


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed as configured: its address, and the names the user gave it and its outlet."""

    url: str
    name: str | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """Where a topic announces. `to` may hold a secret: it never reaches the database or a log."""

    name: str
    to: str = field(repr=False)
    when: Literal["story", "digest"] = "story"
    at: str | None = None  # HH:MM of a digest


@dataclass(frozen=True, slots=True)
class FetchRules:
    """How we ask. Sizes in bytes of decompressed body, times in seconds."""

    contact: str | None = None
    per_host_delay: float = 2.0
    timeout: float = 20.0  # total deadline of a request, redirects included
    max_page: int = 10_000_000
    max_feed: int = 5_000_000
    proxy: str | None = field(default=None, repr=False)
    allow_private: frozenset[str] = frozenset()  # exact "host:port", or "host:*"


@dataclass(frozen=True, slots=True)
class KeepRules:
    """What stays in the database, and for how long; `reread` are ages at which an article is read again."""

    articles: Literal["matched", "all"] = "matched"
    pages: timedelta | None = None  # None: raw pages are not kept
    entries: timedelta = timedelta(days=365)
    reread: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(hours=24),
        timedelta(days=3),
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration, checked. Paths are absolute."""

    path: Path
    database: Path
    topics: tuple[Topic, ...]
    feeds: tuple[FeedSource, ...]  # every feed of every topic, each URL once
    seeds: tuple[Path, ...] = ()
    alerts: tuple[AlertTarget, ...] = ()
    fetch: FetchRules = FetchRules()
    keep: KeepRules = KeepRules()
    workers: int | str = 2  # processes, or "dask://host:port"
    tracking_parameters: tuple[str, ...] = ()  # beyond the built-in list


# ── after the network ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect on the way to a page."""

    status: int
    url: str  # where it pointed


@dataclass(frozen=True, slots=True)
class Page:
    """An answer with a body (or a 304 without). Header names are lower-case; values are as received."""

    url: str  # as asked for
    final_url: str  # after redirects
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime  # when the answer was whole
    ms: int = 0
    hops: tuple[Hop, ...] = ()


# ── after parsing ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed as served. `key` identifies it within its feed across polls."""

    key: str
    guid: str | None
    url: str | None  # absolute http(s), as served
    title: str  # plain text, one line
    summary: str = ""  # plain text
    author: str | None = None
    published: datetime | None = None  # clamped; None when absent or absurd
    published_raw: str | None = None
    updated: datetime | None = None
    content: str = ""  # the feed's own full content, sanitised HTML
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What the feed itself says about how often to ask. They only ever lengthen."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # 0–23, GMT
    skip_days: frozenset[int] = frozenset()  # Monday is 0
    update_period: timedelta | None = None  # sy:updatePeriod / updateFrequency


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A parsed feed: entries in the order decisions are made, oldest first."""

    title: str
    entries: tuple[Entry, ...]
    link: str | None = None
    language: str | None = None
    hints: Hints = Hints()
    warnings: tuple[str, ...] = ()  # items dropped or repaired, with the reason


# ── after reading ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Quality:
    """What came back: an article, or something that only looks like one."""

    kind: QualityKind
    because: str


@dataclass(frozen=True, slots=True)
class Credit:
    """The wire service a text credits, and where it says so."""

    agency: str  # "dpa", "Reuters"; several as "dpa, AFP"
    because: str  # "dateline 'Washington (dpa)'"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What of a text can be compared: a sketch of its word-5-shingles (FracMinHash).

    `hashes` are the kept shingle hashes, ascending, each below 2**36; `digest` is that of the
    normalised words, equal for equal texts.
    """

    digest: str
    words: int
    hashes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Extract:
    """A page as the worker read it. `canonical` is what the page declares, unchecked."""

    quality: Quality
    title: str
    text: str
    byline: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    canonical: str | None = None
    og_url: str | None = None
    access: Access = "unknown"
    credit: Credit | None = None
    fingerprint: Fingerprint | None = None
    extractor: str = ""  # name and version, "trafilatura 2.3.1 fast"


@dataclass(frozen=True, slots=True)
class Article:
    """One text of one outlet at its canonical address, ready to be given its place."""

    url: str
    outlet_id: str
    title: str
    text: str
    words: int
    first_seen: datetime
    byline: str | None = None
    published: datetime | None = None
    language: str | None = None
    credit: Credit | None = None
    access: Access = "unknown"
    extractor: str = ""
    fingerprint: Fingerprint | None = None
    addresses: tuple[str, ...] = ()  # every other address known to lead here, canonical form


# ── the verdict ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Known:
    """What the archive knows of an article that a new one may be a copy of."""

    article_id: int
    story_id: int
    outlet_id: str
    outlet: str  # the name people read
    title: str
    text: str
    first_seen: datetime
    published: datetime | None = None
    language: str | None = None
    agency: str | None = None
    revision: int = 1  # the number of the revision that `text` is
    is_original: bool = True  # the story's original, not one of its later members


@dataclass(frozen=True, slots=True)
class Candidates:
    """The slim noun that storage hands to `copies.decide`.

    `known` are the originals (and last members) of the stories that share the most telling hashes;
    `background` are those hashes of the fingerprint that stand in several distinct stories.
    """

    known: tuple[Known, ...] = ()
    background: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy:
    """This article's main body is another's text."""

    original_id: int
    story_id: int
    kind: CopyKind
    share: float  # of this article's words
    share_of_original: float
    because: str
    evidence: Mapping[str, Any]  # JSON: passages shared, added, cut


@dataclass(frozen=True, slots=True)
class Link:
    """A weaker tie to another article: shown, joins nothing."""

    other_id: int
    kind: LinkKind
    share: float
    because: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an article stands among the stories: a copy of one, or the start of its own."""

    because: str
    copy: Copy | None = None  # None: it starts a story
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """This article belongs to that topic; `because` is a snippet with the matched words in [brackets]."""

    topic_id: str
    because: str


# ── rows that the journey reads ──────────────────────────────────────────────────────────────────


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
    hints: Hints = Hints()
    topics: tuple[str, ...] = ()  # ids of the active topics that watch it


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to read: a waiting entry, or an article whose time to be read again has come."""

    url: str
    entry_id: int | None = None
    feed_id: int | None = None
    article_id: int | None = None  # set: read it again
    feed_url: str = ""
    key: str = ""
    guid: str | None = None
    title: str = ""
    summary: str = ""
    author: str | None = None
    published: datetime | None = None
    content: str = ""
    language: str | None = None
    first_seen: datetime | None = None
    tries: int = 0
    etag: str | None = None  # of an article read before
    last_modified: str | None = None
    topics: tuple[str, ...] = ()  # ids of the topics that watch its feed


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


@dataclass(frozen=True, slots=True)
class Cooldown:
    """A host asked us to wait. `scope` is a host, a registrable domain, or one URL (private hosts)."""

    scope: str
    until: datetime
    because: str


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
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a task: a page and its extract, or the reason why not."""

    task: Task
    page: Page | None = None
    extract: Extract | None = None
    because: str | None = None  # why there is no extract
    until: datetime | None = None  # not before then, said by the host or by us
    final: bool = False  # asking again would change nothing
    unchanged: bool = False  # 304: the text we have still stands
    from_feed: bool = False  # the text is the feed's own content


@dataclass(frozen=True, slots=True)
class Existing:
    """An article that the archive has already."""

    id: int
    url: str
    story_id: int
    title: str
    text: str
    first_seen: datetime
    revisions: int
    outlet_id: str = ""
    language: str | None = None
    original_id: int | None = None  # what it is a copy of
    rereads: int = 0  # how often it was read again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the state its entry takes, and why. `title` is for whoever is told."""

    state: EntryState
    because: str
    article_id: int | None = None
    next_try_at: datetime | None = None
    tries: int = 0
    title: str = ""
    url: str = ""
