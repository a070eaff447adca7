"""The user's word on topics: labels; and topics applied anew to what is stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.model import Match
from monitor.store.texts import storable
from monitor.store.times import moment, stamp
from monitor.store.walls import WallBooks


class TrustBooks(WallBooks):
    """The part of the books that takes the user's word on what belongs to a topic."""

    def label(self, url: str, topic_id: str, now: datetime, *, wanted: bool) -> None:
        """Whether the article at this address belongs to the topic; the last word counts."""
        self.conn.execute(
            "insert into labels (url, topic_id, wanted, at) values (?, ?, ?, ?)"
            " on conflict (url, topic_id) do update set wanted = excluded.wanted, at = excluded.at",
            (storable(url), topic_id, int(wanted), stamp(now)),
        )

    def rematch(
        self,
        topic_id: str,
        gained: Sequence[tuple[int, Match]],
        lost: Collection[int],
        restated: Sequence[tuple[int, str]],
    ) -> None:
        """Matches of a topic after its rules changed; those in `restated` stay for another reason.

        Nothing is announced, and each match has the time at which its article was first seen: none of it is news,
        nor should it stand on top of lists and feeds as if it were.
        """
        for article_id, match in gained:
            row = self.conn.execute(
                "select first_seen_at from articles where id = ?", (article_id,)
            ).fetchone()
            if row is not None:
                self.add_matches(article_id, [match], moment(row[0]))
        self.conn.executemany(
            "update matches set because = ? where article_id = ? and topic_id = ?",
            ((storable(because), article_id, topic_id) for article_id, because in restated),
        )
        self.conn.executemany(
            "delete from matches where article_id = ? and topic_id = ?",
            ((article_id, topic_id) for article_id in lost),
        )
