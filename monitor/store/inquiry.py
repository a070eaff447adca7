"""The long answers: everything that was decided about one address, and one story on a timeline."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from monitor.core import corrections
from monitor.core.corrections import Correction, Member, Version
from monitor.store.times import stamp

Row = dict[str, Any]

ENTRY = """
select entries.id as entry_id, entries.title, entries.url, entries.state, entries.because, entries.first_seen_at,
    entries.last_seen_at, entries.published_at, entries.decided_at, entries.tries, entries.next_try_at,
    entries.article_id, entries.feed_id, coalesce(feeds.name, feeds.title, feeds.url) as feed, feeds.url as feed_url,
    outlets.name as outlet,
    (select group_concat(topic_id, ', ') from _feed_topics where feed_id = entries.feed_id) as topics
from entries join feeds on feeds.id = entries.feed_id join outlets on outlets.id = feeds.outlet_id
"""

ARTICLE = """
select articles.id as article_id, articles.title, articles.url, outlets.name as outlet, articles.outlet_id,
    articles.byline, articles.published_at, articles.first_seen_at, articles.language, articles.words, articles.agency,
    articles.agency_because,
    articles.access, articles.extractor, articles.revisions, articles.story_id, articles.event_id,
    articles.gone_at, articles.gone_because
from articles join outlets on outlets.id = articles.outlet_id
"""

LINK = """
select links.kind, links.share, links.because, links.evidence, articles.id as article_id, articles.title,
    outlets.name as outlet, articles.url, articles.story_id
from links join articles on articles.id = {far} join outlets on outlets.id = articles.outlet_id
where {near} = ? order by links.share desc
"""


EVENT_OVERRIDES = "select id, kind, at, url, other_url, because from event_overrides"
REPORTING = """
select stories.id as story_id, stories.title, stories.articles, stories.outlets, stories.agency, outlets.name as outlet,
    articles.language, articles.url, stories.first_seen_at, event_stories.likeness, event_stories.nearest_id,
    event_stories.because, event_stories.shared, event_stories.moved
from event_stories
join stories on stories.id = event_stories.story_id
join articles on articles.id = stories.original_id
join outlets on outlets.id = articles.outlet_id
"""


def rows(conn: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> list[Row]:
    """The rows of a query as dictionaries."""
    return [dict(row) for row in conn.execute(sql, values)]


def article_text(conn: sqlite3.Connection, article_id: int) -> str | None:
    """An article's text as it is now; None when there is no such article."""
    row = conn.execute("select text from article_text where article_id = ?", (article_id,)).fetchone()
    return None if row is None else str(row[0])


def explain(
    conn: sqlite3.Connection,
    reference: str | Sequence[str] | int,
    *,
    kind: Literal["entry", "article"] | None = None,
) -> dict[str, Any]:
    """Everything that was decided about an address, an entry or an article, and why.

    `reference` is one or more equivalent canonical addresses, or a number: of an article, or of an
    entry where there is no such article; `kind` says which is meant. Gives `found`, `entries` (where and
    when it was seen, and what became of it) and `article` with its topics, story, copy, links and
    revisions; None where there is none.
    """
    if isinstance(reference, int):
        entries, article_id = _by_number(conn, reference, kind)
    else:
        entries, article_id = _by_address(
            conn, (reference,) if isinstance(reference, str) else tuple(reference)
        )
    article = _article(conn, article_id) if article_id is not None else None
    return {"found": bool(entries or article), "entries": entries, "article": article}


def event(conn: sqlite3.Connection, event_id: int) -> dict[str, Any] | None:
    """An event and the stories that report it, the first first; None when there is no such event.

    Each story says why it is here, how like its nearest it is, and which words they share.
    """
    found = rows(conn, "select id as event_id, * from events where id = ?", (event_id,))
    if not found:
        return None
    stories = rows(
        conn,
        f"{REPORTING} where event_stories.event_id = ? order by stories.first_seen_at, stories.id",
        (event_id,),
    )
    for one in stories:
        one["shared"] = json.loads(one["shared"])
        one["lag_s"] = _seconds_between(stories[0]["first_seen_at"], one["first_seen_at"])
    articles = [row[0] for row in conn.execute("select id from articles where event_id = ?", (event_id,))]
    return {**found[0], "reports": stories, "overrides": event_overrides_of(conn, articles)}


