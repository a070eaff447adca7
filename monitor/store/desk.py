"""What every part of the books shares: the connection, and what is settled just before a commit."""

from __future__ import annotations

import sqlite3

from monitor.core.unspaced import cut
from monitor.store.texts import storable


class Desk:
    """One transaction's workplace on the writer's thread. Its parts are mixins, one per noun."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.tracking: tuple[str, ...] = ()  # tracking parameters beyond the built-in list, from the settings
        self._unindexed: list[int] = []  # articles that the search index does not have yet

    def mark(self) -> int:
        """Where a piece of work begins; for `forget_since`."""
        return len(self._unindexed)

    def forget_since(self, mark: int) -> None:
        """The work since this mark was rolled back: forget what was to be done for it."""
        del self._unindexed[mark:]

    def index_later(self, article_id: int, title: str, text: str) -> None:
        """Put an article into the search index at the end of the transaction.

        A text in a script without blanks is kept once more, as the index needs it.
        """
        self._unindexed.append(article_id)
        words = cut(title), cut(text)
        if words != (title, text):
            self.conn.execute(
                "insert into _cut (article_id, title, text) values (?, ?, ?)",
                (article_id, *map(storable, words)),
            )

    def unindex(self, article_id: int) -> None:
        """Take an article out of the index, before its text changes.

        An external-content table cannot look the text up by itself once the row has changed: given anything
        else than what was indexed, it would keep words that nothing leads to.
        """
        if article_id not in self._unindexed:
            self.conn.execute(
                "insert into articles_fts (articles_fts, rowid, title, text)"
                " select 'delete', id, title, text from _searchable where id = ?",
                (article_id,),
            )
        self.conn.execute("delete from _cut where article_id = ?", (article_id,))

    def settle(self) -> None:
        """What is done for all works together, right before a commit."""
        self._index()

    def _index(self) -> None:
        """Index what was added, all at once: a third cheaper than row by row."""
        ids = sorted(set(self._unindexed))
        if not ids:
            return
        wanted = ",".join(map(str, ids))
        self.conn.execute(
            "insert into articles_fts (rowid, title, text) "
            f"select id, title, text from _searchable where id in ({wanted}) order by id"
        )
        self._unindexed.clear()
