"""The user's word over ours: stories that report one happening, and stories that do not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from monitor.store.event_counts import recount
from monitor.store.event_near import EventNearBooks
from monitor.store.texts import storable
from monitor.store.times import stamp

Kind = Literal["together", "apart"]
SAID = {"together": "put together by hand", "apart": "taken out by hand"}


class EventHandBooks(EventNearBooks):
    """The part of the books in which the user puts events right."""

    def correct_event(
        self, kind: Kind, article_id: int, other_id: int, now: datetime, because: str | None = None
    ) -> int:
        """Remember that two articles' stories belong to one event, or to two, and see to it.

        The addresses are remembered, so that it holds for what is read or imported anew. `apart` moves
        the first article's story out. Gives the event of the first article.
        """
        url, other = self._address(article_id), self._address(other_id)
        self.conn.execute(
            "delete from event_overrides where (url, other_url) in (values (?1, ?2), (?2, ?1))", (url, other)
        )
        self.conn.execute(
            "insert into event_overrides (kind, url, other_url, at, because) values (?, ?, ?, ?, ?)",
            (kind, url, other, stamp(now), storable(because)),
        )
        said = f"{SAID[kind]}: {because}" if because else SAID[kind]
        event_id, other_event = self._event_of_article(article_id), self._event_of_article(other_id)
        if kind == "together":
            return self._merge_events(event_id, other_event, said)
        return self._take_out(article_id, event_id, said) if event_id == other_event else event_id

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
