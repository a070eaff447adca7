"""What kind of words a text is made of: numbers, quotations, words that tell what it is about.

Knows no language; decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.core.fingerprint import words
from monitor.core.passages import Span

TELLING = 5  # letters: shorter words are mostly grammar; the first five survive inflection
_TELLING_WORDS = 3  # a headline of fewer tells nothing
_MARK = re.compile(r"([„“”\"«»\n])")
_LONGEST_QUOTE = 200  # words; beyond, somebody forgot to close the quotation


def numbers(tokens: Iterable[str]) -> list[str]:
    """Give the words that hold a digit."""
    return [word for word in tokens if not word.isalpha() and any(sign.isdigit() for sign in word)]


def told_by(headline: Sequence[str], tokens: Iterable[str]) -> float | None:
    """Say which part of a headline's telling words `tokens` hold, 0–1; None where it has too few to say."""
    telling = {word[:TELLING] for word in headline if len(word) >= TELLING}
    if len(telling) < _TELLING_WORDS:
        return None
    return len(telling & {word[:TELLING] for word in tokens}) / len(telling)


def distinctive(headline: Sequence[str], other: Sequence[str]) -> set[str]:
    """Give what a headline says and the other does not: numbers, and the beginnings of telling words."""
    known = {word[:TELLING] for word in other}
    return {
        word[:TELLING]
        for word in headline
        if word[:TELLING] not in known and (len(word) >= TELLING or any(map(str.isdigit, word)))
    }


def quotations(text: str) -> tuple[Span, ...]:
    """Give the word spans inside quotation marks: „…“, “…”, "…", «…» and »…«.

    A low mark always opens, any other closes what is open. A quotation ends with its paragraph at the
    latest, and one of more than 200 words is taken for a forgotten mark.
    """
    spans: list[Span] = []
    place, start = 0, None
    for piece in _MARK.split(text):
        if piece == "\n":
            start = None
        elif piece == "„" or (start is None and _MARK.fullmatch(piece)):
            start = place
        elif start is not None and _MARK.fullmatch(piece):
            if 0 < place - start <= _LONGEST_QUOTE:
                spans.append(Span(start, place - start))
            start = None
        else:
            place += len(words(piece))
    return tuple(spans)
