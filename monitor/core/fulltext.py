"""The text of the article on a page: trafilatura's, and what it is known to miss.

Its fast mode reads most pages; a second opinion is asked where that left the page unread. Bodies that the outlet cuts
into parts are put together first, of which it would read one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice

from lxml.etree import LxmlError, strip_elements
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from monitor.core import jsonld
from monitor.core.blocks import lines_of, plain_text, squeezed, text_within
from monitor.core.furniture import drop_furniture
from monitor.core.head import Head
from monitor.core.markup import read_fragment
from monitor.core.quality import BRIEF, SHORT, count_words
from monitor.errors import ExtractError

TRAFILATURA = f"trafilatura {version('trafilatura')}"
# What a bug of the extractor looks like on a page that it does not understand.
_EXTRACTOR_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
                   LxmlError)  # fmt: skip
_DOUBTED = 400  # words: a longer text is the article in all real pages seen
_PARAGRAPH = 12  # words
_LONG = 80  # characters
_BEGINNING = 40  # characters without spaces
_UNREAD = 0.2  # of a body's paragraphs
_NEAR = 4  # levels above a container
_FEWEST_PARTS = 2
_HEADS = ("h1", "h2", "article")
_HEADED = ("h3", "div", "a", "span", "p")
_HEADLINE = re.compile(r"headline|(?<![a-z])title", re.IGNORECASE)
_FEWEST_WORDS, _LONGEST_HEADLINE = 3, 300  # words and characters of a headline
_WORDLESS = ("style", "svg", "link", "meta", "source")


def _settings(*, fast: bool, recall: bool = False) -> Extractor:
    # Never `dedup`: it remembers across pages, so the same page would read differently each time.
    made = Extractor(output_format="python", fast=fast, recall=recall, comments=False, with_metadata=False)
    if fast and not recall:
        made.focus = "no second try"  # ours asks for less and finds more; theirs is a tenth of the extraction
    return made


# What trafilatura would throw away in any case, but only after walking over it several times. Spared is what
# it asks about before: headings, paragraphs, scripts; and nests, of which it forgets the second half.
_FURNITURE = "|".join(
    f".//{tag}[not(.//h1 or .//p or .//script) and not(//{tag}//{tag})]" for tag in ("aside", "footer")
)
# Read only by trafilatura, and made once: to make one costs a fiftieth of a page's extraction.
FAST, RECALL, THOROUGH = _settings(fast=True), _settings(fast=True, recall=True), _settings(fast=False)


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a page, paragraphs separated by one newline, and which extractor found it."""

    text: str
    extractor: str


def article_text(head: Head) -> Text:
    """The article's text: trafilatura's fast mode, and a second opinion where that left the page unread.

    Takes from the tree what nobody reads: an extractor copies the tree several times over.
    """
    _lighten(head.tree)
    drop_furniture(head.tree)
    first = _extracted(head.tree, f"{TRAFILATURA} fast", FAST)
    parts = _unread_parts(head.tree, first.text)
    if parts:
        _join(parts)
        first = _extracted(head.tree, f"{TRAFILATURA} fast", FAST)
    words = count_words(first.text)
    if words >= _DOUBTED and "\n" in first.text:
        return first
    paragraphs = _paragraphs(head.tree)
    unread = sum(map(len, paragraphs))
    is_one_lump = "\n" not in first.text and len(paragraphs) > 1
    is_missed = unread >= SHORT and unread > words and _covered(paragraphs, first.text) < 0.15 * unread
    if is_one_lump or is_missed:
        first = _second_opinion(head.tree, paragraphs, first)
    return _told_by_json(head, first) if count_words(first.text) < SHORT else first


def _extracted(tree: HtmlElement, name: str, options: Extractor) -> Text:
    try:
        furniture = _FURNITURE if options.fast else None  # the other extractors weigh it
        document = bare_extraction(tree, options=options, prune_xpath=furniture)
    except _EXTRACTOR_BUGS as error:
        raise ExtractError(f"The extractor failed on this page ({type(error).__name__}).") from error
    return Text(lines_of(getattr(document, "text", None) or ""), name)


