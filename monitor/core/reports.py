"""What a text says, as words that can be counted and compared with other reports.

The headline and the first two hundred words tell what happened; the rest is background that other reports
share for other reasons. Words are folded and cut to their first seven letters, so that inflections meet; the
heads and tails of long ones are counted beside them where a language writes compounds as one word, so that
these meet what they are made of.
Names and numbers are what tells one happening from another of its kind, and count double and fourfold.
A word tells the more the fewer stories have it; until there are many, its length says how common it may be.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping

from monitor.core import language
from monitor.core.names import sounds
from monitor.model import Account, Article, Counts, Term, Traits

LEAD = 200  # words that are read
STEM = 7  # letters: longer ones are mostly endings and second parts of compounds
KEPT = 140  # strongest words
HEAD, HEAD_OF = 5, 7  # letters: so many of words with so many, at least
TAIL, TAIL_OF = 6, 10
COMPOUNDING = frozenset(
    {"", "af", "da", "de", "et", "fi", "fo", "fy", "hu", "is", "lb", "nb", "nl", "nn", "no", "sv"}
)  # languages that write compounds as one word; elsewhere heads and tails meet by chance
KEPT_NAMES = 30
FEWEST = 8  # different words; a text with fewer says too little
LONGEST = 3000  # words; longer texts are live blogs and round-ups of many happenings

_TITLE = 4.0  # times that a word of the headline counts
_PART = 0.5  # what the head or tail of a word counts
_NEAR = 30  # words: how far the beginning reaches, where a word counts up to three times
_NEARNESS = [1 + 2 * math.exp(-place / _NEAR) for place in range(LEAD)]
_SATURATION = 3.0  # of counts: BM25's k1; with less, a word that is merely there weighs like the subject
_NAME = 2.0
_NUMBER = 4.0
_TRUSTED = 200  # stories that have to be counted before counts say as much as a word's length
_COMMON = 0.3  # taken off every weight: a word in three stories of four tells nothing
_EXPECTED = {1: 0.4, 2: 0.4, 3: 0.3, 4: 0.12, 5: 0.06, 6: 0.03}  # length → part of texts that has it
_EXPECTED_LONG = 0.015
_EXPECTED_NAME = 0.03
_EXPECTED_NUMBER = 0.02
_SMALL = 12  # numbers up to here are everywhere
_YEARS = range(1900, 2101)

ANY_LANGUAGE = "*"

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:[.,][0-9]+)*")
_FIRST_UNSPACED = "\u0e00"
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?:\D|$))")


class _Tally:
    """How often one word stands in a text, and how it is written."""

    __slots__ = ("capital", "count", "times", "word")

    def __init__(self, word: str) -> None:
        self.word, self.count, self.times, self.capital = word, 0.0, 0, 0


def report(article: Article, body: str | None = None) -> Account | None:
    """Give what an article says, or None where it is too short to say what happened, or a round-up.

    `body` is the text to be read, where not all of it is: without headline and standing lines.
    """
    if article.words > LONGEST:
        return None
    title = list(_words(article.title))
    text = without_title(article.title, article.text) if body is None else body
    lead = list(_words(text, LEAD))
    code = article.language or language.guess(article.text) or ""
    tallies = _tallied(title, lead, compounds=code in COMPOUNDING)
    if len(tallies) < FEWEST:
        return None
    terms = tuple(_term(code, stem, tally) for stem, tally in tallies.items())
    return Account(
        language=code,
        at=article.first_seen,
        terms=terms,
        names=tuple(_names(tally for stem, tally in tallies.items() if "-" not in stem)),
        numbers=frozenset(term.key for term in terms if term.number),
    )


def weigh(report: Account, counts: Counts) -> Traits:
    """Weigh a report's words by how few stories have them."""
    return Traits(
        language=report.language,
        at=report.at,
        terms=_weighed(report.terms, counts.of, counts.stories, KEPT),
        names=_weighed(report.names, counts.of, counts.of_any_language, KEPT_NAMES),
        numbers=report.numbers,
    )


def _weighed(
    terms: Iterable[Term], stories_with: Mapping[int, int], stories: int, kept: int
) -> dict[int, float]:
    weights: dict[int, float] = {}
    for term in terms:
        expected = stories_with.get(term.key, 0) + _TRUSTED * term.expected + 0.5
        rarity = math.log((stories + _TRUSTED + 1) / expected) - _COMMON
        if rarity > 0:
            much = _NUMBER if term.number else _NAME if term.name else 1.0
            weights[term.key] = rarity * much * term.count / (term.count + _SATURATION)
    strongest = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:kept]
    length = math.sqrt(math.fsum(weight * weight for _, weight in strongest)) or 1.0
    return {key: weight / length for key, weight in strongest}


