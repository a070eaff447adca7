"""The table of the lines that outlets print on several days."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

LINES = """
create table _standing_lines (
    line integer primary key,  -- 63 bits of the digest of outlet and words
    days integer not null,     -- on which a story of the outlet had it
    last_on integer not null,  -- the last of them, since 1970-01-01
    until integer not null     -- after this day it is forgotten
) strict;
create index _standing_lines_until on _standing_lines (until);
"""


@migrations()
def m017_lines(db: Database) -> None:
    """Lines that outlets print on several days tell nothing of what happened."""
    run_script(db, LINES)
    db.execute("pragma user_version = 17")
