"""What came back: an article, or something that only looks like one.

The rules go by evidence that holds for any outlet: marks of the products that build walls, how much text
there is, whether it is about what the page and the feed say it is about, how the page is built. They are
conservative: an article taken for a wall is lost for a while, a wall taken for an article is seen. What no
rule can see on one page, that a host gives the same text for different articles, is told by `is_served_alike`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.core import barriers, stubs
from monitor.core.seen import BRIEF, SHORT, Seen, count_words, is_cut_off, is_off_subject, stems
from monitor.model import Quality, QualityKind

__all__ = [
    "BRIEF",
    "SHORT",
    "Seen",
    "count_words",
    "is_cut_off",
    "is_off_subject",
    "is_served_alike",
    "judge",
]

_KINDS: dict[Callable[[Seen], str | None], QualityKind] = {
    barriers.blocked: "blocked",
    barriers.failed: "error_page",
    barriers.consent: "consent",
    barriers.login: "login",
    stubs.live_blog: "live_blog",
    stubs.listing: "list",
    barriers.teaser: "teaser",
    stubs.video: "video",
    stubs.gallery: "gallery",
    stubs.empty: "empty",
}
_RULES = tuple(_KINDS)


def judge(seen: Seen) -> Quality:
    """Say what the page is, and why. The first rule that recognises it decides."""
    for rule in _RULES:
        because = rule(seen)
        if because is not None:
            return Quality(_KINDS[rule], because)
    return Quality("article", f"{seen.words} words of running text")


def is_served_alike(text: str, titles: Iterable[str]) -> bool:
    """Whether a host gave this text for articles with these headlines although it is none of them.

    True when at least two of the headlines announce different things, and the text has next to nothing of
    either: one text under two headlines is everyday (a wire text that a site carries twice).
    """
    strangers = [stems(title) for title in titles if is_off_subject(title, text)]
    return any(
        len(one & other) <= min(len(one), len(other)) // 3
        for at, one in enumerate(strangers)
        for other in strangers[:at]
    )
