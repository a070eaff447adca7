"""Events in the database: which story reports which happening, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.model import Account, Link, Meaning, Near, NearEvent, Placing, Reported, Traits
from monitor.store.event_counts import recount
from monitor.store.event_index import EventIndexBooks, unpacked
from monitor.store.texts import storable
from monitor.store.times import moment

MOST_EVENTS = 6  # that are compared
MOST_MEANT = 2  # more, because of what a model says
SAMPLE = 8  # stories that speak for an event
NEAREST = 4  # of these, at most so many because they are near; the others because they are new

REPORTED = """
select stories.id, stories.title, outlets.name, _event_traits.language, _event_traits.traits,
    stories.first_seen_at
from stories
join _event_traits on _event_traits.story_id = stories.id
join articles on articles.id = stories.original_id
join outlets on outlets.id = articles.outlet_id
"""
HAND = """
select 'together', merged.other_url from overrides as merged where merged.kind = 'merge' and merged.url = ?1
union all
select 'together', merged.url from overrides as merged where merged.kind = 'merge' and merged.other_url = ?1
union all
select kind, other_url from event_overrides where url = ?1
union all
select kind, url from event_overrides where other_url = ?1
"""

DISTINCT = """
select one.event_id, other.event_id from event_overrides
join addresses as here on here.url = event_overrides.url
join articles as one on one.id = here.article_id
join addresses as there on there.url = event_overrides.other_url
join articles as other on other.id = there.article_id
where event_overrides.kind = 'apart'
    and one.event_id in (select value from json_each(?1)) and other.event_id in (select value from json_each(?1))
