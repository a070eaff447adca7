"""Words in scripts that put no blanks between them, for an index that knows words by their blanks.

To FTS5's unicode61 a whole run of such letters is one word. So the texts that are indexed have a sign that
nobody sees between every two of them, and a query asks for such a word as the phrase of its signs: 停火 is found
wherever 停 and 火 stand side by side. What is shown has the sign taken out again.

Vowel signs and tone marks of Thai, Lao, Khmer and Burmese are no letters to unicode61, here as ever: they part words
and are not compared.
"""

from __future__ import annotations

import re

from monitor.core.query import SCRIPTS, is_word, lexed

JOINT = "\u2063"  # invisible separator: no word to FTS5, nothing to see, and no place to break a line

_SIGN = re.compile(f"([{SCRIPTS}])")
# The first bytes that such a sign has in UTF-8; others have them too. To look for these takes a tenth of the time.
_FIRST_BYTES = bytes(
    {
        byte
        for first, last in zip(SCRIPTS[::3], SCRIPTS[2::3], strict=True)
        for byte in range(first.encode()[0], last.encode()[0] + 1)
    }
)


def is_unspaced(sign: str) -> bool:
    """Whether a character belongs to a script that puts no blanks between words."""
    return _SIGN.match(sign) is not None


def cut(text: str, joint: str = JOINT) -> str:
    """The text with something between its unspaced signs; as it is, where it has none."""
    if text.isascii() or not may_hold_signs(text.encode("utf-8", "surrogatepass")):
        return text
    return joint.join(filter(None, _SIGN.split(text)))


def may_hold_signs(written: bytes) -> bool:
    """Whether there may be unspaced signs in a text in UTF-8; no is certain."""
    return len(written.translate(None, _FIRST_BYTES)) != len(written)


def whole(text: str) -> str:
    """A text that was cut as it is written."""
    return text.replace(JOINT, "")


def asked(query: str) -> str:
    """A query of FTS5 as texts that were cut are asked: its unspaced words as phrases of their signs."""
    if query.isascii() or not may_hold_signs(query.encode("utf-8", "surrogatepass")):
        return query
    said, at = [], 0
    for token in lexed(query)[0]:
        if is_word(token) and _SIGN.search(token.text):
            phrase = cut(token.text, " ")
            said += [query[at : token.start], phrase if phrase.startswith('"') else f'"{phrase}"']
            at = token.end
    return "".join(said) + query[at:]
