"""The verdict: whether an article starts a story, or is a copy of one that is known.

The texts decide; outlets, days and headlines only ever speak against a copy. No join is transitive: an
article is compared with the story's original and its last members, and has to be a copy of one of
them itself. Where it is a copy of the original, the original is what the row names; where it is only a
copy of a later member, that member is named, provided that the original is no stranger to it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, get_args

from monitor.core import copy_sentences as say
from monitor.core.fingerprint import FEWEST_WORDS, SHINGLE
from monitor.core.kinship import Judgement, Tie, judge, kind
from monitor.core.pairs import Text, read
from monitor.core.passages import ALGORITHM, CLAIMED, compare, evidence, run_around
from monitor.core.uniting import united
from monitor.model import Article, Candidates, Copy, CopyKind, Known, Link, LinkKind, NearMiss, Verdict

_MOST_LINKS = 5  # the strongest; a press review has passages from everywhere
_MOST_NEAR_MISSES = 3
_LEAST_RUN = CLAIMED  # words: chance brings idioms of five to seven together
_NOTHING = Candidates()
_WHOLE = 0.75  # of the shorter text
_LEFT_OF_A_COPY = 0.2  # of either text; with less, one of the two is another text by now
_NEAR_WORDS = 20  # shared ones, below which nobody asks why two articles are no copies
_MOST_STANDING = 64  # hashes learned of one article
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
        return Verdict(because=_nothing_like_it(article, candidates))
    sketch = article.fingerprint.hashes
    text = _read(article, sketch=sketch, candidates=candidates)
    judged = [
        _Judged(known, _judge(article, text, known))
        for known in candidates.known
        if known.hit is None or _is_worth_it(text, text.hashes.index(known.hit), known)
    ]
    joinable = [one for one in judged if _may_join(one, judged)]
    home = _home(article, joinable)
    chosen = _choose([one for one in joinable if one.known.story_id in home[:1]])
    links = tuple(_link(article, one, revision) for one in _linked(judged, home))
    near_misses = tuple(_near_misses(article, judged, home, {link.other_id for link in links}))
    standing = _repeated(article, text, judged, home)
    if chosen:
        copy = _copy(article, chosen, revision)
        return Verdict(copy.because, copy, links, near_misses, standing, unites=home[1:])
    return Verdict(_alone(article, judged, candidates), None, links, near_misses, standing)


def refreshed(article: Article, known: Known, *, revision: int) -> Copy:
    """Describe again how a copy stands to its original, after one of the two was edited.

    A copy stays a copy: only shares, kind, `because` and evidence are made anew.
    """
    judgement = _judge(article, _read(article), known)
    copy = _copy(article, _Judged(known, judgement), revision)
    is_another_text = max(copy.share, copy.share_of_original) < _LEFT_OF_A_COPY
    return replace(copy, because=say.WRITTEN_ANEW + copy.because) if is_another_text else copy


def _read(article: Article, sketch: Sequence[int] = (), candidates: Candidates = _NOTHING) -> Text:
    return read(
        article.text,
        title=article.title,
        outlet=article.outlet_id,
        url=article.url,
        sketch=sketch,
        background=candidates.background,
        standing=candidates.standing,
    )


def _judge(article: Article, text: Text, known: Known) -> Judgement:
    other = read(known.text, title=known.title, outlet=known.outlet_id)
    return judge(text, other, other_day=_dates(article).isdisjoint(_dates(known)))


def _is_worth_it(text: Text, place: int, known: Known) -> bool:
    """Say whether the only hash that led to a text stands in a run long enough to mean something."""
    return run_around(text.body.words, place, known.text) >= _LEAST_RUN


def _dates(side: Article | Known) -> set[date]:
    """Give the days a text may be of. Published dates are claims, weeks off at some outlets."""
    return {time.date() for time in (side.published, side.first_seen) if time is not None}


def _may_join(one: _Judged, judged: Sequence[_Judged]) -> bool:
    """Say whether an article may join by this text: a copy of it, and no stranger to the story's original.

    What has nearly all of a later member is its copy whatever the original says: the member added it. Else
    it is no copy of a story of which one text is an issue of the same series.
    """
    if one.judgement.tie != "copy":
        return False
    is_whole = one.judgement.containment >= _WHOLE
    story = [other for other in judged if other.known.story_id == one.known.story_id]
    if not is_whole and any(other.judgement.tie == "series" for other in story):
        return False
    refused = {"series"} if is_whole else {"stranger"}
    return not any(other.known.is_original and other.judgement.tie in refused for other in story)


def _home(article: Article, joinable: Sequence[_Judged]) -> tuple[int, ...]:
    """Give the story that the article joins, and after it those that turn out to be one with it; none: it is alone."""
    nearest = _choose(joinable)
    if nearest is None:
        return ()
    copied = [one.known for one in joinable if one.known.is_original]
    return united(article, copied, nearest.known) or (nearest.known.story_id,)


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


def _linked(judged: Sequence[_Judged], home: Collection[int]) -> list[_Judged]:
    """Keep the nearest text of every other story that there is a tie to, the strongest ties first."""
    best: dict[int, _Judged] = {}
    for one in sorted(judged, key=_by_nearness):
        story = one.known.story_id
        if one.judgement.tie in _WEAKER and story not in home:
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


def _near_misses(
    article: Article, judged: Sequence[_Judged], home: Collection[int], linked: set[int]
) -> list[NearMiss]:
    """Say of the nearest texts of other stories that came to nothing, why."""
    stories = {one.known.story_id for one in judged if one.known.article_id in linked}.union(home)
    missed: dict[int, _Judged] = {}
    for one in sorted(judged, key=lambda one: (-one.judgement.comparison.shared_words, *_by_nearness(one))):
        is_near = one.judgement.comparison.shared_words >= _NEAR_WORDS
        if is_near and one.known.story_id not in stories:
            missed.setdefault(one.known.story_id, one)
    return [_near_miss(article, one) for one in list(missed.values())[:_MOST_NEAR_MISSES]]


def _near_miss(article: Article, one: _Judged) -> NearMiss:
    known, judgement = one
    because = say.missed(article, known, judgement.comparison, _rule(one))
    return NearMiss(known.article_id, judgement.comparison.share, because)


def _repeated(
    article: Article, text: Text, judged: Sequence[_Judged], home: Collection[int]
) -> tuple[int, ...]:
    """Give the shingle hashes of what the article's outlet has printed on another day in another story."""
    repeated = {
        place
        for known, judgement in judged
        if known.outlet_id == article.outlet_id != ""
        and _dates(article).isdisjoint(_dates(known))
        and judgement.tie != "copy"
        and known.story_id not in home
        for passage in judgement.comparison.passages
        for place in range(passage.start, passage.start + passage.length - SHINGLE + 1)
    }
    if not repeated or article.fingerprint is None:
        return ()
    asked = frozenset(article.fingerprint.probes)
    return tuple(sorted({text.hashes[place] for place in repeated} & asked)[:_MOST_STANDING])


