"""`topics` and `feeds`: what is watched, and how it does."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.common import as_json, config_path, configured, print_json, print_table

if TYPE_CHECKING:
    import sqlite3


@click.group("topics")
def topics_() -> None:
    """The topics that are watched."""


@topics_.command("list")
@as_json
@configured
def topics_list(as_json: bool) -> None:
    """Every topic of the configuration: its query, its feeds, and how many articles matched."""
    from monitor.store import queries

    settings = config.load(config_path(), os.environ)
    kept = {row["id"]: row for row in archived(queries.topics)}
    rows = [
        {
            "id": topic.id,
            "title": topic.title,
            "query": topic.query,
            "schedule": topic.schedule.text,
            "feeds": len(topic.feeds),
            "articles": kept.get(topic.id, {}).get("articles", 0),
            "last_match_at": kept.get(topic.id, {}).get("last_match_at"),
        }
        for topic in settings.topics
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["id", "title", "schedule", "feeds", "articles", "last_match_at", "query"])


@click.group("feeds")
def feeds_() -> None:
    """The feeds, and how they do."""


@feeds_.command("list")
@as_json
@configured
def feeds_list(as_json: bool) -> None:
    """Every feed of the configuration, with its state; those that fail first."""
    from monitor.store import queries

    settings = config.load(config_path(), os.environ)
    kept = {row["url"]: row for row in archived(queries.feeds)}
    rows = [
        {
            "name": feed.name,
            "url": feed.url,
            "outlet": feed.outlet,
            "topics": [topic.id for topic in settings.topics if feed.url in topic.feeds],
            "state": "new",
            "entries": 0,
            **{
                key: value
                for key, value in kept.get(feed.url, {}).items()
                if key not in {"name", "url", "topics"}
            },
        }
        for feed in settings.feeds
    ]
    rows.sort(key=lambda row: -(row.get("failures") or 0))
    if as_json:
        print_json(rows)
    else:
        shown = [{**row, "name": row["name"] or row["url"]} for row in rows]
        print_table(
            shown, ["name", "state", "entries", "last_poll_at", "last_new_at", "next_poll_at", "last_error"]
        )


def archived(question: Callable[[sqlite3.Connection], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the database says, where there is one yet."""
    from monitor.store import queries

    path = config.database_of(config_path())
    if not path.exists():
        return []
    with queries.connect(path) as conn:
        return question(conn)
