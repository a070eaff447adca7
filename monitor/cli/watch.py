"""`run` and `poll`."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

import click

from monitor import config
from monitor.cli.common import Progress, as_json, config_path, configured, counted, note, plain, print_json
from monitor.errors import MonitorError
from monitor.model import Outcome, Poll, Settings

if TYPE_CHECKING:
    from monitor.house import House
    from monitor.logs import Form
    from monitor.model import Feed


@click.command("run")
@click.option("--serve", is_flag=True, help="Start Datasette beside it.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="With --serve: the address to listen on."
)
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="With --serve: the port to listen on.",
)
@click.option(
    "--log",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the log: lines for people, or one JSON object an event.",
)
@configured
def run_(serve: bool, host: str, port: int, form: Form) -> None:
    """Watch, in the foreground, until SIGTERM or Ctrl-C. SIGHUP or a changed file reloads the configuration.

    Ended while it watches, it exits with 0; before that, with 143 or 130.
    """
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    from monitor import daemon, logs, web
    from monitor.processes import free_port

    path = config_path()
    settings = config.load(path, os.environ)
    if serve and port and free_port(port, host) != port:
        raise MonitorError(f"{host}:{port} is taken by another program: choose another --port for Datasette.")
    logs.set_up(form=form)
    web.write_files(settings.database.parent, database_stem=settings.database.stem)
    status = daemon.run_async(
        daemon.watch(
            settings,
            load=lambda: config.load(path, os.environ),
            tell=logs.tell,
            seeds=import_seeds,
            serve=web.command(settings.database, host=host, port=port) if serve else None,
            ready=lambda _: logs.ready(settings, f"http://{host}:{port}/" if serve else None),
        )
    )
    if status:
        raise click.exceptions.Exit(status)


def leave(number: int, frame: object) -> NoReturn:  # noqa: ARG001  as signal calls it
    """Ended before anything is open that had to be closed: nothing is raised that an import could swallow."""
    os._exit(128 + number)


async def import_seeds(house: House) -> None:
    """The earlier stories of the configuration, each once."""
    from monitor.imports import import_paths

    report = await import_paths(house.settings.seeds, house.world)
    for failure in report.failed:
        note(f"seed not imported: {plain(failure)}")


@click.command("poll")
@click.argument("names", nargs=-1, metavar="[TOPIC or FEED]...")
@click.option("--all", "everything", is_flag=True, help="Also feeds that are not due yet.")
@click.option("--force", is_flag=True, help="Ask a feed that is gone once more.")
@as_json
@configured
def poll_(names: tuple[str, ...], everything: bool, force: bool, as_json: bool) -> None:
    """One pass now: the feeds that are due, or those named; then every entry that waits to be read."""
    from monitor import daemon, web

    settings = config.load(config_path(), os.environ)
    urls = named(settings, names)
    web.write_files(settings.database.parent, database_stem=settings.database.stem)
    summary = daemon.run_async(one_pass(settings, urls, regardless=everything or bool(names), force=force))
    if as_json:
        print_json(summary)
    else:
        tell_summary(summary)
    if summary["feeds_failed"]:
        raise click.exceptions.Exit(3)


def named(settings: Settings, names: tuple[str, ...]) -> list[str] | None:
    """The feed addresses that these topics and feeds stand for; None: all."""
    if not names:
        return None
    topics = {topic.id: topic.feeds for topic in settings.topics}
    feeds = {feed.name: (feed.url,) for feed in settings.feeds if feed.name}
    feeds |= {feed.url: (feed.url,) for feed in settings.feeds}
    found: list[str] = []
    for name in names:
        if name not in topics and name not in feeds:
            known = ", ".join([*topics, *(str(feed.name) for feed in settings.feeds if feed.name)])
            raise click.UsageError(f"{name!r} is neither a topic nor a feed. There are: {known}")
        found.extend(topics.get(name) or feeds[name])
    return list(dict.fromkeys(found))


async def one_pass(
    settings: Settings, urls: list[str] | None, *, regardless: bool, force: bool
) -> dict[str, Any]:
    """Poll, then read until nothing is left to try now; what came of it, in numbers."""
    from monitor.catchup import catch_up
    from monitor.daemon import house, now
    from monitor.house import rounds_of
    from monitor.pipeline import poll_all, read_waiting
    from monitor.store import lock

    progress = Teller()
    with lock.hold(settings.database):
        async with house(settings, progress.tell) as opened:
            await import_seeds(opened)
            at = now()
            feeds: list[Feed] = await opened.store.write(
                lambda books: books.due_feeds(at, feeds=urls, regardless=regardless, gone_too=force)
            )
            if force and urls is None:
                raise MonitorError("--force asks one feed that is gone: name it.")
            progress.expect(len(feeds))
            polls = await poll_all(feeds, opened.world, at)
            caught_up = await catch_up(opened.world, feeds=urls)
            states = await read_waiting(opened.world)
            progress.done()
            alerts = await rounds_of(opened).go(everything=True)
            counts = await opened.store.write(lambda books: books.counts())
    summary = summary_of(feeds, polls, states, counts)
    return {**summary, "alerts": dict(alerts), "caught_up": caught_up.numbers()}


def summary_of(
    feeds: list[Feed], polls: list[Poll], states: Counter[str], counts: dict[str, int]
) -> dict[str, Any]:
    """A pass in numbers."""
    failed = [poll for poll in polls if poll.outcome == "error"]
    return {
        "feeds_due": len(feeds),
        "feeds_polled": len(polls),
        "feeds_failed": len(failed),
        "failures": [{"feed": poll.feed.url, "because": poll.error} for poll in failed],
        "outcomes": dict(Counter(poll.outcome for poll in polls)),
        "entries": dict(states),
        "archive": counts,
    }


def tell_summary(summary: dict[str, Any]) -> None:
    """The pass, in words."""
    entries = summary["entries"]
    click.echo(f"{counted(summary['feeds_polled'], 'feed')} polled, {summary['feeds_failed']} failed")
    for failure in summary["failures"]:
        click.echo(f"  {plain(failure['feed'])}: {plain(failure['because'])}")
    words = {"stored": "stored", "off_topic": "off topic", "quarantined": "quarantined", "waiting": "to be tried again",
             "failed": "failed", "skipped": "skipped"}  # fmt: skip
    told = ", ".join(f"{entries[state]} {word}" for state, word in words.items() if entries.get(state))
    click.echo(f"entries read: {told or 'none'}")
    if (back := summary["caught_up"])["gaps"]:
        click.echo(
            f"looked back after gaps: {back['found']} entries found, {back['closed']} gaps closed; `monitor status` says more"
        )
    if alerts := summary["alerts"]:
        click.echo(f"alerts: {alerts.get('sent', 0)} sent, {alerts.get('failed', 0)} failed")
    counts = summary["archive"]
    click.echo(
        f"in the archive: {counted(counts['articles'], 'article')}, {counted(counts['stories'], 'story', 'stories')},"
        f" {counted(counts['copies'], 'copy', 'copies')}"
    )


class Teller:
    """Progress of a pass, on stderr."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._feeds = 0
        self._polled = 0
        self._read = 0

    def expect(self, feeds: int) -> None:
        """How many feeds there are to ask."""
        self._feeds = feeds

    def tell(self, event: Poll | Outcome) -> None:
        """A feed was polled, or an entry has its state."""
        if isinstance(event, Poll):
            self._polled += 1
            what = event.error or event.outcome.replace("_", " ")
            self._progress.step(f"feeds {self._polled}/{self._feeds}: {event.feed.url}: {what}")
        else:
            self._read += 1
            self._progress.step(f"read {self._read}: {event.state}: {event.because}")

    def done(self) -> None:
        """The pass is over."""
        self._progress.done()
