"""B3: the poll of a changed feed, its entries stored, against bare feedparser on its body."""

import io
from pathlib import Path

import desk
import feedparser
import papers
from measure import Row, cpu, interleaved, ratio
from newsweb import Sheet, on_the_air

from monitor.pipeline import poll_all

LIMIT = 1.3


async def measured(folder: Path, *, quick: bool) -> Row:
    """Every feed as if seen for the first time: all its entries are new, and every one becomes a row."""
    found, rounds = (papers.feeds(8), 1) if quick else (papers.feeds(80), 5)
    sheets = {f"/feed{n}.rss": Sheet(feed.body, "application/xml") for n, feed in enumerate(found)}
    with on_the_air(folder, sheets) as web:
        urls = [web.host(n) + path for n, path in enumerate(sheets)]
        async with desk.opened(desk.settings(folder, urls, allowed=web.allowed)) as rooms:

            async def ours() -> float:
                with rooms.fresh() as (world, store):
                    began, at = cpu({web.pid}), rooms.clock()
                    feeds = await store.write(lambda books: books.due_feeds(at))
                    await poll_all(feeds, world, at)
                    return (cpu({web.pid}) - began) / len(feeds)

            async def bare() -> float:
                began = cpu({web.pid})
                for feed in found:
                    feedparser.parse(io.BytesIO(feed.body), sanitize_html=False, resolve_relative_uris=False)
                return (cpu({web.pid}) - began) / len(found)

            await ours()
            mine, theirs = await interleaved(rounds, ours, bare)
    return ratio(
        "B3", "poll of a changed feed, every entry new and stored", mine, theirs, LIMIT, papers.source()
    )


def work(quick: bool) -> list[Row]:
    """One row."""
    return [desk.run(lambda folder: measured(folder, quick=quick))]
