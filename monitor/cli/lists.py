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


def archived(question: Callable[[sqlite3.Connection], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the database says, where there is one yet."""
    from monitor.store import queries

    path = config.database_of(config_path())
    if not path.exists():
        return []
    with queries.connect(path) as conn:
        return question(conn)
