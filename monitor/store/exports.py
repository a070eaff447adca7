"""What `monitor export` takes out of the database: rows, and what there is to say about their coverage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.store.inquiry import Row, rows
from monitor.store.times import stamp

What = Literal["articles", "stories", "copies"]

TOPICS = "(select group_concat(topic_id, ' ') from (select topic_id from matches where article_id = {} order by topic_id))"

ARTICLES = f"""
select articles.id as article_id, articles.url, outlets.name as outlet, articles.outlet_id, articles.title,
    articles.byline, articles.published_at, articles.first_seen_at, articles.language, articles.words,
    articles.agency, articles.access, articles.story_id, coalesce(copies.kind, 'original') as copy,
    copies.original_id, copies.share, copies.share_of_original, articles.revisions,
    {TOPICS.format("articles.id")} as topics, articles.extractor, articles.gone_at, articles.gone_because{{text}}
from articles join outlets on outlets.id = articles.outlet_id
left join copies on copies.article_id = articles.id {{join}}
where {{where}} order by articles.first_seen_at, articles.id
"""
STORIES = f"""
select stories.id as story_id, stories.title, articles.url as original_url, outlets.name as original_outlet,
    stories.first_seen_at, stories.last_seen_at, stories.articles, stories.outlets,
    (select group_concat(name, '; ') from (select distinct o.name as name from articles as a
        join outlets as o on o.id = a.outlet_id where a.story_id = stories.id order by 1)) as carried_by,
    stories.agency, articles.language,
    {TOPICS.format("articles.id")} as topics, stories.because{{text}}
from stories join articles on articles.id = stories.original_id
join outlets on outlets.id = articles.outlet_id {{join}}
where {{where}} order by stories.first_seen_at, stories.id
"""
COPIES = f"""
select articles.story_id, articles.id as article_id, articles.url, outlets.name as outlet, articles.title,
    articles.first_seen_at, copies.kind, copies.share, copies.share_of_original, copies.because,
    original.id as original_id, original.url as original_url, home.name as original_outlet,
    original.first_seen_at as original_first_seen_at,
    cast(round((julianday(articles.first_seen_at) - julianday(original.first_seen_at)) * 1440) as integer) as minutes_later,
    articles.agency, articles.language, {TOPICS.format("articles.id")} as topics, copies.evidence{{text}}
from copies join articles on articles.id = copies.article_id
join outlets on outlets.id = articles.outlet_id
join articles as original on original.id = copies.original_id
join outlets as home on home.id = original.outlet_id {{join}}
where {{where}} order by articles.first_seen_at, articles.id
"""
QUERIES = {"articles": ARTICLES, "stories": STORIES, "copies": COPIES}
BY_TOPIC = {
    "articles": "exists (select 1 from matches where article_id = articles.id and topic_id = :topic)",
    "stories": "exists (select 1 from matches join articles as member on member.id = matches.article_id"
    " where member.story_id = stories.id and topic_id = :topic)",
    "copies": "exists (select 1 from matches where article_id = articles.id and topic_id = :topic)",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What is taken out: of one topic or all, first seen from `since` on and before `until`."""

    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: bool = False  # with the full text of each article

    def values(self) -> dict[str, str | None]:
        """As they are bound."""
        return {"topic": self.topic, "since": stamp(self.since), "until": stamp(self.until)}


def exported(conn: sqlite3.Connection, what: What, selection: Selection) -> Iterator[Row]:
    """The rows, oldest first, one after another: an archive of any size."""
    yield from (dict(row) for row in conn.execute(asked(what, selection), selection.values()))


def columns(conn: sqlite3.Connection, what: What, selection: Selection) -> list[str]:
    """What the columns of these rows are called, also where there is no row."""
    found = conn.execute(f"select * from ({asked(what, selection)}) limit 0", selection.values())
    return [column[0] for column in found.description]


def asked(what: What, selection: Selection) -> str:
    """The SQL of the rows."""
    of = "stories" if what == "stories" else "articles"
    where = [
        f"(:since is null or {of}.first_seen_at >= :since)",
        f"(:until is null or {of}.first_seen_at < :until)",
    ]
    where += [BY_TOPIC[what]] if selection.topic else []
    text = ", article_text.text" if selection.text else ""
    join = "join article_text on article_text.article_id = articles.id" if selection.text else ""
    return QUERIES[what].format(where=" and ".join(where), text=text, join=join)


FEEDS = """
from feeds where (:topic is null or feeds.id in (select feed_id from _feed_topics where topic_id = :topic))
"""
POLLED = """
from polls where (:since is null or at >= :since) and (:until is null or at < :until) and feed_id in (select feeds.id
""" + FEEDS + ")"  # fmt: skip
SEEN = """
from entries where (:since is null or first_seen_at >= :since) and (:until is null or first_seen_at < :until)
and feed_id in (select feeds.id
""" + FEEDS + ")"  # fmt: skip
GAPS = """
from gaps join feeds on feeds.id = gaps.feed_id
where bridged = 0 and (:since is null or to_at >= :since) and (:until is null or from_at < :until) and gaps.feed_id in (select feeds.id
""" + FEEDS + ")"  # fmt: skip


def coverage(conn: sqlite3.Connection, selection: Selection) -> dict[str, Any]:
    """What a reader has to know of these rows: what was watched, how closely, and what is not in them."""
    values = selection.values()

    def one(sql: str) -> dict[str, Any]:
        return dict(conn.execute(sql, values).fetchone())

    return {
        "feeds": one(
            "select count(*) as watched, coalesce(sum(state = 'failing'), 0) as failing,"
            f" coalesce(sum(state = 'gone'), 0) as gone {FEEDS}"
        ),
        "polls": one(
            "select count(*) as made, coalesce(sum(outcome = 'error'), 0) as failed, min(at) as first_at, max(at) as last_at"
            f" {POLLED}"
        ),
        "entries": dict(conn.execute(f"select state, count(*) {SEEN} group by state order by state", values).fetchall()),
        "gaps": rows(
            conn,
            "select coalesce(feeds.name, feeds.title, feeds.url) as feed, kind, from_at, to_at, gaps.because"
            f" {GAPS} order by from_at",
            values,  # type: ignore[arg-type]
        ),
        "topic": dict(found) if selection.topic and (found := conn.execute("select id, title, query, changed_at from topics where id = ?", (selection.topic,)).fetchone()) else None,
    }  # fmt: skip
