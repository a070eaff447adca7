"""The sentences between headline and text, which say what happened: the standfirst (lead, dek, Vorspann, chapô).

Outlets set it apart from the text, and extractors lose it with the page's furniture: of 122 real articles of
sixty outlets, 33. A topic that is told of there and nowhere else would be missed.

It is taken for one where it stands between the headline and the beginning of the text, and says what the page gives
as the article's summary; or where the page's own names for its parts call it so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from monitor.core.blocks import is_block, squeezed, words_of

MOST = 3  # paragraphs; more that are called so are a list of other articles
SHORTEST, LONGEST = 25, 1_000  # characters without spaces
LOOKED = 600  # elements after the headline, in which the text has begun on all pages seen
_SAME = 30  # characters without spaces that two texts begin with, where one is the other
_READ = 50_000  # characters of the text
_OPENINGS = 3  # paragraphs of the text, of which one is met where it begins
_LONG = 40  # characters of a paragraph that is not another headline
_CARD = 20  # elements above a teaser
_HEADLINE = 4  # words; fewer are the name of a section
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}

_ELSEWHERE = {
    "aside", "audio", "button", "figcaption", "figure", "footer", "form", "h1", "iframe", "label", "nav", "noscript", "script",
    "select", "style", "svg", "table", "template", "time", "ul", "ol", "video",
}  # fmt: skip
_STARTS = ("article", "main")  # where a page has no headline of the first rank
_CALLED = re.compile(
    r"(?<![a-z])(?:(?:art\w*[-_ ]?|entry[-_]|post[-_]|story[-_])?"
    r"(?:lead|lede|stand-?first|sub-?title|sub-?head(?:line)?|dek|excerpt|abstract|vorspann|perex|ingress|chapo|chapeau|sapo"
    r"|bajada|entradilla|copete|sommario|synopsis|intro|summary|teaser|alternativeheadline)(?:[-_]?text)?)(?![a-z])",
    re.IGNORECASE,
)
_CALLED_OTHERWISE = re.compile(
    r"caption|byline|author|credit|share|social|newsletter|related|promo|breadcrumb|copyright|comment|video|galler|image|picture"
    r"|photo|media|audio|player|cookie|consent|banner|signup|card|site|menu|citation|price|offer",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def standfirst(tree: HtmlElement, title: str, summaries: Iterable[str], text: str) -> str:
    """Give what stands between headline and text, one paragraph a line; an empty text where there is none.

    `summaries` are what the page calls the article's summary. What stands in `text` already is not given.
    """
    text = text[:_READ]
    openings = [line[:_SAME] for line in map(squeezed, text.splitlines()) if len(line) >= _LONG][:_OPENINGS]
    told = [summary for summary in map(squeezed, summaries) if len(summary) >= SHORTEST]
    known = squeezed(title) + squeezed(text)
    found: list[str] = []
    called: list[str] = []
    for element in islice(_leaves(tree, squeezed(title)), LOOKED):
        words = words_of(element)
        letters = squeezed(words)
        if any(letters.startswith(opening) for opening in openings):
            return "\n".join(line for line in found if len(called) <= MOST or line not in called)
        if not _may_be(element, letters) or _stands_in(letters, known):
            continue
        if _is_told(letters, told):
            found.append(words)
        elif (
            len(letters) >= _LONG
            and not _is_figures(letters)
            and _is_called_so(element)
            and not _is_on_a_card(element)
        ):
            found.append(words)
            called.append(words)
        known += letters
    return ""


def _leaves(tree: HtmlElement, title: str) -> Iterator[HtmlElement]:
    """Give what follows the headline and holds text and no block, in the page's order."""
    away: set[HtmlElement] = set()
    for element in _following(_headline(tree, title)):
        parent = element.getparent()
        if parent in away or element.tag in _ELSEWHERE or (element.tag == "a" and element.get("href")):
            away.add(element)
        elif is_block(element) and not any(map(is_block, element)):
            away.add(element)
            yield element


def _headline(tree: HtmlElement, title: str) -> HtmlElement | None:
    """Give the headline of the first rank that is the article's; else the first element where it may begin."""
    ranked = list(tree.iter("h1"))
    for heading in ranked:
        letters = squeezed(heading.text_content())
        if letters and title and (letters in title or title in letters):
            return heading
    if len(ranked) == 1:
        return ranked[0]
    start = next(tree.iter(*_STARTS), None)
    return None if start is None or len(start) == 0 else start[0]


def _following(element: HtmlElement | None) -> Iterator[HtmlElement]:
    """Give the elements that begin after this one has ended, in the page's order."""
    while element is not None:
        sibling = element.getnext()
        while sibling is not None:
            yield from sibling.iter()
            sibling = sibling.getnext()
        element = element.getparent()


def _may_be(element: HtmlElement, letters: str) -> bool:
    """Say whether it is as long as a sentence, and more than links."""
    if not SHORTEST <= len(letters) <= LONGEST:
        return False
    linked = sum(len(squeezed(link.text_content())) for link in element.iter("a"))
    return 2 * linked <= len(letters)


def _stands_in(letters: str, known: str) -> bool:
    return letters[: 2 * _SAME] in known or letters[-2 * _SAME :] in known


def _is_told(letters: str, summaries: Iterable[str]) -> bool:
    """Say whether it is a summary, or one of these is its beginning: they are often cut short."""
    return any(letters in summary or summary[: 2 * _SAME].rstrip(".…") in letters for summary in summaries)


def _is_figures(letters: str) -> bool:
    """Say whether it is a date or a price rather than a sentence."""
    return 5 * sum(map(str.isdigit, letters)) > len(letters)


def _is_on_a_card(element: HtmlElement) -> bool:
    """Say whether it stands below the linked headline of another article."""
    for one in (element, element.getparent()):
        before = one.getprevious() if one is not None else None
        above = islice(before.iter(), _CARD) if before is not None else ()
        for heading in above:
            if heading.tag in _HEADINGS and any(
                len(words_of(link).split()) >= _HEADLINE for link in islice(heading.iter("a"), _CARD)
            ):
                return True
    return False


def _is_called_so(element: HtmlElement) -> bool:
    parent = element.getparent()
    names = " ".join(
        name
        for one in (element, parent)
        if one is not None
        for name in (one.get("class"), one.get("id"), one.get("itemprop"))
        if name
    )
    return bool(_CALLED.search(_CAMEL.sub("-", names))) and not _CALLED_OTHERWISE.search(names)
