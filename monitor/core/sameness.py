"""Whether two texts met under one address are one article, or two that a site gives the same address.

Addresses are claims. What a page declares (`rel=canonical`, `og:url`) may be a template's mistake, and then
every page of the site declares the same; a number in a path may be a section's. The texts decide.
"""

from __future__ import annotations

from monitor.core.fingerprint import SHINGLE, words
from monitor.core.passages import share_of, shared_spans

RELATED = 0.2  # of the shorter text: less is left of no article that was merely edited
SAME_TEXT = 0.6  # of the shorter text, where only a number in the address speaks for one article


def is_same_article(text: str, other: str, *, title: str, other_title: str) -> bool:
    """Whether a text may be another version of an article that its page declares to be.

    True also where the headlines are equal: a live page can lose every sentence it had.
    """
    if words(title) == words(other_title) and title.strip():
        return True
    return shared(text, other) >= RELATED


def is_renamed(text: str, other: str) -> bool:
    """Whether a text is another version of one whose address has the same number and another headline."""
    return shared(text, other) >= SAME_TEXT


def shared(text: str, other: str) -> float:
    """The part of the shorter text that stands in the other, 0–1; texts of a few words only when they are equal."""
    here, there = words(text), words(other)
    if min(len(here), len(there)) < SHINGLE:
        return float(here == there)
    shorter, longer = sorted((here, there), key=len)
    return share_of(shared_spans(shorter, longer), len(shorter))
