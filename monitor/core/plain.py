"""Feed markup → plain text, and the little HTML that may be kept. Knows nothing of feeds or pages."""

from __future__ import annotations

import html
import re
from functools import cache
from unicodedata import is_normalized, normalize

import nh3

# What no reader sees and no index wants: control characters, halves of surrogate pairs, non-characters,
# direction overrides (they make a title read backwards), soft hyphens, zero-width spaces, byte order marks.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202d\u202e\xad\u200b\ufeff]"
)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_GENEROUS = 6  # characters of markup read for each character of text wanted

_BREAKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "figure", "hr",
                     "h1", "h2", "h3", "h4", "h5", "h6", "section", "article"})  # fmt: skip
_BREAK_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_BREAKS))})>")
_ANY_TAG = re.compile(r"</?[a-z0-9]*>?")
_STRUCTURE = _BREAKS | {"td", "th", "em", "strong", "b", "i", "a", "figcaption", "dl", "dt", "dd"}


def visible(text: str) -> str:
    """The text without characters that cannot be seen, in composed form (NFC)."""
    seen = _UNSEEN.sub("", text)
    return seen if seen.isascii() or is_normalized("NFC", seen) else normalize("NFC", seen)


def plain(markup: str, limit: int) -> str:
    """Text or HTML as plain text of at most `limit` characters, one paragraph a line.

    Tags, comments, scripts and styles go, entities become characters. A lone `<` is a character.
    """
    text = markup[: limit * _GENEROUS]
    if not _TAG.search(text):
        return shortened(" ".join((html.unescape(text) if "&" in text else text).split()), limit)
    return plain_of_safe(_cleaner(_BREAKS).clean(_UNSEEN.sub("", text)), limit)


def plain_of_safe(safe: str, limit: int) -> str:
    """What `safe_html` gave, as plain text of at most `limit` characters, one paragraph a line."""
    kept = " ".join(safe[: limit * _GENEROUS].split())
    lines = html.unescape(_ANY_TAG.sub("", _BREAK_TAG.sub("\n", kept))).split("\n")
    return shortened("\n".join(line for raw in lines if (line := " ".join(raw.split()))), limit)


def one_line(markup: str, limit: int) -> str:
    """Text or HTML as plain text in one line of at most `limit` characters."""
    return " ".join(plain(markup, limit).split())


def shortened(text: str, limit: int) -> str:
    """The visible text, cut with an ellipsis where it is longer than `limit` characters."""
    text = visible(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def safe_html(markup: str, limit: int) -> str:
    """HTML with its paragraphs, headings, lists and tables, and no attribute, script, style or picture."""
    return _cleaner(_STRUCTURE).clean(visible(markup[:limit])).strip()


def html_of(text: str) -> str:
    """Plain text as HTML paragraphs, one a line."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())


@cache
def _cleaner(tags: frozenset[str]) -> nh3.Cleaner:
    return nh3.Cleaner(tags=set(tags), attributes={}, link_rel=None)
