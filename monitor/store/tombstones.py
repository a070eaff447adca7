"""Entries that were pruned: gone from `entries`, remembered by their key, so that they stay old news.

A feed that serves its whole archive would otherwise bring everything back that age had removed, as new,
day after day. What is remembered is the digest of what the entry said: served again with the same words it
is known; served with other words it is an edit, and becomes an entry again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Changes, Entry, KnownEntry
from monitor.store.feeds import FeedBooks
from monitor.store.times import stamp

EXPIRED = "state <> 'waiting' and last_seen_at < ?2"


class TombstoneBooks(FeedBooks):
    """The part of the books that forgets entries and remembers having known them."""

    def bury(self, entry_ids: Sequence[int], before: datetime, now: datetime) -> int:
        """Remove those of these entries that were last served before then; how many there were.

        Entries that still wait to be read stay, however old: nothing is lost by age alone.
        """
        ids, limit = json.dumps(list(entry_ids)), stamp(before)
        self.conn.execute(
            "insert into _tombstones (feed_id, key, address, digest, at)"
            " select feed_id, key, address, digest, ?3 from entries"
            f" where id in (select value from json_each(?1)) and {EXPIRED}"
            " on conflict (feed_id, key) do update set address = excluded.address, digest = excluded.digest,"
            " at = excluded.at",
            (ids, limit, stamp(now)),
        )
        return self.conn.execute(
            f"delete from entries where id in (select value from json_each(?1)) and {EXPIRED}", (ids, limit)
        ).rowcount

    def forget_polls(self, before: datetime, limit: int) -> int:
        """Remove the oldest polls made before then, at most `limit`; how many there were."""
        return self.conn.execute(
            "delete from polls where id in (select id from polls where at < ? order by at limit ?)",
            (stamp(before), limit),
        ).rowcount

    # ── what a poll meets ────────────────────────────────────────────────────────────────────────

    def buried(self, feed_id: int, keys: str, addresses: str) -> list[KnownEntry]:
        """Pruned entries of this feed with one of these keys or addresses (JSON lists), under negative ids.

        No row has such an id: noting that one of them is still served changes nothing.
        """
        rows = self.conn.execute(
            "select -id, key, null, address, digest, 'stored', null from _tombstones where id in ("
            " select id from _tombstones where feed_id = ?1 and key in (select value from json_each(?2))"
            " union select id from _tombstones where address in (select value from json_each(?3)) and +feed_id = ?1)",
            (feed_id, keys, addresses),
        )
        return [KnownEntry(*row) for row in rows]

    def with_the_risen(self, feed_id: int, changes: Changes) -> tuple[Changes, int]:
        """Changes of pruned entries sorted out: those with other words are entries again, the rest stay forgotten.

        Gives the changes, and how many of the new entries had been known before.
        """
        meant = [change for change in changes.changed if change[0] < 0]
        if not meant:
            return changes, 0
        risen: list[tuple[Entry, str]] = []
        for entry_id, entry, digest in meant:
            (before,) = self.conn.execute(
                "select digest from _tombstones where id = ?", (-entry_id,)
            ).fetchone()
            if before.partition("-")[0] != digest.partition("-")[0]:
                self.conn.execute("delete from _tombstones where id = ?", (-entry_id,))
                risen.append((replace(entry, key=self._free_key(feed_id, entry.key)), digest))
        alive = tuple(change for change in changes.changed if change[0] > 0)
        return replace(changes, new=(*changes.new, *risen), changed=alive), len(risen)

    def _free_key(self, feed_id: int, key: str) -> str:
        """A key of this feed that no row has: another entry may have taken over that of a pruned one."""
        taken = "select 1 from entries where feed_id = ? and key = ?"
        while self.conn.execute(taken, (feed_id, key)).fetchone() is not None:
            key += "+"
        return key
