"""How the database file is opened: for writing by the one writer, for reading by everybody else.

The file is only ever touched through SQLite. Python's own `open(database).close()` in the daemon would
drop the POSIX locks that SQLite holds there, and commits are lost without a word (SQLite, "How To Corrupt
An SQLite Database File", 2.2). sqlite-utils is imported only when a migration has to run.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from monitor.errors import MonitorError, NotFoundError, StoreError

log = logging.getLogger("monitor.store")

APPLICATION_ID = 0x57495245  # "WIRE": says whose file this is, even to file(1)
SCHEMA_VERSION = 18  # the number of the last migration

BUSY_MS = 5000
SYNCHRONOUS = "full"
WAL_LIMIT = 64 * 1024 * 1024  # bytes the log keeps on disk after a checkpoint
CHECKPOINT_PAGES = 4000  # 16 MB: a page that changes often is written back once, not once a commit
CACHE_KIB = 32 * 1024

# What SQLite's complaints mean, and what can be done. Keys are primary result codes.
MEANINGS = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this was stored. Free some space, and work goes on by itself",
    sqlite3.SQLITE_IOERR: "the disk could not be read or written; nothing of this was stored",
    sqlite3.SQLITE_READONLY: "the file or its directory cannot be written; check owner and permissions",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its directory exists and can be written",
    sqlite3.SQLITE_PERM: "access is denied; check owner and permissions",
    sqlite3.SQLITE_NOTADB: "this is not an SQLite database. Nothing was changed; move it aside to start anew",
    sqlite3.SQLITE_CORRUPT: "the database is damaged. Nothing was changed; move it aside and restore a backup",
    sqlite3.SQLITE_BUSY: "another program keeps the database locked; close what writes to it and try again",
}


def said(error: sqlite3.Error, path: Path) -> StoreError:
    """SQLite's complaint as a sentence: which file, what it means, what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    meaning = MEANINGS.get(code & 0xFF) if code is not None else None
    return StoreError(f"{path}: {meaning} ({error})." if meaning else f"{path}: {error}.")


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn every `sqlite3.Error` inside into a `StoreError` that says what it means."""
    try:
        yield
    except sqlite3.Error as error:
        raise said(error, path) from error


def open_for_writing(path: Path, *, create: bool = True) -> sqlite3.Connection:
    """The writer's connection, with the schema up to date, in the calling thread.

    Raises `NotFoundError` when there is no file and none may be made, `StoreError` when the file is
    not ours, newer than this code, damaged, or cannot be written.
    """
    _ready_place(path, create=create)
    with explained(path):
        conn = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        try:
            fresh = _recognise(conn, path)
            if fresh:
                # Before anything is in it. The log and its index take over the mode of the file.
                path.chmod(path.stat().st_mode & 0o640)
            _tune(conn, path)
            _migrate(conn, path, fresh=fresh)
        except BaseException:
            conn.close()
            raise
    return conn


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that can only read, beside a writer or alone. Rows are `sqlite3.Row`.

    Raises `NotFoundError` when there is no such file, `StoreError` when it is not ours or cannot be read.
    """
    if not path.is_file():
        raise NotFoundError(f"{path}: there is no database yet; `monitor poll` or `monitor run` makes one.")
    with explained(path):
        conn = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
        try:
            conn.execute(f"pragma busy_timeout = {BUSY_MS}")
            conn.execute("pragma query_only = on")
            empty = _recognise(conn, path)
        except BaseException:
            conn.close()
            raise
    if empty:
        conn.close()
        raise NotFoundError(f"{path}: the database is still empty; `monitor poll` fills it.")
    conn.row_factory = sqlite3.Row
    return conn


def log_of(path: Path) -> Path:
    """Where SQLite keeps the write-ahead log of this database."""
    return path.with_name(path.name + "-wal")


def _ready_place(path: Path, *, create: bool) -> None:
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        missing, empty = not path.exists(), path.is_file() and path.stat().st_size == 0
        orphan = (missing or empty) and log_of(path).exists() and log_of(path).stat().st_size > 0
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}.") from error
    if path.is_dir():
        raise StoreError(f"{path}: this is a directory, not a database file.")
    if orphan:
        raise StoreError(
            f"{path}: the file is gone or empty, but its log {log_of(path).name} is not. "
            "Nothing was changed; restore a backup, or move the log aside to start anew."
        )
    if missing and not create:
        raise NotFoundError(f"{path}: there is no database yet; `monitor poll` or `monitor run` makes one.")


def _recognise(conn: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is new. Raises `StoreError` for another program's file or a newer version's."""
    application = conn.execute("pragma application_id").fetchone()[0]
    version = conn.execute("pragma user_version").fetchone()[0]
    tables = conn.execute("select count(*) from sqlite_master").fetchone()[0]
    if application == 0 and version == 0 and tables == 0:
        return True
    if application != APPLICATION_ID:
        raise StoreError(f"{path}: this database belongs to another program. Nothing was changed.")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: the database has version {version}, this program knows {SCHEMA_VERSION}. "
            "It was written by a newer monitor; update this one."
        )
    return False


def _tune(conn: sqlite3.Connection, path: Path) -> None:
    """The recipe of the one writer.

    SYNCHRONOUS is `full`: a commit that was acknowledged survives a power cut, so that an alert is not
    sent twice and validators never outlive what they describe. Batches make its price small.
    """
    conn.execute(f"pragma busy_timeout = {BUSY_MS}")
    mode = conn.execute("pragma journal_mode = wal").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"{path}: the file system does not allow write-ahead logging; use a local disk.")
    conn.execute(f"pragma synchronous = {SYNCHRONOUS}")
    conn.execute("pragma foreign_keys = on")
    conn.execute(f"pragma journal_size_limit = {WAL_LIMIT}")
    conn.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
    conn.execute(f"pragma cache_size = -{CACHE_KIB}")
    conn.execute("pragma temp_store = memory")


def _migrate(conn: sqlite3.Connection, path: Path, *, fresh: bool) -> None:
    """Bring the schema up to date in one transaction, with a copy of an older database beside it."""
    version = conn.execute("pragma user_version").fetchone()[0]
    if version == SCHEMA_VERSION:
        return
    from sqlite_utils import Database

    from monitor.store.tables import migrations

    if not fresh:
        _keep_a_copy(conn, path, version)
    conn.execute("begin immediate")  # sqlite-utils would begin deferred, and could fail half-way as busy
    try:
        migrations.apply(Database(conn, recursive_triggers=False, execute_plugins=False))
        conn.execute("commit")
    except (sqlite3.Error, MonitorError):
        if conn.in_transaction:
            conn.execute("rollback")
        raise


def _keep_a_copy(conn: sqlite3.Connection, path: Path, version: int) -> None:
    """The database as it was, beside it: complete and checked, or no migration begins."""
    from monitor.store.backup import copy_to

    copy = path.with_name(f"{path.stem}.before-{SCHEMA_VERSION}-was-{version}{path.suffix}")
    log.warning(
        "%s: an update changed the tables. The database (%d MB) is copied as it was to %s, then brought up to date; "
        "that may take minutes",
        path,
        path.stat().st_size // 1_000_000,
        copy.name,
    )
    if not copy.exists():
        copy_to(conn, path, copy)
