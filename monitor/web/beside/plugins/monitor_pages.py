"""What our templates show beyond one table: a Datasette plugin for 0.65 and 1.0.

Gives the templates the links to our lists, the numbers of the home page, and an article or a story with
all that belongs to it. Reads only, and only what the visitor may see; where something is missing or takes
too long, the page is Datasette's own.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.database import QueryInterrupted  # type: ignore[import-untyped]
from markupsafe import Markup, escape

NAV = (
    ("latest", "Latest"),
    ("articles", "Articles"),
    ("story_copies", "Copies"),
    ("current_events", "Events"),
    ("topic", "Topics"),
    ("search", "Search"),
    ("decisions", "Decisions"),
    ("feed_health", "Feeds"),
)
# Columns of views and queries whose number is a row elsewhere.
LINKED = {
    "article_id": "articles",
    "original_id": "articles",
    "story_id": "stories",
    "event_id": "events",
    "feed_id": "feeds",
    "entry_id": "entries",
}
VIEWS = ("latest", "story_copies", "current_events", "decisions", "feed_health", "coverage")
SHOWN = 160  # signs of a paragraph that say which one is meant
MARKED = re.compile(r"\[([^\[\]]{1,200})\]")

ARTICLE = """
select a.*, o.name as outlet, t.title as event, t.stories as event_stories, r.because as event_because,
  s.title as story, s.articles as story_articles
from articles a
left join outlets o on o.id = a.outlet_id
left join stories s on s.id = a.story_id
left join events t on t.id = a.event_id
left join event_stories r on r.story_id = a.story_id
where a.id = :id"""
STORY = """
select s.*, e.title as event, e.stories as event_stories, r.because as event_because
from stories s
left join events e on e.id = s.event_id
left join event_stories r on r.story_id = s.id
where s.id = :id"""
MEMBERS = """
select a.id, a.title, a.url, a.first_seen_at, a.gone_at, a.words, a.agency, coalesce(o.name, a.outlet_id) as outlet,
  coalesce(c.kind, 'original') as kind, c.share, c.share_of_original, c.because, c.original_id
from articles a
left join outlets o on o.id = a.outlet_id
left join copies c on c.article_id = a.id
where a.story_id = :id
order by a.first_seen_at, a.id
limit 200"""
TIES = """
select l.kind, l.share, l.because, a.id, a.title, coalesce(o.name, a.outlet_id) as outlet, a.first_seen_at
from links l
join articles a on a.id = case l.article_id when :id then l.other_id else l.article_id end
left join outlets o on o.id = a.outlet_id
where l.article_id = :id or l.other_id = :id
order by a.first_seen_at desc
limit 50"""
MATCHES = """
select m.topic_id, coalesce(t.title, m.topic_id) as topic, m.because
from matches m left join topics t on t.id = m.topic_id where m.article_id = :id order by topic"""
REVISIONS = """
select id, number, seen_at, title, words_added, words_removed
from revisions where article_id = :id order by number desc limit 50"""
CHANGED = """
select r.article_id, r.number, r.seen_at, r.title, p.title as before, r.words_added, r.words_removed,
  coalesce(o.name, a.outlet_id) as outlet
from articles a
join revisions r on r.article_id = a.id and r.number > 1
left join revisions p on p.article_id = a.id and p.number = r.number - 1
left join outlets o on o.id = a.outlet_id
where a.story_id = :id order by r.seen_at, r.id limit 200"""
COMPARED = """
select c.article_id, c.evidence, here.text as text, there.text as original_text
from articles a
join copies c on c.article_id = a.id
join revisions here on here.article_id = a.id and here.number = json_extract(c.evidence, '$.revision')
join revisions there on there.article_id = c.original_id
  and there.number = json_extract(c.evidence, '$.original_revision')
where a.story_id = :id order by a.first_seen_at, a.id limit 40"""
TEXT = "select text from article_text where article_id = :id"
EVIDENCE = "select evidence from copies where article_id = :id"
NUMBERS = """
select
  (select count(*) from stories where first_seen_at >= day) as stories,
  (select count(*) from articles where first_seen_at >= day) as articles,
  (select count(distinct outlet_id) from articles where first_seen_at >= day) as outlets,
  (select count(*) from feeds where active and state = 'ok') as feeds_ok,
  (select count(*) from feeds where active and state = 'failing') as feeds_failing,
  (select count(*) from entries where state = 'waiting') as waiting,
  (select max(at) from polls) as last_poll_at
