"""One writer at a time: a lock that the kernel drops with the process that held it.

The file beside the database says who holds it, for people; only the lock on it decides. A file that a
killed process left behind is no obstacle, and a process id that was given out again cannot fool anybody.
A daemon also writes there how it is doing, every now and then: the time of the file is its heartbeat, which
needs no database that can be written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import LockedError, StoreError

LONGEST = 500  # bytes of the file


def lock_of(database: Path) -> Path:
    """Where the lock of this database is."""
    return database.with_name(database.name + ".lock")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, or held it last. `status` and `beat_at` are a daemon's, None of others."""

    process: int  # 0 for one that left no name
    alive: bool  # it holds the lock now
    status: str | None = None
    beat_at: datetime | None = None


class Held:
    """The lock, held. `beat` is for a daemon."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._written = 0
        self.beat(None)

    def beat(self, status: str | None) -> None:
        """Write who we are and how it goes. A full disk keeps no daemon from working: then nothing is written."""
        line = f"{os.getpid()}\n" + (f"{' '.join(status.split())}\n" if status is not None else "")
        data = line.encode("utf-8", "replace")[:LONGEST]
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, data.ljust(self._written), 0)
            os.ftruncate(self._descriptor, len(data))
            self._written = len(data)
            os.utime(self._descriptor)

    def let_go(self) -> None:
        """End in an orderly way; of a process that was killed the number stays, and tells of it."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)


@contextlib.contextmanager
def hold(database: Path) -> Iterator[Held]:
    """Hold the lock of this database.

    Raises `LockedError`, which names the holder, when another process has it; `StoreError` when the
    lock's file cannot be written.
    """
    with _taken(database) as descriptor:
        held = Held(descriptor)
        try:
            yield held
        finally:
            held.let_go()


@contextlib.contextmanager
def borrow(database: Path) -> Iterator[None]:
    """Hold the lock for a moment, and leave what its file tells of the last holder. Raises like `hold`."""
    with _taken(database):
        yield


@contextlib.contextmanager
def _taken(database: Path) -> Iterator[int]:
    path = lock_of(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise StoreError(f"{path}: the lock cannot be written: {error.strerror}.") from error
    try:
        _take(descriptor, path, database)
        yield descriptor
    finally:
        os.close(descriptor)


def holder(database: Path) -> int | None:
    """The process id of whoever holds the lock now; None when nobody does. 0 for one that left no name."""
    found = last_holder(database)
    return found.process if found is not None and found.alive else None


def last_holder(database: Path) -> Holder | None:
    """Who holds the lock, or ended without letting it go; None when nobody does and the last one ended in peace."""
    try:
        descriptor = os.open(lock_of(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        alive = not _is_free(descriptor)
        process, status = _named(descriptor), _status(descriptor)
        if not alive and not process:
            return None
        beat = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC) if status is not None else None
        return Holder(process, alive, status, beat)
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _take(descriptor: int, path: Path, database: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        who = _named(descriptor)
        process = f"process {who}" if who else "another process"
        raise LockedError(
            f"{database}: {process} is at work on this database ({path.name}). "
            "Wait for it, or stop it; `monitor status` and `search` work meanwhile."
        ) from error


def _named(descriptor: int) -> int:
    first = _lines(descriptor)[0].strip()
    return int(first) if first.isdigit() else 0


def _status(descriptor: int) -> str | None:
    lines = _lines(descriptor)
    return lines[1] if len(lines) > 1 and lines[1] else None


def _lines(descriptor: int) -> list[str]:
    return os.pread(descriptor, LONGEST, 0).decode("utf-8", "replace").split("\n")
