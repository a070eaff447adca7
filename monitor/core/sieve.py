"""Which topics a page could match, told from all its text before the article in it is looked for.

An article is made of its page's text: each of its words stands in one piece of text, or is put together of the
ends of several. So a topic whose words cannot be made of the page's pieces matches no article that any extractor
could find there. The answer errs on one side only: it may name too many topics, and never one too few.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from itertools import chain

from monitor.core.needles import Needles

MOST_STEPS = 50_000  # of putting words together, some ten milliseconds
_HEAD = 3  # letters by which most words are told to begin nothing that is wanted
_AFTER_ALL = "\U0010ffff"  # sorts behind every character that a word can have
# A reference that an extractor may resolve once more ("&amp;uuml;" in the markup); its end may be missing.
_REFERENCE = re.compile(r"(&[^\s&;<]{0,40};?)")
_UNFINISHED = re.compile(r"&(#?\w{0,40})$")
# Beginnings of the names that need no semicolon (HTML, 13.2.5.73).
_NAMES_BEGIN = {name[:n] for name in html5 if name[-1] != ";" for n in range(1, len(name) + 1)}


@dataclass(frozen=True, slots=True)
class Scraps:
    """The texts of a page, cut at blanks: pieces that begin one, that end one, that are one alone, and the others."""

    inner: AbstractSet[str]
    first: AbstractSet[str]
    last: AbstractSet[str]
    alone: AbstractSet[str]
    is_open: bool  # a reference may run from one text into the next, and mean whatever the two make together


@dataclass(frozen=True, slots=True)
class Held:
    """What an article on a page may hold of what is looked for, and the topics it may match for that."""

    topics: frozenset[str]
    words: frozenset[str]
    beginnings: frozenset[str]


def scraps(texts: Iterable[str]) -> Scraps:
    """Cut the texts of a page. Inside a piece, what may fall out or be resolved parts it as the end of a text does."""
    cut = [parts for text in texts if (parts := text.split())]
    pieces = set(chain.from_iterable(cut))
    running = " ".join(pieces)
    is_plain = "&" not in running and running.isprintable()
    loose: set[str] = set() if is_plain else {part for piece in pieces for part in _parted(piece)}
    first, last = {one[0] for one in cut} | loose, {one[-1] for one in cut} | loose
    return Scraps(
        inner=pieces - first - last,
        first=first,
        last=last,
        alone={one[0] for one in cut if len(one) == 1} | loose,
        is_open=not is_plain and _is_open(first, [one[-1] for one in cut if "&" in one[-1]]),
    )


def _is_open(first: Iterable[str], last: Iterable[str]) -> bool:
    """Whether a reference may begin at the end of one text and go on with the beginning of another."""
    names = [found[1] for piece in last if (found := _UNFINISHED.search(piece))]
    if not names:
        return False
    is_ended = any(";" in piece for piece in first)
    return is_ended or any(not name or name[0] == "#" or name in _NAMES_BEGIN for name in names)


def _parted(piece: str) -> Iterator[str]:
    """The parts of a piece between signs that nobody sees and references; these as they are, and resolved."""
    if "&" not in piece and piece.isprintable():
        return
    for part in _REFERENCE.split(piece):
        yield from _printed(part)
        if part.startswith("&"):
            yield from _printed(unescape(part))


def _printed(text: str) -> list[str]:
    """What stands between signs that cannot be printed, as extractors leave them out."""
    return "".join(sign if sign.isprintable() and sign != "\u2424" else " " for sign in text).split()


class Sieve:
    """The words that topics cannot do without, put to one page after the other.

    `words` gives the words of a text as the tokenizer of the index does. Travels between processes.
    """

    def __init__(self, needles: Needles, words: Callable[[str], Sequence[str]]) -> None:
        self._needles = needles
        self._split = words
        self._whole, self._begun = _Wanted(needles.words), _Wanted(needles.beginnings)

    def held(self, page: Scraps) -> Held | None:
        """What an article on this page may hold, and match; None where that cannot be told."""
        if page.is_open:
            return None
        inner, first, last, alone = (
            frozenset(self._split(" ".join(some))) for some in (page.inner, page.first, page.last, page.alone)
        )
        words, joints = inner | first | last, _Joints(first, last, alone)
        try:
            whole = (words & self._whole.known) | joints.whole(self._whole)
            begun = self._begun.begun_by(words) | joints.begun(self._begun)
        except _TooManyError:
            return None
        slots, starts = self._needles.words, self._needles.beginnings
        topics = self._needles.topics({*(slots[word] for word in whole), *(starts[start] for start in begun)})
        return Held(topics, frozenset(whole), frozenset(begun))


class _Wanted:
    """Words that are looked for, by their order and by how they begin."""

    def __init__(self, words: Iterable[str]) -> None:
        self.order = sorted(words)
        self.known = frozenset(self.order)
        self.longest = max(map(len, self.order), default=0)
        self._by_head: dict[str, list[str]] = {}
        for word in self.order:
            self._by_head.setdefault(word[:_HEAD], []).append(word)
        self._short = [word for word in self.order if len(word) < _HEAD]

    def going_on(self, start: str) -> range:
        """The places of the words that begin so and do not end there."""
        if len(start) >= _HEAD and start[:_HEAD] not in self._by_head:
            return range(0)
        low = bisect_left(self.order, start)
        low += low < len(self.order) and self.order[low] == start
        return range(low, bisect_left(self.order, start + _AFTER_ALL, low))

    def begun_by(self, words: AbstractSet[str]) -> set[str]:
        """Those with which one of these words begins."""
        found = {
            start
            for word in words
            if (near := self._by_head.get(word[:_HEAD]))
            for start in near
            if word.startswith(start)
        }
        return found.union(start for start in self._short if any(word.startswith(start) for word in words))


class _TooManyError(Exception):
    """More words could be put together than there is time for."""


class _Joints:
    """The words at the ends of texts: with which one begins, with which one ends, and which are a text of their own."""

    def __init__(self, first: AbstractSet[str], last: AbstractSet[str], alone: AbstractSet[str]) -> None:
        self._first, self._last, self._alone = first, last, alone
        self._steps = 0

    def whole(self, wanted: _Wanted) -> set[str]:
        """Those of the wanted that can be put together of two ends or more. Raises _TooManyError."""
        return self._put_together(wanted, lambda: self._first)

    def begun(self, wanted: _Wanted) -> set[str]:
        """The same for beginnings: something may follow them."""
        return self._put_together(wanted, lambda: _cut(self._first, wanted.longest))

    def _put_together(self, wanted: _Wanted, closing: Callable[[], AbstractSet[str]]) -> set[str]:
        """From the last word of a text over texts of one word to an end, along what is wanted and nothing else."""
        found: set[str] = set()
        seen = fresh = set(self._last)
        ends: AbstractSet[str] | None = None
        while spans := {start: span for start in fresh if (span := wanted.going_on(start))}:
            ends = closing() if ends is None else ends
            longer: set[str] = set()
            for start, span in spans.items():
                found |= self._ended(wanted, span, start, ends)
                longer |= self._longer(wanted, span, start)
            fresh = longer - seen
            seen = seen | fresh
        return found

    def _ended(self, wanted: _Wanted, span: range, start: str, ends: AbstractSet[str]) -> set[str]:
        """What is wanted and is `start` and an end."""
        after = len(start)
        if self._counted(len(span)) <= len(ends):
            return {word for at in span if (word := wanted.order[at])[after:] in ends}
        return {word for end in ends if (word := start + end) in wanted.known}

    def _longer(self, wanted: _Wanted, span: range, start: str) -> set[str]:
        """`start` and a text of one word, where something wanted begins so and goes on."""
        after = len(start)
        if self._counted(len(span)) <= len(self._alone):
            rests = (wanted.order[at] for at in span)
            return {w[:n] for w in rests for n in range(after + 1, len(w)) if w[after:n] in self._alone}
        return {made for word in self._alone if wanted.going_on(made := start + word)}

    def _counted(self, steps: int) -> int:
        self._steps += min(steps, len(self._first))
        if self._steps > MOST_STEPS:
            raise _TooManyError
        return steps


def _cut(words: Iterable[str], longest: int) -> set[str]:
    """The beginnings of words, up to so many letters."""
    return {word[:n] for word in words for n in range(1, min(len(word), longest) + 1)}
