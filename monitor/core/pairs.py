"""Two texts side by side: what they share, and how much of that is neither background nor standing text.

*Background* is what stands in several distinct stories, told by the sketches of the whole archive.
*Standing text* is what one outlet prints on several days in different stories: footers, sign-up forms, the
formula of a daily column. Measures only; what follows from them are the rules of `kinship`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.core.fingerprint import SHINGLE, shingle_hashes, words
from monitor.core.passages import (
    Body,
    Comparison,
    Passage,
    Span,
    body,
    compared,
    covered,
    overlap,
    share_of,
    shared_passages,
    shared_spans,
)
from monitor.core.wording import numbers, quotations

SHORT_TEXT = 40  # words
LIVE_WORDS = 3000  # longer texts are live blogs and round-ups, unless they share nearly all
LEAST_LENGTH = 20  # words of a text that are left to be measured by when all else is background
OUTSIDE_WORDS = 10  # a text with fewer outside its quotations is a statement, reprinted
FEW_NUMBERS = 6  # distinct ones in a text say enough about its day
FIGURES_PASSAGE = 30  # words in a row, with as many numbers: no other day has them
_SWAP = 12  # words: the longest gap between two passages that is another number
_BRIDGED = 12  # words between two known places of standing text that are standing text as well

_TICKER = re.compile(r"live[- ]?(?:blog|ticker)|news[- ]?(?:blog|ticker)|(?:^|\W)ticker(?:\W|$)|^\+\+\+")


@dataclass(frozen=True, slots=True)
class Text:
    """One text, cut up once for all its comparisons.

    `marks` are the places of sketched shingles, each with whether it is background, that is, stands in
    several distinct stories. Empty where nothing is background. `standing` are the words that are known to
    be standing text of its outlet.
    """

    text: str
    body: Body
    title: tuple[str, ...] = ()
    outlet: str = ""
    is_ticker: bool = False
    marks: tuple[tuple[int, bool], ...] = ()
    standing: tuple[Span, ...] = ()
    hashes: tuple[int, ...] = ()  # of its shingles, in order; none where the text is only compared with


@dataclass(frozen=True, slots=True)
class Pair:
    """A comparison with what the rules ask of it."""

    text: Text
    other: Text
    comparison: Comparison  # by passages of five words and more
    fresh: float  # shared words of the text that are neither background nor standing text
    standing: float  # shared words of the text that are standing text of its outlet
    containment: float  # fresh part of the shorter text
    shared: float  # part of the shorter text, background included
    other_day: bool

    @property
    def shorter(self) -> Text:
        """The text with fewer words."""
        return min(self.text, self.other, key=lambda text: len(text.body.words))

    @property
    def longer(self) -> Text:
        """The text with more words."""
        return max(self.other, self.text, key=lambda text: len(text.body.words))

    @property
    def same_outlet(self) -> bool:
        """Whether one outlet has published both."""
        return bool(self.text.outlet) and self.text.outlet == self.other.outlet

    @property
    def headlines_alike(self) -> float:
        """The part of the shorter headline's words that the other one has, 0–1."""
        here, there = set(self.text.title), set(self.other.title)
        return len(here & there) / min(len(here), len(there)) if here and there else 1.0

    @property
    def is_short(self) -> bool:
        """Whether one of them is a brief."""
        return len(self.shorter.body.words) < SHORT_TEXT

    @property
    def times(self) -> float:
        """How many times as long the longer text is."""
        return len(self.longer.body.words) / max(1, len(self.shorter.body.words))

    @property
    def is_live(self) -> bool:
        """Whether one of them is a live blog or a ticker, or as long as one."""
        return self.text.is_ticker or self.other.is_ticker or len(self.longer.body.words) > LIVE_WORDS

    @property
    def gaps(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """For each two neighbouring passages, the words between them in either text, where they are few."""
        here, there = self.text.body.words, self.other.body.words
        for a, b in pairwise(self.comparison.passages):
            gap = here[a.start + a.length : b.start]
            other = there[a.original_start + a.length : b.original_start]
            if 0 < len(gap) <= _SWAP and 0 < len(other) <= _SWAP:
                yield gap, other

    @property
    def quotation(self) -> tuple[float, float]:
        """Two parts, 0–1: of the shared words, those in quotation marks; of the words outside, the shared ones.

        Both are counted in the shorter text. Where hardly a word stands outside, the second is 1.
        """
        text = self.shorter
        passages = self.comparison.passages
        if text is self.text:
            shared = covered((passage.start, passage.length) for passage in passages)
        else:
            shared = covered((passage.original_start, passage.length) for passage in passages)
        quoted = quotations(text.text)
        outside = len(text.body.words) - sum(span.length for span in quoted)
        shared_words = sum(span.length for span in shared)
        shared_quoted = sum(overlap(shared, span.start, span.start + span.length) for span in quoted)
        unquoted = (shared_words - shared_quoted) / outside if outside >= OUTSIDE_WORDS else 1.0
        return (shared_quoted / shared_words if shared_words else 0.0), unquoted


def read(
    text: str,
    *,
    title: str,
    outlet: str,
    url: str = "",
    sketch: Sequence[int] = (),
    background: frozenset[int] = frozenset(),
    standing: frozenset[int] = frozenset(),
) -> Text:
    """Cut up a text.

    `sketch` are the hashes of its fingerprint, `background` those in several stories, `standing` those known
    as standing text of its outlet.
    """
    cut = body(text)
    hashes = shingle_hashes(cut.words) if sketch else []
    kept = frozenset(sketch) | background if background else frozenset()
    return Text(
        text=text,
        body=cut,
        title=tuple(words(title)),
        outlet=outlet,
        is_ticker=is_ticker(title, url),
        marks=tuple((place, hash_ in background) for place, hash_ in enumerate(hashes) if hash_ in kept),
        hashes=tuple(hashes),
        standing=_standing_spans([place for place, hash_ in enumerate(hashes) if hash_ in standing]),
    )


def is_ticker(title: str, url: str) -> bool:
    """Say whether headline or address announce a live blog."""
    return any(_TICKER.search(said.casefold().strip()) for said in (title, url))


def pair_of(text: Text, other: Text, *, other_day: bool) -> Pair:
    """Measure two texts against each other. `other_day`: their dates differ."""
    here, there = text.body, other.body
    comparison = compared(here, there, shared_passages(here.words, there.words))
    # Of a phrase that stands twice in the other text, the passages lead to one place; there it is shared twice.
    is_shorter = comparison.words <= comparison.original_words
    share = (
        comparison.share if is_shorter else share_of(shared_spans(there.words, here.words), len(there.words))
    )
    length = min(comparison.words, comparison.original_words)
    standing = float(sum(overlap(text.standing, *_ends(passage)) for passage in comparison.passages))
    known = _background_words(text, comparison.passages, other_day=other_day)
    fresh = max(0.0, share * length - known)
    return Pair(
        text=text,
        other=other,
        comparison=comparison,
        fresh=fresh,
        standing=standing,
        containment=fresh / max(length - known, LEAST_LENGTH),
        shared=share,
        other_day=other_day,
    )


def is_swap(gap: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether both sides have numbers, and none in common."""
    here, there = set(numbers(gap)), set(numbers(other))
    return bool(here and there and not here & there)


def _standing_spans(places: Sequence[int]) -> tuple[Span, ...]:
    """Join the shingles at these places, and the few words between them."""
    spans = covered((place, SHINGLE) for place in places)
    gaps = [(a.start + a.length, b.start - a.start - a.length) for a, b in pairwise(spans)]
    return covered([*spans, *((start, length) for start, length in gaps if length <= _BRIDGED)])


def _background_words(text: Text, passages: Sequence[Passage], *, other_day: bool) -> float:
    """Estimate how many words of the passages are background or standing text.

    Standing text is counted. Of the rest of each passage, it is the part of its sketched shingles that are
    background; a passage without any sketched shingle counts as fresh. Nothing is background where two
    texts of one day share a long run of figures that is not known as a whole: the formula around them is
    everywhere, but filled for this day.
    """
    total = 0.0
    if not text.standing and not any(is_known for _, is_known in text.marks):
        return total
    for passage in passages:
        start, end = _ends(passage)
        standing = overlap(text.standing, start, end)
        inside = [
            is_known
            for place, is_known in text.marks
            if start <= place <= end - SHINGLE and not (standing and overlap(text.standing, place, place + 1))
        ]
        if not other_day and not all(inside) and _has_figures(text.body.words[start:end]):
            return 0.0
        total += standing
        if inside:
            total += (passage.length - standing) * sum(inside) / len(inside)
    return total


def _ends(passage: Passage) -> tuple[int, int]:
    return passage.start, passage.start + passage.length


def _has_figures(shared: Sequence[str]) -> bool:
    """Say whether a passage is long and full of numbers."""
    return len(shared) >= FIGURES_PASSAGE and len(set(numbers(shared))) >= FEW_NUMBERS
