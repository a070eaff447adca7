"""What commands ask of a running daemon: files in a folder beside the database, granted by the one writer.

A command that would write takes the instance lock; where a daemon holds it, the command leaves a wish and
waits for a moment. A wish is one JSON object in one file, there whole or not at all; it is deleted once it is
granted, and a second granting changes nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

PATIENCE = 10.0  # seconds that a command waits for its wish
GLANCE = 0.1


def folder_of(database: Path) -> Path:
    """Where the wishes for this database lie."""
    return database.with_name(database.name + ".wishes")


def leave(database: Path, wish: dict[str, Any]) -> Path:
    """Write a wish down; gives its file."""
    folder = folder_of(database)
    folder.mkdir(mode=0o750, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="wish-", suffix=".part", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(wish, file, ensure_ascii=False)
    path = Path(name).with_suffix(".json")
    Path(name).rename(path)
    return path


def is_granted(path: Path, patience: float = PATIENCE) -> bool:
    """Whether the daemon takes the wish up within this many seconds."""
    until = time.monotonic() + patience
    while path.exists():
        if time.monotonic() > until:
            return False
        time.sleep(GLANCE)
    return True


def waiting(database: Path) -> list[Path]:
    """The wishes that nobody has granted yet, oldest first."""
    try:
        found = [path for path in folder_of(database).iterdir() if path.suffix == ".json"]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
    except FileNotFoundError:
        return []


def read(path: Path) -> dict[str, Any]:
    """A wish. Raises ValueError for a file that holds none."""
    wish = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(wish, dict):
        raise TypeError(f"{path}: no wish")
    return wish
