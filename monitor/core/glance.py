"""A first look at a page: whether it is beyond doubt an article that no topic can match.

Looking for the article is nearly all that reading a page costs. It is spared where all of the page's text holds
too few of the topics' words, and where what is plainly there could be nothing but an article. In every
doubt the answer is None, and the page is read: a wall that passed for an article off topic would be
believed, and what stands behind it lost.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from monitor.core import jsonld
from monitor.core.barriers import PRINTED
from monitor.core.head import Head
from monitor.core.metadata import Metadata
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
_ENOUGH = 2 * SHORT  # words that no rule takes for anything but an article, whatever else there is
_WORDLESS = {"script", "style", "svg"}
_ELSEWHERE = {"nav", "header", "footer", "aside"}
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
    if not _is_plainly_the_article(Seen(page, head, about, _told(head.tree), hint)):
        return None
    if _has_words_in_attributes(head.tree):
        return None
    held = sieve.held(scraps((about.title, *_texts(head.tree), *_texts_in_json(head))), wanted)
    if held is None or not wanted.isdisjoint(held.topics):
        return None
    return Glance(
        title=about.title,
        canonical=about.canonical,
        og_url=about.og_url,
        words=held.words,
        beginnings=held.beginnings,
    )


def _is_plainly_the_article(seen: Seen) -> bool:
    """Whether these paragraphs alone are more than any wall shows, and are about what was announced."""
    if seen.words < PRINTED or not (seen.about.is_article or seen.is_promised):
        return False
    title = seen.hint.title or seen.about.title
    if is_off_subject(title, seen.text) or not (seen.is_on_subject or _has_half(title, seen.text)):
        return False
    return judge(seen).kind in _READABLE


def _has_half(title: str, text: str) -> bool:
    announced = stems(title)
    return len(announced) > 2 and 2 * len(announced & stems(text)) >= len(announced)  # noqa: PLR2004  as `is_off_subject`


def _told(tree: HtmlElement) -> str:
    """Paragraphs of running text that stand together, in one `<article>` or near each other: enough, or the most there are.

    Less than the article it may be, never more: what stands elsewhere on the page does not count.
    """
    groups: defaultdict[HtmlElement | None, list[str]] = defaultdict(list)
    words: Counter[HtmlElement | None] = Counter()
    places: dict[HtmlElement | None, HtmlElement | None] = {}
    for paragraph in tree.iter("p"):
        text = " ".join(paragraph.text_content().split())
        count = count_words(text)
        if count < PARAGRAPH or _is_linked(paragraph, count):
            continue
        parent = paragraph.getparent()
        if parent not in places:
            places[parent] = _place(parent)
        place = places[parent]
        groups[place].append(text)
        words[place] += count
        if words[place] >= _ENOUGH and place is not None:
            return "\n".join(groups[place])
    del words[None]
    return "\n".join(groups[words.most_common(1)[0][0]]) if words else ""


def _is_linked(paragraph: HtmlElement, words: int) -> bool:
    return next(paragraph.iter("a"), None) is not None and 2 * linked_words(paragraph) > words


def _place(parent: HtmlElement | None) -> HtmlElement | None:
    """The `<article>` around a paragraph, or else its parent's parent; None in the furniture of the page."""
    above = [] if parent is None else [parent, *parent.iterancestors()]
    if not above or any(one.tag in _ELSEWHERE for one in above):
        return None
    return next((one for one in above if one.tag == "article"), above[min(1, len(above) - 1)])


# ── all of the page's text ───────────────────────────────────────────────────────────────────────


def _rules_out(sieve: Sieve, texts: tuple[str, ...], wanted: frozenset[str]) -> bool:
    """Whether nothing that is wanted can be told of in these texts."""
    held = sieve.held(scraps(texts), wanted)
    return held is not None and wanted.isdisjoint(held.topics)


def _has_words_in_attributes(tree: HtmlElement) -> bool:
    """Whether an extractor may take words from elsewhere: from formulas, elements of its own names, a forum's posts."""
    is_worded = next(tree.iter("math", "graphic", "ref"), None) is not None
    return is_worded or any(block.get("id") == "data-preloaded" for block in tree.iter("div"))


def _texts(tree: HtmlElement) -> list[str]:
    """Every text of the tree but scripts and styles, piece by piece."""
    texts: list[str] = []
    for element in tree.iter():
        text = element.text
        if text and element.tag not in _WORDLESS:
            texts.append(text)
        text = element.tail
        if text:
            texts.append(text)
    return texts


def _texts_in_json(head: Head) -> Iterator[str]:
    """The strings of JSON-LD, where one of them may stand in for the text; with their markup, and resolved."""
    has_body = any("articleBody" in node for node in head.nodes)
    for script in head.tree.iter("script"):
        text = script.text or ""
        if "ld+json" in (script.get("type") or "").lower() and (has_body or _TEXT_IN_JSON.search(text)):
            for value in _strings(jsonld.parsed(text)):
                for whole in {value, unescape(value), unescape(unescape(value))}:
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
