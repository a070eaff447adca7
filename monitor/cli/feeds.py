"""`feeds`: what is asked, how it does; finding more, adding them, and lists in both directions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.bring import rules
from monitor.cli.common import (
    Progress,
    as_json,
    config_path,
    configured,
    counted,
    note,
    plain,
    print_json,
    print_table,
)
from monitor.cli.lists import archived
from monitor.errors import FetchError, MonitorError, ParseError
from monitor.model import FetchRules, Settings

if TYPE_CHECKING:
    from monitor.config.edit import NewFeed
    from monitor.fetch import Client
    from monitor.workers import Workers

MOST_TRIED = 20  # feeds of one page that are asked
TOPIC = click.option("--topic", metavar="TOPIC", help="The topic; needed where there are several.")


@click.group("feeds")
def feeds_() -> None:
    """The feeds, and how they do."""


@feeds_.command("list")
@as_json
@configured
def feeds_list(as_json: bool) -> None:
    """Every feed of the configuration, with its state; those that fail first."""
    from monitor.store import queries

    settings = config.load(config_path(), os.environ)
    kept = {row["url"]: row for row in archived(queries.feeds)}
    rows = [
        {
            "name": feed.name,
            "url": feed.url,
            "outlet": feed.outlet,
            "topics": [topic.id for topic in settings.topics if feed.url in topic.feeds],
            "state": "new",
            "entries": 0,
            **{
                key: value
                for key, value in kept.get(feed.url, {}).items()
                if key not in {"name", "url", "topics"}
            },
        }
        for feed in settings.feeds
    ]
    rows.sort(key=lambda row: -(row.get("failures") or 0))
    if as_json:
        print_json(rows)
    else:
        shown = [{**row, "name": row["name"] or row["url"]} for row in rows]
        print_table(
            shown, ["name", "state", "entries", "last_poll_at", "last_new_at", "next_poll_at", "last_error"]
        )


@feeds_.command("discover")
@click.argument("url", metavar="URL")
@as_json
@configured
def feeds_discover(url: str, as_json: bool) -> None:
    """The feeds that a page leads to, each asked once: its title, how many entries, the newest."""
    from monitor.daemon import run_async

    found = run_async(discover(url, rules()))
    if as_json:
        print_json(found)
    else:
        print_table(found, ["url", "title", "entries", "newest", "error"])
    if not any(row["error"] is None for row in found):
        raise MonitorError(f"{plain(url)} leads to no feed that can be read.")


@feeds_.command("add")
@click.argument("url", metavar="URL")
@TOPIC
@click.option("--name", help="A name for it in the configuration.")
@click.option("--outlet", help="Who publishes it, as people call them. Needs a name.")
@click.option("--offline", is_flag=True, help="Do not ask the feed first.")
@configured
def feeds_add(url: str, topic: str | None, name: str | None, outlet: str | None, offline: bool) -> None:
    """Add a feed to a topic of the configuration; comments and order stay."""
    from monitor.config.edit import NewFeed
    from monitor.daemon import run_async

    if outlet and not name:
        raise click.UsageError("--outlet needs --name.")
    settings = config.load(config_path(), os.environ)
    if not offline:
        url = the_one(url, run_async(discover(url, settings.fetch)))
    added, count = take_over(settings, topic, [NewFeed(url, name, outlet)])
    if count:
        click.echo(f"{plain(url)} is watched for {added}. A running monitor takes it over by itself.")


@feeds_.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@TOPIC
@configured
def feeds_import(file: Path, topic: str | None) -> None:
    """Add every feed of an OPML file to a topic; those that are there already stay as they are."""
    added = add_listed(file, topic)
    tell_listed(added)
    if added["left_out"]:
        raise click.exceptions.Exit(3 if added["feeds"] else 1)


def add_listed(file: Path, topic: str | None) -> dict[str, Any]:
    """Add the feeds of an OPML file to a topic of the configuration; says which one, how many, and what was left out."""
    from monitor.config.edit import NewFeed
    from monitor.core.opml import feeds_of

    settings = config.load(config_path(), os.environ)
    listed = feeds_of(file.read_bytes())
    wrong = {feed.url: why for feed in listed if (why := no_address(feed.url))}
    new = [NewFeed(feed.url, feed.title, is_wish=True) for feed in listed if feed.url not in wrong]
    added, _ = take_over(settings, topic, new)
    return {
        "file": str(file),
        "topic": added,
        "listed": len(listed),
        "feeds": len(new),
        "left_out": [*wrong.values()],
    }


def tell_listed(added: dict[str, Any]) -> None:
    """Say what became of the feeds of a list."""
    for why in added["left_out"]:
        note(f"left out: {why}")
    count = added["feeds"] if added["left_out"] else "all"
    listed = counted(added["listed"], "feed")
    click.echo(f"{listed} in {added['file']}: {count} are watched for {added['topic']} now.")


def no_address(url: str) -> str | None:
    """Why a feed cannot be asked at this address; None where it can."""
    from monitor.config.values import address

    try:
        address(url)
    except ValueError as error:
        return str(error)
    return None


@feeds_.command("export")
@TOPIC
@configured
def feeds_export(topic: str | None) -> None:
    """The feeds as OPML, a folder a topic, for any feed reader. Secrets in addresses are left out."""
    from monitor.core.opml import ListedFeed, opml_of

    settings = config.load(config_path(), os.environ)
    names = {feed.url: feed.name or feed.outlet for feed in settings.feeds}
    chosen = [one for one in settings.topics if topic in {None, one.id}]
    if not chosen:
        raise click.UsageError(unknown(topic, settings))
    folders = {one.title: [ListedFeed(url, names[url]) for url in one.feeds] for one in chosen}
    click.echo(opml_of("monitor", folders), nl=False)


def take_over(settings: Settings, topic: str | None, new: list[NewFeed]) -> tuple[str, int]:
    """Write new feeds into the configuration; gives the topic's id, and how many it did not watch yet."""
    from monitor.config import edit

    topics = {one.id: one for one in settings.topics}
    if topic is None and len(topics) == 1:
        topic = next(iter(topics))
    if topic is None:
        raise click.UsageError(f"--topic is needed: there are {', '.join(topics)}")
    if topic not in topics:
        raise click.UsageError(unknown(topic, settings))
    there = {feed.address or feed.url for feed in settings.feeds if feed.url in topics[topic].feeds}
    fresh = list({feed.url: feed for feed in reversed(new) if feed.url not in there}.values())[::-1]
    for feed in new:
        if feed.url in there:
            note(f"{plain(feed.url)} is watched for {topic} already")
    if fresh:
        edit.write(settings.path, edit.add_feeds(settings.path, topic, fresh, os.environ))
    return topic, len(fresh)


