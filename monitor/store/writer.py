"""The one writer: one connection, one thread, everything that is queued in one commit.

A piece of work is a function of `Books`. What waits in the queue runs in one `BEGIN IMMEDIATE`, each
piece in a savepoint of its own: a piece that fails is undone alone, and its error is its caller's. Nobody
is answered before the commit is on the disk. Only this connection checkpoints the log.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self, TypeVar

from monitor.errors import StoreError
from monitor.store.books import Books
from monitor.store.opening import BUSY_MS, MEANINGS, log_of, open_for_writing, said
from monitor.store.pulse import Pulse

T = TypeVar("T")
Work = Callable[[Books], Any]

log = logging.getLogger("monitor.store")

BATCH_SECONDS = 0.1  # a transaction takes no further work after this: readers and callers wait for it
IDLE_SECONDS = 5.0
LOG_TO_TRUNCATE = 16 * 1024 * 1024  # bytes
LOG_TO_WARN_OF = 256 * 1024 * 1024
LOCK_PATIENCE = 60.0  # seconds another program may hold the database before work fails
OPTIMIZE_SECONDS = 24 * 3600.0


class _AsyncReply:
    """Answers a coroutine, in its own loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()

    def give(self, result: object, error: BaseException | None) -> None:
        if self.future.done():  # whoever asked was cancelled; the work stands
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class _ThreadReply:
    """Answers a waiting thread."""

    loop = None

    def __init__(self) -> None:
        self.future: Future[Any] = Future()

    def give(self, result: object, error: BaseException | None) -> None:
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


_Reply = _AsyncReply | _ThreadReply


@dataclass(slots=True)
class _Job:
    work: Work
    reply: _Reply
    asked: float = field(default_factory=time.monotonic)
    after: _Job | None = None  # without which it must not be stored
    result: object = None
    error: BaseException | None = None
    lost: BaseException | None = None  # why the database could not take it


