"""The daemon's errands: what commands ask of it while it runs, each done once, through its one writer.

A deed is taken on inside the transaction that does it, and its answer is kept by that same transaction: whoever
dies when, it was done and the answer is there, or nothing was. What takes longer than a transaction (an import,
a prune) is taken on first, runs beside the rest, and may be begun anew without harm.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from monitor import wishes
from monitor.deeds import do_once, done, refused
from monitor.errors import MonitorError, StoreError
from monitor.wishes import Withdrawn

if TYPE_CHECKING:
    from monitor.house import Rooms
    from monitor.model import Settings
    from monitor.seams import World
    from monitor.store.books import Books

log = logging.getLogger("monitor")

GLANCE = 0.2  # seconds between two looks at the folder
REST = 0.2  # seconds that a prune leaves the writer to others, after each handful
FAREWELL = 5.0  # seconds that long work may take to end


class Watching(Protocol):
    """The daemon, as far as errands need it: as it is configured just now, and whether it can write."""

    world: World
    settings: Settings

    @property
    def paused(self) -> bool:
        """Whether the database cannot be written."""


class Errands:
    """Looks for wishes for as long as the daemon runs, and does them. `trouble` is told when nothing can be written."""

    def __init__(
        self,
        rooms: Rooms,
        daemon: Watching,
        trouble: Callable[[StoreError], None],
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._pages = rooms.store, rooms.pages
        self._daemon = daemon
        self._trouble = trouble
        self._now = now
        self._stopping = threading.Event()
        self._long: dict[str, asyncio.Task[None]] = {}
        self._complaint = ""
        self._hopeless: set[str] = set()  # wishes whose files cannot be removed
        self._kinds: Mapping[str, Callable[..., Awaitable[Any]]] = {
            "import": self._import,
            "prune": self._prune,
        }

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Errands]:
        """Do them while inside. What is in hand at the end stays in hand, for the command or the next start."""
        task = asyncio.create_task(self._keep_looking())
        try:
            yield self
        finally:
            self._stopping.set()
            with suppress(asyncio.CancelledError):
                await task
            if self._long:
                _, late = await asyncio.wait(self._long.values(), timeout=FAREWELL)
                for one in late:
                    one.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _keep_looking(self) -> None:
        database = self._store.path
        with suppress(OSError):
            wishes.make_ready(database)
        while not self._stopping.is_set():
            try:
                if not self._daemon.paused:
                    for path in wishes.to_do(database):
                        await self._see_to(path)
            except StoreError as error:
                self._trouble(error)
            except OSError as error:
                self._complain(error)
            except Exception:
                log.exception("a fault in monitor itself, while it looked for what commands ask of it")
            await asyncio.sleep(GLANCE)

    def _complain(self, error: OSError) -> None:
        """Say what is wrong with the folder, once."""
        if str(error) != self._complaint:
            log.warning("commands cannot ask anything of this monitor: %s", error)
        self._complaint = str(error)

    async def _see_to(self, path: Path) -> None:
        """Do one wish, or begin it."""
        if self._stopping.is_set() or path.stem in self._long or path.stem in self._hopeless:
            return
        try:
            told = await asyncio.to_thread(wishes.read, path)
        except Withdrawn:
            return
        except (OSError, ValueError) as error:
            self._give_up(path, error)
            return
        if path.suffix == wishes.ASKED and not wishes.is_waited_for(path):
            log.info("%s: not done, the command that asked for it is gone", path.name)
            wishes.finish(path)
        elif (begin := self._kinds.get(str(told.get("kind")))) is None:
            await self._answered(path, self._do(path, told))
        else:
            task = asyncio.create_task(self._at_length(path, begin, told))
            self._long[path.stem] = task

    def _give_up(self, path: Path, error: Exception) -> None:
        """Say of what is no wish, or of none that we may read, that nothing comes of it; once."""
        log.warning("%s could not be granted: %s", path.name, error)
        self._put_away(path)

    def _put_away(self, path: Path) -> None:
        try:
            wishes.finish(path)
        except OSError as error:
            log.warning("%s could not be removed: %s", path, error.strerror)
            self._hopeless.add(path.stem)

    async def _do(self, path: Path, told: Mapping[str, Any]) -> None:
        """A deed: taken on, done and answered in one transaction."""

        def work(books: Books) -> None:
            wishes.take(path)
            do_once(books, told, self._now(), path.stem)

        await self._store.write(work)

    async def _at_length(
        self, path: Path, begin: Callable[..., Awaitable[Any]], told: Mapping[str, Any]
    ) -> None:
        """Long work: taken on, done, answered."""
        try:
            await self._answered(path, self._do_long(path, begin, told))
        except StoreError as error:
            self._trouble(error)
        finally:
            del self._long[path.stem]

    async def _do_long(
        self, path: Path, begin: Callable[..., Awaitable[Any]], told: Mapping[str, Any]
    ) -> None:
        name, write = path.stem, self._store.write
        if await write(lambda books: books.answer(name)) is None:
            wishes.take(path)
            result = await begin(**{key: value for key, value in told.items() if key != "kind"})
            await write(lambda books: books.keep_answer(name, done(result)))

    async def _answered(self, path: Path, work: Awaitable[None]) -> None:
        """Await the work on a wish and put the wish away, with a refusal where it could not be done.

        Raises `StoreError` where not even the refusal can be written: then nothing was done, and whoever asked
        may wait or take it back.
        """
        try:
            await work
        except Withdrawn:
            return
        except Exception as error:
            if not isinstance(error, MonitorError):
                log.exception("a fault in monitor itself, in what a command asked for")
            await self._refuse(path, error)
        self._put_away(path)

    async def _refuse(self, path: Path, error: Exception) -> None:
        keep = partial(_keep_refusal, name=path.stem, answer=refused(error))
        try:
            await self._store.write(keep)
        except StoreError:
            wishes.hand_back(path)
            raise

    # ── long work ────────────────────────────────────────────────────────────────────────────────

    async def _import(self, *, stories: list[dict[str, Any]]) -> dict[str, Any]:
        """Give some earlier stories their places; how many came, and what did not."""
        from monitor.earlier import Report
        from monitor.imports import import_batch
        from monitor.parcels import unpacked

        report = Report()
        await import_batch([unpacked(one) for one in stories], self._daemon.world, report)
        return asdict(report)

    async def _prune(self, *, anyway: bool) -> dict[str, Any]:
        """Let go of what is old, in a thread of its own; how much went."""
        from monitor.store.prune import let_go

        gone = await asyncio.to_thread(
            let_go,
            self._store,
            self._pages,
            self._daemon.settings.keep,
            self._now(),
            anyway=anyway,
            stopped=self._stopping.is_set,
            rest=lambda: self._stopping.wait(REST),
        )
        if self._stopping.is_set():  # not all of it, perhaps: it is begun anew
            raise Withdrawn
        return asdict(gone)


def _keep_refusal(books: Books, *, name: str, answer: str) -> None:
    """Keep why it was refused, unless it was done or refused before."""
    if books.answer(name) is None:
        books.keep_answer(name, answer)
