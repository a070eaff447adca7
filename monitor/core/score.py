"""How well a topic does, by what the user said of some of its articles: precision, recall, and how sure that is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import sqrt

SURE = 1.959964  # standard deviations of a normal distribution that hold 95 % of it


@dataclass(frozen=True, slots=True)
class Share:
    """A share of so many, with its 95 % interval (Wilson, 1927); None of all when there are none."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float

    def __str__(self) -> str:
        """As people read it: `0.92 (0.81 to 0.97, of 40)`."""
        if self.value is None:
            return "unknown, of 0"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f}, of {self.of})"


@dataclass(frozen=True, slots=True)
class Score:
    """Precision: how much of what matched is wanted. Recall: how much of what is wanted matched."""

    precision: Share
    recall: Share
    labels: int


def wilson(hits: int, of: int) -> Share:
    """The share and its 95 % interval, which stays inside 0–1 and is honest where there are few."""
    if of == 0:
        return Share(0, 0, None, 0.0, 1.0)
    share, square = hits / of, SURE * SURE
    middle = (share + square / (2 * of)) / (1 + square / of)
    spread = SURE / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Share(
        hits, of, round(share, 3), round(max(0.0, middle - spread), 3), round(min(1.0, middle + spread), 3)
    )


def score(wanted: Mapping[str, bool], matched: Collection[str]) -> Score:
    """The score from labels (address → whether it is wanted) and the addresses that the topic matches."""
    found = set(matched)
    hits = sum(is_wanted and url in found for url, is_wanted in wanted.items())
    shown = sum(url in found for url in wanted)
    return Score(wilson(hits, shown), wilson(hits, sum(wanted.values())), len(wanted))
