"""What must hold of every database of ours, after whatever happened: one checker for tests and `monitor verify`.

    I1  every item that was served and acknowledged is stored once
    I2  one row of the outbox for each item and channel; for stories that became one, one for each that was announced
    I3  stored validators imply that the body they describe is stored
    I4  nothing is asked before its time, over restarts too
    I5  at most one request at a time for each host
    I6  every feed has a finite next time
    I7  the file is sound
    I8  no byte leaves to an address that is not allowed

I1, I2, I3, I6 and I7 are asked of the database; with `served`, I1 also of what a server handed out. I4, I5
and I8 are asked of a log of requests (`of_requests`), which only a test's server has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.core.cadence import FARTHEST
from monitor.store.times import moment, stamp

LONGEST_WAIT = FARTHEST

# A story is announced once. Where stories became one, each was announced under its own number, which the key of
# the row keeps: all but one such row name stories that are no more.
ANNOUNCED_TWICE = """
with told as (
    select topic_id, story_id, target, key, cast(substr(key, length(topic_id) + 2) as integer) as made_for
    from outbox where kind = 'story')
select topic_id, story_id, target, count(*) from told group by 1, 2, 3 having count(*) > 1 and sum(
    key <> topic_id || ':' || made_for || ':' || target
    or (made_for <> story_id and exists (select 1 from stories where id = made_for))) > 0
"""
FEED_COUNTS = """
select feeds.id, feeds.url,
    (select count(*) from entries where feed_id = feeds.id)
        + (select count(*) from _tombstones where feed_id = feeds.id),
    (select coalesce(sum(new_entries), 0) from polls where feed_id = feeds.id)
from feeds
"""
LAST_BODY = """
select feeds.url, polls.at, polls.new_entries + coalesce(polls.known_entries, 0),
    (select count(*) from entries where feed_id = feeds.id and last_seen_at >= polls.at)
        + (select count(*) from _tombstones where feed_id = feeds.id)
from feeds join polls on polls.id =
    (select max(id) from polls where feed_id = feeds.id and entries is not null and outcome <> 'error')
