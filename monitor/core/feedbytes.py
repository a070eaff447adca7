"""The bytes of a feed before a parser sees them: made readable, or named for what they are instead."""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from itertools import pairwise

from monitor.core.charset import to_utf8
from monitor.core.plain import one_line

MOST_ITEMS = 5000  # parsed at all; of more, the first and the last half of so many
_TAIL = 4000  # bytes at the end among which a whole feed ends; and of an item that breaks off, those that are read

_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r")
_DECLARATION = re.compile(rb"^<\?xml[^>]{0,400}?\?>")
_ENCODING = re.compile(rb"encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9_.:\-]{1,40})[\"']")
_ITEM = re.compile(rb"<(?:[A-Za-z]\w{0,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CAPTION, _CAPTION_END = b"<media:description", b"</media:description>"
_OWN_TEXT = re.compile(rb"<(?:description|summary|content|content:encoded)[\s>]")
_ITEM_END = re.compile(rb"</(?:[A-Za-z]\w{0,20}:)?(?:item|entry)\s*>", re.IGNORECASE)
_AS_WRITTEN = re.compile(rb"<!\[CDATA\[|<!--")
_WHOLE = re.compile(
    rb"<(guid|id|link|title|pubDate|published|updated)\b[^<>]*(?:/>|>.*?</\1\s*>)", re.IGNORECASE | re.DOTALL
)
_NAMES = frozenset({b"guid", b"id", b"link"})
_ROOT_END = re.compile(rb"</(?:rss|(?:\w+:)?feed|rdf:RDF)\s*>", re.IGNORECASE)
_AMPERSAND = re.compile(rb"&(?:([A-Za-z][A-Za-z0-9]{1,31});|(?!#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});))")
_OF_XML = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^<>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|$)|<\?[^<>]*>", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]{0,40}:)?([A-Za-z_][\w.\-]{0,60})[\s/>]")
_FEED_ROOT = re.compile(rb"<\?xml|<rss[\s>]|<(?:\w+:)?feed[\s>]|<rdf:RDF[\s>]", re.IGNORECASE)
_CHARREF = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|(\d+));?")
_COLONS = re.compile(rb"(</?[A-Za-z_][\w.\-]*:[\w.\-]+)((?::[\w.\-]*)+)")
_DOCTYPE = re.compile(
    rb"<!(?:DOCTYPE|ENTITY)[^<>\[]{0,2000}(?:\[[^\]]{0,20000}\])?[^<>]{0,200}>", re.IGNORECASE
)

# feedparser looks for an e-mail address in these, in time that grows with the square of their length.
_LONG_AUTHOR = re.compile(
    rb"(<(?:\w{1,20}:)?(?:author|creator|managingEditor|webMaster|publisher)\b[^<>]{0,200}>(?:<!\[CDATA\[)?[^<]{300})"
    rb"[^<]*?(?=\]\]>|<)",
    re.IGNORECASE,
)
_UTF16_STARTS = ((b"<\0?\0", codecs.BOM_UTF16_LE), (b"\0<\0?", codecs.BOM_UTF16_BE),
                 (b"<\0r\0", codecs.BOM_UTF16_LE), (b"\0<\0r", codecs.BOM_UTF16_BE),
                 (b"<\0f\0", codecs.BOM_UTF16_LE), (b"\0<\0f", codecs.BOM_UTF16_BE))  # fmt: skip

_MAGIC = (
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive"),
)
_KNOWN_ROOTS = {"urlset": "a sitemap", "sitemapindex": "a list of sitemaps", "opml": "an OPML list of feeds"}


def readable(body: bytes, content_type: str) -> bytes:
    """The body in UTF-8, without control characters, blanks before its start, and false declarations.

    An encoding that the XML declares goes before that of the HTTP header, because servers send a default
    charset with files they have not looked at.
    """
    declared = _ENCODING.search(head.group()) if (head := _DECLARATION.match(body.lstrip())) else None
    data = _as_utf8(body, "" if declared and _is_encoding(declared.group(1)) else content_type)
    data = data.translate(None, _CONTROLS).lstrip()
    data = _DECLARATION.sub(b'<?xml version="1.0" encoding="utf-8"?>', data, count=1)
    return _LONG_AUTHOR.sub(rb"\1", data)


def thinned(data: bytes) -> tuple[bytes, int]:
    """The feed with at most `MOST_ITEMS` items, cut from the middle, and how many were cut.

    The newest items stand at one end or the other; a parser given them all would run for minutes.
    """
    if data.count(b"<item") + data.count(b"<entry") + data.count(b":item") <= MOST_ITEMS:
        return data, 0
    starts = [match.start() for match in _ITEM.finditer(data)]
    if len(starts) <= MOST_ITEMS:
        return data, 0
    half = MOST_ITEMS // 2
    return data[: starts[half]] + data[starts[-half] :], len(starts) - MOST_ITEMS


def without_captions(data: bytes) -> bytes:
    """The feed without the captions of pictures in items that have a text of their own.

    feedparser takes `media:description` for the item's: the first of two for its summary, the second for its text.
    """
    if _CAPTION not in data:
        return data
    starts = [match.start() for match in _ITEM.finditer(data)]
    items = [data[at:until] for at, until in pairwise([*starts, len(data)])]
    own = (_uncaptioned(item) if _CAPTION in item and _OWN_TEXT.search(item) else item for item in items)
    return data[: starts[0] if starts else None] + b"".join(own)


