"""Walls that only their repetition gives away, and what is undone when one is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.core import copies
from monitor.model import Outcome
from monitor.store.event_counts import event_of, recount
from monitor.store.revisions import RevisionBooks
from monitor.store.rulings import article_of
from monitor.store.texts import storable
from monitor.store.times import stamp

REMEMBERED = timedelta(days=7)
MOST_ALIKE = 20  # entries that one strange text is remembered for


class WallBooks(RevisionBooks):
    """The part of the books that knows which texts a host gave for which entries."""

    def strange_text(
        self, host: str, digest: str, entry_id: int | None, now: datetime, *, article_id: int | None = None
    ) -> list[tuple[int, str]]:
        """Entries (id, headline) for which this host gave the same text before, none of which it fits.

        With `entry_id`, the text is remembered for that entry too. Of an article that is read again, `article_id`,
        its own entries do not count. What is older than a week is forgotten.
        """
        self.conn.execute("delete from _strange_texts where at < ?", (stamp(now - REMEMBERED),))
        found = self.conn.execute(
            "select entries.id, entries.title from _strange_texts join entries on entries.id = entry_id"
            " where host = ?1 and _strange_texts.digest = ?2 and entry_id is not ?3"
            " and (?5 is null or entries.article_id is not ?5) order by entries.id limit ?4",
            (storable(host), digest, entry_id, MOST_ALIKE, article_id),
        ).fetchall()
        if entry_id is not None and len(found) < MOST_ALIKE:
            self.conn.execute(
                "insert into _strange_texts (host, digest, entry_id, at) values (?1, ?2, ?3, ?4)"
                " on conflict (host, digest, entry_id) do update set at = excluded.at",
                (storable(host), digest, entry_id, stamp(now)),
            )
        return [(row[0], row[1]) for row in found]

    def reopen(self, entry_ids: Sequence[int], outcome: Outcome, now: datetime) -> None:
        """Quarantine entries that a wall had passed for; the articles made of it go."""
        ids = json.dumps(entry_ids)
        articles = self.conn.execute(
            "select distinct article_id from entries where id in (select value from json_each(?))"
            " and article_id is not null and state = 'stored'",
            (ids,),
        ).fetchall()
        self.conn.execute(
            "update entries set state = ?, because = ?, tries = ?, next_try_at = ?, decided_at = ?"
            " where id in (select value from json_each(?)) and state in ('stored', 'off_topic')",
            (
                outcome.state,
                storable(outcome.because),
                outcome.tries,
                stamp(outcome.next_try_at),
                stamp(now),
                ids,
            ),
        )
        for (article_id,) in articles:
            self.withdraw(article_id)

    def withdraw(self, article_id: int) -> None:
        """Take an article out that is none. What another table holds on to stays, without its topics."""
        stored = self.article(article_id)
        if stored is None:
            return
        self.conn.execute("savepoint withdrawal")
        try:
            self.unindex(stored.id)
            self._hand_on(stored.id, stored.story_id)
            event_id = event_of(self.conn, stored.story_id)
            self.conn.execute("delete from articles where id = ?", (stored.id,))
            self._close_story(stored.story_id)
            recount(self.conn, event_id)
        except sqlite3.IntegrityError:
            self.conn.execute("rollback to withdrawal")
            self.conn.execute("delete from matches where article_id = ?", (stored.id,))
            self.conn.execute("update entries set article_id = null where article_id = ?", (stored.id,))
        self.conn.execute("release withdrawal")

    def _hand_on(self, article_id: int, story_id: int) -> None:
        """Where the article was the original, its oldest copy becomes one; the others are compared with that."""
        heir = self.conn.execute(
            "select id, title from articles where story_id = ? and id <> ? order by first_seen_at, id limit 1",
            (story_id, article_id),
        ).fetchone()
        if heir is None:
            return
        self.conn.execute("delete from copies where article_id = ?", (heir[0],))
        orphans = self.conn.execute("select article_id from copies where original_id = ?", (article_id,))
        for (orphan,) in orphans.fetchall():
            known, new = self.known(orphan).known[0], self.known(heir[0]).known[0]
            self.save_copy(orphan, copies.refreshed(article_of(known), new, revision=known.revision))
        self.conn.execute(
            "update stories set original_id = ?, title = ? where id = ? and original_id = ?",
            (*heir, story_id, article_id),
        )

    def _close_story(self, story_id: int) -> None:
        """Count the story anew; without articles it goes, and what was to be announced of it."""
        count, outlets, first, last = self.conn.execute(
            "select count(*), count(distinct outlet_id), min(first_seen_at), max(first_seen_at)"
            " from articles where story_id = ?",
            (story_id,),
        ).fetchone()
        if count:
            self.conn.execute(
                "update stories set articles = ?, outlets = ?, first_seen_at = ?, last_seen_at = ? where id = ?",
                (count, outlets, first, last, story_id),
            )
            return
        self.conn.execute("delete from outbox where story_id = ?", (story_id,))
        self.conn.execute("delete from stories where id = ?", (story_id,))
