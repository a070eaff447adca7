"""The article in one piece, where a page shows the first of several parts.

Some outlets cut long articles into pages and link to one with all of it: `/komplettansicht` (Die Zeit), `?seite=all`
(heise), `?singlepage=1`. Without it, what the later parts say would be lost.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import pageforms, urls

_MARK = re.compile(r"komplettansicht|singlepage|fullpage|printpagedarticle|=all", re.IGNORECASE)
_WHOLE_PATH = re.compile(r"/(?:komplettansicht|singlepage)/?$", re.IGNORECASE)
_WHOLE_QUERY = re.compile(
    r"(?:^|&)(?:(?:seite|page|pagina|pagewanted|view)=(?:all|alle)|(?:singlepage|fullpage|printpagedarticle)(?:=(?:1|true|yes))?)(?:&|$)",
    re.IGNORECASE,
)


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
