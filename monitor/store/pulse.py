"""How the writer is doing, in numbers: written on its thread, read from any."""

from __future__ import annotations

from bisect import bisect_left

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Pulse:
    """Transactions by how long their oldest piece of work waited until it was on the disk."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.failures = 0

    @property
    def transactions(self) -> int:
        """How many were committed."""
        return sum(self.counts)

    def committed(self, seconds: float) -> None:
        """One more, whose first piece of work was asked for so long ago."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> dict[float, int]:
        """Counts by upper bound in seconds; what took longer than the last is in none."""
        return dict(zip(BOUNDS, self.counts, strict=False))
