"""The tables behind events: who reports which happening, and what it takes to find out.

`events` itself is there from the first migration on. Everything that begins with `_` can be computed again
from the texts.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script
from monitor.store.views import create_views

EVENTS = """
create table event_stories (
    story_id integer primary key references stories (id) on delete cascade,
    event_id integer not null references events (id),
    likeness real not null,    -- 0–1; 0: it was the first
    nearest_id integer references stories (id) on delete set null,
    because text not null,
    shared text not null,      -- JSON: words in common with the nearest story
    moved text                 -- why it came here from another event
) strict;
create index event_stories_event_id on event_stories (event_id);
create index event_stories_nearest_id on event_stories (nearest_id) where nearest_id is not null;

create table event_overrides (
    id integer primary key,
    kind text not null check (kind in ('together', 'apart')),
    url text not null,         -- addresses, not ids: the user's word outlives a re-run
    other_url text not null,
    at text not null,
    because text
) strict;
create index event_overrides_url on event_overrides (url);
create index event_overrides_other_url on event_overrides (other_url);

create index events_shared on events (last_seen_at) where stories > 1;
create index events_stories on events (stories);
create index events_outlets on events (outlets);
create index events_languages on events (languages);
create index articles_event_outlet on articles (event_id, outlet_id, language) where event_id is not null;

-- What is compared of a story: little-endian keys and weights (events.py).
create table _event_traits (
    story_id integer primary key references stories (id) on delete cascade,
    language text not null,    -- as guessed where the article names none; empty: unknown
    traits blob not null
) strict;

-- The strongest words of every story, by day: a lookup walks the days of its window, and these lie together.
create table _event_terms (
    day integer not null,      -- since 1970-01-01
    term integer not null,
    story_id integer not null,
    primary key (day, term, story_id)
) strict, without rowid;

-- In how many stories a word stands, of those that were counted.
create table _event_words (word integer primary key, stories integer not null) strict;
"""


@migrations()
def m004_events(db: Database) -> None:
    """Events: which stories report the same happening, why, and the index to find them by."""
    run_script(db, EVENTS)
    create_views(db.conn)
    db.execute("pragma user_version = 4")
