"""What is to be read, and what became of it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from monitor.model import Absence, Existing, Outcome, Page, Task
from monitor.store.desk import Desk
from monitor.store.texts import storable
from monitor.store.times import moment, stamp

ENTRY = """
select entries.id, entries.url, entries.address, entries.feed_id, feeds.url, entries.key, entries.guid,
    entries.title, entries.summary, entries.author, entries.published_at, _entry_content.html, entries.language,
    entries.first_seen_at, entries.tries,
    (select group_concat(topic_id, char(10)) from _feed_topics where feed_id = entries.feed_id), entries.because
from entries join feeds on feeds.id = entries.feed_id
left join _entry_content on _entry_content.entry_id = entries.id
"""

REREAD = """
select articles.id, coalesce(_rereads.url, articles.url), articles.title, articles.byline, articles.published_at,
    articles.language, articles.first_seen_at, _rereads.rereads, _rereads.etag, _rereads.last_modified,
    (select group_concat(topic_id, char(10)) from (select distinct _feed_topics.topic_id as topic_id from entries
        join _feed_topics on _feed_topics.feed_id = entries.feed_id where entries.article_id = articles.id))
from _rereads join articles on articles.id = _rereads.article_id
where _rereads.next_read_at <= ? order by _rereads.next_read_at, articles.id
"""

NOT_MODIFIED = 304
# Those seen in one pass are equally old to us: what they claim decides then, so that a wire text comes
# before its copies whichever feed was asked first.
OLDEST = "entries.first_seen_at, entries.published_at, entries.id"
FRESH = (
    ENTRY.replace("from entries join", "from entries indexed by entries_fresh join")
    + f"where entries.state = 'waiting' and entries.next_try_at is null order by {OLDEST}"
)
RETRY = (
    "select entries.id from entries indexed by entries_retry"
    " where next_try_at is not null and state in ('waiting', 'quarantined', 'failed')"
)
RETRY_ROWS = 200

REREAD_SHARE = 4  # at most one in so many is an article read again while entries wait


class ReadingBooks(Desk):
    """The part of the books that reading pages goes by."""

    def waiting(
        self, now: datetime, limit: int, busy: frozenset[str], *, anything: bool = False
    ) -> list[Task]:
        """Entries to read now and articles to read again, oldest first; URLs in `busy` are being read.

        No address twice. Entries without one come only while no other such is being read (`""` in
        `busy`). `anything` passes over the times set for another try.
        """
        if limit <= 0:
            return []
        chosen = _Chosen(busy)
        again = chosen.take(self._rereads(now), max(1, limit // REREAD_SHARE))
        entries = chosen.take(self._entries(now, anything=anything), limit - len(again))
        if len(entries) + len(again) < limit:
            again += chosen.take(self._rereads(now), limit - len(entries) - len(again))
        return (entries + again)[:limit]

    def _entries(self, now: datetime, *, anything: bool) -> Iterator[tuple[str, Task]]:
        """Address and task of every entry that may be read now, oldest first."""
        # Two walks, each over its own partial index: SQLite would sort the whole backlog for an `or`.
        fresh = self.conn.execute(FRESH)
        for row in heapq.merge(fresh, self._retries(now, anything=anything), key=_age):
            yield row[2] or row[1] or "", _entry_task(row)

    def _retries(self, now: datetime, *, anything: bool) -> Iterator[tuple[Any, ...]]:
        """Rows of the entries whose time for another try has come, oldest first; sorted by id, not by row."""
        due = "" if anything else " and next_try_at <= ?"
        chosen = f"{RETRY}{due} order by {OLDEST} limit {RETRY_ROWS} offset"
        for page in count():
            rows = self.conn.execute(
                f"{ENTRY} where entries.id in ({chosen} {page * RETRY_ROWS}) order by {OLDEST}",
                () if anything else (stamp(now),),
            ).fetchall()
            yield from rows
            if len(rows) < RETRY_ROWS:
                return

    def _rereads(self, now: datetime) -> Iterator[tuple[str, Task]]:
        for row in self.conn.execute(REREAD, (stamp(now),)):
            yield row[1], _reread_task(row)

    def off_topic_at(
        self, address: str, topics: tuple[str, ...], *, since: datetime | None = None, title: str = ""
    ) -> bool:
        """Whether this address was read before and left out by (at least) these topics.

        A topic that changed since, or that began to watch that feed since, has not judged it. With `since`, what
        was read before then counts only for an entry of the same `title`: the page may say something else by now.
        """
        rows = self.conn.execute(
            "select distinct _feed_topics.topic_id from entries"
            " join _feed_topics on _feed_topics.feed_id = entries.feed_id and _feed_topics.since <= entries.decided_at"
            " join topics on topics.id = _feed_topics.topic_id and topics.changed_at <= entries.decided_at"
            " where entries.address = ?1 and entries.state = 'off_topic'"
            " and (?2 is null or entries.decided_at >= ?2 or entries.title = ?3)",
            (address, stamp(since), storable(title)),
        ).fetchall()
        return bool(rows) and set(topics) <= {row[0] for row in rows}

    def set_entry(self, entry_id: int, outcome: Outcome, now: datetime) -> None:
        """What became of an entry, and why. The feed's own content goes once there is nothing left to try."""
        again = stamp(outcome.next_try_at)
        self.conn.execute(
            "update entries set state = ?, because = coalesce(found || '; ', '') || ?, tries = ?, next_try_at = ?, decided_at = ?,"
            " article_id = coalesce(?, article_id) where id = ?",
            (
                outcome.state,
                storable(outcome.because),
                outcome.tries,
                again,
                stamp(now),
                outcome.article_id,
                entry_id,
            ),
        )
        if again is None and outcome.state != "waiting":
            self.conn.execute("delete from _entry_content where entry_id = ?", (entry_id,))

    def reread(self, article_id: int, at: datetime | None, page: Page | None, rereads: int) -> None:
        """When to read this article again (None: never), with the validators of the page just read.

        Without a page, and for what a 304 does not repeat, the earlier ones stay.
        """
        headers = page.headers if page else {}
        keep = page is None or page.status == NOT_MODIFIED
        self.conn.execute(
            "insert into _rereads (article_id, url, etag, last_modified, next_read_at, rereads, read_at)"
            " values (?1, ?2, ?3, ?4, ?5, ?6, ?8) on conflict (article_id) do update set"
            " url = coalesce(excluded.url, url), read_at = coalesce(excluded.read_at, read_at),"
            " etag = case when ?7 then coalesce(excluded.etag, etag) else excluded.etag end,"
            " last_modified = case when ?7 then coalesce(excluded.last_modified, last_modified)"
            " else excluded.last_modified end,"
            " next_read_at = excluded.next_read_at, rereads = excluded.rereads",
            (
                article_id,
                storable(page.final_url) if page else None,
                storable(headers.get("etag")),
                storable(headers.get("last-modified")),
                stamp(at),
                rereads,
                keep,
                stamp(page.at) if page else None,
            ),
        )

    def read_for(self, article_id: int, entry: Task, now: datetime) -> bool:
        """Read an article again now for a new entry that leads to it, where that says what no entry has said; whether so.

        Not where its page was read since the entry came, nor what no entry had led to before.
        """
        done = self.conn.execute(
            "insert into _rereads (article_id, next_read_at) select id, ?2 from articles where id = ?1 and title <> ?3"
            " and exists (select 1 from entries where article_id = ?1)"
            " and not exists (select 1 from entries where article_id = ?1 and title = ?3)"
            " and coalesce((select read_at from _rereads where article_id = ?1), first_seen_at) < ?4"
            " on conflict (article_id) do update set next_read_at = excluded.next_read_at",
            (article_id, stamp(now), storable(entry.title), stamp(entry.first_seen)),
        )
        return done.rowcount == 1

    def absent(self, existing: Existing, absence: Absence) -> None:
        """Keep what is known of an article's absence from its outlet, where that has changed."""
        if absence == existing.absence:
            return
        self.conn.execute(
            "insert into _rereads (article_id, absent_since) values (?, ?)"
            " on conflict (article_id) do update set absent_since = excluded.absent_since",
            (existing.id, stamp(absence.since)),
        )
        self.conn.execute(
            "update articles set gone_at = ?, gone_because = ? where id = ?",
            (stamp(absence.gone_at), absence.because, existing.id),
        )


