"""Which passages two texts share, word by word.

A passage is a run of at least five words that stands in both texts. Runs of five to seven words help to
judge how near two texts are; what is claimed of them, and stored as evidence, is made of runs of eight and
more alone, because shorter ones are idioms that anybody might have written. Offsets count the words that
`fingerprint.words` gives, from 0. Everything here can be computed again from the two texts alone, with
the same result; nothing here decides what the passages mean: that is `copies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

from monitor.core.fingerprint import SHINGLE, WORD, normalised, words

CLAIMED = 8  # words: the shortest passage that is shown to people

ALGORITHM = "passages-2"  # stored with every comparison; a change of any rule here is a new name

_MOST_PLACES = 16  # where a phrase stands in the original more often, later places are not tried
_MOST_PASSAGES = 1000  # a text made of one word repeated must not fill the disk
_NEAR = 250  # letters: some forty words
_OWN = 0.2  # a paragraph is somebody's own where at most so much of it is shared


class Passage(NamedTuple):
    """`length` words that stand in the text at `start` and in the original at `original_start`."""

    start: int
    length: int
    original_start: int


class Span(NamedTuple):
    """`length` words from `start` on."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Body:
    """A text as words, and at which word each of its paragraphs (lines with a word in them) starts."""

    words: tuple[str, ...]
    paragraphs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a text and its original have in common, and what each has alone.

    Shares are parts of all words, 0–1, three places. Paragraphs are counted from 1. `moved` is true
    where the passages stand in another order in the original.
    """

    words: int
    original_words: int
    passages: tuple[Passage, ...]
    share: float
    share_of_original: float
    added: tuple[Span, ...]  # of the text: words between the passages, runs of five and more
    cut: tuple[Span, ...]  # of the original, in the same way
    added_paragraphs: tuple[int, ...]
    cut_paragraphs: tuple[int, ...]
    moved: bool

    @property
    def shared_words(self) -> int:
        """How many of the text's words stand inside passages."""
        return sum(span.length for span in covered((p.start, p.length) for p in self.passages))

    @property
    def longest(self) -> int:
        """The length of the longest passage, in words."""
        return max((passage.length for passage in self.passages), default=0)


def body(text: str) -> Body:
    """Cut a text into words and remember where its paragraphs start."""
    found: list[str] = []
    starts: list[int] = []
    for line in text.splitlines():
        tokens = words(line)
        if tokens:
            starts.append(len(found))
            found.extend(tokens)
    return Body(words=tuple(found), paragraphs=tuple(starts))


def compare(text: str, original: str) -> Comparison:
    """Compare two texts, given as they are stored: what can be claimed of them."""
    here, there = body(text), body(original)
    return claimed(here, there, shared_passages(here.words, there.words))


def claimed(text: Body, original: Body, passages: Sequence[Passage]) -> Comparison:
    """Compare two texts by those of their passages that have eight words and more."""
    return compared(text, original, [passage for passage in passages if passage.length >= CLAIMED])


def compared(text: Body, original: Body, found: Sequence[Passage]) -> Comparison:
    """Compare two texts by these passages, given in the order of the text."""
    passages = tuple(found)
    here = covered((p.start, p.length) for p in passages)
    there = covered((p.original_start, p.length) for p in passages)
    return Comparison(
        words=len(text.words),
        original_words=len(original.words),
        passages=passages,
        share=share_of(here, len(text.words)),
        share_of_original=share_of(there, len(original.words)),
        added=between(here, len(text.words)),
        cut=between(there, len(original.words)),
        added_paragraphs=own_paragraphs(text, here),
        cut_paragraphs=own_paragraphs(original, there),
        moved=any(b.original_start < a.original_start for a, b in pairwise(passages)),
    )


def shared_passages(text: Sequence[str], original: Sequence[str]) -> list[Passage]:
    """Give the passages in the order of the text, each as long as it gets.

    Where a phrase stands in the original more than once, the longest passage is taken, and among
    equals the one that goes on where the passage before ended. Two neighbours may overlap by up to four
    words where both are needed to cover the text. Time grows with the length of the two texts, not with
    its square, whatever they contain.
    """
    where = _places(original)
    shingles = zip(*(text[k:] for k in range(SHINGLE)), strict=False)
    hits = [(start, where[shingle]) for start, shingle in enumerate(shingles) if shingle in where]
    found: list[Passage] = []
    next_start = expected = 0
    for start, places in hits:
        if start < next_start:
            continue
        length, place = _longest(text, start, original, places, expected)
        found.append(Passage(start, length, place))
        next_start, expected = start + length - SHINGLE + 1, place + length
        if len(found) == _MOST_PASSAGES:
            break
    return found


def shared_spans(text: Sequence[str], original: Sequence[str]) -> tuple[Span, ...]:
    """Give what of the text stands anywhere in the original, in runs of five words and more."""
    known = set(zip(*(original[k:] for k in range(SHINGLE)), strict=False))
    shingles = zip(*(text[k:] for k in range(SHINGLE)), strict=False)
    return covered((place, SHINGLE) for place, shingle in enumerate(shingles) if shingle in known)