def unknown(topic: str | None, settings: Settings) -> str:
    """What to say of a topic that is not there."""
    return f"there is no topic {topic!r}; there are {', '.join(one.id for one in settings.topics)}"


def the_one(url: str, found: list[dict[str, Any]]) -> str:
    """The feed that an address is, or leads to; MonitorError where there is none or a choice to make."""
    good = [row["url"] for row in found if row["error"] is None]
    if len(good) == 1:
        return str(good[0])
    if not good:
        why = f": {plain(found[0]['error'])}" if found else ""
        raise MonitorError(f"{plain(url)} is no feed and leads to none that can be read{why}")
    raise MonitorError(
        f"{plain(url)} leads to several feeds; add one of them:\n  " + "\n  ".join(map(plain, good))
    )


async def discover(url: str, how: FetchRules) -> list[dict[str, Any]]:
    """The feeds that an address is or leads to, each with what came of asking it."""
    from monitor import __version__
    from monitor.daemon import now
    from monitor.fetch import Client
    from monitor.workers import Workers

    async with Client(how, version=__version__, clock=now) as web, Workers(1) as workers:
        return await tried(url, web, workers)


async def tried(url: str, web: Client, workers: Workers) -> list[dict[str, Any]]:
    """Ask the address; where it is a page, ask the feeds it links to, or the places where feeds usually are."""
    from monitor.core.charset import to_utf8
    from monitor.core.discover import feeds_on, usual_places

    first, page = await look(url, web, workers)
    if first["error"] is None or page is None:
        return [first]
    linked = feeds_on(
        to_utf8(page.body, page.headers.get("content-type", "")).decode(errors="replace"), page.final_url
    )
    progress = Progress(every=1)
    rows = []
    for address in (linked or usual_places(page.final_url))[:MOST_TRIED]:
        row, _ = await look(address, web, workers)
        progress.step(f"{address}: {row['error'] or str(row['entries']) + ' entries'}")
        rows.append(row)
        if not linked and row["error"] is None:
            break
    progress.done()
    return rows if linked else [row for row in rows if row["error"] is None]


async def look(url: str, web: Client, workers: Workers) -> tuple[dict[str, Any], Any]:
    """One address as a feed: what it holds, or why it is none; and the page that came."""
    from monitor.daemon import now

    row: dict[str, Any] = {"url": url, "title": None, "entries": 0, "newest": None, "error": None}
    answer = await web.get(url)
    if isinstance(answer, FetchError):
        return row | {"error": answer.because}, None
    if answer.status != 200:  # noqa: PLR2004  HTTP's own number
        return row | {"error": f"HTTP {answer.status}"}, None
    kind = answer.headers.get("content-type", "")
    document = await workers.parse(answer.body, url=answer.final_url, content_type=kind, now=now())
    if isinstance(document, ParseError):
        return row | {"error": str(document)}, answer
    dates = [entry.published for entry in document.entries if entry.published]
    newest = max(dates).strftime("%Y-%m-%dT%H:%M:%SZ") if dates else None
    return row | {"title": document.title, "entries": len(document.entries), "newest": newest}, answer
