"""A text without the lines that its outlet prints again and again: offers of a subscription, calls to sign up, rubrics.

Such a line tells nothing of what happened, but makes all texts that begin with it alike: what is left of an
article before a paywall is mostly the wall. What counts as a line ends at the end of a sentence, at a colon,
a bar or a line break. Which lines are standing ones is learned by counting days (`store.lines`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple

from monitor.core.fingerprint import words
from monitor.model import Lead

FEWEST = 3  # words: a shorter line may be said of anything, and is never left out
LOOKED = 4000  # letters: so far into a text its lines are told apart

_END = re.compile(r"(?<=[.!?…:|])\s+|(?<=[。！？])|\n+")


class Line(NamedTuple):
    """A line as it stands, and by which number it is known; None: it is too short, or goes on."""

    text: str
    key: int | None


def lines(outlet: str, text: str) -> tuple[Line, ...]:
    """Give the lines of a text's beginning; what follows is one more, without a number."""
    pieces = _END.split(text[:LOOKED])
    rest = text[LOOKED:]
    if rest:  # the last line goes on
        rest = pieces.pop() + rest
    told = [_line(outlet, piece) for piece in pieces if piece]
    return (*told, Line(rest, None)) if rest else tuple(told)


def lead(told: Sequence[Line], standing: Collection[int]) -> Lead:
    """Leave out the lines whose numbers are in `standing`."""
    kept = "\n".join(line.text for line in told if line.key not in standing)
    return Lead(kept, tuple(dict.fromkeys(line.key for line in told if line.key is not None)))


def _line(outlet: str, text: str) -> Line:
    said = words(text)
    if len(said) < FEWEST:
        return Line(text, None)
    named = "\n".join((outlet, " ".join(said))).encode("utf-8", "surrogatepass")
    return Line(text, int.from_bytes(blake2b(named, digest_size=8).digest()) >> 1)
