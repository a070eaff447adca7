"""The text of a tree by its blocks: paragraphs, headings, items, as a reader sees them apart."""

from __future__ import annotations

from typing import Any

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th",
    "tr", "ul",
}  # fmt: skip
_SKIPPED = {
    "audio", "button", "form", "iframe", "noscript", "object", "script", "style", "svg", "template", "video",
}  # fmt: skip
_TEXTS = XPath(".//text() | .//br")


def is_block(element: HtmlElement) -> bool:
    """Say whether an element stands for itself, as those of a page's own making (`x-text`) do."""
    tag = element.tag
    return isinstance(tag, str) and tag != "br" and (tag in BLOCKS or "-" in tag)


def words_of(element: HtmlElement) -> str:
    """Give the text of an element in one line, where a line break is a space."""
    found: Any = _TEXTS(element)
    parts = (part if isinstance(part, str) else " " for part in found)
    return " ".join("".join(parts).replace("\xad", "").split())


def text_within(element: HtmlElement, most: int) -> str | None:
    """Give the text of an element as it stands; None where it is longer than `most` characters, which are read at most."""
    parts: list[str] = []
    for part in element.itertext():
        most -= len(part)
        if most < 0:
            return None
        parts.append(part)
    return "".join(parts)


def squeezed(text: str) -> str:
    """Give a text without spaces, soft hyphens and the marks of lists, by which it is known again."""
    return "".join(text.replace("\xad", "").split()).lstrip("-|>•")


def lines_of(text: str) -> str:
    """Paragraphs separated by one newline, spaces and soft hyphens settled."""
    lines = (" ".join(line.split()) for line in text.replace("\xad", "").splitlines())
    return "\n".join(line for line in lines if line)


def plain_text(tree: HtmlElement) -> str:
    """Every visible word of a fragment, one paragraph a block: a feed's content has no furniture to leave out."""
    parts: list[str] = []
    skipped: HtmlElement | None = None
    for event, element in iterwalk(tree, events=("start", "end")):
        if skipped is not None:
            if event == "end" and element is skipped:
                skipped = None
                parts.append(element.tail or "")
            continue
        if element.tag in _SKIPPED:
            skipped = element
            continue
        mark = "\n" if element.tag in BLOCKS else ""
        flat = (element.text if event == "start" else element.tail) or ""
        parts.append(mark + " ".join(flat.replace("\n", " ").split(" ")))
    return lines_of("".join(parts))