def story(conn: sqlite3.Connection, story_id: int) -> dict[str, Any] | None:
    """A story and its articles on a timeline, the first first; None when there is no such story.

    Each member has its `lag_s` behind the first in seconds, what it is a copy of, by which passages, what
    it `added` and `cut` (excerpts), and its revisions with their `changes`. `corrections` are the changes
    that concern other members: who made them first, who followed and how much later (`lag_s`), who still
    has the old wording (`kept`), who had the new one from the start (`right`). The number of a story that
    became part of another one leads to that one.
    """
    united = conn.execute("select into_id from _united where story_id = ?", (story_id,)).fetchone()
    story_id = united[0] if united else story_id
    row = conn.execute(
        "select id as story_id, title, original_id, first_seen_at, last_seen_at, articles, outlets, agency, event_id,"
        " because from stories where id = ?",
        (story_id,),
    ).fetchone()
    if row is None:
        return None
    members = rows(
        conn,
        f"{ARTICLE} where articles.story_id = ? order by articles.first_seen_at, articles.id",
        (story_id,),
    )
    for member in members:
        member["lag_s"] = _seconds_between(members[0]["first_seen_at"], member["first_seen_at"])
        copy = _copy(conn, member["article_id"])
        member["kind"] = copy["kind"] if copy else "original"
        member["copy"] = copy
        member["revisions"] = _revisions(conn, member["article_id"])
    told = {member["article_id"]: _versions(conn, member) for member in members}
    for member in members:
        _tell_changes(member, told)
    return {
        **dict(row),
        "topics": _topics(conn, story_id),
        "members": members,
        "event": _event(conn, story_id),
        "corrections": [_correction(found) for found in corrections.corrections(list(told.values()))],
        "overrides": overrides_of(conn, [member["article_id"] for member in members]),
    }


# ── finding what is meant ────────────────────────────────────────────────────────────────────────


def _by_number(conn: sqlite3.Connection, number: int, kind: str | None) -> tuple[list[Row], int | None]:
    if kind != "entry" and conn.execute("select 1 from articles where id = ?", (number,)).fetchone():
        return _entries(conn, "entries.article_id = ?", (number,)), number
    if kind == "article":
        return [], None
    entries = _entries(conn, "entries.id = ?", (number,))
    return entries, entries[0]["article_id"] if entries else None


def _by_address(conn: sqlite3.Connection, addresses: Sequence[str]) -> tuple[list[Row], int | None]:
    wanted = json.dumps(addresses)
    row = conn.execute(
        "select addresses.article_id from json_each(?) as wanted join addresses on addresses.url = wanted.value"
        " order by wanted.key limit 1",
        (wanted,),
    ).fetchone()
    entries = _entries(
        conn,
        "entries.id in (select id from entries where address in (select value from json_each(?1))"
        " union select id from entries where article_id = ?2)",
        (wanted, row[0] if row else None),
    )
    article_id = row[0] if row else next((e["article_id"] for e in entries if e["article_id"]), None)
    return entries, article_id


def _entries(conn: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Row]:
    return rows(conn, f"{ENTRY} where {where} order by entries.id", values)


# ── an article and all that hangs on it ──────────────────────────────────────────────────────────


def _article(conn: sqlite3.Connection, article_id: int) -> Row | None:
    found = rows(conn, f"{ARTICLE} where articles.id = ?", (article_id,))
    if not found:
        return None
    article = found[0]
    article["addresses"] = [
        url
        for (url,) in conn.execute(
            "select url from addresses where article_id = ? order by url", (article_id,)
        )
    ]
    article["matches"] = rows(
        conn,
        "select topic_id, at, because from matches where article_id = ? order by topic_id",
        (article_id,),
    )
    article["story"] = rows(
        conn,
        "select id as story_id, title, original_id, articles, outlets, agency, first_seen_at, because"
        " from stories where id = ?",
        (article["story_id"],),
    )[0]
    article["event"] = _event(conn, article["story_id"])
    article["copy"] = _copy(conn, article_id)
    article["links"] = _links(conn, article_id, "links.article_id", "links.other_id")
    article["linked_from"] = _links(conn, article_id, "links.other_id", "links.article_id")
    article["near_misses"] = rows(
        conn,
        "select other_id, share, because from _near_misses where article_id = ? order by share desc, other_id",
        (article_id,),
    )
    article["revisions"] = _revisions(conn, article_id)
    article["overrides"] = overrides_of(conn, [article_id])
    article["event_overrides"] = event_overrides_of(conn, [article_id])
    article["announced"] = rows(
        conn,
        "select kind, topic_id, target, state, at, sent_at, because, last_error from outbox where story_id = ? order by id",
        (article["story_id"],),
    )
    return article


def _topics(conn: sqlite3.Connection, story_id: int) -> list[str]:
    """The topics that one of a story's articles matched."""
    found = conn.execute(
        "select distinct matches.topic_id from articles join matches on matches.article_id = articles.id"
        " where articles.story_id = ? order by matches.topic_id",
        (story_id,),
    )
    return [row[0] for row in found]


def _event(conn: sqlite3.Connection, story_id: int) -> Row | None:
    """Which event a story reports, and why; None for stories of versions that knew no events."""
    found = rows(
        conn,
        "select events.id as event_id, events.title, events.stories, events.articles, events.outlets, events.languages,"
        " event_stories.likeness, event_stories.nearest_id, event_stories.because, event_stories.shared,"
        " event_stories.moved from event_stories join events on events.id = event_stories.event_id"
        " where event_stories.story_id = ?",
        (story_id,),
    )
    return {**found[0], "shared": json.loads(found[0]["shared"])} if found else None


