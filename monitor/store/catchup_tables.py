"""Tables for looking back after a gap, and for how we treat the hosts we ask."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

CATCHUP = """
alter table feeds add column older_url text;
alter table entries add column found text;
alter table gaps add column found integer;
alter table gaps add column caught_up text;
create index gaps_caught_up on gaps (to_at) where bridged = 0 and kind <> 'silence';

create table _catchups (
    gap_id integer not null references gaps (id) on delete cascade,
    source text not null,      -- archive or sitemap
    at text not null,
    found integer not null,
    because text not null,
    primary key (gap_id, source)
) strict, without rowid;

create table politeness (
    host text not null,
    day text not null,
    kind text not null check (kind in ('feed', 'article', 'robots', 'other')),
    requests integer not null default 0,
    not_modified integer not null default 0,
    bytes integer not null default 0,
    throttled integer not null default 0,
    refused integer not null default 0,
    held integer not null default 0,
    errors integer not null default 0,
    primary key (day, host, kind)
) strict, without rowid;
create index politeness_host on politeness (host, day);
create index politeness_kind on politeness (kind);
create index politeness_throttled on politeness (day) where throttled > 0;
"""


@migrations()
def m011_catchup(db: Database) -> None:
    """Where older entries are, what was found after gaps, and counts of requests by host and day."""
    run_script(db, CATCHUP)
    db.execute("pragma user_version = 11")
