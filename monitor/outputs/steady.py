"""By what clock an announcement grows too old to be sent. Reads no clock itself: both are handed in.

A wall clock that is set ahead by a month would make all that waits a month old at once, and give it up. So age
is counted by a clock that nobody can set, until the wall clock has stood where it stands for a day. Nobody can
tell at a start whether the machine was off for long or its clock is wrong: that counts as a leap, too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

LEAP = timedelta(seconds=30)  # by which the two may part between two looks
BELIEVED_AFTER = timedelta(days=1)


class Steady:
    """The time of day as it would be had nobody just set the clock ahead.

    `elapsed` counts seconds, the sleep of the machine included: who has slept for a week has waited a week.
    `known` is the last time that an earlier life wrote down, if it did.
    """

    def __init__(
        self, now: Callable[[], datetime], elapsed: Callable[[], float], known: datetime | None = None
    ) -> None:
        self._now, self._elapsed = now, elapsed
        self._anchor = min(now(), known or now()), elapsed()
        self._ahead_since: float | None = None

    def __call__(self) -> datetime:
        """The wall clock's time; where it leapt ahead within a day, the time without the leap."""
        now, elapsed = self._now(), self._elapsed()
        expected = self._anchor[0] + timedelta(seconds=elapsed - self._anchor[1])
        if now - expected > LEAP:
            if self._ahead_since is None:
                self._ahead_since = elapsed
            if elapsed - self._ahead_since < BELIEVED_AFTER.total_seconds():
                return expected
        self._anchor, self._ahead_since = (now, elapsed), None
        return now
