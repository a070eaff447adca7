"""B10: what grows with the archive: each cost in a large one against the same in a small one."""

import asyncio
import itertools
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import desk
import papers
import texts
from measure import Row, cpu, interleaved, ratio
from newsweb import NewsWeb, Sheet, on_the_air

from monitor.house import Rooms, world_of
from monitor.model import Article, Extract, Feed, Match, Page, Quality, Reading, Task, Verdict
from monitor.pipeline import poll_all
from monitor.seams import Books, World
from monitor.settle import claim, settle_all
from monitor.store import Store, queries
from monitor.store.opening import open_for_reading
from monitor.store.pages import PageArchive

LIMIT = 1.2
FEEDS, ITEMS = 64, 20
WORDS = 150  # of an archived text
BATCH, BATCHES = 50, 5  # of articles to settle, half of them copies of archived ones; the first only warms up
LATEST_MS, SEARCH_MS = 50, 20
ENTRY = (
    "insert into entries (feed_id, key, url, address, title, digest, first_seen_at, last_seen_at, state, decided_at,"
    " article_id, because) values (?1, ?2, ?3, ?3, ?4, ?2, ?5, ?5, 'stored', ?5, ?6, 'no earlier story shares passages')"
)
POLL = "insert into polls (feed_id, at, outcome, status, bytes, ms) values (?, ?, 'not_modified', 304, 0, 20)"


@dataclass(frozen=True, slots=True)
class Scene:
    """The open rooms, what is served, and what is to be settled."""

    rooms: desk.Desk
    web: NewsWeb
    readings: list[Reading]


@dataclass(frozen=True, slots=True)
class Opened:
    """A copy of an archive, open for writing and warm."""

    path: Path
    store: Store
    world: World
    feeds: list[Feed]


Measure = Callable[[Opened, Scene], Awaitable[float]]  # seconds of CPU a piece


async def measured(folder: Path, *, sizes: tuple[int, int], rounds: int) -> list[Row]:
    """Build both archives, then take each measure in turn on fresh copies of them."""
    sheets = {
        f"/feed{n}.rss": Sheet(papers.generated_feed(n, ITEMS).body, "application/rss+xml")
        for n in range(FEEDS)
    }
    with on_the_air(folder, sheets) as web:
        urls = [web.host(n) + path for n, path in enumerate(sheets)]
        async with desk.opened(desk.settings(folder, urls, allowed=web.allowed)) as rooms:
            small, large = (archive(folder, rooms, size) for size in sizes)
            scene = Scene(rooms, web, readings())
            names = itertools.count()
            rows = []
            for what, pieces in MEASURES.items():

                async def side(path: Path, measure: Measure = pieces) -> float:
                    copied = folder / f"copy-{next(names)}.db"
                    shutil.copy(path, copied)
                    try:
                        with opened(copied, rooms) as house:
                            return await measure(house, scene)
                    finally:
                        copied.unlink()

                mine, theirs = await interleaved(rounds, lambda s=side: s(large), lambda s=side: s(small))
                rows.append(row(what, mine, theirs, sizes))
    return rows


def row(what: str, mine: list[float], theirs: list[float], sizes: tuple[int, int]) -> Row:
    """A ratio; where people wait for the answer, also the milliseconds that were promised."""
    found = ratio("B10", f"{what}: {sizes[1]:,} articles archived / {sizes[0]:,}", mine, theirs, LIMITS[what])
    limit = MILLISECONDS.get(what)
    return replace(found, note=f"{found.note}; at most {limit} ms promised") if limit else found


def archive(folder: Path, rooms: desk.Desk, size: int) -> Path:
    """A database with so many articles, stories and entries, and three polls for each."""
    path = folder / f"archive-{size}.db"
    with Store.open(path) as store:
        store.run(lambda books: books.sync(rooms.settings, texts.BEGAN))
        for start in range(0, size, 500):
            some = texts.articles(min(500, size - start), first=start, words=WORDS)
            store.run(lambda books, some=some: archived(books, some))
    return path


def archived(books: Books, some: list[Article]) -> None:
    """These articles, each with its entry and some polls, as if they had been read."""
    for article in some:
        match = Match("everything", "a [word] and some words around it")
        number = books.add_article(article, Verdict("no earlier story"), [match], article.first_seen)
        at = f"{article.first_seen:%Y-%m-%dT%H:%M:%SZ}"
        feed = number % FEEDS + 1
        books.conn.execute(ENTRY, (feed, f"key {number}", article.url, article.title, at, number))
        books.conn.executemany(POLL, [(feed, at)] * 3)


def readings() -> list[Reading]:
    """What workers would bring: texts of their own, and copies of texts that every archive has."""
    found = []
    for n in range(BATCH * BATCHES):
        article = texts.article(n if n % 2 else 10_000_000 + n, WORDS)
        url = f"https://elsewhere{n % texts.OUTLETS}.example/news/{n}"
        at = texts.BEGAN + timedelta(days=30)
        extract = Extract(
            Quality("article", "a text"), article.title, article.text, fingerprint=article.fingerprint
        )
        task = Task(url=url, feed_id=1, title=article.title, first_seen=at, topics=("everything",))
        found.append(Reading(task, page=Page(url, url, 200, {}, b"", at), extract=extract))
    return found


