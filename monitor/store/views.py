"""The views that people open first, as they are now.

They hold no data, so a migration that changes one calls `create_views`, which makes all of them anew.
Each is ordered newest first by an indexed column and fetches what belongs to a row by subqueries on
indexes, so that a page of fifty costs fifty rows, whatever the size of the archive.
"""

from __future__ import annotations

import sqlite3

LATEST = """
create view latest as
select
    stories.id as story_id,
    stories.title as title,
    articles.url as url,
    (select group_concat(name, ', ') from (
        select outlets.name as name from articles as member join outlets on outlets.id = member.outlet_id
        where member.story_id = stories.id group by outlets.id order by min(member.first_seen_at), min(member.id)
    )) as outlets,
    (select group_concat(topic_id, ', ') from (
        select distinct matches.topic_id as topic_id
        from articles as member join matches on matches.article_id = member.id
        where member.story_id = stories.id order by matches.topic_id
    )) as topics,
    stories.articles as articles,
    stories.articles - 1 as copies,
    stories.agency as agency,
    articles.language as language,
    stories.first_seen_at as first_seen_at,
    stories.last_seen_at as last_seen_at,
    articles.published_at as published_at,
    articles.outlet_id as outlet_id,
    stories.original_id as article_id,
    stories.event_id as event_id,
    (select stories from events where events.id = stories.event_id) as event_stories
from stories left join articles on articles.id = stories.original_id
order by stories.first_seen_at desc, stories.id desc
"""

STORY_COPIES = """
create view story_copies as
select
    articles.story_id as story_id,
    stories.title as story,
    articles.id as article_id,
    articles.title as title,
    outlets.name as outlet,
    coalesce(copies.kind, 'original') as kind,
    copies.share as share,
    copies.share_of_original as share_of_original,
    copies.because as because,
    articles.agency as agency,
    articles.language as language,
    articles.first_seen_at as first_seen_at,
    cast(round((julianday(articles.first_seen_at) - julianday(stories.first_seen_at)) * 1440) as integer)
        as minutes_after_first,
    articles.revisions as revisions,
    articles.url as url,
    copies.original_id as original_id
from stories
cross join articles on articles.story_id = stories.id
join outlets on outlets.id = articles.outlet_id
left join copies on copies.article_id = articles.id
where stories.articles > 1
order by stories.last_seen_at desc, stories.id desc, articles.first_seen_at, articles.id
"""

# What one story alone reports is no event that people look for: the list begins with two.
CURRENT_EVENTS = """
create view current_events as
select
    events.id as event_id,
    events.title as title,
    events.stories as stories,
    events.articles as articles,
    events.outlets as outlets,
    events.languages as languages,
    (select group_concat(name, ', ') from (
        select outlets.name as name from articles as member join outlets on outlets.id = member.outlet_id
        where member.event_id = events.id group by outlets.id order by min(member.first_seen_at), min(member.id)
    )) as reported_by,
    (select group_concat(topic_id, ', ') from (
        select distinct matches.topic_id as topic_id
        from articles as member join matches on matches.article_id = member.id
        where member.event_id = events.id order by matches.topic_id
    )) as topics,
    events.first_seen_at as first_seen_at,
    events.last_seen_at as last_seen_at
from events where events.stories > 1
order by events.last_seen_at desc, events.id desc
"""

FEED_HEALTH = """
create view feed_health as
select
    feeds.id as feed_id,
    coalesce(feeds.name, feeds.title, feeds.url) as feed,
    outlets.name as outlet,
    case when feeds.active then feeds.state else 'removed' end as state,
    feeds.failures as failures,
    feeds.last_error as last_error,
    feeds.failing_since as failing_since,
    feeds.last_poll_at as last_poll_at,
    feeds.last_ok_at as last_ok_at,
    feeds.last_new_at as last_new_at,
    feeds.next_poll_at as next_poll_at,
    feeds.because as because,
    feeds.notice as notice,
    feeds.effective_url as effective_url,
    feeds.pace_s as pace_s,
    (select group_concat(topic_id, ', ') from _feed_topics where feed_id = feeds.id) as topics,
    (select proven from coverage where coverage.feed_id = feeds.id) as proven,
    (select max(to_at) from gaps where feed_id = feeds.id) as last_gap_at,
    (select case when sum(state in ('stored', 'off_topic')) = 0 and sum(state = 'quarantined') >= 3
        then sum(state = 'quarantined') || ' of the last ' || count(*) || ' pages are no articles, the latest: '
            || (select because from entries where feed_id = feeds.id and state = 'quarantined'
                order by first_seen_at desc limit 1) end
        from (select state from entries where feed_id = feeds.id order by first_seen_at desc limit 30)
    ) as walls,
    feeds.url as url
from feeds join outlets on outlets.id = feeds.outlet_id
order by feeds.failures desc, feeds.id
"""

