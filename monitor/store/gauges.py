"""Numbers for whoever watches the watch: a handful of quick counts on a connection that can only read."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.store.opening import open_for_reading
from monitor.store.times import moment


@dataclass(frozen=True, slots=True)
class Gauges:
    """What the tables say of the watch's state. Times are those of the oldest that waits, None without one."""

    feeds: dict[str, int]  # by state
    due_since: datetime | None  # of the most overdue feed
    waiting_entries: int
    waiting_outbox: int
    outbox_since: datetime | None


def gauges(database: Path) -> Gauges:
    """Read them. Raises `StoreError` when the database cannot be read."""
    with contextlib.closing(open_for_reading(database)) as conn:
        feeds = conn.execute("select state, count(*) from feeds where active = 1 group by state")
        waiting = "select count(*), min(at) from outbox where state = 'waiting'"
        outbox, since = conn.execute(waiting).fetchone()
        return Gauges(
            feeds=dict(feeds.fetchall()),
            due_since=due_since(conn),
            waiting_entries=conn.execute("select count(*) from entries where state = 'waiting'").fetchone()[
                0
            ],
            waiting_outbox=outbox,
            outbox_since=moment(since),
        )


def due_since(conn: sqlite3.Connection) -> datetime | None:
    """When the first feed that is to be asked next is, or was, due."""
    at: str | None = conn.execute(
        "select min(next_poll_at) from feeds where active = 1 and state <> 'gone' and next_poll_at is not null"
    ).fetchone()[0]
    return moment(at)
