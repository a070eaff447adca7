"""What stands around a story, in the database: the stories of the same days that are like it.

Kept for as long as events can become one: with each new story, the rows of the two oldest that are past that go.
So the table holds some days, whatever the archive.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.core.events import WINDOW
from monitor.core.surroundings import AGAIN, WITHIN, nearest
from monitor.model import Crowd, Member, Moving, SecondLook
from monitor.store.event_counts import recount
from monitor.store.events import EventBooks
from monitor.store.times import moment, stamp

KEPT = WINDOW + WITHIN + timedelta(days=1)
OLDEST = 2  # stories whose rows may go with each new one
MEMBERS = 16  # stories that are asked of an event, the newest
COMPARED = 6  # events of neighbours

LIKE = (
    "select story_id, other_id, likeness from _event_near where story_id in (select value from json_each(?))"
)
# One statement for all rows: a run of `executemany` gives up the GIL and takes it again for every row.
REMEMBER = """
insert or replace into _event_near (story_id, other_id, likeness)
select iif(side.value, ?1, one.value ->> 0), iif(side.value, one.value ->> 0, ?1), one.value ->> 1
from json_each(?2) as one cross join json_each('[0, 1]') as side
"""
PAST = """
delete from _event_near where story_id in (
    select oldest.story_id from (select distinct story_id from _event_near order by story_id limit ?) as oldest
    join stories on stories.id = oldest.story_id where stories.first_seen_at < ?
)
"""
NEIGHBOURING = """
select stories.event_id from _event_near join stories on stories.id = _event_near.other_id
where _event_near.story_id = ? and stories.event_id <> ?
group by stories.event_id order by max(_event_near.likeness) desc, stories.event_id limit ?
"""
STORY = """
select stories.id, _event_traits.language, stories.first_seen_at from stories
join _event_traits on _event_traits.story_id = stories.id where stories.id = ?
"""
CROWDS = f"""
select events.id, events.title, events.stories, stories.id, _event_traits.language, stories.first_seen_at
from json_each(?) as wanted cross join events on events.id = wanted.value
cross join stories on stories.id in (
    select member.id from stories as member where member.event_id = events.id order by member.id desc limit {MEMBERS}
)
join _event_traits on _event_traits.story_id = stories.id
order by stories.id desc
"""
BY_HAND = """
select exists (
    select 1 from articles join addresses on addresses.article_id = articles.id
    join event_overrides on addresses.url in (event_overrides.url, event_overrides.other_url)
    where articles.story_id = ?
)
"""


class EventNearBooks(EventBooks):
    """The part of the books in which events are looked at again, some hours after a story came."""

    def remember_near(self, article_id: int, neighbours: Mapping[int, float], at: datetime) -> None:
        """Keep what the story that this article starts is like, from both sides; look at it again later.

        Lets go of what is past.
        """
        if neighbours:
            (story_id,) = self.conn.execute(
                "select story_id from articles where id = ?", (article_id,)
            ).fetchone()
            self.conn.execute(REMEMBER, (story_id, json.dumps(list(neighbours.items()))))
            self.conn.execute(
                "insert or replace into _event_looks (story_id, due_at) values (?, ?)",
                (story_id, stamp(at + AGAIN[0])),
            )
        self.conn.execute(PAST, (OLDEST, stamp(at - KEPT)))

    def looks_due(self, now: datetime, most: int) -> list[int]:
        """Stories whose event is to be looked at again by now, the longest due first."""
        rows = self.conn.execute(
            "select story_id from _event_looks where due_at <= ? order by due_at, story_id limit ?",
            (stamp(now), most),
        )
        return [story_id for (story_id,) in rows]

    def second_look(self, story_id: int) -> SecondLook | None:
        """What stands around a story now; None where all of it is in one event."""
        own = self.conn.execute("select event_id from stories where id = ?", (story_id,)).fetchone()
        if own is None or own[0] is None:
            return None
        others = [row[0] for row in self.conn.execute(NEIGHBOURING, (story_id, own[0], COMPARED))]
        if not others:
            return None
        known = self._crowds([own[0], *others])
        if own[0] not in known:
            return None
        story = self.conn.execute(STORY, (story_id,)).fetchone()
        stories = {member.story_id for crowd in known.values() for member in crowd.members}
        has_hand = self.conn.execute("select exists (select 1 from event_overrides)").fetchone()[0]
        return SecondLook(
            story=_member(*story),
            own=known[own[0]],
            others=tuple(known[event_id] for event_id in others if event_id in known),
            likenesses=self._around(stories | {story_id}),
            by_hand=bool(has_hand and self.conn.execute(BY_HAND, (story_id,)).fetchone()[0]),
            distinct=self.distinct([own[0], *others]) if has_hand else frozenset(),
        )

    def put_right(self, look: SecondLook, moving: Moving) -> None:
        """Move a story to another event, or make two events one."""
        if moving.whole:
            self._merge_events(look.own.id, moving.event_id, moving.because)
            return
        self._move_stories(moving.event_id, moving.because, [look.story.story_id])
        recount(self.conn, look.own.id)

    def looked_again(self, story_id: int) -> None:
        """A story was looked at; the next time follows, if it was not the last."""
        row = self.conn.execute(
            "select due_at, first_seen_at from _event_looks join stories on stories.id = story_id"
            " where story_id = ?",
            (story_id,),
        ).fetchone()
        times = [stamp(moment(row[1]) + span) for span in AGAIN] if row else []
        following = next((time for time in times if time > row[0]), None)
        if following is None:
            self.conn.execute("delete from _event_looks where story_id = ?", (story_id,))
        else:
            self.conn.execute("update _event_looks set due_at = ? where story_id = ?", (following, story_id))

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _crowds(self, events: Sequence[int]) -> dict[int, Crowd]:
        """These events, each by its newest stories."""
        titles: dict[int, tuple[str, int]] = {}
        members: dict[int, list[Member]] = {}
        for event_id, title, stories, *member in self.conn.execute(CROWDS, (json.dumps(events),)):
            titles[event_id] = title, stories
            members.setdefault(event_id, []).append(_member(*member))
        return {one: Crowd(one, *titles[one], tuple(found)) for one, found in members.items()}

    def _around(self, stories: Collection[int]) -> dict[int, dict[int, float]]:
        """What is like these stories, and like their nearest neighbours."""
        found = self._like(stories)
        further = {other for like in found.values() for other in nearest(like)} - found.keys()
        return found | self._like(further)

    def _like(self, stories: Collection[int]) -> dict[int, dict[int, float]]:
        found: dict[int, dict[int, float]] = {}
        for story_id, other_id, likeness in self.conn.execute(LIKE, (json.dumps(sorted(stories)),)):
            found.setdefault(story_id, {})[other_id] = likeness
        return found


def _member(story_id: int, language: str, at: str) -> Member:
    return Member(story_id, language, moment(at))
