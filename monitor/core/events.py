"""Which stories report the same happening.

A new story is compared with the stories of the last days that share its strongest words, and joins the
event whose stories it is most like, on the whole and one by one. The same words are asked for in every
rule, so that whoever reads the reason can check it. Within a language all words count; across languages
only names and numbers can, and much more of them is asked for: a wrong join is worse than a missed one.
Where a model says that two texts of two languages mean much the same, fewer names are enough; without any,
its word counts nothing.

A large happening has many sides, and reports of two of them share few words. What stands around a story shows
after some hours: then it is looked at again (`surroundings`).

Two events become one where a new story fits both and enough pairs of their stories fit each other: one
story that fits everything joins nothing. Daily templates and round-ups stay apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import NamedTuple

from monitor.core import event_sentences as say
from monitor.core.meanings import closeness
from monitor.model import Account, Merging, Near, NearEvent, Placing, Reported, Standard, Traits

JOIN = 0.245  # likeness; chosen on labelled days of two months, in several orders of arrival
WINDOW = timedelta(days=4)  # reports of one happening follow each other at no longer distance
DECAY = 0.1  # of the likeness, for each day between two reports
NEAREST = 3  # stories of an event that have to be like the new one, where it has as many
WHOLE = 0.5  # what the event as a whole weighs against its nearest stories
QUORUM = 0.35  # of the pairs of two events' stories have to be like each other before these are one
FAINT = (
    0.12  # likeness of the nearest story, or of the second of several, below which the whole is not looked at
)
RELATED = 0.1  # more likeness for shared passages: two texts of one agency report

EDITION = timedelta(hours=15)  # a daily template comes again after so long, at the earliest
FIGURES = 6  # numbers, in both texts: a report of figures
SAME_FIGURES = 0.5  # of them; another edition has other figures
OTHER_FIGURES = 0.3  # times the likeness, for another edition

ABROAD_WINDOW = timedelta(days=2)
ABROAD = 0.4  # likeness of names and numbers across languages
ABROAD_SHARED = 4  # of them in common,
ABROAD_FIRST = 2  # so many of them among the strongest of both,
ABROAD_STRONGEST = 8  # which are these
MEANT_SHARED = 2  # names and numbers in common, of two texts that mean much the same,
MEANT_FIRST = 1  # so many of them among the strongest of both
# Likeness of two such texts that are as close as has to be: enough for two days, if there is no other story.
MEANT = JOIN / (1 - DECAY * (ABROAD_WINDOW / timedelta(days=1)))
SHOWN = 8  # shared words that are named


class _Abroad(NamedTuple):
    """The story of another language that is closest in meaning, of those that share enough names."""

    story: Reported
    closeness: float


class _Fit(NamedTuple):
    """How a new story stands to an event."""

    event: NearEvent
    likeness: float
    nearest: Reported
    nearest_likeness: float
    edition: bool  # the nearest one is another day's edition


def place(
    report: Account | None, traits: Traits | None, near: Near, standard: Standard | None = None
) -> Placing:
    """Give a new story its event: one of those near it, or one of its own (`event_id` None).

    `standard` is there where a model is configured. Equal input gives an equal answer, whatever the order
    of the events.
    """
    if report is None or traits is None:
        return Placing(say.TOO_LITTLE)
    if near.chosen is not None:
        return Placing(say.CHOSEN, near.chosen, 1.0)
    # An event of a round-up alone has no story that could be compared, though passages may be shared with it.
    fits = sorted(
        (_fit(traits, event, near, standard) for event in near.events if event.sample), key=_by_likeness
    )
    able = [fit for fit in fits if fit.likeness >= JOIN and fit.event.id not in near.apart]
    if not able:
        return Placing(_why_alone(report, traits, fits, near, standard))
    best, others = able[0], able[1:]
    shared = _shared(report, traits, best.nearest.traits)
    merging = tuple(
        Merging(other.event.id, say.merged(best.event, other.event, share))
        for other in others
        if {best.event.id, other.event.id} not in near.distinct
        and (share := agreement(best.event.sample, other.event.sample, standard)) >= QUORUM
    )
    return Placing(
        because=say.joined(
            best.event, best.nearest, best.likeness, shared, traits, _tie(traits, best.nearest, standard)
        ),
        event_id=best.event.id,
        likeness=round(best.likeness, 3),
        nearest_id=best.nearest.story_id,
        shared=shared,
        merging=merging,
    )


def agreement(
    some: Sequence[Reported], others: Sequence[Reported], standard: Standard | None = None
) -> float:
    """Give the part of the pairs of two events' stories that are like each other, 0–1."""
    pairs = list(product(some, others))
    alike = sum(likeness(one.traits, other.traits, standard) >= JOIN for one, other in pairs)
    return alike / max(1, len(pairs))


