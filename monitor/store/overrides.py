"""The user's word in the database: what was said, and stories put together or taken apart accordingly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.core import copies, events, overrides, reports, uniting
from monitor.core.fingerprint import fingerprint
from monitor.errors import MonitorError
from monitor.model import Article, Copy, Known, Near, Override
from monitor.store.event_counts import inherit, recount
from monitor.store.events import EventBooks
from monitor.store.rulings import RulingBooks, article_of
from monitor.store.stories import StoryBooks
from monitor.store.texts import storable
from monitor.store.times import stamp

COUNTED = """
update stories set (articles, outlets, first_seen_at, last_seen_at) = (
    select count(*), count(distinct outlet_id), min(first_seen_at), max(first_seen_at)
    from articles where story_id = stories.id),
  title = (select title from articles where id = stories.original_id),
  agency = (select agency from articles where story_id = stories.id and agency is not null
    order by id <> (select s.original_id from stories as s where s.id = story_id), first_seen_at, id limit 1)
where id = ?
"""

# An article and all that are its copies, or copies of those, within one story.
BRANCH = """
with recursive branch(id) as (
    select ?1
    union
    select copies.article_id from branch join copies on copies.original_id = branch.id
    join articles on articles.id = copies.article_id
    where articles.story_id = (select story_id from articles where id = ?1)
)
select id from branch order by id
"""

# Announcements under the number of the story that they tell of now; of two for one story, the later keeps its key.
RENUMBERED = """
update or ignore outbox set key = topic_id || ':' || story_id
    || substr(key, length(topic_id) + 1 + instr(substr(key, length(topic_id) + 2), ':'))
