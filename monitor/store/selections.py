"""Stories for feeds: a topic's newest, those that a search finds, and which topics changed."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from monitor.core.unspaced import asked
from monitor.errors import QueryError
from monitor.model import StoryNews
from monitor.store.desk import Desk
from monitor.store.news import story_news
from monitor.store.times import stamp

# Read along the index, the last match first, until there are enough stories.
OF_TOPIC = """
select distinct articles.story_id from matches cross join articles on articles.id = matches.article_id
where matches.topic_id = ? order by matches.at desc, matches.article_id desc limit ?
"""
FOUND = """
select articles.story_id from articles_fts cross join articles on articles.id = articles_fts.rowid
where articles_fts match ? order by articles_fts.rowid desc limit ?
"""
TOUCHED = """
select topic_id from matches where at >= ?1
union select matches.topic_id from articles as fresh
    join articles as member on member.story_id = fresh.story_id
    join matches on matches.article_id = member.id
    where fresh.first_seen_at >= ?1
union select matches.topic_id from revisions join articles as edited on edited.id = revisions.article_id
    join articles as member on member.story_id = edited.story_id
    join matches on matches.article_id = member.id
    where revisions.seen_at >= ?1 and revisions.number > 1
"""
COPIES_EACH = 4  # articles of one story that a search may find before another story is looked for


class SelectionBooks(Desk):
    """The part of the books that feeds are made of."""

    def stories_of_topic(self, topic_id: str, limit: int) -> list[StoryNews]:
        """A topic's stories, each once: those of which an article matched last; the newest story first."""
        rows = self.conn.execute(OF_TOPIC, (topic_id, limit)).fetchall()
        return self._told([story for (story,) in rows], topic_id, limit)

    def stories_found(self, query: str, limit: int) -> list[StoryNews]:
        """The newest stories that a search finds. Raises `QueryError` for what FTS5 does not accept."""
        try:
            rows = self.conn.execute(FOUND, (asked(query), limit * COPIES_EACH)).fetchall()
        except sqlite3.OperationalError as error:
            raise QueryError(f"the query cannot be used: {error}") from error
        return self._told([story for (story,) in rows], "", limit)

    def touched_topics(self, since: datetime) -> set[str]:
        """Topics whose stories are not as they were at this moment."""
        return {topic for (topic,) in self.conn.execute(TOUCHED, (stamp(since),))}

    def _told(self, stories: list[int], topic_id: str, limit: int) -> list[StoryNews]:
        found = [story_news(self.conn, story, topic_id) for story in list(dict.fromkeys(stories))[:limit]]
        return sorted(found, key=lambda one: (one.first_seen, one.id), reverse=True)
