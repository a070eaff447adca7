"""Letting go of what `keep:` says is old: entries and polls, a few at a time, beside everything else.

What is old is found on a reading connection; the writer removes it in short transactions of its own, so
that nobody waits for a prune. Articles, texts, revisions, copies, stories and gaps are never pruned.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import StoreError
from monitor.model import KeepRules
from monitor.store.backup import never
from monitor.store.books import Books
from monitor.store.opening import open_for_reading
from monitor.store.pages import PageArchive
from monitor.store.times import moment, stamp
from monitor.store.writer import Store

ENTRIES_AT_ONCE = 100  # in a transaction; some 10 ms, on a busy machine under 100
POLLS_AT_ONCE = 500
LEAST_POLLS = timedelta(days=90)  # what `coverage` tells of is kept, whatever `keep.entries` says
DAYS_OF_PROOF = 3  # days with polls that must agree with the clock
SPAN_OF_PROOF = timedelta(days=31)

# What the feed served at its last parsed answer is still in it, as long as the feed answers "nothing new".
SERVED = "select feed_id, max(last_seen_at) from entries group by feed_id"
OLD = """
select entries.id, entries.feed_id, entries.last_seen_at, entries.first_seen_at from entries
where (entries.first_seen_at, entries.id) > (?1, ?2) and entries.first_seen_at < ?3
order by entries.first_seen_at, entries.id limit 2000
"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was removed."""

    entries: int = 0
    polls: int = 0
    pages: int = 0


def prune(
    database: Path,
    write: Callable[[Callable[[Books], int]], int],
    keep: KeepRules,
    now: datetime,
    *,
    stopped: Callable[[], bool] = never,
    rest: Callable[[], object] = never,
) -> Pruned:
    """Remove entries last served longer ago than `keep.entries`, and polls of that age.

    `write` runs one piece of work in a transaction; it is called again and again until nothing old is left
    or `stopped` says so. `rest` is called in between: what is removed all at once fills the log, and others
    would wait for its checkpoints. Raises `StoreError`.
    """
    before = now - keep.entries
    entries = polls = 0
    with contextlib.closing(open_for_reading(database)) as conn:
        for ids in old_entries(conn, before):
            if stopped():
                break
            entries += write(lambda books, ids=ids: books.bury(ids, before, now))  # type: ignore[misc]
            rest()
    limit = min(before, now - LEAST_POLLS)
    while not stopped():
        gone = write(lambda books: books.forget_polls(limit, POLLS_AT_ONCE))
        polls += gone
        if gone < POLLS_AT_ONCE:
            break
        rest()
    return Pruned(entries, polls)


def let_go(
    store: Store,
    pages: PageArchive,
    keep: KeepRules,
    now: datetime,
    *,
    anyway: bool = False,
    stopped: Callable[[], bool] = never,
    rest: Callable[[], object] = never,
) -> Pruned:
    """The same with the raw pages, where `keep.pages` says that they go.

    Unless `anyway`, raises `StoreError` where the clock is not to be believed.
    """
    if not anyway:
        with contextlib.closing(open_for_reading(store.path)) as conn:
            need_plausible(conn, now)
    gone = prune(store.path, store.run, keep, now, stopped=stopped, rest=rest)
    if keep.pages is None or stopped():
        return gone
    return replace(gone, pages=pages.prune(now - keep.pages))


def old_entries(conn: sqlite3.Connection, before: datetime) -> Iterator[list[int]]:
    """Ids of entries that were last served before then and are in no feed any more, oldest first, in handfuls."""
    limit = stamp(before)
    answering = dict(conn.execute("select id, last_ok_at from feeds where last_ok_at >= ?", (limit,)))
    served = {feed: seen for feed, seen in conn.execute(SERVED) if feed in answering}
    last: tuple[str, int] = ("", 0)
    found: list[int] = []
    while rows := conn.execute(OLD, (*last, limit)).fetchall():
        last = (rows[-1][3], rows[-1][0])
        found += [row[0] for row in rows if row[2] < limit and row[2] != served.get(row[1])]
        while len(found) >= ENTRIES_AT_ONCE:
            yield found[:ENTRIES_AT_ONCE]
            found = found[ENTRIES_AT_ONCE:]
    if found:
        yield found


def need_plausible(conn: sqlite3.Connection, now: datetime) -> None:
    """Refuse to let anything go by age while the clock contradicts the archive.

    A clock that is a year ahead would make everything a year old. It is believed once polls of three
    days within a month, up to now, agree with it. Raises `StoreError`.
    """
    rows = conn.execute(
        "select distinct substr(at, 1, 10) from polls order by 1 desc limit ?", (DAYS_OF_PROOF,)
    )
    days = [moment(f"{day}T00:00:00Z") for (day,) in rows.fetchall()]
    if days and days[0] > now:
        raise StoreError(
            f"nothing is pruned: the last poll was made on {days[0]:%Y-%m-%d}, the clock says {now:%Y-%m-%d}; set the clock right."
        )
    if len(days) < DAYS_OF_PROOF or now - days[-1] > SPAN_OF_PROOF:
        raise StoreError(
            "nothing is pruned yet, because a wrong clock would make everything old: it is believed when polls were made on "
            f"{DAYS_OF_PROOF} of the last {SPAN_OF_PROOF.days} days."
        )
