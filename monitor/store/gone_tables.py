"""Articles that are gone, when each was last read, and what a word on events has moved."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

COLUMNS = """
alter table articles add column gone_at text;
alter table articles add column gone_because text;
create index articles_gone_at on articles (gone_at) where gone_at is not null;
alter table _rereads add column absent_since text;
alter table _rereads add column read_at text;
alter table event_overrides add column moved text;
"""


@migrations()
def m015_gone(db: Database) -> None:
    """Since when an article has been gone, and why; how a word on events is taken back."""
    run_script(db, COLUMNS)
    db.execute("pragma user_version = 15")
