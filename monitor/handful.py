"""How many polls may start in one second, so that neither a long sleep nor a big list asks everything at once.

The size follows what the topics' schedules ask for: a hundred thousand feeds every ten minutes are 167 a second,
and with less room than that each would be late for ever. Twice as many may start, so after a sleep all that is
due is asked within half its interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from monitor.model import Topic

LEAST = 16  # polls a second, however few are asked for
SPARE = 2.0  # times what the schedules ask for
ON_THEIR_OWN_TIMES = timedelta(minutes=10)  # a feed whose topic names times counts as one asked so often


class Handful:
    """Counts the polls that start, second by second of the loop's clock."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.size = size_for(topics)
        self._second = -1
        self._started = 0

    def may_start(self, at: float) -> bool:
        """Whether one more poll may start at this time of the loop's clock, in seconds; if so, it is counted."""
        if int(at) != self._second:
            self._second, self._started = int(at), 0
        if self._started >= self.size:
            return False
        self._started += 1
        return True


def size_for(topics: Iterable[Topic]) -> int:
    """How many polls may start in a second for these topics; a feed of several counts once, at the shortest interval."""
    spans: dict[str, float] = {}
    for topic in topics:
        span = (topic.schedule.every or ON_THEIR_OWN_TIMES).total_seconds()
        for url in topic.feeds:
            spans[url] = min(span, spans.get(url, span))
    return max(LEAST, ceil(SPARE * sum(1 / span for span in spans.values())))