from (select strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day') as day)"""
NEWEST = "select story_id, article_id, title, outlets, copies, first_seen_at from latest limit 10"
TOPICS = """
select t.id, t.title, (
  select count(*) from matches m
  where m.topic_id = t.id and m.at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')) as today
from topics t where t.active order by t.title limit 100"""


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls() -> list[str]:
    """Our styles, under an address that changes with them."""
    path = Path(__file__).parents[1] / "static" / "monitor.css"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    except OSError:
        return []
    return [f"/static/monitor.css?{digest}"]


@hookimpl  # type: ignore[untyped-decorator]
async def extra_template_vars(
    database: str | None, table: str | None, view_name: str | None, request: Any, datasette: Any
) -> dict[str, Any]:
    """What the templates of this folder need; nothing for databases that are not ours."""
    name = await our_database(datasette, database)
    if name is None:
        return {}
    page = Page(datasette, name, request.actor if request else None)
    found: dict[str, Any] = {"monitor_database": name, "monitor_nav": NAV}
    if view_name == "index":
        found["monitor_home"] = await home(page)
    elif view_name == "row" and database == name and table in ("articles", "stories"):
        found["monitor_row"] = await row(page, table, request.url_vars.get("pks", ""))
    return found


@hookimpl  # type: ignore[untyped-decorator]
async def render_cell(
    value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Markup | None:
    """Numbers of rows become links, and [matched words] are marked, in views and queries of ours."""
    is_link = isinstance(value, int) and column in LINKED and table in (None, *VIEWS)
    is_mark = isinstance(value, str) and column in ("snippet", "because") and table in (None, "matches")
    if not (is_link or is_mark) or await our_database(datasette, database) is None:
        return None
    if is_mark:
        return marked(value)
    address = datasette.urls.table(database, LINKED[column])
    return Markup('<a href="{}/{}">{}</a>').format(address, value, value)


def marked(text: str) -> Markup:
    """The text, escaped, with what stands in [brackets] marked."""
    return Markup(MARKED.sub(r"<mark>\1</mark>", str(escape(text))))  # noqa: S704  # escaped before it is marked


class Page:
    """What one visitor may read of one database while a page is made."""

    def __init__(self, datasette: Any, database: str, actor: Any) -> None:
        self.datasette = datasette
        self.database = database
        self.actor = actor

    async def rows(self, sql: str, tables: Sequence[str], **values: Any) -> list[dict[str, Any]]:
        """The answer of a query; empty when a table is not for this visitor, is missing, or it took too long."""
        for table in tables:
            if not await self.may_see(table):
                return []
        try:
            result = await self.datasette.get_database(self.database).execute(sql, values)
        except (sqlite3.Error, QueryInterrupted):
            return []
        return [dict(row) for row in result.rows]

    async def may_see(self, table: str) -> bool:
        """Whether the visitor may open this table, in the words of either version."""
        if hasattr(self.datasette, "allowed"):
            from datasette.resources import TableResource  # type: ignore[import-untyped]

            resource = TableResource(self.database, table)
            return bool(
                await self.datasette.allowed(action="view-table", resource=resource, actor=self.actor)
            )
        permissions = [
            ("view-table", (self.database, table)),
            ("view-database", self.database),
            "view-instance",
        ]
        visible, _ = await self.datasette.check_visibility(self.actor, permissions=permissions)
        return bool(visible)


async def our_database(datasette: Any, database: str | None) -> str | None:
    """The name of the database of ours that this page is about: the one it shows, or the first there is."""
    for name in (database,) if database else tuple(datasette.databases):
        if name in datasette.databases and await is_ours(datasette.get_database(name)):
            return str(name)
    return None


async def is_ours(database: Any) -> bool:
    """Whether the database has our views; asked once of each that has, for a page asks for every cell."""
    if getattr(database, "is_of_monitor", False):
        return True
    try:
        views = await database.view_names()
    except (sqlite3.Error, QueryInterrupted):
        return False
    database.is_of_monitor = {"latest", "decisions"} <= set(views)
    return bool(database.is_of_monitor)


async def home(page: Page) -> dict[str, Any] | None:
    """Numbers of the last day, the newest stories, the topics."""
    numbers = await page.rows(NUMBERS, ("stories", "articles", "feeds", "entries", "polls"))
    newest = await page.rows(NEWEST, ("latest",))
    topics = await page.rows(TOPICS, ("topics", "matches"))
    return {"numbers": numbers[0] if numbers else None, "newest": newest, "topics": topics}


async def row(page: Page, table: str, key: str) -> dict[str, Any] | None:
    """An article or a story with all that belongs to it; None when the page shall be Datasette's own."""
    if not (key.isascii() and key.isdecimal()):
        return None
    if table == "stories":
        return await story(page, int(key))
    return await article(page, int(key))


async def story(page: Page, key: int) -> dict[str, Any] | None:
    """A story and its articles, the first one first."""
    found = await page.rows(STORY, ("stories", "events", "event_stories"), id=key)
    members = await page.rows(MEMBERS, ("articles", "copies", "outlets"), id=key)
    if not found or not members:
        return None
    changed = await page.rows(CHANGED, ("articles", "revisions", "outlets"), id=key)
    compared = await page.rows(COMPARED, ("articles", "copies", "revisions"), id=key)
    return {
        "kind": "story",
        **found[0],
        "members": members,
        "timeline": timeline(members, changed, {one["article_id"]: one for one in compared}),
    }


async def article(page: Page, key: int) -> dict[str, Any] | None:
    """An article: its text in paragraphs, its topics, its story's articles, weaker ties, versions."""
    found = await page.rows(ARTICLE, ("articles", "outlets", "stories", "events", "event_stories"), id=key)
    if not found:
        return None
    text = await page.rows(TEXT, ("article_text",), id=key)
    evidence = await page.rows(EVIDENCE, ("copies",), id=key)
    own = own_paragraphs(evidence[0]["evidence"], found[0]["revisions"]) if evidence else frozenset()
    return {
        **found[0],
        "kind": "article",
        "paragraphs": list(paragraphs(text[0]["text"] if text else "", own)),
        "members": await page.rows(MEMBERS, ("articles", "copies", "outlets"), id=found[0]["story_id"]),
        "ties": await page.rows(TIES, ("links", "articles", "outlets"), id=key),
        "topics": [
            {**match, "because": marked(match["because"])}
            for match in await page.rows(MATCHES, ("matches", "topics"), id=key)
        ],
        "versions": await page.rows(REVISIONS, ("revisions",), id=key),
    }


def paragraphs(text: str, own: frozenset[int]) -> Iterator[tuple[str, bool]]:
    """Each line of the text, and whether it is this article's own. Lines without a word are not counted."""
    number = 0
    for line in text.split("\n"):
        has_word = re.search(r"\w", line) is not None
        number += has_word
        if line.strip():
            yield line, has_word and number in own


def own_paragraphs(evidence: str, revision: int) -> frozenset[int]:
    """Numbers, from 1, of the paragraphs that the original does not have, if they are counted on this version."""
    try:
        found = json.loads(evidence)
    except ValueError:
        return frozenset()
    if not isinstance(found, dict) or found.get("revision") != revision:
        return frozenset()
    return frozenset(number for number in found.get("added_paragraphs") or () if isinstance(number, int))


def timeline(
    members: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]], compared: dict[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    """What happened to a story, the first first: articles with what each added and left out, their later versions, their end."""
    began = members[0]["first_seen_at"]
    came = [
        {**member, "at": member["first_seen_at"], **parts(compared.get(member["id"]))} for member in members
    ]
    told = [
        {**change, "id": change["article_id"], "at": change["seen_at"], "kind": "version"}
        for change in changed
    ]
    gone = [
        {**member, "at": member["gone_at"], "kind": "gone"} for member in members if member.get("gone_at")
    ]
    later = {"version": 1, "gone": 2}
    moments = sorted([*came, *told, *gone], key=lambda one: (str(one["at"]), later.get(str(one["kind"]), 0)))
    return [{**one, "lag": lag(began, one["at"])} for one in moments]


def parts(compared: dict[str, Any] | None) -> dict[str, list[str]]:
    """The beginnings of paragraphs that a copy has alone, and of those of the original that it left out."""
    try:
        found = json.loads(compared["evidence"]) if compared else {}
    except ValueError:
        found = {}
    if not compared or not isinstance(found, dict):
        return {"added": [], "cut": []}
    return {
        "added": beginnings(compared["text"], found.get("added_paragraphs")),
        "cut": beginnings(compared["original_text"], found.get("cut_paragraphs")),
    }


def beginnings(text: str, numbers: Any) -> list[str]:
    """The first words of these paragraphs, which are counted from 1."""
    wanted = frozenset(number for number in numbers or () if isinstance(number, int))
    found = [line.strip() for line, is_wanted in paragraphs(text, wanted) if is_wanted]
    return [line if len(line) <= SHOWN else f"{line[:SHOWN].rpartition(' ')[0]} …" for line in found]


def lag(first: str, then: str) -> str:
    """How long after the first: `35 min`, `2 h 5 min`, `3 d 1 h`; empty for the first."""
    try:
        seconds = (datetime.fromisoformat(then) - datetime.fromisoformat(first)).total_seconds()
    except (TypeError, ValueError):
        return ""
    hours, minutes = divmod(int(seconds) // 60, 60)
    days, hours = divmod(hours, 24)
    named = [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if number]
    return " ".join(named[:2])
