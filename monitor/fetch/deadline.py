"""The deadlines of all running requests, under one timer.

A timer for each request would cost a twentieth of what a request costs; here the clock is looked at a few
times a second, for all of them. Deadlines are met up to `tick` seconds late.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self, cast

MOST_TICK = 0.5  # seconds
TICKS = 20  # looks at the clock within the shortest deadline that is given in full


class Deadlines:
    """Whoever is inside `with deadlines.of(seconds)` for longer is interrupted by a TimeoutError.

    Made inside a running loop. `longest` is the usual deadline in seconds, which sets the tick.
    """

    def __init__(self, longest: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._tick = min(MOST_TICK, longest / TICKS)
        self._running: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def of(self, seconds: float) -> Deadline:
        """A deadline for the current task, from now on."""
        return Deadline(self, self._loop.time() + seconds)

    def start(self, deadline: Deadline) -> None:
        """Watch this deadline."""
        self._running.add(deadline)
        if self._timer is None:
            self._timer = self._loop.call_later(self._tick, self._look)

    def stop(self, deadline: Deadline) -> None:
        """Watch it no longer."""
        self._running.discard(deadline)

    def _look(self) -> None:
        now = self._loop.time()
        for deadline in [one for one in self._running if one.at <= now and not one.over]:
            deadline.interrupt()
        self._timer = self._loop.call_later(self._tick, self._look) if self._running else None


class Deadline:
    """One block of code that must end in time. The protocol of cancelling is that of `asyncio.timeout`."""

    __slots__ = ("_cancelling", "_deadlines", "_task", "at", "over")

    def __init__(self, deadlines: Deadlines, at: float) -> None:
        self._deadlines = deadlines
        self.at = at
        self.over = False

    def __enter__(self) -> Self:
        self._task = cast("asyncio.Task[object]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        self._deadlines.start(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.stop(self)
        if self.over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def interrupt(self) -> None:
        """Time is up: cancel what the task waits for."""
        self.over = True
        self._task.cancel()
