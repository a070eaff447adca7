"""B5: an article that no topic can match, where only what is matched is kept, against bare trafilatura on its page."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import desk
import papers
from b04_article import served
from b06_topics import press, topic, vocabulary
from measure import Row, cpu, interleaved, ratio
from newsweb import NewsWeb, trusted
from trafilatura import bare_extraction

from monitor.core.charset import to_utf8
from monitor.core.topics import Matcher
from monitor.model import Glance, Page, Task
from monitor.pipeline import read_waiting

LIMIT = 0.3
TOPICS = 10  # as editors write them, of words that few articles have
RARE = 0.02


@dataclass(frozen=True, slots=True)
class Scene:
    """The open rooms, and pages whose articles are off topic. `looks` are those for which a look is enough."""

    rooms: desk.Desk
    web: NewsWeb
    matcher: Matcher  # the configuration stays, and what workers know of it
    pages: list[Page]
    titles: list[str]
    texts: list[str]  # decoded: the bare side need not guess
    looks: list[int]

    async def looked(self) -> float:
        """A worker looks at each page that it need not read. Seconds of CPU a page, as everywhere here."""
        return await self.asked(self.looks)

    async def asked(self, chosen: list[int]) -> float:
        """A worker looks at each of these pages, and reads it where it has to."""
        began = cpu({self.web.pid})
        await asyncio.gather(*(look(self.rooms, self.matcher, self.pages[n], self.titles[n]) for n in chosen))
        return (cpu({self.web.pid}) - began) / len(chosen)

    async def journeys(self) -> float:
        """From the request to the row, into an empty archive."""
        with self.rooms.fresh() as (world, store):
            desk.fill(store, [(self.pages[n].url, self.titles[n]) for n in self.looks])
            began = cpu({self.web.pid})
            await read_waiting(replace(world, matcher=self.matcher))
            return (cpu({self.web.pid}) - began) / len(self.looks)

    async def all_of_them(self) -> float:
        """The same as `looked` for every page, those in doubt included."""
        return await self.asked(list(range(len(self.pages))))

    async def bare(self) -> float:
        """trafilatura on the pages of `looks`, and its answer thrown away."""
        return self.extracted(self.looks)

    async def bare_all(self) -> float:
        """The same on every page."""
        return self.extracted(list(range(len(self.texts))))

    def extracted(self, chosen: list[int]) -> float:
        """The options are those of the journey."""
        began = cpu({self.web.pid})
        for n in chosen:
            bare_extraction(self.texts[n], include_comments=False, fast=True, with_metadata=False)
        return (cpu({self.web.pid}) - began) / len(chosen)


async def look(rooms: desk.Desk, matcher: Matcher, page: Page, title: str) -> object:
    """What a worker says of a page."""
    hint = Task(page.url, title=title, topics=tuple(topic.id for topic in rooms.settings.topics))
    return await rooms.workers.extract_wanted(page, hint=hint, sieve=matcher.sieve)


def query() -> str:
    """One query that wants what ten topics want."""
    articles = press(400)
    words = vocabulary(articles, RARE)
    return " OR ".join(f"({topic(number, words).query})" for number in range(TOPICS))


async def measured(folder: Path, *, quick: bool) -> list[Row]:
    """Off-topic pages looked at, fetched and looked at, and with those that have to be read."""
    count, rounds, tls = (8, 1, bool(trusted())) if quick else (200, 4, bool(trusted()))
    material = papers.pages(count)
    with served(folder, material, tls=tls) as (web, tasks):
        chosen = desk.settings(
            folder, [web.host(0, tls=tls) + "/feed.rss"], allowed=web.allowed, query=query()
        )
        async with desk.opened(chosen) as rooms:
            scene = await off_topic(rooms, web, tasks, material)
            mine, bare = await interleaved(rounds, scene.looked, scene.bare)
            whole, bare_too = await interleaved(rounds, scene.journeys, scene.bare)
            every, bare_all = await interleaved(max(1, rounds // 2), scene.all_of_them, scene.bare_all)
    how = "a new TLS connection each" if tls else "plain http, because there is no openssl"
    share = f"a look is enough for {len(scene.looks)} of {len(scene.pages)} off-topic pages"
    return [
        ratio("B5", "an off-topic page looked at / bare trafilatura", mine, bare, LIMIT, papers.source()),
        ratio("B5", "the same with its request and row / bare trafilatura", whole, bare_too, None, how),
        ratio("B5", "off-topic pages, read where in doubt / bare trafilatura", every, bare_all, None, share),
    ]


async def off_topic(
    rooms: desk.Desk, web: NewsWeb, tasks: list[tuple[str, str]], material: list[papers.Paper]
) -> Scene:
    """Those of the pages that end as off topic, and which of them a look settles. Also reads every robots.txt."""
    with rooms.fresh() as (world, store):
        states = await desk.read_all(world, store, tasks)
        kept = [n for n, (url, _) in enumerate(tasks) if states[url] == "off_topic"]
        html = {"content-type": "text/html"}
        now = rooms.clock()
        pages = [Page(tasks[n][0], tasks[n][0], 200, html, material[n].body, now) for n in kept]
        titles = [tasks[n][1] for n in kept]
        told = [
            await look(rooms, world.matcher, page, title) for page, title in zip(pages, titles, strict=True)
        ]
    looks = [n for n, one in enumerate(told) if isinstance(one, Glance)]
    return Scene(
        rooms, web, world.matcher, pages, titles, [to_utf8(page.body).decode() for page in pages], looks
    )


def work(quick: bool) -> list[Row]:
    """The page's share alone is what the budget is about; request and row are told of."""
    return desk.run(lambda folder: measured(folder, quick=quick))
