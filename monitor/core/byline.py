"""Who is named as a page's author: JSON-LD, `<meta>`, `rel=author`, a class that says byline.

Many outlets tell machines that they are the author themselves, and name who wrote it where readers see it. Such a
claim counts only where nobody else is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from monitor.core import jsonld
from monitor.core.head import Head, named, one_line, own_names
from monitor.core.jsonld import Node

LONGEST = 200  # characters
MOST_AUTHORS = 12

_LEAD = re.compile(
    r"(?:by|von|par|por|di|door|autor(?:in)?|author|text|av|af|przez|автор|текст)(?::\s?|\s|$)", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"(?:publi\w*|posted|veröffentlicht|erstellt|geschrieben|written|updated)(?:\s(?:am|on|by|von|le|el))?",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"\w")
_IN_CLASS = re.compile("byline|author|autor|auteur", re.IGNORECASE)
_META = ("author", "article:author", "parsely-author", "dc.creator", "cxenseparse:author")
_SHOWN_IN = ("span", "div", "p", "a", "address", "h5", "h6")
_LONGEST_SHOWN = 80  # characters
_SHORT_WORD = 3  # letters: and, von, de, dpa


def byline(head: Head) -> str | None:
    """Give the authors' names, comma between them; the outlet's own where it names nobody else, None where nobody."""
    told = _authors_of(head)
    outlet = {_plain(name) for name in own_names(head)}
    people = [name for name, is_organisation in told if not (is_organisation and _plain(name) in outlet)]
    if all(is_organisation for _, is_organisation in told):
        outlet.update(_plain(name) for name in people)
        people = []
    claims = [claim for names in (people, named(head.meta, _META)) if (claim := clean(names))]
    for claim in claims:
        if _plain(claim) not in outlet:
            return claim
    shown = [name for name in _shown(head.tree) if _plain(name) not in outlet]
    outlet_told = next(iter(claims), None) or clean(organisations(head))
    return next(filter(_is_capital, shown), outlet_told or next(iter(shown), None))


def organisations(head: Head) -> list[str]:
    """Give the organisations that JSON-LD names as authors: agencies, and outlets themselves."""
    return [name for name, is_organisation in _authors_of(head) if is_organisation]


def clean(names: Iterable[str]) -> str | None:
    """Give names in one line, without "by", addresses and doubles; None where nothing is left.

    `ann-onym` beside Ann Onym is the name of her page.
    """
    cleaned: dict[str, str] = {}
    for name in names:
        line = one_line(name, LONGEST)
        lead = _LEAD.match(line)
        line = (line[lead.end() :] if lead else line).strip(" ,;|·–-")
        if _is_named(line):
            before = cleaned.get(_plain(line), "")
            cleaned[_plain(line)] = line if before.islower() else before or line
    return ", ".join(list(cleaned.values())[:MOST_AUTHORS])[:LONGEST] or None


def _is_named(line: str) -> bool:
    is_address = "://" in line or "@" in line
    return bool(line and not is_address and _LETTERS.search(line) and not _NO_NAME.fullmatch(line))


def _authors_of(head: Head) -> list[tuple[str, bool]]:
    """Give the authors that JSON-LD names, and whether each is an organisation."""
    authors = head.article.get("author") or head.article.get("creator")
    listed = authors if isinstance(authors, list) else [authors]
    known = {node["@id"]: node for node in head.nodes if isinstance(node.get("@id"), str) and "name" in node}
    found: list[tuple[str, bool]] = []
    for author in listed[:MOST_AUTHORS]:
        node: Node = author if isinstance(author, dict) else {}
        if node and "name" not in node:
            node = known.get(node.get("@id") or "", node)
        is_organisation = "Organization" in str(node.get("@type"))
        found += [(name, is_organisation) for name in jsonld.strings(node or author)]
    return found


def _shown(tree: HtmlElement) -> Iterator[str]:
    """Give what stands on the page for readers and can be a name, the surest first."""
    for link in tree.xpath(".//*[@rel='author' or @itemprop='author']")[:5]:
        name = clean([link.text_content()])
        if name and _is_name(name):
            yield name
    for element in tree.iter(*_SHOWN_IN):
        classes = element.get("class")
        if classes and _IN_CLASS.search(classes):
            name = clean([element.text_content()[: LONGEST * 2]])
            if name and _is_name(name):
                yield name


def _is_name(text: str) -> bool:
    """Say whether a text on the page can be a name and not a biography, a date or a reader's comment."""
    is_plain = not any(mark.isdigit() or mark in ":*?!@" for mark in text)
    return is_plain and len(text) <= _LONGEST_SHOWN and not text[0].islower()


def _is_capital(text: str) -> bool:
    """Say whether it reads like "Max Miller and Ann de Vries, dpa", and not like "Edit topics"."""
    return all(len(word) <= _SHORT_WORD or not word[0].islower() for word in text.replace("/", " ").split())


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
