"""What the commands ask the database. Plain sqlite3 on a connection that can only read; nothing heavy.

Rows come back as dictionaries with the column names of the tables; times stay as text. The questions
about one article or one story stand in `inquiry.py`.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.core import unspaced
from monitor.core.advice import advice
from monitor.core.complaints import check
from monitor.core.coverage import statement
from monitor.errors import QueryError, StoreError
from monitor.model import Gap
from monitor.store.inquiry import Row, article_text, event, event_overrides, explain, overrides, rows, story
from monitor.store.opening import SCHEMA_VERSION, open_for_reading
from monitor.store.times import moment, stamp

__all__ = [
    "article_text",
    "connect",
    "counts",
    "coverage",
    "event",
    "event_overrides",
    "explain",
    "feeds",
    "overrides",
    "search",
    "status",
    "story",
    "topics",
]

QUERY_SHOWN = 80  # characters of a refused query in its message
SENTENCE_SHOWN = 160  # characters of what is wrong with it
LATE = timedelta(minutes=5)  # a feed that is due for longer is late
RECENT = timedelta(hours=24)
RECENTLY_WALLED = timedelta(days=14)
MONTH = timedelta(days=30)
MOST_LISTED = 50
SNIPPET_WORDS = 24
HITS_AT_ONCE = 500  # of a search, before it is asked whether newer ones can follow

HITS = """
select articles.first_seen_at as first_seen_at, articles.id as article_id
from articles_fts cross join articles on articles.id = articles_fts.rowid
cross join outlets on outlets.id = articles.outlet_id
where articles_fts match :query
    and (:topic is null or exists (select 1 from matches where article_id = articles.id and topic_id = :topic))
    and (:language is null or articles.language = :language)
    and (:outlet is null or articles.outlet_id = :outlet or outlets.name = :outlet)
    and (:since is null or articles.first_seen_at >= :since)
order by articles_fts.rowid desc
"""
NEWER_BEFORE = "select exists (select 1 from articles where first_seen_at > ? and id < ?)"
# The plus keeps the list from becoming the way to the rows: each would be a search of its own.
FOUND = f"""
select articles.id as article_id, articles.title as title, outlets.name as outlet, articles.url as url,
    articles.first_seen_at as first_seen_at, articles.published_at as published_at,
    articles.language as language, articles.agency as agency, articles.story_id as story_id,
    (select kind from copies where article_id = articles.id) as copy,
    replace(snippet(articles_fts, -1, '[', ']', '…', {SNIPPET_WORDS}), '{unspaced.JOINT}', '') as snippet
from articles_fts cross join articles on articles.id = articles_fts.rowid
cross join outlets on outlets.id = articles.outlet_id
where articles_fts match :query and articles_fts.rowid between :lowest and :highest
    and +articles_fts.rowid in (select value from json_each(:chosen))
