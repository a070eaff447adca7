"""B1: the poll of an unchanged feed, everything included, against the bare conditional request."""

import asyncio
from pathlib import Path

import aiohttp
import desk
import papers
from measure import Row, cpu, interleaved, ratio
from newsweb import Sheet, on_the_air, trusted

from monitor.pipeline import poll_all

WHAT = "poll of an unchanged feed (304)"
LIMIT = 1.5


async def measured(folder: Path, *, tls: bool, quick: bool) -> Row:
    """The same feeds, asked by the journey and by bare aiohttp, on the same kind of connection."""
    count, rounds = (32, 1) if quick else (512, 7)
    sheets = {
        f"/feed{n}.rss": Sheet(papers.generated_feed(n, 5).body, "application/rss+xml", closing=tls)
        for n in range(count)
    }
    with on_the_air(folder, sheets) as web:
        urls = [web.host(n, tls=tls) + path for n, path in enumerate(sheets)]
        async with desk.opened(desk.settings(folder, urls, allowed=web.allowed)) as rooms:
            with rooms.fresh() as (world, store):

                async def ours() -> float:
                    rooms.clock.next_round()
                    began, at = cpu({web.pid}), rooms.clock()
                    feeds = await store.write(lambda books: books.due_feeds(at))
                    polls = await poll_all(feeds, world, at)
                    spent = cpu({web.pid}) - began
                    assert all(poll.status == 304 for poll in polls), "the server did not say 304"
                    return spent / len(feeds)

                await poll_all(
                    await store.write(lambda books: books.due_feeds(rooms.clock())), world, rooms.clock()
                )
                marks = dict(
                    store.run(lambda books: books.conn.execute("select url, etag from feeds").fetchall())
                )
                async with bare_session() as session:
                    mine, theirs = await interleaved(rounds, ours, lambda: asked(session, marks, web.pid))
    kind = "a new TLS connection" if tls else "a kept connection"
    return ratio("B1", f"{WHAT}, {kind}", mine, theirs, LIMIT)


def bare_session() -> aiohttp.ClientSession:
    """aiohttp as it comes, but for the number of connections."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def asked(session: aiohttp.ClientSession, marks: dict[str, str], server: int) -> float:
    """Seconds of CPU for a conditional request of each address; a host is asked one thing at a time."""
    by_host: dict[str, list[str]] = {}
    for url in marks:
        by_host.setdefault(url.split("/")[2], []).append(url)

    async def ask(urls: list[str]) -> None:
        for url in urls:
            async with session.get(
                url,
                headers={"If-None-Match": marks[url], "If-Modified-Since": "Mon, 02 Jun 2025 08:00:00 GMT"},
            ) as answer:
                await answer.read()

    began = cpu({server})
    await asyncio.gather(*(ask(urls) for urls in by_host.values()))
    return (cpu({server}) - began) / len(marks)


def work(quick: bool) -> list[Row]:
    """On a kept connection; and on a new one with TLS, which is what a feed asked every ten minutes gets."""
    rows = [desk.run(lambda folder: measured(folder, tls=False, quick=quick))]
    if trusted():
        rows.insert(0, desk.run(lambda folder: measured(folder, tls=True, quick=quick)))
    return rows
