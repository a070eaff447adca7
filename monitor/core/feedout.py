"""Feeds out: the stories of a topic as Atom (RFC 4287) and as JSON Feed 1.1. One entry for each story.

An entry's id is made from the address of the story's original, so it stays when copies come, when
headlines change, and when the database is built anew. Nothing in a feed tells when it was made: the same
stories give the same octets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from monitor.core.announcements import named, pieces, stamp
from monitor.model import Carrier, StoryNews

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # when a feed without stories was changed last

# XML 1.0 section 2.2: what no document may hold, however it is written.
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(name: str, title: str, stories: Sequence[StoryNews]) -> bytes:
    """The stories, newest first, as an Atom feed. `name` is the topic's id, `title` what people read."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(_tag("feed"))
    _add(feed, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, 'monitor:feed:' + name)}")
    _add(feed, "title", title)
    _add(feed, "updated", stamp(max((one.updated for one in stories), default=BEGINNING)))
    _add(feed, "generator", "monitor")
    for story in stories:
        _atom_entry(feed, story)
    octets: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return octets + b"\n"


def _atom_entry(feed: ET.Element, story: StoryNews) -> None:
    entry = ET.SubElement(feed, _tag("entry"))
    if story.language:
        entry.set("{http://www.w3.org/XML/1998/namespace}lang", story.language)
    _add(entry, "id", entry_id(story))
    _add(entry, "title", headline(story))
    _add(entry, "published", stamp(story.first_seen))
    _add(entry, "updated", stamp(story.updated))
    for outlet in story.outlets or ("unknown",):
        _add(ET.SubElement(entry, _tag("author")), "name", outlet)
    if is_web(story.url):
        ET.SubElement(entry, _tag("link"), rel="alternate", href=_xml(story.url))
    if story.agency:
        ET.SubElement(entry, _tag("category"), term=_xml(story.agency))
    _add(entry, "content", content(story)).set("type", "html")


def json_feed(name: str, title: str, stories: Sequence[StoryNews]) -> bytes:
    """The same as a JSON Feed."""
    feed = {
        "version": JSON_FEED,
        "title": title,
        "description": f"Stories of {name}, each once, with everybody who carries it.",
        "items": [_json_item(story) for story in stories],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _json_item(story: StoryNews) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry_id(story),
        "title": headline(story),
        "content_html": content(story),
        "date_published": stamp(story.first_seen),
        "date_modified": stamp(story.updated),
        "authors": [{"name": outlet} for outlet in story.outlets or ("unknown",)],
    }
    if is_web(story.url):
        item["url"] = story.url
    if story.language:
        item["language"] = story.language
    if story.agency:
        item["tags"] = [story.agency]
    return item


def entry_id(story: StoryNews) -> str:
    """The id of a story's entry, in both kinds of feed."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, story.url or f'monitor:story:{story.id}')}"


def headline(story: StoryNews) -> str:
    """The headline on one line."""
    return " ".join(story.title.split()) or "(no headline)"


def content(story: StoryNews) -> str:
    """A story in a feed reader, as HTML: who carries it, why it is here, where to read it."""
    by = escape(named(story.outlets)) + (f" · {escape(story.agency)}" if story.agency else "")
    parts = [f"<p>{by}</p>"]
    if story.because:
        marked = (
            f"<mark>{escape(text)}</mark>" if is_match else escape(text)
            for text, is_match in pieces(story.because)
        )
        parts.append(f"<p>{''.join(marked)}</p>")
    parts += _links("Carried by", story.carriers if len(story.carriers) > 1 else ())
    parts += _links("Near it", story.related)
    return "".join(parts)


def _links(heading: str, carriers: Sequence[Carrier]) -> list[str]:
    if not carriers:
        return []
    items = "".join(f"<li>{_link(one)}</li>" for one in carriers)
    return [f"<p>{heading}</p><ul>{items}</ul>"]


def _link(one: Carrier) -> str:
    told = f"{escape(one.outlet)} ({escape(one.kind)}): "
    title = escape(one.title or one.url)
    return told + (f'<a href="{escape(one.url)}">{title}</a>' if is_web(one.url) else title)


def is_web(url: str) -> bool:
    """Whether an address may become a link; what was imported can have others."""
    return url.lower().startswith(("https://", "http://"))


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, _tag(name))
    child.text = _xml(text)
    return child


def _xml(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NO_XML.sub("", text)