DECISIONS = """
create view decisions as
select
    entries.id as entry_id,
    entries.title as title,
    entries.state as state,
    entries.because as because,
    outlets.name as outlet,
    coalesce(feeds.name, feeds.title, feeds.url) as feed,
    (select group_concat(topic_id, ', ') from matches where article_id = entries.article_id) as topics,
    case when articles.id is null then null when copies.kind is null then 'original' else copies.kind end as copy,
    entries.first_seen_at as first_seen_at,
    entries.decided_at as decided_at,
    entries.next_try_at as next_try_at,
    entries.tries as tries,
    entries.url as url,
    entries.article_id as article_id,
    articles.story_id as story_id,
    entries.feed_id as feed_id
from entries
join feeds on feeds.id = entries.feed_id
join outlets on outlets.id = feeds.outlet_id
left join articles on articles.id = entries.article_id
left join copies on copies.article_id = entries.article_id
order by entries.first_seen_at desc, entries.id desc
"""

# A poll without error covers the time before it when it shows something that was known already, or says
# that nothing has changed. One that shows only new entries may have come too late for others.
# The watch counts from its first poll or for 30 days, up to the last poll; what is not in a gap is proven,
# where the feed was ever read.
COVERAGE = """
create view coverage as
select
    feeds.id as feed_id,
    coalesce(feeds.name, feeds.title, feeds.url) as feed,
    outlets.name as outlet,
    (select count(*) from polls where feed_id = feeds.id and at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days'))
        as polls,
    (select round(avg(outcome <> 'error'), 3) from polls
        where feed_id = feeds.id and at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')) as answered,
    (select round(avg(outcome <> 'new' or known_entries > 0), 3) from polls
        where feed_id = feeds.id and outcome <> 'error'
        and at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')) as overlap,
    case when feeds.last_ok_at is not null then
        (select round(1 - coalesce(sum(max(0, julianday(min(to_at, feeds.last_poll_at))
            - julianday(max(from_at, started)))), 0) / max(julianday(feeds.last_poll_at) - julianday(started), 0.000001), 4)
        from (select max(strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days'),
            (select min(at) from polls where polls.feed_id = feeds.id)) as started)
        left join gaps on gaps.feed_id = feeds.id and gaps.bridged = 0 and gaps.kind <> 'silence'
            and gaps.to_at > started) end as proven,
    (select count(*) from gaps
        where feed_id = feeds.id and bridged = 0 and kind <> 'silence' and to_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')) as gaps,
    (select round(sum(julianday(to_at) - julianday(from_at)) * 24, 1) from gaps
        where feed_id = feeds.id and bridged = 0 and kind <> 'silence' and to_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')) as gap_hours,
    (select because from gaps where feed_id = feeds.id order by to_at desc limit 1) as last_gap,
    feeds.last_ok_at as last_ok_at,
    feeds.last_new_at as last_new_at
from feeds join outlets on outlets.id = feeds.outlet_id
where feeds.active = 1
order by feeds.id
"""

VIEWS = {
    "latest": LATEST,
    "story_copies": STORY_COPIES,
    "current_events": CURRENT_EVENTS,
    "feed_health": FEED_HEALTH,
    "decisions": DECISIONS,
    "coverage": COVERAGE,
}


def create_views(conn: sqlite3.Connection) -> None:
    """Drop and create every view, inside the open transaction."""
    for name, sql in VIEWS.items():
        conn.execute(f"drop view if exists {name}")
        conn.execute(sql)