def _lighten(tree: HtmlElement) -> None:
    """Drop scripts but those with data for search engines, and other elements without words for readers."""
    for script in [script for script in tree.iter("script") if script.get("type") != "application/ld+json"]:
        script.drop_tree()
    strip_elements(tree, *_WORDLESS, with_tail=False)


def _unread_parts(tree: HtmlElement, text: str) -> list[HtmlElement]:
    """The containers that hold the article between them, where much of them was left unread; else none.

    These are of one class, near each other, and no headline stands between them: that would be another article's.
    """
    paragraphs: defaultdict[tuple[str, str], list[HtmlElement]] = defaultdict(list)
    for paragraph in tree.iter("p"):
        container = paragraph.getparent()
        if len(paragraph.text or "") >= _LONG and container is not None and container.get("class"):
            paragraphs[container.tag, container.get("class") or ""].append(paragraph)
    body = max(paragraphs.values(), key=len, default=[])
    held = Counter(paragraph.getparent() for paragraph in body)
    containers = list(held)
    is_whole = sum(count > 1 for count in held.values()) < _FEWEST_PARTS  # teasers have one paragraph each
    if is_whole or "comment" in containers[0].get("class", "").lower():
        return []
    known = squeezed(text)
    unread = sum(squeezed(paragraph.text or "")[:_BEGINNING] not in known for paragraph in body)
    return containers if unread >= _UNREAD * len(body) and _belong_together(containers) else []


def _belong_together(containers: list[HtmlElement]) -> bool:
    ways = [list(islice(container.iterancestors(), _NEAR)) for container in containers]
    around = next((above for above in ways[0] if all(above in way for way in ways)), None)
    if around is None:
        return False
    inside = {one for container in containers for one in container.iter(*_HEADS, *_HEADED)}
    others = (one for one in around.iter(*_HEADS, *_HEADED) if one is not around and one not in inside)
    return not any(_heads(one) for one in others)


def _heads(element: HtmlElement) -> bool:
    """Say whether another article may begin here, with an element for headlines or one that is called so."""
    if element.tag in _HEADS:
        return True
    if not _HEADLINE.search(element.get("class") or ""):
        return False
    return len((text_within(element, _LONGEST_HEADLINE) or "").split()) >= _FEWEST_WORDS


def _join(containers: list[HtmlElement]) -> None:
    """Put what stands in the later containers into the first."""
    first, *others = containers
    for other in others:
        first.extend(list(other))


def _second_opinion(tree: HtmlElement, paragraphs: list[list[str]], first: Text) -> Text:
    """Read again with other settings, and keep what covers most of the page's paragraphs, and tells them apart."""
    others = [
        _extracted(tree, f"{TRAFILATURA} fast, recall", RECALL),
        _extracted(tree, TRAFILATURA, THOROUGH),
    ]
    return max([first, *others], key=lambda found: (_covered(paragraphs, found.text), found.text.count("\n")))


def _paragraphs(tree: HtmlElement) -> list[list[str]]:
    """The page's paragraphs of running text, as words; lists of links are none."""
    found = []
    for element in tree.iter("p", "li"):
        words = element.text_content().split()
        if len(words) >= _PARAGRAPH:
            linked = sum(len(link.text_content().split()) for link in element.iter("a"))
            if linked * 2 <= len(words):
                found.append(words)
    return found


def _covered(paragraphs: list[list[str]], text: str) -> int:
    """Words of those paragraphs whose beginning stands in the text."""
    running = " ".join(text.split())
    return sum(len(words) for words in paragraphs if " ".join(words[1:6]) in running)


def _told_by_json(head: Head, found: Text) -> Text:
    """The article body that the page carries in JSON-LD, where the visible page shows far less."""
    body = jsonld.first_string(head.article.get("articleBody")) or ""
    if count_words(body) < max(BRIEF, 2 * count_words(found.text)):
        return found
    text = plain_text(read_fragment(body)) if "<" in body else lines_of(body)
    return Text(text, "JSON-LD articleBody")
