"""A first look at a page: whether it is beyond doubt an article that no topic can match.

Looking for the article is nearly all that reading a page costs. It is spared where all of the page's text holds
too few of the topics' words, and where what is plainly there could be nothing but an article. In every
doubt the answer is None, and the page is read: a wall that passed for an article off topic would be
believed, and what stands behind it lost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from monitor.core import jsonld, language
from monitor.core.metadata import Head, Metadata
from monitor.core.quality import SHORT, Seen, count_words, is_off_subject, judge
from monitor.core.seen import PARAGRAPH, linked_words, stems
from monitor.core.sieve import Sieve, scraps
from monitor.model import Glance, Page, Task

_OPEN = {
    "free",
    "metered",
    "unknown",
}  # of a page that must be paid for, it takes the text to say how much is there
_READABLE = {"article", "live_blog"}
_WORDLESS = {"script", "style", "svg"}
_ELSEWHERE = {"nav", "header", "footer", "aside"}
# What an extractor may take words from besides text: formulas, its own element names, a forum's preloaded posts.
_WORDS_IN_ATTRIBUTES = XPath("boolean(//math or //graphic or //ref or //*[@id = 'data-preloaded'])")
# Members of JSON-LD that extractors take for the text where they find little on the page.
_TEXT_IN_JSON = re.compile(
    'articleBody|reviewBody|recipeInstructions|acceptedAnswer|"(?:Product|VideoObject|HowTo)"'
)


def glance(page: Page, head: Head, about: Metadata, hint: Task, sieve: Sieve) -> Glance | None:
    """What can be told without looking for the article; None where the page has to be read.

    `about` needs no more than `read_subject` gives. Cheap questions come first.
    """
    wanted = frozenset(hint.topics)
    announced = (about.title, about.description, hint.title, hint.summary)
    if not about.title or about.access not in _OPEN or not _rules_out(sieve, announced, wanted):
        return None
    told = _told(head.tree)
    if not _is_plainly_the_article(Seen(page, head, about, told, hint)):
        return None
    if _WORDS_IN_ATTRIBUTES(head.tree):
        return None
    held = sieve.held(scraps((about.title, *_texts(head.tree), *_texts_in_json(head))))
    if held is None or not wanted.isdisjoint(held.topics):
        return None
    return Glance(
        title=about.title,
        language=language.settle(about.declared, told),
        canonical=about.canonical,
        og_url=about.og_url,
        words=held.words,
        beginnings=held.beginnings,
    )


def _is_plainly_the_article(seen: Seen) -> bool:
    """Whether these paragraphs alone are more than any wall shows, and are about what was announced."""
    if seen.words < SHORT or not (seen.about.is_article or seen.is_promised):
        return False
    title = seen.hint.title or seen.about.title
    if is_off_subject(title, seen.text) or not (seen.is_on_subject or _has_half(title, seen.text)):
        return False
    return judge(seen).kind in _READABLE


def _has_half(title: str, text: str) -> bool:
    announced = stems(title)
    return len(announced) > 2 and 2 * len(announced & stems(text)) >= len(announced)  # noqa: PLR2004  as `is_off_subject`


def _told(tree: HtmlElement) -> str:
    """The paragraphs of running text that stand together, the most there are: in one `<article>`, or near each other.

    Less than the article it may be, never more: what stands elsewhere on the page does not count.
    """
    groups: defaultdict[HtmlElement, list[str]] = defaultdict(list)
    for paragraph in tree.iter("p"):
        text = " ".join(paragraph.text_content().split())
        words = count_words(text)
        if words < PARAGRAPH:
            continue
        if next(paragraph.iter("a"), None) is not None and 2 * linked_words(paragraph) > words:
            continue
        if (place := _place(paragraph)) is not None:
            groups[place].append(text)
    return max(("\n".join(group) for group in groups.values()), key=len, default="")


def _place(paragraph: HtmlElement) -> HtmlElement | None:
    """The `<article>` around a paragraph, or else its parent's parent; None in the furniture of the page."""
    above = list(paragraph.iterancestors())
    if any(one.tag in _ELSEWHERE for one in above):
        return None
    return next(
        (one for one in above if one.tag == "article"), above[min(1, len(above) - 1)] if above else None
    )


# ── all of the page's text ───────────────────────────────────────────────────────────────────────


def _rules_out(sieve: Sieve, texts: tuple[str, ...], wanted: frozenset[str]) -> bool:
    """Whether nothing that is wanted can be told of in these texts."""
    held = sieve.held(scraps(texts))
    return held is not None and wanted.isdisjoint(held.topics)


def _texts(tree: HtmlElement) -> Iterator[str]:
    """Every text of the tree but scripts and styles, piece by piece."""
    for element in tree.iter():
        if element.text and element.tag not in _WORDLESS:
            yield element.text
        if element.tail:
            yield element.tail


def _texts_in_json(head: Head) -> Iterator[str]:
    """The strings of JSON-LD, where one of them may stand in for the text; with their markup, and resolved."""
    has_body = any("articleBody" in node for node in head.nodes)
    for script in head.tree.iter("script"):
        text = script.text or ""
        if "ld+json" in (script.get("type") or "").lower() and (has_body or _TEXT_IN_JSON.search(text)):
            for value in _strings(jsonld.parsed(text)):
                for whole in {value, unescape(value)}:
                    yield from re.split("[<>]", whole)


def _strings(value: Any) -> Iterator[str]:
    """Every string in a value of JSON; without recursion, since depth is the page's choice."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
