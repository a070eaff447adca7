"""Lines of a text that only point to the outlet's other articles: "Read more: …", the three headlines amid the text.

They tell of other things than the article does. Kept, they would bring it under topics that it is not about, make
stories of one outlet look alike, and pass for a change of the text whenever the outlet points elsewhere.

A line is one where it is a link, and nothing but a link, to another page of the same site; a few words before it do not
count where they end in a colon or the line is an item of a list. Where much of a text is such lines, they are what it is
about, and stay; so do the items of a list that a sentence introduces, or of which as many are no links: winners,
ingredients, a programme; and many headings of which each has its paragraph: a digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from monitor.core import urls
from monitor.core.blocks import is_block, squeezed, text_within

SHORTEST, LONGEST = 12, 200  # characters without spaces
FEWEST = 4  # words of a headline; fewer are a name: of a section, an author, an agency
LABEL = 30  # characters without spaces that may stand before a link, and end in a colon
MOST = 0.3  # of a text; where more is pointers, it is a list of them
INTRODUCED = 50  # characters without spaces of a sentence before a list that end in a colon

_SPACED = 2_000  # characters with the spaces of the source
_LINKS = 5_000  # looked at; real pages have half of that
_LEVELS = 30  # between a link and its block
_ITEMS = 100  # of a list
_COLONS = (":", "\uff1a")
_STOPS = (".", "。", "।", "۔", "።")
_DIGEST, _MOSTLY = 8, 0.8  # headings over paragraphs; of the headings that are links
_PARAGRAPH = 80  # characters without spaces
_HEADINGS = ("h2", "h3", "h4")
_DEFINED = {"dd", "dt", "td", "th"}  # what a list of terms or a table tells
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
)  # writing without spaces
_ARCHIVED = re.compile(r"https?://web\.archive\.org/web/\d+[a-z_]*/(?=https?:)")


def without_pointers(tree: HtmlElement, text: str, url: str) -> str:
    """Give a page's text without the lines that only point elsewhere on the same site. `url` is the page's."""
    lines = text.split("\n")
    # Headlines end in no full stop; most texts have no line without one, and need no further look.
    short = (squeezed(line) for line in lines if not line.endswith(_STOPS))
    ends = {line[-SHORTEST:] for line in short if SHORTEST <= len(line) <= LONGEST}
    found = dict(_pointers(tree, ends, url)) if ends else {}
    pointers = set(found)
    if pointers:
        pointers -= _told_without_a_link(tree, pointers) | _headings(lines, found)
    kept = [line for line in lines if squeezed(line) not in pointers]
    return "\n".join(kept) if len(text) - len("\n".join(kept)) <= MOST * len(text) else text


def _pointers(tree: HtmlElement, ends: set[str], url: str) -> Iterator[tuple[str, bool]]:
    """Give what is a link alone, of what ends so, and whether it is a heading."""
    here = _address(urls.canonical(url) or url, url)  # without what tells who led there
    blocks: dict[HtmlElement, str] = {}
    lists: dict[HtmlElement, bool] = {}
    for link in islice(tree.iter("a"), _LINKS):
        if next(link.iterdescendants("a"), None) is not None:
            continue  # thousands within each other would each be read through
        words = text_within(link, _SPACED)
        if not words or len(words) < SHORTEST or (letters := squeezed(words))[-SHORTEST:] not in ends:
            continue
        if len(words.split()) < FEWEST and not _UNSPACED.search(words):
            continue
        block = _block(link)
        if block not in blocks:
            blocks[block] = squeezed(text_within(block, _SPACED) or "")
        if not _is_label(blocks[block], letters, block) or not _leads_on(link.get("href") or "", url, here):
            continue
        if block.tag == "li" and (parent := block.getparent()) is not None:
            if parent not in lists:
                lists[parent] = _is_of_the_text(parent)
            if lists[parent]:
                continue
        yield blocks[block], block.tag in _HEADINGS


def _is_label(whole: str, letters: str, block: HtmlElement) -> bool:
    """Say whether what stands beside a link is a few words at most, and in a paragraph ends in a colon."""
    if len(whole) - len(letters) > LABEL or block.tag in _DEFINED:
        return False
    label = whole.removesuffix(letters)
    return label != whole and (not label or label.endswith(_COLONS) or block.tag == "li")


def _is_of_the_text(found: HtmlElement) -> bool:
    """Say whether a list is told by the article: a sentence introduces it, or at least half of its items are no links."""
    before = found.getprevious()
    introduction = squeezed(text_within(before, _SPACED) or "") if before is not None else ""
    if len(introduction) >= INTRODUCED and introduction.endswith(_COLONS):
        return True
    items = list(islice(found.iterchildren("li"), _ITEMS))
    linked = sum(next(item.iter("a"), None) is not None for item in items)
    return 2 * linked <= len(items)


def _headings(lines: list[str], found: dict[str, bool]) -> set[str]:
    """Give the headings among the pointers where many head a paragraph each: a digest's news, linked questions."""
    letters = [squeezed(line) for line in lines]
    after = {line: following for line, following in pairwise((*letters, "")) if found.get(line)}
    heading = {
        line for line, following in after.items() if len(following) >= _PARAGRAPH and following not in found
    }
    return heading if len(heading) >= _DIGEST and len(heading) >= _MOSTLY * len(after) else set()


def _told_without_a_link(tree: HtmlElement, pointers: set[str]) -> set[str]:
    """Give those of the pointers that the page has as a heading of its own too."""
    return {
        letters
        for heading in tree.iter(*_HEADINGS)
        if (letters := squeezed(text_within(heading, _SPACED) or "")) in pointers
        and next(heading.iter("a"), None) is None
        and next(heading.iterancestors("a", "li"), None) is None
    }


def _block(element: HtmlElement) -> HtmlElement:
    """Give the block that an element stands in."""
    return next((above for above in islice(element.iterancestors(), _LEVELS) if is_block(above)), element)


def _leads_on(href: str, url: str, here: SplitResult) -> bool:
    """Say whether a link leads to another page of the same site, and not to a place on this one."""
    there = _address(href, url)
    if there.netloc != here.netloc and urls.site(there.netloc) != urls.site(here.netloc):
        return False
    path, own = there.path.rstrip("/"), here.path.rstrip("/")
    is_part = own.count("/") > 1 and path.startswith(own + "/")  # an entry of a ticker: `/live/quay/entry-7`
    is_place = path == own and (there.query == here.query or not here.query)
    return bool(there.netloc) and not is_place and not is_part


def _address(href: str, url: str) -> SplitResult:
    """Give where a link leads, out of the archive that keeps it; an empty address where it leads nowhere."""
    return urlsplit(_ARCHIVED.sub("", urls.resolved(href, url) or ""))
