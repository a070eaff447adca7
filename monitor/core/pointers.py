"""Lines of a text that only point to the outlet's other articles: "Read more: …", the three headlines amid the text.

They tell of other things than the article does. Kept, they would bring it under topics that it is not about, make
stories of one outlet look alike, and pass for a change of the text whenever the outlet points elsewhere.

A line is one where it is a link, and nothing but a link, to another page of the same site; a few words before it do not
count where they end in a colon or the line is an item of a list. Where much of a text is such lines, they are what it is about, and stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import urls
from monitor.core.blocks import is_block, squeezed

SHORTEST, LONGEST = 12, 200  # characters without spaces
FEWEST = 4  # words of a headline; fewer are a name: of a section, an author, an agency
LABEL = 30  # characters without spaces that may stand before a link, and end in a colon
MOST = 0.3  # of a text; where more is pointers, it is a list of them


def without_pointers(tree: HtmlElement, text: str, url: str) -> str:
    """Give a page's text without the lines that only point elsewhere on the same site. `url` is the page's."""
    lines = text.split("\n")
    # Headlines end in no full stop; most texts have no line without one, and need no further look.
    short = (squeezed(line) for line in lines if not line.endswith((".", "。")))
    ends = {line[-SHORTEST:] for line in short if SHORTEST <= len(line) <= LONGEST}
    pointers = set(_pointers(tree, ends, url)) if ends else set()
    kept = [line for line in lines if squeezed(line) not in pointers]
    return "\n".join(kept) if len(text) - len("\n".join(kept)) <= MOST * len(text) else text


def _pointers(tree: HtmlElement, ends: set[str], url: str) -> Iterator[str]:
    """Give what is a link alone, of what ends so."""
    blocks: dict[HtmlElement, str] = {}
    for link in tree.iter("a"):
        words = link.text_content()
        if len(words) < SHORTEST or (letters := squeezed(words))[-SHORTEST:] not in ends:
            continue
        if 1 < len(words.split()) < FEWEST:
            continue
        block = _block(link)
        if block not in blocks:
            blocks[block] = squeezed(block.text_content())
        if _is_label(blocks[block], letters, block) and _leads_on(link.get("href") or "", url):
            yield blocks[block]


def _is_label(whole: str, letters: str, block: HtmlElement) -> bool:
    """Say whether what stands beside a link is a few words at most, and in a paragraph ends in a colon."""
    if len(whole) - len(letters) > LABEL:
        return False
    label = whole.removesuffix(letters)
    return label != whole and (not label or label.endswith(":") or block.tag == "li")


def _block(element: HtmlElement) -> HtmlElement:
    """Give the block that an element stands in."""
    return next((above for above in element.iterancestors() if is_block(above)), element)


def _leads_on(href: str, url: str) -> bool:
    """Say whether a link leads to another page of the same site."""
    there = urls.resolved(href, url)
    if there is None or urls.registrable(there) != urls.registrable(url):
        return False
    return urlsplit(there)[:4] != urlsplit(url)[:4]