def _nothing_like_it(article: Article, candidates: Candidates) -> str:
    """Say that nothing came near; what is in many stories is not looked up, and where that is most of it, say so."""
    hashes = article.fingerprint.hashes if article.fingerprint else ()
    known = sum(hash_ in candidates.background for hash_ in hashes)
    return say.NOTHING_LIKE_THE_REST if known * 2 > len(hashes) else say.NOTHING_LIKE_IT


def _alone(article: Article, judged: Sequence[_Judged], candidates: Candidates) -> str:
    """Say why an article starts a story, by the text that came nearest."""
    near = [one for one in judged if one.judgement.comparison.passages]
    if not near:
        return _nothing_like_it(article, candidates)
    nearest = max(near, key=lambda one: (one.judgement.comparison.shared_words, -one.known.article_id))
    return say.alone(article, nearest.known, nearest.judgement.comparison, _rule(nearest))


def _rule(one: _Judged) -> str:
    """Give the rule that decided, where the article did not join."""
    if one.judgement.tie == "copy":
        return "that is a later member of a story whose original it has nothing of"
    return one.judgement.rule


def recheck(article_text: str, original_text: str, row: Mapping[str, Any]) -> list[str]:
    """Compute a row of `copies` or `links` again from the two texts it names, and list what does not agree.

    The texts are those of the revisions that the row's evidence names. `row` has `kind`, `share`,
    `evidence` (JSON or read) and, for a copy, `share_of_original`. Each problem is a sentence; none: the
    row is what the texts say.
    """
    stored = row["evidence"]
    try:
        found = dict(json.loads(stored) if isinstance(stored, str) else stored)
    except ValueError:
        return ["the evidence is no JSON"]
    if found.get("algorithm") != ALGORITHM:
        return [f"the evidence was made by {found.get('algorithm')}, this program has {ALGORITHM}"]
    comparison = compare(article_text, original_text)
    again = evidence(
        comparison, revision=found.get("revision", 0), original_revision=found.get("original_revision", 0)
    )
    problems = [
        f"the {name.replace('_', ' ')} are not those of the texts"
        if isinstance(again[name], list)
        else f"{name} is {found.get(name)}, but the texts give {again[name]}"
        for name in again
        if found.get(name) != again[name]
    ]
    shares = {"share": comparison.share, "share_of_original": comparison.share_of_original}
    for name, share in shares.items():
        if name in row.keys() and row[name] != share:  # noqa: SIM118  rows of SQLite are no mappings
            problems.append(f"{name} is {row[name]}, but the texts give {share}")
    if row["kind"] in get_args(CopyKind):
        named = kind(comparison.share, comparison.share_of_original)
        if row["kind"] != named:
            problems.append(f"the kind is {row['kind']}, but the shares make it {named}")
    return problems
