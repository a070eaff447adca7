"""Parts of a page that its own names say are no part of the article: offers of newsletters, lists of what others read.

A name is believed where what it holds is short, without the headline, and not most of the page's paragraphs, nor with all
of that name: a whole article may stand in `class="has-newsletter"`, and each of its paragraphs in `class="newsletter-text"`.
What offers something or leads elsewhere holds a link or a button; the rest of an article under "read more" has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from monitor.core.blocks import text_within

LONGEST = 2_500  # characters
LARGEST = 1_000  # elements
LOOKED = 1_000  # elements that are named so; real pages have 300 at most
MOST = 0.5  # of the letters of the page's paragraphs
BROKEN = 3  # lines: a text without paragraphs
RUNNING = 60  # characters of a paragraph of running text
FEW = 3  # of those, with fewer links among them, are a text

_HOLDERS = ("div", "section", "ul", "p", "h2", "h3", "h4", "span")
_LEADING = ("a", "button", "form", "input", "iframe")
_TEXTS = ("p", "div", "li", "td", "blockquote")
_NAMED = re.compile(
    r"newsletter|most[-_]*(?:popular|read)|popular[-_]articles|related[-_]*(?:article|content|link|news|post|stor)"
    r"|recirc|latest[-_]news|recommended[-_]|recommendation|read[-_]?more[-_]|also[-_]?read|trending|outbrain|taboola"
    r"|(?<![a-z])sign-?up|subscribe[-_]box|social[-_]share",
    re.IGNORECASE,
)
_NAMED_WITHOUT_LINKS = re.compile(
    r"author[-_]*bio|comment[-_]policy|no-access-comments|(?<![\w-])(?:is-|u-)?(?:sr-only|visually-?hidden|screen-reader)",
    re.IGNORECASE,
)
# What an article is filed under, and what else its page has: `category-trending`, `has-newsletter`.
_OF_THE_ARTICLE = re.compile(
    r"(?<!\S)(?:category|cat|tag|post_tag|topic|term|type|has|with)-\S+", re.IGNORECASE
)


def drop_furniture(tree: HtmlElement) -> None:
    """Take out of the tree what is named so; nothing is taken from which the article cannot be told."""
    named = list(islice(_named(tree), LOOKED))
    if not named:
        return
    told = _told(tree)
    short = [(element, name) for element, name in named if _is_short(element)]
    held = Counter[str]()
    for element, name in short:
        held[name] += _told(element)
    for element, name in short:
        if held[name] <= MOST * told and not _is_a_text(element) and _leads(element, name):
            element.drop_tree()


def _named(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Give what is named so, with the name."""
    for element in tree.iter(*_HOLDERS):
        names = element.get("class"), element.get("id")
        name = next((name for name in names if name and _is_named(name)), None)
        if name is not None:
            yield element, name


def _is_short(element: HtmlElement) -> bool:
    is_large = next(islice(element.iter(), LARGEST, None), None) is not None
    return not is_large and text_within(element, LONGEST) is not None


def _told(element: HtmlElement) -> int:
    return sum(len(paragraph.text_content()) for paragraph in element.iter("p"))


def _is_a_text(element: HtmlElement) -> bool:
    """Say whether it may be the article for other reasons: it holds a headline, lines broken by hand, or paragraphs."""
    broken = islice(element.iter("br"), BROKEN - 1, None)
    if next(element.iter("h1"), None) is not None or next(broken, None) is not None:
        return True
    running = sum(len((one.text or "").strip()) >= RUNNING for one in element.iter(*_TEXTS))
    return running >= FEW and sum(1 for _ in element.iter("a")) < running


def _leads(element: HtmlElement, name: str) -> bool:
    """Say whether it leads anywhere, where its name says so."""
    if _NAMED_WITHOUT_LINKS.search(name) or next(element.iter(*_LEADING), None) is not None:
        return True
    return next(element.iterancestors("a"), None) is not None


@lru_cache(maxsize=8192)
def _is_named(name: str) -> bool:
    own = _OF_THE_ARTICLE.sub("", name)
    return bool(_NAMED.search(own) or _NAMED_WITHOUT_LINKS.search(own))
