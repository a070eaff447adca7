"""What is known of a story as the report of a happening, and which event it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Term(NamedTuple):
    """One word of a report as it is counted: its key, how it is written, how strongly it stands there.

    A tuple, because there are two hundred of a report, and a frozen dataclass takes five times as long to make.
    """

    key: int  # 32 bits of language and word, the same in every process
    word: str  # as the text has it, for people
    count: float  # type: ignore[assignment]  # not what tuples count; title words thrice, words near the start up to twice
    name: bool = False  # written with a capital wherever it does not have to be
    number: bool = False
    expected: float = 0.01  # the part of texts that such a word stands in, before any text was counted


class Lead(NamedTuple):
    """What is read of an article to know what it reports, and by which lines its outlet's standing ones are learned."""

    text: str  # without headline and standing lines
    lines: tuple[
        int, ...
    ]  # numbers of the lines before the first two hundred words end, standing ones among them


@dataclass(frozen=True, slots=True)
class Account:
    """What a text says that can be compared: words of its own language, and names that cross languages."""

    language: str  # ISO 639-1; empty where it is not known
    at: datetime  # when it was first seen
    terms: tuple[Term, ...]
    names: tuple[Term, ...]  # folded and transliterated, with the same key in every language
    numbers: frozenset[int]  # keys of the distinct numbers


@dataclass(frozen=True, slots=True)
class Counts:
    """In how many of the stories that were counted a term stands."""

    stories: int
    of: Mapping[int, int]
    of_any_language: int  # stories that were counted for `names`


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text says as a direction in a model's space: texts that mean the same point the same way."""

    model: int  # 63 bits of the digest of the model's files; only directions of one model can be compared
    vector: bytes  # one signed byte for each dimension
    length: float  # of the vector


class Standard(NamedTuple):
    """Whose word is taken for what texts of two languages mean, and how close they have to be."""

    model: str  # as people call it
    alike: float  # cosine, 0–1


@dataclass(frozen=True, slots=True)
class Traits:
    """A report, weighed: what is stored of it, and compared. Both weights are of length one."""

    language: str
    at: datetime
    terms: Mapping[int, float]  # strongest first
    names: Mapping[int, float]
    numbers: frozenset[int]
    meaning: Meaning | None = None  # where a model is configured, and knows enough of the words


@dataclass(frozen=True, slots=True)
class Reported:
    """A story that was given its event before."""

    story_id: int
    title: str
    outlet: str
    traits: Traits


@dataclass(frozen=True, slots=True)
class NearEvent:
    """An event that may have been reported again, by the stories that speak for it."""

    id: int
    title: str
    stories: int  # all of them, also those that are not in `sample`
    sample: tuple[Reported, ...]  # the nearest to the new story, then the newest


@dataclass(frozen=True, slots=True)
class Near:
    """The slim noun that storage hands to `events.place`."""

    events: tuple[NearEvent, ...] = ()
    others: tuple[Reported, ...] = ()  # near stories that speak for none of these events
    series: frozenset[int] = frozenset()  # stories that the new one is another day's edition of
    related: frozenset[int] = frozenset()  # stories that share passages with it
    apart: frozenset[int] = frozenset()  # events that the user keeps it out of
    distinct: frozenset[frozenset[int]] = frozenset()  # pairs of events that the user took apart
    chosen: int | None = None  # the event that the user put it into


@dataclass(frozen=True, slots=True)
class Merging:
    """An event that turns out to be the one a new story joins."""

    event_id: int
    because: str


@dataclass(frozen=True, slots=True)
class Placing:
    """Which event a story reports, and why. `shared` are words that it has in common with the nearest story."""

    because: str
    event_id: int | None = None  # None: it is the first to report it
    likeness: float = 0.0  # 0–1
    nearest_id: int | None = None  # the story of the event that is most like it
    shared: tuple[str, ...] = ()
    merging: tuple[Merging, ...] = field(default=())


class Member(NamedTuple):
    """A story of an event, as it counts when events are looked at again."""

    story_id: int
    language: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Crowd:
    """An event by its newest stories."""

    id: int
    title: str
    stories: int  # all of them, also those that are not in `members`
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A story that was given its event some hours ago, and what has come to stand around it since."""

    story: Member
    own: Crowd  # its event; the story is one of the members, or older than all of them
    others: tuple[Crowd, ...]  # the events of its neighbours
    likenesses: Mapping[int, Mapping[int, float]]  # story → story → likeness, the same in both directions
    by_hand: bool = False  # the user said where the story belongs
    distinct: frozenset[frozenset[int]] = frozenset()  # pairs of events that the user took apart


@dataclass(frozen=True, slots=True)
class Moving:
    """A story that belongs to another event than was thought, or two events that are one."""

    event_id: int  # the other event
    because: str
    whole: bool  # the story's whole event becomes one with the other
