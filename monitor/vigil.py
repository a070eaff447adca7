"""The guard over the scheduler and the clock. It counts on the monotonic clock alone, which nobody can set.

APScheduler falls silent when its job store fails or the wall clock is set back; and times that stand in the
database are wrong when the clock was. The guard sees both within a look, and says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.words import span
from monitor.store import Store

log = logging.getLogger("monitor")

EVERY = 1.0  # seconds between two looks
SILENT_BEATS = 5.0  # seconds without a beat after which the scheduler is made anew
AFTERMATH = 100.0  # seconds after a leap in which a poll may end that had begun before it, with times of then
LEAP = 30.0  # seconds by which the wall clock and the monotonic one may part within a look


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the guard looks at, and what it may do."""

    now: Callable[[], datetime]  # the wall clock
    silence: Callable[[], float]  # seconds since the scheduler's last beat
    rearm: Callable[[], None]  # make the scheduler anew
    set_right: Callable[
        [float], None
    ]  # look through stored times; the clock leapt by so many seconds, or did


async def guard(guarded: Guarded) -> None:
    """Look on for ever."""
    apart, settled = distance(guarded.now), float("-inf")
    while True:
        await asyncio.sleep(EVERY)
        time = asyncio.get_running_loop().time()
        before, apart = apart, distance(guarded.now)
        if abs(apart - before) > LEAP:
            how = "ahead" if apart > before else "back"
            log.warning("the clock leapt %s by %s", how, span(timedelta(seconds=abs(apart - before))))
            guarded.rearm()
            guarded.set_right(apart - before)
            settled = time + AFTERMATH
        elif guarded.silence() > SILENT_BEATS:
            log.warning("no beat for %.0f s: the scheduler starts afresh", guarded.silence())
            guarded.rearm()
        if time < settled:
            guarded.set_right(0.0)


def distance(now: Callable[[], datetime]) -> float:
    """How far the wall clock is ahead of the monotonic one, in seconds."""
    return now().timestamp() - asyncio.get_running_loop().time()


async def set_right(store: Store, now: datetime, leap: float, cooled: Callable[[timedelta], None]) -> None:
    """Bring back what a wrong clock has put off. `cooled` is told by how much it was set back just now."""
    if leap < 0:
        back = timedelta(seconds=-leap)
        cooled(back)
        await store.write(lambda books: books.set_back(back, now))
    if count := await store.write(lambda books: books.set_right(now)):
        log.warning("%d feeds were to be asked much too late, and are brought back", count)
