"""Lists of feeds in OPML, as feed readers export them. Contains no judgement about the feeds themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # writes only, reads nothing

import listparser

from monitor.errors import ParseError

_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_ENCODING = re.compile(rb"""\A\s*<\?xml\b[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FEED_SCHEME = re.compile(r"\Afeed:(?://)?(?=https?:)|\Afeed:(?=//)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed of a list: its address, the title the list gives it, and the folders it lies in."""

    url: str
    title: str | None = None
    folders: tuple[str, ...] = ()


def feeds_of(opml: str | bytes) -> list[ListedFeed]:
    """The feeds of an OPML document in its order, each address once.

    `feed:` addresses become http ones; what is no http(s) address stays as it is written, for the caller
    to refuse. Raises ParseError when the document is no OPML.
    """
    text = opml if isinstance(opml, str) else _decoded(opml)
    # listparser asks the network for a str that looks like an address, and takes bytes without a mark of
    # their encoding for Latin-1: it gets bytes, marked.
    document = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    found = listparser.parse(b"\xef\xbb\xbf" + document.encode("utf-8", "replace"))
    if not str(found["version"]).startswith("opml"):
        raise ParseError("this is no OPML document: it has no <opml> element")
    feeds: dict[str, ListedFeed] = {}
    for feed in found["feeds"]:
        url = _web(feed["url"])
        folders = (name for path in feed["categories"] for name in path if name)
        feeds.setdefault(url, ListedFeed(url, _line(feed["title"]) or None, tuple(dict.fromkeys(folders))))
    return list(feeds.values())


def _decoded(data: bytes) -> str:
    """The text by its byte order mark, its declaration, UTF-8, or as Windows would write it."""
    declared = _ENCODING.match(data[:400])  # readable, so it cannot be UTF-16 whatever it says
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    named = (
        declared[1].decode("ascii") if declared and not declared[1].lower().startswith(b"utf-16") else None
    )
    for encoding in (marked, named, "utf-8"):
        try:
            if encoding:
                return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def _web(url: str) -> str:
    rest = _FEED_SCHEME.sub("", url.strip())
    return f"http:{rest}" if rest.startswith("//") else rest


def _line(text: str) -> str:
    return " ".join(text.split())


def opml_of(title: str, folders: Mapping[str, Sequence[ListedFeed]]) -> str:
    """An OPML 2.0 document with one folder a topic, as feed readers import it. Folders hold feeds in their order."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = _line(title)
    body = SubElement(root, "body")
    for name, feeds in folders.items():
        folder = SubElement(body, "outline", text=_line(name))
        for feed in feeds:
            SubElement(folder, "outline", type="rss", text=_line(feed.title or feed.url), xmlUrl=feed.url)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
