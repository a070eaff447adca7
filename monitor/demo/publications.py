"""What an outlet publishes, and how it reads at a given second of the demo."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

PlayKind = Literal["original", "identical", "shortened", "extended", "edited"]

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
SLUG_WORDS = 8


@dataclass(frozen=True, slots=True)
class Publication:
    """One text as one outlet carries it. Times are seconds after the start of the demo."""

    id: str  # text@outlet
    outlet_id: str
    at: float
    path: str  # of its page, with the query where there is one
    headline: str
    summary: str
    paragraphs: tuple[str, ...]
    language: str
    section: str
    byline: str | None = None
    agency: str | None = None
    kind: PlayKind | None = None  # None: a text of its own that nobody copies
    original_id: str | None = None  # of the publication it is a copy of
    corrects: tuple[tuple[str, str], ...] = ()
    correction: str | None = None
    corrected_at: float | None = None
    later_summary: str | None = None
    wall_until: float | None = None  # a consent wall stands before the page until then
    missing: bool = False  # the feed names it, the page is 404
    updated: float | None = None  # when it was last touched, of those times that have passed

    @property
    def changed_at(self) -> float:
        """When it last changed: published or touched."""
        return self.at if self.updated is None else self.updated

    def walled(self, t: float) -> bool:
        """Whether a consent wall stands before it at second `t`."""
        return self.wall_until is not None and t < self.wall_until

    def corrected(self, t: float) -> bool:
        """Whether its correction has appeared by second `t`."""
        return self.corrected_at is not None and t >= self.corrected_at

    def as_of(self, t: float) -> Publication:
        """The publication as it reads at second `t`."""
        if self.corrected(t):
            return self._corrected()
        if self.wall_until is not None and not self.walled(t):
            return replace(self, summary=self.later_summary or self.summary, updated=self.wall_until)
        return self

    def _corrected(self) -> Publication:
        note = (self.correction,) if self.correction else ()
        paragraphs = tuple(_swapped(paragraph, self.corrects) for paragraph in self.paragraphs)
        return replace(self, paragraphs=paragraphs + note, updated=self.corrected_at)


def slug(headline: str) -> str:
    """A headline as part of an address: ASCII, lower case, hyphens, its first eight words."""
    plain = unicodedata.normalize("NFKD", headline.lower().translate(UMLAUTS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "-".join(words[:SLUG_WORDS])


def _swapped(paragraph: str, changes: tuple[tuple[str, str], ...]) -> str:
    for before, after in changes:
        paragraph = paragraph.replace(before, after)
    return paragraph
