"""The outbox in the database: what is to be sent next, and what became of it.

States of a row: `waiting`, `refused` (the receiver does not take it; tried again beside the others),
`sent`, `expired` (it waited longer than its target's `max_age`). Nothing is deleted here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from monitor.model import Alert, Announced, Delivery, Digest
from monitor.store.desk import Desk
from monitor.store.news import story_news
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

OPEN = "state in ('waiting', 'refused')"
ALERT = """
select outbox.id, outbox.key, outbox.kind, outbox.target, outbox.topic_id, topics.title, outbox.at, outbox.because,
    outbox.tries, outbox.state, outbox.story_id, outbox.next_try_at
from outbox join topics on topics.id = outbox.topic_id
"""
DIGEST = "select id, key, target, due_at, since_at, tries, state, next_try_at from digests"
HOW_THEY_DO = f"""
select target, sum(state = 'waiting'), sum(state = 'refused'), sum(state = 'sent'), sum(state = 'expired'),
    min(case when {OPEN} then at end), max(sent_at), min(case when {OPEN} then next_try_at end)
from outbox group by target
"""

Table = Literal["outbox", "digests"]


class OutboxBooks(Desk):
    """The part of the books that knows what leaves the house."""

    def open_topics(self, target: str) -> list[str]:
        """The topics of which something waits for this target."""
        rows = self.conn.execute(
            f"select distinct topic_id from outbox where target = ? and {OPEN}", (target,)
        )
        return [topic for (topic,) in rows]

    def next_alert(
        self, target: str, topics: Collection[str], now: datetime, *, beside: int = 0
    ) -> Alert | None:
        """The oldest alert that may be sent now; None while the oldest has to wait for its next try.

        What the receiver refused comes when nothing else waits. Notices come first. `beside` is a row that
        is left out.
        """
        of_topics = (
            f"topic_id in (select value from json_each(?2)) and digest_id is null and outbox.id <> {beside:d}"
        )
        found = self.conn.execute(
            f"{ALERT} where target = ?1 and state = 'waiting' and {of_topics}"
            " order by kind <> 'notice', outbox.id limit 1",
            (target, json.dumps(sorted(topics))),
        ).fetchone()
        if found is None:
            found = self.conn.execute(
                f"{ALERT} where target = ?1 and state = 'refused' and {of_topics}"
                " order by next_try_at, outbox.id limit 1",
                (target, json.dumps(sorted(topics))),
            ).fetchone()
        if found is None or (found[11] is not None and moment(found[11]) > now):
            return None
        return self._alert(found)

    def sent_since(self, target: str, since: datetime) -> int:
        """How many alerts this target was sent after a moment."""
        row = self.conn.execute(
            "select count(*) from outbox where target = ? and sent_at > ? and digest_id is null",
            (target, stamp(since)),
        ).fetchone()
        return int(row[0])

    def alert_sent(self, alert: Alert, now: datetime) -> None:
        """It was taken. What it told of the story is kept, so that an update tells more."""
        self._sent("outbox", alert.id, now)
        self.conn.execute("update outbox set outlets = ? where id = ?", (len(alert.news.outlets), alert.id))

    def alert_failed(self, alert: Alert, delivery: Delivery, again: datetime, *, aside: bool) -> None:
        """It was not taken, and is tried again; `aside`: without keeping the others waiting."""
        self._failed("outbox", alert.id, delivery, again, aside=aside)

    def expire(self, target: str, max_age: timedelta, now: datetime) -> int:
        """Give up what has waited longer than that, say so in each row and in a notice; gives how many."""
        before = stamp(now - max_age)
        because = f"not sent: it had waited longer than {in_words(max_age)}, the target's max_age"
        old = self.conn.execute(
            f"select id from outbox where target = ? and {OPEN} and at < ? and kind <> 'notice' and digest_id is null"
            " order by id",
            (target, before),
        ).fetchall()
        self.conn.executemany(
            "update outbox set state = 'expired', next_try_at = null, last_error = ?1 ||"
            " coalesce('; the last try failed: ' || last_error, '') where id = ?2",
            ((because, row_id) for (row_id,) in old),
        )
        if old:
            self._notice(len(old), old[-1][0], max_age, now)
        return len(old)

    def _notice(self, count: int, last: int, max_age: timedelta, now: datetime) -> None:
        """Say with the next message that something was left out."""
        several = "alerts were" if count > 1 else "alert was"
        because = f"{count} {several} not sent, having waited longer than {in_words(max_age)}"
        self.conn.execute(
            "insert into outbox (key, topic_id, story_id, target, article_id, at, kind, because)"
            " select 'expired:' || id || ':' || target, topic_id, story_id, target, article_id, ?, 'notice', ?"
            " from outbox where id = ? on conflict (key) do nothing",
            (stamp(now), because, last),
        )

    def without_target(self, targets: Collection[str]) -> None:
        """Say of rows whose target is no longer configured why they stay."""
        self.conn.execute(
            f"update outbox set last_error = 'no alert of this name is configured now' where {OPEN}"
            " and target not in (select value from json_each(?)) and coalesce(last_error, '') not like 'no alert of%'",
            (json.dumps(sorted(targets)),),
        )

    # ── digests ──────────────────────────────────────────────────────────────────────────────────

    def make_digest(self, target: str, topics: Collection[str], due: datetime) -> bool:
        """Bind all that waits for this target, up to the time the digest is due, into a digest.

        False when there is nothing, or when it was made already. From then on it holds the same alerts.
        """
        due_at = stamp(due)
        waiting = self.conn.execute(
            f"select id from outbox where target = ?1 and {OPEN} and digest_id is null and at <= ?2"
            " and topic_id in (select value from json_each(?3)) order by id",
            (target, due_at, json.dumps(sorted(topics))),
        ).fetchall()
        key = f"digest:{target}:{due_at}"
        if not waiting or self.conn.execute("select 1 from digests where key = ?", (key,)).fetchone():
            return False
        made = self.conn.execute(
            "insert into digests (key, target, due_at, since_at, alerts) values (?1, ?2, ?3,"
            " (select max(due_at) from digests where target = ?2), ?4)",
            (key, target, due_at, len(waiting)),
        )
        self.conn.executemany(
            "update outbox set digest_id = ? where id = ?",
            ((made.lastrowid, row_id) for (row_id,) in waiting),
        )
        return True

    def next_digest(self, target: str, now: datetime) -> Digest | None:
        """The oldest digest that may be sent now; None while it has to wait for its next try."""
        row = self.conn.execute(
            f"{DIGEST} where target = ? and {OPEN} order by state = 'refused', id limit 1", (target,)
        ).fetchone()
        if row is None or (row[7] is not None and moment(row[7]) > now):
            return None
        return self._digest(row)

    def digest_preview(self, target: str, now: datetime) -> Digest:
        """The digest as it would be now. Changes nothing."""
        rows = self.conn.execute(
            f"{ALERT} where target = ? and {OPEN} and digest_id is null order by outbox.id", (target,)
        ).fetchall()
        since = self.conn.execute("select max(due_at) from digests where target = ?", (target,)).fetchone()[0]
        return Digest(0, f"digest:{target}:preview", target, now, moment(since), self._alerts(rows))

    def digest_sent(self, digest: Digest, now: datetime) -> None:
        """It was taken, and with it all that it tells of."""
        self._sent("digests", digest.id, now)
        for alert in digest.alerts:
            self.alert_sent(alert, now)

    def digest_failed(self, digest: Digest, delivery: Delivery, again: datetime, *, aside: bool) -> None:
        """It was not taken, and is tried again."""
        self._failed("digests", digest.id, delivery, again, aside=aside)

    def expire_digests(self, target: str, max_age: timedelta, now: datetime) -> int:
        """Give up digests that were due longer ago than that, with their alerts; gives how many."""
        because = f"not sent: it was due longer than {in_words(max_age)} ago, the target's max_age"
        old = self.conn.execute(
            f"select id from digests where target = ? and {OPEN} and due_at < ?",
            (target, stamp(now - max_age)),
        ).fetchall()
        lost = self.conn.execute(
            f"select count(*), max(id) from outbox where {OPEN} and digest_id in (select value from json_each(?))",
            (json.dumps([digest_id for (digest_id,) in old]),),
        ).fetchone()
        for table, column in (("digests", "id"), ("outbox", "digest_id")):
            self.conn.executemany(
                f"update {table} set state = 'expired', next_try_at = null, last_error = ?1 ||"
                f" coalesce('; the last try failed: ' || last_error, '') where {column} = ?2 and {OPEN}",
                ((because, digest_id) for (digest_id,) in old),
            )
        if lost[0]:
            self._notice(lost[0], lost[1], max_age, now)
        return len(old)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def how_targets_do(self) -> list[Announced]:
        """Every target that ever had a row, and how it does."""
        return [
            Announced(
                target=row[0],
                waiting=row[1],
                refused=row[2],
                sent=row[3],
                expired=row[4],
                oldest_waiting=moment(row[5]),
                last_sent=moment(row[6]),
                next_try=moment(row[7]),
                last_error=self._last_error(row[0]),
            )
            for row in self.conn.execute(HOW_THEY_DO).fetchall()
        ]

    def _last_error(self, target: str) -> str | None:
        row = self.conn.execute(
            f"select last_error from digests where target = ?1 and {OPEN} and last_error is not null"
            f" union all select last_error from outbox where target = ?1 and {OPEN} and last_error is not null limit 1",
            (target,),
        ).fetchone()
        return None if row is None else str(row[0])

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _sent(self, table: Table, row_id: int, now: datetime) -> None:
        self.conn.execute(
            f"update {table} set state = 'sent', sent_at = ?, tries = tries + 1, next_try_at = null,"
            " last_error = null where id = ?",
            (stamp(now), row_id),
        )

    def _failed(self, table: Table, row_id: int, delivery: Delivery, again: datetime, *, aside: bool) -> None:
        self.conn.execute(
            f"update {table} set tries = tries + 1, next_try_at = ?, last_error = ?,"
            " state = case when ? then 'refused' else state end where id = ?",
            (stamp(again), storable(delivery.because or "no reason was given"), aside, row_id),
        )

    def _digest(self, row: Sequence[Any]) -> Digest:
        rows = self.conn.execute(f"{ALERT} where digest_id = ? order by outbox.id", (row[0],)).fetchall()
        return Digest(
            id=row[0],
            key=row[1],
            target=row[2],
            due=moment(row[3]),
            since=moment(row[4]),
            alerts=self._alerts(rows),
            tries=row[5],
        )

    def _alerts(self, rows: Sequence[Sequence[Any]]) -> tuple[Alert, ...]:
        return tuple(self._alert(row) for row in rows)

    def _alert(self, row: Sequence[Any]) -> Alert:
        return Alert(
            id=row[0],
            key=row[1],
            kind=row[2],
            target=row[3],
            topic_id=row[4],
            topic=row[5],
            at=moment(row[6]),
            because=row[7],
            tries=row[8],
            refused=row[9] == "refused",
            news=story_news(self.conn, row[10], row[4]),
        )


def in_words(age: timedelta) -> str:
    """A length of time as one says it.

    >>> in_words(timedelta(days=7)), in_words(timedelta(hours=1)), in_words(timedelta(minutes=90))
    ('7 days', '1 hour', '90 minutes')
    """
    seconds = int(age.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{seconds} seconds"