def _copy(conn: sqlite3.Connection, article_id: int) -> Row | None:
    """What an article is a copy of, and by which passages; None for what starts a story."""
    found = rows(
        conn,
        "select copies.kind, copies.share, copies.share_of_original, copies.because, copies.evidence,"
        " copies.original_id, articles.title as original_title, outlets.name as original_outlet,"
        " articles.url as original_url, articles.first_seen_at as original_first_seen_at"
        " from copies join articles on articles.id = copies.original_id"
        " join outlets on outlets.id = articles.outlet_id where copies.article_id = ?",
        (article_id,),
    )
    return _read_evidence(found[0]) if found else None


def _links(conn: sqlite3.Connection, article_id: int, near: str, far: str) -> list[Row]:
    return [_read_evidence(row) for row in rows(conn, LINK.format(near=near, far=far), (article_id,))]


def _revisions(conn: sqlite3.Connection, article_id: int) -> list[Row]:
    return rows(
        conn,
        "select number, seen_at, title, words_added, words_removed from revisions where article_id = ? order by number",
        (article_id,),
    )


def overrides(conn: sqlite3.Connection) -> list[Row]:
    """All that the user said, the oldest first."""
    return rows(conn, "select * from overrides order by id")


def event_overrides(conn: sqlite3.Connection) -> list[Row]:
    """All that the user said of events, the oldest first."""
    return rows(conn, f"{EVENT_OVERRIDES} order by id")


def event_overrides_of(conn: sqlite3.Connection, article_ids: Sequence[int]) -> list[Row]:
    """What the user said of events by these articles, the oldest first."""
    return rows(
        conn,
        f"with here(url) as (select url from addresses where article_id in (select value from json_each(?)))"
        f" {EVENT_OVERRIDES} where url in (select url from here) or other_url in (select url from here) order by id",
        (json.dumps(list(article_ids)),),
    )


def overrides_of(conn: sqlite3.Connection, article_ids: Sequence[int]) -> list[Row]:
    """What the user said of these articles, the oldest first; switches of their outlets and topics included."""
    return rows(
        conn,
        "with here(url, outlet_id) as (select addresses.url, articles.outlet_id from json_each(?1) as wanted"
        " join articles on articles.id = wanted.value join addresses on addresses.article_id = articles.id)"
        " select id, kind, at, url, other_url, outlet_id, topic_id, because from overrides"
        " where url in (select url from here) or other_url in (select url from here)"
        " or outlet_id in (select outlet_id from here) or topic_id in (select topic_id from matches"
        "  where article_id in (select value from json_each(?1))) order by id",
        (json.dumps(list(article_ids)),),
    )


def _versions(conn: sqlite3.Connection, member: Row) -> Member:
    """An article as the versions of its text."""
    found = conn.execute(
        "select number, seen_at, title, text from revisions where article_id = ? order by number",
        (member["article_id"],),
    )
    return Member(
        member["article_id"],
        member["outlet"],
        tuple(Version(number, datetime.fromisoformat(at), title, text) for number, at, title, text in found),
    )


def _tell_changes(member: Row, told: Mapping[int, Member]) -> None:
    """What an article added to its original and cut from it, and what each of its revisions changed."""
    own = told[member["article_id"]]
    for revision, (before, after) in zip(member["revisions"][1:], pairwise(own.versions), strict=True):
        revision["changes"] = [
            {"read": change.read, "reads": change.reads, "before": change.before, "after": change.after}
            for change in corrections.changes(before, after)
        ]
    member["added"], member["cut"] = [], []
    copy = member["copy"]
    original = told.get(copy["original_id"]) if copy else None
    if copy and original:
        evidence = copy["evidence"]
        member["added"] = corrections.excerpt(_text(own, evidence.get("revision")), evidence.get("added", ()))
        member["cut"] = corrections.excerpt(
            _text(original, evidence.get("original_revision")), evidence.get("cut", ())
        )


def _text(member: Member, number: int | None) -> str:
    return next((version.text for version in member.versions if version.number == number), "")


def _correction(found: Correction) -> Row:
    change = found.change
    return {
        "at": stamp(found.at),
        "article_id": found.article_id,
        "outlet": found.outlet,
        "revision": found.number,
        "read": change.read,
        "reads": change.reads,
        "followed": [
            {
                "article_id": follower.article_id,
                "outlet": follower.outlet,
                "revision": follower.number,
                "at": stamp(follower.at),
                "lag_s": int((follower.at - found.at).total_seconds()),
            }
            for follower in found.followed
        ],
        "kept": [{"article_id": member.article_id, "outlet": member.outlet} for member in found.kept],
        "right": [{"article_id": member.article_id, "outlet": member.outlet} for member in found.right],
    }


def _read_evidence(row: Row) -> Row:
    return {**row, "evidence": json.loads(row["evidence"])}


def _seconds_between(first: str, then: str) -> int:
    return int((datetime.fromisoformat(then) - datetime.fromisoformat(first)).total_seconds())
