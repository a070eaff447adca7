"""Tables of trust: the user's word on what belongs to a topic, and texts that hosts serve in articles' place."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script
from monitor.store.views import create_views

TRUST = """
create table labels (
    url text not null,         -- an address, not an id: the user's word outlives the article's row
    topic_id text not null,
    wanted integer not null check (wanted in (0, 1)),
    at text not null,
    primary key (url, topic_id)
) strict;
create index labels_topic_id on labels (topic_id, wanted);

-- Texts that had next to nothing of the headline they came for, of the last days (walls.py).
create table _strange_texts (
    host text not null,
    digest text not null,
    entry_id integer not null references entries (id) on delete cascade,
    at text not null,
    primary key (host, digest, entry_id)
) strict, without rowid;
create index _strange_texts_at on _strange_texts (at);
create index _strange_texts_entry_id on _strange_texts (entry_id);
"""


@migrations()
def m007_trust(db: Database) -> None:
    """Labels, strange texts, and what hosts that serve only walls look like in `feed_health`."""
    run_script(db, TRUST)
    create_views(db.conn)
    db.execute("pragma user_version = 7")
