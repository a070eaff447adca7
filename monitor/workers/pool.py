"""The daemon's side of the workers: one pool of processes, its deadlines, its losses.

pebble kills and replaces; the deadline is ours, on the loop's monotonic clock, because pebble's is the
wall clock's, and a wall clock can jump. What pebble cannot heal (a worker that dies idle, or while it
holds the pool's pipe) breaks its pool: a new pool takes over and the job is done again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Self

from pebble import ProcessExpired, ProcessPool

from monitor.errors import ConfigError, ExtractError, ParseError, WorkerError
from monitor.model import Extract, FeedDocument, Glance, Page, Sitemap, Task
from monitor.workers import job

if TYPE_CHECKING:
    from monitor.core.sieve import Sieve

logger = logging.getLogger(__name__)

DEADLINE = 15.0  # seconds of wall time a job may take
MEMORY = 1 << 30  # bytes of address space
MOST_JOBS = 1_000  # before a worker is replaced: libraries' caches only grow, but a new one reads its first pages slower
MOST_LIVES = 2  # workers that one page may cost before it is not read again
_REMEMBERED = 1_000  # pages that cost a worker
_ATTEMPTS = 4  # of one job, pools that broke under it included
_FAREWELL = 5.0  # seconds a pool may take to end
_HEADERS = ("content-type", "cf-mitigated", "x-amzn-waf-action")  # all that reading a page asks for


class Workers:
    """CPU work in `processes` killable processes. Errors come back as values.

    `deadline` is in seconds of wall time a job, `memory` in bytes of address space a process, `max_tasks`
    the jobs after which a process is replaced. Start it before use, close it after; both are quick.
    """

    def __init__(
        self,
        processes: int | str,
        *,
        deadline: float = DEADLINE,
        memory: int = MEMORY,
        max_tasks: int = MOST_JOBS,
    ) -> None:
        if isinstance(processes, str):
            raise ConfigError(
                [f"workers: {processes}: this version runs local processes only; give their number"]
            )
        self._processes = max(1, processes)
        self._deadline = deadline
        self._memory = memory
        self._max_tasks = max_tasks
        self._slots = asyncio.Semaphore(self._processes)
        self._opening = asyncio.Lock()
        self._pool: ProcessPool | None = None
        self._running: set[Future[Any]] = set()
        self._lives: dict[bytes, int] = {}  # digest of a page → workers it has cost
        self._is_closed = False
        self._sieve: Sieve | None = None  # the newest, and how many there were
        self._sieves = 0
        self.restarts = 0  # processes and pools that were lost, and replaced

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the processes, so that the first page does not wait for their imports.

        Cancelled meanwhile, it ends them before it gives way: a process half born would complain.
        """
        opening = asyncio.ensure_future(self._open_pool())
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            with contextlib.suppress(WorkerError):  # the same signal has ended its processes too
                await opening
            await self.close()
            raise

    async def close(self) -> None:
        """Kill what runs, end the processes. Jobs that wait are told that the workers stopped."""
        self._is_closed = True
        for future in list(self._running):
            future.cancel()
        async with self._opening:
            pool, self._pool = self._pool, None
        if pool is not None:
            await _ended(pool)

    async def parse(
        self, body: bytes, *, url: str, content_type: str, now: datetime
    ) -> FeedDocument | ParseError:
        """Feed bytes → entries. A worker lost to the feed is a ParseError too."""
        result = await self._run(job.parse, body, body, url, content_type, now)
        return ParseError(str(result)) if isinstance(result, WorkerError) else result

    async def sitemap(self, body: bytes, *, url: str) -> Sitemap | ParseError:
        """Bytes of a sitemap → the pages or sitemaps that it lists."""
        result = await self._run(job.sitemap, body, body, url)
        return ParseError(str(result)) if isinstance(result, WorkerError) else result

    async def extract(self, page: Page, *, hint: Task) -> Extract | ExtractError:
        """Page → article, metadata, quality and fingerprint. `hint` is what the feed said of it."""
        result: Extract | ExtractError = await self._run(job.extract, page.body, *_slim(page, hint))
        return result

    async def extract_wanted(
        self, page: Page, *, hint: Task, sieve: Sieve
    ) -> Extract | Glance | ExtractError:
        """The same, but for a page that is an article and that none of the hint's topics can match: a glance.

        Workers keep the sieve: it goes to each once, and again when another has come.
        """
        if sieve is not self._sieve:
            self._sieve, self._sieves = sieve, self._sieves + 1
        key, args = self._sieves, _slim(page, hint)
        result: Extract | Glance | ExtractError | None
        result = await self._run(job.extract_wanted, page.body, *args, key, None)
        if result is None:
            result = await self._run(job.extract_wanted, page.body, *args, key, sieve)
        return result or ExtractError("The workers lost what topics look for.")

    async def extract_content(self, task: Task) -> Extract | ExtractError:
        """The feed's own content as an article, where the page fails or there is none."""
        result: Extract | ExtractError = await self._run(
            job.extract_content, task.content.encode("utf-8", "replace"), task
        )
        return result

    # ── one job ──────────────────────────────────────────────────────────────────────────────────

    async def _run(self, work: Callable[..., Any], body: bytes, *args: Any) -> Any:
        """Do a job, again where a worker died of it once, never where it has cost `MOST_LIVES`."""
        if self._lives and self._cost(body) >= MOST_LIVES:
            return WorkerError(
                f"It has cost {MOST_LIVES} worker processes their lives and is not read again."
            )
        async with self._slots:
            for _ in range(_ATTEMPTS):
                try:
                    return await self._attempt(work, args)
                except _PoolLostError:
                    continue
                except _KilledError as killed:
                    lives = self._count(body)
                    if killed.is_final or lives >= MOST_LIVES:
                        return WorkerError(
                            f"{killed} It cost {lives} worker process{'es' if lives > 1 else ''}."
                        )
        return WorkerError("The worker processes broke down again and again.")

    async def _attempt(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        try:
            pool = await self._open_pool()
        except WorkerError as error:
            return error
        if pool is None:
            return WorkerError("The workers were stopped before this was read.")
        try:
            future: Future[Any] = pool.schedule(work, args=args)
        except RuntimeError as error:  # pebble's word for a pool that broke
            raise _PoolLostError from error
        self._running.add(future)
        try:
            waiting = asyncio.wrap_future(future)
            done, _ = await asyncio.wait({waiting}, timeout=self._deadline)
            if not done:
                return await self._overdue(pool, future)
            return self._result(waiting)
        finally:
            self._running.discard(future)
            future.cancel()  # where it still runs, pebble kills its worker

    async def _overdue(self, pool: ProcessPool, future: Future[Any]) -> Any:
        if not future.running():  # no worker took it: the pool's pipe is held by a dead one
            await self._drop(pool)
            raise _PoolLostError
        raise _KilledError(
            f"Reading it took more than {self._deadline:g} seconds and was ended.", is_final=True
        )

    def _result(self, waiting: asyncio.Future[Any]) -> Any:
        if waiting.cancelled():
            return WorkerError("The workers were stopped while this was read.")
        error = waiting.exception()
        if error is None:
            return waiting.result()
        if isinstance(error, BrokenProcessPool):
            raise _PoolLostError from error
        if isinstance(error, ProcessExpired):
            raise _KilledError(_last_words(error.exitcode, self._memory))
        logger.error("a job failed in a way that nobody expected", exc_info=error)
        return WorkerError(
            f"Reading it failed in a way that nobody expected ({type(error).__name__}: {error})."
        )

    # ── the pool ─────────────────────────────────────────────────────────────────────────────────

    async def _open_pool(self) -> ProcessPool | None:
        """The pool that works, a new one if need be; None once closed."""
        async with self._opening:
            if self._is_closed:
                return None
            if self._pool is not None and not self._pool.active:
                logger.warning("the pool of worker processes broke and is replaced")
                self.restarts += 1
                await _ended(self._pool)
                self._pool = None
            if self._pool is None:
                self._pool = await _in_thread(self._begun)
            return self._pool

    async def _drop(self, pool: ProcessPool) -> None:
        async with self._opening:
            if self._pool is pool:
                self._pool = None
                await _ended(pool)

    def _new_pool(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        # With "__main__" the forkserver imports the program once, instead of every worker anew.
        context.set_forkserver_preload(["__main__", "monitor.workers.warm"])
        pool = ProcessPool(
            max_workers=self._processes,
            max_tasks=self._max_tasks,
            initializer=job.begin,
            initargs=(self._memory,),
            context=context,
        )
        pool.active  # noqa: B018 (asking starts it)
        return pool

    def _begun(self) -> ProcessPool:
        """A new pool. Raises `WorkerError` where this machine lets none begin. Runs in a thread of its own.

        A Ctrl-C in a terminal goes to every process there. Workers are ended by us, and the forkserver, where it
        met one while it still imports, would show its stack: what this thread blocks, they inherit blocked.
        """
        resource_tracker.ensure_running()  # it unblocks the signal when it has begun, so it begins first
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self._new_pool()
        except (OSError, BrokenProcessPool) as error:
            cause = error.__cause__ or error  # pebble tells that it broke; the cause is why
            why = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            raise WorkerError(
                f"worker processes cannot be started: {why}; they need /dev/shm, "
                "the temporary folder, and room among the processes and open files of this user."
            ) from error

    # ── what pages have cost ─────────────────────────────────────────────────────────────────────

    def _cost(self, body: bytes) -> int:
        return self._lives.get(_digest(body), 0)

    def _count(self, body: bytes) -> int:
        self.restarts += 1
        digest = _digest(body)
        lives = self._lives.pop(digest, 0) + 1
        self._lives[digest] = lives
        if len(self._lives) > _REMEMBERED:
            del self._lives[next(iter(self._lives))]
        return lives


class _PoolLostError(Exception):
    """The pool broke under a job that may be innocent."""


class _KilledError(Exception):
    """A job cost its worker the life. `is_final`: doing it again would only cost another."""

    def __init__(self, because: str, *, is_final: bool = False) -> None:
        super().__init__(because)
        self.is_final = is_final


def _slim(page: Page, hint: Task) -> tuple[Page, Task]:
    """What of page and hint goes to a worker."""
    return replace(page, headers=_few(page.headers), hops=()), replace(hint, content="")


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()


def _few(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _HEADERS if name in headers}


def _last_words(code: int, memory: int) -> str:
    if code == job.OUT_OF_MEMORY:
        return f"Reading it needed more than {memory >> 20:,} MB of memory."
    if code == -signal.SIGXCPU:
        return f"Reading it used more than {job.CPU_SECONDS} seconds of CPU."
    if code < 0:
        return f"Reading it crashed the worker process ({signal.Signals(-code).name})."
    return f"Reading it ended the worker process (exit code {code})."


async def _ended(pool: ProcessPool) -> None:
    """End a pool's processes and threads; one that does not end in time is left to its own thread."""

    def end() -> None:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()

    try:
        await asyncio.wait_for(_in_thread(end), _FAREWELL)
    except TimeoutError:
        logger.warning("a pool of worker processes did not end within %g seconds", _FAREWELL)


def _in_thread(function: Callable[[], Any]) -> asyncio.Future[Any]:
    """Run in a thread that never keeps the daemon from ending, unlike those of the loop's executor."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = function()
        except Exception as caught:  # noqa: BLE001 (carried over to the awaiting side)
            error = caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="workers", daemon=True).start()
    return future
