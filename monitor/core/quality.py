"""What came back: an article, or something that only looks like one.

The rules go by evidence that holds for any outlet: marks of the products that build walls, how much text
there is, whether it is about what the page and the feed say it is about, how the page is built. They are
conservative: an article taken for a wall is lost for a while, a wall taken for an article is seen.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import jsonld, walls
from monitor.core.language import code, is_written_in
from monitor.core.markup import visible_words
from monitor.core.metadata import Head, Metadata
from monitor.model import Page, Quality, QualityKind, Task

BRIEF = 30  # words: the shortest text that can be an article
SHORT = 150  # words: what walls stay below
TEASER = 80  # words: what is shown of a paid article at most, if the page says no more of itself
_PARAGRAPH = 12  # words: shorter ones are captions and buttons
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w{4,}")
_CLOCK = re.compile(r"^\W{0,3}(?:\d{1,2}[.:h]\d{2})\b")
_CUT = ("…", "...", "[…]", "[...]")
_REFUSALS = {
    401: "log in",
    402: "pay",
    403: "go away",
    407: "log in",
    429: "come back later",
    451: "not read it",
}


@dataclass(frozen=True)
class Seen:
    """Everything a rule may ask; what costs time is worked out when first asked."""

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
    def visible(self) -> list[str]:
        """Every word a reader of the whole page would see."""
        return visible_words(self.head.tree)

    @cached_property
    def shown(self) -> str:
        """The start of what a reader would see, in lower case."""
        return " ".join(self.visible[:3000]).lower()

    @cached_property
    def names(self) -> list[str]:
        """The page's own headings: its title and the first ones it shows."""
        headings = [heading.text_content() for heading in list(self.head.tree.iter("h1"))[:2]]
        return [
            " ".join(name.split())[:300] for name in (self.head.tree.findtext(".//title") or "", *headings)
        ]

    @cached_property
    def is_promised(self) -> bool:
        """Whether this is the page that the feed spoke of: it bears the entry's title."""
        promised = _telling(self.hint.title)
        return len(promised) > 1 and any(
            len(promised & _telling(n)) >= 0.6 * len(promised) for n in self.names
        )

    @cached_property
    def is_on_subject(self) -> bool:
        """Whether the text speaks of what the page and the feed announce."""
        announced = _telling(
            f"{self.about.title} {self.about.description} {self.hint.title} {self.hint.summary}"[:1500]
        )
        said = _telling(self.text)
        return len(announced) > 2 and len(announced & said) >= 0.4 * len(announced)  # noqa: PLR2004


def judge(seen: Seen) -> Quality:
    """Say what the page is, and why. The first rule that recognises it decides."""
    for rule in _RULES:
        because = rule(seen)
        if because is not None:
            return Quality(_KINDS[rule], because)
    return Quality("article", f"{seen.words} words of running text")


def count_words(text: str) -> int:
    """Words of a text; where a script has no spaces, two characters count as one word."""
    spaced = len(text.split())
    return spaced if text.isascii() else spaced + len(_UNSPACED.findall(text)) // 2


def is_cut_off(text: str) -> bool:
    """Whether a text ends in the middle, as summaries do."""
    return text.rstrip().endswith(_CUT)


# ── the rules: a sentence, or None ───────────────────────────────────────────────────────────────


def _blocked(seen: Seen) -> str | None:
    if seen.page.headers.get("cf-mitigated", "").lower() == "challenge":
        return "a Cloudflare challenge stands where the article should be (header cf-mitigated)"
    if seen.page.status in _REFUSALS:
        return f"the site answered {seen.page.status} and wants us to {_REFUSALS[seen.page.status]}"
    if seen.words >= SHORT or len(seen.visible) > 2 * SHORT:
        return None
    body = seen.page.body[:500_000]
    vendor = next((vendor for mark, vendor in walls.BLOCK_MARKS if mark in body), None)
    if vendor is not None:
        return f"a bot block by {vendor} stands where the article should be"
    said = walls.BLOCK_WORDS.search(" ".join([*seen.names, seen.shown]).lower())
    if said and len(seen.visible) < SHORT and not seen.is_promised:
        return f"the page asks for a proof of being human ({said.group()!r})"
    return None