"""


class EventBooks(EventIndexBooks):
    """The part of the books that gives stories their events."""

    def near_events(self, traits: Traits, links: Sequence[Link], addresses: Iterable[str]) -> Near:
        """Events that the story may report: six at most, each by the eight stories that are nearest and newest.

        Where a model has read the story, up to two more, of stories in other languages that mean the same.

        `links` are the story's weaker ties to other articles; `addresses` lead to it, for what the user
        decided by hand.
        """
        related, series = self._tied(links)
        together, apart = self._by_hand(addresses)
        near = [*self.stories_near(traits), *sorted(related)]
        nearest = self._nearest_events(near, self.stories_meant(traits))
        model = traits.meaning.model if traits.meaning else None
        found = tuple(self._near_event(event_id, stories, model) for event_id, stories in nearest)
        compared = {one.story_id for event in found for one in event.sample}
        return Near(
            events=found,
            others=tuple(self._reported([one for one in near if one not in compared], None)),
            series=series,
            related=related,
            apart=frozenset(apart),
            distinct=self.distinct([event.id for event in found]),
            chosen=min(together - apart, default=None),
        )

    def begin_event(
        self, article_id: int, placing: Placing, report: Account | None, traits: Traits | None
    ) -> int:
        """Give the story that this article starts its event, as decided; gives the event's id."""
        story_id, title, seen = self.conn.execute(
            "select stories.id, stories.title, stories.first_seen_at from articles"
            " join stories on stories.id = articles.story_id where articles.id = ?",
            (article_id,),
        ).fetchone()
        event_id = placing.event_id
        if event_id is None:
            event_id = self.conn.execute(
                "insert into events (title, first_seen_at, last_seen_at, stories, articles, outlets, languages)"
                " values (?, ?, ?, 0, 0, 0, 0)",
                (title, seen, seen),
            ).lastrowid
        assert event_id is not None
        self.conn.execute("update stories set event_id = ? where id = ?", (event_id, story_id))
        self.conn.execute("update events set stories = stories + 1 where id = ?", (event_id,))
        self._save_reason(story_id, event_id, placing)
        self._join_event(article_id, event_id)
        if report is not None and traits is not None:
            self.index_report(story_id, traits)
            self.count_words(story_id, report)
        for merging in placing.merging:
            event_id = self._merge_events(event_id, merging.event_id, merging.because)
        return event_id

    def follow_event(self, article_id: int) -> int | None:
        """Count a copy among the articles of its story's event; gives the event's id."""
        row = self.conn.execute(
            "select stories.event_id from articles join stories on stories.id = articles.story_id"
            " where articles.id = ?",
            (article_id,),
        ).fetchone()
        if row is None or row[0] is None:
            return None
        self._join_event(article_id, row[0])
        return int(row[0])

    def distinct(self, events: Sequence[int]) -> frozenset[frozenset[int]]:
        """Pairs of these events that the user took apart."""
        rows = self.conn.execute(DISTINCT, (json.dumps(events),))
        return frozenset(frozenset(row) for row in rows)

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _tied(self, links: Sequence[Link]) -> tuple[frozenset[int], frozenset[int]]:
        """Stories that share passages with this one, and stories that it is another edition of."""
        story_of = dict(
            self.conn.execute(
                "select id, story_id from articles where id in (select value from json_each(?))",
                (json.dumps([link.other_id for link in links]),),
            ).fetchall()
            if links
            else ()
        )
        kinds = {kind: {story_of[link.other_id] for link in links if link.kind == kind and link.other_id in story_of}
                 for kind in ("partial", "series")}  # fmt: skip
        return frozenset(kinds["partial"]), frozenset(kinds["series"])

    def _by_hand(self, addresses: Iterable[str]) -> tuple[set[int], set[int]]:
        """Events that the user put the story into, and those that it is kept out of."""
        chosen: dict[str, set[int]] = {"together": set(), "apart": set()}
        for address in addresses:
            for kind, other in self.conn.execute(HAND, (storable(address),)).fetchall():
                row = self.conn.execute(
                    "select articles.event_id from addresses join articles on articles.id = addresses.article_id"
                    " where addresses.url = ? and articles.event_id is not null",
                    (other,),
                ).fetchone()
                if row is not None:
                    chosen[kind].add(row[0])
        return chosen["together"], chosen["apart"]

    def _events_of(self, stories: Sequence[int]) -> list[tuple[int, int]]:
        """(event, story) of each of these, in their order."""
        return self.conn.execute(
            "select stories.event_id, stories.id from json_each(?) as wanted"
            " join stories on stories.id = wanted.value where stories.event_id is not null order by wanted.key",
            (json.dumps(stories),),
        ).fetchall()

    def _nearest_events(self, near: Sequence[int], meant: Sequence[int]) -> list[tuple[int, list[int]]]:
        """Six events of near stories, and two more of stories that mean the same, these first in each."""
        events: dict[int, list[int]] = {}
        for event_id, story_id in self._events_of(list(dict.fromkeys([*near, *meant]))):
            events.setdefault(event_id, []).append(story_id)
        places = {story_id: place for place, story_id in enumerate(meant)}
        ids = list(events)
        more = [event_id for event_id in ids[MOST_EVENTS:] if not places.keys().isdisjoint(events[event_id])]
        return [
            (event_id, sorted(events[event_id], key=lambda story_id: places.get(story_id, len(places))))
            for event_id in (*ids[:MOST_EVENTS], *more[:MOST_MEANT])
        ]

    def _near_event(self, event_id: int, near: Sequence[int], model: int | None) -> NearEvent:
        title, stories = self.conn.execute(
            "select title, stories from events where id = ?", (event_id,)
        ).fetchone()
        newest = self.conn.execute(
            "select id from stories where event_id = ? order by id desc limit ?", (event_id, SAMPLE)
        )
        chosen = list(dict.fromkeys([*near[:NEAREST], *(story_id for (story_id,) in newest)]))[:SAMPLE]
        return NearEvent(event_id, title, stories, tuple(self._reported(chosen, model)))

    def _reported(self, stories: Sequence[int], model: int | None) -> list[Reported]:
        """These stories as the reports that they are, those that are long enough to be one."""
        rows = self.conn.execute(
            f"{REPORTED} where stories.id in (select value from json_each(?)) order by stories.id",
            (json.dumps(stories),),
        )
        meanings = self.meanings_of(stories, model)
        return [_reported(row, meanings) for row in rows]

    def _save_reason(self, story_id: int, event_id: int, placing: Placing) -> None:
        self.conn.execute(
            "insert or replace into event_stories (story_id, event_id, likeness, nearest_id, because, shared)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                story_id,
                event_id,
                placing.likeness,
                placing.nearest_id,
                storable(placing.because),
                storable(json.dumps(placing.shared, ensure_ascii=False, separators=(",", ":"))),
            ),
        )

    def _join_event(self, article_id: int, event_id: int) -> None:
        """One more article in an event, perhaps of one more outlet or language; its times kept up."""
        self.conn.execute(
            "update events set articles = articles + 1,"
            " outlets = outlets + not exists ("
            "  select 1 from articles where event_id = ?1 and outlet_id = one.outlet_id),"
            " languages = languages + (one.language is not null and not exists ("
            "  select 1 from articles where event_id = ?1 and language = one.language)),"
            " first_seen_at = min(events.first_seen_at, one.first_seen_at),"
            " last_seen_at = max(events.last_seen_at, one.first_seen_at)"
            " from articles as one where events.id = ?1 and one.id = ?2",
            (event_id, article_id),
        )
        self.conn.execute("update articles set event_id = ? where id = ?", (event_id, article_id))

    def _merge_events(self, one: int, other: int, because: str) -> int:
        """Make two events one, the older; what moves keeps its reason, and says why it moved."""
        kept, gone = min(one, other), max(one, other)
        if kept == gone:
            return kept
        self._move_stories(
            kept,
            because,
            [row[0] for row in self.conn.execute("select id from stories where event_id = ?", (gone,))],
        )
        self.conn.execute("delete from events where id = ?", (gone,))
        return kept

    def _move_stories(self, event_id: int, because: str, stories: Sequence[int]) -> None:
        """Move stories into an event, and count it anew."""
        for story_id in stories:
            self.conn.execute(
                "update event_stories set event_id = ?, moved = ? where story_id = ?",
                (event_id, storable(because), story_id),
            )
            self.conn.execute("update stories set event_id = ? where id = ?", (event_id, story_id))
            self.conn.execute("update articles set event_id = ? where story_id = ?", (event_id, story_id))
        recount(self.conn, event_id)


def _reported(row: Sequence[Any], meanings: Mapping[int, Meaning]) -> Reported:
    story_id, title, outlet, language, blob, at = row
    traits = unpacked(blob, language, moment(at))
    if story_id in meanings:
        traits = replace(traits, meaning=meanings[story_id])
    return Reported(story_id, title, outlet, traits)
