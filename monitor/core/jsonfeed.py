"""JSON Feed 1.0 and 1.1 by hand (https://www.jsonfeed.org/version/1.1/): JSON → raw items.

Servers put any type anywhere, so every value is asked what it is before it is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.core.feedbytes import MOST_ITEMS
from monitor.core.items import RawItem
from monitor.core.moments import moment
from monitor.core.plain import html_of
from monitor.errors import ParseError


class Number(str):
    """A number as it was written. It can be an id or a title, and no address."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """A JSON Feed before cleaning; `warnings` name items that are none."""

    title: str
    link: str | None
    language: str | None
    items: tuple[RawItem, ...]
    warnings: tuple[str, ...]
    older: str | None = None


def read_json(data: bytes) -> JsonFeed:
    """Read a JSON Feed; raises ParseError with what the bytes are instead."""
    document = _loaded(data)
    if not isinstance(document, dict):
        raise ParseError(f"no feed but JSON without items: {_kind(document)}")
    items = document.get("items")
    if not isinstance(items, list):
        raise ParseError("no feed but JSON without items" + (f": they are {_kind(items)}" if items else ""))
    if len(items) > MOST_ITEMS:
        items = items[: MOST_ITEMS // 2] + items[-MOST_ITEMS // 2 :]  # the newest are at one end
    usable = [(place, item) for place, item in enumerate(items, 1) if isinstance(item, dict)]
    return JsonFeed(
        title=_text(document, "title"),
        link=_address(document, "home_page_url"),
        language=_text(document, "language") or None,
        items=tuple(_item(place, item, document) for place, item in usable),
        warnings=tuple(
            f"item {place} dropped: {_kind(item)} instead of an object"
            for place, item in enumerate(items, 1)
            if not isinstance(item, dict)
        ),
        older=_address(document, "next_url"),
    )


def _loaded(data: bytes) -> Any:
    """The JSON value. Numbers stay text: an id of a thousand digits is an id all the same."""
    try:
        return json.loads(data, parse_int=Number, parse_float=Number, parse_constant=Number, strict=False)
    except RecursionError:
        raise ParseError("no feed but JSON nested too deeply") from None
    except ValueError as error:
        raise ParseError(f"no feed but broken JSON: {error}") from error


def _item(place: int, item: dict[str, Any], feed: dict[str, Any]) -> RawItem:
    content = _text(item, "content_html") or html_of(_text(item, "content_text"))
    published = _text(item, "date_published")
    return RawItem(
        place=place,
        guid=_text(item, "id") or None,
        link=_address(item, "url") or _address(item, "external_url"),
        title=_text(item, "title"),
        summary=_text(item, "summary") or _text(item, "content_text") or content,
        content=content,
        author=_authors(item) or _authors(feed) or None,
        published=_time(published),
        published_raw=published or None,
        updated=_time(_text(item, "date_modified")),
        language=_text(item, "language") or None,
    )


def _text(mapping: dict[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


def _address(mapping: dict[str, Any], name: str) -> str | None:
    value = mapping.get(name)
    return None if isinstance(value, Number) else _text(mapping, name) or None


def _authors(mapping: dict[str, Any]) -> str:
    """Names of `authors` (1.1) or `author` (1.0)."""
    authors = mapping.get("authors")
    people = authors if isinstance(authors, list) else [mapping.get("author")]
    return ", ".join(
        name for person in people if isinstance(person, dict) and (name := _text(person, "name"))
    )


def _time(text: str) -> datetime | None:
    """An RFC 3339 time, or what is written instead of one; without a zone it is taken for UTC."""
    try:
        time = datetime.fromisoformat(text.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return moment(text)


def _kind(value: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        Number: "a number",
        bool: "true or false",
        type(None): "null",
    }
    return names.get(type(value), "a value")
