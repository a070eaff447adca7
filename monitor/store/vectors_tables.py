"""The table of what texts mean to a model. It is empty where no model is configured.

It can be computed again from the texts, by whoever has the model.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

VECTORS = """
create table _event_vectors (
    story_id integer primary key references stories (id) on delete cascade,
    model integer not null,    -- 63 bits of the digest of the model's files; others' vectors are never compared
    vector blob not null,      -- one signed byte for each dimension
    length real not null       -- of the vector
) strict;
"""


@migrations()
def m013_vectors(db: Database) -> None:
    """What the texts of stories mean to a model, where one is configured."""
    run_script(db, VECTORS)
    db.execute("pragma user_version = 13")
