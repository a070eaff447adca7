"""The answers to what commands have asked of a running monitor."""

from __future__ import annotations

import contextlib
from pathlib import Path

from monitor.store.desk import Desk
from monitor.store.opening import explained, open_for_reading

KEPT = 1000  # answers; a command reads its own within the second
ANSWER = "select answer from _errands where name = ?"


class ErrandBooks(Desk):
    """The part of the books that remembers what was done for whom."""

    def answer(self, name: str) -> str | None:
        """The answer to the wish of this name, as JSON; None where it was not done yet."""
        row = self.conn.execute(ANSWER, (name,)).fetchone()
        return row[0] if row else None

    def keep_answer(self, name: str, answer: str) -> None:
        """Keep the answer to a wish, in the transaction that did it; very old ones go."""
        number = self.conn.execute(
            "insert into _errands (name, answer) values (?, ?)", (name, answer)
        ).lastrowid
        self.conn.execute("delete from _errands where id <= ?", ((number or 0) - KEPT,))


def answer_at(database: Path, name: str) -> str | None:
    """The same for a command that waits. Raises `StoreError` where the database cannot be read.

    A monitor from before there were answers has none.
    """
    with explained(database), contextlib.closing(open_for_reading(database)) as conn:
        if not conn.execute("select 1 from sqlite_master where name = '_errands'").fetchone():
            return None
        row = conn.execute(ANSWER, (name,)).fetchone()
    return row[0] if row else None
