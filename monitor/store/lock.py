"""One writer at a time: a lock that the kernel drops with the process that held it.

The file beside the database says who holds it, for people; only the lock on it decides. A file that a
killed process left behind is no obstacle, and a process id that was given out again cannot fool anybody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import LockedError, StoreError


def lock_of(database: Path) -> Path:
    """Where the lock of this database is."""
    return database.with_name(database.name + ".lock")


@contextlib.contextmanager
def hold(database: Path) -> Iterator[None]:
    """Hold the lock of this database.

    Raises `LockedError`, which names the holder, when another process has it; `StoreError` when the
    lock's file cannot be written.
    """
    path = lock_of(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise StoreError(f"{path}: the lock cannot be written: {error.strerror}.") from error
    try:
        _take(descriptor, path, database)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)  # let go in peace; after a crash the number stays, and means nothing
    finally:
        os.close(descriptor)


def holder(database: Path) -> int | None:
    """The process id of whoever holds the lock now; None when nobody does. 0 for one that left no name."""
    path = lock_of(database)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _named(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


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
    text = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else 0
