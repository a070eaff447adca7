"""B2: the poll of a feed whose server ignores validators and sends the same body, against the bare GET."""

import asyncio
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

                async def ours() -> float:
                    rooms.clock.next_round()
                    began, at = cpu({web.pid}), rooms.clock()
                    feeds = await store.write(lambda books: books.due_feeds(at))
                    await poll_all(feeds, world, at)
                    return (cpu({web.pid}) - began) / len(feeds)

                await ours()
                async with bare_session() as session:

                    async def bare() -> float:
                        began = cpu({web.pid})
                        for start in range(0, len(urls), len(web.hosts)):
                            some = urls[start : start + len(web.hosts)]
                            await asyncio.gather(*(body_of(session, url) for url in some))
                        return (cpu({web.pid}) - began) / len(urls)

                    mine, theirs = await interleaved(rounds, ours, bare)
    kind = "a new TLS connection" if tls else "a kept plain connection (no openssl)"
    return ratio("B2", f"poll that brings the same body, {kind}", mine, theirs, LIMIT)


async def body_of(session: "bare_session", url: str) -> bytes:
    """A bare GET."""
    async with session.get(url) as answer:
        return await answer.read()


def work(quick: bool) -> list[Row]:
    """One row."""
    return [desk.run(lambda folder: measured(folder, quick=quick))]
