"""Stories that a late text shows to be one: what the order of arrival would else decide.

Of three texts, two may be copies of the third and not of each other. Where the third comes first, both join
it; where it comes last, they have started two stories by then. So stories that began within a few hours are
put together when a text may join each of them. It takes more than that text: a round-up has two reports
whole that have nothing to do with each other, so the originals have to share a good part themselves. What
one text has not shown to be one stays two, however many chains of copies lead from one to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from monitor.core.kinship import Judgement, judge
from monitor.core.pairs import read
from monitor.model import Article, Copy, Known

AT_ONCE = timedelta(hours=6)  # feeds are asked that rarely at times: who was seen first is chance
RELATED = 0.25  # of the shorter of two originals; half of what makes a copy


def united(article: Article, originals: Sequence[Known], nearest: Known) -> tuple[int, ...]:
    """Give the stories that are one with that of `nearest`, the oldest first, itself among them.

    `originals` are those of the stories that the article may join by their originals. Nothing is given
    where there is only that one story, or the article is no copy of its original.
    """
    young = [known for known in originals if abs(article.first_seen - known.first_seen) <= AT_ONCE]
    home = next((known for known in young if known.story_id == nearest.story_id), None)
    if home is None:
        return ()
    others = [known for known in young if known is not home and _are_related(known, home)]
    return tuple(known.story_id for known in sorted([home, *others], key=_age)) if others else ()


def explained(copy: Copy) -> Copy:
    """Say of the original of a story that became part of another one, how that came."""
    return replace(
        copy, because=f"part of this story since a text came that is a copy of both; {copy.because}"
    )


def _are_related(one: Known, other: Known) -> bool:
    """Say whether two originals share a good part, and are no issues of a series."""
    judgement = _judged(one, other)
    return judgement.tie not in {"stranger", "series"} and judgement.containment >= RELATED


def _judged(one: Known, other: Known) -> Judgement:
    here, there = (read(known.text, title=known.title, outlet=known.outlet_id) for known in (one, other))
    return judge(here, there, other_day=one.first_seen.date() != other.first_seen.date())


def _age(known: Known) -> tuple[str, int]:
    return known.first_seen.isoformat(), known.article_id
