"""Which of many topics a text can match at all, from its words alone.

A query is an expression over words: reading AND, OR and NOT as operations on the sets of rows that hold
each word gives every row that matches, and some that do not (phrases, NEAR and columns are read as "all of
these words"). FTS5 then decides about those. Sets of rows are the bits of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.core.query import Node, Term, parsed, terms_of

ANY_ROW = -1  # every bit is set
MOST_HELD = 200_000  # pieces of text that are remembered, some 30 MB
LONGEST_HELD = 40  # characters of such a piece

Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Need:
    """What rows must hold: all of `terms` and `parts`, or with `either` one of the parts."""

    terms: tuple[Term, ...]
    parts: tuple[Need, ...] = ()
    either: bool = False


class Needles:
    """The queries of many topics, by the words they cannot do without.

    `split` gives the words of a text as the tokenizer of the index does. Every term has a slot, and so have
    parts of queries that are more than a term. Which terms a piece of text holds is remembered: the same
    pieces come again and again.
    """

    def __init__(self, queries: Mapping[str, str], split: Callable[[str], Sequence[str]]) -> None:
        self.split = split
        trees = {topic_id: parsed(query) for topic_id, query in queries.items()}
        words = {term.text: split(term.text) for tree in trees.values() for term in terms_of(tree)}
        needs = {topic_id: _need(tree, words) for topic_id, tree in trees.items()}
        self._slot_of: dict[Term | Need, int] = {}
        self._words: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        for slot, term in enumerate(dict.fromkeys(term for need in needs.values() for term in _terms(need))):
            self._slot_of[term] = slot
            (self._beginnings if term.prefix else self._words)[term.text] = slot
        self._lengths = sorted({len(text) for text in self._beginnings})
        self._terms = len(self._slot_of)
        self._parts: dict[int, tuple[bool, tuple[int, ...]]] = {}  # of a slot: any of these slots, or all
        self._plans = {topic_id: self._plan(need) for topic_id, need in needs.items()}
        self._held: dict[str, tuple[int, ...]] = {}
        self._anyway: list[str] = []
        self._filed: dict[int, list[str]] = {}
        for topic_id, need in needs.items():
            self._file(topic_id, _one_of(need))

    def _file(self, topic_id: str, terms: frozenset[Term] | None) -> None:
        if terms is None:
            self._anyway.append(topic_id)
        for term in terms or ():
            self._filed.setdefault(self._slot_of[term], []).append(topic_id)

    def _plan(self, need: Need) -> tuple[tuple[int, ...], ...]:
        """What a row needs: something of each of these groups of slots."""
        if need.either:
            return (tuple(self._slot(part) for part in need.parts),)
        alone = tuple((self._slot(term),) for term in need.terms)
        return alone + tuple(group for part in need.parts for group in self._plan(part))

    def _slot(self, what: Term | Need) -> int:
        """The slot of a term or part; a part that is a single term has that term's."""
        if isinstance(what, Need) and len(what.terms) == 1 and not what.parts:
            what = what.terms[0]
        if isinstance(what, Need) and what not in self._slot_of:
            inner = (*map(self._slot, what.terms), *map(self._slot, what.parts))
            self._slot_of[what] = slot = len(self._slot_of)
            self._parts[slot] = (what.either, inner)
        return self._slot_of[what]

    def rows(self, pieces: Mapping[str, int]) -> dict[str, int]:
        """The rows that each topic may match; topics without any are left out.

        `pieces` are the texts cut at blanks, each with its rows as the bits of a number.
        """
        known: list[int | None] = [0] * self._terms
        held = self._held
        for piece, bits in pieces.items():
            slots = held.get(piece)
            for slot in self._holds(piece) if slots is None else slots:
                known[slot] |= bits  # type: ignore[operator]  # the slots of terms are numbers
        return self._held_by(known)

    def __getstate__(self) -> dict[str, Any]:
        """To another process goes what decides, not what was met on the way."""
        return self.__dict__ | {"_held": {}, "_slot_of": {}}

    @property
    def words(self) -> Mapping[str, int]:
        """The whole words that are looked for, each with its slot."""
        return self._words

    @property
    def beginnings(self) -> Mapping[str, int]:
        """The beginnings of words that are looked for, each with its slot."""
        return self._beginnings

    def topics(self, slots: Iterable[int]) -> frozenset[str]:
        """The topics that a text may match which holds the terms of these slots and no others."""
        known: list[int | None] = [0] * self._terms
        for slot in slots:
            known[slot] = 1
        return frozenset(self._held_by(known))

    def _held_by(self, known: list[int | None]) -> dict[str, int]:
        """The rows that each topic may match, from those that hold each term."""
        haystack = _Haystack([*known, *[None] * len(self._parts)], self._parts)
        promising = set(self._anyway)
        for slot, topics in self._filed.items():
            if known[slot]:
                promising.update(topics)
        rows = {topic_id: haystack.rows(self._plans[topic_id]) for topic_id in promising}
        return {topic_id: found for topic_id, found in rows.items() if found}

    def _holds(self, piece: str) -> tuple[int, ...]:
        """The slots of the terms that a piece of text holds."""
        found: dict[int, None] = {}
        for word in self.split(piece):
            if word in self._words:
                found[self._words[word]] = None
            for length in self._lengths:
                if length <= len(word) and word[:length] in self._beginnings:
                    found[self._beginnings[word[:length]]] = None
        if len(self._held) >= MOST_HELD:
            self._held = {}
        if len(piece) <= LONGEST_HELD:
            self._held[piece] = tuple(found)
        return tuple(found)


