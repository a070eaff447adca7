"""How close two texts are in meaning, as a model has it: what it is given to read, and what is kept of it.

A model turns a text into a direction, and two directions are as close as the cosine of their angle. What is
stored has one signed byte for each dimension: the length of a direction says nothing, and the cosine moves
by about a thousandth. Knows nothing of files, and nothing of events.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from operator import mul

from monitor.core.reports import without_title
from monitor.model import Article, Meaning

LEAD = 100  # words after the headline: these tell what happened, what follows is background
LONGEST = 1200  # characters with the headline, for scripts without spaces
STEPS = 127  # of a signed byte


def beginning(article: Article) -> str:
    """Give what a model is to read of an article: the headline, and the first hundred words."""
    lead = without_title(article.title, article.text).split(maxsplit=LEAD)[:LEAD]
    return "\n".join(part for part in (article.title, " ".join(lead)) if part)[:LONGEST]


def kept(direction: Sequence[float]) -> bytes | None:
    """Give a direction with one signed byte a dimension; None where it has no length or is no number."""
    longest = max(map(abs, direction), default=0.0)
    if not 0 < longest < math.inf or any(map(math.isnan, direction)):
        return None
    return array("b", [round(value * STEPS / longest) for value in direction]).tobytes()


def meaning(model: int, vector: bytes) -> Meaning:
    """Give a direction that was kept, with its length."""
    numbers = memoryview(vector).cast("b")
    return Meaning(model, vector, math.sqrt(sum(map(mul, numbers, numbers))))


def closeness(one: Meaning | None, other: Meaning | None) -> float | None:
    """Give the cosine of two directions, −1 to 1; None where one is missing or another model's."""
    if one is None or other is None or one.model != other.model or len(one.vector) != len(other.vector):
        return None
    both: int = sum(map(mul, memoryview(one.vector).cast("b"), memoryview(other.vector).cast("b")))
    return both / (one.length * other.length)
