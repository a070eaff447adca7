"""`import` and `extract`: stories from files, and what the extractor sees."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.common import Progress, as_json, config_path, configured, plain, print_json
from monitor.errors import ExtractError, FetchError, MonitorError, NotFoundError
from monitor.model import FetchRules, Page, Settings, Task

if TYPE_CHECKING:
    from monitor.earlier import Report


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--topic",
    metavar="TOPIC",
    help="Where the feeds of .opml files go; needed where there are several topics.",
)
@as_json
@configured
def import_(files: tuple[Path, ...], topic: str | None, as_json: bool) -> None:
    """Earlier stories from .txt, .html, .jsonl, .jsonl.gz, .warc or .warc.gz files, or folders of them.

    They are compared, matched and kept like live ones. The same file twice changes nothing. A list of feeds
    (.opml) goes into the configuration, as `monitor feeds import` does it.
    """
    from monitor import daemon
    from monitor.cli.feeds import add_listed, tell_listed
    from monitor.earlier import Report

    settings = config.load(config_path(), os.environ)
    lists = [file for file in files if file.suffix.lower() == ".opml" and file.is_file()]
    added = [add_listed(file, topic) for file in lists]
    stories = tuple(file for file in files if file not in lists)
    report = daemon.run_async(bring(settings, stories)) if stories else Report()
    if as_json:
        print_json(asdict(report) | {"feeds": added})
    else:
        for one in added:
            tell_listed(one)
        if stories:
            tell(report)
    if report.failed or any(one["left_out"] for one in added):
        came = report.imported + report.known + report.revised + sum(one["feeds"] for one in added)
        raise click.exceptions.Exit(3 if came else 1)


def tell(report: Report) -> None:
    """How many stories came, and which did not."""
    words = f"{report.imported} imported, {report.copies} of them copies"
    click.echo(
        f"{words}; {report.revised} revised, {report.known} known already, {len(report.failed)} failed"
    )
    for failure in report.failed:
        click.echo(f"  {plain(failure)}", err=True)


async def bring(settings: Settings, files: tuple[Path, ...]) -> Report:
    """Import under the instance lock."""
    from monitor.daemon import house
    from monitor.imports import import_paths
    from monitor.store import lock

    progress = Progress(every=1)

    def step(report: Report) -> None:
        progress.step(f"{report.imported} imported, {report.copies} of them copies, {report.known} known")

    with lock.hold(settings.database):
        async with house(settings) as opened:
            report = await import_paths(files, opened.world, tell=step)
    progress.done()
    return report


@click.command("extract")
@click.argument("source", metavar="URL|FILE")
@configured
def extract_(source: str) -> None:
    """What the extractor sees in a page: title, text, dates, quality, agency, as JSON."""
    from monitor import daemon

    found = daemon.run_async(extract(source, rules()))
    print_json(found)


def rules() -> FetchRules:
    """How to ask: as the configuration says, where there is one."""
    try:
        return config.load(config_path(), os.environ).fetch
    except NotFoundError:
        return FetchRules()


async def extract(source: str, how: FetchRules) -> dict[str, Any]:
    """Get the page and let a worker read it."""
    from monitor.workers import Workers

    page = await page_of(source, how)
    async with Workers(1) as workers:
        extract = await workers.extract(page, hint=Task(url=page.url))
    if isinstance(extract, ExtractError):
        raise extract
    found = asdict(extract)
    found["fingerprint"] = extract.fingerprint.digest if extract.fingerprint else None
    return {"url": page.final_url, **found}


async def page_of(source: str, how: FetchRules) -> Page:
    """The page at an address or in a file."""
    from monitor import __version__
    from monitor.daemon import now
    from monitor.fetch import Client

    if "://" not in source:
        return saved_page(Path(source), now())
    async with Client(how, version=__version__, clock=now) as web:
        answer = await web.get(source, article=True)
    if isinstance(answer, FetchError):
        raise answer
    if answer.status != 200:  # noqa: PLR2004  HTTP's own number
        raise MonitorError(f"{source}: HTTP {answer.status}")
    return answer


def saved_page(path: Path, at: datetime) -> Page:
    """A page from a file."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise MonitorError(f"{path}: {error.strerror}") from error
    url = path.absolute().as_uri()
    return Page(url=url, final_url=url, status=200, headers={}, body=body, at=at)