def likeness(one: Traits, other: Traits, standard: Standard | None = None) -> float:
    """Say how like each other two reports are, 0–1: words in one language, names and numbers across two.

    Where there is a standard, texts of two languages that mean much the same need fewer names.
    """
    apart = abs(one.at - other.at)
    if one.language != other.language:
        return (
            max(_likeness_abroad(one, other), _likeness_meant(one, other, standard))
            if apart <= ABROAD_WINDOW
            else 0.0
        )
    if apart > WINDOW:
        return 0.0
    alike = _dot(one.terms, other.terms)
    return alike * OTHER_FIGURES if _other_edition(one, other) else alike


def likeness_to(
    traits: Traits, reported: Reported, related: frozenset[int], standard: Standard | None = None
) -> float:
    """Say how like a story a new one is, 0–1; more, where they share passages (`related`)."""
    alike = likeness(traits, reported.traits, standard)
    return alike + RELATED if alike and reported.story_id in related else alike


def _likeness_abroad(one: Traits, other: Traits) -> float:
    """Give a likeness on the scale of one language: JOIN where names and numbers are as like as has to be."""
    shared = one.names.keys() & other.names.keys()
    first = set(_first(one)) & set(_first(other))
    if len(shared) < ABROAD_SHARED or len(first) < ABROAD_FIRST:
        return 0.0
    return _dot(one.names, other.names) * JOIN / ABROAD


def _likeness_meant(one: Traits, other: Traits, standard: Standard | None) -> float:
    """Give a likeness on the same scale: above JOIN where two texts are as close as the standard asks for."""
    close = _closeness(one, other) if standard else None
    if standard is None or close is None or close < standard.alike:
        return 0.0
    return MEANT * (1 + close - standard.alike)


def _closeness(one: Traits, other: Traits) -> float | None:
    """Give how close two texts of two languages are in meaning; None where they share too few names."""
    if len(one.names.keys() & other.names.keys()) < MEANT_SHARED:
        return None
    if len(set(_first(one)) & set(_first(other))) < MEANT_FIRST:
        return None
    return closeness(one.meaning, other.meaning)


def _first(traits: Traits) -> list[int]:
    return list(traits.names)[:ABROAD_STRONGEST]


def _other_edition(one: Traits, other: Traits) -> bool:
    """Say whether two reports are two days' figures: many numbers in both, hardly any in common."""
    fewer = min(len(one.numbers), len(other.numbers))
    if fewer < FIGURES or abs(one.at - other.at) < EDITION:
        return False
    return len(one.numbers & other.numbers) < SAME_FIGURES * fewer


def _fit(traits: Traits, event: NearEvent, near: Near, standard: Standard | None = None) -> _Fit:
    """Compare a story with an event: its nearest stories, and all of them together, older ones a little less."""
    alike = [likeness_to(traits, reported, near.related, standard) for reported in event.sample]
    ranked = sorted(zip(alike, event.sample, strict=True), key=lambda pair: (-pair[0], pair[1].story_id))
    nearest_likeness, nearest = ranked[0]
    count = min(NEAREST, len(ranked))
    singly = sum(value for value, _ in ranked[:count]) / count
    # Of an event whose nearest story is hardly like it, nothing is gained by a look at the whole; and where one
    # story alone is like it among several, the whole would only say a second time what that one says.
    alone = len(ranked) == 1 or nearest_likeness < FAINT or (len(ranked) >= NEAREST and ranked[1][0] < FAINT)
    together = singly if alone else _together(traits, event.sample, standard)
    days = min(abs(traits.at - reported.traits.at) for reported in event.sample) / timedelta(days=1)
    whole = ((1 - WHOLE) * singly + WHOLE * together) * max(0.0, 1 - DECAY * days)
    in_series = any(reported.story_id in near.series for reported in event.sample)
    return _Fit(
        event,
        0.0 if in_series else min(1.0, whole),
        nearest,
        nearest_likeness,
        in_series or _other_edition(traits, nearest.traits),
    )


