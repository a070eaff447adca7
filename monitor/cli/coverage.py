"""`coverage`: what the watch caught of what the outlets say they published."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.common import Progress, as_json, config_path, configured, database, plain, print_json
from monitor.errors import MonitorError
from monitor.model import FetchRules

if TYPE_CHECKING:
    from monitor.fetch import Client
    from monitor.published import News
    from monitor.store.recall import WatchedOutlet
    from monitor.workers import Workers

GRACE = timedelta(minutes=30)  # what is so new may not have been in the feed yet when it was read last
MOST_SHOWN = 20  # missed articles of one outlet; --json has them all


@click.command("coverage")
@click.option("--outlet", metavar="OUTLET", help="One outlet, by its domain or name.")
@click.option(
    "--days", default=2, show_default=True, type=click.IntRange(1, 30), help="Look back so many days."
)
@as_json
@configured
def coverage_(outlet: str | None, days: int, as_json: bool) -> None:
    """What share of what each outlet lists in its news sitemap was caught, and what was missed."""
    from monitor.daemon import run_async

    settings = config.load(config_path(), os.environ)
    found = run_async(compared(database(), settings.fetch, outlet, timedelta(days=days)))
    if not found:
        raise MonitorError(
            f"no outlet {plain(outlet)!r} is watched yet." if outlet else "no feed has answered yet."
        )
    if as_json:
        print_json(found)
    else:
        show(found)


async def compared(
    path: os.PathLike[str], rules: FetchRules, outlet: str | None, span: timedelta
) -> list[dict[str, Any]]:
    """Every outlet against its news sitemap. Reads the database, writes nothing; pauses that hosts asked for hold."""
    from pathlib import Path

    from monitor import __version__
    from monitor.daemon import now
    from monitor.fetch import Client
    from monitor.fetch.robots import Shelf
    from monitor.store import queries, recall
    from monitor.workers import Workers

    at, progress = now(), Progress(every=1)
    with queries.connect(Path(path)) as conn:
        outlets = recall.outlets(conn, outlet)
        records, cooldowns = recall.manners(conn, at)
        memory = Shelf()
        for record in records:
            memory.put(record)
        client = Client(rules, version=__version__, clock=now, robots_memory=memory, cooldowns=cooldowns)
        rows = []
        async with client as web, Workers(1) as workers:
            for one in outlets:
                news = await listed(one, at - span, web, workers, at)
                rows.append(row_of(one, news, span, at, lambda forms: recall.known(conn, forms)))
                progress.step(f"{one.name}: {len(news.listings) if news else 0} pages listed")
        progress.done()
    return rows


async def listed(
    one: WatchedOutlet, since: datetime, web: Client, workers: Workers, at: datetime
) -> News | None:
    """What the outlet lists; None where its feeds lead to no one site."""
    from monitor.core.catchup import site_of
    from monitor.published import news_of

    site = site_of(one.links)
    return await news_of(site, since, web, workers, at) if site else None


def row_of(
    one: WatchedOutlet, news: News | None, span: timedelta, at: datetime, known: Any
) -> dict[str, Any]:
    """The comparison for one outlet. What is too new to be in a feed, or older than the watch, does not count."""
    from monitor.core import catchup

    row: dict[str, Any] = {"outlet": one.id, "name": one.name, "sitemaps": [], "from": None, "to": None,
                           "listed": 0, "caught": 0, "share": None, "missed": [], "because": None}  # fmt: skip
    if news is None:
        return row | {"because": "its feeds lead to several outlets, so no sitemap stands for them"}
    if news.oldest is None:
        return row | {"because": news.because}
    start = max(at - span, one.watched_since, news.oldest)
    end = min(at, one.last_ok_at) - GRACE
    within = [item for item in news.listings.values() if start <= item.published <= end]
    forms = {form for item in within for form in catchup.forms(item.url)}
    missed = sorted(catchup.unknown(within, known(forms)), key=lambda item: item.published)
    return row | {
        "sitemaps": news.maps,
        "from": stamp(start),
        "to": stamp(end),
        "listed": len(within),
        "caught": len(within) - len(missed),
        "share": catchup.share(len(within), len(missed)),
        "missed": [
            {"published_at": stamp(item.published), "title": item.title, "url": item.url} for item in missed
        ],
        "because": None if within else "its news sitemap lists nothing of that time",
    }


def stamp(time: datetime) -> str:
    """A time as the database writes it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def show(found: Sequence[dict[str, Any]]) -> None:
    """The comparison in lines."""
    for row in found:
        name = plain(row["name"])
        if row["share"] is None:
            click.echo(f"{name}: cannot be compared: {plain(row['because'])}")
            continue
        click.echo(
            f"{name}: {row['share']:.1%} caught, {row['caught']} of {row['listed']} that its news sitemap lists"
            f" from {row['from']} to {row['to']}"
        )
        for item in row["missed"][:MOST_SHOWN]:
            click.echo(
                f"  missed {item['published_at']}  {plain(item['title']) or '(no title)'}  {plain(item['url'])}"
            )
        if (more := len(row["missed"]) - MOST_SHOWN) > 0:
            click.echo(f"  … and {more} more; --json lists them all")