order by articles.first_seen_at desc, articles.id desc
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that can only read, beside a daemon or alone.

    Raises `NotFoundError` when there is no database yet, `StoreError` when it cannot be used, or was not used
    since an update that changed the tables: what is asked here may ask for columns that are not there yet.
    """
    conn = open_for_reading(path)
    version = int(conn.execute("pragma user_version").fetchone()[0])
    if version < SCHEMA_VERSION:
        conn.close()
        raise StoreError(
            f"{path}: the database has version {version}, this program wants {SCHEMA_VERSION}. `monitor poll` or"
            " `monitor run` brings it up to date, and keeps a copy of it as it was."
        )
    return conn


def counts(conn: sqlite3.Connection) -> dict[str, int]:
    """How much there is of everything."""
    tables = (
        "articles",
        "stories",
        "copies",
        "events",
        "entries",
        "feeds",
        "outlets",
        "topics",
        "matches",
        "polls",
    )
    selects = ", ".join(f"(select count(*) from {table}) as {table}" for table in tables)
    return dict(conn.execute(f"select {selects}").fetchone())


NOTICES = (
    "select id as feed_id, coalesce(name, url) as feed, notice from feeds"
    " where active = 1 and notice is not null order by id limit ?"
)
PAUSES = "select scope, until, because from _hosts where until > ? order by until desc limit ?"


def status(conn: sqlite3.Connection, now: datetime) -> dict[str, Any]:
    """How the watch is doing: what is late, what fails, what waits, where are gaps.

    Whether a daemon is alive is not written here: `lock.holder` knows.
    """
    at, recently = stamp(now), stamp(now - RECENT)
    return {
        "at": at,
        "counts": counts(conn),
        "feeds": _by_state(conn, "select state, count(*) from feeds where active = 1 group by state"),
        "late": _late(conn, now),
        "failing": _failing(conn),
        "walls": _walls(conn, now),
        "entries": _by_state(conn, "select state, count(*) from entries group by state"),
        "oldest_waiting_at": _one(
            conn, "select first_seen_at from entries where state = 'waiting' order by first_seen_at limit 1"
        ),
        "gaps": _gaps(conn, recently),
        "coverage": coverage(conn, now),
        "notices": rows(conn, NOTICES, (MOST_LISTED,)),
        "polls": _by_state(
            conn, "select outcome, count(*) from polls where at >= ? group by outcome", (recently,)
        ),
        "outbox": _by_state(conn, "select state, count(*) from outbox group by state"),
        "pauses": rows(conn, PAUSES, (at, MOST_LISTED)),
        "last_poll_at": _one(conn, "select at from polls order by id desc limit 1"),
        "last_new_at": _one(conn, "select max(last_new_at) from feeds"),
        "last_article_at": _one(conn, "select max(first_seen_at) from articles"),
        "next_poll_at": _one(
            conn,
            "select min(next_poll_at) from feeds where active = 1 and state <> 'gone' and next_poll_at > ''",
        ),
    }


def coverage(conn: sqlite3.Connection, now: datetime, *, topic: str | None = None) -> list[Row]:
    """How complete the watch of each feed was in the last 30 days, the least complete first.

    `proven` is the part of the time for which overlapping polls prove that nothing was missed, `statement`
    the same as a sentence, with the gaps; None for a feed that was never read. With `topic`, of its feeds only.
    """
    found = rows(
        conn,
        "select coverage.feed_id, coalesce(feeds.name, feeds.title, feeds.url) as feed, coverage.proven"
        " from coverage join feeds on feeds.id = coverage.feed_id where feeds.merged_into is null and (?1 is null"
        " or exists (select 1 from _feed_topics where feed_id = feeds.id and topic_id = ?1))"
        " order by coverage.proven, coverage.feed_id",
        (topic,),
    )
    since = stamp(now - MONTH)
    for row in found:
        gaps = conn.execute(
            "select from_at, to_at, kind, because, bridged from gaps"
            " where feed_id = ? and to_at >= ? order by from_at, id",
            (row["feed_id"], since),
        )
        listed = [Gap(moment(g[0]), moment(g[1]), g[2], g[3], bool(g[4])) for g in gaps]
        row["statement"] = statement(row["feed"], row["proven"], listed)
    return found


def feed_at(conn: sqlite3.Connection, addresses: object) -> int | None:
    """The number of the feed that one of these addresses is; None where they are none."""
    found = conn.execute(
        "select id from feeds where url in (select value from json_each(?1))"
        " or effective_url in (select value from json_each(?1)) order by active desc, id limit 1",
        (json.dumps(addresses if isinstance(addresses, tuple) else []),),
    ).fetchone()
    return int(found[0]) if found else None


def search(
    conn: sqlite3.Connection,
    query: str,
    limit: int = 20,
    *,
    topic: str | None = None,
    language: str | None = None,
    outlet: str | None = None,
    since: datetime | None = None,
) -> list[Row]:
    """Articles that the FTS5 query finds, newest first, with a snippet where words are [marked].

    Never ordered by rank: that would read every hit of the archive before the first row is shown.
    Raises `QueryError`, with a sentence for the user, for what FTS5 does not accept.
    """
    asked = query.replace("\0", " ").strip()
    if not asked:
        raise QueryError("there is nothing to search for: the query is empty.")
    values = {
        "query": unspaced.asked(asked),
        "topic": topic,
        "language": language,
        "outlet": outlet,
        "since": stamp(since),
        "limit": limit,
    }
    try:
        chosen = _newest(conn, values, limit)
        bounds = {"lowest": min(chosen, default=0), "highest": max(chosen, default=0)}
        found = {"query": values["query"], "chosen": json.dumps(chosen), **bounds}
        return [dict(row) for row in conn.execute(FOUND, found)]
    except sqlite3.OperationalError as error:
        raise _refused(asked, str(error)) from error
    except UnicodeEncodeError as error:
        raise QueryError("the query has signs in it that are no text.") from error


def _newest(conn: sqlite3.Connection, values: Row, limit: int) -> list[int]:
    """The numbers of the newest hits. Those stored last are looked at first, and that is enough for live ones.

    Imported articles are as old as they claim, whenever they were stored: it goes on until no article that was
    stored before the last one looked at is newer than what was found.
    """
    newest: list[tuple[str, int]] = []
    hits, step = conn.execute(HITS, values), max(HITS_AT_ONCE, limit)
    while batch := hits.fetchmany(step):
        newest = heapq.nlargest(limit, [*newest, *map(tuple, batch)])
        full = len(newest) == limit and len(batch) == step
        if full and not conn.execute(NEWER_BEFORE, (newest[-1][0], batch[-1][1])).fetchone()[0]:
            break
        step *= 4
    hits.close()
    return [article_id for _, article_id in newest]


def topics(conn: sqlite3.Connection) -> list[Row]:
    """Every topic: its query, its feeds, how many articles it has and when it last had a new one."""
    return rows(
        conn,
        "select id, title, query, schedule, active,"
        " (select count(*) from _feed_topics where topic_id = topics.id) as feeds,"
        " (select count(*) from matches where topic_id = topics.id) as articles,"
        " (select max(at) from matches where topic_id = topics.id) as last_match_at"
        " from topics order by active desc, id",
    )


def feeds(conn: sqlite3.Connection, *, removed: bool = False) -> list[Row]:
    """Every feed and how it is doing, those that fail first; `removed`: also those no longer configured."""
    return rows(
        conn,
        "select id, name, url, effective_url, title, outlet_id, state, active, next_poll_at, last_poll_at, last_ok_at,"
        " last_new_at, interval_s, failures, failing_since, last_error, because,"
        " (select count(*) from entries where feed_id = feeds.id) as entries,"
        " (select group_concat(topic_id, ', ') from _feed_topics where feed_id = feeds.id) as topics"
        " from feeds where active = 1 or ? order by failures desc, id",
        (removed,),
    )


# ── parts of the status ──────────────────────────────────────────────────────────────────────────


def _late(conn: sqlite3.Connection, now: datetime) -> list[Row]:
    return rows(
        conn,
        "select id as feed_id, coalesce(name, url) as feed, next_poll_at, last_poll_at from feeds"
        " where active = 1 and state <> 'gone' and next_poll_at < ? order by next_poll_at limit ?",
        (stamp(now - LATE), MOST_LISTED),
    )


def _failing(conn: sqlite3.Connection) -> list[Row]:
    return rows(
        conn,
        "select id as feed_id, coalesce(name, url) as feed, state, failures, failing_since, last_error, next_poll_at"
        " from feeds where active = 1 and state in ('failing', 'gone') order by failing_since, id limit ?",
        (MOST_LISTED,),
    )


def _walls(conn: sqlite3.Connection, now: datetime) -> list[Row]:
    """Outlets that showed no article lately, only walls: each once, with what can be done about it."""
    found = rows(
        conn,
        "select outlet_id, coalesce(name, url) as feed, walls from (select feeds.outlet_id, feeds.name, feeds.url,"
        " (select walls from feed_health where feed_id = feeds.id) as walls from feeds where active = 1 and id in"
        " (select feed_id from entries where state = 'quarantined' and first_seen_at >= ?))"
        " where walls is not null order by outlet_id, feed",
        (stamp(now - RECENTLY_WALLED),),
    )
    by_outlet: dict[str, Row] = {}
    for row in found:
        because = row["walls"].partition("the latest: ")[2]
        first = {"outlet_id": row["outlet_id"], "feeds": [], "walls": row["walls"], "advice": advice(because)}
        by_outlet.setdefault(row["outlet_id"], first)["feeds"].append(row["feed"])
    return list(by_outlet.values())[:MOST_LISTED]


def _gaps(conn: sqlite3.Connection, since: str) -> list[Row]:
    return rows(
        conn,
        "select gaps.feed_id, coalesce(feeds.name, feeds.url) as feed, gaps.kind, gaps.from_at, gaps.to_at, gaps.because,"
        " gaps.found, gaps.caught_up"
        " from gaps join feeds on feeds.id = gaps.feed_id where gaps.to_at >= ? order by gaps.to_at desc limit ?",
        (since, MOST_LISTED),
    )


def _by_state(conn: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> dict[str, int]:
    found: Iterable[tuple[str, int]] = conn.execute(sql, values)
    return {state: count for state, count in found}  # noqa: C416  rows are not tuples


def _one(conn: sqlite3.Connection, sql: str) -> Any:
    row = conn.execute(sql).fetchone()
    return None if row is None else row[0]


def _refused(query: str, complaint: str) -> QueryError | StoreError:
    """What to say of a query that FTS5 did not answer: where it stumbles; or that the archive is at fault."""
    shown = query if len(query) <= QUERY_SHOWN else query[: QUERY_SHOWN - 1] + "…"
    try:
        check(query)
    except QueryError as error:
        return QueryError(f"the query {shown!r} cannot be used: {str(error)[:SENTENCE_SHOWN]}.", error.offset)
    return StoreError(f"the archive cannot be searched: {complaint}")
