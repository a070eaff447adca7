"""The questions people ask, as canned queries. Plain SQL that holds on both lines of Datasette.

Every query answers with empty parameters, because that is how its page opens. What people type is
always bound, never part of the SQL.
"""

from __future__ import annotations

# Words as people type them → a query that FTS5 always accepts. `escape_fts` is Datasette's: it puts
# every word into quotes (and stumbles over line breaks; length() stops at a NUL). What is given back of
# FTS5's language is a trailing *, and OR and NOT between two words; a second operator in a row is a word.
ASKED = """with typed(words) as (
  select escape_fts(replace(substr(:words, 1, length(:words)), char(10), ' '))
),
asked(query) as (
  select case when trim(words, ' "') = '' then '""' else
    replace(replace(replace(replace(replace(replace(replace(words,
      '*"', '"*'), ' ""*', ''), ' "AND" ', ' '), ' "OR" ', ' OR '), ' "NOT" ', ' NOT '),
      ' OR NOT ', ' OR "NOT" '), ' NOT OR ', ' NOT "OR" ') end
  from typed
)"""
FOUND = """
select a.first_seen_at, o.name as outlet, a.title,
  replace(snippet(articles_fts, -1, '[', ']', ' … ', 24), char(8291), '') as snippet,
  a.language, a.id as article_id, a.story_id, a.url
from articles_fts
join articles a on a.id = articles_fts.rowid
left join outlets o on o.id = a.outlet_id
where articles_fts match {}
order by a.first_seen_at desc, a.id desc
limit 100"""

TOPIC = """
select max(m.at) as matched_at, s.title, o.name as first_outlet, s.outlets, s.articles, s.agency,
  m.because, s.id as story_id, a.url
from matches m
join topics t on t.id = m.topic_id
join articles member on member.id = m.article_id
join stories s on s.id = member.story_id
join articles a on a.id = coalesce(s.original_id, member.id)
left join outlets o on o.id = a.outlet_id
where trim(:topic) = '' or t.id = trim(:topic) or t.title = trim(:topic) collate nocase
group by s.id
order by matched_at desc, s.id desc
limit 100"""

WHO_COPIED_WHOM = """
select source.name as original_outlet, taker.name as copying_outlet, count(*) as copies,
  round(avg(c.share), 2) as average_share,
  round(avg(julianday(copy.first_seen_at) - julianday(original.first_seen_at)) * 24, 1) as average_hours_later,
  group_concat(distinct copy.agency) as agencies, max(copy.first_seen_at) as last_copy_at
from copies c
join articles copy on copy.id = c.article_id
join articles original on original.id = c.original_id
join outlets taker on taker.id = copy.outlet_id
join outlets source on source.id = original.outlet_id
where copy.first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now',
  '-' || min(coalesce(nullif(abs(cast(:days as integer)), 0), 7), 400000) || ' days')
group by original.outlet_id, copy.outlet_id
order by copies desc, last_copy_at desc, copying_outlet
limit 200"""

WHY_NOT = """
with asked(words) as (select lower(trim(:words)))
select e.first_seen_at, e.title, e.state, e.because, coalesce(f.title, f.url) as feed,
  e.tries, e.next_try_at, e.article_id, e.id as entry_id, e.url
from entries e
join feeds f on f.id = e.feed_id
where instr(lower(e.url), (select words from asked)) > 0 or instr(lower(e.title), (select words from asked)) > 0
order by e.first_seen_at desc, e.id desc
limit 100"""

BROKEN_FEEDS = """
select coalesce(f.title, f.url) as feed, f.state, f.failures, f.last_error, f.last_ok_at,
  f.next_poll_at, o.name as outlet, f.id as feed_id, f.url
from feeds f
left join outlets o on o.id = f.outlet_id
where f.active = 1 and (f.state in ('failing', 'gone') or f.failures > 0)
order by f.state = 'gone', f.failures desc, f.last_ok_at
limit 500"""

CORRECTIONS = """
select r.seen_at, o.name as outlet, r.title as title_now,
  nullif(before.title, r.title) as title_before, r.words_added, r.words_removed, r.number as revision,
  a.id as article_id, a.url
from revisions r
join articles a on a.id = r.article_id
left join outlets o on o.id = a.outlet_id
left join revisions before on before.article_id = r.article_id and before.number = r.number - 1
where r.number > 1 and r.because is null and (trim(:outlet) = '' or a.outlet_id = trim(:outlet) or o.name = trim(:outlet) collate nocase)
order by r.seen_at desc, r.id desc
limit 200"""

BY_OUTLET = """
with day(start) as (select coalesce(date(nullif(trim(:day), '')), date('now')))
select o.name as outlet, count(*) as articles, sum(c.article_id is null) as own_texts,
  sum(c.article_id is not null) as copies, sum(a.agency is not null) as agency_texts,
  sum(a.words) as words, min(a.first_seen_at) as first_at, max(a.first_seen_at) as last_at,
  o.id as outlet_id
from articles a
join outlets o on o.id = a.outlet_id
left join copies c on c.article_id = a.id
where a.first_seen_at >= (select start || 'T00:00:00Z' from day)
  and a.first_seen_at < (select date(start, '+1 day') || 'T00:00:00Z' from day)
group by o.id
order by articles desc, outlet
limit 500"""

