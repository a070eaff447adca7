"""B2: the poll of a feed whose server ignores validators and sends the same body, against the bare GET."""

import asyncio
from datetime import datetime
from pathlib import Path

import desk
import papers
from b01_unchanged_poll import bare_session
from measure import Row, cpu, interleaved, ratio
from newsweb import Sheet, on_the_air, trusted

from monitor.pipeline import poll_all

LIMIT = 1.3


async def measured(folder: Path, *, quick: bool) -> Row:
    """The same feeds with the same bodies, asked again and again."""
    count, rounds, tls = (16, 1, bool(trusted())) if quick else (192, 5, bool(trusted()))
    found = papers.feeds(count)
    sheets = {
        f"/feed{n}.rss": Sheet(found[n % len(found)].body, "application/xml", stubborn=True, closing=tls)
        for n in range(count)
    }
    with on_the_air(folder, sheets) as web:
        urls = [web.host(n, tls=tls) + path for n, path in enumerate(sheets)]
        async with desk.opened(desk.settings(folder, urls, allowed=web.allowed)) as rooms:
            with rooms.fresh() as (world, store):
                before: list[datetime] = []  # rounds; the first one brings the bodies

                async def ours() -> float:
                    rooms.clock.next_round()
                    began, at = cpu({web.pid}), rooms.clock()
                    feeds = await store.write(lambda books: books.due_feeds(at, regardless=True))
                    polls = await poll_all(feeds, world, at)
                    assert not before or all(poll.outcome == "unchanged" for poll in polls), (
                        "not the same body"
                    )
                    before.append(at)
                    return (cpu({web.pid}) - began) / len(feeds)

                await ours()
                async with bare_session() as session:

                    async def bare() -> float:
                        began = cpu({web.pid})
                        await asyncio.gather(*(each_of(session, line) for line in lines(urls)))
                        return (cpu({web.pid}) - began) / len(urls)

                    mine, theirs = await interleaved(rounds, ours, bare)
    kind = "a new TLS connection" if tls else "a kept plain connection (no openssl)"
    return ratio("B2", f"poll that brings the same body, {kind}", mine, theirs, LIMIT)


def lines(urls: list[str]) -> list[list[str]]:
    """Addresses by host: as the journey does, a host is asked one thing at a time, and all hosts side by side."""
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(url.split("/")[2], []).append(url)
    return list(by_host.values())


async def each_of(session: "bare_session", urls: list[str]) -> None:
    """One after the other."""
    for url in urls:
        await body_of(session, url)


async def body_of(session: "bare_session", url: str) -> bytes:
    """A bare GET."""
    async with session.get(url) as answer:
        return await answer.read()


def work(quick: bool) -> list[Row]:
    """One row."""
    return [desk.run(lambda folder: measured(folder, quick=quick))]
