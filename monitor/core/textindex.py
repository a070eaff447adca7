"""The texts of one batch in an FTS5 index in memory, with the tokenizer of the archive.

Texts are cut between signs as in the archive, and queries asked accordingly (`unspaced`); passages are as written.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from weakref import finalize

from monitor.core.complaints import INDEX
from monitor.core.query import any_of, wanted_terms
from monitor.core.unspaced import asked, cut, may_hold_signs, whole
from monitor.model import Article

PIECES = INDEX.replace("TABLE batch", "TABLE pieces")
LONG = 20_000  # characters; finding a passage takes time in the square of the matched words
PASSAGES = (
    "SELECT rowid, CASE WHEN length(title) + length(text) <= ?"
    " THEN snippet(batch, -1, '[', ']', '…', 24) END FROM batch WHERE batch MATCH ?"
)
BEST_PIECE = (
    "SELECT snippet(pieces, -1, '[', ']', '…', 24) FROM pieces "
    "WHERE pieces MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank LIMIT 1"
)
HIGHLIGHT = "SELECT rowid, highlight(batch, 1, char(2), char(3)) FROM batch WHERE batch MATCH ? ORDER BY rowid LIMIT ?"
MOST_PIECES = 100_000
LONGEST_LINE = 500  # characters of a passage


class TextIndex:
    """Questions about the texts of a batch. Rows count from 0 in the order of the articles."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._cut: set[int] = set()

    def rows(self, query: str) -> frozenset[int]:
        """The rows that match."""
        found = self._db.execute("SELECT rowid FROM batch WHERE batch MATCH ?", (asked(query),))
        return frozenset(row for (row,) in found)

    def passages(self, query: str) -> dict[int, str]:
        """The rows that match, each with its best passage on one line, matched words [marked]."""
        found = self._db.execute(PASSAGES, (LONG, asked(query))).fetchall()
        words = asked(any_of(wanted_terms(query))) if any(passage is None for _, passage in found) else ""
        return {
            row: _line(self._passage_of_long(words, row) if passage is None else passage)
            for row, passage in found
        }

    def highlighted(self, query: str, limit: int) -> list[tuple[int, str]]:
        """The first matching rows and their texts, matched words between the signs STX and ETX."""
        found = self._db.execute(HIGHLIGHT, (asked(query), limit))
        return [(row, whole(text)) for row, text in found]

    def _passage_of_long(self, words: str, row: int) -> str:
        """The best passage of the piece of a long text that says most."""
        first = row * MOST_PIECES
        if row not in self._cut:
            self._cut.add(row)
            title, text = self._db.execute("SELECT title, text FROM batch WHERE rowid = ?", (row,)).fetchone()
            pieces = enumerate(_pieces(f"{title}\n{text}"), first)
            self._db.executemany("INSERT INTO pieces (rowid, title, text) VALUES (?, '', ?)", pieces)
        found = self._db.execute(BEST_PIECE, (words, first, first + MOST_PIECES - 1)).fetchone()
        return found[0] if found else "a passage that is cut in two"


class TextIndexes:
    """Empty indexes, handed out one to a caller and emptied again: no two threads meet in one."""

    def __init__(self) -> None:
        self._idle: deque[sqlite3.Connection] = deque()
        finalize(self, _close_all, self._idle)

    @contextmanager
    def of(self, articles: Sequence[Article]) -> Iterator[TextIndex]:
        """The index of these articles, while the block lasts."""
        texts = ((row, _indexed(a.title), _indexed(a.text)) for row, a in enumerate(articles))
        db = self._taken()
        try:
            db.execute("BEGIN")
            db.executemany("INSERT INTO batch (rowid, title, text) VALUES (?, ?, ?)", texts)
            # FTS5 brings its pending words into order at a savepoint; else every query would, five times slower.
            db.execute("SAVEPOINT sorted")
            db.execute("RELEASE sorted")
            yield TextIndex(db)
        finally:
            db.rollback()
            self._idle.append(db)

    def _taken(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return _opened()


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that are not long, cut between words where there are blanks."""
    at = 0
    while at < len(text):
        end = at + LONG
        if end < len(text):
            end = max(text.rfind(" ", at + LONG // 2, end), text.rfind("\n", at + LONG // 2, end)) + 1 or end
        yield text[at:end]
        at = end


def _line(passage: str) -> str:
    """The passage on one line; where a "word" has no end, what stands around the first mark."""
    line = whole(" ".join(passage.split()))
    if len(line) <= LONGEST_LINE:
        return line
    start = max(line.find("[") - LONGEST_LINE // 2, 0)
    return f"…{line[start : start + LONGEST_LINE]}…"


def pieces_of(articles: Sequence[Article]) -> dict[str, int]:
    """The texts cut at blanks, each piece with its rows as the bits of a number."""
    pieces: dict[str, int] = {}
    for row, article in enumerate(articles):
        bit = 1 << row
        for piece in set(searchable(f"{article.title}\n{article.text}").split()):
            pieces[piece] = pieces.get(piece, 0) | bit
    return pieces


def searchable(text: str) -> str:
    """The text without what SQLite cannot hold: NULs, and halves of characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _indexed(text: str) -> str:
    """The text as SQLite can hold it, cut between its unspaced signs."""
    clean = text.replace("\0", " ")
    try:
        written = clean.encode()
    except UnicodeEncodeError:
        return cut(searchable(text))
    return cut(clean) if may_hold_signs(written) else clean


def _opened() -> sqlite3.Connection:
    # Indexes travel between threads, but one caller at a time has each of them.
    db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    db.execute(INDEX)
    db.execute(PIECES)
    return db


def _close_all(idle: deque[sqlite3.Connection]) -> None:
    while idle:
        idle.pop().close()