def _failed(seen: Seen) -> str | None:
    if seen.page.status >= 400:  # noqa: PLR2004 (RFC 9110 §15.5)
        return f"the site answered {seen.page.status}"
    if seen.words >= SHORT or seen.is_promised:
        return None
    said = next((said for name in seen.names if (said := walls.ERROR_WORDS.search(name))), None)
    return f"an error page, although the status says {seen.page.status} ({said.group()!r})" if said else None


def _consent(seen: Seen) -> str | None:
    asked, came = seen.page.url, seen.page.final_url
    if (
        walls.CONSENT_ADDRESS.search(came)
        and not walls.CONSENT_ADDRESS.search(asked)
        and not seen.is_on_subject
    ):
        return f"we were sent to a page that asks for consent ({urlsplit(came).hostname})"
    # Extractors leave banners out, so where they found little the whole page is asked.
    raw = (seen.text.lower() if seen.words >= SHORT else seen.shown).split()
    if len(walls.CONSENT_WORDS.intersection(raw)) < 2:  # noqa: PLR2004 (spares nearly every article the rest)
        return None
    words = [word.strip(".,:;()\"'„“»«!?") for word in raw]
    hits = [word for word in words if word in walls.CONSENT_WORDS]
    if len(set(hits)) < 3 or len(hits) < 0.04 * len(words) or seen.is_on_subject:  # noqa: PLR2004
        return None
    act = walls.CONSENT_ACTS.search(seen.shown)
    return f"the text is a request for consent to cookies and tracking ({act.group()!r})" if act else None


def _login(seen: Seen) -> str | None:
    if seen.words >= SHORT or seen.is_promised or seen.is_on_subject:
        return None
    has_form = any((field.get("type") or "").lower() == "password" for field in seen.head.tree.iter("input"))
    where = " ".join([*seen.names, urlsplit(seen.page.final_url).path]).lower()
    return "the page is a log-in form" if has_form and walls.LOGIN_WORDS.search(where) else None


def _live_blog(seen: Seen) -> str | None:
    if any("liveblogposting" in jsonld.types_of(node) for node in seen.head.nodes):
        return "the page calls itself a live blog (LiveBlogPosting)"
    said = walls.LIVE_WORDS.search(f"{seen.about.title} {urlsplit(seen.page.final_url).path}".lower())
    if not said:
        return None
    clocks = sum(bool(_CLOCK.match(line)) for line in seen.text.split("\n")) + len(
        list(seen.head.tree.iter("time"))
    )
    return f"it says {said.group()!r} and carries {clocks} times of day" if clocks >= 8 else None  # noqa: PLR2004


def _list(seen: Seen) -> str | None:
    if seen.about.is_article or seen.is_promised:
        return None
    if not urlsplit(seen.page.final_url).path.strip("/") and not urlsplit(seen.page.final_url).query:
        return "this is the site's front page, not an article"
    headlines = _linked_headings(seen)
    if headlines < 10:  # noqa: PLR2004
        return None
    if _side_by_side(seen) >= BRIEF or max(map(count_words, seen.text.split("\n"))) >= SHORT:
        return None
    return f"the page lists {headlines} headlines and tells none of them"


