"""The user's word over ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.model.verdicts import Known

OverrideKind = Literal["merge", "split", "never_merge", "off"]
EventOverrideKind = Literal["together", "apart"]


@dataclass(frozen=True, slots=True)
class Override:
    """One thing the user said about copies. Addresses, not ids: it outlives a re-run."""

    kind: OverrideKind
    at: datetime
    url: str | None = None  # of the article that was split off, or of one of two originals
    other_url: str | None = None  # of the other story's original
    outlet_id: str | None = None  # with `off`: whose articles stand alone,
    topic_id: str | None = None  # or those of which topic
    because: str | None = None  # the user's own note
    id: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """The stories that a word on events has moved, from which event to which, each with why it had moved before."""

    from_id: int
    to_id: int
    stories: Mapping[int, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventOverride:
    """One thing the user said about events: two articles' stories report the same, or they do not."""

    kind: EventOverrideKind
    at: datetime
    url: str
    other_url: str
    because: str | None = None  # the user's own note
    id: int = 0
    shift: Shift | None = None  # None: nothing had to be moved


@dataclass(frozen=True, slots=True)
class Rulings:
    """What the user said that bears on one article, with when it was said."""

    joined: Known | None = None  # it belongs with this one
    joined_at: datetime | None = None
    apart: Mapping[int, datetime] = field(default_factory=dict)  # stories it stays out of
    off: Mapping[str, datetime] = field(default_factory=dict)  # outlets that stand alone
    off_topics: Mapping[str, datetime] = field(default_factory=dict)  # topics whose articles stand alone

    def __bool__(self) -> bool:
        """Whether anything was said."""
        return bool(self.joined or self.apart or self.off or self.off_topics)
