"""Stories that became part of another one, as a table: their old numbers still lead somewhere."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script
from monitor.store.views import create_views

UNITED = """
create table _united (
    story_id integer primary key,   -- gone; no other story gets this number
    into_id integer not null references stories (id) on delete cascade
) strict;
create index _united_into_id on _united (into_id);
"""


@migrations()
def m012_united(db: Database) -> None:
    """Which stories became part of which others; and `coverage` counts no feed as proven that was never read."""
    run_script(db, UNITED)
    create_views(db.conn)
    db.execute("pragma user_version = 12")
