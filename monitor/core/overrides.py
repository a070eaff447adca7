"""The user's word over our verdict: merged, kept apart, switched off. Pure; what was said comes in.

An article is first decided as if nothing had been said, so that `because` can tell what would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.core import copies
from monitor.core.words import day
from monitor.model import Article, Candidates, Copy, Known, Link, Rulings, Verdict


def corrected(
    article: Article, verdict: Verdict, candidates: Candidates, rulings: Rulings, topics: Sequence[str] = ()
) -> Verdict:
    """Give the verdict as the user wants it: joined, alone, or in the next best story.

    `verdict` is ours for this article and these candidates; `topics` are those that the article matched.
    To be joined by name counts over every switch.
    """
    if rulings.joined is not None and rulings.joined_at is not None:
        return _joined(article, verdict, rulings.joined, rulings.joined_at)
    if verdict.copy is None:
        return verdict
    switched = _switched_off(article, topics, rulings)
    if switched is not None:
        what, at = switched
        return _alone(verdict, verdict.copy, f"copies are switched off for {what}, {said(at)}")
    return _apart(article, verdict, candidates, rulings)


def said(at: datetime) -> str:
    """Say whose decision it was: "you said so on 6 August 2026"."""
    return f"you said so on {day(at)}"


def by_hand(copy: Copy, at: datetime) -> Copy:
    """A copy that the user made one, saying so before what we found."""
    return replace(copy, because=f"{said(at)}; {copy.because}")


def tie_left(copy: Copy, at: datetime) -> Link:
    """What is left of a copy that the user took out of its story: a tie that is shown and joins nothing."""
    return Link(
        other_id=copy.original_id,
        kind="partial",
        share=copy.share,
        because=f"kept apart, {said(at)}; {copy.because}",
        evidence=copy.evidence,
    )


def _joined(article: Article, verdict: Verdict, known: Known, at: datetime) -> Verdict:
    """A member of the story that the user named; as what we found it to be, where that is the same story."""
    if verdict.copy is not None and verdict.copy.story_id == known.story_id:
        copy = by_hand(verdict.copy, at)
    else:
        copy = by_hand(copies.refreshed(article, known, revision=1), at)
    links = tuple(link for link in verdict.links if link.other_id != copy.original_id)
    return Verdict(because=copy.because, copy=copy, links=links)


def _switched_off(article: Article, topics: Sequence[str], rulings: Rulings) -> tuple[str, datetime] | None:
    """What the article stands alone for: its outlet, or one of its topics."""
    if article.outlet_id in rulings.off:
        return article.outlet_id, rulings.off[article.outlet_id]
    topic = next((topic for topic in topics if topic in rulings.off_topics), None)
    return (f"the topic {topic}", rulings.off_topics[topic]) if topic else None


def _apart(article: Article, verdict: Verdict, candidates: Candidates, rulings: Rulings) -> Verdict:
    """Out of the stories that it must stay out of, decided anew among the rest, until nothing is in the way."""
    refused: list[tuple[Copy, str]] = []
    left = candidates
    while (copy := verdict.copy) is not None and (why := _refused(copy, left, rulings)):
        refused.append((copy, why))
        left = replace(left, known=tuple(k for k in left.known if k.story_id != copy.story_id))
        verdict = copies.decide(article, left)
    if not refused:
        return replace(verdict, unites=tuple(story for story in verdict.unites if story not in rulings.apart))
    first, why = refused[0]
    return _with_ties(verdict, refused, f"{why}: {first.because}; so it {_plainly(verdict)}")


def _refused(copy: Copy, candidates: Candidates, rulings: Rulings) -> str | None:
    """Why the user does not want this copy, if so."""
    if copy.story_id in rulings.apart:
        return f"kept apart, {said(rulings.apart[copy.story_id])}"
    outlet = next((k.outlet_id for k in candidates.known if k.article_id == copy.original_id), "")
    if outlet in rulings.off:
        return f"copies are switched off for {outlet}, {said(rulings.off[outlet])}"
    return None


def _alone(verdict: Verdict, copy: Copy, why: str) -> Verdict:
    return _with_ties(
        replace(verdict, copy=None), [(copy, why)], f"starts a story: {why}; else: {copy.because}"
    )


def _with_ties(verdict: Verdict, refused: Sequence[tuple[Copy, str]], because: str) -> Verdict:
    """The verdict, with a tie to each story it was kept out of."""
    ties = tuple(
        Link(copy.original_id, "partial", copy.share, f"{why}; {copy.because}", copy.evidence)
        for copy, why in refused
    )
    others = tuple(link for link in verdict.links if link.other_id not in {tie.other_id for tie in ties})
    return Verdict(
        because=because,
        copy=replace(verdict.copy, because=because) if verdict.copy else None,
        links=ties + others,
    )


def _plainly(verdict: Verdict) -> str:
    return verdict.because if verdict.copy is None else f"joins another story: {verdict.because}"