where story_id = ? and kind in ('story', ?)
"""


class OverrideBooks(StoryBooks, RulingBooks, EventBooks):
    """The part of the books that keeps what the user said, and does it."""

    def say(self, said: Override) -> int:
        """Keep what the user said; what it contradicts about the same two goes. Gives its number."""
        pair = (said.url, said.other_url)
        if said.kind == "off":
            self.conn.execute(
                "delete from overrides where kind = 'off' and outlet_id is ? and topic_id is ?",
                (said.outlet_id, said.topic_id),
            )
        else:
            self.conn.execute(
                "delete from overrides where (url = ?1 and other_url = ?2) or (url = ?2 and other_url = ?1)",
                pair,
            )
        cursor = self.conn.execute(
            "insert into overrides (kind, at, url, other_url, outlet_id, topic_id, because) values (?, ?, ?, ?, ?, ?, ?)",
            (
                said.kind,
                stamp(said.at),
                storable(said.url),
                storable(said.other_url),
                said.outlet_id,
                said.topic_id,
                storable(said.because),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def unsay(self, override_id: int) -> None:
        """Forget what the user said; what was done for it is for `join` and `take_out` to undo."""
        self.conn.execute("delete from overrides where id = ?", (override_id,))

    def join(self, kept_id: int, gone_id: int, at: datetime | None) -> None:
        """Put one story into another: all of `gone_id` becomes part of `kept_id`. `at`: when the user said so."""
        kept, gone = self._original(kept_id), self._original(gone_id)
        copy = copies.refreshed(self._article(gone), kept, revision=gone.revision)
        self._put_into(kept, gone, overrides.by_hand(copy, at) if at else copy)

    def unite(self, article_id: int, gone_id: int) -> None:
        """Put a story into that of an article which is a copy of its original, unless the user wants them apart."""
        by, gone = self.known(article_id).known[0], self._original(gone_id)
        members = self._members_of(gone_id)
        if any(self.is_kept_from(self.known(member).known[0], by) for member in members):
            return
        copy = copies.refreshed(self._article(gone), by, revision=gone.revision)
        self._put_into(self._original(by.story_id), gone, uniting.explained(copy))

    def _put_into(self, kept: Known, gone: Known, copy: Copy) -> None:
        """One story for two: the original of the one is a copy in the other now."""
        kept_id, gone_id = kept.story_id, gone.story_id
        self.save_copy(gone.article_id, copy)
        self.conn.execute(
            "delete from links where (article_id = ?1 and other_id = ?2) or (article_id = ?2 and other_id = ?1)",
            (kept.article_id, gone.article_id),
        )
        members = self._members_of(gone_id)
        events = [self._event_of(story_id) for story_id in (kept_id, gone_id)]
        self.conn.executemany(
            "update articles set story_id = ? where id = ?", [(kept_id, member) for member in members]
        )
        self.now_part_of(gone_id, kept_id)
        self._hand_over("stories", gone_id, kept_id)
        self.conn.execute(RENUMBERED, (kept_id, "story"))
        self.conn.execute("delete from stories where id = ?", (gone_id,))
        self._settle_event(members, kept_id, *events)
        self.conn.execute(COUNTED, (kept_id,))

    def take_out(self, article_id: int, at: datetime | None) -> int:
        """Take an article, with what was copied from it, out of its story into one of its own; gives its number.

        From the story's original, only the original itself goes: the next article takes its place. Its
        announcements go along. `at`: when the user said so; then a tie to what it was a copy of stays, and
        the event. Without it, a merge is undone: the story has its number again, and the event is found anew. Raises `MonitorError` where
        the article stands alone.
        """
        known = self.known(article_id).known[0]
        old_id = known.story_id
        rest = set(self._members_of(old_id)) - {article_id}
        if not rest:
            raise MonitorError(f"article {article_id} is the only one of story {old_id}.")
        branch = [article_id] if known.is_original else self._branch(article_id)
        if known.is_original:
            self._crown(min(rest, key=self._age), rest)
        else:
            self._uncopy(article_id, at)
        because = (
            f"starts a story: {overrides.said(at)}" if at else "starts a story: taken out of another one"
        )
        number = None if at else self.given_back(fingerprint(known.text), old_id)
        new_id = self._new_story(self._article(known), article_id, because, number)
        event_id = self._event_of(old_id)
        self._rehouse(branch, new_id)
        self._take_announcements(branch, old_id, new_id)
        for story_id in (old_id, new_id):
            self.conn.execute(COUNTED, (story_id,))
        if at is None and event_id is not None:
            self._find_event(article_id, branch)
        else:
            self.conn.execute("update stories set event_id = ? where id = ?", (event_id, new_id))
            inherit(self.conn, new_id, old_id)
        recount(self.conn, event_id)
        return new_id

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _original(self, story_id: int) -> Known:
        row = self.conn.execute("select original_id from stories where id = ?", (story_id,)).fetchone()
        if row is None:
            raise MonitorError(f"there is no story {story_id}. `monitor search WORDS` shows story numbers.")
        return self.known(row[0]).known[0]

    def _article(self, known: Known) -> Article:
        """An article of the archive with its agency, as the core wants it."""
        return article_of(known, self.credit_of(known.article_id))

    def _members_of(self, story_id: int) -> list[int]:
        return [
            row[0]
            for row in self.conn.execute(
                "select id from articles where story_id = ? order by id", (story_id,)
            )
        ]

    def _branch(self, article_id: int) -> list[int]:
        return [row[0] for row in self.conn.execute(BRANCH, (article_id,))]

    def _age(self, article_id: int) -> tuple[datetime, int]:
        return self.known(article_id).known[0].first_seen, article_id

    def _rehouse(self, members: Sequence[int], story_id: int) -> None:
        """Articles into a story, with their sketches: later copies of their texts find it."""
        for article_id in members:
            self.conn.execute("update articles set story_id = ? where id = ?", (story_id, article_id))
            text = self.known(article_id).known[0].text
            self.add_sketch(story_id, fingerprint(text))

    def _take_announcements(self, members: Sequence[int], old_id: int, new_id: int) -> None:
        """What was announced of these articles was announced of the story that they are in now."""
        self.conn.execute(
            "update outbox set story_id = ? where story_id = ? and article_id in (select value from json_each(?))",
            (new_id, old_id, json.dumps(members)),
        )
        self.conn.execute(RENUMBERED, (new_id, "update"))
        self.conn.execute(RENUMBERED, (old_id, "story"))

    def _find_event(self, article_id: int, members: Sequence[int]) -> None:
        """The event of a story that was part of another one, as if it came now: its old one, or one of its own.

        No other events become one by it.
        """
        known = self.known(article_id).known[0]
        article = self._article(known)
        report = reports.report(article, self.lead(article).text)
        traits = self.weighed(report) if report else None
        near = self.near_events(traits, (), (known.url,)) if traits else Near()
        placing = replace(events.place(report, traits, near, None), merging=())
        event_id = self.begin_event(article_id, placing, report, traits)
        self.conn.executemany(
            "update articles set event_id = ? where id = ?", [(event_id, member) for member in members]
        )
        recount(self.conn, event_id)

    def _crown(self, article_id: int, members: Iterable[int]) -> None:
        """Make an article the original of its story; what named the old one is compared with the new one."""
        new = self.known(article_id).known[0]
        old_id = self.conn.execute(
            "select original_id from stories where id = ?", (new.story_id,)
        ).fetchone()[0]
        self.conn.execute("delete from copies where article_id = ?", (article_id,))
        self.conn.execute("update stories set original_id = ? where id = ?", (article_id, new.story_id))
        for member in members:
            row = self.conn.execute(
                "select original_id from copies where article_id = ?", (member,)
            ).fetchone()
            if row is not None and row[0] == old_id:
                known = self.known(member).known[0]
                self.save_copy(member, copies.refreshed(self._article(known), new, revision=known.revision))

    def _uncopy(self, article_id: int, at: datetime | None) -> None:
        """No copy any more; where the user said so, a tie to what it was a copy of stays."""
        row = self.conn.execute(
            "select original_id, kind, share, share_of_original, because, evidence from copies where article_id = ?",
            (article_id,),
        ).fetchone()
        self.conn.execute("delete from copies where article_id = ?", (article_id,))
        if row is not None and at is not None:
            copy = Copy(row[0], 0, row[1], row[2], row[3], row[4], json.loads(row[5]))
            self.add_links(article_id, [overrides.tie_left(copy, at)])

    def _hand_over(self, table: str, gone_id: int, kept_id: int | None) -> None:
        """Let every row that names `gone_id` of this table name `kept_id`; where it has that already, it goes."""
        refers = self.conn.execute(
            'select m.name, f."from" from sqlite_master as m, pragma_foreign_key_list(m.name) as f'
            " where m.type = 'table' and f.\"table\" = ?",
            (table,),
        ).fetchall()
        for name, column in refers:
            self.conn.execute(
                f"update or ignore {name} set {column} = ? where {column} = ?", (kept_id, gone_id)
            )
            self.conn.execute(f"delete from {name} where {column} = ?", (gone_id,))

    def _event_of(self, story_id: int) -> int | None:
        row = self.conn.execute("select event_id from stories where id = ?", (story_id,)).fetchone()
        return row[0] if row else None

    def _settle_event(
        self, members: Sequence[int], story_id: int, kept: int | None, gone: int | None
    ) -> None:
        """One event for a story that was two; an event that lost its last story goes."""
        event_id = kept if kept is not None else gone
        self.conn.execute("update stories set event_id = ? where id = ?", (event_id, story_id))
        self.conn.executemany(
            "update articles set event_id = ? where id = ?", [(event_id, one) for one in members]
        )
        recount(self.conn, event_id)
        if gone is not None and gone != event_id:
            left = self.conn.execute("select count(*) from stories where event_id = ?", (gone,)).fetchone()[0]
            if left:
                recount(self.conn, gone)
            else:
                self._hand_over("events", gone, event_id)
                self.conn.execute("delete from events where id = ?", (gone,))
