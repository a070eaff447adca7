"""Whether FTS5 accepts a query, and if not, a sentence about the place it stumbles over.

FTS5 alone is the judge; what is wrong, and where, is found by asking it again about shorter beginnings.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise

from monitor.core.query import OPERATORS, Token, is_word, lexed, unquoted
from monitor.errors import QueryError

INDEX = "CREATE VIRTUAL TABLE batch USING fts5(title, text, tokenize = 'unicode61 remove_diacritics 2')"
DEEPEST = 40  # nested parentheses; FTS5 gives up near 100

_UNSEARCHABLE = re.compile(r"[\x00\ud800-\udfff]")


class Checker:
    """Judges many queries on one empty index. Belongs to one thread at a time; `close` it."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(INDEX)

    def close(self) -> None:
        """Let the index go."""
        self._db.close()

    def check(self, query: str) -> None:
        """Raise QueryError for a query that FTS5 refuses, or that can match nothing."""
        if found := _UNSEARCHABLE.search(query):
            raise QueryError("a character stands here that no text holds", found.start())
        if complaint := self._complaint(query):
            raise self._explained(query, complaint)
        tokens, _ = lexed(query)
        if not any(character.isalnum() for token in tokens if is_word(token) for character in token.text):
            raise QueryError("there is no word to look for", 0)
        if _depth(tokens) > DEEPEST:
            raise QueryError("the query is nested too deeply", 0)

    def _complaint(self, query: str) -> str | None:
        try:
            self._db.execute("SELECT rowid FROM batch WHERE batch MATCH ? LIMIT 1", (query,)).fetchone()
        except sqlite3.Error as error:
            return str(error)
        return None

    def _explained(self, query: str, complaint: str) -> QueryError:
        """The complaint of FTS5 as a sentence about a place in the query."""
        tokens, stop = lexed(query)
        near = re.fullmatch(r'fts5: syntax error near "(.*)"', complaint, re.DOTALL)
        if stop is not None and (near or "unterminated" in complaint):
            early = self._fault(query, tokens)
            return early if early and early.offset is not None else _unreadable(query, stop)
        if near and not near[1]:
            return _unfinished(query, tokens)
        if near:
            return self._fault(query, tokens) or QueryError(f"{near[1]!r} cannot stand there")
        return _other(tokens, complaint)

    def _fault(self, query: str, tokens: Sequence[Token]) -> QueryError | None:
        """The first token that cannot follow those before it, found by asking FTS5 for ever longer beginnings."""
        low, high = 0, len(tokens)
        if not high or not self._broken(query[: tokens[-1].end]):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._broken(query[: tokens[middle - 1].end]) else (middle, high)
        near = (self._complaint(query[: tokens[high - 1].end]) or "").partition('near "')[2].removesuffix('"')
        named = [token for token in tokens[:high] if token.text == near]
        return _misplaced(tokens, named[-1] if named else tokens[high - 1])

    def _broken(self, beginning: str) -> bool:
        """Whether nothing that follows could make this a query."""
        complaint = self._complaint(beginning)
        return complaint is not None and complaint != 'fts5: syntax error near ""'


def check(query: str) -> None:
    """Raise QueryError, with a sentence and where possible the offset, for a query that cannot be used."""
    with closing(Checker()) as checker:
        checker.check(query)


def _depth(tokens: Sequence[Token]) -> int:
    """How many parentheses are open at most."""
    deepest = depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        deepest = max(deepest, depth)
    return deepest


def _unreadable(query: str, stop: int) -> QueryError:
    if query[stop] == '"':
        return QueryError("a quotation mark is opened here and never closed", stop)
    word = re.search(r"[^\s()]+$", query[: stop + 1])
    start = word.start() if word else stop
    whole = re.match(r"[^\s()\"]*", query[start:])
    quoted = whole[0] if whole and len(whole[0]) > 1 else ""
    advice = f'write "{quoted}" in quotation marks' if quoted else "only words, phrases and operators can"
    return QueryError(f"{query[stop]!r} cannot stand in a query; {advice}", stop)


def _unfinished(query: str, tokens: Sequence[Token]) -> QueryError:
    opened: list[Token] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token)
        elif token.text == ")" and opened:
            opened.pop()
    if not tokens:
        return QueryError("there is no word to look for", 0)
    last = tokens[-1]
    if last.text != ")" and (last.text in OPERATORS or not is_word(last)):
        return QueryError(f"the query ends where a word should follow {last.text!r}", last.start)
    if opened:
        return QueryError("a parenthesis is opened here and never closed", opened[-1].start)
    return QueryError("the query ends too early", len(query.rstrip()))


def _misplaced(tokens: Sequence[Token], token: Token) -> QueryError:
    before = next((other for other in reversed(tokens) if other.end <= token.start), None)
    for word, opening in pairwise(tokens):
        # To FTS5 a word before a parenthesis is a function like NEAR; people mean AND.
        if opening.text == "(" and is_word(word) and word.text != "NEAR" and word.start <= token.start:
            return QueryError(f"AND or OR is missing between {word.text!r} and the parenthesis", word.start)
    if token.text == ")":
        depth = sum((t.text == "(") - (t.text == ")") for t in tokens if t.start < token.start)
        what = (
            "a word is missing before ')'" if depth else "a parenthesis is closed here that was never opened"
        )
    elif token.text == "NOT" and before and before.text == "AND":
        what = "NOT stands alone, without AND before it"
    elif token.text in OPERATORS - {"NEAR"}:
        what = f"{token.text} stands where a word is meant; it belongs between two, as in: this {token.text} that"
    elif not is_word(token):
        what = f"{token.text!r} cannot stand here; words with such signs need quotation marks"
    elif before and before.text == ")":
        what = f"AND or OR is missing before {token.text!r}"
    else:
        what = f"{token.text!r} cannot stand here"
    return QueryError(what, token.start)


def _other(tokens: Sequence[Token], complaint: str) -> QueryError:
    """The complaints of FTS5 that are none of syntax."""
    subject = re.search(r'(?:no such column: |got ")([^"]*)', complaint)
    named = [t for t in tokens if subject and unquoted(t.text).casefold() == subject[1].casefold()]
    offset = named[0].start if named else None
    if complaint.startswith("no such column"):
        word = subject[1] if subject else ""
        minus = next((t for t in reversed(tokens) if offset is not None and t.end <= offset), None)
        if minus and minus.text == "-":
            glued = next((t for t in tokens if t.end == minus.start and is_word(t)), None)
            if glued and minus.end == offset:
                return QueryError(f'write "{glued.text}-{word}" in quotation marks', glued.start)
            return QueryError(
                f"'-' does not leave a word out here; leave it out with NOT, as in: this NOT {word}",
                minus.start,
            )
        what = f"there is no column {word!r}, only title and text; a colon in a word needs quotation marks"
        return QueryError(what, offset)
    if complaint.startswith("expected integer"):
        return QueryError("NEAR takes a number of words after its comma, as in NEAR(peace talks, 5)", offset)
    if "special query" in complaint:
        return QueryError("'*' stands after the beginning of a word, as in ukrain*", 0)
    if "stack overflow" in complaint or "too large" in complaint:
        return QueryError("the query is nested too deeply", 0)
    return QueryError(f"FTS5 refuses the query: {complaint}")
