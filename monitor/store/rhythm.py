"""How many articles each topic has in the same hours of different days, and the rises that were seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from monitor.model import Rise
from monitor.store.desk import Desk
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

# Counted by when an article was first seen: imported stories and topics that are applied anew bring no
# rise, because their articles were seen before.
COUNTS = """
select matches.topic_id, count(*) from articles join matches on matches.article_id = articles.id
where articles.first_seen_at > ? and articles.first_seen_at <= ? group by matches.topic_id
"""
# Whether a feed of the topic was answered shortly before the window, and none is new to it: otherwise
# what came in the window is what had piled up before.
WATCHED = """
select exists (
    select 1 from _feed_topics join polls on polls.feed_id = _feed_topics.feed_id
    where topic_id = ?1 and polls.at >= ?2 and polls.at <= ?3 and polls.outcome <> 'error'
) and not exists (select 1 from _feed_topics where topic_id = ?1 and since > ?2)
"""
STARTED = """
select max(topics.changed_at, coalesce((
    select min(since) from _feed_topics where topic_id = topics.id
), topics.changed_at)) from topics where id = ?
"""
BIGGEST = """
select articles.story_id, max(stories.original_id) from articles
join matches on matches.article_id = articles.id and matches.topic_id = ?1
join stories on stories.id = articles.story_id
where articles.first_seen_at > ?2 and articles.first_seen_at <= ?3
group by articles.story_id order by count(*) desc, articles.story_id limit 1
"""


class RhythmBooks(Desk):
    """The part of the books that knows the rhythm of topics."""

    def counts_by_topic(self, since: datetime, until: datetime) -> dict[str, int]:
        """Articles first seen in this time, by topic; topics without any are left out."""
        return dict(self.conn.execute(COUNTS, (stamp(since), stamp(until))).fetchall())

    def was_watched(self, topic_id: str, before: datetime, slack: timedelta) -> bool:
        """Whether the topic was watched right before this moment, by the feeds it has now."""
        values = (topic_id, stamp(before - slack), stamp(before))
        return bool(self.conn.execute(WATCHED, values).fetchone()[0])

    def rhythm_since(self, topic_id: str) -> datetime | None:
        """Since when the topic has been watched as it is now; None for one that is not there."""
        row = self.conn.execute(STARTED, (topic_id,)).fetchone()
        return moment(row[0]) if row else None

    def save_rise(self, rise: Rise, targets: Collection[str], now: datetime) -> bool:
        """Keep a rise, and announce it to these targets; True when it is a new one.

        One that goes on is the same rise: its row grows to the peak, and nobody is told again.
        """
        going_on = self.conn.execute(
            "select id from rises where topic_id = ? and last_seen_at >= ? order by id desc limit 1",
            (rise.topic_id, stamp(rise.since)),
        ).fetchone()
        if going_on is not None:
            self.conn.execute(
                "update rises set last_seen_at = ?1,"
                " to_at = case when ?2 > articles then ?3 else to_at end,"
                " usual = case when ?2 > articles then ?4 else usual end,"
                " because = case when ?2 > articles then ?5 else because end,"
                " articles = max(articles, ?2) where id = ?6",
                (
                    stamp(now),
                    rise.articles,
                    stamp(rise.until),
                    rise.usual,
                    storable(rise.because),
                    going_on[0],
                ),
            )
            return False
        self._new_rise(rise, targets, now)
        return True

    def _new_rise(self, rise: Rise, targets: Collection[str], now: datetime) -> None:
        span = (rise.topic_id, stamp(rise.since), stamp(rise.until))
        story_id, article_id = self.conn.execute(BIGGEST, span).fetchone() or (None, None)
        self.conn.execute(
            "insert into rises (topic_id, from_at, to_at, articles, usual, because, last_seen_at, story_id)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (*span, rise.articles, rise.usual, storable(rise.because), stamp(now), story_id),
        )
        if story_id is None:
            return
        self.conn.executemany(
            "insert into outbox (key, topic_id, story_id, target, article_id, at, kind, because)"
            " values (?, ?, ?, ?, ?, ?, 'rise', ?) on conflict (key) do nothing",
            (
                (
                    f"{rise.topic_id}:rise:{stamp(rise.until)}:{target}",
                    rise.topic_id,
                    story_id,
                    target,
                    article_id,
                    stamp(now),
                    storable(rise.because),
                )
                for target in targets
            ),
        )
