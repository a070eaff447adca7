"""What a page says of itself to machines, gathered in one walk: `<meta>`, JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import jsonld
from monitor.core.jsonld import Node
from monitor.core.parts import NO_PARTS, Parts, named_parts

LONGEST_ADDRESS = 2_048

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Head:
    """What metadata is read from, gathered in one walk: the tree, `<meta>` by name, JSON-LD nodes."""

    tree: HtmlElement
    meta: dict[str, str]
    nodes: tuple[Node, ...]
    article: Node  # the node that describes the page's own article; empty when there is none
    parts: Parts = NO_PARTS  # where the rest of the article is, where the page shows one of several


def read_head(tree: HtmlElement, url: str) -> Head:
    """Gather what the page says of itself. `url` tells its own article from others that it lists."""
    nodes = jsonld.read_nodes(tree)
    return Head(tree, _meta(tree), tuple(nodes), _own_article(nodes, url), named_parts(tree, url))


def _meta(tree: HtmlElement) -> dict[str, str]:
    """`<meta>` by lower-case property, name or itemprop; the first of each name counts."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (
            element.get("property")
            or element.get("name")
            or element.get("itemprop")
            or element.get("http-equiv")
        )
        content = element.get("content")
        if name and content and len(content) <= 10_000:  # noqa: PLR2004 (longer is no claim but a payload)
            found.setdefault(name.strip().lower(), content)
    return found


def _own_article(nodes: list[Node], url: str) -> Node:
    articles = [node for node in nodes if jsonld.is_article(node)]
    path = urlsplit(url).path.rstrip("/")
    own = [
        node
        for node in articles
        if path and any(urlsplit(a).path.rstrip("/") == path for a in _addresses(node))
    ]
    # A page that lists several articles, none of them at its own address, is about none of them.
    if not own and len(articles) > 2:  # noqa: PLR2004 (one twice, by theme and plugin, is common)
        return {}
    return max(own or articles, key=lambda node: ("headline" in node) + ("datePublished" in node), default={})


def _addresses(node: Node) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        value = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(value, str) and len(value) <= LONGEST_ADDRESS and "[" not in value:
            yield value


def values(node: Node, *keys: str) -> list[str]:
    """Give what a node says under these keys, as text."""
    return [text for key in keys if (text := jsonld.first_string(node.get(key)))]


def named(meta: dict[str, str], names: Iterable[str]) -> list[str]:
    """Give what `<meta>` says under these names."""
    return [meta[name] for name in names if name in meta]


def own_names(head: Head) -> list[str]:
    """Give what the outlet calls itself."""
    publisher = one_line(jsonld.first_string(head.article.get("publisher")), 100)
    return [name for name in (one_line(head.meta.get("og:site_name"), 100), publisher) if name]


def one_line(text: str | None, longest: int) -> str:
    """One line of plain text: references resolved by whoever parsed it, soft hyphens and tags gone."""
    if not text:
        return ""
    text = text[: longest * 4].replace("\xad", "").replace("\u200b", "")
    if "&" in text or "<" in text:
        text = _plain(text)
    return " ".join(text.split())[:longest].strip()


def _plain(text: str) -> str:
    """JSON-LD and attributes often carry HTML once more: `&quot;`, `<em>`."""
    return _TAG.sub("", unescape(text))
