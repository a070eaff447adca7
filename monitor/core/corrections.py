"""Revisions and copies on one timeline: who changed a passage first, who followed, who never did.

Every member of a story is given as its versions, each a whole text with the time it was first seen. A
change is a place where two versions of one article differ between words that they share. What another
article did about it is read from the words around that place: with the old wording there, it has not
followed; with the new one, it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from monitor.core.fingerprint import SHINGLE, words
from monitor.core.passages import Body, Passage, body, covered, overlap, shared_passages

_CONTEXT = 3  # words on either side that say which place is meant
_MOST_CHANGES = 20  # of one revision: a text written anew has no corrections, it is another text
_ADDED = 8  # words of an addition that are looked for elsewhere


class Version(NamedTuple):
    """What an article said from a moment on."""

    number: int
    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story: who published it, and its versions, the first first."""

    article_id: int
    outlet: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One place that reads otherwise now. `before` or `after` is empty where words only came or went."""

    before: str  # as printed
    after: str
    read: str  # the same with the words around them: what one read there before,
    reads: str  # and reads there now
    old: tuple[str, ...]  # normalised words, with those around them
    new: tuple[str, ...]


class Follower(NamedTuple):
    """An article that made a change after another one had."""

    article_id: int
    outlet: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A change, who made it first, and what became of it in the other articles of the story."""

    article_id: int
    outlet: str
    number: int
    at: datetime
    change: Change
    followed: tuple[Follower, ...]  # in the order of time
    kept: tuple[Member, ...]  # still have the old wording
    right: tuple[Member, ...]  # had the new wording from their first version on


def changes(before: Version, after: Version) -> list[Change]:
    """Give the places in which two versions of one article differ, in the order of the text; twenty at most."""
    old, new = _Read(before.text), _Read(after.text)
    passages = shared_passages(new.body.words, old.body.words)
    found = [
        change
        for here, there in _gaps(passages, new.body, old.body)
        if (change := _change(old, there, new, here))
    ]
    return found[:_MOST_CHANGES]  # fmt: skip


def corrections(members: Sequence[Member]) -> list[Correction]:
    """Give every change of a passage that other articles of the story have or had, in the order of time.

    The same change in another article is no correction of its own: it follows.
    """
    texts = {(m.article_id, v.number): tuple(words(v.text)) for m in members for v in m.versions}
    made = sorted(
        ((after.at, member, after, change) for member in members for before, after in pairwise(member.versions)
         for change in changes(before, after)),
        key=lambda one: (one[0], one[1].article_id),
    )  # fmt: skip
    found: list[Correction] = []
    for at, member, version, change in made:
        if any(_is_same(change, known.change) for known in found):
            continue
        others = [other for other in members if other.article_id != member.article_id]
        stands = [(other, _stand(other, change, texts)) for other in others]
        if not any(stand for _, stand in stands):
            continue
        found.append(
            Correction(
                article_id=member.article_id,
                outlet=member.outlet,
                number=version.number,
                at=at,
                change=change,
                followed=tuple(sorted((s for _, s in stands if isinstance(s, Follower)), key=_when)),
                kept=tuple(other for other, s in stands if s == "old"),
                right=tuple(other for other, s in stands if s == "new"),
            )
        )
    return found


def excerpt(text: str, spans: Sequence[Sequence[int]], longest: int = 160) -> list[str]:
    """Give what stands at these (start, length) word offsets, as printed; each at most `longest` signs."""
    read = _Read(text)
    return [_cut(read.shown(start, start + length), longest) for start, length in spans]


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """A text as words, and the printed word that each of them stands in."""

    def __init__(self, text: str) -> None:
        self.body = body(text)
        self.printed = text.split()
        self._where = [place for place, token in enumerate(self.printed) for _ in words(token)]

    def shown(self, start: int, end: int) -> str:
        """The words from `start` to `end` (exclusive) as they are printed."""
        places = self._where[start:end]
        return " ".join(self.printed[places[0] : places[-1] + 1]) if places else ""


def _gaps(
    passages: Sequence[Passage], new: Body, old: Body
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Give the places between neighbouring passages, as (start, end) in the new text and in the old one."""
    edges = [Passage(0, 0, 0), *passages, Passage(len(new.words), 0, len(old.words))]
    known = covered((p.original_start, p.length) for p in passages)
    for a, b in pairwise(edges):
        here = a.start + a.length, b.start
        there = a.original_start + a.length, b.original_start
        # What stands elsewhere in the new text was moved, not taken out.
        if there[0] - there[1] >= SHINGLE or overlap(known, *there) >= there[1] - there[0] > 0:
            there = there[0], there[0]
        # Two passages may overlap by up to four words.
        surplus = max(0, here[0] - here[1], there[0] - there[1])
        here, there = (here[0], here[1] + surplus), (there[0], there[1] + surplus)
        if here[0] < here[1] or there[0] < there[1]:
            yield here, there


def _change(old: _Read, there: tuple[int, int], new: _Read, here: tuple[int, int]) -> Change | None:
    before, after = old.body.words[slice(*there)], new.body.words[slice(*here)]
    if before == after:
        return None
    lead = new.body.words[max(0, here[0] - _CONTEXT) : here[0]]
    tail = new.body.words[here[1] : here[1] + _CONTEXT]
    return Change(
        before=old.shown(*there),
        after=new.shown(*here),
        read=old.shown(max(0, there[0] - _CONTEXT), there[1] + _CONTEXT),
        reads=new.shown(max(0, here[0] - _CONTEXT), here[1] + _CONTEXT),
        old=(*lead, *before, *tail),
        # Of words that only came, the beginning is enough to know them by.
        new=(*lead, *after, *tail) if before else (*lead, *after[:_ADDED]),
    )


def _stand(member: Member, change: Change, texts: dict[tuple[int, int], tuple[str, ...]]) -> Follower | str | None:  # fmt: skip
    """What a member has at this place: "old", "new" since its first version, or a follower; None: neither."""
    said = [_wording(texts[member.article_id, version.number], change) for version in member.versions]
    if "new" in said and said[0] != "new":
        version = member.versions[said.index("new")]
        return Follower(member.article_id, member.outlet, version.number, version.at)
    if said[0] == "new":
        return "new" if change.before else None
    return "old" if said[-1] == "old" else None


def _wording(text: Sequence[str], change: Change) -> str | None:
    if _stands(change.new, text):
        return "new"
    return "old" if change.before and _stands(change.old, text) else None


def _stands(wanted: Sequence[str], text: Sequence[str]) -> bool:
    """Whether these words stand in a text one after another."""
    if not wanted:
        return False
    first, length = wanted[0], len(wanted)
    return any(
        word == first and tuple(text[place : place + length]) == tuple(wanted)
        for place, word in enumerate(text)
    )


def _is_same(change: Change, known: Change) -> bool:
    """Whether two changes put the same words in the place of the same, whatever stands around them."""
    return (words(change.before), words(change.after)) == (words(known.before), words(known.after))


def _when(follower: Follower) -> tuple[datetime, int]:
    return follower.at, follower.article_id


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rpartition(" ")[0] + " …"
