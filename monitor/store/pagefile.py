"""The file of raw pages, `archive.db`: a chain in which every page vouches for the one before.

A page's hash is that of its number, time, addresses, status, headers and body, and of the hash before it: no
page can be changed, taken out or put in without every later hash being another. What age removes goes from
the front, and the chain then begins at the last hash that was removed. A body that is served again is stored
once.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from monitor.errors import NotFoundError, StoreError
from monitor.model import KeptPage, Page
from monitor.store.opening import BUSY_MS, WAL_LIMIT, explained
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

APPLICATION_ID = 0x57495250  # "WIRP"
VERSION = 1
GENESIS = "0" * 64
PRUNED_AT_ONCE = 200
LEFT_OUT = {"set-cookie"}  # what a server meant for this visitor alone

TABLES = f"""
create table bodies (
    id integer primary key,
    sha256 text not null unique,
    size integer not null,     -- bytes, as served and decompressed
    zlib blob not null
) strict;
create table pages (
    id integer primary key,    -- its number in the chain
    at text not null,
    url text not null,         -- as asked for
    final_url text not null,
    status integer not null,
    headers text not null,     -- JSON list of [name, value]
    sha256 text not null,
    body_id integer not null references bodies (id),
    article_id integer,        -- in monitor.db
    entry_id integer,          -- in monitor.db
    hash text not null
) strict;
create index pages_at on pages (at);
create index pages_url on pages (final_url);
create index pages_article_id on pages (article_id);
create index pages_body_id on pages (body_id);
create table _chain (pruned_to integer not null, hash text not null) strict;
insert into _chain values (0, '{GENESIS}');
pragma application_id = {APPLICATION_ID};
pragma user_version = {VERSION};
"""
PAGE = """
select pages.id, pages.at, pages.url, pages.final_url, pages.status, pages.headers, pages.sha256, bodies.zlib,
    pages.article_id, pages.entry_id, pages.hash
from pages left join bodies on bodies.id = pages.body_id
"""


def archive_of(database: Path) -> Path:
    """Where the raw pages of this database are."""
    return database.with_name("archive.db" if database.stem == "monitor" else f"{database.stem}-archive.db")


def in_transaction(conn: sqlite3.Connection, work: Callable[[], int]) -> int:
    """Do all of this or nothing."""
    conn.execute("begin immediate")
    try:
        result = work()
        conn.execute("commit")
    except BaseException:
        if conn.in_transaction:
            conn.execute("rollback")
        raise
    return result


def open_archive(path: Path) -> sqlite3.Connection:
    """The archive for writing, made where it is missing. Raises `StoreError` for another program's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with explained(path):
        conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            fresh = conn.execute("select count(*) from sqlite_master").fetchone()[0] == 0
            if not fresh:
                _recognise(conn, path)
            else:
                path.chmod(path.stat().st_mode & 0o640)
            conn.execute(f"pragma busy_timeout = {BUSY_MS}")
            conn.execute("pragma journal_mode = wal")
            conn.execute(f"pragma journal_size_limit = {WAL_LIMIT}")  # a backup lets the log grow meanwhile
            # A power cut may cost the last pages, never the chain: integrity does not hang on it.
            conn.execute("pragma synchronous = normal")
            if fresh:
                conn.executescript(f"begin immediate; {TABLES} commit;")
        except BaseException:
            conn.close()
            raise
    return conn


def open_to_read(path: Path) -> sqlite3.Connection:
    """The archive for reading. Raises `NotFoundError` where no page was ever kept, `StoreError`."""
    if not path.is_file():
        raise NotFoundError(f"{path}: no raw pages were kept; `keep: {{pages: 30 days}}` keeps them.")
    with explained(path):
        conn = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
        try:
            conn.execute(f"pragma busy_timeout = {BUSY_MS}")
            _recognise(conn, path)
        except BaseException:
            conn.close()
            raise
    return conn


def _recognise(conn: sqlite3.Connection, path: Path) -> None:
    application, version = conn.execute(
        "select * from pragma_application_id(), pragma_user_version()"
    ).fetchone()
    if application != APPLICATION_ID:
        raise StoreError(f"{path}: this is no archive of pages. Nothing was changed.")
    if version > VERSION:
        raise StoreError(
            f"{path}: the archive has version {version}, this program knows {VERSION}; update it."
        )


# ── pages in and out ─────────────────────────────────────────────────────────────────────────────


