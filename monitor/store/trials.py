"""What a query or a changed topic would find in what is stored: articles in full, entries by title and summary.

For commands, on a connection that only reads. Texts stay in the database: its own index answers, with the
language that topics have.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence

from monitor.core.topics import unwanted
from monitor.core.unspaced import asked, whole
from monitor.errors import QueryError
from monitor.model import Article, Schedule, Topic
from monitor.store.inquiry import Row
from monitor.store.times import moment

MATCHING = "select rowid from articles_fts where articles_fts match ?"
SNIPPET = "select snippet(articles_fts, -1, '[', ']', '…', 24) from articles_fts where articles_fts match ? and rowid = ?"
ARTICLES = """
select articles.id as article_id, articles.title, articles.outlet_id, outlets.name as outlet, articles.language,
    articles.first_seen_at, articles.url, articles.story_id,
    (select group_concat(url, char(10)) from (select distinct feeds.url as url from entries
        join feeds on feeds.id = entries.feed_id where entries.article_id = articles.id)) as feeds
from articles join outlets on outlets.id = articles.outlet_id
where articles.id in (select value from json_each(?)) order by articles.first_seen_at desc, articles.id desc
"""
# Newest first by number, so that nothing is sorted.
UNKEPT = """
select entries.id as entry_id, entries.title, entries.summary, entries.language, entries.first_seen_at, entries.url,
    entries.state, entries.address, feeds.url as feeds, feeds.outlet_id, outlets.name as outlet
from entries join feeds on feeds.id = entries.feed_id join outlets on outlets.id = feeds.outlet_id
where entries.article_id is null and entries.id < ? order by entries.id desc limit ?
"""
PAGE = 500
LAST = 1 << 62


def matching(conn: sqlite3.Connection, query: str) -> set[int]:
    """Ids of the stored articles that a query finds. Raises QueryError for what FTS5 does not accept."""
    try:
        return {row[0] for row in conn.execute(MATCHING, (asked(query),))}
    except sqlite3.OperationalError as error:
        raise QueryError(f"the query cannot be used: {error}") from error


def articles(conn: sqlite3.Connection, ids: Collection[int]) -> list[Row]:
    """What people see of these articles, newest first, with the addresses of the feeds that led to each."""
    return [dict(row) for row in conn.execute(ARTICLES, (json.dumps(sorted(ids)),))]


def taken(conn: sqlite3.Connection, topic: Topic) -> list[Row]:
    """The stored articles that a topic takes, newest first: by its query, languages, outlets and feeds.

    An article that no feed led to, as an imported one, is open to every topic.
    """
    return [row for row in articles(conn, matching(conn, topic.query)) if takes(topic, row)]


def takes(topic: Topic, row: Row) -> bool:
    """Whether a topic that likes the words takes the article or entry: its language, outlet and feeds."""
    feeds = (row["feeds"] or "").split("\n") if row["feeds"] else []
    if feeds and topic.feeds and not set(feeds) & set(topic.feeds):
        return False
    return unwanted(topic, article_of(row, "")) is None


def article_of(row: Row, text: str) -> Article:
    """A row with a text, as the matcher wants it."""
    return Article(
        url=row["url"] or "",
        outlet_id=row["outlet_id"],
        title=row["title"],
        text=text,
        words=len(text.split()),
        first_seen=moment(row["first_seen_at"]),
        language=row["language"],
    )


def snippet(conn: sqlite3.Connection, query: str, article_id: int) -> str:
    """The passage of a matching article, its words [marked]."""
    row = conn.execute(SNIPPET, (asked(query), article_id)).fetchone()
    return whole(" ".join(row[0].split())) if row else ""


def unkept(conn: sqlite3.Connection, most: int) -> Iterator[list[Row]]:
    """Pages of the newest entries without an article, newest first, `most` in all: title and summary are there."""
    last, left = LAST, most
    while left > 0:
        page = [dict(row) for row in conn.execute(UNKEPT, (last, min(PAGE, left)))]
        if page:
            yield page
        if len(page) < min(PAGE, left):
            return
        last, left = page[-1]["entry_id"], left - len(page)


def labels(conn: sqlite3.Connection, topic_id: str) -> dict[str, bool]:
    """What the user said of a topic: address → whether it belongs there."""
    rows = conn.execute("select url, wanted from labels where topic_id = ?", (topic_id,))
    return {url: bool(wanted) for url, wanted in rows}


def active_topics(conn: sqlite3.Connection, ids: Sequence[str] | None = None) -> list[Topic]:
    """The topics as they are in the database, all active ones or those named."""
    rows = conn.execute(
        "select id, title, query, schedule, rules from topics where active = 1"
        " and (?1 is null or id in (select value from json_each(?1))) order by id",
        (None if ids is None else json.dumps(list(ids)),),
    )
    return [_topic(row) for row in rows]


def watchers(conn: sqlite3.Connection, feed_ids: Sequence[int]) -> list[str]:
    """Ids of the topics that watch one of these feeds."""
    rows = conn.execute(
        "select distinct topic_id from _feed_topics where feed_id in (select value from json_each(?)) order by topic_id",
        (json.dumps(list(feed_ids)),),
    )
    return [row[0] for row in rows]


def _topic(row: sqlite3.Row) -> Topic:
    rules = json.loads(row["rules"])
    return Topic(
        id=row["id"],
        title=row["title"],
        query=row["query"],
        schedule=Schedule(row["schedule"]),
        feeds=(),
        languages=tuple(rules.get("languages", ())),
        outlets=tuple(rules.get("outlets", ())),
        exclude=tuple(rules.get("exclude", ())),
    )
