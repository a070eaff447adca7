"""What outlets say they published, and what is looked for after a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.model.polls import Gap
from monitor.model.served import Entry

Source = Literal["archive", "sitemap"]  # where to look: the feed's own archive, the outlet's news sitemap


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of an outlet as its news sitemap lists it."""

    url: str  # absolute http(s), as served
    published: datetime
    title: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Submap:
    """A sitemap that an index of sitemaps lists."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A parsed sitemap: news pages, or further sitemaps. Pages without a publication date are left out."""

    listings: tuple[Listing, ...] = ()
    submaps: tuple[Submap, ...] = ()
    undated: int = 0  # pages without a publication date


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A gap whose missing entries were not looked for everywhere yet, with what is needed to look."""

    id: int
    gap: Gap
    feed_id: int
    feed_url: str
    outlet_id: str
    older_url: str | None  # where the feed said that its older entries are (RFC 5005)
    links: tuple[str, ...]  # where its latest entries lead
    tried: frozenset[Source]


@dataclass(frozen=True, slots=True)
class Look:
    """What looking in one place came to."""

    source: Source
    because: str
    entries: tuple[Entry, ...] = ()  # what may have been missed, oldest first
    closes: bool = False  # it overlaps with what was known before the gap, so nothing is missing any more
