"""The verdict: whether an article starts a story, or is a copy of one that is known.

The texts decide; outlets, days and headlines only ever speak against a copy. No join is transitive: an
article is compared with the story's original and its last members, and has to be a copy of one of
them itself. Where it is a copy of the original, the original is what the row names; where it is only a
copy of a later member, that member is named, provided that the original is no stranger to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from monitor.core import copy_sentences as say
from monitor.core.fingerprint import FEWEST_WORDS
from monitor.core.kinship import Judgement, Text, Tie, judge, kind, read
from monitor.core.passages import evidence
from monitor.model import Article, Candidates, Copy, Known, Link, LinkKind, Verdict

_MOST_LINKS = 5  # the strongest; a press review has passages from everywhere
_WEAKER: dict[Tie, LinkKind] = {
    "copy": "partial",  # of a second story: it can join only one
    "partial": "partial",
    "series": "series",
    "contained": "contained",
    "quote": "quote",
}


class _Judged(NamedTuple):
    known: Known
    judgement: Judgement


def decide(article: Article, candidates: Candidates, *, revision: int = 1) -> Verdict:
    """Give an article its place among the stories that may hold its text.

    `revision` is the number of the revision that the article's text is. Equal input gives an equal
    verdict, whatever the order of the candidates.
    """
    if article.fingerprint is None or article.fingerprint.words < FEWEST_WORDS:
        count = article.fingerprint.words if article.fingerprint else article.words
        return Verdict(because=say.too_short(count))
    if not candidates.known:
        return Verdict(because=say.NOTHING_LIKE_IT)
    sketch = article.fingerprint.hashes
    text = _read(article, sketch=sketch, background=candidates.background)
    judged = [_Judged(known, _judge(article, text, known)) for known in candidates.known]
    chosen = _choose([one for one in judged if _may_join(one, judged)])
    links = tuple(_link(article, one, revision) for one in _linked(judged, chosen))
    if chosen:
        copy = _copy(article, chosen, revision)
        return Verdict(because=copy.because, copy=copy, links=links)
    return Verdict(because=_alone(article, judged), links=links)


def refreshed(article: Article, known: Known, *, revision: int) -> Copy:
    """Describe again how a copy stands to its original, after one of the two was edited.

    A copy stays a copy: only shares, kind, `because` and evidence are made anew.
    """
    judgement = _judge(article, _read(article), known)
    return _copy(article, _Judged(known, judgement), revision)


def _read(article: Article, sketch: Sequence[int] = (), background: frozenset[int] = frozenset()) -> Text:
    return read(
        article.text,
        title=article.title,
        outlet=article.outlet_id,
        url=article.url,
        sketch=sketch,
        background=background,
    )


def _judge(article: Article, text: Text, known: Known) -> Judgement:
    other = read(known.text, title=known.title, outlet=known.outlet_id)
    return judge(text, other, other_day=_dates(article).isdisjoint(_dates(known)))


def _dates(side: Article | Known) -> set[date]:
    """Give the days a text may be of. Published dates are claims, weeks off at some outlets."""
    return {time.date() for time in (side.published, side.first_seen) if time is not None}


def _may_join(one: _Judged, judged: Sequence[_Judged]) -> bool:
    """Say whether an article may join by this text: a copy of it, and no stranger to the story's original."""
    if one.judgement.tie != "copy":
        return False
    originals = [
        other for other in judged if other.known.story_id == one.known.story_id and other.known.is_original
    ]
    return all(other.judgement.tie not in {"series", "stranger"} for other in originals)


def _choose(joinable: Sequence[_Judged]) -> _Judged | None:
    """Choose the nearest text, the earliest of equals; then the original of its story, where that is copied too."""
    if not joinable:
        return None
    nearest = min(joinable, key=_by_nearness)
    same_story = [
        one for one in joinable if one.known.story_id == nearest.known.story_id and one.known.is_original
    ]
    return same_story[0] if same_story else nearest


def _by_nearness(one: _Judged) -> tuple[float, bool, str, int]:
    both = one.judgement.comparison.share + one.judgement.comparison.share_of_original
    return -round(both, 2), not one.known.is_original, one.known.first_seen.isoformat(), one.known.article_id


def _linked(judged: Sequence[_Judged], chosen: _Judged | None) -> list[_Judged]:
    """Keep the nearest text of every other story that there is a tie to, the strongest ties first."""
    best: dict[int, _Judged] = {}
    for one in sorted(judged, key=_by_nearness):
        story = one.known.story_id
        if one.judgement.tie in _WEAKER and not (chosen and chosen.known.story_id == story):
            best.setdefault(story, one)
    return sorted(
        best.values(), key=lambda one: (-one.judgement.comparison.shared_words, *_by_nearness(one))
    )[:_MOST_LINKS]


def _copy(article: Article, chosen: _Judged, revision: int) -> Copy:
    known, comparison = chosen.known, chosen.judgement.comparison
    named = kind(comparison.share, comparison.share_of_original)
    return Copy(
        original_id=known.article_id,
        story_id=known.story_id,
        kind=named,
        share=comparison.share,
        share_of_original=comparison.share_of_original,
        because=say.copied(article, known, comparison, named),
        evidence=evidence(comparison, revision=revision, original_revision=known.revision),
    )


def _link(article: Article, one: _Judged, revision: int) -> Link:
    known, judgement = one
    tie = _WEAKER[judgement.tie]
    return Link(
        other_id=known.article_id,
        kind=tie,
        share=judgement.comparison.share,
        because=say.linked(article, known, judgement.comparison, tie, judgement.rule),
        evidence=evidence(judgement.comparison, revision=revision, original_revision=known.revision),
    )


def _alone(article: Article, judged: Sequence[_Judged]) -> str:
    """Say why an article starts a story, by the text that came nearest."""
    near = [one for one in judged if one.judgement.comparison.passages]
    if not near:
        return say.NOTHING_LIKE_IT
    nearest = max(near, key=lambda one: (one.judgement.comparison.shared_words, -one.known.article_id))
    rule = nearest.judgement.rule
    if nearest.judgement.tie == "copy":
        rule = "that is a later member of a story whose original it has nothing of"
    return say.alone(article, nearest.known, nearest.judgement.comparison, rule)
