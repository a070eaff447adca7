"""A text without the lines that its outlet prints again and again: offers of a subscription, calls to sign up, rubrics.

Such a line tells nothing of what happened, but makes all texts that begin with it alike: what is left of an
article before a paywall is mostly the wall. What counts as a line ends at the end of a sentence, at a colon,
a bar or a line break. Which lines are standing ones is learned by counting days (`store.lines`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from monitor.model import Lead

FEWEST = 3  # words: a shorter line may be said of anything, and is never left out,
LONG = 20  # letters: unless it is as long; some scripts put no blanks between words
LOOKED = 4000  # letters: so far into a text its lines are told apart

_MARKS = ".!?…:|。！？ "
_END = re.compile(r"(?:[.!?…:|](?=\s)|[。！？\n])\s*")


class Line(NamedTuple):
    """A line as it stands, and by which number it is known; None: it is too short, or goes on."""

    text: str
    key: int | None


def lines(outlet: str, text: str) -> tuple[Line, ...]:
    """Give the lines of a text's beginning; what follows is one more, without a number."""
    ends = [match.end() for match in _END.finditer(text[:LOOKED])]
    if len(text) <= LOOKED:
        ends.append(len(text))
    told = [_line(outlet, text[start:end].strip()) for start, end in pairwise([0, *ends])]
    rest = text[ends[-1] if ends else 0 :]
    return tuple(line for line in (*told, Line(rest, None)) if line.text)


def lead(told: Sequence[Line], standing: Collection[int]) -> Lead:
    """Leave out the lines whose numbers are in `standing`."""
    kept = "\n".join(line.text for line in told if line.key not in standing)
    return Lead(kept, tuple(dict.fromkeys(line.key for line in told if line.key is not None)))


def _line(outlet: str, text: str) -> Line:
    said = " ".join(text.casefold().split()).rstrip(_MARKS)
    if said.count(" ") + 1 < FEWEST and len(said) < LONG:
        return Line(text, None)
    named = f"{outlet}\n{said}".encode("utf-8", "surrogatepass")
    return Line(text, int.from_bytes(blake2b(named, digest_size=8).digest()) >> 1)
