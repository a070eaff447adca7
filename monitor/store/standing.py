"""What outlets print on several days in different stories: footers, sign-up forms, the formula of a column.

Learned from comparisons alone: a passage that an article shares with another story of its outlet and
another day. Rows are few: only what was compared is learned, an outlet keeps the thousand shingles that
were seen last, and what has become background of the whole archive is compared no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.store.desk import Desk

ENOUGH_DAYS = 3
MOST_SHINGLES = 1024  # of one outlet


class StandingBooks(Desk):
    """The part of the books that keeps the standing text of outlets."""

    def standing(self, outlet_id: str) -> frozenset[int]:
        """Shingles that this outlet has printed on three days and more."""
        rows = self.conn.execute(
            "select hash from _standing where outlet_id = ? and days >= ?", (outlet_id, ENOUGH_DAYS)
        )
        return frozenset(hash_ for (hash_,) in rows)

    def add_standing(self, outlet_id: str, hashes: Sequence[int], at: datetime) -> None:
        """These shingles stand in a text of this day, and stood in one of another day before."""
        if not hashes:
            return
        on = at.date().isoformat()
        self.conn.executemany(
            "insert into _standing (outlet_id, hash, days, last_on) values (?1, ?2, 2, ?3)"
            " on conflict (outlet_id, hash) do update set days = days + (last_on <> ?3),"
            " last_on = max(last_on, ?3)",
            ((outlet_id, hash_, on) for hash_ in hashes),
        )
        self.conn.execute(
            "delete from _standing where outlet_id = ?1 and hash in ("
            " select hash from _standing where outlet_id = ?1 order by last_on desc, days desc, hash"
            " limit -1 offset ?2)",
            (outlet_id, MOST_SHINGLES),
        )
