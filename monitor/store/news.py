"""A story as an alert, a digest or a feed tells it: who carries it, why it belongs to a topic, what is near it."""

from __future__ import annotations

import sqlite3

from monitor.model import Carrier, StoryNews
from monitor.store.times import moment

MOST_CARRIERS = 12
MOST_RELATED = 4

STORY = """
select stories.id, stories.title, articles.url, stories.first_seen_at, stories.last_seen_at, stories.articles,
    stories.agency, articles.language, stories.event_id, (select max(revisions.seen_at) from articles as member
    join revisions on revisions.article_id = member.id and revisions.number > 1 and revisions.because is null
    where member.story_id = stories.id)
from stories left join articles on articles.id = stories.original_id where stories.id = ?
"""
OUTLETS = """
select outlets.name from articles join outlets on outlets.id = articles.outlet_id where articles.story_id = ?
group by outlets.id order by min(articles.first_seen_at), min(articles.id)
"""
CARRIERS = """
select outlets.name, articles.title, articles.url, coalesce(copies.kind, 'original'), articles.first_seen_at
from articles join outlets on outlets.id = articles.outlet_id
left join copies on copies.article_id = articles.id
where articles.story_id = ? order by articles.first_seen_at, articles.id limit ?
"""
BECAUSE = """
select matches.because from articles join matches on matches.article_id = articles.id and matches.topic_id = ?
where articles.story_id = ? order by articles.first_seen_at, articles.id limit 1
"""
# Other stories that a passage or an event ties to this one, one line each.
RELATED = """
with tied (story_id, kind) as (
    select far.story_id, links.kind from articles as near join links on links.article_id = near.id
        join articles as far on far.id = links.other_id where near.story_id = ?1
    union select far.story_id, links.kind from articles as near join links on links.other_id = near.id
        join articles as far on far.id = links.article_id where near.story_id = ?1
    union select id, 'same event' from stories where event_id = ?2
)
select outlets.name, stories.title, articles.url, min(tied.kind), stories.first_seen_at
from tied join stories on stories.id = tied.story_id join articles on articles.id = stories.original_id
join outlets on outlets.id = articles.outlet_id
where stories.id <> ?1 group by stories.id order by stories.outlets desc, stories.id limit ?3
"""


def story_news(conn: sqlite3.Connection, story_id: int, topic_id: str) -> StoryNews:
    """The story as it stands now, with the passage that made it match this topic."""
    story = conn.execute(STORY, (story_id,)).fetchone()
    because = conn.execute(BECAUSE, (topic_id, story_id)).fetchone()
    return StoryNews(
        id=story[0],
        title=story[1],
        url=story[2] or "",
        first_seen=moment(story[3]),
        last_seen=moment(story[4]),
        articles=story[5],
        outlets=tuple(name for (name,) in conn.execute(OUTLETS, (story_id,))),
        agency=story[6],
        language=story[7],
        because=because[0] if because else "",
        carriers=_carriers(conn, CARRIERS, (story_id, MOST_CARRIERS)),
        related=_carriers(conn, RELATED, (story_id, story[8], MOST_RELATED)),
        changed=moment(story[9]) if story[9] else None,
    )


def _carriers(conn: sqlite3.Connection, sql: str, values: tuple[int | None, ...]) -> tuple[Carrier, ...]:
    return tuple(
        Carrier(outlet, title, url, kind, moment(seen))
        for outlet, title, url, kind, seen in conn.execute(sql, values)
    )