def insert(conn: sqlite3.Connection, page: Page, article_id: int | None, entry_id: int | None) -> None:
    """Put a page at the end of the chain."""
    digest = sha256(page.body).hexdigest()
    number, before = _end_of_chain(conn)
    headers = [
        [name, storable(value)] for name, value in sorted(page.headers.items()) if name not in LEFT_OUT
    ]
    row = (number + 1, stamp(page.at), storable(page.url), storable(page.final_url), page.status, _json(headers), digest)  # fmt: skip
    conn.execute(
        "insert into pages (id, at, url, final_url, status, headers, sha256, body_id, article_id, entry_id, hash)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, _body(conn, page.body, digest), article_id, entry_id, _hash(before, row)),
    )


def _body(conn: sqlite3.Connection, body: bytes, digest: str) -> int:
    """The row of this body, new or there already."""
    found = conn.execute("select id from bodies where sha256 = ?", (digest,)).fetchone()
    if found is not None:
        return int(found[0])
    made = conn.execute(
        "insert into bodies (sha256, size, zlib) values (?, ?, ?)",
        (digest, len(body), zlib.compress(body, 6)),
    )
    assert made.lastrowid is not None
    return made.lastrowid


def _end_of_chain(conn: sqlite3.Connection) -> tuple[int, str]:
    row = conn.execute("select id, hash from pages order by id desc limit 1").fetchone()
    found: tuple[int, str] = row or conn.execute("select pruned_to, hash from _chain").fetchone()
    return found


def _hash(before: str, row: Sequence[object]) -> str:
    """The hash of a page: of the one before it, and of all that is said of this one."""
    return sha256(f"{before}\n{_json(row)}".encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def prune(conn: sqlite3.Connection, before: datetime) -> int:
    """Remove a handful of pages older than that from the front; how many. Call it until there is none."""
    rows = conn.execute(
        "select id, hash, body_id, at from pages order by id limit ?", (PRUNED_AT_ONCE,)
    ).fetchall()
    limit = stamp(before)
    old = rows[: next((place for place, row in enumerate(rows) if row[3] >= limit), len(rows))]
    if old:
        conn.execute("update _chain set pruned_to = ?, hash = ?", old[-1][:2])
        conn.execute("delete from pages where id <= ?", (old[-1][0],))
        conn.execute(
            "delete from bodies where id in (select value from json_each(?))"
            " and not exists (select 1 from pages where body_id = bodies.id)",
            (json.dumps([row[2] for row in old]),),
        )
    return len(old)


def kept_pages(
    conn: sqlite3.Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    newest_only: bool = False,
) -> Iterator[KeptPage]:
    """Pages in the order they were kept; with `newest_only`, the last one of each article or entry."""
    wanted = "where (?1 is null or pages.at >= ?1) and (?2 is null or pages.at < ?2)"
    if newest_only:
        wanted += (
            " and pages.id in (select max(id) from pages where article_id is not null group by article_id"
            " union all select max(id) from pages where article_id is null group by entry_id)"
        )
    rows = conn.execute(f"{PAGE} {wanted} order by pages.id", (stamp(since), stamp(until)))
    yield from (_kept(row) for row in rows)


def _kept(row: Sequence[object]) -> KeptPage:
    number, at, url, final, status, headers, digest, data, article, entry, link = row
    page = Page(
        url=str(url),
        final_url=str(final),
        status=int(str(status)),
        headers=dict(json.loads(str(headers))),
        body=zlib.decompress(data) if isinstance(data, bytes) else b"",
        at=moment(str(at)),
    )
    ids = [None if value is None else int(str(value)) for value in (article, entry)]
    return KeptPage(int(str(number)), page, str(digest), str(link), *ids)


def faults_of_archive(conn: sqlite3.Connection) -> Iterator[str]:
    """Read everything and compute every hash anew; what does not agree."""
    damaged = [row[0] for row in conn.execute("pragma integrity_check(5)") if row[0] != "ok"]
    yield from damaged
    if damaged:
        return
    number, before = conn.execute("select pruned_to, hash from _chain").fetchone()
    for row in conn.execute(f"{PAGE} order by pages.id"):
        if row[0] != number + 1:
            yield f"pages {number + 1} to {row[0] - 1} are missing"
        elif _hash(before, row[:7]) != row[10]:
            yield f"page {row[0]} ({row[3]}) is not what was kept on {row[1]}, or the page before it is not"
        if not _is_whole(row[7], row[6]):
            yield f"the body of page {row[0]} ({row[3]}) is not the one that was kept"
        number, before = row[0], row[10]


def _is_whole(data: bytes | None, digest: str) -> bool:
    try:
        return data is not None and sha256(zlib.decompress(data)).hexdigest() == digest
    except zlib.error:
        return False


def head(conn: sqlite3.Connection) -> tuple[int, str]:
    """Number and hash of the newest page: written down elsewhere, they prove all that came before."""
    return _end_of_chain(conn)
