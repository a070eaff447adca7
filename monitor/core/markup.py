"""A page's bytes → a tree that can be read, or a sentence that says why not.

The cheap refusals stand here. What they let through and still takes for ever is ended by the worker's
deadline: no list of tricks is ever complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from monitor.core.charset import to_utf8
from monitor.errors import ExtractError

# Real news pages stay below 3 MB, 20,000 tags, 80 attributes and 50 levels.
MOST_BYTES = 10_000_000
MOST_TAGS = 150_000
MOST_ATTRIBUTES = 2_000
MOST_TEXT = 5_000_000  # characters outside scripts and styles
LEVELS = 2_048  # libxml2's own limit with `huge_tree`; 256 without

_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "compressed data (gzip)"),
    (b"\x28\xb5\x2f\xfd", "compressed data (zstd)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture or sound"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"\x00\x00\x00\x18ftyp", "a film"),
    (b"\x00\x00\x00\x20ftyp", "a film"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"\x7fELF", "a program"),
)
_FEED = re.compile(
    rb"\s{0,99}(?:<\?xml[^>]{0,200}>\s{0,99})?(?:<!--.{0,2000}?-->\s{0,99}){0,3}<(?:rss|feed|rdf:RDF)\b",
    re.DOTALL,
)
_SOMETHING = re.compile(rb"[^\0\t\n\r\f ]")
# Every control character but tab, line feed and carriage return.
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
_ONE_LINE = bytes.maketrans(b"\n\r", b"  ")
_PREFORMATTED = re.compile(rb"<(?:pre|listing|xmp)[\s>]", re.IGNORECASE)
_LONG_TAG = 3 * MOST_ATTRIBUTES  # bytes, without which so many attributes have no room
_CODE = (b";", b"{", b"(")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_UNSEEN = {"script", "style", "noscript", "template"}


def read_markup(body: bytes, content_type: str = "") -> HtmlElement:
    """Parse a page, once.

    `content_type` is the HTTP header as received. Raises ExtractError when the body is no page, or is
    larger, deeper or more crowded than a page can honestly be.
    """
    _refuse_other_things(body, content_type)
    data = to_utf8(body, content_type)
    # A line break in the source is a blank to a reader, and would be a paragraph's end to an extractor.
    data = data.translate(None if _PREFORMATTED.search(data) else _ONE_LINE, _CONTROLS)
    _refuse_crowds(data)
    tree, parser = _parsed(data)
    _refuse_what_was_cut(parser)
    if tree is None or not isinstance(tree, HtmlElement):
        raise ExtractError("The page has no content at all.")
    return tree


def read_fragment(html: str) -> HtmlElement:
    """Parse a piece of HTML, as feeds carry it, as the body of a page. Raises ExtractError as `read_markup`."""
    return read_markup(
        f"<html><body>{html}</body></html>".encode("utf-8", "replace"), "text/html; charset=utf-8"
    )


def _parsed(data: bytes) -> tuple[HtmlElement | None, etree.HTMLParser]:
    # One class for every element spares lxml a look-up a tag; nothing here needs `lxml.html`'s others.
    parser = etree.HTMLParser(
        encoding="utf-8",
        collect_ids=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    try:
        return etree.fromstring(data, parser), parser
    except etree.XMLSyntaxError:
        return None, parser


def _refuse_other_things(body: bytes, content_type: str) -> None:
    if not _SOMETHING.search(body):
        raise ExtractError("The answer is empty.")
    if len(body) > MOST_BYTES:
        raise ExtractError(f"The page is too large: {len(body):,} bytes, the limit is {MOST_BYTES:,}.")
    for magic, what in _MAGIC:
        if body.startswith(magic):
            raise ExtractError(f"This is {what}, not a page.")
    if _FEED.match(body[:8192]):
        raise ExtractError("This is a feed, not a page.")
    if b"<" not in body:
        named = content_type.partition(";")[0].strip() or "an unnamed type"
        raise ExtractError(f"There is no HTML in this answer ({named}).")


def _refuse_crowds(data: bytes) -> None:
    tags = data.count(b"<") + 1 if len(data) >= MOST_TAGS else 0
    if tags > MOST_TAGS:
        raise ExtractError(f"The page has too many tags: {tags:,}, the limit is {MOST_TAGS:,}.")
    for piece in _long_pieces(data):
        attributes = _attributes(piece)
        # libxml2 compares each attribute with all others: 40,000 cost it eleven seconds.
        if attributes > MOST_ATTRIBUTES:
            raise ExtractError(f"One tag has {attributes:,} attributes, the limit is {MOST_ATTRIBUTES:,}.")


def _long_pieces(data: bytes) -> Iterator[bytes]:
    """What stands between one `<` and the next (or the ends), where it is longer than `_LONG_TAG`.

    Looks for the last `<` within reach, again and again, and so passes over most of them.
    """
    start = 0  # of a piece
    while len(data) - start > _LONG_TAG:
        last = data.rfind(b"<", start, start + _LONG_TAG + 1)
        if last < 0:
            end = data.find(b"<", start)
            last = len(data) if end < 0 else end
            yield data[start:last]
        start = last + 1


def _attributes(piece: bytes) -> int:
    """How many attributes a tag seems to have; none where the piece is a "less than" inside a script."""
    tag = piece.partition(b">")[0]
    if len(tag) <= _LONG_TAG:
        return 0
    bare = _QUOTED.sub(b" ", tag)
    return 0 if any(mark in bare for mark in _CODE) else len(bare.split())


def _refuse_what_was_cut(parser: etree.HTMLParser) -> None:
    """Where libxml2 meets a limit it drops the rest of the page in silence, but for its log."""
    log = parser.error_log
    if len(log) and log[-1].type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        raise ExtractError(
            f"The page is nested too deeply (more than {LEVELS:,} levels) or has too large a part."
        )


def visible_words(tree: HtmlElement) -> list[str]:
    """Every word of the page outside scripts and styles, in order."""
    words: list[str] = []
    for element in tree.iter(etree.Element):
        if element.tag not in _UNSEEN and element.text:
            words += element.text.split()
        if element.tail:
            words += element.tail.split()
    return words


def refuse_floods(tree: HtmlElement) -> None:
    """Raise ExtractError when the page holds more text than reading it in time allows."""
    size = sum(
        len(element.text or "") * (element.tag not in _UNSEEN) + len(element.tail or "")
        for element in tree.iter(etree.Element)
    )
    if size > MOST_TEXT:
        raise ExtractError(f"The page has too much text: {size:,} characters, the limit is {MOST_TEXT:,}.")
