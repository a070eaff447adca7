"""Feeds in the database: which are due, what a poll changed, what hosts asked for."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.model import Cooldown, Feed, Gap, Hints, Move, Poll, Rhythm, RobotsRecord
from monitor.store.desk import Desk
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

WEEK = struct.Struct("<168H")  # a number for every hour of the week
MOST_COUNTED = 0xFFFF
NO_HINTS = Hints()

FEED = """
select feeds.id, feeds.url, feeds.outlet_id, feeds.state, feeds.effective_url, feeds.title, feeds.etag,
    feeds.last_modified, feeds.body_digest, feeds.validators_url, feeds.next_poll_at, feeds.last_poll_at,
    feeds.interval_s, feeds.failures, feeds.hints, feeds.last_ok_at,
    (select group_concat(topic_id, char(10)) from _feed_topics where feed_id = feeds.id),
    feeds.last_new_at, feeds.full_at, feeds.pace_s, feeds.moving_to, feeds.moving_since, feeds.moving_polls,
    feeds.notice, _rhythms.since, _rhythms.entries, _rhythms.hours
from feeds left join _rhythms on _rhythms.feed_id = feeds.id
"""

SAVED = (
    "update feeds set effective_url = ?, title = ?, next_poll_at = ?, last_poll_at = ?,"
    " last_ok_at = case when ? then last_ok_at else ? end, interval_s = ?, failures = ?, last_error = ?,"
    " because = ?, etag = ?, last_modified = ?, validators_url = ?, body_digest = ?, hints = ?, full_at = ?,"
    " pace_s = ?, failing_since = case when ? then coalesce(failing_since, ?) end where id = ?"
)


class FeedBooks(Desk):
    """The part of the books that polls read and write."""

    def due_feeds(
        self,
        now: datetime,
        *,
        topic: str | None = None,
        feeds: Sequence[str] | None = None,
        regardless: bool = False,
        gone_too: bool = False,
        limit: int | None = None,
    ) -> list[Feed]:
        """The feeds to ask now, longest due first; of one topic, or by URL or name.

        `regardless` passes over our own cadence, never over `gone`; `gone_too` asks gone feeds as well.
        """
        wanted, values = ["feeds.active = 1 and feeds.merged_into is null"], []
        if not gone_too:
            wanted.append("feeds.state <> 'gone'")
        if not (regardless or gone_too):
            wanted.append("feeds.next_poll_at <= ?")
            values.append(stamp(now))
        if topic is not None:
            wanted.append("feeds.id in (select feed_id from _feed_topics where topic_id = ?)")
            values.append(topic)
        if feeds is not None:
            names = json.dumps(list(feeds))
            wanted.append(
                "(feeds.url in (select value from json_each(?)) or feeds.name in (select value from json_each(?)))"
            )
            values += [names, names]
        rows = self.conn.execute(
            f"{FEED} where {' and '.join(wanted)} order by feeds.next_poll_at, feeds.id limit ?",
            (*values, -1 if limit is None else limit),
        )
        return [_feed(row) for row in rows]

    def next_due(self) -> datetime | None:
        """When the next feed is due; None when none ever is."""
        row = self.conn.execute(
            "select min(next_poll_at) from feeds where active = 1 and state <> 'gone' and next_poll_at is not null"
            " and merged_into is null"
        ).fetchone()
        due: str | None = row[0]
        return moment(due)

    def save_feed_poll(self, poll: Poll, *, new: int, known: int, gap: Gap | None) -> None:
        """The poll's own row and what it changed of its feed, its gaps and its host."""
        document, at = poll.document, stamp(poll.at)
        self.conn.execute(
            "insert into polls (feed_id, at, outcome, status, bytes, entries, new_entries, known_entries, ms, error)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                poll.feed.id,
                at,
                poll.outcome,
                poll.status,
                poll.bytes,
                len(document.entries) if document else None,
                new,
                known if document else None,
                poll.ms,
                storable(poll.error),
            ),
        )
        due = stamp(poll.next.at)
        self._save_feed(poll, at, due, new=new)
        self.conn.execute(
            "update feeds set next_poll_at = ?, last_poll_at = ? where merged_into = ?",
            (due, at, poll.feed.id),
        )
        if gap is not None:
            if gap.kind == "outage" and poll.feed.last_ok_at is None:
                gap = self._going_on(poll.feed.id, gap)
            self._save_gap(poll.feed.id, gap)
        if poll.next.cooldown is not None:
            self.cool(poll.next.cooldown)

    def _save_feed(self, poll: Poll, at: str, due: str | None, *, new: int) -> None:
        feed = poll.feed
        failed = poll.outcome == "error"
        title = storable(poll.document.title) if poll.document and poll.document.title else feed.title
        self.conn.execute(
            SAVED,
            (
                poll.effective_url,
                title,
                due,
                at,
                failed,
                at,
                poll.next.interval_s,
                poll.next.failures,
                storable(poll.error) if failed else None,
                storable(poll.next.because),
                storable(poll.etag),
                storable(poll.last_modified),
                poll.validators_url,
                poll.body_digest,
                _hints_text(poll.hints),
                stamp(poll.full_at),
                poll.pace_s,
                failed,
                at,
                feed.id,
            ),
        )
        # Apart, because most polls change neither and each is in an index.
        if poll.next.state != feed.state:
            self.conn.execute("update feeds set state = ? where id = ?", (poll.next.state, feed.id))
        if new:
            self.conn.execute("update feeds set last_new_at = ? where id = ?", (at, feed.id))
        if (poll.move, poll.notice, poll.merged_into) != (feed.move, feed.notice, None):
            self._save_move(poll)
        if poll.rhythm is not None:
            self._save_rhythm(feed.id, poll.rhythm)

    def _save_move(self, poll: Poll) -> None:
        """Where a feed seems to move, and what its owner should know."""
        move = poll.move
        self.conn.execute(
            "update feeds set moving_to = ?, moving_since = ?, moving_polls = ?, notice = ? where id = ?",
            (
                move.to if move else None,
                stamp(move.since) if move else None,
                move.polls if move else 0,
                storable(poll.notice),
                poll.feed.id,
            ),
        )
        if poll.merged_into is not None:
            self._merge(poll.feed.id, poll.merged_into, stamp(poll.at))

    def _merge(self, feed_id: int, into: int, at: str) -> None:
        """Two feeds have become one: it is asked once, for the topics of both."""
        self.conn.execute("update feeds set merged_into = ? where id = ?", (into, feed_id))
        self.conn.execute(
            "insert into _feed_topics (feed_id, topic_id, since) select ?, topic_id, ? from _feed_topics"
            " where feed_id = ? on conflict do nothing",
            (into, at, feed_id),
        )
        self.conn.execute("delete from _feed_topics where feed_id = ?", (feed_id,))

    def _save_rhythm(self, feed_id: int, rhythm: Rhythm) -> None:
        self.conn.execute(
            "insert or replace into _rhythms (feed_id, since, entries, hours) values (?, ?, ?, ?)",
            (feed_id, stamp(rhythm.since), _packed(rhythm.entries), _packed(rhythm.hours)),
        )

    def feed_at(self, url: str, other_than: int) -> tuple[int, str] | None:
        """Another feed that is asked at this address: its id, and the name or address it is known by."""
        row = self.conn.execute(
            "select id, coalesce(name, url) from feeds where (url = ? or effective_url = ?) and id <> ? and active = 1"
            " and merged_into is null and state <> 'gone' order by id limit 1",
            (url, url, other_than),
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def _save_gap(self, feed_id: int, gap: Gap) -> None:
        """A new gap, or one more word on a gap that goes on (same feed, kind and start)."""
        self.conn.execute(
            "insert into gaps (feed_id, from_at, to_at, kind, because, bridged) values (?, ?, ?, ?, ?, ?)"
            " on conflict (feed_id, kind, from_at) do update"
            " set to_at = excluded.to_at, because = excluded.because, bridged = excluded.bridged",
            (feed_id, stamp(gap.from_at), stamp(gap.to_at), gap.kind, storable(gap.because), gap.bridged),
        )

    def _going_on(self, feed_id: int, gap: Gap) -> Gap:
        """The outage of a feed that was never read, from its beginning: the feed itself knows the last poll alone."""
        row = self.conn.execute(
            "select from_at from gaps where feed_id = ? and kind = 'outage' and to_at = ?",
            (feed_id, stamp(gap.from_at)),
        ).fetchone()
        return replace(gap, from_at=moment(row[0])) if row else gap

    def postpone(self, feed_id: int, until: datetime, because: str) -> None:
        """No request was made: the feed's host is cooling. The feed is due again at `until`."""
        self.conn.execute(
            "update feeds set next_poll_at = ?, because = ? where id = ?",
            (stamp(until), storable(because), feed_id),
        )

    # ── hosts ────────────────────────────────────────────────────────────────────────────────────

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """Every scope that asked for a pause which is not over."""
        rows = self.conn.execute(
            "select scope, until, because from _hosts where until > ? order by scope", (stamp(now),)
        )
        return [Cooldown(scope, moment(until), because) for scope, until, because in rows]

    def cool(self, cooldown: Cooldown) -> None:
        """Ask nothing in this scope before then; a longer pause that was asked for earlier stands."""
        self.conn.execute(
            "insert into _hosts (scope, until, because) values (?, ?, ?) on conflict (scope) do update"
            " set until = excluded.until, because = excluded.because where excluded.until > until",
            (cooldown.scope, stamp(cooldown.until), storable(cooldown.because)),
        )

    def robots(self) -> list[dict[str, Any]]:
        """What is known of each host's robots.txt: host, fetched_at, status, body, failures, retry_at."""
        rows = self.conn.execute("select host, fetched_at, status, body, failures, retry_at from _robots")
        return [
            {
                "host": host,
                "fetched_at": moment(fetched_at),
                "status": status,
                "body": body,
                "failures": failures,
                "retry_at": moment(retry_at),
            }
            for host, fetched_at, status, body, failures, retry_at in rows
        ]

    def put_robots(self, record: RobotsRecord) -> None:
        """Remember a host's robots.txt, or that it could not be read."""
        self.conn.execute(
            "insert or replace into _robots (host, fetched_at, status, body, failures, retry_at)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                record.host,
                stamp(record.fetched_at),
                record.status,
                storable(record.body),
                record.failures,
                stamp(record.retry_at),
            ),
        )


