"""What was read from a page: its text, and what there is to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Access = Literal["free", "metered", "paywall", "unknown"]
QualityKind = Literal[
    "article",
    "teaser",
    "consent",
    "login",
    "blocked",
    "error_page",
    "empty",
    "live_blog",
    "video",
    "gallery",
    "list",
]


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
    """What of a text can be compared: a sketch of its word-5-shingles (winnowing).

    `hashes` are the shingle hashes that the archive keeps, ascending, each below 2**36; `probes` those
    that it is asked for, `hashes` among them (none: `hashes`); `digest` is that of the normalised words,
    equal for equal texts.
    """

    digest: str
    words: int
    hashes: tuple[int, ...]
    probes: tuple[int, ...] = ()


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
    whole: str | None = None  # the address of all of it, where this page has a part
    next_part: str | None = None  # the address of the part that follows


@dataclass(frozen=True, slots=True)
class Glance:
    """A page that is an article, and which no topic of its feed can match: told without looking for its text.

    `words` and `beginnings` (of words) are what topics look for and the page may hold; the rest it does not.
    `canonical` and `og_url` are what the page declares, unchecked.
    """

    title: str
    canonical: str | None = None
    og_url: str | None = None
    words: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()


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
    read_at: str = ""  # where it was read, where the page declares another address; canonical form
