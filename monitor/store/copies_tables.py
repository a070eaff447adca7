"""Tables of the recognition of copies: what came near and was none, and what outlets print every day."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

COPIES = """
create table _near_misses (
    article_id integer not null references articles (id) on delete cascade,
    other_id integer not null references articles (id) on delete cascade,
    share real not null,       -- of the article's words
    because text not null,     -- why it is neither a copy nor a link
    primary key (article_id, other_id)
) strict, without rowid;
create index _near_misses_other_id on _near_misses (other_id);

-- Shingles that an outlet has printed on several days in different stories (standing.py).
create table _standing (
    outlet_id text not null references outlets (id) on delete cascade,
    hash integer not null,
    days integer not null,     -- distinct days on which it was seen
    last_on text not null,     -- the last of them, YYYY-MM-DD
    primary key (outlet_id, hash)
) strict, without rowid;
"""


@migrations()
def m009_copies(db: Database) -> None:
    """Near misses and standing text."""
    run_script(db, COPIES)
    db.execute("pragma user_version = 9")