class Store:
    """The database of one installation, open for writing. Made by `Store.open`."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self.heartbeat = time.monotonic()  # when the writer last came round; for a watchdog
        self.pulse = Pulse()
        self._create = create
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()  # nothing is queued after the end
        self._closed = False
        self._ready: Future[None] = Future()
        self._conn: sqlite3.Connection | None = None
        self._books: Books | None = None
        self._optimized = time.monotonic()
        self._warned = False
        self._thread = threading.Thread(target=self._live, name="monitor-writer", daemon=True)

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Store:
        """Open the database and start its writer.

        Raises `NotFoundError` when there is none and none may be made, `StoreError` when the file is not
        ours, newer than this code, damaged, or cannot be written.
        """
        store = cls(path, create=create)
        store._thread.start()
        store._ready.result()
        return store

    async def write(self, work: Callable[[Books], T]) -> T:
        """Run `work`; its writes are durable when this returns, and gone when it raises."""
        reply = _AsyncReply()
        self._queue_up(_Job(work, reply))
        result: T = await reply.future
        return result

    async def write_in_order(self, works: Iterable[Callable[[Books], T]]) -> list[T | BaseException]:
        """The same for pieces of work in their order; gives what each gave or raised.

        One that raises costs only itself. From one that the database could not take on, none is stored: a full
        disk must not let a copy in before its original.
        """
        row: list[_Job] = []
        replies: list[asyncio.Future[T]] = []
        for work in works:
            reply = _AsyncReply()
            row.append(_Job(work, reply, after=row[-1] if row else None))
            replies.append(reply.future)
            self._queue_up(row[-1])
        return await asyncio.gather(*replies, return_exceptions=True)

    def run(self, work: Callable[[Books], T]) -> T:
        """The same for code without a loop: waits in the calling thread."""
        reply = _ThreadReply()
        self._queue_up(_Job(work, reply))
        result: T = reply.future.result()
        return result

    def log_bytes(self) -> int:
        """The size of the write-ahead log. It grows while a reader keeps an old view of the database open."""
        try:
            return log_of(self.path).stat().st_size
        except OSError:
            return 0

    def queued(self) -> int:
        """How many pieces of work wait for their transaction."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish what is queued, fold the log into the database, and end the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _queue_up(self, job: _Job) -> None:
        with self._gate:
            if self._closed:
                raise StoreError(f"{self.path}: the store is closed.")
            self._queue.put(job)

    # ── the writer's thread ──────────────────────────────────────────────────────────────────────

    def _live(self) -> None:
        try:
            self._connect()
        except BaseException as error:  # noqa: BLE001  the opener raises it
            self._closed = True
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        going = True
        while going:
            self.heartbeat = time.monotonic()
            jobs, going = self._next_batch()
            if jobs:
                self._commit_together(jobs)
                _answer(jobs)
            else:
                self._tidy()
            self._warn_of_log()
        self._disconnect(fold=True)

    def _next_batch(self) -> tuple[list[_Job], bool]:
        """All that waits (at least one, unless nothing comes for a while), and whether there may be more."""
        jobs: list[_Job] = []
        try:
            job = self._queue.get(timeout=IDLE_SECONDS)
            while job is not None:
                jobs.append(job)
                job = self._queue.get_nowait()
        except Empty:
            return jobs, True
        return jobs, False

    def _commit_together(self, jobs: Sequence[_Job]) -> None:
        """Run jobs in as few transactions as time allows; every job has a result or an error afterwards."""
        rest = list(jobs)
        while rest:
            done: list[_Job] = []
            try:
                self._transaction(rest, done)
            except BaseException as error:  # noqa: BLE001  the thread lives on, and those who wait are told
                failed = done or rest
                self._fail(failed, error)
                self._recover(error)
                done = failed
            rest = rest[len(done) :]

    def _transaction(self, jobs: Sequence[_Job], done: list[_Job]) -> None:
        """One transaction over the first of these jobs; `done` tells which, also when it fails."""
        conn, books = self._connect()
        self._begin(conn)
        until = time.monotonic() + BATCH_SECONDS
        try:
            for job in jobs:
                done.append(job)
                if job.after is not None and job.after.lost is not None:
                    job.error = job.lost = job.after.lost
                else:
                    _run(conn, books, job)
                if time.monotonic() > until:
                    break
            books.settle()
            conn.execute("commit")
            self.pulse.committed(time.monotonic() - min(job.asked for job in done))
        except BaseException:
            books.forget_since(0)
            if conn.in_transaction:
                conn.execute("rollback")
            raise

    def _begin(self, conn: sqlite3.Connection) -> None:
        """Take the write lock; another program that holds it is waited for."""
        until = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                conn.execute("begin immediate")
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                self.heartbeat = time.monotonic()
                log.warning("%s: another program keeps the database locked; waiting", self.path)
            else:
                return

    def _fail(self, jobs: list[_Job], error: BaseException) -> None:
        """None of these was stored: the transaction they shared is gone, or could not begin."""
        self.pulse.failures += 1
        told = said(error, self.path) if isinstance(error, sqlite3.Error) else error
        for job in jobs:
            job.result, job.error, job.lost = None, job.error or told, told

    def _recover(self, error: BaseException) -> None:
        """After an I/O error nobody knows what the page cache holds: read everything anew.

        A connection that could only read stays so, also when the file can be written again.
        """
        lost = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY)
        if isinstance(error, sqlite3.Error) and _primary(error) in lost:
            self._disconnect(fold=False)

    def _connect(self) -> tuple[sqlite3.Connection, Books]:
        if self._conn is None or self._books is None:
            self._conn = open_for_writing(self.path, create=self._create)
            self._create = False  # a file that was there and is gone must not come back empty
            tracking = self._books.tracking if self._books else ()
            self._books = Books(self._conn)
            self._books.tracking = tracking
        return self._conn, self._books

    def _disconnect(self, *, fold: bool) -> None:
        conn, self._conn = self._conn, None
        if conn is None:
            return
        try:
            if fold:
                conn.execute("pragma analysis_limit = 400")
                conn.execute("pragma optimize")
                conn.execute("pragma wal_checkpoint(truncate)")
        except sqlite3.Error as error:
            log.warning("%s: could not be folded up: %s", self.path, error)
        finally:
            conn.close()

    def _tidy(self) -> None:
        """Nothing to do: shrink the log where it has grown, and now and then look at the statistics."""
        if self._conn is None:
            return
        try:
            if self.log_bytes() > LOG_TO_TRUNCATE:
                self._conn.execute("pragma busy_timeout = 100")
                self._conn.execute("pragma wal_checkpoint(truncate)").fetchone()
            if time.monotonic() - self._optimized > OPTIMIZE_SECONDS:
                self._optimized = time.monotonic()
                self._conn.execute("pragma analysis_limit = 400")
                self._conn.execute("pragma optimize")
        except sqlite3.Error as error:
            log.warning("%s: could not be tidied: %s", self.path, error)
        finally:
            self._conn.execute(f"pragma busy_timeout = {BUSY_MS}")

    def _warn_of_log(self) -> None:
        large = self.log_bytes() > LOG_TO_WARN_OF
        if large and not self._warned:
            log.warning(
                "%s: the log has grown to %d MB, because a program that reads the database holds an old view"
                " of it open; it shrinks when that program ends its query",
                self.path,
                self.log_bytes() // 1_000_000,
            )
        self._warned = large


def _run(conn: sqlite3.Connection, books: Books, job: _Job) -> None:
    """One job in its savepoint. Its error becomes the job's; trouble with the database is raised."""
    mark = books.mark()
    conn.execute("savepoint job")
    try:
        job.result = job.work(books)
        if asyncio.iscoroutine(job.result):
            job.result.close()
            raise TypeError("a coroutine has no place in a transaction: it could wait for a network")  # noqa: TRY301
    except Exception as error:
        if _is_trouble(error) or not conn.in_transaction:
            raise
        job.error = error
        books.forget_since(mark)
        conn.execute("rollback to job")
    conn.execute("release job")


def _is_trouble(error: BaseException) -> bool:
    """Whether the database is in trouble (disk, locks, damage), not the piece of work."""
    return isinstance(error, sqlite3.Error) and _primary(error) in MEANINGS


def _primary(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _answer(jobs: Sequence[_Job]) -> None:
    """Give everybody their result; each loop is woken once."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        if job.reply.loop is None:
            job.reply.give(job.result, job.error)
        else:
            loops.setdefault(job.reply.loop, []).append(job)
    for loop, theirs in loops.items():
        try:
            loop.call_soon_threadsafe(_give_all, theirs)
        except RuntimeError:  # the loop has ended; nobody is left to hear
            log.debug("%d results came after their loop had ended", len(theirs))


def _give_all(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.reply.give(job.result, job.error)