def key_of(code: str, word: str) -> int:
    """Give the key of a word of a language: 32 bits, the same in every process (CRC-32)."""
    return zlib.crc32(f"{code}:{word}".encode("utf-8", "surrogatepass"))


def fold(word: str) -> str:
    """Give a word without capitals and accents."""
    small = word.casefold()
    if small.isascii():
        return small
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", small) if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", bare)


def _words(text: str, most: int | None = None) -> Iterator[str]:
    """Give a text's words as written; scripts without spaces in pairs of signs."""
    found = 0
    for match in _WORD.finditer(text):
        run = match.group()
        for word in _pairs(run) if run[0] >= _FIRST_UNSPACED and _UNSPACED_RUN.match(run) else (run,):
            if found == most:
                return
            found += 1
            yield word


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)] or [run]


def without_title(title: str, text: str) -> str:
    """Give the text without the headline, which many pages have once more (or twice) before it."""
    rest = text.lstrip()
    for _ in range(2):
        if title and rest.startswith(title):
            rest = rest[len(title) :].lstrip()
    return rest


def _tallied(title: list[str], body: list[str], *, compounds: bool) -> dict[str, _Tally]:
    """Give what is counted, by stem; a word that stands there often is folded once."""
    written: dict[str, _Tally] = {}
    for place, word in enumerate(title):
        _count(written, word, _TITLE, inside=place > 0)
    for place, word in enumerate(body):
        _count(written, word, _NEARNESS[place], inside=place > 0)
    tallies: dict[str, _Tally] = {}
    for word, found in written.items():
        for stem, share in _stems(fold(word) or word, compounds=compounds):
            tally = tallies.get(stem)
            if tally is None:
                tally = tallies[stem] = _Tally(word)
            tally.times += found.times
            tally.count += share * found.count
            tally.capital += found.capital
    return tallies


def _count(written: dict[str, _Tally], word: str, much: float, *, inside: bool) -> None:
    tally = written.get(word)
    if tally is None:
        tally = written[word] = _Tally(word)
    tally.times += 1
    tally.count += much
    if inside and word[0].isupper():
        tally.capital += 1


def _stems(folded: str, *, compounds: bool) -> list[tuple[str, float]]:
    """Give what a word is counted as: its stem, and by halves the head and the tail of a long compound."""
    if folded[0].isdigit():
        return [(folded, 1.0)]
    stems = [(folded[:STEM], 1.0)]
    if compounds and len(folded) >= HEAD_OF:
        stems.append((f"{folded[:HEAD]}-", _PART))
    if compounds and len(folded) >= TAIL_OF:
        stems.append((f"-{folded[-TAIL:]}", _PART))
    return stems


def _term(code: str, stem: str, tally: _Tally) -> Term:
    number = stem[0].isdigit()
    name = not number and tally.capital * 2 >= tally.times
    if number:
        expected = _EXPECTED_NUMBER
    else:
        expected = _EXPECTED.get(len(stem), _EXPECTED_LONG)
        expected = min(expected, _EXPECTED_NAME) if name else expected
    return Term(key_of(code, stem), tally.word, tally.count, name, number, expected)


def _names(tallies: Iterable[_Tally]) -> Iterator[Term]:
    """Give names and telling numbers under keys that every language shares, each once."""
    found: dict[int, Term] = {}
    for tally in tallies:
        if tally.word[0].isdigit():
            sign = _telling(tally.word)
        elif tally.capital * 2 >= tally.times:
            sign = sounds(tally.word)
        else:
            sign = ""
        if not sign:
            continue
        key = key_of(ANY_LANGUAGE, sign)
        known = found.get(key)
        count = tally.count + (known.count if known else 0.0)
        number = sign[0].isdigit()
        expected = _EXPECTED_NUMBER if number else _EXPECTED_NAME
        found[key] = Term(key, tally.word, count, not number, number, expected)
    return iter(found.values())


def _telling(number: str) -> str:
    """Give a number as every language writes it, or an empty text where it is small, a year, or a date."""
    plain = _THOUSANDS.sub("", number).replace(",", ".")
    if not plain.replace(".", "", 1).isdecimal():
        return ""
    if plain.isdecimal():
        value = int(plain[:18])
        return "" if value <= _SMALL or value in _YEARS else str(value)
    return plain
