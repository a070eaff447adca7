"""Where a text stands: copy or story, ties, topics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

CopyKind = Literal["identical", "shortened", "extended", "edited"]
LinkKind = Literal["partial", "series", "contained", "quote"]


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
    url: str = ""  # its canonical address
    hit: int | None = None  # the one hash that its story shares with the article; None: several, or all


@dataclass(frozen=True, slots=True)
class Candidates:
    """The slim noun that storage hands to `copies.decide`.

    `known` are the originals (and last members) of the stories that share the most telling hashes;
    `background` are those hashes of the fingerprint that stand in several distinct stories; `standing` those
    shingle hashes that were learned to be standing text of the article's own outlet.
    """

    known: tuple[Known, ...] = ()
    background: frozenset[int] = frozenset()
    standing: frozenset[int] = frozenset()


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
class NearMiss:
    """Another article that shares words with this one, and why that makes neither a copy nor a link."""

    other_id: int
    share: float  # of this article's words
    because: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an article stands among the stories: a copy of one, or the start of its own.

    `standing` are shingle hashes of what its outlet has printed on another day in another story. `unites` are
    other stories that are one with that of the copy, because the article is a copy of texts in each.
    """

    because: str
    copy: Copy | None = None  # None: it starts a story
    links: tuple[Link, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    standing: tuple[int, ...] = ()
    unites: tuple[int, ...] = ()  # stories; only with a copy


@dataclass(frozen=True, slots=True)
class Match:
    """This article belongs to that topic; `because` is a snippet with the matched words in [brackets]."""

    topic_id: str
    because: str
