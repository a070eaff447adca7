"""What the rules of the quality gate may ask of a page; what costs time is worked out when first asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from lxml.html import HtmlElement

from monitor.core.head import Head
from monitor.core.markup import visible_words
from monitor.core.metadata import Metadata
from monitor.model import Page, Task

BRIEF = 30  # words: the shortest text that can be an article
SHORT = 150  # words: what walls stay below
TEASER = 80  # words: what is shown of a paid article at most, if the page says no more of itself
PARAGRAPH = 12  # words: shorter ones are captions and buttons
CONTROL = 7  # words: what a button says at most
MOST_SHOWN = 3000  # words of the page that rules look at
STEM = 5  # letters that words of one family share, in languages that bend their words' ends
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w{4,}")
_CUT = ("…", "...", "[…]", "[...]")
_CONTROLS = ("button", "a", "summary")


@dataclass(frozen=True)
class Seen:
    """One answer: the page, what it says of itself, the text that was found, and what the feed said."""

    page: Page
    head: Head
    about: Metadata
    text: str
    hint: Task

    @cached_property
    def words(self) -> int:
        """Words of the text; two characters count as one where a script has no spaces."""
        return count_words(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The paragraphs of the text."""
        return self.text.split("\n")

    @cached_property
    def visible(self) -> list[str]:
        """Every word a reader of the whole page would see."""
        return visible_words(self.head.tree)

    @cached_property
    def shown(self) -> str:
        """The start of what a reader would see, in lower case."""
        return " ".join(self.visible[:MOST_SHOWN]).lower()

    @cached_property
    def headings(self) -> list[str]:
        """The first headings that a reader sees."""
        tops = list(self.head.tree.iter("h1"))[:2] or list(self.head.tree.iter("h2"))[:2]
        return [" ".join(heading.text_content().split())[:300] for heading in tops]

    @cached_property
    def names(self) -> list[str]:
        """What the page calls itself: its title and its first headings."""
        return [" ".join((self.head.tree.findtext(".//title") or "").split())[:300], *self.headings]

    @cached_property
    def controls(self) -> str:
        """What the page's buttons and short links say, in lower case, with a bar between them."""
        said = (" ".join(e.text_content().split()) for e in self.head.tree.iter(*_CONTROLS))
        pressed = (
            e.get("value") or ""
            for e in self.head.tree.iter("input")
            if e.get("type") in {"submit", "button"}
        )
        return "|".join(c.lower() for c in (*said, *pressed) if c and len(c.split()) <= CONTROL)

    @cached_property
    def is_promised(self) -> bool:
        """Whether this is the page that the feed spoke of: it bears the entry's title."""
        return bears(self.hint.title, self.names)

    @cached_property
    def is_headed(self) -> bool:
        """Whether a heading that readers see is the entry's title; walls keep it in `<title>` at most."""
        return bears(self.hint.title, self.headings)

    @cached_property
    def is_on_subject(self) -> bool:
        """Whether the text speaks of what the page and the feed announce."""
        announced = telling(
            f"{self.about.title} {self.about.description} {self.hint.title} {self.hint.summary}"[:1500]
        )
        said = telling(self.text)
        return len(announced) > 2 and len(announced & said) >= 0.4 * len(announced)  # noqa: PLR2004

    def has_input(self, *kinds: str) -> bool:
        """Whether the page has a field of one of these kinds."""
        return any((field.get("type") or "").lower() in kinds for field in self.head.tree.iter("input"))


def count_words(text: str) -> int:
    """Words of a text; where a script has no spaces, two characters count as one word."""
    spaced = len(text.split())
    return spaced if text.isascii() else spaced + len(_UNSPACED.findall(text)) // 2


def is_cut_off(text: str) -> bool:
    """Whether a text ends in the middle, as summaries do."""
    return text.rstrip().endswith(_CUT)


def bears(title: str, names: Iterable[str]) -> bool:
    """Whether one of the names says what the title says."""
    promised = telling(title)
    return len(promised) > 1 and any(len(promised & telling(n)) >= 0.6 * len(promised) for n in names)


def telling(text: str) -> set[str]:
    """The words that carry a subject: four letters and more; pairs of characters where a script has no spaces."""
    text = text.lower()
    unspaced = "".join(_UNSPACED.findall(text))
    pairs = {unspaced[at : at + 2] for at in range(len(unspaced) - 1)}
    return pairs if len(unspaced) > len(text) // 3 else set(_WORD.findall(text))


def stems(text: str) -> set[str]:
    """The beginnings of the longer words, so that "Brücke" and "Brücken" are one; pairs where there are no spaces."""
    return {word[:STEM] for word in telling(text) if len(word) >= STEM or len(word) == 2}  # noqa: PLR2004


def is_off_subject(title: str, text: str) -> bool:
    """Whether a text has next to nothing of what its headline announces."""
    announced = stems(title)
    if len(announced) <= 2:  # noqa: PLR2004
        return False
    few = len(announced) // 4
    return not _has_more_than(few, announced, text) and len(announced & stems(text)) <= few


def _has_more_than(few: int, announced: set[str], text: str) -> bool:
    """Whether the text surely has more than so many of these stems; no means nothing.

    Nearly every text has them in its first sentences, and need not be taken apart.
    """
    lowered = text.lower()
    if _UNSPACED.search(lowered):
        return False
    found = (stem for stem in announced if len(stem) == STEM and _begins_a_word(stem, lowered))
    return sum(1 for _ in islice(found, few + 1)) > few


def _begins_a_word(stem: str, text: str) -> bool:
    at = text.find(stem)
    while at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_"):
        at = text.find(stem, at + 1)
    return at >= 0


def linked_words(element: HtmlElement) -> int:
    """Words of an element that stand in links."""
    return sum(len(link.text_content().split()) for link in element.iter("a"))
