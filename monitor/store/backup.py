"""Copies of the database and of its raw pages, made while both are in use: whole, checked, and kept in turn.

`VACUUM INTO` writes one consistent state, with what still stands in the log; copying the file would lose
its newest rows. A copy has its name only once it is complete, checked and on the disk, so that whatever
carries the name of a backup is one.

The pages are copied first: a page is kept after its article is stored, so every page of a backup has its
article in it. Pages are evidence, not promises: where they cannot be copied, the database is all the same.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.opening import explained, open_for_reading
from monitor.store.pagefile import archive_of, faults_of_archive, head, open_to_read
from monitor.store.searchindex import faults_of_index

STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"-(\d{8}T\d{6}Z)(?:-archive)?\.db$")
UNFINISHED = ".unfinished"
ROOM = 1.1  # times the size of the database that must be free
STEPS = 20_000  # of SQLite's machine between two looks at whether to stop; some milliseconds
COUNTED = ("articles", "stories", "entries", "revisions", "matches", "outbox")


Examine = Callable[[sqlite3.Connection], Iterable[str]]  # what is wrong with a copy whose file is sound


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made and checked; `counts` are rows by table, `removed` older copies that went.

    `pages` is the copy of the raw pages, None where there are none, none are wanted, or they could not be
    copied: then `missing` says why. `page` is the number and the hash of the newest page in it.
    """

    path: Path
    bytes: int
    counts: Mapping[str, int]
    pages: Path | None = None
    page: tuple[int, str] | None = None
    missing: str | None = None
    removed: tuple[Path, ...] = field(default=())


def never() -> bool:
    """Go on to the end."""
    return False


def folder_of(database: Path) -> Path:
    """Where the backups of this database are, unless the user names a file."""
    return database.parent / "backups"


def dated(database: Path, now: datetime) -> Path:
    """The name of a backup made now."""
    return folder_of(database) / f"{database.stem}-{now.strftime(STAMP)}.db"


def backups(database: Path) -> list[tuple[datetime, Path]]:
    """The dated backups of this database with the time of each, oldest first."""
    return _dated_files(database, lambda at: dated(database, at))


def backups_of_pages(database: Path) -> list[tuple[datetime, Path]]:
    """The same for the copies of its raw pages."""
    return _dated_files(database, lambda at: archive_of(dated(database, at)))


def _dated_files(database: Path, name_of: Callable[[datetime], Path]) -> list[tuple[datetime, Path]]:
    found = []
    for path in folder_of(database).glob(f"{database.stem}-*.db"):
        if made := NAME.search(path.name):
            at = datetime.strptime(made[1], STAMP).replace(tzinfo=UTC)
            if path == name_of(at):
                found.append((at, path))
    return sorted(found)


def back_up(
    database: Path,
    target: Path,
    *,
    keep: int | None = None,
    pages: bool = True,
    stopped: Callable[[], bool] = never,
) -> Backup:
    """Copy the database and its raw pages to files that are not there yet, check them, and let older ones go.

    With `keep`, so many dated backups stay, this one included. Raises `NotFoundError` when there is no
    database, `StoreError` when the target is there already, the disk has no room, the copy is not
    sound, or `stopped` said so.
    """
    with contextlib.closing(open_for_reading(database)) as conn:
        conn.execute("pragma query_only = off")  # SQLite counts writing a copy as writing
        for file in (target, archive_of(target)) if pages else (target,):
            _need_free_name(file)
        page, missing = _copy_pages(conn, database, target, stopped) if pages else (None, None)
        try:
            counts = _copy_database(conn, database, target, stopped)
        except BaseException:
            if page is not None:
                archive_of(target).unlink(missing_ok=True)
            raise
    removed = rotate(database, keep, target) if keep else ()
    copied = archive_of(target) if page is not None else None
    return Backup(target, target.stat().st_size, counts, copied, page, missing, removed)