def _feed(row: sqlite3.Row | tuple[Any, ...]) -> Feed:
    return Feed(
        id=row[0],
        url=row[1],
        outlet_id=row[2],
        state=row[3],
        effective_url=row[4],
        title=row[5],
        etag=row[6],
        last_modified=row[7],
        body_digest=row[8],
        validators_url=row[9],
        next_poll_at=moment(row[10]),
        last_poll_at=moment(row[11]),
        interval_s=row[12],
        failures=row[13],
        hints=_hints(row[14]),
        last_ok_at=moment(row[15]),
        topics=tuple(sorted(row[16].split("\n"))) if row[16] else (),
        last_new_at=moment(row[17]),
        full_at=moment(row[18]),
        pace_s=row[19],
        move=Move(row[20], moment(row[21]), row[22]) if row[20] else None,
        notice=row[23],
        rhythm=_rhythm(*row[24:27]) if row[24] else None,
    )


def _packed(counts: Sequence[int]) -> bytes:
    return WEEK.pack(*(min(count, MOST_COUNTED) for count in counts))


def _rhythm(since: str, entries: bytes, hours: bytes) -> Rhythm:
    return Rhythm(moment(since), WEEK.unpack(entries), WEEK.unpack(hours))


def _hints_text(hints: Hints) -> str | None:
    if hints == NO_HINTS:
        return None
    return json.dumps(
        {
            "ttl": _seconds(hints.ttl),
            "skip_hours": sorted(hints.skip_hours),
            "skip_days": sorted(hints.skip_days),
            "update_period": _seconds(hints.update_period),
        }
    )


def _hints(text: str | None) -> Hints:
    if text is None:
        return NO_HINTS
    told = json.loads(text)
    return Hints(
        ttl=_span(told["ttl"]),
        skip_hours=_numbers(told["skip_hours"]),
        skip_days=_numbers(told["skip_days"]),
        update_period=_span(told["update_period"]),
    )


def _numbers(values: Iterable[int]) -> frozenset[int]:
    return frozenset(values)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
