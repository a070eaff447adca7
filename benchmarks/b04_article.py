"""B4: an on-topic article through the whole journey, against bare trafilatura on its page."""

import asyncio
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import desk
import papers
from b01_unchanged_poll import bare_session
from measure import Row, cpu, interleaved, ratio
from newsweb import NewsWeb, Sheet, on_the_air, trusted
from trafilatura import bare_extraction

from monitor import settle
from monitor.core.charset import to_utf8
from monitor.pipeline import read_waiting

LIMIT, STRETCH = 1.2, 0.95


@dataclass(frozen=True, slots=True)
class Scene:
    """The open rooms and the pages that become articles, by address, title and text of their markup."""

    rooms: desk.Desk
    web: NewsWeb
    tasks: list[tuple[str, str]]
    texts: list[str]  # decoded: the bare side need not guess

    async def whole(self) -> float:
        """The journey, into an empty archive. Seconds of CPU a page, as everywhere here."""
        with self.rooms.fresh() as (world, store):
            desk.fill(store, self.tasks)
            began = cpu({self.web.pid})
            await read_waiting(world)
            return (cpu({self.web.pid}) - began) / len(self.tasks)

    async def up_to_story(self) -> float:
        """The same, but no story is given its event."""
        with patch.object(settle, "place_in_event"):
            return await self.whole()

    async def extracted(self, **options: bool) -> float:
        """trafilatura on each page, and its answer thrown away."""
        began = cpu({self.web.pid})
        for text in self.texts:
            bare_extraction(text, include_comments=False, **options)
        return (cpu({self.web.pid}) - began) / len(self.texts)

    async def alike(self) -> float:
        """The same with the options that the journey uses."""
        return await self.extracted(fast=True, with_metadata=False)

    async def fetched(self) -> float:
        """Each page asked for with bare aiohttp, thirty-two at once, and unpacked."""
        began = cpu({self.web.pid})
        async with bare_session() as session:
            for start in range(0, len(self.tasks), 32):
                await asyncio.gather(*(body_of(session, url) for url, _ in self.tasks[start : start + 32]))
        return (cpu({self.web.pid}) - began) / len(self.tasks)

    async def fetched_and_extracted(self) -> float:
        """Both."""
        return await self.fetched() + await self.alike()


async def body_of(session: "bare_session", url: str) -> bytes:
    """A bare GET."""
    async with session.get(url) as answer:
        return await answer.read()


async def measured(folder: Path, *, quick: bool) -> list[Row]:
    """Pages that become articles, read into an empty archive; the same pages, extracted and thrown away."""
    count, rounds, tls = (8, 1, bool(trusted())) if quick else (160, 4, bool(trusted()))
    with served(folder, papers.pages(count), tls=tls) as (web, tasks):
        chosen = desk.settings(folder, [web.host(0, tls=tls) + "/feed.rss"], allowed=web.allowed)
        async with desk.opened(chosen) as rooms:
            scene = await only_articles(rooms, web, tasks, papers.pages(count))
            ours, bare = await interleaved(rounds, scene.up_to_story, scene.alike)
            ours_too, both = await interleaved(rounds, scene.up_to_story, scene.fetched_and_extracted)
            whole, bare_too = await interleaved(rounds, scene.whole, scene.alike)
            whole_too, stock = await interleaved(
                1 if quick else 2, scene.whole, lambda: scene.extracted(with_metadata=True)
            )
    how = "a new TLS connection each" if tls else "plain http, because there is no openssl"
    return [
        ratio("B4", "an article up to its story / bare trafilatura", ours, bare, LIMIT, papers.source()),
        ratio("B4", "the same / bare aiohttp and bare trafilatura", ours_too, both, None, how),
        ratio("B4", "an article and its event / bare trafilatura", whole, bare_too, None, f"{len(scene.tasks)} pages"),
        ratio("B4", "the same / stock trafilatura with metadata (stretch)", whole_too, stock, STRETCH),
    ]  # fmt: skip


@contextmanager
def served(
    folder: Path, pages: list[papers.Paper], *, tls: bool
) -> Iterator[tuple[NewsWeb, list[tuple[str, str]]]]:
    """Pages on the air, packed; with their addresses and titles."""
    sheets = {
        f"/page{n}.html": Sheet(gzip.compress(page.body, 6), gzipped=True, closing=tls)
        for n, page in enumerate(pages)
    }
    with on_the_air(folder, sheets) as web:
        yield (
            web,
            [
                (web.host(n, tls=tls) + path, page.title)
                for n, (path, page) in enumerate(zip(sheets, pages, strict=True))
            ],
        )


async def only_articles(
    rooms: desk.Desk, web: NewsWeb, tasks: list[tuple[str, str]], pages: list[papers.Paper]
) -> Scene:
    """Those of the pages that end as stored articles. Also reads every host's robots.txt."""
    with rooms.fresh() as (world, store):
        states = await desk.read_all(world, store, tasks)
    kept = [n for n, (url, _) in enumerate(tasks) if states[url] == "stored"]
    texts = [to_utf8(pages[n].body).decode() for n in kept]
    return Scene(rooms, web, [tasks[n] for n in kept], texts)


def work(quick: bool) -> list[Row]:
    """Against the same options, and against what most people run."""
    return desk.run(lambda folder: measured(folder, quick=quick))
