"""Which of many topics a text can match at all, from its words alone.

A query is an expression over words: reading AND, OR and NOT as operations on the sets of rows that hold
each word gives every row that matches, and some that do not (phrases, NEAR and columns are read as "all of
these words"). FTS5 then decides about those. Sets of rows are the bits of a number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.query import Node, Term, parsed, terms_of

ANY_ROW = -1  # every bit is set

Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Need:
    """What rows must hold: all of `terms` and `parts`, or with `either` one of the parts."""

    terms: tuple[Term, ...]
    parts: tuple[Need, ...] = ()
    either: bool = False


class Needles:
    """The queries of many topics, by the words they cannot do without.

    `words_of` splits texts into words as the tokenizer of the index does.
    """

    def __init__(self, queries: Mapping[str, str], words_of: Callable[[Collection[str]], Words]) -> None:
        trees = {topic_id: parsed(query) for topic_id, query in queries.items()}
        words = words_of({term.text for tree in trees.values() for term in terms_of(tree)})
        self._needs = {topic_id: _need(tree, words) for topic_id, tree in trees.items()}
        self._anyway: list[str] = []
        self._by_word: dict[str, list[str]] = {}
        self._by_beginning: dict[str, list[str]] = {}
        for topic_id, need in self._needs.items():
            self._file(topic_id, _one_of(need))

    def _file(self, topic_id: str, terms: frozenset[Term] | None) -> None:
        if terms is None:
            self._anyway.append(topic_id)
        for term in terms or ():
            shelf = self._by_beginning if term.prefix else self._by_word
            shelf.setdefault(term.text, []).append(topic_id)

    def rows(self, words: Mapping[str, int]) -> dict[str, int]:
        """The rows that each topic may match; topics without any are left out. `words` are in order."""
        haystack = _Haystack(words)
        promising = set(self._anyway)
        for word in self._by_word.keys() & words.keys():
            promising.update(self._by_word[word])
        for beginning, topics in self._by_beginning.items():
            if haystack.beginning(beginning):
                promising.update(topics)
        rows = {topic_id: haystack.rows(self._needs[topic_id]) for topic_id in promising}
        return {topic_id: found for topic_id, found in rows.items() if found}


class _Haystack:
    """The rows of each word of a batch, and of each beginning that was asked for."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words = words
        self._sorted = sorted(words)
        self._beginnings: dict[str, int] = {}

    def beginning(self, text: str) -> int:
        if text not in self._beginnings:
            found, at = 0, bisect_left(self._sorted, text)
            while at < len(self._sorted) and self._sorted[at].startswith(text):
                found |= self._words[self._sorted[at]]
                at += 1
            self._beginnings[text] = found
        return self._beginnings[text]

    def rows(self, need: Need) -> int:
        if need.either:
            found = 0
            for part in need.parts:
                found |= self.rows(part)
            return found
        found = ANY_ROW
        for term in need.terms:
            found &= self.beginning(term.text) if term.prefix else self._words.get(term.text, 0)
        for part in need.parts:
            if not found:
                break
            found &= self.rows(part)
        return found


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
