"""Articles that an outlet cuts into pages: which page has all of it, and which the next part.

Many that do so link to one with all of it: `/komplettansicht` (Die Zeit), `?seite=all` (heise), `?singlepage=1`. Others
name the next part (`rel=next`) only. Without either, what the later parts say would be lost.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from monitor.core import pageforms, urls

_WHOLE_PATH = re.compile(r"/(?:komplettansicht|singlepage)/?$", re.IGNORECASE)
_WHOLE_QUERY = re.compile(
    r"(?:^|&)(?:(?:seite|page|pagina|pagewanted|view)=(?:all|alle)|(?:singlepage|fullpage|printpagedarticle)(?:=(?:1|true|yes))?)(?:&|$)",
    re.IGNORECASE,
)
# What tells a part from the others: `/2`, `/seite-2`, `?page=2`, `,nPack,2`, `_2.shtml`, `?page=0,,1`.
_PART = re.compile(
    r"(?:[/,?&][a-z]{0,10}[=,/_-]?(?:0?,){0,3}|_)(?P<number>\d{1,2})(?P<kind>\.s?html?)?/?$",
    re.IGNORECASE,
)
_KIND = re.compile(r"(?:\.s?html?)?/?$", re.IGNORECASE)


class Parts(NamedTuple):
    """What else of its article a page names: the address of all of it, and of the part that follows."""

    whole: str | None = None
    following: str | None = None


NO_PARTS = Parts()


def named_parts(tree: HtmlElement, url: str) -> Parts:
    """Give the addresses that the page at `url` names of the rest of its article.

    All of it: a link of the page to itself (without the marks of parts), with a mark that says so. The part that follows:
    `rel=next` (https://html.spec.whatwg.org/multipage/links.html#link-type-next), at this page's address but for the
    number of the part; alone it does not say so, since most blogs name their next article with it.
    """
    here = urlsplit(url)
    bare = pageforms.undressed(here.path, here.query)
    stem = _KIND.sub("", _PART.sub("", unquote(here.path))).rpartition("/")[2]
    if not stem:
        return NO_PARTS
    whole = following = None
    for link in tree.iter("a", "link"):
        href = link.get("href")
        if not href or (stem not in href and href[0] != "?"):
            continue
        told = href.partition("#")[0]
        if whole is None and _is_whole(told) and not _is_whole(url):
            whole = _of_the_same(urls.resolved(told, url), url, bare)
        if following is None and "next" in (link.get("rel") or "").lower().split():
            there = urls.resolved(told, url)
            following = there if there and _is_next(unquote(there), unquote(url.partition("#")[0])) else None
    return Parts(whole, following)


def _is_whole(address: str) -> bool:
    path, _, query = address.partition("#")[0].partition("?")
    return bool(_WHOLE_PATH.search(path) or (query and _WHOLE_QUERY.search(query)))


def _of_the_same(there: str | None, url: str, bare: tuple[str, str]) -> str | None:
    """Give an address where it is one of the page that these path and query are of."""
    if there is None or urls.host_of(there) != urls.host_of(url):
        return None
    parts = urlsplit(there)
    return there if pageforms.undressed(parts.path, parts.query) == bare else None


def _is_next(there: str, here: str) -> bool:
    part, own = _PART.search(there), _PART.search(here)
    if part is None or there == here:
        return False
    base = there[: part.start()]
    if own is not None and here[: own.start()] == base:
        return int(part["number"]) == int(own["number"]) + 1
    return _KIND.sub("", base) == _KIND.sub("", here)
