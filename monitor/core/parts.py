"""Articles that an outlet cuts into pages: which page has all of it, and which the next part.

Many that do so link to one with all of it: `/komplettansicht` (Die Zeit), `?seite=all` (heise), `?singlepage=1`. Others
name the next part (`rel=next`) only. Without either, what the later parts say would be lost.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from monitor.core import pageforms, urls

_MARK = re.compile(r"komplettansicht|singlepage|fullpage|printpagedarticle|=all", re.IGNORECASE)
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


def whole_view(tree: HtmlElement, url: str) -> str | None:
    """Give the address of the page with all of the article that the page at `url` begins; None where it names none.

    It is a link of the page to itself (without the marks of parts), with a mark that says: all of it.
    """
    here = urlsplit(url)
    if _is_whole(here.path, here.query):
        return None
    bare = pageforms.undressed(here.path, here.query)
    for link in tree.iter("a", "link"):
        href = link.get("href")
        if not href or not _MARK.search(href) or (there := _whole(href, url)) is None:
            continue
        parts = urlsplit(there)
        same_site = urls.host_of(there) == urls.host_of(url)
        if same_site and pageforms.undressed(parts.path, parts.query) == bare:
            return there
    return None


def _whole(href: str, url: str) -> str | None:
    """Give a link as an address, where it has the mark of a whole article."""
    path, _, query = href.partition("#")[0].partition("?")
    return urls.resolved(href.partition("#")[0], url) if _is_whole(path, query) else None


def _is_whole(path: str, query: str) -> bool:
    return bool(_WHOLE_PATH.search(path) or (query and _WHOLE_QUERY.search(query)))


def next_part(tree: HtmlElement, url: str) -> str | None:
    """Give the address of the part that follows the page at `url`; None where it names none.

    `rel=next` (https://html.spec.whatwg.org/multipage/links.html#link-type-next) alone does not say so: most blogs name
    their next article with it. The address has to be this page's, but for the number of the part.
    """
    for link in tree.iter("a", "link"):
        href = link.get("href")
        if not href or "next" not in (link.get("rel") or "").lower().split():
            continue
        there = urls.resolved(href.partition("#")[0], url)
        if there and _is_next(unquote(there), unquote(url.partition("#")[0])):
            return there
    return None


def _is_next(there: str, here: str) -> bool:
    part, own = _PART.search(there), _PART.search(here)
    if part is None or there == here:
        return False
    base = there[: part.start()]
    if own is not None and here[: own.start()] == base:
        return int(part["number"]) == int(own["number"]) + 1
    return _KIND.sub("", base) == _KIND.sub("", here)
