"""The table of the answers to what commands have asked of a running monitor; and who named an outlet."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

ERRANDS = """
alter table outlets add column configured integer not null default 0 check (configured in (0, 1));
create table _errands (
    id integer primary key,
    name text not null unique,  -- of the wish, as its file is called
    answer text not null        -- JSON: what it came to, or why it was refused
) strict;
"""


@migrations()
def m018_errands(db: Database) -> None:
    """Answers are kept in the transaction that does what was asked: it is done once, whoever dies when.

    And a name that the configuration gave an outlet can go again when the configuration takes it back.
    """
    run_script(db, ERRANDS)
    db.execute("pragma user_version = 18")
