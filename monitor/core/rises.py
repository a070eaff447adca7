"""Sudden rises: far more articles of a topic than it usually has in these hours of the day.

A topic is compared with itself: with the same three hours of the last four weeks, only weekdays with
weekdays and weekends with weekends where there are enough of them. News comes in bursts, so the spread
that these days really had counts, and never less than that of a Poisson process.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

WINDOW_HOURS = 3
DAYS = 28  # that are compared
ENOUGH_DAYS = 7  # of history, for a rhythm to be known
ENOUGH_ALIKE = 4  # weekdays (or weekends) among them, to compare with these alone
LEAST = 8  # articles; fewer are no rise, however quiet it usually is
TIMES = 3.0  # as many as usual, at least
DEVIATIONS = 4.0  # above the usual, at least
WEEKEND = 5  # the first weekday of the weekend, Monday being 0


def usual(history: Sequence[int | None], weekday: int) -> tuple[float, float] | None:
    """Mean and variance of the same hours on earlier days; None where too little is known.

    `history` holds the articles of one day ago, two days ago and so on; None for days on which the topic
    was not watched. `weekday` is today's, 0 for Monday.
    """
    known = {day: count for day, count in enumerate(history, 1) if count is not None}
    if len(known) < ENOUGH_DAYS:
        return None
    alike = [count for day, count in known.items() if is_weekend(weekday - day) == is_weekend(weekday)]
    counts = alike if len(alike) >= ENOUGH_ALIKE else list(known.values())
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / max(len(counts) - 1, 1)
    return mean, max(variance, mean, 1.0)


def is_weekend(weekday: int) -> bool:
    """Whether this is Saturday or Sunday, counted in either direction."""
    return weekday % 7 >= WEEKEND


def is_rise(count: int, history: Sequence[int | None], weekday: int) -> bool:
    """Whether so many articles are a sudden rise."""
    known = usual(history, weekday)
    if known is None or count < LEAST:
        return False
    mean, variance = known
    return count >= TIMES * mean and count >= mean + DEVIATIONS * sqrt(variance)


def in_words(count: int, mean: float) -> str:
    """The rise as one says it.

    >>> in_words(31, 4.2), in_words(9, 0.1)
    ('31 articles in 3 h, usually 4', '9 articles in 3 h, usually none')
    """
    often = f"{mean:.0f}" if round(mean) else "none"
    return f"{count} articles in {WINDOW_HOURS} h, usually {often}"
