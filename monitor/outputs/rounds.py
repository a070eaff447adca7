"""The rounds of this room: sending what waits, looking for rises, writing feeds; each at its own pace.

Whoever wakes it calls `go` as often as it likes: two rounds never run at once, and what was done a moment
ago is not done again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from monitor.model import Topic
from monitor.outputs.dispatch import Office, Tally, dispatch
from monitor.outputs.feeds import Rack, write_feeds
from monitor.outputs.rises import look_for_rises

log = logging.getLogger("monitor.outputs")

RISES_EVERY = timedelta(minutes=5)
FEEDS_EVERY = timedelta(seconds=20)


class Rounds:
    """Remembers what was done when. `office` and `rack` are replaced when the configuration is."""

    def __init__(self, office: Office, rack: Rack) -> None:
        self.office = office
        self.rack = rack
        self._lock = asyncio.Lock()
        self._rises_at: datetime | None = None
        self._feeds_at: datetime | None = None

    def replace(self, office: Office, rack: Rack) -> None:
        """Another configuration: the next round writes every feed anew."""
        self.office, self.rack, self._feeds_at = replace(office, steady=self.office.steady), rack, None

    async def go(self, *, everything: bool = False) -> Tally:
        """One round; nothing when one is under way. `everything`: whatever was done a moment ago."""
        if self._lock.locked():
            return Counter()
        async with self._lock:
            await self.rises(everything=everything)
            await self.feeds(everything=everything)
            tally = await dispatch(self.office)
        if tally["failed"]:
            log.warning("alerts that could not be sent: %d; `monitor alerts list` says why", tally["failed"])
        return tally

    async def rises(self, *, everything: bool) -> None:
        """Look for rises, now and then."""
        now = self.office.now()
        if everything or is_time(self._rises_at, RISES_EVERY, now):
            self._rises_at = now
            topics: Mapping[str, Topic] = self.office.topics
            for rise in await self.office.archive.write(partial(look_for_rises, topics=topics, now=now)):
                log.info("sudden rise, %s: %s", rise.topic_id, rise.because)

    async def feeds(self, *, everything: bool) -> None:
        """Write the feeds whose stories changed."""
        now, since = self.office.now(), self._feeds_at
        if everything or is_time(since, FEEDS_EVERY, now):
            try:
                await write_feeds(self.rack, self.office.archive, since)
            except OSError as error:
                log.error("the feeds could not be written: %s", error.strerror or error)  # noqa: TRY400
            self._feeds_at = now


def is_time(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether so much time has passed; a clock that was set back counts as passed."""
    return last is None or not timedelta() <= now - last < every
