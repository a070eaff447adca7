"""`init`, `check`, `schema`."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.common import Progress, as_json, config_path, configured, counted, note, print_json
from monitor.errors import ConfigError, FetchError, MonitorError, ParseError

if TYPE_CHECKING:
    from monitor.model import FeedSource, Settings


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--systemd",
    "with_units",
    is_flag=True,
    help="Also write units for systemd, for the daemon and for Datasette.",
)
def init_(folder: Path, with_units: bool) -> None:
    """Write config/monitor.yaml with one working topic, its schema, seeds/ and the files Datasette needs.

    Nothing that is there already is overwritten.
    """
    import json

    from monitor import web

    target = folder / "config" / "monitor.yaml"
    if with_units:
        write_units(folder, target)
        if target.exists():
            return
    if target.exists():
        raise MonitorError(
            f"{target} is there already and stays as it is. `monitor check -c {target}` checks it."
        )
    write_new(target, config.default_text())
    write_new(
        target.with_name("monitor.schema.json"),
        json.dumps(config.json_schema(), indent=2, ensure_ascii=False) + "\n",
    )
    for name, text in config.default_seeds().items():
        write_new(folder / "seeds" / name, text)
    web.write_files(folder / "data")
    click.echo(f"{target}: watches one topic. Put your address under `contact:`, then:")
    for command, what in (
        ("check", "is it right?"),
        ("poll", "one pass now"),
        ("run --serve", "watch, and look"),
    ):
        where = "" if folder == Path() else f" -c {shlex.quote(str(target))}"
        click.echo(f"  monitor {command}{where}".ljust(38) + f"  {what}")


def write_units(folder: Path, target: Path) -> None:
    """The units of systemd for this installation, in systemd/ of the folder; edited ones stay."""
    import getpass
    import sys

    from monitor import systemd

    user = getpass.getuser()
    path = target.absolute()
    data = config.database_of(target).parent if target.exists() else (folder / "data").absolute()
    place = systemd.Place(
        (sys.executable, "-m", "monitor"), path, data, "monitor" if user == "root" else user
    )
    for name, text in systemd.units(place).items():
        unit = folder / "systemd" / name
        click.echo(
            f"{unit}: {'is there already and stays as it is' if unit.exists() else 'copy it to /etc/systemd/system/'}"
        )
        write_new(unit, text)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@click.command("schema")
def schema_() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    print_json(config.json_schema())


@click.command("check")
@click.option("--online", is_flag=True, help="Also ask every feed once.")
@as_json
@configured
def check_(online: bool, as_json: bool) -> None:
    """Check the configuration whole: all that is wrong, as file:line:column: what."""
    path = config_path()
    try:
        settings = config.load(path, os.environ)
    except ConfigError as error:
        if as_json:
            print_json({"file": str(path), "ok": False, "findings": error.findings})
        else:
            click.echo("\n".join(error.findings))
        raise click.exceptions.Exit(error.exit_code) from None
    notes = notes_of(settings)
    feeds = asyncio.run(try_feeds(settings)) if online else []
    failed = [feed for feed in feeds if feed["error"]]
    if as_json:
        print_json({"file": str(path), "ok": not failed, "findings": [], "notes": notes, "feeds": feeds})
    else:
        click.echo(
            f"{path}: fine. {counted(len(settings.topics), 'topic')}, {counted(len(settings.feeds), 'feed')}."
        )
        for line in notes:
            note(line)
        for feed in failed:
            click.echo(f"{feed['url']}: {feed['error']}")
    if failed:
        raise click.exceptions.Exit(3)


def notes_of(settings: Settings) -> list[str]:
    """What is allowed, and hardly meant so."""
    from monitor.core import urls
    from monitor.core.query import asides

    queries = {f"topics.{topic.id}.query": topic.written or topic.query for topic in settings.topics}
    queries |= {f"saved.{saved.name}": saved.query for saved in settings.saved}
    found = [f"note: {place}: {what}" for place, query in queries.items() for what in asides(query)]
    spelled: dict[str, str] = {}
    for feed in settings.feeds:
        one = urls.redacted(feed.url)
        other = spelled.setdefault(urls.canonical(feed.url) or one, one)
        if other != one:
            found.append(f"note: feeds: {one} and {other} are one address, which is asked twice")
    if not settings.topics:
        found.append("note: no topic is watched yet; name one under 'topics'")
    if settings.fetch.contact is None:
        found.append("note: sites cannot reach you: put your address under 'contact'")
    elif not re.search(r"@|://|\w\.\w", settings.fetch.contact):
        found.append(
            f"note: contact: '{settings.fetch.contact}' looks like no e-mail or web address; can sites reach you there?"
        )
    return found


async def try_feeds(settings: Settings) -> list[dict[str, Any]]:
    """Ask every feed once and parse what comes."""
    from monitor import __version__
    from monitor.daemon import now
    from monitor.fetch import Client
    from monitor.workers import Workers

    progress = Progress(every=1)

    async def ask(feed: FeedSource) -> dict[str, Any]:
        url = feed.url
        answer = await web.get(feed.address or url)
        found: dict[str, Any] = {"url": url, "entries": 0, "error": None}
        if isinstance(answer, FetchError):
            found["error"] = answer.because
        elif answer.status != 200:  # noqa: PLR2004  HTTP's own number
            found["error"] = f"HTTP {answer.status}"
        else:
            kind = answer.headers.get("content-type", "")
            document = await workers.parse(answer.body, url=answer.final_url, content_type=kind, now=now())
            if isinstance(document, ParseError):
                found["error"] = str(document)
            else:
                found["entries"] = len(document.entries)
        progress.step(f"{url}: {found['error'] or str(found['entries']) + ' entries'}")
        return found

    async with (
        Client(settings.fetch, version=__version__, clock=now) as web,
        Workers(settings.workers) as workers,
    ):
        results = await asyncio.gather(*(ask(feed) for feed in settings.feeds))
    progress.done()
    return list(results)