"""
# name of the rule → (query that finds what breaks it, sentence with the columns of a row)
RULES: Mapping[str, Sequence[tuple[str, str]]] = {
    "I1": (
        (
            "select feed_id, key, count(*) from entries group by feed_id, key having count(*) > 1",
            "feed {0}: entry {1!r} is stored {2} times",
        ),
        (
            "select url, count(*) from articles group by url having count(*) > 1",
            "article {0} is stored {1} times",
        ),
        (
            "select id from articles where not exists (select 1 from article_text where article_id = articles.id)",
            "article {0} has no text",
        ),
        (
            (
                "select id, revisions, (select count(*) from revisions where article_id = articles.id) from articles"
                " where revisions <> (select count(*) from revisions where article_id = articles.id)"
            ),
            "article {0} counts {1} revisions and has {2}",
        ),
        (
            (
                "select id, url from articles where not exists"
                " (select 1 from addresses where addresses.url = articles.url and article_id = articles.id)"
            ),
            "article {0} is not found under its own address {1}",
        ),
        (
            (
                "select id, articles, (select count(*) from articles where story_id = stories.id) from stories"
                " where articles <> (select count(*) from articles where story_id = stories.id)"
            ),
            "story {0} counts {1} articles and has {2}",
        ),
        (
            (
                "select id from stories where original_id is null or"
                " (select story_id from articles where articles.id = stories.original_id) is not id"
            ),
            "story {0} has no original of its own",
        ),
        (
            (
                "select copies.article_id from copies join articles on articles.id = copies.article_id"
                " join articles as original on original.id = copies.original_id"
                " where original.story_id <> articles.story_id"
            ),
            "article {0} is a copy of an article of another story",
        ),
    ),
    "I2": (
        (
            ANNOUNCED_TWICE,
            "topic {0}: story {1} is announced to {2} {3} times",
        ),
    ),
    "I3": (
        (
            (
                "select url from feeds where (etag is not null or last_modified is not null or body_digest is not null)"
                " and last_ok_at is null"
            ),
            "feed {0} has validators, and never answered",
        ),
    ),
    "I6": (
        (
            "select url, state from feeds where active = 1 and state <> 'gone' and next_poll_at is null",
            "feed {0} ({1}) has no next time",
        ),
        (
            "select url, next_poll_at from feeds where next_poll_at is not null and julianday(next_poll_at) is null",
            "feed {0} has a next time that is none: {1}",
        ),
    ),
}


class Violation(NamedTuple):
    """A rule that is broken, and where."""

    rule: str
    what: str


class Request(NamedTuple):
    """One request as a server saw it. `not_before` is when it was allowed, where that is known."""

    host: str
    began: datetime
    ended: datetime
    url: str = ""
    allowed: bool = True  # whether the address may be asked at all
    not_before: datetime | None = None


def violations(
    conn: sqlite3.Connection,
    *,
    now: datetime | None = None,
    served: Mapping[str, Collection[str]] | None = None,
) -> list[Violation]:
    """Everything in this database that breaks a rule.

    `now` lets I6 find times that are absurdly far away. `served` is, by feed address, the links or guids of
    items whose answer was acknowledged: each must be there exactly once.
    """
    found = [Violation("I7", row[0]) for row in conn.execute("pragma integrity_check(5)") if row[0] != "ok"]
    if found:  # nothing can be told from a damaged file
        return found
    found += [Violation("I7", f"{row[0]}: row {row[1]} points to nothing in {row[2]}") for row in conn.execute("pragma foreign_key_check")]  # fmt: skip
    for rule, checks in RULES.items():
        for sql, sentence in checks:
            found += [Violation(rule, sentence.format(*row)) for row in conn.execute(sql)]
    found += [Violation("I1", what) for what in _miscounted(conn)]
    found += [Violation("I3", what) for what in _bodies_not_stored(conn)]
    if now is not None:
        found += [Violation("I6", what) for what in _far_away(conn, now)]
    for feed, items in (served or {}).items():
        found += [Violation("I1", what) for what in _not_once(conn, feed, items)]
    return found


def of_requests(requests: Iterable[Request]) -> list[Violation]:
    """What a log of requests says about I4 (not before its time), I5 (one at a time) and I8 (allowed addresses)."""
    found: list[Violation] = []
    busy: dict[str, Request] = {}
    for request in sorted(requests, key=lambda one: one.began):
        if request.not_before is not None and request.began < request.not_before:
            found.append(Violation("I4", f"{request.url or request.host} was asked at {stamp(request.began)}, before {stamp(request.not_before)}"))  # fmt: skip
        before = busy.get(request.host)
        if before is not None and request.began < before.ended:
            found.append(Violation("I5", f"{request.host} was asked for {request.url} while it still answered {before.url}"))  # fmt: skip
        if before is None or request.ended > before.ended:
            busy[request.host] = request
        if not request.allowed:
            found.append(Violation("I8", f"{request.url or request.host} was asked and is not allowed"))
    return found


def _miscounted(conn: sqlite3.Connection) -> Iterator[str]:
    """Feeds whose polls brought more entries than are there. Fewer is no fault: old polls are pruned."""
    for _, url, rows, brought in conn.execute(FEED_COUNTS):
        if brought > rows:
            yield f"feed {url}: its polls brought {brought} new entries, {rows} are stored"


def _bodies_not_stored(conn: sqlite3.Connection) -> Iterator[str]:
    """Feeds whose validators stand for a body with more entries than are stored."""
    for url, at, meant, rows in conn.execute(LAST_BODY):
        if rows < meant:
            yield f"feed {url}: its answer of {at} had {meant} entries, {rows} of them are stored"


def _far_away(conn: sqlite3.Connection, now: datetime) -> Iterator[str]:
    rows = conn.execute(
        "select url, next_poll_at from feeds where active = 1 and state <> 'gone' and next_poll_at > ?",
        (stamp(now + LONGEST_WAIT),),
    )
    yield from (f"feed {url} is not asked before {at}" for url, at in rows)


def _not_once(conn: sqlite3.Connection, feed: str, items: Collection[str]) -> Iterator[str]:
    for item in items:
        (count,) = conn.execute(
            "select (select count(*) from entries join feeds on feeds.id = feed_id"
            "  where feeds.url = ?1 and (entries.url = ?2 or guid = ?2 or key = ?2))"
            " + (select count(*) from _tombstones join feeds on feeds.id = feed_id"
            "  where feeds.url = ?1 and (address = ?2 or key = ?2))",
            (feed, item),
        ).fetchone()
        if count != 1:
            yield f"feed {feed}: {item} was served and is stored {count} times"


def newest_poll(conn: sqlite3.Connection) -> datetime | None:
    """When the last poll was made."""
    at: str | None = conn.execute("select max(at) from polls").fetchone()[0]
    return moment(at)
