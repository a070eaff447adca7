"""`serve` and `demo`: looking at it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import config
from monitor.cli.common import configured, database, note, plain
from monitor.cli.watch import import_seeds
from monitor.errors import MonitorError
from monitor.model import Outcome, Poll, Settings

if TYPE_CHECKING:
    from monitor.daemon import Daemon


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on."
)
@configured
def serve_(host: str, port: int) -> None:
    """Datasette on the database, until Ctrl-C. It only reads; the daemon may run beside it."""
    import importlib.util

    from monitor import web

    path = database()
    if importlib.util.find_spec("datasette") is None:
        raise MonitorError("Datasette is not installed here: pip install 'wirewatch-monitor[datasette]'")
    web.write_files(path.parent, database_stem=path.stem)
    for kept in web.own_files(path.parent):
        note(f"{kept}: yours, left as it is")
    command = web.command(path, host=host, port=port)
    os.execv(command[0], command)  # noqa: S606  signals go straight to Datasette


UNCHANGED = "read again: unchanged"
SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?)?$")


def seconds(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """`60s`, `2 minutes`, `90` as seconds."""
    if value is None:
        return None
    found = SPAN.match(value.strip())
    if not found:
        raise click.BadParameter(f"{value!r} is no length of time; try 60s or 2m")
    return float(found[1]) * {"m": 60, "h": 3600}.get((found[2] or "s")[0], 1)


@click.command("demo")
@click.option("--for", "span", metavar="TIME", callback=seconds, help="Stop after this time, such as 60s.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep configuration and database here.")
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="Datasette's port."
)
@click.option("--no-serve", is_flag=True, help="Without Datasette.")
def demo_(span: float | None, folder: Path | None, port: int, no_serve: bool) -> None:
    """A newsroom on this machine: eight outlets, a wire service, corrections, walls; watched while you look."""
    from monitor import daemon

    place = (folder or Path(tempfile.mkdtemp(prefix="monitor-demo-"))).absolute()
    place.mkdir(parents=True, exist_ok=True)
    try:
        daemon.run_async(show(place, span, None if no_serve else port))
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


async def show(place: Path, span: float | None, port: int | None) -> None:
    """Open the newsroom, watch it, tell what happens."""
    from monitor import daemon, processes, web
    from monitor.demo.newsroom import Newsroom, config_for

    async with Newsroom(wait_for_reader=True) as newsroom:
        text = config_for(newsroom.outlets, place / "data" / "demo.db", config.seeds_folder())
        settings = written(place / "monitor.yaml", text)
        port = processes.free_port(port) if port else None
        serve = web.command(settings.database, port=port) if port else None
        story = Narrator(settings, port)
        await daemon.watch(
            settings,
            load=lambda: settings,
            tell=story.tell,
            seeds=import_seeds,
            serve=serve,
            quiet=True,
            ready=lambda watcher: story.begin(watcher, span),
        )
    story.end()


def written(path: Path, text: str) -> Settings:
    """The demo's configuration, written, loaded, with the files Datasette needs."""
    from monitor import web

    path.write_text(text, encoding="utf-8")
    settings = config.load(path, os.environ)
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    web.write_files(settings.database.parent, database_stem=settings.database.stem, title="The demo newsroom")
    return settings


class Narrator:
    """Tells on stdout what happens in the demo."""

    def __init__(self, settings: Settings, port: int | None) -> None:
        self._settings = settings
        self._port = port  # Datasette's
        self._pages: asyncio.Task[None] | None = None
        self._began = 0.0
        self._tally: Counter[str] = Counter()

    def begin(self, watcher: Daemon, span: float | None) -> None:
        """The watch has begun."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        if span is not None:
            loop.call_later(span, watcher.stop)
        click.echo(
            f"Eight outlets on this machine are on the air, {len(self._settings.feeds)} feeds are watched."
        )
        click.echo(f"The database: {self._settings.database}")
        click.echo("Ctrl-C ends it.")
        if self._port:
            click.echo("Datasette is starting; where to look is said when it answers.")
            self._pages = loop.create_task(self._shown(self._port))
        click.echo("")

    async def _shown(self, port: int) -> None:
        """Say where the pages are, once they can be looked at."""
        from monitor.processes import answers

        await answers(port)
        click.echo(f"\nLook at it:   http://127.0.0.1:{port}/demo/latest\n")

    def tell(self, event: Poll | Outcome) -> None:
        """One thing happened."""
        if isinstance(event, Poll):
            self._tally["polls"] += 1
            if event.outcome == "error":
                self.line("poll failed", f"{event.feed.url}: {event.error}")
            return
        self._tally[event.state] += 1
        if event.state in {"stored", "quarantined", "failed"} and event.because != UNCHANGED:
            self.line(event.state, f"{event.title or event.url}: {event.because}")

    def line(self, what: str, text: str) -> None:
        """A line with the time since the start."""
        seconds = asyncio.get_running_loop().time() - self._began if self._began else 0
        click.echo(f"{seconds:5.0f} s  {what:<12} {plain(text)}")

    def end(self) -> None:
        """What it came to."""
        if self._pages is not None:
            self._pages.cancel()
        told = ", ".join(f"{count} {plain(state).replace('_', ' ')}" for state, count in self._tally.items())
        click.echo(f"\nThe demo is over: {told}.")
