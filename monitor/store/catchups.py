"""Looking back after a gap, in the database: which gaps are open, what is known, what was found."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from monitor.model import Entry, Gap, Look, OpenGap
from monitor.store.entries import EntryBooks
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

LATEST_LINKS = 50  # of a feed's entries, to tell which site it leads to

OPEN = """
select gaps.id, gaps.from_at, gaps.to_at, gaps.kind, gaps.because, feeds.id, feeds.url, feeds.outlet_id,
    feeds.older_url, (select group_concat(source) from _catchups where gap_id = gaps.id)
from gaps join feeds on feeds.id = gaps.feed_id
where gaps.bridged = 0 and gaps.kind <> 'silence' and gaps.to_at >= ?
    and feeds.active = 1 and feeds.merged_into is null and feeds.state = 'ok'
    and (select count(*) from _catchups where gap_id = gaps.id) < 2
order by gaps.to_at, gaps.id limit ?
"""
LINKS = """
select coalesce(articles.url, entries.url) from entries left join articles on articles.id = entries.article_id
where entries.feed_id = ? and entries.url is not null order by entries.first_seen_at desc limit ?
"""
KNOWN = """
select address from entries where address in (select value from json_each(?1))
union select address from _tombstones where address in (select value from json_each(?1))
union select url from addresses where url in (select value from json_each(?1))
union select url from articles where url in (select value from json_each(?1))
"""


class CatchupBooks(EntryBooks):
    """The part of the books that looks back after gaps."""

    def open_gaps(self, since: datetime, limit: int) -> list[OpenGap]:
        """Gaps that ended since then, of feeds that answer again, with a place left to look in; oldest first."""
        rows = self.conn.execute(OPEN, (stamp(since), limit)).fetchall()
        return [_open_gap(row, self.links_of([row[5]])) for row in rows]

    def links_of(self, feed_ids: Sequence[int]) -> tuple[str, ...]:
        """Where the latest entries of these feeds lead: their articles' addresses where they were read."""
        return tuple(
            link for feed_id in feed_ids for (link,) in self.conn.execute(LINKS, (feed_id, LATEST_LINKS))
        )

    def known_addresses(self, addresses: Collection[str]) -> set[str]:
        """Those of these canonical addresses that an entry, a pruned entry or an article is known by."""
        rows = self.conn.execute(KNOWN, (json.dumps(sorted(addresses)),))
        return {address for (address,) in rows}

    def known_before(self, entry_ids: Collection[int], at: datetime) -> bool:
        """Whether one of these entries was known at that time. Negative ids are pruned ones, which were."""
        if any(entry_id < 0 for entry_id in entry_ids):
            return True
        row = self.conn.execute(
            "select 1 from entries where id in (select value from json_each(?)) and first_seen_at <= ? limit 1",
            (json.dumps(list(entry_ids)), stamp(at)),
        ).fetchone()
        return row is not None

    def add_found(self, feed_id: int, new: Sequence[tuple[Entry, str]], mark: str, now: datetime) -> int:
        """New entries (with digest) that no poll brought; how many there were. `mark` says where they are from."""
        added = 0
        for entry, digest in new:
            if self.add_entries(feed_id, now, None, [(entry, digest)]):
                added += 1
                self.conn.execute(
                    "update entries set found = ?1, because = ?1 where feed_id = ?2 and key = ?3",
                    (mark, feed_id, storable(entry.key)),
                )
        return added

    def looked(self, gap_id: int, look: Look, found: int, now: datetime) -> None:
        """One place was looked in for what a gap may have missed. It is not looked in again."""
        self.conn.execute(
            "insert or ignore into _catchups (gap_id, source, at, found, because) values (?, ?, ?, ?, ?)",
            (gap_id, look.source, stamp(now), found, storable(look.because)),
        )
        self.conn.execute(
            "update gaps set found = coalesce(found, 0) + ?, bridged = max(bridged, ?),"
            " caught_up = (select group_concat(because, '; ') from _catchups where gap_id = gaps.id) where id = ?",
            (found, look.closes, gap_id),
        )


def _open_gap(row: Sequence[Any], links: tuple[str, ...]) -> OpenGap:
    return OpenGap(
        id=row[0],
        gap=Gap(moment(row[1]), moment(row[2]), row[3], row[4]),
        feed_id=row[5],
        feed_url=row[6],
        outlet_id=row[7],
        older_url=row[8],
        links=links,
        tried=frozenset(row[9].split(",")) if row[9] else frozenset(),
    )
