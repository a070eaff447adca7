"""What lists of the configuration show of the archive beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from monitor import config
from monitor.cli.common import config_path

if TYPE_CHECKING:
    import sqlite3


def archived(question: Callable[[sqlite3.Connection], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the database says, where there is one yet."""
    from monitor.store import queries

    path = config.database_of(config_path())
    if not path.exists():
        return []
    with queries.connect(path) as conn:
        return question(conn)
