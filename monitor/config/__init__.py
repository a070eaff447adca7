"""The configuration: YAML in, checked and frozen settings out.

Importing this room is cheap: what needs pydantic is imported when it is called. Reads files and the
environment it is given; asks no network and writes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.config.places import default_seeds, default_text, find, seeds_folder
from monitor.model import Settings

__all__ = ["database_of", "default_seeds", "default_text", "find", "json_schema", "load", "seeds_folder"]


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the configuration at `path`, its `${NAME}`s taken from `environ`.

    Raises ConfigError with everything that is wrong with it, one `file:line:column: what` each, and
    NotFoundError when there is no such file.
    """
    from monitor.config import settings

    return settings.load(path, environ)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file, for yaml-language-server and other editors."""
    from monitor.config.rows import schema

    return schema()


def database_of(path: Path, environ: Mapping[str, str] | None = None) -> Path:
    """The database that a configuration names, read without checking the rest; for `monitor status`.

    `environ` is for `${NAME}` in the path; the process's own when it is not given. Raises ConfigError when
    the file cannot be read as YAML or names no database, NotFoundError when there is no such file.
    """
    from monitor.config import places

    return places.database_of(path, os.environ if environ is None else environ)
