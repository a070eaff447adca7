"""Copies of the database, made while it is in use: whole, checked, and kept in turn.

`VACUUM INTO` writes one consistent state, with what still stands in the log; copying the file would lose
its newest rows. A copy has its name only once it is complete, checked and on the disk, so that whatever
carries the name of a backup is one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.opening import explained, open_for_reading
from monitor.store.searchindex import faults_of_index

NAME = re.compile(r"-(\d{8}T\d{6}Z)\.db$")
UNFINISHED = ".unfinished"
ROOM = 1.1  # times the size of the database that must be free
STEPS = 20_000  # of SQLite's machine between two looks at whether to stop; some milliseconds
COUNTED = ("articles", "stories", "entries", "revisions", "matches", "outbox")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made and checked; `counts` are rows by table, `removed` older copies that went."""

    path: Path
    bytes: int
    counts: Mapping[str, int]
    removed: tuple[Path, ...] = ()


def never() -> bool:
    """Go on to the end."""
    return False


def folder_of(database: Path) -> Path:
    """Where the backups of this database are, unless the user names a file."""
    return database.parent / "backups"


def dated(database: Path, now: datetime) -> Path:
    """The name of a backup made now."""
    return folder_of(database) / f"{database.stem}-{now:%Y%m%dT%H%M%SZ}.db"


def backups(database: Path) -> list[tuple[datetime, Path]]:
    """The dated backups of this database with the time of each, oldest first."""
    found = []
    for path in folder_of(database).glob(f"{database.stem}-*.db"):
        if made := NAME.search(path.name):
            at = datetime.strptime(made[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            if path == dated(database, at):
                found.append((at, path))
    return sorted(found)


def back_up(
    database: Path, target: Path, *, keep: int | None = None, stopped: Callable[[], bool] = never
) -> Backup:
    """Copy the database to a file that is not there yet, check the copy, and let older ones go.

    With `keep`, so many dated backups stay, this one included. Raises `NotFoundError` when there is no
    database, `StoreError` when the target is there already, the disk has no room, the copy is not
    sound, or `stopped` said so.
    """
    with contextlib.closing(open_for_reading(database)) as conn:
        conn.execute("pragma query_only = off")  # SQLite counts writing a copy as writing
        before = counts_of(conn)
        copy_to(conn, database, target, stopped=stopped, check=True)
        after = counts_of(conn)
    with contextlib.closing(open_copy(target)) as copy:
        counts = counts_of(copy)
    strange = [
        name for name in COUNTED if not min(before[name], after[name]) <= counts[name] <= max(before[name], after[name])
    ]  # fmt: skip
    if strange:
        target.unlink()
        raise StoreError(f"{target}: the copy has another number of {', '.join(strange)}; it was removed.")
    removed = rotate(database, keep) if keep else ()
    return Backup(target, target.stat().st_size, counts, removed)


def copy_to(
    conn: sqlite3.Connection,
    database: Path,
    target: Path,
    *,
    stopped: Callable[[], bool] = never,
    check: bool,
) -> None:
    """Write a copy under a name of its own, check it, bring it to the disk, then give it its name.

    With `check` the search index is examined too. Raises `StoreError`; whatever goes wrong, no half
    copy is left, and a file that is there already stays as it is.
    """
    if target.exists():
        raise StoreError(f"{target}: there is a file of this name already; it stays as it is.")
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _need_room(conn, target)
        unfinished.unlink(missing_ok=True)
        # Made by us first: SQLite would make it readable for everybody.
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _vacuum(conn, unfinished, stopped)
        _examine(unfinished, index=check)
        _to_disk(unfinished)
        unfinished.chmod(database.stat().st_mode & 0o640)
        unfinished.rename(target)
        _to_disk(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: the copy cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def rotate(database: Path, keep: int) -> tuple[Path, ...]:
    """Remove all but the newest `keep` dated backups; those that went."""
    gone = []
    for _, path in backups(database)[:-keep]:
        path.unlink(missing_ok=True)
        gone.append(path)
    return tuple(gone)


def open_copy(path: Path) -> sqlite3.Connection:
    """A connection to a copy that nobody else uses."""
    with explained(path):
        return sqlite3.connect(path, isolation_level=None)


def counts_of(conn: sqlite3.Connection) -> dict[str, int]:
    """How many rows each of the important tables has."""
    selects = ", ".join(f"(select count(*) from {table})" for table in COUNTED)
    return dict(zip(COUNTED, conn.execute(f"select {selects}").fetchone(), strict=True))


def _need_room(conn: sqlite3.Connection, target: Path) -> None:
    pages, size = conn.execute("select * from pragma_page_count(), pragma_page_size()").fetchone()
    needed, free = int(pages * size * ROOM), shutil.disk_usage(target.parent).free
    if free < needed:
        raise StoreError(
            f"{target.parent}: a copy needs {needed // 1_000_000} MB, {free // 1_000_000} MB are free. Nothing was written."
        )


def _vacuum(conn: sqlite3.Connection, target: Path, stopped: Callable[[], bool]) -> None:
    conn.set_progress_handler(stopped, STEPS)
    try:
        with explained(target):
            conn.execute("vacuum into ?", (str(target),))
    finally:
        conn.set_progress_handler(None, 0)


def _examine(path: Path, *, index: bool) -> None:
    """Read the whole copy. Raises `StoreError` with what is wrong with it."""
    with explained(path), contextlib.closing(open_copy(path)) as copy:
        said = [row[0] for row in copy.execute("pragma integrity_check(3)")]
        faults = [] if said == ["ok"] else said
        if index and not faults:
            faults = list(faults_of_index(copy))
    if faults:
        raise StoreError(f"{path}: the copy is not sound and was removed: {'; '.join(faults)}.")


@contextlib.contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    number = os.open(path, os.O_RDONLY)
    try:
        yield number
    finally:
        os.close(number)


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    with _descriptor(path) as number:
        os.fsync(number)
