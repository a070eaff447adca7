"""A pause of the watch: while the database cannot be written, nothing is fetched that could not be kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from monitor.errors import StoreError
from monitor.store import Store

log = logging.getLogger("monitor")

EVERY = 10.0  # seconds between two tries


class Pause:
    """Begun by trouble, ended by a successful write of `trial`'s; `because` is why, None while there is none.

    `trial` writes and takes away again as much as work would write. `spawn` runs the tries beside the rest,
    `stop` ends them, `over` is told when work can go on.
    """

    def __init__(
        self,
        trial: Callable[[], Awaitable[None]],
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        stop: asyncio.Event,
        over: Callable[[], None],
    ) -> None:
        self.because: str | None = None
        self._trial = trial
        self._spawn = spawn
        self._stop = stop
        self._over = over

    def begin(self, error: StoreError) -> None:
        """Say why, and wait until it can be written."""
        if self.because is None and not self._stop.is_set():
            self._spawn(self._end())
        self._tell(error)

    def _tell(self, error: StoreError) -> None:
        if self.because != str(error):
            log.error("paused: %s", error)
        self.because = str(error)

    async def _end(self) -> None:
        """Try to write, now and then, until it succeeds; only then is anything fetched again."""
        while not self._stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), EVERY)
                return
            try:
                await self._trial()
            except StoreError as error:
                self._tell(error)
            else:
                self.because = None
                log.info("the pause is over: the database can be written")
                self._over()
                return


async def trial(store: Store) -> None:
    """See whether the database can be written, by writing."""
    await store.write(lambda books: books.try_room())
    await store.write(lambda books: books.leave_room())