STORY = """
with happened as (
  select a.first_seen_at as at, a.id as article_id, 1 as revision, coalesce(c.kind, 'original') as what, a.title,
    c.share, c.share_of_original, c.because, null as words_added, null as words_removed
  from articles a left join copies c on c.article_id = a.id where a.story_id = cast(:story as integer)
  union all
  select r.seen_at, a.id, r.number, 'changed', r.title, null, null, null, r.words_added, r.words_removed
  from articles a join revisions r on r.article_id = a.id
  where a.story_id = cast(:story as integer) and r.number > 1
  union all
  select a.gone_at, a.id, a.revisions, 'gone', a.title, null, null, a.gone_because, null, null
  from articles a where a.story_id = cast(:story as integer) and a.gone_at is not null
)
select h.at, cast(round((julianday(h.at) - julianday(min(h.at) over ())) * 1440) as integer) as minutes_after_first,
  o.name as outlet, h.what, h.title, h.share, h.share_of_original, h.because, h.revision, h.words_added,
  h.words_removed, a.agency, a.agency_because, a.published_at, h.article_id, a.url
from happened h
join articles a on a.id = h.article_id
left join outlets o on o.id = a.outlet_id
order by h.at, h.article_id, h.revision
limit 500"""

EVENT = """
select s.first_seen_at, o.name as outlet, s.title, a.language, s.articles, s.agency, r.likeness, r.because, r.moved,
  s.id as story_id, a.url
from event_stories r
join stories s on s.id = r.story_id
join articles a on a.id = s.original_id
left join outlets o on o.id = a.outlet_id
where r.event_id = cast(:event as integer)
order by s.first_seen_at, s.id
limit 500"""

EVENTS = """
select e.last_seen_at, e.title, e.stories, e.articles, e.outlets, e.languages, e.first_seen_at, e.id as event_id
from events e
where e.stories > 1 and e.last_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now',
  '-' || min(coalesce(nullif(abs(cast(:days as integer)), 0), 7), 400000) || ' days')
order by e.outlets desc, e.stories desc, e.last_seen_at desc
limit 200"""

ASKABLE: dict[str, dict[str, str]] = {
    "topic": {
        "title": "Latest stories of a topic",
        "description": "The topic's id or title; empty for all topics. The column because shows the words that matched.",
        "sql": TOPIC.strip(),
    },
    "search": {
        "title": "Search with snippets",
        "description": 'Words, "a phrase", begin*, one OR other, this NOT that. All words must occur; newest first.',
        "sql": ASKED + FOUND.format("(select query from asked)"),
    },
    "search_fts5": {
        "title": "Search in the full query language",
        "description": (
            'The language of topics, SQLite FTS5: AND OR NOT, "a phrase", begin*, NEAR(a b, 5), title : word. '
            "A query that is no such query is answered by an error. Chinese, Japanese and Thai words go with blanks between "
            'their signs: "停 火".'
        ),
        "sql": FOUND.format("""coalesce(nullif(trim(:query), ''), '""')""").strip(),
    },
    "who_copied_whom": {
        "title": "Who copied whom",
        "description": "Outlets whose texts stood in other outlets, and how much later, over the last days (empty: 7). Imported stories are as old as they say: ask for 9999 days.",
        "sql": WHO_COPIED_WHOM.strip(),
    },
    "story": {
        "title": "A story on its timeline",
        "description": "The story's id: who had it first, who took it over, how much of it, who changed the text and when, who has it no more.",
        "sql": STORY.strip(),
    },
    "event": {
        "title": "An event: who reported it, and why they belong together",
        "description": "The event's id: its stories on a timeline, with the reason for each.",
        "sql": EVENT.strip(),
    },
    "widest_events": {
        "title": "What most outlets report",
        "description": "Events of the last days (empty: 7), those of most outlets first.",
        "sql": EVENTS.strip(),
    },
    "why_not": {
        "title": "Why (not)? Decisions for an address or words",
        "description": "Part of an address or of a headline: what became of each entry, and why. Empty: the newest.",
        "sql": WHY_NOT.strip(),
    },
    "broken_feeds": {
        "title": "Broken feeds",
        "description": "Feeds whose last poll failed, the longest broken first; gone ones last.",
        "sql": BROKEN_FEEDS.strip(),
    },
    "corrections": {
        "title": "Corrections: texts that changed",
        "description": "Revisions of articles, newest first, with the headline before. An outlet's domain or name, or empty.",
        "sql": CORRECTIONS.strip(),
    },
    "by_outlet": {
        "title": "Today by outlet",
        "description": "Articles, own texts and copies of each outlet on a day (YYYY-MM-DD, UTC); empty: today.",
        "sql": BY_OUTLET.strip(),
    },
}
# Results first: the SQL is one click away.
QUERIES = {name: {**query, "hide_sql": True} for name, query in ASKABLE.items()}
