"""How alike two reports are by what is around them; and where a story belongs, seen again some hours and a day later.

Outlets tell different sides of a large happening: the order, the protest, the retreat. Two such reports share few
words, but stand among the same others. So each story is taken together with its nearest neighbours, which count
by how like it they are, and two of these small groups are compared: document expansion (Singhal and Pereira 1999),
done on the likenesses alone, so no text is read again. Stories without neighbours are as alike as their texts are,
in another unit: a likeness of .24 comes out as .48.

What stands around a story shows only after a while, so nothing is decided by it when a story comes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations, product

from monitor.core import event_sentences as say
from monitor.core.events import DECAY, WINDOW, likeness_to
from monitor.model import Crowd, Member, Moving, Near, SecondLook, Traits

NEIGHBOUR = 0.1  # likeness from which a story belongs to another's surroundings,
WITHIN = timedelta(days=2)  # where no more than so much time lies between them
NEIGHBOURS = 15  # the nearest of them that count
AROUND = 0.6  # what a neighbour counts, times its likeness

AGAIN = timedelta(hours=6), timedelta(hours=24)  # after a story came, it is looked at again
SAME = 0.475  # likeness with what is around them, on the mean of the pairs: one event
AS_WITHIN = 0.7  # of what the stories of an event agree among themselves, those of another one have to agree with them
BETTER = 0.05  # so much more alike than its own event is another one that a story moves to


def neighbours(traits: Traits, near: Near) -> dict[int, float]:
    """Name the stories that stand around a new one, with their likeness: in its language, within two days."""
    compared = {one.story_id: one for event in near.events for one in event.sample}
    compared |= {one.story_id: one for one in near.others}
    return {
        story_id: round(alike, 3)
        for story_id, one in compared.items()
        if one.traits.language == traits.language
        and abs(one.traits.at - traits.at) <= WITHIN
        and (alike := likeness_to(traits, one, near.related)) >= NEIGHBOUR
    }


class Surroundings:
    """The likenesses of some stories and of what is around them. Keeps what it computed."""

    def __init__(self, likenesses: Mapping[int, Mapping[int, float]]) -> None:
        """`likenesses`: story → story → likeness (0–1), the same in both directions; others are not alike."""
        self._likenesses = likenesses
        self._groups: dict[int, dict[int, float]] = {}
        self._sights: dict[int, tuple[dict[int, float], float]] = {}

    def alike(self, one: int, other: int) -> float:
        """Give the cosine of two stories, each taken with its neighbours, 0–1."""
        sight, length = self._sight(one)
        group, other_length = self._group(other), self._sight(other)[1]
        alike = math.fsum([weight * sight.get(story, 0.0) for story, weight in group.items()])
        return alike / (length * other_length)

    def agreement(self, some: Sequence[Member], others: Sequence[Member]) -> float:
        """Give the mean of `alike` over all pairs of one language, less for days between them; 0 without any."""
        pairs = [
            self._pair(one, other) for one, other in product(some, others) if one.language == other.language
        ]
        return math.fsum(pairs) / len(pairs) if pairs else 0.0

    def within(self, members: Sequence[Member]) -> float | None:
        """Give the same over the pairs of one event's stories; None where there are none."""
        pairs = [
            self._pair(one, other)
            for one, other in combinations(members, 2)
            if one.language == other.language
        ]
        return math.fsum(pairs) / len(pairs) if pairs else None

    def _pair(self, one: Member, other: Member) -> float:
        apart = abs(one.at - other.at)
        if apart > WINDOW:
            return 0.0
        return self.alike(one.story_id, other.story_id) * (1 - DECAY * (apart / timedelta(days=1)))

    def _group(self, story: int) -> dict[int, float]:
        """Give a story and its nearest neighbours, with what each counts."""
        group = self._groups.get(story)
        if group is None:
            around = self._likenesses.get(story, {})
            group = {story: 1.0} | {one: AROUND * around[one] for one in nearest(around)}
            self._groups[story] = group
        return group

    def _sight(self, story: int) -> tuple[dict[int, float], float]:
        """Give how like a story's group other stories are, and the length of the group as a vector."""
        seen = self._sights.get(story)
        if seen is None:
            sight: dict[int, float] = {}
            group = self._group(story)
            for member, weight in group.items():
                sight[member] = sight.get(member, 0.0) + weight
                for other, likeness in self._likenesses.get(member, {}).items():
                    sight[other] = sight.get(other, 0.0) + weight * likeness
            square = math.fsum([weight * sight[member] for member, weight in group.items()])
            seen = self._sights[story] = sight, math.sqrt(square)
        return seen


def nearest(around: Mapping[int, float]) -> list[int]:
    """Name the neighbours that stand for a story's surroundings, the nearest first."""
    return sorted(around, key=lambda story: (-around[story], story))[:NEIGHBOURS]


def again(look: SecondLook) -> Moving | None:
    """Say what is to be put right: the story moves, or its event and another are one. None: it stays as it is.

    A story that the user gave its event does not move, and events that the user took apart stay so.
    """
    around = Surroundings(look.likenesses)
    rest = [member for member in look.own.members if member.story_id != look.story.story_id]
    if rest and not look.by_hand:
        stays = around.agreement((look.story,), rest)
        best, found = _best((look.story,), look.others, around)
        if best is not None and found > stays + BETTER:
            return Moving(best.id, say.moved(look.own, best, found, stays), whole=False)
    open_to = [
        other
        for other in look.others
        if {look.own.id, other.id} not in look.distinct and _are_one(look.own, other, around)
    ]
    best, found = _best(look.own.members, open_to, around)
    return Moving(best.id, say.merged_among(look.own, best, found), whole=True) if best else None


def _are_one(own: Crowd, other: Crowd, around: Surroundings) -> bool:
    """Say whether two events' stories agree, and nearly as much as those of the looser one among themselves.

    Two happenings of a kind share their neighbours too, but each for itself agrees far more. Of a single story
    that cannot be said.
    """
    across = around.agreement(own.members, other.members)
    if across < SAME:
        return False
    within, other_within = around.within(own.members), around.within(other.members)
    return within is None or other_within is None or across >= AS_WITHIN * min(within, other_within)


def _best(
    members: Sequence[Member], others: Sequence[Crowd], around: Surroundings
) -> tuple[Crowd | None, float]:
    """Give the event that these stories are most like with what is around them, if they are enough."""
    found = [(around.agreement(members, other.members), other) for other in others]
    share, best = max(found, key=lambda pair: (round(pair[0], 6), -pair[1].id), default=(0.0, None))
    return (best, share) if best is not None and share >= SAME else (None, share)
