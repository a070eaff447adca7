"""The tables of the user's word: what was merged, split, kept apart or switched off; and why an agency is named."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

OVERRIDES = """
alter table articles add column agency_because text;

create table _overrides_before (
    id integer primary key, kind text, url text, other_url text, at text, because text
) strict;
insert into _overrides_before select id, kind, url, other_url, at, because from overrides;
drop table overrides;

create table overrides (
    id integer primary key,
    kind text not null check (kind in ('merge', 'split', 'never_merge', 'off')),
    url text,                  -- addresses, not ids: the user's word outlives a re-run
    other_url text,
    at text not null,
    because text,              -- the user's own note
    outlet_id text,            -- with `off`: whose articles are not compared,
    topic_id text,             -- or those of which topic
    check ((kind = 'off') = (url is null)),
    check ((kind = 'off') = (outlet_id is not null or topic_id is not null))
) strict;
create index overrides_url on overrides (url);
create index overrides_other_url on overrides (other_url);
create index overrides_kind on overrides (kind);
insert into overrides (id, kind, url, other_url, at, because)
    select id, kind, url, other_url, at, because from _overrides_before;
drop table _overrides_before;
"""


@migrations()
def m003_overrides(db: Database) -> None:
    """Switches per outlet and topic among the overrides; how an agency was recognised."""
    run_script(db, OVERRIDES)
    db.execute("pragma user_version = 3")
