"""What polling learns, as tables: paces, rhythms, moves, and gaps that were bridged."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script
from monitor.store.views import create_views

LEARNED = """
alter table feeds add column pace_s integer;
alter table feeds add column full_at text;
alter table feeds add column notice text;
alter table feeds add column moving_to text;
alter table feeds add column moving_since text;
alter table feeds add column moving_polls integer not null default 0;
alter table feeds add column merged_into integer references feeds (id);
create index feeds_merged_into on feeds (merged_into) where merged_into is not null;

alter table gaps add column bridged integer not null default 0;
create index gaps_open on gaps (feed_id, to_at) where bridged = 0 and kind <> 'silence';

-- 168 numbers of two bytes each, little-endian, one for every hour of the week (Monday 0 h UTC first).
create table _rhythms (
    feed_id integer primary key references feeds (id) on delete cascade,
    since text not null,
    entries blob not null,
    hours blob not null
) strict;
"""


@migrations()
def m005_learned(db: Database) -> None:
    """What polling learns of a feed, and what the views say of it."""
    run_script(db, LEARNED)
    create_views(db.conn)
    db.execute("pragma user_version = 5")
