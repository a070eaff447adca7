"""Which topics a page could match, told from all its text before the article in it is looked for.

An article is made of its page's text: each of its words stands in one piece of text, or is put together of the
ends of several. So a topic whose words cannot be made of the page's pieces matches no article that any extractor
could find there. The answer errs on one side only: it may name too many topics, and never one too few.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from html.entities import html5
from itertools import chain, filterfalse

from monitor.core.needles import Needles
from monitor.core.textindex import searchable

MOST_STEPS = 6_000  # of putting words together, some milliseconds
_MANY = 200  # wanted words that begin alike, from which on it takes less time to go through the ends
_HEAD = 3  # letters by which most words are told to begin nothing that is wanted
_AFTER_ALL = "\U0010ffff"  # sorts behind every character that a word can have
_LEFT_OUT = "\u2424"  # by trafilatura, beside what cannot be printed
# A reference that an extractor may resolve once more ("&amp;uuml;" in the markup); its end may be missing.
_REFERENCE = re.compile(r"(&[^\s&;<]*;?)")
_UNFINISHED = re.compile(r"&(#?\w*)$")
# Beginnings of the names that need no semicolon (HTML, 13.2.5.73).
_NAMES_BEGIN = {name[:n] for name in html5 if name[-1] != ";" for n in range(1, len(name) + 1)}


@dataclass(frozen=True, slots=True)
class Scraps:
    """The texts of a page, cut at blanks: all pieces; those that begin one, that end one, that are one by themselves."""

    pieces: AbstractSet[str]
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
    texts = set(texts)
    cut = [parts for text in texts if (parts := text.split())]
    pieces = set(chain.from_iterable(cut))
    marked = (text.split() for text in texts if "&" in text or _LEFT_OUT in text)
    odd = {piece for parts in marked for piece in parts if "&" in piece or _LEFT_OUT in piece}
    odd.update(filterfalse(str.isprintable, pieces))
    if not odd:
        return _edged(cut, pieces, frozenset(), is_open=False)
    odd |= {"".join(_printed(piece)) for piece in odd}  # as extractors see it when they resolve references
    nothing = {piece for piece in odd if not _printed(unescape(piece))}
    if nothing:  # what follows it may then be the beginning, what comes before it the end
        cut += [
            some for parts in cut if (some := [one for one in parts if one not in nothing]) != parts and some
        ]
    loose = frozenset(part for piece in odd for part in _parted(piece))
    is_open = _is_open([parts[0] for parts in cut], [parts[-1] for parts in cut if "&" in parts[-1]])
    return _edged(cut, pieces, loose, is_open=is_open)


def _edged(cut: list[list[str]], pieces: set[str], loose: frozenset[str], *, is_open: bool) -> Scraps:
    return Scraps(
        pieces=pieces | loose,
        first={parts[0] for parts in cut} | loose,
        last={parts[-1] for parts in cut} | loose,
        alone={parts[0] for parts in cut if len(parts) == 1} | loose,
        is_open=is_open,
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
    for part in _REFERENCE.split(piece):
        yield from _printed(part)
        if part.startswith("&"):
            yield from _printed(unescape(part))


def _printed(text: str) -> list[str]:
    """What stands between signs that extractors leave out."""
    return "".join(sign if sign.isprintable() and sign != _LEFT_OUT else " " for sign in text).split()


class Sieve:
    """The words that topics cannot do without, put to one page after the other. Travels between processes."""

    def __init__(self, needles: Needles) -> None:
        self._needles = needles
        self._whole, self._begun = _Wanted(needles.words), _Wanted(needles.beginnings)

    def held(self, page: Scraps, wanted: AbstractSet[str]) -> Held | None:
        """What an article on this page may hold, and match; None where that cannot be told.

        Where that is enough for one of the topics that are `wanted`, no more is looked for.
        """
        if page.is_open:
            return None
        words = self._folded(page.pieces)
        held = self._told(words & self._whole.known, self._begun.begun_by(words))
        if not wanted.isdisjoint(held.topics):
            return held
        joints = _Joints(page, self._folded)
        try:
            return self._told(
                held.words | joints.whole(self._whole), held.beginnings | joints.begun(self._begun)
            )
        except _TooManyError:
            return None

    def _told(self, words: AbstractSet[str], beginnings: AbstractSet[str]) -> Held:
        slots, starts = self._needles.words, self._needles.beginnings
        topics = self._needles.topics(
            {*(slots[word] for word in words), *(starts[start] for start in beginnings)}
        )
        return Held(topics, frozenset(words), frozenset(beginnings))

    def _folded(self, pieces: AbstractSet[str]) -> frozenset[str]:
        """The words of pieces. Those in plain letters go apart: they take a tenth of the time."""
        plain, others = " ".join(filter(str.isascii, pieces)), " ".join(filterfalse(str.isascii, pieces))
        return frozenset((*self._needles.split(plain), *self._needles.split(searchable(others))))


class _Wanted:
    """Words that are looked for, by their order and by how they begin."""

    def __init__(self, words: Iterable[str]) -> None:
        self.order = sorted(words)
        self.known = frozenset(self.order)
        self._starts = {word[:n] for word in self.order for n in range(1, min(len(word), _HEAD + 1))}
        self._by_head: dict[str, list[str]] = {}
        for word in self.order:
            self._by_head.setdefault(word[:_HEAD], []).append(word)
        self._short = [word for word in self.order if len(word) < _HEAD]

    def going_on(self, starts: Iterable[str]) -> dict[str, range]:
        """The places of the words that begin like one of these, and do not end there."""
        likely = [start for start in starts if start[:_HEAD] in self._starts]
        return {start: span for start in likely if (span := self._after(start))}

    def _after(self, start: str) -> range:
        low = bisect_left(self.order, start)
        low += low < len(self.order) and self.order[low] == start
        return range(low, bisect_left(self.order, start + _AFTER_ALL, low))

    def begun_by(self, words: AbstractSet[str]) -> set[str]:
        """Those with which one of these words begins."""
        near = self._by_head
        found = {
            start
            for word in words
            if word[:_HEAD] in near
            for start in near[word[:_HEAD]]
            if word.startswith(start)
        }
        return found.union(start for start in self._short if any(word.startswith(start) for word in words))


class _TooManyError(Exception):
    """More words could be put together than there is time for."""


class _Joints:
    """The words at the ends of texts: with one text's last begins, with another's first ends, what is put together.

    Between them may stand texts that are a single word.
    """

    def __init__(self, page: Scraps, folded: Callable[[AbstractSet[str]], frozenset[str]]) -> None:
        self._page = page
        self._folded = folded
        self._last = folded(page.last)
        self._steps = 0

    @cached_property
    def _first(self) -> list[str]:
        return sorted(self._folded(self._page.first))

    @cached_property
    def _first_known(self) -> frozenset[str]:
        return frozenset(self._first)

    @cached_property
    def _first_cut(self) -> frozenset[str]:
        return frozenset(word[:n] for word in self._first for n in range(1, len(word) + 1))

    @cached_property
    def _alone(self) -> frozenset[str]:
        return self._folded(self._page.alone)

    def whole(self, wanted: _Wanted) -> set[str]:
        """Those of the wanted that can be put together. Raises _TooManyError."""
        return self._put_together(wanted, lambda rest: rest in self._first_known, lambda: self._first_known)

    def begun(self, wanted: _Wanted) -> set[str]:
        """The same for beginnings: something may follow them."""
        return self._put_together(wanted, self._begins_one, lambda: self._first_cut)

    def _begins_one(self, rest: str) -> bool:
        at = bisect_left(self._first, rest)
        return at < len(self._first) and self._first[at].startswith(rest)

    def _put_together(
        self, wanted: _Wanted, is_end: Callable[[str], bool], ends: Callable[[], frozenset[str]]
    ) -> set[str]:
        """Go from the last word of a text over texts of one word to an end, along what is wanted and nothing else."""
        found: set[str] = set()
        seen: AbstractSet[str] = self._last
        fresh = seen
        while spans := wanted.going_on(fresh):
            longer: set[str] = set()
            for start, span in spans.items():
                self._count(len(span))
                after = len(start)
                if len(span) > _MANY:
                    found.update(word for end in ends() if (word := start + end) in wanted.known)
                    longer.update(wanted.going_on(start + word for word in self._alone))
                    continue
                for word in wanted.order[span.start : span.stop]:
                    if is_end(word[after:]):
                        found.add(word)
                    longer.update(
                        word[:n] for n in range(after + 1, len(word)) if word[after:n] in self._alone
                    )
            fresh = longer - seen
            seen = seen | fresh
        return found

    def _count(self, steps: int) -> None:
        self._steps += min(steps, _MANY)
        if self._steps > MOST_STEPS:
            raise _TooManyError
