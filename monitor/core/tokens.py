"""Texts into words exactly as the index does, without asking it about every text.

FTS5's unicode61 decides sign by sign: a sign is part of a word (as what it is folded to), is left out (an accent by itself),
or ends the word. Signs of scripts without blanks are words by themselves, as in the texts that are indexed (`unspaced`). What it does with each sign is asked of FTS5 itself, once, when the sign is first met.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from monitor.core.complaints import INDEX
from monitor.core.unspaced import is_unspaced

PLACES = "CREATE VIRTUAL TABLE places USING fts5vocab(batch, 'instance')"
_AT_ONCE = 256  # neighbouring signs that are asked about in one go, in a millisecond


class Tokens:
    """The words of texts. Safe to use from several threads: what is learned twice is the same."""

    def __init__(self) -> None:
        self._folded = _folded(range(_AT_ONCE))

    def words(self, text: str) -> list[str]:
        """The words of a text in their order, folded."""
        if not text.isascii():
            for place in {ord(sign) // _AT_ONCE for sign in set(text) if ord(sign) not in self._folded}:
                self._folded |= _folded(range(place * _AT_ONCE, (place + 1) * _AT_ONCE))
        return text.translate(self._folded).split()


def _folded(codes: range) -> dict[int, str]:
    """What FTS5 makes of each sign between two letters: a letter, nothing, or the end of the word (a blank)."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute(INDEX)
        db.execute(PLACES)
        db.executemany(
            "INSERT INTO batch (rowid, title, text) VALUES (?, '', ?)",
            ((code, f"x{chr(code)}x") for code in codes),
        )
        found: dict[int, list[str]] = {}
        for word, code in db.execute("SELECT term, doc FROM places ORDER BY doc, offset"):
            found.setdefault(code, []).append(word)
    finally:
        db.close()
    return {code: _part(chr(code), found[code]) for code in codes}


def _part(sign: str, words: Sequence[str]) -> str:
    """What a sign adds to a text, by what FTS5 made of it between two letters."""
    if len(words) != 1:
        return " "
    return f" {words[0][1:-1]} " if is_unspaced(sign) else words[0][1:-1]
