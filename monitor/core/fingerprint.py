"""What of a text can be compared: its words, and a sketch of them small enough to store for ever.

A text's *shingles* are its runs of five words. Each has a 36-bit hash, the same in every process and
on every machine, because it is stored. The sketch keeps every hash that is the smallest among 56
neighbours (winnowing: Schleimer, Wilkerson and Aiken, SIGMOD 2003), about one in 28: a passage of sixty
words that two texts share leaves at least one hash in both, wherever it stands. What is asked of the
archive is denser than what is kept there, one in six or seven: whatever is the smallest of many is the
smallest of few, so the asking text need not be cut in the same places. Says nothing about who copied whom:
that is `copies`.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from monitor.model import Fingerprint

SHINGLE = 5  # words; shorter runs are idioms, longer ones miss lightly edited copies
HASH_BITS = 36  # leaves 28 bits for a story's id in one 64-bit integer key
WINDOW = (
    56  # neighbours of which the smallest is kept: what two texts share over 60 words is found for certain
)
LEAST_ROWS = 8  # a short text's window is so small a part of it, which leaves it about twice as many hashes
PROBE_WINDOW = 12  # the same of what is asked
MOST_ROWS = 512  # a live blog of 50,000 words must not flood the index
FEWEST_WORDS = 20  # a text below is a headline: too little to be recognised by

_MASK = (1 << 64) - 1
_BASE = 0x9E3779B97F4A7C15 | 1  # odd, so that a multiplication mod 2**64 loses nothing
_LAST = pow(_BASE, SHINGLE, 1 << 64)
_SPREAD = 0xD6E8FEB86659FD93  # odd as well; carries every bit of a CRC into the upper ones
_SHIFT = 64 - HASH_BITS
_STRETCH = 2048  # shingles winnowed at once, so that no text, however contrived, takes quadratic time

# Invisible in print, but they cut words apart: soft hyphen, zero-width space and joiners, bidi marks.
_INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
# One sound, two spellings in print: Cyrillic yo, and the letter apostrophe that others type as a sign.
_VARIANTS = (("ё", "е"), ("\u02bc", "'"))

# Scripts that write no spaces (Han, kana, Thai, Lao, Myanmar, Khmer) are cut into their letters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
)
# Vowel signs and accents stand inside words, though they are no letters themselves.
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0971-\u0dff\u200c\u200d"
WORD = re.compile(rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*|[{_UNSPACED}]")


def normalised(text: str) -> str:
    """Give the text with one spelling for what readers take for the same: NFKC, casefolded, no invisible signs.

    Line ends stay where they are, so that paragraphs can be told apart afterwards.
    """
    if text.isascii():
        return text.lower()
    for sign in _INVISIBLE:
        if sign in text:
            text = text.replace(sign, "")
    text = unicodedata.normalize("NFKC", text).casefold()
    for spelling, usual in _VARIANTS:
        if spelling in text:
            text = text.replace(spelling, usual)
    return text


def words(text: str) -> list[str]:
    """Give the text's words in order, normalised. Numbers are words; punctuation is not."""
    return WORD.findall(normalised(text))


def shingle_hashes(tokens: Sequence[str]) -> list[int]:
    """Give the hash of every run of five words, in order: the i-th belongs to `tokens[i:i + 5]`.

    Polynomials over word hashes, mod 2**64, of which the upper 36 bits stay. Word hashes are CRC-32
    (zlib), spread over 64 bits. A collision costs one needless comparison of two texts, never a verdict.
    """
    if len(tokens) < SHINGLE:
        return []
    crc, spread, mask, base, shift = zlib.crc32, _SPREAD, _MASK, _BASE, _SHIFT
    known = {word: crc(word.encode("utf-8", "surrogatepass")) * spread & mask for word in set(tokens)}
    leaving = {word: hash_ * _LAST & mask for word, hash_ in known.items()}
    run = 0
    for word in tokens[:SHINGLE]:
        run = (run * base + known[word]) & mask
    # A window that rolls: one word comes in, the one before its first leaves.
    return [
        run >> shift,
        *[
            (run := (run * base + known[coming] - leaving[gone]) & mask) >> shift
            for coming, gone in zip(tokens[SHINGLE:], tokens, strict=False)
        ],
    ]


def winnowed(hashes: Iterable[int], window: int) -> dict[int, int]:
    """Give the hashes that are the smallest of some `window` neighbours, each with the most neighbours it is that of.

    Of repeated hashes only the first counts. A hash is kept exactly if the widest stretch in which it is the
    smallest has `window` places. So the stretch is halved at its smallest hash again and again, until what
    is left is too narrow.
    """
    distinct = list(dict.fromkeys(hashes))
    ends = range(0, len(distinct), _STRETCH)
    stretches = [(first, min(first + _STRETCH, len(distinct))) for first in ends]
    kept: dict[int, int] = {}
    while stretches:
        first, end = stretches.pop()
        if end - first >= window:
            smallest = min(distinct[first:end])
            place = distinct.index(smallest, first, end)
            kept[smallest] = end - first
            stretches += ((first, place), (place + 1, end))
    return kept


def sketch_and_probes(hashes: Iterable[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give what is kept of a text, and what is asked of the archive, the sketch among it; both ascending.

    Kept is the smallest of every 56 neighbours, in a short text of every eighth part; asked for the smallest of
    every 12.
    """
    distinct = list(dict.fromkeys(hashes))
    window = max(1, min(WINDOW, len(distinct) // LEAST_ROWS))
    asked = winnowed(distinct, min(window, max(PROBE_WINDOW, len(distinct) // (MOST_ROWS // 2))))
    kept = sorted(hash_ for hash_, width in asked.items() if width >= window)
    return tuple(kept[:MOST_ROWS]), tuple(sorted(asked))


def digest(tokens: Sequence[str]) -> str:
    """Give 32 hexadecimal digits that are equal for equal words in equal order (BLAKE2b, 128 bits)."""
    return blake2b(" ".join(tokens).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fingerprint(text: str) -> Fingerprint | None:
    """Give the text's fingerprint, or None where fewer than 20 words leave nothing to recognise it by."""
    tokens = words(text)
    if len(tokens) < FEWEST_WORDS:
        return None
    kept, asked = sketch_and_probes(shingle_hashes(tokens))
    return Fingerprint(digest=digest(tokens), words=len(tokens), hashes=kept, probes=asked)
