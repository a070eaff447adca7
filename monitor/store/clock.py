"""Times that were written while the clock was wrong, set right: nothing waits for a day that is years away.

A clock that was ahead leaves next times far in the future, one that was in 1970 leaves announcements that
look decades old. Run at every start, and whenever the clock leaps while the daemon runs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.core.cadence import FARTHEST, brought_back
from monitor.core.words import span
from monitor.store.desk import Desk
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

BEFORE_US = datetime(2024, 1, 1, tzinfo=UTC)  # nothing of ours is older: what is dated so had no clock
DAY = timedelta(days=1)
SETTLING = timedelta(minutes=1)  # by which a sound clock may be corrected
WAITS = (
    ("feeds", "next_poll_at"),
    ("_hosts", "until"),
    ("entries", "next_try_at"),
    ("_rereads", "next_read_at"),
    ("outbox", "next_try_at"),
    ("digests", "next_try_at"),
    ("_event_looks", "due_at"),
)


class ClockBooks(Desk):
    """The part of the books that mistrusts the clock."""

    def behind(self, now: datetime) -> timedelta:
        """By how much the clock was set back since the last poll, as far as the tables know."""
        known = self.last_known()
        back = known - now if known else timedelta(0)
        return back if back > SETTLING else timedelta(0)

    def last_known(self) -> datetime | None:
        """The time of the last poll: what the clock said then."""
        row = self.conn.execute("select at from polls order by id desc limit 1").fetchone()
        return moment(row[0]) if row else None

    def set_back(self, by: timedelta, now: datetime) -> None:
        """The clock was set back: what waits goes on waiting as long as it was to, and no longer."""
        earlier = f"-{round(by.total_seconds())} seconds"
        for table, column in WAITS:
            self.conn.execute(
                f"update {table} set {column} = max(?1, strftime('%Y-%m-%dT%H:%M:%SZ', {column}, ?2)) where {column} > ?1",
                (stamp(now), earlier),
            )
        self.conn.execute(
            "update outbox set sent_at = strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, ?2) where sent_at > ?1",
            (stamp(now), earlier),
        )

    def set_right(self, now: datetime) -> int:
        """Bring back what waits for longer than anything is ever made to wait; gives how many feeds that were."""
        far = stamp(now + FARTHEST)
        self.conn.execute("update _hosts set until = ? where until > ?", (stamp(now + DAY), far))
        self.conn.execute("update _event_looks set due_at = ? where due_at > ?", (stamp(now), far))
        self.conn.execute(
            "update entries set next_try_at = ? where next_try_at > ?"
            " and state in ('waiting', 'quarantined', 'failed')",
            (stamp(now), far),
        )
        self.conn.execute(
            "update _rereads set next_read_at = ?1 where next_read_at > ?2"
            " and (select first_seen_at from articles where articles.id = article_id) > ?1",
            (stamp(now), far),
        )
        for table in ("outbox", "digests"):
            self.conn.execute(f"update {table} set next_try_at = ? where next_try_at > ?", (stamp(now), far))
        if now > BEFORE_US:
            self.conn.execute(
                "update outbox set at = ? where state in ('waiting', 'refused') and at < ?",
                (stamp(now), stamp(BEFORE_US)),
            )
        return self._bring_feeds_back(now)

    def _bring_feeds_back(self, now: datetime) -> int:
        rows = self.conn.execute(
            "select id, next_poll_at, last_poll_at, interval_s from feeds"
            " where next_poll_at is not null and (next_poll_at > ? or last_poll_at > ?)",
            (stamp(now + FARTHEST), stamp(now)),
        ).fetchall()
        found = 0
        for feed_id, at, asked, interval_s in rows:
            wait = timedelta(seconds=interval_s or 0)
            back = brought_back(moment(at), asked=moment(asked), wait=wait, now=now)
            if back < moment(at):
                because = f"the clock was set back; asked again in {span(back - now)}"
                self.conn.execute(
                    "update feeds set next_poll_at = ?, because = ? where id = ?",
                    (stamp(back), storable(because), feed_id),
                )
                found += 1
        return found
