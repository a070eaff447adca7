"""Counting what we ask of hosts, and writing it down now and then: the client tells, the store keeps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from monitor.errors import StoreError
from monitor.model import Asked
from monitor.store import Store

log = logging.getLogger("monitor")

EVERY = 10.0  # seconds between two writes
THROTTLED = frozenset(
    {429, 503}
)  # a host that asks for patience (RFC 6585 section 4, RFC 9110 section 15.6.4)
NOT_MODIFIED = 304

Key = tuple[str, str, str]  # host, day, kind
Counts = tuple[int, ...]  # in the order of the table's columns


class Ledger:
    """Counts by host, day and kind, in memory until the next write. Belongs to one event loop."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._counts: dict[Key, Counts] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def count(self, asked: Asked) -> None:
        """One more request, or one that was not made."""
        key = (asked.host, f"{asked.at:%Y-%m-%d}", asked.kind)
        self._add(key, counts_of(asked))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._begin)

    async def settled(self) -> None:
        """Write what is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            await self._writing
        await self._write()

    def _add(self, key: Key, counts: Counts) -> None:
        before = self._counts.get(key)
        self._counts[key] = counts if before is None else tuple(map(sum, zip(before, counts, strict=True)))

    def _begin(self) -> None:
        self._timer = None
        self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """What has gathered, in one piece; where it cannot be written now, it waits for the next time."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await self._store.write(lambda books: books.add_asked(counts.items(), self._now()))
        except StoreError as error:
            log.warning("requests were not counted yet: %s", error)
            for key, numbers in counts.items():
                self._add(key, numbers)


def counts_of(asked: Asked) -> Counts:
    """One request as a row: requests, not_modified, bytes, throttled, refused, held, errors."""
    made = asked.came in {"answer", "error"}
    return (
        int(made),
        int(asked.status == NOT_MODIFIED),
        asked.bytes,
        int(asked.status in THROTTLED),
        int(asked.came == "refused"),
        int(asked.came == "held"),
        int(asked.came == "error"),
    )
