"""Hosts whose pages do not come in time: the rest of their pages waits, and so nobody else's has to.

Pages are read in the order they came. A host that takes every page to the end of its deadline would hold
up all others, once for each of its pages.
"""

from __future__ import annotations

ENOUGH = 2  # pages in a row that were not whole in time; one may be the page's own trouble
PAUSE = 300.0  # seconds until the next page is tried
MANY = 1024  # hosts remembered


class Stalls:
    """What is remembered of slow hosts (`host:port`), in seconds of the loop's monotonic clock."""

    def __init__(self) -> None:
        self._slow: dict[str, tuple[int, float]] = {}  # pages in a row, when the last one ended

    def was_slow(self, key: str, now: float) -> None:
        """A page of this host was not whole in time."""
        count, _ = self._slow.pop(key, (0, 0.0))
        self._slow[key] = (count + 1, now)
        while len(self._slow) > MANY:
            del self._slow[next(iter(self._slow))]

    def was_in_time(self, key: str) -> None:
        """A page of this host came."""
        if self._slow:
            self._slow.pop(key, None)

    def wait(self, key: str, now: float) -> float:
        """How many seconds the pages of this host wait from now; 0 for none."""
        if key not in self._slow:
            return 0.0
        count, at = self._slow[key]
        return max(0.0, at + PAUSE - now) if count >= ENOUGH else 0.0
