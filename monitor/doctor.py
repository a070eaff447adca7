"""What is wrong, and what to do: one line for each cause, whatever state the installation is in.

Asks about configuration, place, database, process, backups, model, workers, in this order, and goes on where one
of them cannot be asked. Changes nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import config, vectors
from monitor.errors import ConfigError, ModelError, MonitorError, NotFoundError
from monitor.model import Extract, Page, Settings, Task
from monitor.store import diagnosis, lock
from monitor.store.diagnosis import Finding
from monitor.store.invariants import newest_poll

SILENT = timedelta(minutes=5)  # a daemon writes its heartbeat every few seconds
LONG_COMMAND = timedelta(hours=6)
UNWATCHED = timedelta(days=2)
PATIENCE = 60.0  # seconds for a worker to read one small page

PAGE = (
    b"<html><head><title>Bridge closed</title></head><body><article><h1>Bridge closed</h1>"
    + b"<p>The council has voted to close its oldest bridge for repairs, and the ferries will carry all traffic.</p>" * 8
    + b"</article></body></html>"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: a configuration, as far as it can be read, and the database it names."""

    settings: Settings | None
    database: Path | None


def examine(
    path: Callable[[], Path], environ: Mapping[str, str], now: datetime, *, workers: bool = True
) -> Iterator[Finding]:
    """Everything that is found, in the order of asking. `path` finds the configuration, or raises."""
    patient, found = admitted(path, environ)
    yield from found
    if patient.database is None:
        return
    yield from diagnosis.place(patient.database)
    conn = diagnosis.opened(patient.database)
    if isinstance(conn, Finding):
        yield conn
    else:
        with closing(conn):
            yield from contents(patient.database, conn, now)
    yield from process(patient.database, now)
    yield from diagnosis.leftovers(patient.database, now)
    if patient.settings and patient.settings.backup and not isinstance(conn, Finding):
        yield from diagnosis.last_backup(patient.database, patient.settings.backup, now)
    yield from diagnosis.raw_pages(patient.database)
    yield from diagnosis.surroundings(patient.database)
    if patient.settings is not None:
        yield from model(patient.settings)
    if workers:
        yield from asyncio.run(worker(now))


def admitted(path: Callable[[], Path], environ: Mapping[str, str]) -> tuple[Patient, list[Finding]]:
    """The patient, and what is wrong with the configuration."""
    found: list[Finding] = []
    try:
        file = path()
        try:
            settings = config.load(file, environ)
            return Patient(settings, settings.database), found
        except ConfigError as error:
            first, more = error.findings[0], len(error.findings) - 1
            rest = f" (and {more} more)" if more else ""
            found.append(Finding("configuration", f"the configuration is invalid: {first}{rest}", "`monitor check` lists all that is wrong"))  # fmt: skip
            return Patient(None, config.database_of(file, environ)), found
    except (ConfigError, NotFoundError) as error:
        if not found:
            found.append(Finding("configuration", str(error).splitlines()[0], "`monitor init` writes one"))
        return Patient(None, None), found


def contents(database: Path, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """What the database itself tells."""
    unsound = list(diagnosis.soundness(conn))
    yield from unsound
    yield from diagnosis.log_size(database)
    yield from diagnosis.version(conn)
    if any(finding.about == "database" for finding in unsound):
        return
    yield from diagnosis.clock(conn, now)
    yield from diagnosis.feeds(conn, now)
    holder = lock.last_holder(database)
    if holder is None or not holder.alive:
        yield from diagnosis.locked_by_others(database)
        yield from unwatched(conn, now)


def unwatched(conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Whether anybody polls at all, by daemon or by hand."""
    newest = newest_poll(conn)
    if newest is not None and now - newest > UNWATCHED:
        days = (now - newest).days
        yield Finding("watch", f"nothing was polled for {days} days, and no monitor runs", "start it: `monitor run`, or its service")  # fmt: skip


def process(database: Path, now: datetime) -> Iterator[Finding]:
    """Whether a monitor runs and makes progress, or was killed."""
    holder = lock.last_holder(database)
    if holder is None:
        yield Finding("process", "no monitor runs", "`monitor run` watches; `monitor poll` makes one pass", grave=False)  # fmt: skip
    elif not holder.alive:
        yield Finding("process", f"monitor (process {holder.process}) was killed or crashed, and none runs", "nothing needs repair; start it again")  # fmt: skip
    elif holder.beat_at is None:
        yield from command(database, holder.process, now)
    elif now - holder.beat_at > SILENT:
        minutes = (now - holder.beat_at).total_seconds() / 60
        yield Finding("process", f"monitor (process {holder.process}) has made no progress for {minutes:.0f} minutes; it last said: {holder.status}", "restart it; its log says what stood still")  # fmt: skip
    elif holder.status and holder.status.startswith("paused"):
        yield Finding("pause", f"monitor (process {holder.process}) is {holder.status}", "it goes on by itself when the cause is gone")  # fmt: skip


def command(database: Path, number: int, now: datetime) -> Iterator[Finding]:
    """A command that holds the lock: for how long."""
    held = now.timestamp() - lock.lock_of(database).stat().st_mtime
    grave = held > LONG_COMMAND.total_seconds()
    cause = f"a command (process {number}) holds the lock for {held / 60:.0f} minutes"
    yield Finding("lock", cause, "wait for it, or stop it; nothing else can write meanwhile", grave=grave)


def model(settings: Settings) -> Iterator[Finding]:
    """Whether the embedding model can be used, where one is configured."""
    try:
        meanings = vectors.opened(settings.events)
    except ModelError as error:
        yield Finding("model", str(error).rstrip("."), "set `events: model:` right, or leave it out; monitor does not start so")  # fmt: skip
    else:
        if meanings is not None:
            meanings.close()


async def worker(now: datetime) -> list[Finding]:
    """Whether a worker process can be started and reads a page."""
    from monitor.workers import Workers

    page = Page("https://doctor.test/", "https://doctor.test/", 200, {"content-type": "text/html"}, PAGE, now)
    read: object
    try:
        async with asyncio.timeout(PATIENCE), Workers(1) as workers:
            read = await workers.extract(page, hint=Task(url=page.url))
    except (MonitorError, OSError, TimeoutError) as error:
        read = MonitorError(str(error) or f"no answer within {PATIENCE:.0f} seconds")
    if isinstance(read, Extract):
        return []
    return [Finding("workers", f"worker processes cannot read a page: {read}", "check memory, the limits of processes, and that /dev/shm and the temporary folder can be written")]  # fmt: skip


def grave(findings: Iterable[Finding]) -> bool:
    """Whether any of these is more than a note."""
    return any(finding.grave for finding in findings)