@contextmanager
def opened(path: Path, rooms: desk.Desk) -> Iterator[Opened]:
    """Open a copy; its feeds are due."""
    with Store.open(path) as store:
        here = Rooms(store, rooms.web, rooms.workers, PageArchive(path.with_suffix(".pages")))
        world = world_of(here, rooms.settings, now=rooms.clock, chance=lambda: 0.5)
        feeds = store.run(lambda books: books.due_feeds(rooms.clock()))
        yield Opened(path, store, world, feeds)


# ── what is measured ─────────────────────────────────────────────────────────────────────────────


async def changed_poll(house: Opened, scene: Scene) -> float:
    """Every entry of every feed is new."""
    began = cpu({scene.web.pid})
    polls = await poll_all(house.feeds, house.world, scene.rooms.clock())
    spent = cpu({scene.web.pid}) - began
    assert all(poll.outcome == "new" for poll in polls)
    return spent / len(polls)


async def unchanged_poll(house: Opened, scene: Scene) -> float:
    """The feeds say 304, again and again."""
    await poll_all(house.feeds, house.world, scene.rooms.clock())
    count, began = 0, cpu({scene.web.pid})
    for _ in range(4):
        scene.rooms.clock.next_round()
        at = scene.rooms.clock()
        feeds = await house.store.write(lambda books, at=at: books.due_feeds(at))
        polls = await poll_all(feeds, house.world, at)
        assert all(poll.outcome == "not_modified" for poll in polls)
        count += len(polls)
    return (cpu({scene.web.pid}) - began) / count


async def settled(house: Opened, scene: Scene) -> float:
    """Topics, candidates, copies, store, index; the extraction itself knows no archive."""
    await settle_all(scene.readings[:BATCH], house.world)
    began = cpu({scene.web.pid})
    for start in range(BATCH, len(scene.readings), BATCH):
        outcomes = await settle_all(scene.readings[start : start + BATCH], house.world)
        assert all(outcome.state == "stored" for outcome in outcomes)
    return (cpu({scene.web.pid}) - began) / (len(scene.readings) - BATCH)


async def started(house: Opened, scene: Scene) -> float:
    """From the opening of the database to the first article's candidates."""
    house.store.close()
    began = cpu({scene.web.pid})
    with Store.open(house.path) as store:
        store.run(lambda books: books.sync(scene.rooms.settings, scene.rooms.clock()))
        store.run(lambda books: books.candidates(texts.article(1, WORDS).fingerprint, language=None))
        return cpu({scene.web.pid}) - began


async def claimed(house: Opened, scene: Scene) -> float:
    """What to read next, of sixty-four entries that wait."""
    await poll_all(house.feeds[:4], house.world, scene.rooms.clock())
    began = cpu({scene.web.pid})
    for _ in range(20):
        tasks, _ = await house.store.write(lambda books: claim(books, house.world, 64, frozenset()))
        assert len(tasks) == 64
    return (cpu({scene.web.pid}) - began) / 20


def read(work: Callable[[sqlite3.Connection], object], times: int = 20) -> Measure:
    """A question that somebody asks of the database, beside the daemon."""

    async def measure(house: Opened, scene: Scene) -> float:
        def ask() -> float:
            conn = open_for_reading(house.path)
            work(conn)
            began = cpu({scene.web.pid})
            for _ in range(times):
                work(conn)
            spent = (cpu({scene.web.pid}) - began) / times
            conn.close()
            return spent

        return await asyncio.to_thread(ask)

    return measure


MEASURES: dict[str, Measure] = {
    "poll, every entry new": changed_poll,
    "poll, 304": unchanged_poll,
    "claim 64 entries to read": claimed,
    "settle an article": settled,
    "start": started,
    "first page of `latest`": read(lambda conn: conn.execute("select * from latest limit 50").fetchall()),
    "search, newest 20": read(lambda conn: queries.search(conn, "the")),
    "`monitor status`": read(lambda conn: queries.status(conn, texts.BEGAN)),
}
MILLISECONDS = {"first page of `latest`": LATEST_MS, "search, newest 20": SEARCH_MS}
BY_DESIGN = {"start", "`monitor status`"}  # docs/budgets.md says why
LIMITS = {what: None if what in BY_DESIGN else LIMIT for what in MEASURES}


def work(quick: bool, *, long: bool = False) -> list[Row]:
    """One row a cost; with `long`, in an archive that takes some minutes to make."""
    sizes, rounds = ((300, 900), 1) if quick else ((10_000, 400_000), 5) if long else ((2_000, 50_000), 3)
    return desk.run(lambda folder: measured(folder, sizes=sizes, rounds=rounds))
