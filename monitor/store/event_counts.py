"""Keeping events in step with stories that are taken apart or withdrawn."""

from __future__ import annotations

import sqlite3

TAKEN_OUT = "taken out of a story that reports this event"


def event_of(conn: sqlite3.Connection, story_id: int) -> int | None:
    """The event that a story reports."""
    row = conn.execute("select event_id from stories where id = ?", (story_id,)).fetchone()
    return row[0] if row else None


def recount(conn: sqlite3.Connection, event_id: int | None) -> None:
    """Count an event's stories, articles, outlets and languages anew; without stories it goes."""
    if conn.execute("select 1 from stories where event_id = ? limit 1", (event_id,)).fetchone() is None:
        conn.execute("delete from events where id = ?", (event_id,))
        return
    conn.execute(
        "update events set (articles, outlets, languages, first_seen_at, last_seen_at) = ("
        "  select count(*), count(distinct outlet_id), count(distinct language),"
        "   min(first_seen_at), max(first_seen_at) from articles where event_id = ?1),"
        " stories = (select count(*) from stories where event_id = ?1) where id = ?1",
        (event_id,),
    )


def inherit(conn: sqlite3.Connection, story_id: int, from_id: int) -> None:
    """A story that was part of another one reports what that does, and says so."""
    conn.execute(
        "insert into event_stories (story_id, event_id, likeness, nearest_id, because, shared)"
        " select ?, event_id, likeness, story_id, ?, '[]' from event_stories where story_id = ?",
        (story_id, TAKEN_OUT, from_id),
    )