def is_met(
    query: str, split: Callable[[str], Sequence[str]], words: Container[str], beginnings: Container[str]
) -> bool:
    """Whether a text could match a query that has these of its words, and words with these of its beginnings."""
    tree = parsed(query)
    need = _need(tree, {term.text: split(term.text) for term in terms_of(tree)})
    return _is_held(need, words, beginnings)


def _is_held(need: Need, words: Container[str], beginnings: Container[str]) -> bool:
    terms = (term.text in (beginnings if term.prefix else words) for term in need.terms)
    parts = (_is_held(part, words, beginnings) for part in need.parts)
    return any((*terms, *parts)) if need.either else all((*terms, *parts))


class _Haystack:
    """The rows of each slot of a batch; None for parts that nobody has asked for."""

    def __init__(self, known: list[int | None], parts: Mapping[int, tuple[bool, tuple[int, ...]]]) -> None:
        self._known = known
        self._parts = parts

    def rows(self, plan: tuple[tuple[int, ...], ...]) -> int:
        """The rows that hold something of every group."""
        found, known = ANY_ROW, self._known
        for group in plan:
            either = 0
            for slot in group:
                rows = known[slot]
                either |= self._learned(slot) if rows is None else rows
            found &= either
            if not found:
                return 0
        return found

    def _learned(self, slot: int) -> int:
        is_either, parts = self._parts[slot]
        rows = 0 if is_either else ANY_ROW
        for part in parts:
            inner = self._known[part]
            held = self._learned(part) if inner is None else inner
            rows = rows | held if is_either else rows & held
        self._known[slot] = rows
        return rows


def _terms(need: Need) -> Iterator[Term]:
    yield from need.terms
    for part in need.parts:
        yield from _terms(part)


def _need(node: Node, words: Words) -> Need:
    """The tree without what cannot be told from words: the right side of NOT, columns, order, distance."""
    if node.kind == "words":
        return Need(tuple(term for whole in node.terms for term in _single(whole, words)))
    if node.kind in {"not", "column"}:
        return _need(node.children[0], words)
    return Need((), tuple(_need(child, words) for child in node.children), either=node.kind == "or")


def _single(term: Term, words: Words) -> list[Term]:
    """A term word by word; in a phrase, `*` belongs to the last one."""
    single = [Term(word) for word in words[term.text]]
    return [*single[:-1], Term(single[-1].text, term.prefix)] if single else []


def _one_of(need: Need) -> frozenset[Term] | None:
    """Words of which a matching row holds at least one, as few and as rare as can be; None: there are none."""
    if need.either:
        known = [_one_of(part) for part in need.parts]
        return None if None in known else frozenset(term for terms in known for term in terms or ())
    sets = [frozenset([term]) for term in need.terms] + [s for part in need.parts if (s := _one_of(part))]
    return min(sets, key=_commonness, default=None)


def _commonness(terms: Collection[Term]) -> tuple[int, int, int]:
    """Few words before many, whole words before beginnings, long ones before short ones."""
    return len(terms), sum(term.prefix for term in terms), -sum(len(term.text) for term in terms)
