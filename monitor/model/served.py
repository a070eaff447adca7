"""What the web serves: pages, feeds and their entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


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


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page of the archive: its number in the chain, digest of its body, its own hash, what became of it."""

    id: int
    page: Page
    sha256: str
    hash: str
    article_id: int | None = None
    entry_id: int | None = None


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
    remark: str | None = None  # what is odd about it, for its reason


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
    older: str | None = None  # where the entries before these are (RFC 5005)
