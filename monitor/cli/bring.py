"""`import` and `extract`: stories from files, and what the extractor sees."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.common import Progress, as_json, config_path, configured, counted, note, plain, print_json
from monitor.errors import ExtractError, FetchError, MonitorError, NotFoundError
from monitor.model import FetchRules, Page, Settings, Task

if TYPE_CHECKING:
    from monitor.earlier import Report, Story
    from monitor.wishes import Wish


SHOWN = 10  # files that are left out and named


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
    from monitor.cli.feeds import add_listed, tell_listed
    from monitor.earlier import Report

    settings = config.load(config_path(), os.environ)
    lists = [file for file in files if file.suffix.lower() == ".opml" and file.is_file()]
    added = [add_listed(file, topic) for file in lists]
    stories = tuple(file for file in files if file not in lists)
    report = bring(settings, stories) if stories else Report()
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
    if report.left_out:
        note(f"{counted(len(report.left_out), 'file')} left out, of types that hold no stories:")
        for file in report.left_out[:SHOWN]:
            note(f"  {plain(file)}")
        if (more := len(report.left_out) - SHOWN) > 0:
            note(f"  and {more} more; --json names them all")


def bring(settings: Settings, files: tuple[Path, ...]) -> Report:
    """Import under the instance lock, or a parcel at a time through the monitor that holds it."""
    from monitor.cli.errand import done
    from monitor.deeds import opened
    from monitor.earlier import Report
    from monitor.imports import stories_under
    from monitor.parcels import packed, parcels
    from monitor.wishes import Wish

    report, progress = Report(), Progress(every=1)
    rest = parcels(stories_under(files, report))
    for parcel in rest:
        told = {"kind": "import", "stories": [packed(story) for story in parcel]}
        wish = Wish(settings.database, told, part=f" of the next {counted(len(parcel), 'story', 'stories')}")
        alone = partial(bring_alone, settings, chain([parcel], rest), report, progress)
        try:
            add(opened(done(wish, alone)), report)
        except BaseException:
            progress.done()
            if report.imported or report.known:
                note(f"before that: {came(report)}; the same command again goes on from there.")
            raise
        progress.step(came(report))
    progress.done()
    return report


def bring_alone(
    settings: Settings, parcels: Iterable[list[Story]], report: Report, progress: Progress, _: Wish
) -> str:
    """Import all that is left, with the lock in hand. Nothing is left for an answer: the report has it."""
    from monitor import daemon
    from monitor.deeds import done
    from monitor.imports import import_stories

    async def work() -> None:
        async with daemon.house(settings) as opened:
            stories = chain.from_iterable(parcels)
            await import_stories(stories, opened.world, report, tell=lambda now: progress.step(came(now)))

    daemon.run_async(work())
    return done({})


def add(told: dict[str, Any], report: Report) -> None:
    """Count what came of a parcel."""
    report.failed += told.pop("failed", [])
    told.pop("left_out", None)  # whoever places stories saw no folder
    for name, count in told.items():
        setattr(report, name, getattr(report, name) + count)


def came(report: Report) -> str:
    """How far an import has come."""
    return f"{report.imported} imported, {report.copies} of them copies, {report.known} known"


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