class _Chosen:
    """Tasks of distinct addresses, none of them being read."""

    def __init__(self, busy: frozenset[str]) -> None:
        self._busy = busy
        self._taken: set[str] = set()

    def take(self, tasks: Iterable[tuple[str, Task]], limit: int) -> list[Task]:
        """The first `limit` tasks whose page nobody reads yet."""
        found: list[Task] = []
        if limit <= 0:
            return found
        for address, task in tasks:
            if task.url in self._busy or address in self._busy or (address and address in self._taken):
                continue
            self._taken.add(address)
            found.append(task)
            if len(found) == limit:
                break
        return found


def _entry_task(row: Sequence[Any]) -> Task:
    return Task(
        entry_id=row[0],
        url=row[1] or "",
        feed_id=row[3],
        feed_url=row[4],
        key=row[5],
        guid=row[6],
        title=row[7],
        summary=row[8],
        author=row[9],
        published=moment(row[10]),
        content=row[11] or "",
        language=row[12],
        first_seen=moment(row[13]),
        tries=row[14],
        topics=_topics(row[15]),
        remark=row[16] or "",
    )


def _reread_task(row: Sequence[Any]) -> Task:
    return Task(
        article_id=row[0],
        url=row[1],
        title=row[2],
        author=row[3],
        published=moment(row[4]),
        language=row[5],
        first_seen=moment(row[6]),
        tries=row[7],
        etag=row[8],
        last_modified=row[9],
        topics=_topics(row[10]),
    )


def _topics(joined: str | None) -> tuple[str, ...]:
    return tuple(sorted(joined.split("\n"))) if joined else ()


def _age(row: Sequence[Any]) -> tuple[str, str, int]:
    return row[13], row[10] or "", row[0]
