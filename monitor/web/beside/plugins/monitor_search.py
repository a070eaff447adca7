"""Lets the search boxes find what people type: a Datasette plugin for 0.65 and 1.0.

Words in scripts that put no blanks between them (停火) are phrases of their signs in the index of our databases, so
they are asked for as such. And `lower()` knows the capitals of every alphabet, not only A to Z.
"""

from __future__ import annotations

import re
import sqlite3

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.utils import escape_fts  # type: ignore[import-untyped]

OURS = 0x57495245  # the application id of monitor's databases
UNSPACED = re.compile(
    "(["
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u3005-\u3007\u3031-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u9fff\ua9e0-\ua9ff\uaa60-\uaadf\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
    "])"
)


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]  # after Datasette's own, whose place it takes
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give connections to our databases these two functions; others stay as they are."""
    if conn.execute("pragma application_id").fetchone()[0] == OURS:
        conn.create_function("escape_fts", 1, asked)
        conn.create_function("lower", 1, lower, deterministic=True)


def asked(words: str) -> str:
    """Words as people type them as a query of FTS5, each in quotation marks; of none, the one that finds nothing."""
    quoted = str(escape_fts(words.replace("\0", " ")))
    return " ".join(part for part in UNSPACED.split(quoted) if part.strip()) or '""'


def lower(value: object) -> str | None:
    """A text in small letters; numbers as texts, as SQLite's own does it."""
    if value is None:
        return None
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).lower()
