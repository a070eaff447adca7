"""Which of the one-byte encodings of Latin letters a text was written in, by the letters that its language has.

Bytes alone hardly tell: mañana in Windows-1252 is mańana in Windows-1250, and both are words to a statistic of signs.
But no language writes ń and á; so the encoding is taken in which all letters belong to one language.
"""

from __future__ import annotations

from collections import Counter

from monitor.core import language

_WEST = {
    "en": "éèêñçöüï",
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúüºª",
    "it": "àèéìíîòóùú",
    "pt": "áâãàçéêíóôõúüºª",
    "nl": "áéèëïóöü",
    "sv": "åäöé",
    "no": "æøåéòô",
    "da": "æøåé",
    "fi": "äöåšž",
    "is": "áðéíóúýþæö",
    "ca": "àçèéíïòóúü",
    "sq": "çë",
}
_MIDDLE = {
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "hr": "čćđšž",
    "ro": "ăâîşţ",
}
_BALTIC = {"lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "et": "äõöüšž"}
# Encoding → language → its letters beyond ASCII. Of two that fit alike, the first is taken.
_LETTERS = {
    "cp1252": _WEST,
    "cp1250": _MIDDLE,
    "iso8859-2": _MIDDLE,
    "cp1254": {"tr": "çğıöşüâîû"},
    "cp1257": _BALTIC,
}
LATIN = frozenset(
    {*_LETTERS, "cp1258", "mac-roman", *(f"iso8859-{part}" for part in (3, 4, 9, 10, 13, 14, 15, 16))}
)
_BESIDE = frozenset("„“”‚‘’«»‹›–—…·•¡¿§°€£©®™†‡\xa0\u0307")  # the last is what lower() leaves of a Turkish İ
_ENOUGH = 0.95  # of the letters beyond ASCII have to be of the language: a text has names of elsewhere


def encoding(sample: bytes) -> str | None:
    """Name the encoding in which the letters are those of one language; None where there is none.

    A language that the commonest words of the text speak for goes first, and is believed whatever names stand in it.
    """
    texts = {code: sample.decode(code, "replace") for code in _LETTERS}
    said = {code: language.guess(text) for code, text in texts.items()}
    found = [
        (share, said[code] == name, -place, code)
        for place, (code, languages) in enumerate(_LETTERS.items())
        for name, letters in languages.items()
        if (share := _share(texts[code], letters)) >= _ENOUGH
    ]
    if found:
        return max(found)[-1]
    return next((code for code, languages in _LETTERS.items() if said[code] in languages), None)


def _share(text: str, letters: str) -> float:
    """The part of the signs beyond ASCII, those of every language left out, that are these letters, 0–1."""
    signs = Counter(sign for sign in text.lower() if not sign.isascii() and sign not in _BESIDE)
    return sum(signs[letter] for letter in letters) / signs.total() if signs else 1.0
