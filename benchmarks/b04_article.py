"""B4: an on-topic article through the whole journey, against bare trafilatura on its page."""

import gzip
from collections.abc import Awaitable
from pathlib import Path
from unittest.mock import patch

import desk
import papers
from measure import Row, cpu, interleaved, ratio
from newsweb import Sheet, on_the_air, trusted
from trafilatura import bare_extraction

from monitor import settle
from monitor.core.charset import to_utf8
from monitor.pipeline import read_waiting

LIMIT = 1.2
STRETCH = 0.95


async def measured(folder: Path, *, quick: bool) -> list[Row]:
    """Pages that become articles, read into an empty archive; the same pages, extracted and thrown away."""
    count, rounds, tls = (8, 1, bool(trusted())) if quick else (160, 5, bool(trusted()))
    found = papers.pages(count)
    sheets = {
        f"/page{n}.html": Sheet(gzip.compress(page.body, 6), gzipped=True, closing=tls)
        for n, page in enumerate(found)
    }
    with on_the_air(folder, sheets) as web:
        addresses = [web.host(n, tls=tls) + path for n, path in enumerate(sheets)]
        tasks = [(url, page.title) for url, page in zip(addresses, found, strict=True)]
        chosen = desk.settings(folder, [web.host(0, tls=tls) + "/feed.rss"], allowed=web.allowed)
        async with desk.opened(chosen) as rooms:
            with rooms.fresh() as (world, store):  # also reads every host's robots.txt
                states = await desk.read_all(world, store, tasks)
            kept = [n for n, (url, _) in enumerate(tasks) if states[url] == "stored"]
            texts = [to_utf8(found[n].body).decode() for n in kept]  # the bare side need not guess

            async def ours() -> float:
                with rooms.fresh() as (world, store):
                    desk.fill(store, [tasks[n] for n in kept])
                    began = cpu({web.pid})
                    await read_waiting(world)
                    return (cpu({web.pid}) - began) / len(kept)

            async def without_event() -> float:
                with patch.object(settle, "place_in_event"):
                    return await ours()

            async def bare(**options: bool) -> float:
                began = cpu({web.pid})
                for text in texts:
                    bare_extraction(text, include_comments=False, **options)
                return (cpu({web.pid}) - began) / len(kept)

            def same() -> Awaitable[float]:
                return bare(fast=True, with_metadata=False)

            mine, theirs = await interleaved(rounds, without_event, same)
            whole, theirs_too = await interleaved(rounds, ours, same)
            mine_too, stock = await interleaved(1 if quick else 2, ours, lambda: bare(with_metadata=True))
    note = f"{len(kept)} pages, {'a new TLS connection each' if tls else 'plain http, because there is no openssl'}"
    return [
        ratio(
            "B4",
            "an article's journey up to its story / bare trafilatura, same options",
            mine,
            theirs,
            LIMIT,
            note,
        ),
        ratio("B4", "the same, and its event / bare trafilatura, same options", whole, theirs_too, None),
        ratio(
            "B4",
            "both / stock trafilatura with metadata (stretch)",
            mine_too,
            stock,
            STRETCH,
            papers.source(),
        ),
    ]


def work(quick: bool) -> list[Row]:
    """Against the same options, and against what most people run."""
    return desk.run(lambda folder: measured(folder, quick=quick))