def repaired(data: bytes) -> bytes:
    """The feed without what makes the parser raise: impossible characters, names and declarations."""
    start = _FEED_ROOT.search(data[:5000])
    data = data[start.start() :] if start else data
    data = _DOCTYPE.sub(b"", data)
    data = _CHARREF.sub(_possible, data)
    return _COLONS.sub(lambda name: name.group(1) + name.group(2).replace(b":", b"-"), data)


def mended(data: bytes) -> bytes:
    """A feed that is not well-formed, without what parsers make the worst of: lone ampersands, half an address."""
    return _whole_items(ampersands_told(data))


def looks_like(body: bytes, content_type: str = "") -> str:
    """What bytes that are no feed look like instead, in words: "an HTML page", "nothing"."""
    kind = next((words for magic, words in _MAGIC if body.startswith(magic)), None)
    if kind:
        return kind
    data = readable(body[:20_000], content_type)
    if not data:
        return "nothing: the body is empty"
    if is_html(data):
        title = _TITLE.search(data)
        named = one_line(title.group(1).decode("utf-8", "replace"), 80) if title else ""
        return f"an HTML page titled “{named}”" if named else "an HTML page"
    if data[:1] in b"{[":
        return "JSON without items"
    if data[:1] == b"<":
        root = _ROOT.search(_COMMENT.sub(b"", data))
        name = root.group(2).decode("utf-8", "replace") if root else ""
        return _KNOWN_ROOTS.get(
            name.casefold(), f"XML whose root is <{name}>" if name else "XML without elements"
        )
    start = one_line(data[:200].decode("utf-8", "replace"), 60)
    return f"text that begins “{start}”"


def is_html(data: bytes) -> bool:
    """Whether the document is an HTML page; `data` is readable."""
    head = _COMMENT.sub(b"", data[:20_000])[:4000]
    root = _ROOT.search(head)
    if root and root.group(2).lower() in {b"rss", b"feed", b"rdf", b"channel"}:
        return False
    return bool(_HTML.search(head))


def _as_utf8(body: bytes, content_type: str) -> bytes:
    """The body in UTF-8. Unlike a page, a feed with a few broken bytes among many good ones stays UTF-8."""
    mark = next((mark for start, mark in _UTF16_STARTS if body.startswith(start)), b"")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        good = len(text) - len(text.encode("ascii", "ignore")) - broken
        if good > broken * 3:
            return text.encode("utf-8")
    return to_utf8(mark + body, content_type)


def _is_encoding(name: bytes) -> bool:
    try:
        codecs.lookup(name.decode("ascii"))
    except LookupError:
        return False
    return name.lower() != b"undefined"


def ampersands_told(data: bytes) -> bytes:
    """The document with every `&` that is only a sign written `&amp;`, and the letters that HTML names as numbers.

    XML knows neither `R&D` nor `&uuml;`. Parsers that pass over them take `&lang` in an address for a bracket, and
    close what is no reference with a semicolon. CDATA and comments stay as they are, and so does a document that
    declares names of its own, or is in UTF-16.
    """
    if b"<!ENTITY" in data or b"\0" in data[:200]:
        return data
    pieces, at = [], 0
    while opening := _AS_WRITTEN.search(data, at):
        until = data.find(b"-->" if opening.group() == b"<!--" else b"]]>", opening.end())
        until = until if until > 0 else len(data)
        pieces += [_AMPERSAND.sub(_reference, data[at : opening.start()]), data[opening.start() : until]]
        at = until
    return b"".join((*pieces, _AMPERSAND.sub(_reference, data[at:])))


def _uncaptioned(item: bytes) -> bytes:
    pieces, at = [], 0
    while (start := item.find(_CAPTION, at)) >= 0:
        tag = item.find(b">", start) + 1
        is_empty = item[tag - 2 : tag] == b"/>"
        end = tag if is_empty else item.find(_CAPTION_END, start) + len(_CAPTION_END)
        if not tag or end < tag:  # it is not closed: what follows it would be lost with it
            break
        pieces.append(item[at:start])
        at = end
    return b"".join((*pieces, item[at:]))


def _whole_items(data: bytes) -> bytes:
    """The feed with only what is whole of a last item that breaks off: half of an address leads nowhere."""
    if _ROOT_END.search(data[-_TAIL:]):
        return data
    start = max((match.start() for match in _ITEM.finditer(data)), default=0)
    if not start or _ITEM_END.search(data, start):
        return data
    whole = list(_WHOLE.finditer(data, start, start + _TAIL))
    is_known = any(part.group(1).lower() in _NAMES for part in whole)
    return data[: whole[-1].end() if is_known else start]


def _reference(found: re.Match[bytes]) -> bytes:
    """A reference that XML knows, for what looks like one; `&amp;` and the words where nothing has this name."""
    name = found.group(1)
    if name in _OF_XML:
        return found.group()
    letters = html5.get(f"{name.decode()};", "") if name else ""
    if letters:
        return "".join(f"&#{ord(letter)};" for letter in letters).encode()
    return b"&amp;" + found.group()[1:]


def _possible(reference: re.Match[bytes]) -> bytes:
    """The character reference, or U+FFFD where there is no such character."""
    digits = reference.group(1) or reference.group(2)
    if len(digits) <= 8:  # noqa: PLR2004  no code point has more digits, in either base
        code = int(digits, 16 if reference.group(1) else 10)
        if code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF:  # noqa: PLR2004
            return reference.group()
    return b"\xef\xbf\xbd"
