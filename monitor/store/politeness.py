"""How we treat the hosts we ask, in the database: counts by host, day and kind of request; and their report."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from monitor.store.desk import Desk
from monitor.store.inquiry import Row, rows
from monitor.store.times import stamp

KEPT = timedelta(days=90)
COLUMNS = ("requests", "not_modified", "bytes", "throttled", "refused", "held", "errors")

DAYS = """
select day, host, sum(requests) as requests,
    sum(requests) filter (where kind = 'feed') as feed, sum(requests) filter (where kind = 'article') as article,
    sum(requests) filter (where kind = 'robots') as robots, sum(requests) filter (where kind = 'other') as other,
    sum(not_modified) as not_modified,
    round(1.0 * sum(not_modified) filter (where kind = 'feed')
        / nullif(sum(requests) filter (where kind = 'feed'), 0), 3) as share_of_304,
    sum(bytes) as bytes, sum(refused) as refused, sum(throttled) as throttled, sum(held) as held,
    sum(errors) as errors
from politeness where day >= ? group by day, host order by day desc, requests desc, host
"""
ROBOTS = """
select count(*) as hosts, sum(failures = 0 and status = 200) as with_rules, sum(failures = 0 and status <> 200) as without,
    sum(failures > 0) as unreadable
from _robots
"""


class PolitenessBooks(Desk):
    """The part of the books that counts requests."""

    def add_asked(
        self, counts: Iterable[tuple[tuple[str, str, str], tuple[int, ...]]], now: datetime
    ) -> None:
        """Add counts, by (host, day, kind) in the order of `COLUMNS`; what is older than `KEPT` is let go."""
        added = ", ".join(f"{name} = {name} + excluded.{name}" for name in COLUMNS)
        self.conn.executemany(
            f"insert into politeness (host, day, kind, {', '.join(COLUMNS)}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            f" on conflict (day, host, kind) do update set {added}",
            ((*key, *numbers) for key, numbers in counts),
        )
        self.conn.execute("delete from politeness where day < ?", (f"{now - KEPT:%Y-%m-%d}",))


def politeness(conn: sqlite3.Connection, now: datetime, *, days: int) -> dict[str, Any]:
    """How hosts were treated in the last `days` days: requests by host and day, robots.txt, pauses asked for."""
    found: list[Row] = rows(conn, DAYS, (f"{now - timedelta(days=days - 1):%Y-%m-%d}",))
    total = {name: sum(row[name] or 0 for row in found) for name in COLUMNS}
    return {
        "days": days,
        "total": total,
        "by_host_and_day": found,
        "robots": rows(conn, ROBOTS, ())[0],
        "pauses": rows(
            conn, "select scope, until, because from _hosts where until > ? order by until", (stamp(now),)
        ),
    }
