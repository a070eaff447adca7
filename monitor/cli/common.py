"""What commands share: the configuration they work on, and how they print."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.errors import NotFoundError

if TYPE_CHECKING:
    from monitor.model import Settings

# Control and direction-changing characters: a title must not move the cursor or turn a line round.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

Command = Callable[..., Any]


def configured(function: Command) -> Command:
    """The option `-c/--config`, after the command as well as before it."""
    return click.option(
        "-c",
        "--config",
        metavar="FILE",
        expose_value=False,
        callback=remember_config,
        help="The configuration.",
    )(function)


def remember_config(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    """The last word on which configuration to use."""
    if value is not None:
        ctx.find_root().obj["config"] = value


def as_json(function: Command) -> Command:
    """The option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


def config_path() -> Path:
    """The configuration to use: -c, MONITOR_CONFIG, then the usual places."""
    explicit = click.get_current_context().find_root().obj["config"]
    return config.find(explicit, os.environ, Path.cwd())


def settings() -> Settings:
    """The checked configuration."""
    return config.load(config_path(), os.environ)


def database() -> Path:
    """The database of the configuration, which must be there."""
    path = config.database_of(config_path())
    if not path.exists():
        raise NotFoundError(f"{path}: there is no database yet. `monitor poll` or `monitor run` makes it.")
    return path


def plain(text: object) -> str:
    """Text as one harmless line."""
    return UNPRINTABLE.sub(" ", str(text)).strip()


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 feed`, `2 feeds`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def note(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(text, err=True)


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, widths: Mapping[str, int] | None = None
) -> None:
    """Rows as columns of text; long cells are cut."""
    limits = widths or {}
    cells = [[plain("" if row.get(name) is None else row[name]) for name in columns] for row in rows]
    cells = [
        [cut(cell, limits.get(name, 60)) for cell, name in zip(line, columns, strict=True)] for line in cells
    ]
    heads = [name.replace("_", " ") for name in columns]
    sizes = [max(len(head), *(len(line[i]) for line in cells), 0) for i, head in enumerate(heads)]
    for line in [heads, *cells]:
        click.echo("  ".join(cell.ljust(size) for cell, size in zip(line, sizes, strict=True)).rstrip())


def cut(text: str, length: int) -> str:
    """Text of at most this length."""
    return text if len(text) <= length else text[: length - 1] + "…"


class Progress:
    """How far long work has come: a line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, every: int = 50) -> None:
        self._live = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self._every = every
        self._count = 0

    def line(self, text: str) -> None:
        """A line that stays."""
        click.echo(("\r\x1b[K" if self._live else "") + plain(text), err=True)

    def step(self, text: str) -> None:
        """One more of many."""
        self._count += 1
        if self._live:
            width = max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
            click.echo("\r\x1b[K" + cut(plain(text), width), err=True, nl=False)
        elif self._count % self._every == 0:
            click.echo(plain(text), err=True)

    def done(self) -> None:
        """Clear the changing line."""
        if self._live and self._count:
            click.echo("\r\x1b[K", err=True, nl=False)
