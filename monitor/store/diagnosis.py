"""What can be wrong with a database, from outside: place, file, log, index, clock, feeds. Changes nothing.

Each question gives findings: what is wrong in one line, and what to do about it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import LockedError, NotFoundError, StoreError
from monitor.model import BackupRules
from monitor.store import lock, pagefile
from monitor.store.backup import UNFINISHED, backups, backups_of_pages, folder_of
from monitor.store.invariants import LONGEST_WAIT, newest_poll
from monitor.store.opening import SCHEMA_VERSION, log_of, open_for_reading
from monitor.store.searchindex import faults_of_sample
from monitor.store.times import moment, stamp

LEAST_FREE = 300_000_000  # bytes of the disk
LARGEST_LOG = 256 * 1024 * 1024
SKEW = timedelta(hours=1)
UNDELIVERED = timedelta(days=1)
FORGOTTEN = timedelta(hours=1)  # after which a file that is not finished never will be
LOCK_PATIENCE_MS = 1500
GROUP_READS, GROUP_WRITES = 0o040, 0o030  # of a file; of a folder
# SQLite, "WAL-reset bug": two connections that write and checkpoint at once can lose commits.
SAFE_SQLITE = (3, 51, 3)
SAFE_TOO = {(3, 44, 6), (3, 50, 7)}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and what to do. One that is not `grave` is only worth knowing."""

    about: str
    cause: str
    advice: str
    grave: bool = True


def place(database: Path, *, least_free: int = LEAST_FREE) -> Iterator[Finding]:
    """Whether there is a folder that can be written, with room in it."""
    folder = database.parent
    if not folder.is_dir():
        if folder.exists():
            yield Finding("folder", f"{folder} is a file, not a folder", "move it aside")
            return
        folder = next(parent for parent in folder.parents if parent.is_dir())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = error.strerror or str(error)
        yield Finding("folder", f"{folder} cannot be written: {why}", "check owner, permissions and mount; SQLite writes beside its file")  # fmt: skip
    if database.is_file() and not os.access(database, os.W_OK):
        yield Finding("file", f"{database} cannot be written", "check owner and permissions of the file")
    free = shutil.disk_usage(folder).free
    if free < least_free:
        yield Finding("disk", f"the disk of {folder} is nearly full: {free // 1_000_000} MB are free", "free some space, or let less stay (`keep:`, `monitor prune`)")  # fmt: skip


def opened(database: Path) -> sqlite3.Connection | Finding:
    """A connection for reading; or why there is none."""
    log = log_of(database)
    with contextlib.suppress(OSError):
        there = database.is_file() and database.stat().st_size > 0
        if not there and log.exists() and log.stat().st_size > 0:
            return Finding("database", f"{database} is gone or empty, but its log {log.name} is not", "restore a backup, or move the log aside to start anew")  # fmt: skip
    try:
        conn = open_for_reading(database)
    except NotFoundError:
        return Finding("database", f"{database}: there is no database yet", "`monitor poll` or `monitor run` makes it; if there was one, restore a backup")  # fmt: skip
    except StoreError as error:
        return Finding(
            "database", str(error).rstrip("."), "a backup is in backups/ beside it, if one was made"
        )
    return conn


