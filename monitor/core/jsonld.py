"""What a page says of itself in JSON-LD: nodes of schema.org, found without trust and within bounds.

No regular expression ever meets the JSON: a page of 42 kB can make one run for a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lxml.html import HtmlElement

Node = Mapping[str, Any]

MOST_SCRIPTS = 30
MOST_CHARACTERS = 2_000_000  # of all scripts together
MOST_NODES = 2_000
_ARTICLES = (
    "newsarticle",
    "reportagenewsarticle",
    "analysisnewsarticle",
    "opinionnewsarticle",
    "backgroundnewsarticle",
    "askpublicnewsarticle",
    "reviewnewsarticle",
    "liveblogposting",
    "advertisercontentarticle",
    "satiricalarticle",
    "scholarlyarticle",
    "techarticle",
    "blogposting",
    "socialmediaposting",
    "discussionforumposting",
    "report",
    "article",
)
# Members that hold further things of the page itself; others (related, mentions, review …) are not followed.
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "video", "hasPart")


def read_nodes(tree: HtmlElement) -> list[Node]:
    """Every node of every JSON-LD script of the page, in document order, at most `MOST_NODES`.

    A script that is no JSON is passed over: it is the page's fault and says nothing.
    """
    nodes: list[Node] = []
    budget = MOST_CHARACTERS
    for script in _scripts(tree)[:MOST_SCRIPTS]:
        text = script.text or ""
        budget -= len(text)
        if budget < 0:
            break
        nodes += _walk(parsed(text), MOST_NODES - len(nodes))
    return nodes


def types_of(node: Node) -> set[str]:
    """The node's types in lower case, without the vocabulary's address."""
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return {name.rpartition("/")[2].lower() for name in names[:20] if isinstance(name, str)}


def is_article(node: Node) -> bool:
    """Whether the node is of a type that news is published as."""
    return not types_of(node).isdisjoint(_ARTICLES)


def strings(value: Any) -> Iterator[str]:
    """The strings in a value that may be one, a list of them, or nodes with a name."""
    for item in value[:50] if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.strip():
            yield item
        elif isinstance(item, dict):
            named = item.get("name") or item.get("@value")
            if isinstance(named, list):
                named = named[0] if named else None
            if isinstance(named, str) and named.strip():
                yield named


def first_string(value: Any) -> str | None:
    """The first of `strings`, or None."""
    return next(strings(value), None)


def _scripts(tree: HtmlElement) -> list[HtmlElement]:
    return [
        script
        for script in tree.iter("script")
        if "ld+json" in (script.get("type") or "").lower() and len(script.text or "") > 1
    ]


def parsed(text: str) -> Any:
    """The value that a script holds, out of the comments that some wrap it in; None where it is no JSON."""
    text = text.strip().removeprefix("//").strip().removeprefix("<![CDATA[").removeprefix("<!--")
    text = (
        text.strip()
        .removesuffix("-->")
        .removesuffix("]]>")
        .strip()
        .removesuffix("//")
        .strip()
        .removesuffix(";")
    )
    try:
        return json.loads(text, strict=False)  # real pages carry raw line feeds inside strings
    except (ValueError, RecursionError):
        return None


def _walk(value: Any, room: int) -> list[Node]:
    """The nodes in document order, parents first; without recursion, since depth is the page's choice."""
    found: list[Node] = []
    waiting = [value]
    while waiting and len(found) < room:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item[:MOST_NODES])
        elif isinstance(item, dict):
            found.append(item)
            waiting += reversed([item[key] for key in _INSIDE if key in item])
    return found
