"""A look at the database before anybody writes to it: damage that is written into only grows."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from pathlib import Path

from monitor.errors import NotFoundError, StoreError
from monitor.store.diagnosis import surroundings
from monitor.store.opening import log_of, open_for_reading

log = logging.getLogger("monitor.store")

PATIENCE = 2.0  # seconds; what is larger is read through by `monitor verify`
STEPS = 20_000  # of SQLite's machine between two looks at the watch


def first_look(path: Path) -> None:
    """Read the file through, as far as there is time, on a connection that can change nothing.

    Raises `StoreError` where it is damaged, or the log beside it belongs to another database. What is worth
    knowing of this machine's SQLite is logged.
    """
    for finding in surroundings(path):
        if finding.about == "sqlite":
            log.info("%s: %s", finding.cause, finding.advice)
    with contextlib.suppress(NotFoundError), contextlib.closing(_opened(path)) as conn:
        fault = _fault(conn)
        if fault is not None:
            raise StoreError(
                f"{path}: the database is damaged ({fault}){_doubt(path)}. Nothing was changed; move it and its"
                f" {log_of(path).name} aside and restore a backup."
            )


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return open_for_reading(path)
    except StoreError as error:
        if isinstance(error.__cause__, sqlite3.Error) and (doubt := _doubt(path)):
            raise StoreError(f"{str(error).rstrip('.')}{doubt}.") from error
        raise


def _fault(conn: sqlite3.Connection) -> str | None:
    """The first thing that is wrong with the file; None where nothing is, or the time was too short to tell."""
    until = time.monotonic() + PATIENCE
    conn.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        said: str = conn.execute("pragma quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return None if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_INTERRUPT else str(error)
    return None if said == "ok" else said.splitlines()[-1]


def _doubt(path: Path) -> str:
    """What may have happened where a log with content lies beside the file."""
    with contextlib.suppress(OSError):
        if log_of(path).stat().st_size > 0:
            return f", or {log_of(path).name} beside it is the log of another database"
    return ""
