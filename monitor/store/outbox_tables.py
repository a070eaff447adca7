"""What leaves the house, as tables: updates and rises beside stories in the outbox, and digests."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

DELIVERY = """
create table digests (
    id integer primary key,
    key text not null unique,
    target text not null,
    due_at text not null,
    since_at text,             -- when the digest before it was due; null: it is the first
    alerts integer not null default 0,
    state text not null default 'waiting' check (state in ('waiting', 'refused', 'sent', 'expired')),
    tries integer not null default 0,
    next_try_at text,
    sent_at text,
    last_error text
) strict;
create index digests_target on digests (target, id);
create index digests_due_at on digests (due_at);
create index digests_state on digests (state);

create table rises (
    id integer primary key,
    topic_id text not null references topics (id),
    from_at text not null,
    to_at text not null,
    articles integer not null, -- at its peak
    usual real not null,
    because text not null,
    last_seen_at text not null,
    story_id integer references stories (id) on delete set null
) strict;
create index rises_topic_id on rises (topic_id, to_at);
create index rises_to_at on rises (to_at);
create index rises_story_id on rises (story_id);

alter table outbox add column kind text not null default 'story'
    check (kind in ('story', 'update', 'rise', 'notice'));
alter table outbox add column because text;
alter table outbox add column outlets integer;
alter table outbox add column digest_id integer references digests (id) on delete set null;
create index outbox_open on outbox (target, id) where state in ('waiting', 'refused');
create index outbox_digest_id on outbox (digest_id) where digest_id is not null;
create index outbox_kind on outbox (kind);
create index outbox_at on outbox (at);

-- How far the look for news of announced stories has come: the last id of articles and of revisions.
create table _looked (name text primary key not null, id integer not null) strict, without rowid;
insert into _looked (name, id) select 'articles', coalesce(max(id), 0) from articles;
insert into _looked (name, id) select 'revisions', coalesce(max(id), 0) from revisions;
"""


@migrations()
def m008_delivery(db: Database) -> None:
    """Digests, rises, and what the outbox needs to be sent."""
    run_script(db, DELIVERY)
    db.execute("pragma user_version = 8")
