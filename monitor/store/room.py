"""Whether there is room to write again, found out by writing: what the disk says of itself is not always so."""

from __future__ import annotations

from monitor.store.desk import Desk

FILLER = 1_000_000  # bytes: a poll and its articles take less
MARK = "room:"  # no digest of an import begins so


class RoomBooks(Desk):
    """The part of the books that tries the disk while nothing else is written."""

    def try_room(self) -> None:
        """Write as much as work would. Raises what SQLite raises; `leave_room` belongs into the next transaction."""
        self.conn.execute(
            "insert or replace into _imports (digest, at) values (? || hex(zeroblob(?)), '')",
            (MARK, FILLER // 2),
        )

    def leave_room(self) -> None:
        """Take away what was written to try."""
        self.conn.execute("delete from _imports where digest >= ? and digest < 'room;'", (MARK,))
