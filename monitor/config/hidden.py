"""Feeds whose address holds a secret: what is asked, and the name by which everybody else knows it.

The database, the log and every message show the name: the address as it is written in the file, without
user, password and values that look like keys (`monitor.core.urls.redacted`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.config.document import Listing, Node, Scalar
from monitor.config.places import VARIABLE
from monitor.config.values import is_address
from monitor.core.urls import redacted
from monitor.model import FeedSource, Topic

SHORTEST = 5  # characters: a shorter value is no secret, and hiding it would garble messages


def hide(
    feeds: Iterable[FeedSource], topics: Iterable[Topic], tree: Node
) -> tuple[tuple[FeedSource, ...], tuple[Topic, ...]]:
    """Feeds and topics with every feed under its shown name."""
    written = {scalar.text.strip(): scalar.written for scalar in _from_elsewhere(tree) if scalar.text}
    names: dict[str, str] = {}
    taken = set[str]()
    sources = tuple(feeds)
    for feed in sources:
        names[feed.url] = _free(_shown(feed.url, written.get(feed.url)), taken)
        taken.add(names[feed.url])
    return (
        tuple(
            feed if (name := names[feed.url]) == feed.url else replace(feed, url=name, address=feed.url)
            for feed in sources
        ),
        tuple(replace(topic, feeds=tuple(names[url] for url in topic.feeds)) for topic in topics),
    )


def secrets_of(tree: Node, feeds: Iterable[FeedSource]) -> tuple[str, ...]:
    """Every value that must not be shown: what came from elsewhere, and the users and passwords of addresses."""
    values = {value for scalar in _from_elsewhere(tree) for value in _values(scalar)}
    for feed in feeds:
        parts = urlsplit(feed.address)
        values |= {part for part in (parts.username, parts.password) if part}
    return tuple(sorted((value for value in values if len(value) >= SHORTEST), key=len, reverse=True))


def _from_elsewhere(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        if node.secret:
            yield node
        return
    for item in node.items if isinstance(node, Listing) else node.items.values():
        yield from _from_elsewhere(item)


def _values(scalar: Scalar) -> Iterator[str]:
    """What stands in the places of the variables; the whole text where that cannot be told."""
    text = (scalar.text or "").strip()
    fixed = [part for part in VARIABLE.split(scalar.written)[:: VARIABLE.groups + 1] if part]
    for part in fixed if "${" in scalar.written else ():
        text = text.replace(part, "\n", 1)
    yield from (value for value in text.split("\n") if value)


def _shown(address: str, written: str | None) -> str:
    if written is None:
        return redacted(address)
    if is_address(written):
        return redacted(written)
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/***"


def _free(name: str, taken: Collection[str]) -> str:
    """The name, numbered where another feed has it already."""
    number = 2
    while (numbered := f"{name}#{number}" if name in taken else name) in taken:
        number += 1
    return numbered
