"""Names across languages: one key for Selenskyj, Zelensky and Зеленський.

A name is transliterated to Latin letters, and what is left of it are the sounds on which the usual
romanisations agree: its consonants, those that are written now one way and now another as one, and its
first letter where that is a vowel. Two names of one key are usually one name; a key alone proves nothing.

Scripts without capitals (Arabic, Hebrew, Chinese, …) give no names here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FEWEST_SOUNDS = 3  # shorter keys meet by chance
_FEWEST_LETTERS = 4

_CYRILLIC = dict(
    zip(
        "абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюяђјљњћџўқғңөүұһә",
        ["a", "b", "v", "g", "g", "d", "e", "e", "e", "zh", "z", "i", "i", "i", "i", "k", "l", "m", "n", "o", "p",
         "r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sh", "", "i", "", "e", "iu", "ia", "d", "j", "l", "n", "ch",
         "dzh", "v", "k", "g", "n", "o", "u", "u", "h", "a"],
        strict=True,
    )
)  # fmt: skip
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        ["a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s", "t", "i", "f",
         "h", "ps", "o"],
        strict=True,
    )
)  # fmt: skip
_LATIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
_LETTERS = str.maketrans({**_CYRILLIC, **_GREEK, **_LATIN})

# Spellings of one sound, the longest first: German, French, English and Slavic habits side by side.
_SOUNDS = (
    ("dsch", "s"), ("dzh", "s"), ("tsch", "s"), ("shch", "s"), ("tch", "s"), ("sch", "s"), ("dj", "s"), ("ch", "s"),
    ("cz", "s"), ("sh", "s"), ("zh", "s"), ("sz", "s"), ("kh", "h"), ("ts", "s"), ("tz", "s"), ("th", "t"), ("ph", "f"),
    ("gh", "g"), ("ck", "k"), ("qu", "k"), ("ou", "u"),
)  # fmt: skip
_ONE_FOR_ALL = str.maketrans({"z": "s", "w": "v", "f": "v", "q": "k", "x": "h", "g": "h", "c": "s"})
_LEFT_OUT = re.compile(r"(?<!^)[aeiouyj]")  # sounds on which romanisations do not agree
_TWICE = re.compile(r"(.)\1+")
_HARD = re.compile(r"c(?=[aoulrts]|$)")
_ENDING = re.compile(r"(?<=sk)[hm]+$|(?<=...)s$")  # -skogo, -skomu; the s of a genitive


@lru_cache(maxsize=20_000)
def sounds(name: str) -> str:
    """Give the name's key, or an empty text where it is too short or in a script without capitals.

    Most endings that inflect a name leave no trace: Путина, Путину, Putins and Putin are one.
    """
    folded = latin(name)
    if len(folded) < _FEWEST_LETTERS or not folded.isalpha():
        return ""
    folded = _HARD.sub("k", folded)
    for spelling, sound in _SOUNDS:
        folded = folded.replace(spelling, sound)
    if folded[0] in "jy":
        folded = "i" + folded[1:]
    key = _ENDING.sub("", _TWICE.sub(r"\1", _LEFT_OUT.sub("", folded.translate(_ONE_FOR_ALL))))
    return key if len(key) >= FEWEST_SOUNDS else ""


def latin(name: str) -> str:
    """Give the name in plain Latin letters, small and without accents; empty for other scripts."""
    small = name.casefold().translate(_LETTERS)
    if not small.isascii():
        # Only now: Cyrillic й and ї must not lose their signs before they are looked up, Greek ά has to.
        bare = (sign for sign in unicodedata.normalize("NFKD", small) if not unicodedata.combining(sign))
        small = "".join(bare).translate(_LETTERS)
    return small if small.isascii() else ""