def run_around(text: Sequence[str], place: int, original: str) -> int:
    """Say how long the shared run is that goes through five words of the text, without reading all of the original.

    `place` is where the five words stand in `text`. The run is followed for at most forty words to
    either side of where they first stand in the original; 0 where they do not.
    """
    plain = normalised(original)
    found = re.search(r"[\W_]+".join(map(re.escape, text[place : place + SHINGLE])), plain)
    if found is None:
        return 0
    before = WORD.findall(plain[max(0, found.start() - _NEAR) : found.start()])
    after = WORD.findall(plain[found.end() : found.end() + _NEAR])
    back = _equal(reversed(text[max(0, place - len(before)) : place]), reversed(before))
    return back + SHINGLE + _equal(text[place + SHINGLE :], after)


def _equal(one: Iterable[str], other: Iterable[str]) -> int:
    """Say how many words from the start on are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _places(original: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Say for every run of five words of the original where it stands (its first sixteen places)."""
    where: dict[tuple[str, ...], list[int]] = {}
    for place, shingle in enumerate(zip(*(original[k:] for k in range(SHINGLE)), strict=False)):
        places = where.get(shingle)
        if places is None:
            where[shingle] = [place]
        elif len(places) < _MOST_PLACES:
            places.append(place)
    return where


def _longest(
    text: Sequence[str], start: int, original: Sequence[str], places: list[int], expected: int
) -> tuple[int, int]:
    """Give the length and the place of the longest passage that begins at `start` of the text."""
    best, best_place = 0, places[0]
    for place in places:
        length = _common_length(text, start, original, place)
        if (length, -abs(place - expected)) > (best, -abs(best_place - expected)):
            best, best_place = length, place
    return best, best_place


def _common_length(text: Sequence[str], start: int, original: Sequence[str], place: int) -> int:
    """Say how many words from `start` and from `place` on are the same; at least five are."""
    length, most = SHINGLE, min(len(text) - start, len(original) - place)
    while length < most and text[start + length] == original[place + length]:
        length += 1
    return length


def covered(runs: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Merge (start, length) runs into spans in order that neither overlap nor touch."""
    spans: list[Span] = []
    for start, length in sorted(runs):
        if spans and start <= spans[-1].start + spans[-1].length:
            last = spans[-1]
            spans[-1] = Span(last.start, max(last.length, start + length - last.start))
        else:
            spans.append(Span(start, length))
    return tuple(spans)


def share_of(spans: Iterable[Span], total: int) -> float:
    """Say which part of `total` words the spans are, three places; 0 of nothing is 0."""
    return round(sum(span.length for span in spans) / total, 3) if total else 0.0


def between(spans: Sequence[Span], total: int) -> tuple[Span, ...]:
    """Give the runs of five and more words that the spans leave out."""
    edges = [Span(0, 0), *spans, Span(total, 0)]
    gaps = [Span(a.start + a.length, b.start - a.start - a.length) for a, b in pairwise(edges)]
    return tuple(gap for gap in gaps if gap.length >= SHINGLE)


def overlap(spans: Sequence[Span], start: int, end: int) -> int:
    """Say how many words of `start` to `end` (exclusive) the spans cover."""
    return sum(max(0, min(end, span.start + span.length) - max(start, span.start)) for span in spans)


def own_paragraphs(text: Body, shared: Sequence[Span]) -> tuple[int, ...]:
    """Number the paragraphs, from 1, of which at most a fifth is shared.

    Paragraphs of fewer than five words (crossheads, names) are never counted: no passage fits in.
    """
    edges = [*text.paragraphs, len(text.words)]
    own: list[int] = []
    position = 0
    for number, (start, end) in enumerate(pairwise(edges), 1):
        while position < len(shared) and shared[position].start + shared[position].length <= start:
            position += 1
        first = position
        inside = 0
        while first < len(shared) and shared[first].start < end:
            inside += overlap(shared[first : first + 1], start, end)
            first += 1
        if end - start >= SHINGLE and inside <= _OWN * (end - start):
            own.append(number)
    return tuple(own)


def evidence(comparison: Comparison, *, revision: int, original_revision: int) -> dict[str, Any]:
    """Give the comparison as the JSON that is stored: anyone can compute it again from the two revisions."""
    return {
        "algorithm": ALGORITHM,
        "revision": revision,
        "original_revision": original_revision,
        "words": comparison.words,
        "original_words": comparison.original_words,
        "passages": [list(passage) for passage in comparison.passages],
        "added": [list(span) for span in comparison.added],
        "cut": [list(span) for span in comparison.cut],
        "added_paragraphs": list(comparison.added_paragraphs),
        "cut_paragraphs": list(comparison.cut_paragraphs),
        "moved": comparison.moved,
    }
