"""Tables for the care of the data: what was pruned and must not come back as new."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

CARE = """
create table _tombstones (
    id integer primary key,
    feed_id integer not null references feeds (id) on delete cascade,
    key text not null,         -- the entry's key within its feed
    address text,              -- its canonical link
    digest text not null,      -- what it said last: the same again is not news, other words are
    at text not null,          -- when it was pruned
    unique (feed_id, key)
) strict;
create index _tombstones_address on _tombstones (address) where address is not null;

alter table revisions add column because text;
"""


@migrations()
def m006_care(db: Database) -> None:
    """Tombstones of pruned entries, and the reason of a revision that no outlet made."""
    run_script(db, CARE)
    db.execute("pragma user_version = 6")
