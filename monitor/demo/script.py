"""The script of the demo: what is published at second `t`, where, and as a copy of what.

Pure, from tables and texts: no clock, no network. Seconds below zero are the days before the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor.demo.briefs import read_tellers
from monitor.demo.outlets import DemoFeed, Outlet, read_outlets
from monitor.demo.publications import Publication, slug
from monitor.demo.stream import Stream
from monitor.demo.texts import Text, read_table, read_texts

FIRST_KEY = 4100  # where the numbers of fixed articles start
SHOWN = 20  # items in a feed
LOOKED_BACK = 120  # briefs searched for an outlet's latest: 8 minutes


@dataclass(frozen=True, slots=True)
class ScriptState:
    """What stands at one second of the demo. Ids are `text@outlet`."""

    at: float
    published: tuple[Publication, ...]  # oldest first: every fixed one, and the briefs of the last minutes
    walled: frozenset[str]  # behind a consent wall
    corrected: frozenset[str]
    moved: frozenset[str]  # names of feeds that answer 301


class Script:
    """Everything the newsroom will ever publish, as a function of time."""

    def __init__(self, outlets: Sequence[Outlet], plays: Sequence[Publication], stream: Stream) -> None:
        self.outlets = tuple(outlets)
        self.plays = tuple(sorted(plays, key=lambda play: play.at))
        self.stream = stream
        self.paths = {(play.outlet_id, play.path): play for play in self.plays}

    def state(self, t: float) -> ScriptState:
        """What stands at second `t`."""
        fixed = [play.as_of(t) for play in self.plays if play.at <= t]
        briefs = self.stream.latest(t, LOOKED_BACK)
        return ScriptState(
            at=t,
            published=tuple(sorted([*fixed, *briefs], key=lambda one: one.at)),
            walled=frozenset(play.id for play in fixed if play.walled(t)),
            corrected=frozenset(play.id for play in fixed if play.corrected(t)),
            moved=frozenset(feed.name for one in self.outlets for feed in one.feeds if has_moved(feed, t)),
        )

    def latest(self, outlet_id: str, t: float, sections: Sequence[str] = ()) -> list[Publication]:
        """What an outlet's feed or front page lists at second `t`, newest first."""
        fixed = [play.as_of(t) for play in self.plays if play.at <= t and play.outlet_id == outlet_id]
        both = [*fixed, *self.stream.latest(t, LOOKED_BACK, outlet_id)]
        wanted = [one for one in both if not sections or one.section in sections]
        return sorted(wanted, key=lambda one: one.at, reverse=True)[:SHOWN]

    def at_path(self, outlet_id: str, path: str, t: float) -> Publication | None:
        """What an outlet has at this path at second `t`, if anything."""
        found = self.paths.get((outlet_id, path)) or self.stream.at_path(path, t)
        if found is None or (found.outlet_id, found.path) != (outlet_id, path) or found.at > t:
            return None
        return found.as_of(t)

    def beside(self, shown: Publication, count: int = 4) -> list[Publication]:
        """Teasers beside an article: older ones of its outlet, the same whenever the page is asked for."""
        older = [one for one in self.plays if one.outlet_id == shown.outlet_id and one.at < shown.at]
        return older[-count:]


def has_moved(feed: DemoFeed, t: float) -> bool:
    """Whether the feed's first address answers 301 at second `t`."""
    return feed.moves_at is not None and t >= feed.moves_at


def load_script(seed: int = 1) -> Script:
    """The script from the package's own tables and texts; `seed` picks the briefs."""
    outlets, texts = read_outlets(), read_texts()
    by_id = {outlet.id: outlet for outlet in outlets}
    rows = read_table("timeline")["play"]
    plays = [_play(by_id[row["outlet"]], texts, row, FIRST_KEY + 7 * n) for n, row in enumerate(rows)]
    originals = {play.id.partition("@")[0]: play.id for play in plays if play.kind == "original"}
    settled = [_settled(play, row, originals) for play, row in zip(plays, rows, strict=True)]
    return Script(outlets, settled, Stream(outlets, read_tellers(), seed))


def _play(outlet: Outlet, texts: Mapping[str, Text], row: Mapping[str, Any], key: int) -> Publication:
    text = texts[row["text"]]
    headline = row.get("headline", text.title).format_map(row.get("fill", {}))
    added = texts[row["adds"]].paragraphs if "adds" in row else ()
    told = text.paragraphs[: row.get("first")]
    if "fill" in row:
        told = tuple(paragraph.format_map(row["fill"]) for paragraph in told)
    return Publication(
        id=f"{row.get('id', text.id)}@{outlet.id}",
        outlet_id=outlet.id,
        at=row["at"],
        path=outlet.path.format(section=text.section, key=key, slug=slug(headline)),
        headline=headline,
        summary=row.get("summary", text.summary).format_map(row.get("fill", {})),
        paragraphs=told + added,
        language=text.language,
        section=text.section,
        byline=row.get("byline", text.byline),
        agency=text.agency,
        kind=row.get("kind"),
        corrects=text.corrects,
        correction=text.correction,
        corrected_at=row.get("corrected_at"),
        later_summary=text.later_summary,
        wall_until=row.get("wall_until"),
        missing=row.get("missing", False),
    )


def _settled(play: Publication, row: Mapping[str, Any], originals: Mapping[str, str]) -> Publication:
    """The publication with the id of what it copies, known only when all are read."""
    if play.kind in {None, "original"}:
        return play
    return replace(play, original_id=originals[row.get("of", row["text"])])
