"""The user's word over ours: stories that report one happening, and stories that do not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitor.model import EventOverride, EventOverrideKind, Shift
from monitor.store.event_counts import recount
from monitor.store.event_near import EventNearBooks
from monitor.store.texts import as_json, storable
from monitor.store.times import moment, stamp

SAID = {"together": "put together by hand", "apart": "taken out by hand"}
OVERRIDE = "select id, kind, at, url, other_url, because, moved from event_overrides"

# Stories of one event, and those that came to it because of them.
FOLLOWING = """
with recursive going(id) as (
    select stories.id from stories where id in (select value from json_each(?1)) and event_id = ?2
    union
    select event_stories.story_id from going join event_stories on event_stories.nearest_id = going.id
    join stories on stories.id = event_stories.story_id
    where event_stories.event_id = ?2 and stories.id > (select max(value) from json_each(?1))
)
select going.id, event_stories.moved from going join event_stories on event_stories.story_id = going.id order by going.id
"""


class EventHandBooks(EventNearBooks):
    """The part of the books in which the user puts events right."""

    def correct_event(
        self,
        kind: EventOverrideKind,
        article_id: int,
        other_id: int,
        now: datetime,
        because: str | None = None,
    ) -> int:
        """Remember that two articles' stories belong to one event, or to two, and see to it.

        The addresses are remembered, so that it holds for what is read or imported anew. `apart` moves
        the first article's story out. Gives the event of the first article.
        """
        url, other = self._address(article_id), self._address(other_id)
        self.conn.execute(
            "delete from event_overrides where (url, other_url) in (values (?1, ?2), (?2, ?1))", (url, other)
        )
        number = self.conn.execute(
            "insert into event_overrides (kind, url, other_url, at, because) values (?, ?, ?, ?, ?)",
            (kind, url, other, stamp(now), storable(because)),
        ).lastrowid
        said = f"{SAID[kind]}: {because}" if because else SAID[kind]
        event_id, other_event = self._event_of_article(article_id), self._event_of_article(other_id)
        if (kind == "together") == (event_id == other_event):
            return event_id
        if kind == "together":
            from_id = max(event_id, other_event)
            going = self._stories_of("event_id = ?", from_id)
            to_id = self._merge_events(event_id, other_event, said)
        else:
            from_id = event_id
            going = self._stories_of("id = (select story_id from articles where id = ?)", article_id)
            to_id = self._take_out(article_id, event_id, said)
        self.conn.execute(
            "update event_overrides set moved = ? where id = ?",
            (as_json({"from": from_id, "to": to_id, "stories": going}), number),
        )
        return to_id

    def event_overrides(self) -> list[EventOverride]:
        """All that the user said of events, the oldest first."""
        return [_override(row) for row in self.conn.execute(f"{OVERRIDE} order by id")]

    def event_override(self, override_id: int) -> EventOverride | None:
        """One thing the user said of events."""
        row = self.conn.execute(f"{OVERRIDE} where id = ?", (override_id,)).fetchone()
        return _override(row) if row else None

    def unsay_of_event(self, said: EventOverride) -> None:
        """Forget what the user said, and put back what it had moved, with what has come to it since.

        What has been moved elsewhere meanwhile stays there.
        """
        self.conn.execute("delete from event_overrides where id = ?", (said.id,))
        one, other = self._place_of(said.url), self._place_of(said.other_url)
        if said.shift is None or one is None or other is None:
            return
        stayed = other if one[0] in said.shift.stories else one
        if said.kind == "together":
            self._move_back(said.shift, stayed[1], None)
        elif one[1] != other[1]:
            self._move_back(said.shift, said.shift.to_id, other[1])

    def _move_back(self, shift: Shift, here: int, home: int | None) -> None:
        """Move what a word had moved, as far as it is still in the event `here`: home, or into its own event again."""
        going = dict(self.conn.execute(FOLLOWING, (json.dumps(list(shift.stories)), here)).fetchall())
        if not going or (home is None and len(going) == len(self._stories_of("event_id = ?", here))):
            return
        if home is None:
            home = self._event_again(shift.from_id, min(going))
        self._move_stories(home, "", list(going))
        for story_id, moved in going.items():
            self.conn.execute(
                "update event_stories set moved = ? where story_id = ?",
                (shift.stories.get(story_id, moved), story_id),
            )
        recount(self.conn, here)

    def _event_again(self, number: int, story_id: int) -> int:
        """An event for these stories, under its earlier number where no other has that."""
        event_id = self.conn.execute(
            "insert into events (id, title, first_seen_at, last_seen_at)"
            " select iif(exists (select 1 from events where id = ?1), null, ?1), title, first_seen_at, last_seen_at"
            " from stories where id = ?2",
            (number, story_id),
        ).lastrowid
        assert event_id is not None
        return event_id

    def _stories_of(self, which: str, number: int) -> dict[int, str | None]:
        """Stories, each with why it came to its event from another one."""
        return dict(
            self.conn.execute(
                f"select stories.id, event_stories.moved from stories"
                f" left join event_stories on event_stories.story_id = stories.id where stories.{which}",
                (number,),
            ).fetchall()
        )

    def _place_of(self, url: str) -> tuple[int, int] | None:
        """The story and the event of the article at this address, where there is one."""
        row: tuple[int, int] | None = self.conn.execute(
            "select articles.story_id, articles.event_id from addresses join articles on articles.id = addresses.article_id"
            " where addresses.url = ? and articles.event_id is not null",
            (url,),
        ).fetchone()
        return row

    def _take_out(self, article_id: int, event_id: int, because: str) -> int:
        story_id, title, seen = self.conn.execute(
            "select stories.id, stories.title, stories.first_seen_at from articles"
            " join stories on stories.id = articles.story_id where articles.id = ?",
            (article_id,),
        ).fetchone()
        alone = self.conn.execute(
            "insert into events (title, first_seen_at, last_seen_at) values (?, ?, ?)", (title, seen, seen)
        ).lastrowid
        assert alone is not None
        self._move_stories(alone, because, [story_id])
        recount(self.conn, event_id)
        return alone

    def _address(self, article_id: int) -> str:
        url: str = self.conn.execute("select url from articles where id = ?", (article_id,)).fetchone()[0]
        return url

    def _event_of_article(self, article_id: int) -> int:
        row = self.conn.execute("select event_id from articles where id = ?", (article_id,)).fetchone()
        if row[0] is None:
            raise LookupError(f"article {article_id} was stored before there were events")
        return int(row[0])


def _override(row: Sequence[Any]) -> EventOverride:
    number, kind, at, url, other_url, because, moved = row
    told = json.loads(moved) if moved else None
    stories = {int(story_id): why for story_id, why in told["stories"].items()} if told else {}
    shift = Shift(told["from"], told["to"], stories) if told else None
    return EventOverride(kind, moment(at), url, other_url, because, number, shift)
