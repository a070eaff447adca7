"""Parts of a page that its own names say are no part of the article: offers of newsletters, lists of what others read.

A name is believed where what it holds is short, without the headline, and not most of the page's paragraphs: a whole
article may stand in `class="has-newsletter"`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

LONGEST = 2_500  # characters
MOST = 0.5  # of the letters of the page's paragraphs
BROKEN = 3  # lines: a text without paragraphs

_HOLDERS = ("div", "section", "ul", "p", "h2", "h3", "h4", "span")
_NAMED = re.compile(
    r"newsletter|author[-_]*bio|most[-_]*(?:popular|read)|popular[-_]articles|related[-_]*(?:article|content|link|news|post|stor)"
    r"|recirc|latest[-_]news|recommended[-_]|recommendation|read[-_]?more[-_]|also[-_]?read|trending|outbrain|taboola"
    r"|comment[-_]policy|no-access-comments|sign-?up|subscribe[-_]box|social[-_]share"
    r"|(?<![\w-])(?:is-|u-)?(?:sr-only|visually-?hidden|screen-reader)",
    re.IGNORECASE,
)


def drop_furniture(tree: HtmlElement) -> None:
    """Take out of the tree what is named so; nothing is taken from which the article cannot be told."""
    named = [
        element
        for element in tree.iter(*_HOLDERS)
        if ((name := element.get("class")) and _is_named(name))
        or ((name := element.get("id")) and _is_named(name))
    ]
    if not named:
        return
    told = _told(tree)
    for element in named:
        if (
            len(element.text_content()) <= LONGEST
            and _told(element) <= MOST * told
            and not _is_a_text(element)
        ):
            element.drop_tree()


def _told(tree: HtmlElement) -> int:
    return sum(len(paragraph.text_content()) for paragraph in tree.iter("p"))


def _is_a_text(element: HtmlElement) -> bool:
    """Say whether it may be the article for other reasons: it holds a headline, or lines that are broken by hand."""
    broken = islice(element.iter("br"), BROKEN - 1, None)
    return next(element.iter("h1"), None) is not None or next(broken, None) is not None


@lru_cache(maxsize=8192)
def _is_named(name: str) -> bool:
    return bool(_NAMED.search(name))
