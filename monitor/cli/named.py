"""What a user names: languages, outlets, topics. A name that leads nowhere is told, with what is near it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import click

from monitor.cli.common import plain
from monitor.errors import MonitorError

LARGEST = 2**63 - 1  # what SQLite keeps as an integer; no row has a higher number
DIGITS = 19  # of LARGEST


def words(_ctx: click.Context, _param: click.Parameter, value: Sequence[str]) -> str | None:
    """The callback of a query: its words, which a shell takes apart where they stand without quotation marks."""
    return " ".join(value) or None


def language(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """The callback of an option: a language's code as articles have it. Raises BadParameter."""
    if value is None:
        return None
    from monitor.config import values

    try:
        return values.language(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def languages(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> tuple[str, ...]:
    """The same for an option that may be repeated."""
    return tuple(found for one in value if (found := language(ctx, param, one)) is not None)


def domains(_ctx: click.Context, _param: click.Parameter, value: Sequence[str]) -> tuple[str, ...]:
    """The callback of an option that may be repeated: outlets by domain, as topics name them. Raises BadParameter."""
    from monitor.config import values

    try:
        return tuple(map(values.domain, value))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def outlet(conn: sqlite3.Connection, wanted: str) -> str:
    """The id of the outlet of this domain, address or name, in capitals or not. Raises MonitorError."""
    from monitor.core import urls

    known = outlets(conn)
    here = wanted.casefold(), urls.registrable(wanted)
    found = [domain for domain, name in known if domain in here or name.casefold() == here[0]]
    if len(found) != 1:
        raise MonitorError(unknown_outlet(wanted, known) if not found else ambiguous(wanted, found))
    return found[0]


def outlets(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Every outlet: its domain, and its name."""
    return list(map(tuple, conn.execute("select id, name from outlets order by id")))


def ambiguous(wanted: str, domains: Sequence[str]) -> str:
    """What to say where several outlets have the name."""
    return f"{len(domains)} outlets are called {plain(wanted)!r}: name one of {', '.join(domains)}."


def unknown_outlet(wanted: str, known: Iterable[tuple[str, str]]) -> str:
    """What to say of an outlet that was never heard of."""
    spelt = {spelling.casefold(): one for one in known for spelling in reversed(one)}
    near = dict.fromkeys(spelt[word] for word in get_close_matches(wanted.casefold(), spelt, n=3))
    meant = " or ".join(f"{plain(name)} ({domain})" if name != domain else domain for domain, name in near)
    hint = f"Did you mean {meant}?" if meant else "`monitor search WORDS` shows outlets by name."
    return f"there is no outlet {plain(wanted)!r} in the archive. {hint}"


def topic(conn: sqlite3.Connection, wanted: str) -> str:
    """The id of a topic of the archive, also of one that is watched no more. Raises MonitorError."""
    known = [row[0] for row in conn.execute("select id from topics order by id")]
    if wanted not in known:
        raise MonitorError(f"there is no topic {plain(wanted)!r}. There are: {', '.join(known) or 'none'}.")
    return wanted


def number(_ctx: click.Context, _param: click.Parameter, value: int | None) -> int | None:
    """The callback of an argument: a number that a row can have; of a higher one the highest, which no row has."""
    return value if value is None else min(value, LARGEST)
