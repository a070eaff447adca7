"""What happened to stories that were announced: what the look for updates is given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One target that knows of a story under one topic."""

    topic_id: str
    target: str
    outlets: int  # how many carried it when the target last heard of it


@dataclass(frozen=True, slots=True)
class Report:
    """A new article that stands on an announced story: its own text around the story's, or beside it."""

    article_id: int
    outlet: str  # the name people read
    words: int
    share: float  # of its words that stand in the story's text
    agency: str | None = None  # that it credits itself; beside the story, also one that is inherited
    known_to: frozenset[tuple[str, str]] = frozenset()  # (topic, target)s to which its own story goes


@dataclass(frozen=True, slots=True)
class Correction:
    """A new revision of an announced story's original, beside the one before it."""

    article_id: int
    number: int
    outlet: str
    title_before: str
    title: str
    text_before: str
    text: str
    url: str = ""
    had_that_title: bool = False  # in an earlier revision: some outlets show two headlines in turn


@dataclass(frozen=True, slots=True)
class StoryChange:
    """What is new of one announced story."""

    story_id: int
    agency: str | None
    outlets: int  # that carry it now
    told: tuple[Told, ...]
    newest_article: int | None = None
    reports: tuple[Report, ...] = ()
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """What is to be announced of a story, once. `event` names it within the story, as in outlets:10."""

    story_id: int
    topic_id: str
    target: str
    event: str
    because: str
    article_id: int | None = None
