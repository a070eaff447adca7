"""Texts into words exactly as the index does, without asking it about every text.

FTS5's unicode61 decides sign by sign: a sign is part of a word (as what it is folded to), is left out (an accent by itself),
or ends the word. What it does with each sign is asked of FTS5 itself, once, when the sign is first met.
"""

from __future__ import annotations

import sqlite3

from monitor.core.complaints import INDEX

PLACES = "CREATE VIRTUAL TABLE places USING fts5vocab(batch, 'instance')"
_AT_ONCE = 2_000  # signs asked about in one go


class Tokens:
    """The words of texts. Safe to use from several threads: what is learned twice is the same."""

    def __init__(self) -> None:
        self._folded = _folded([chr(code) for code in range(1, 128)])

    def words(self, text: str) -> list[str]:
        """The words of a text in their order, folded."""
        is_plain = text.isascii() and "\0" not in text
        if not is_plain and (unknown := {sign for sign in set(text) if ord(sign) not in self._folded}):
            self._learn(sorted(unknown))
        return text.translate(self._folded).split()

    def _learn(self, signs: list[str]) -> None:
        for start in range(0, len(signs), _AT_ONCE):
            self._folded |= _folded(signs[start : start + _AT_ONCE])


def _folded(signs: list[str]) -> dict[int, str]:
    """What FTS5 makes of each sign between two letters: a letter, nothing, or the end of the word (a blank)."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute(INDEX)
        db.execute(PLACES)
        db.executemany(
            "INSERT INTO batch (rowid, title, text) VALUES (?, '', ?)",
            ((number, f"x{sign}x") for number, sign in enumerate(signs)),
        )
        found: dict[int, list[str]] = {}
        for word, number in db.execute("SELECT term, doc FROM places ORDER BY doc, offset"):
            found.setdefault(number, []).append(word)
    finally:
        db.close()
    return {
        ord(sign): words[0][1:-1] if len(words := found[number]) == 1 else " "
        for number, sign in enumerate(signs)
    }
