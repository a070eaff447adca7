"""The tables of which stories are like which others that were reported at the same time, and of what is looked at again.

The likenesses can be computed again from the texts. Both hold the days in which events can still become one.
"""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.tables import migrations, run_script

NEAR = """
create table _event_near (
    story_id integer not null references stories (id) on delete cascade,
    other_id integer not null, -- of a pair, each stands here as the other's; what goes takes both rows with it
    likeness real not null,    -- 0.1 and more
    primary key (story_id, other_id)
) strict, without rowid;
create trigger _event_near_of_gone_stories before delete on stories begin
    delete from _event_near where (story_id, other_id) in (
        select other_id, story_id from _event_near where story_id = old.id
    );
end;
create table _event_looks (
    story_id integer primary key references stories (id) on delete cascade,
    due_at text not null       -- then its event is looked at again
) strict;
create index _event_looks_due_at on _event_looks (due_at, story_id);
"""


@migrations()
def m014_near(db: Database) -> None:
    """What stands around a story: the stories of two days that are like it. And when that is looked at."""
    run_script(db, NEAR)
    db.execute("pragma user_version = 14")