def soundness(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Whether the file can be read through, and the index stands for the texts."""
    advice = "stop monitor, move the database and its -wal and -shm aside, put the newest file of backups/ in their place"
    try:
        said = [row[0] for row in conn.execute("pragma quick_check(1)")]
        if said != ["ok"]:
            yield Finding("database", f"the database is damaged: {said[0].splitlines()[-1]}", advice)
            return
        faults = list(faults_of_sample(conn))
    except sqlite3.DatabaseError as error:
        yield Finding("database", f"the database is damaged: {error}", advice)
        return
    if faults:
        yield Finding("index", f"the search index is out of step: {faults[0]}", "stop monitor and run `monitor doctor --mend-index`")  # fmt: skip


def version(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Whether the tables are those of this program: before its first start after an update they are not."""
    found = int(conn.execute("pragma user_version").fetchone()[0])
    if found < SCHEMA_VERSION:
        yield Finding("version", f"the database is from before an update: its tables have version {found}, this program wants {SCHEMA_VERSION}", "`monitor poll` or `monitor run` brings it up to date, and keeps a copy of it as it was; until then nothing can be read")  # fmt: skip


def log_size(database: Path, *, largest: int = LARGEST_LOG) -> Iterator[Finding]:
    """Whether the log has grown beyond measure, and who may keep it from shrinking."""
    with contextlib.suppress(FileNotFoundError):
        size = log_of(database).stat().st_size
        if size > largest:
            readers = ", ".join(programs_with(database)) or "none that this user can see"
            yield Finding("log", f"the database's log has grown to {size // 1_000_000} MB, because a program holds an old view of it open", f"end what reads for long; open it have: {readers}")  # fmt: skip


def programs_with(path: Path) -> list[str]:
    """Programs that have this file open, as far as we may see (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(fd.readlink() == path for fd in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
    return [one for one in found if not one.endswith(f"({os.getpid()})")]


def clock(conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Whether the times in the tables and the clock agree."""
    newest = newest_poll(conn)
    if newest is not None and newest > now + SKEW:
        yield Finding("clock", f"the last poll is dated {stamp(newest)}, the clock says {stamp(now)}: it is wrong now, or was then", "set the clock right (timedatectl); polls go on by themselves")  # fmt: skip
    count, farthest = conn.execute(
        "select count(*), max(next_poll_at) from feeds where active = 1 and state <> 'gone' and next_poll_at > ?",
        (stamp(now + LONGEST_WAIT),),
    ).fetchone()
    if count:
        yield Finding("clock", f"{count} feeds are not asked before {farthest}: the clock was far ahead when that was decided", "set the clock right; a running monitor brings them back, else `monitor poll` does")  # fmt: skip


def feeds(conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Whether anything is watched and answers, and what cannot be delivered."""
    states = dict(conn.execute("select state, count(*) from feeds where active = 1 group by state"))
    total, bad = sum(states.values()), states.get("failing", 0) + states.get("gone", 0)
    if not total:
        yield Finding("feeds", "no feed is watched", "name some under `topics:`, then `monitor check`")
    elif bad == total:
        error, count = conn.execute(
            "select coalesce(last_error, state), count(*) from feeds where active = 1 group by 1 order by 2 desc limit 1"
        ).fetchone()
        yield Finding("feeds", f"none of the {total} feeds answers; {count} of them: {error}", "check the network, name resolution and `fetch.proxy`; then `monitor check --online`")  # fmt: skip
    elif states.get("gone"):
        yield Finding("feeds", f"{states['gone']} feeds are gone for good (HTTP 410)", "`monitor feeds list` names them; take them out", grave=False)  # fmt: skip
    since, error = conn.execute(
        "select min(at), max(last_error) from outbox where state = 'waiting' and last_error is not null"
    ).fetchone()
    if since is not None and now - moment(since) > UNDELIVERED:
        yield Finding("alerts", f"announcements wait since {since}: {error}", "check the receiver, and its address under `alerts:`")  # fmt: skip


def locked_by_others(database: Path) -> Iterator[Finding]:
    """Whether a program that is not ours keeps the database locked. Asked only while nobody of ours is at work."""
    with contextlib.suppress(LockedError, StoreError), lock.borrow(database):
        conn = sqlite3.connect(database, isolation_level=None)
        try:
            conn.execute(f"pragma busy_timeout = {LOCK_PATIENCE_MS}")
            conn.execute("begin immediate")
            conn.execute("rollback")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                who = ", ".join(programs_with(database)) or "one that this user cannot see"
                yield Finding("lock", f"another program keeps the database locked: {who}", "close what writes to it; nothing can be stored until then")  # fmt: skip
        finally:
            conn.close()


def leftovers(database: Path, now: datetime) -> Iterator[Finding]:
    """Files that a killed command left unfinished."""
    folders = (database.parent, folder_of(database))
    found = [
        path
        for folder in folders
        for pattern in (f"*{UNFINISHED}*", ".*.new")
        for path in folder.glob(pattern)
        if now.timestamp() - path.stat().st_mtime > FORGOTTEN.total_seconds()
    ]
    if found:
        names = ", ".join(path.name for path in sorted(found))
        yield Finding("leftovers", f"a command that was killed left behind: {names}", f"they are no backups and of no use; delete them from {found[0].parent}")  # fmt: skip


def _span(time: timedelta) -> str:
    """`1 day`, `36 hours`, `90 minutes`: in the largest unit that divides it."""
    seconds = round(time.total_seconds())
    size, unit = next(
        pair
        for pair in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
        if seconds % pair[0] == 0
    )
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"


def last_backup(database: Path, rules: BackupRules, now: datetime) -> Iterator[Finding]:
    """Whether the backups that the configuration asks for are made, with the raw pages where there are any."""
    every = _span(rules.every)
    made = [at for at, _ in backups(database) if at <= now]
    pages = [at for at, _ in backups_of_pages(database) if at <= now]
    if not made:
        yield Finding("backup", f"there is no backup, though one is wanted every {every}", "`monitor backup` makes one now; the log of `monitor run` says why it made none")  # fmt: skip
    elif now - made[-1] > 2 * rules.every:
        yield Finding("backup", f"the last backup is of {stamp(made[-1])}, though one is wanted every {every}", "`monitor backup` makes one now; the log of `monitor run` says why it made none")  # fmt: skip
    elif (
        rules.pages
        and pagefile.archive_of(database).exists()
        and (not pages or made[-1] - pages[-1] > rules.every)
    ):
        since = f"no backup since {stamp(pages[-1])}" if pages else "no backup"
        yield Finding("backup", f"the raw pages are in {since}, though they are wanted there", "`monitor backup` makes one now and says why they are left out; `backup: {pages: false}` does without")  # fmt: skip


def raw_pages(database: Path) -> Iterator[Finding]:
    """Whether the archive of raw pages can be read."""
    path = pagefile.archive_of(database)
    if not path.exists():
        return
    try:
        with contextlib.closing(pagefile.open_to_read(path)) as conn:
            pagefile.head(conn)
    except (StoreError, sqlite3.DatabaseError) as error:
        yield Finding("raw pages", f"the archive of raw pages cannot be read: {str(error).rstrip('.')}", f"move {path.name} aside; a new one is begun")  # fmt: skip


def surroundings(database: Path) -> Iterator[Finding]:
    """What is not wrong, and worth knowing."""
    version = sqlite3.sqlite_version_info
    if version < SAFE_SQLITE and version not in SAFE_TOO:
        yield Finding("sqlite", f"SQLite {sqlite3.sqlite_version} can lose commits when two programs write at once", "let nothing but monitor write to the database; it has one writer", grave=False)  # fmt: skip
    with contextlib.suppress(OSError):
        file, folder = database.stat().st_mode, database.parent.stat().st_mode
        if file & GROUP_READS and folder & GROUP_WRITES != GROUP_WRITES:
            yield Finding("readers", f"a Datasette of another user cannot read the database while monitor is stopped: its group may not write to {database.parent}", "run it as the same user, or `chmod g+wx` the folder", grave=False)  # fmt: skip
