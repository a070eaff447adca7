"""What the report on caught and missed articles needs to know of the database. Reads only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Cooldown, RobotsRecord
from monitor.store.books import Books
from monitor.store.times import moment

OUTLETS = """
select outlets.id, outlets.name, group_concat(feeds.id), max(feeds.last_ok_at),
    (select min(polls.at) from polls join feeds as theirs on theirs.id = polls.feed_id
        where theirs.outlet_id = outlets.id and theirs.active = 1)
from feeds join outlets on outlets.id = feeds.outlet_id
where feeds.active = 1 and feeds.last_ok_at is not null
    and (?1 is null or outlets.id = ?1 or outlets.name = ?1 collate nocase)
group by outlets.id order by outlets.name
"""


@dataclass(frozen=True, slots=True)
class WatchedOutlet:
    """An outlet with feeds that have answered: since when it is watched, until when, and where its entries lead."""

    id: str
    name: str
    watched_since: datetime
    last_ok_at: datetime
    links: tuple[str, ...]


def outlets(conn: sqlite3.Connection, name: str | None) -> list[WatchedOutlet]:
    """The outlets that are watched; with `name`, the one with this id or name."""
    books = Books(conn)
    return [
        WatchedOutlet(
            id=row[0],
            name=row[1],
            watched_since=moment(row[4] or row[3]),
            last_ok_at=moment(row[3]),
            links=books.links_of([int(feed_id) for feed_id in row[2].split(",")]),
        )
        for row in conn.execute(OUTLETS, (name,)).fetchall()
    ]


def manners(conn: sqlite3.Connection, now: datetime) -> tuple[list[RobotsRecord], list[Cooldown]]:
    """What hosts asked of us: their robots.txt as last read, and the pauses that are not over."""
    books = Books(conn)
    return [RobotsRecord(**record) for record in books.robots()], books.cooldowns(now)


def known(conn: sqlite3.Connection, addresses: set[str]) -> set[str]:
    """Those of these canonical addresses that an entry or article is known by."""
    return Books(conn).known_addresses(addresses)
