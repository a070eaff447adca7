"""Reading everything again and computing it anew: whether the archive still says what it said.

Looks at the file, at what points where, at the search index, at the rules that always hold, at the evidence
of copies, and at the archive of pages. Changes nothing.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.core.copies import recheck
from monitor.core.passages import ALGORITHM
from monitor.errors import StoreError
from monitor.store.invariants import violations
from monitor.store.opening import SCHEMA_VERSION, explained
from monitor.store.pagefile import APPLICATION_ID as PAGES_ID
from monitor.store.pagefile import archive_of, faults_of_archive, head, open_to_read
from monitor.store.searchindex import SAMPLE, faults_of_index, faults_of_sample

MOST_TOLD = 20  # faults of one kind; more would only bury the first

ALWAYS = "every entry stored, and once; each story announced once; validators only of what is stored; a next time for every feed"

COPIES = """
select article_id, original_id as other_id, kind, share, share_of_original, evidence from copies order by article_id desc limit ?
"""
LINKS = """
select article_id, other_id, kind, share, evidence from links order by article_id desc, other_id limit ?
"""
TEXT = "select text from revisions where article_id = ? and number = ?"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `faults` is empty where it is sound; `because` says what was done."""

    name: str
    because: str
    faults: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


def verify(
    conn: sqlite3.Connection,
    *,
    now: datetime,
    evidence: int | None = None,
    writable: sqlite3.Connection | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Check]:
    """Look at one thing after another; `tell` hears what comes next.

    `evidence` is how many of the newest copies and links are computed again, None for all. With
    `writable`, a connection that may write, the index is compared word for word; else by a sample.
    """
    tell("reading every page of the file")
    found = _check("the file", "every page and index read", _integrity(conn))
    yield found
    if not found.ok:
        return
    tell("following what points where")
    yield _check("what points where", "every reference followed", _dangling(conn))
    (version,) = conn.execute("pragma user_version").fetchone()
    if version != SCHEMA_VERSION:
        yield Check(
            "the rest", f"not looked at: the file has version {version}, this program {SCHEMA_VERSION}"
        )
        return
    tell("comparing the search index with the texts")
    yield _index(conn, writable)
    tell("counting again")
    rules = (f"{rule}: {what}" for rule, what in violations(conn, now=now) if rule != "I7")
    yield _check("what always holds", ALWAYS, rules)
    tell("computing the evidence of copies again")
    yield _evidence(conn, evidence)


def verify_file(
    path: Path, *, now: datetime, evidence: int | None, tell: Callable[[str], None]
) -> list[Check]:
    """Look at a copy that nobody else uses, and at the raw pages beside it; or at raw pages alone."""
    with explained(path), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as conn:
        if conn.execute("pragma application_id").fetchone()[0] == PAGES_ID:
            return list(_pages(path, tell))
        checks = list(verify(conn, now=now, evidence=evidence, writable=conn, tell=tell))
    return checks + list(verify_pages(path, tell))


def verify_pages(database: Path, tell: Callable[[str], None]) -> Iterator[Check]:
    """The archive of raw pages, where there is one: every body and the whole chain."""
    path = archive_of(database)
    if path.exists():
        yield from _pages(path, tell)


def _pages(path: Path, tell: Callable[[str], None]) -> Iterator[Check]:
    tell("computing the chain of raw pages again")
    try:
        with contextlib.closing(open_to_read(path)) as conn:
            number, digest = head(conn)
            because = (
                f"every hash computed again, up to page {number}, {digest}: keep this pair elsewhere as proof"
            )
            yield _check("the raw pages", because, faults_of_archive(conn))
    except StoreError as error:
        yield Check("the raw pages", "they could not be read", (str(error),))


def _check(name: str, because: str, faults: Iterable[str]) -> Check:
    told: list[str] = []
    more = 0
    for fault in faults:
        if len(told) < MOST_TOLD:
            told.append(fault)
        else:
            more += 1
    return Check(name, because, (*told, f"and {more} more") if more else tuple(told))


def _integrity(conn: sqlite3.Connection) -> Iterator[str]:
    try:
        yield from (row[0] for row in conn.execute(f"pragma integrity_check({MOST_TOLD})") if row[0] != "ok")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        yield str(error)


def _dangling(conn: sqlite3.Connection) -> Iterator[str]:
    for table, row, parent, _ in conn.execute("pragma foreign_key_check"):
        yield f"row {row} of {table} points to nothing in {parent}"


def _index(conn: sqlite3.Connection, writable: sqlite3.Connection | None) -> Check:
    name = "the search index"
    if writable is not None:
        return _check(name, "every word compared with the texts", faults_of_index(writable))
    because = (
        f"every article counted, the newest {SAMPLE} looked up; a running monitor keeps the whole from being compared "
        "(verify a backup, or stop it)"
    )
    return _check(name, because, faults_of_sample(conn))


def _evidence(conn: sqlite3.Connection, most: int | None) -> Check:
    limit = -1 if most is None else most
    done = earlier = 0
    faults: list[str] = []
    for sql, what in ((COPIES, "copy"), (LINKS, "link")):
        for row in _rows(conn, sql, limit):
            told = json.loads(row["evidence"])
            if told.get("algorithm") != ALGORITHM:
                earlier += 1
                continue
            done += 1
            pair = f"{what}: article {row['article_id']} and {row['other_id']}"
            faults += [f"{pair}: {fault}" for fault in _differs(conn, row, told)]
    because = f"{done} copies and links compared again, word by word"
    if earlier:
        because += f"; {earlier} left out, which an earlier version compared by other rules"
    return _check("the evidence of copies", because, faults)


def _rows(conn: sqlite3.Connection, sql: str, limit: int) -> Iterator[dict[str, Any]]:
    cursor = conn.execute(sql, (limit,))
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _differs(conn: sqlite3.Connection, row: dict[str, Any], told: dict[str, Any]) -> list[str]:
    here = conn.execute(TEXT, (row["article_id"], told["revision"])).fetchone()
    there = conn.execute(TEXT, (row["other_id"], told["original_revision"])).fetchone()
    if here is None or there is None:
        return ["a revision that the evidence names is not there"]
    return recheck(here[0], there[0], row)