def _together(traits: Traits, sample: Iterable[Reported], standard: Standard | None) -> float:
    """Compare a story with the sum of an event's stories; those of another language count one by one."""
    own = [reported.traits for reported in sample if reported.traits.language == traits.language]
    if not own:
        return _mean([likeness(traits, reported.traits, standard) for reported in sample])
    centre: dict[int, float] = {}
    for member in own:
        weaker = OTHER_FIGURES if _other_edition(traits, member) else 1.0
        for key, weight in member.terms.items():
            centre[key] = centre.get(key, 0.0) + weight * weaker
    length = math.sqrt(math.fsum([weight * weight for weight in centre.values()]))
    editions = sum(_other_edition(traits, member) for member in own)
    alike = _dot(traits.terms, centre) / length if length else 0.0
    return alike * (OTHER_FIGURES if editions * 2 > len(own) else 1.0)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _dot(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    return math.fsum([one[key] * other[key] for key in one.keys() & other.keys()])


def _by_likeness(fit: _Fit) -> tuple[float, int]:
    return -round(fit.likeness, 6), fit.event.id


def _by_subject(fit: _Fit) -> tuple[float, int]:
    """Order events by what a reader would take for the nearest: of a series, its last edition."""
    return round(fit.nearest_likeness if fit.edition else fit.likeness, 6), -fit.event.id


def _shared(report: Account, traits: Traits, other: Traits) -> tuple[str, ...]:
    """Name the words that tie two reports together, the strongest first."""
    if other.language == traits.language:
        mine, theirs, terms = traits.terms, other.terms, report.terms
    else:
        mine, theirs, terms = traits.names, other.names, report.names
    words = {term.key: term.word for term in terms}
    ranked = sorted(mine.keys() & theirs.keys(), key=lambda key: (-mine[key] * theirs[key], words[key]))
    return tuple(dict.fromkeys(words[key] for key in ranked))[:SHOWN]


def _tie(traits: Traits, nearest: Reported, standard: Standard | None) -> say.Tie | None:
    """Give the closeness that ties a story to one of another language, where names alone do so less."""
    if standard is None or nearest.traits.language == traits.language:
        return None
    meant = _likeness_meant(traits, nearest.traits, standard)
    if meant <= _likeness_abroad(traits, nearest.traits):
        return None
    return say.Tie(_closeness(traits, nearest.traits) or 0.0, standard)


def _why_alone(
    report: Account, traits: Traits, fits: Sequence[_Fit], near: Near, standard: Standard | None
) -> str:
    """Say why a story starts an event, and how close it came to one in another language."""
    if not fits:
        return say.ALONE
    closest = max(fits, key=_by_subject)
    nearest, why = closest.nearest, _why_not(closest, near)
    abroad = _closest_abroad(traits, fits) if standard else None
    if standard is None or abroad is None or abroad.closeness >= standard.alike:
        return say.alone(nearest, closest.likeness, JOIN, why)
    shared = _shared(report, traits, abroad.story.traits)
    far = say.too_far(abroad.story, shared, say.Tie(abroad.closeness, standard))
    if abroad.story is nearest and not why:
        return say.alone(nearest, closest.likeness, JOIN, far)
    return f"{say.alone(nearest, closest.likeness, JOIN, why)}; {say.closest(abroad.story, far)}"


def _closest_abroad(traits: Traits, fits: Iterable[_Fit]) -> _Abroad | None:
    """Give the story of another language that is closest in meaning, where one shares enough names."""
    found = [
        _Abroad(reported, close)
        for fit in fits
        for reported in fit.event.sample
        if reported.traits.language != traits.language
        and abs(reported.traits.at - traits.at) <= ABROAD_WINDOW
        and (close := _closeness(traits, reported.traits)) is not None
    ]
    return max(found, key=lambda abroad: (abroad.closeness, -abroad.story.story_id), default=None)


def _why_not(fit: _Fit, near: Near) -> str:
    if fit.event.id in near.apart:
        return say.KEPT_APART
    return say.ANOTHER_EDITION if fit.edition else ""


def strongest(traits: Traits, count: int) -> tuple[int, ...]:
    """Give the keys by which a report is looked up: its strongest words, then its strongest names."""
    return (*list(traits.terms)[:count], *list(traits.names)[: count // 2])