def _copy_database(
    conn: sqlite3.Connection, database: Path, target: Path, stopped: Callable[[], bool]
) -> dict[str, int]:
    """Copy the database; how many rows the copy has. Raises `StoreError`."""
    before = counts_of(conn)
    copy_to(conn, database, target, stopped=stopped, examine=faults_of_index)
    after = counts_of(conn)
    with contextlib.closing(open_copy(target)) as copy:
        counts = counts_of(copy)
    strange = [
        name for name in COUNTED if not min(before[name], after[name]) <= counts[name] <= max(before[name], after[name])
    ]  # fmt: skip
    if strange:
        target.unlink()
        raise StoreError(f"{target}: the copy has another number of {', '.join(strange)}; it was removed.")
    return counts


def _copy_pages(
    conn: sqlite3.Connection, database: Path, target: Path, stopped: Callable[[], bool]
) -> tuple[tuple[int, str] | None, str | None]:
    """Copy the raw pages beside the copy-to-be of the database; the end of their chain, or why there is none."""
    archive, copy = archive_of(database), archive_of(target)
    if not archive.exists():
        return None, None
    try:
        with explained(archive), contextlib.closing(open_to_read(archive)) as pages:
            copy_to(pages, archive, copy, stopped=stopped, examine=faults_of_archive, beside=_size(conn))
        with explained(copy), contextlib.closing(open_to_read(copy)) as copied:
            return head(copied), None
    except StoreError as error:
        return None, str(error)


def copy_to(
    conn: sqlite3.Connection,
    original: Path,
    target: Path,
    *,
    stopped: Callable[[], bool] = never,
    examine: Examine | None = None,
    beside: int = 0,
) -> None:
    """Write a copy under a name of its own, check it, bring it to the disk, then give it its name.

    Its file is read whole, and `examine` says what else is wrong with it. `beside` bytes must stay free.
    Raises `StoreError`; whatever goes wrong, no half copy is left, and a file that is there already stays
    as it is.
    """
    _need_free_name(target)
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _need_room(_size(conn) + beside, target)
        unfinished.unlink(missing_ok=True)
        # Made by us first: SQLite would make it readable for everybody.
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _vacuum(conn, unfinished, stopped)
        _examine(unfinished, examine, stopped)
        _to_disk(unfinished)
        unfinished.chmod(original.stat().st_mode & 0o640)
        unfinished.rename(target)
        _to_disk(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: the copy cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def rotate(database: Path, keep: int, newest: Path) -> tuple[Path, ...]:
    """Remove all but `keep` dated backups, and all but `keep` copies of pages; those that went.

    What is dated later than `newest`, the one just made, was made by a clock that was ahead, before this
    one: it goes first. Pages are counted on their own: while they cannot be copied, the last copies stay.
    """
    now = next((at for at, path in backups(database) if path == newest), datetime.max.replace(tzinfo=UTC))
    gone = []
    for files in (backups(database), backups_of_pages(database)):
        by_age = sorted(files, key=lambda one: (one[0] <= now, one))
        for _, path in by_age[:-keep]:
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


def _size(conn: sqlite3.Connection) -> int:
    pages, size = conn.execute("select * from pragma_page_count(), pragma_page_size()").fetchone()
    return int(pages * size)


def _need_free_name(target: Path) -> None:
    if target.exists():
        raise StoreError(f"{target}: there is a file of this name already; it stays as it is.")


def _need_room(size: int, target: Path) -> None:
    needed, free = int(size * ROOM), shutil.disk_usage(target.parent).free
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


def _examine(path: Path, examine: Examine | None, stopped: Callable[[], bool]) -> None:
    """Read the whole copy. Raises `StoreError` with what is wrong with it."""
    with explained(path), contextlib.closing(open_copy(path)) as copy:
        copy.set_progress_handler(stopped, STEPS)
        said = [row[0] for row in copy.execute("pragma integrity_check(3)")]
        faults = [] if said == ["ok"] else said
        if examine is not None and not faults:
            faults = list(islice(examine(copy), 3))
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