def _teaser(seen: Seen) -> str | None:
    if seen.about.access == "free":
        return None
    if seen.about.access == "paywall" and _is_scrambled(seen):
        return "the page says that it must be paid for, and its text is scrambled"
    promised = _promised_words(seen)
    if promised >= SHORT and seen.words < 0.4 * promised and seen.about.access != "unknown":
        return f"{seen.words} words are shown of an article that says it has {promised}"
    if seen.about.access == "paywall" and seen.words < TEASER:
        return f"the page says that it must be paid for, and shows {seen.words} words"
    if seen.words >= SHORT + 50:
        return None
    said = walls.PAYWALL_WORDS.search(seen.shown)
    is_marked = seen.about.access != "unknown" or _has_paywall(seen) or is_cut_off(seen.text)
    return (
        f"{seen.words} words, then the page wants a subscription ({said.group()!r})"
        if said and is_marked
        else None
    )


def _video(seen: Seen) -> str | None:
    if seen.words >= TEASER:
        return None
    is_film = seen.head.meta.get("og:type", "").lower().startswith("video") or any(
        "videoobject" in jsonld.types_of(node) for node in seen.head.nodes
    )
    has_player = next(seen.head.tree.iter("video"), None) is not None
    is_one = (is_film and not seen.head.article) or (has_player and seen.words < BRIEF)
    return f"the page is a video with {seen.words} words beside it" if is_one else None


def _empty(seen: Seen) -> str | None:
    if seen.words < BRIEF:
        return f"the page has {seen.words} words of text, fewer than a brief"
    longest = max(count_words(line) for line in seen.text.split("\n"))
    if seen.words < SHORT and longest < _PARAGRAPH and not seen.is_promised:
        return f"no paragraph on the page is longer than {longest} words"
    return None


_KINDS: dict[Callable[[Seen], str | None], QualityKind] = {
    _blocked: "blocked",
    _failed: "error_page",
    _consent: "consent",
    _login: "login",
    _live_blog: "live_blog",
    _list: "list",
    _teaser: "teaser",
    _video: "video",
    _empty: "empty",
}
_RULES = tuple(_KINDS)


# ── what the rules ask ───────────────────────────────────────────────────────────────────────────


def _telling(text: str) -> set[str]:
    """The words that carry a subject: four letters and more; pairs of characters where a script has no spaces."""
    text = text.lower()
    unspaced = "".join(_UNSPACED.findall(text))
    pairs = {unspaced[at : at + 2] for at in range(len(unspaced) - 1)}
    return pairs if len(unspaced) > len(text) // 3 else set(_WORD.findall(text))


def _linked_headings(seen: Seen) -> int:
    headings = list(seen.head.tree.iter("h2", "h3", "h4"))
    return sum(
        1
        for heading in headings
        if next(heading.iter("a"), None) is not None
        or any(above.tag == "a" for above in heading.iterancestors("a"))
    )


def _side_by_side(seen: Seen) -> int:
    """Words in paragraphs that have another beside them: articles are told so, teasers stand alone in their boxes."""
    groups: defaultdict[HtmlElement, list[int]] = defaultdict(list)
    for paragraph in seen.head.tree.iter("p"):
        words = len(paragraph.text_content().split())
        parent = paragraph.getparent()
        if words >= _PARAGRAPH and parent is not None:
            groups[parent].append(words)
    return sum(sum(group) for group in groups.values() if len(group) > 1)


def _promised_words(seen: Seen) -> int:
    count = seen.head.article.get("wordCount")
    if isinstance(count, str) and count.isdecimal() and len(count) < 7:  # noqa: PLR2004
        count = int(count)
    return count if isinstance(count, int) and 0 < count < 1_000_000 else 0  # noqa: PLR2004


def _has_paywall(seen: Seen) -> bool:
    return any(
        "paywall" in f"{block.get('class')} {block.get('id')}".lower()
        for block in seen.head.tree.iter("div", "section", "aside")
    )


def _is_scrambled(seen: Seen) -> bool:
    """Whether the second half of the text is in no language, as where letters were shifted."""
    words = seen.text.split()
    declared = code(seen.about.declared)
    tail = " ".join(words[len(words) // 2 :])
    return declared is not None and is_written_in(tail, declared) is False
