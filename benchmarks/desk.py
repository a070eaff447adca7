"""The rooms that have effects, opened on loopback for a benchmark, with an empty database as often as wanted."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from monitor import __version__
from monitor.core.urls import registrable
from monitor.daemon import run_async
from monitor.fetch import Client
from monitor.house import Rooms, world_of
from monitor.model import FeedSource, FetchRules, KeepRules, Schedule, Settings, Topic
from monitor.pipeline import read_waiting
from monitor.seams import World
from monitor.store import Store
from monitor.store.pages import PageArchive
from monitor.workers import Workers

# Words that stand in nearly every text of the corpus's languages: every article is on topic.
EVERYTHING = "the OR die OR la OR el OR de OR et OR och OR i OR и OR в"

T = TypeVar("T")


def run(work: Callable[[Path], Awaitable[T]]) -> T:
    """Run a benchmark on the loop that the daemon runs on, with a folder of its own."""

    async def inside() -> T:
        with tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder:
            return await work(Path(folder))

    result: T = run_async(inside())
    return result


class Clock:
    """The time of day, which can be moved on."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self.offset

    def next_round(self) -> None:
        """Go to a time when everything is due again."""
        self.offset += timedelta(hours=1)


def settings(
    folder: Path, feeds: Sequence[str], *, allowed: frozenset[str], query: str = EVERYTHING, workers: int = 2
) -> Settings:
    """A configuration with one topic that watches these feeds, and no pause between requests."""
    every = Schedule("every 10 minutes", timedelta(minutes=10))
    topic = Topic("everything", "Everything", query, every, tuple(feeds))
    return Settings(
        folder / "monitor.yaml",
        folder / "monitor.db",
        (topic,),
        tuple(FeedSource(url) for url in feeds),
        fetch=FetchRules(per_host_delay=0, allow_private=allowed),
        keep=KeepRules(articles="matched"),
        workers=workers,
    )


@dataclass(slots=True)
class Desk:
    """The network and the workers, which stay, and stores, which come and go."""

    settings: Settings
    web: Client
    workers: Workers
    clock: Clock
    numbers: Iterator[int]

    @contextmanager
    def fresh(self) -> Iterator[tuple[World, Store]]:
        """An empty database, and the journey's world with it."""
        path = self.settings.database.with_name(f"monitor-{next(self.numbers)}.db")
        with Store.open(path) as store:
            store.run(lambda books: books.sync(self.settings, self.clock()))
            rooms = Rooms(store, self.web, self.workers, PageArchive(path.with_suffix(".pages")))
            yield world_of(rooms, self.settings, now=self.clock, chance=lambda: 0.5), store


@asynccontextmanager
async def opened(chosen: Settings, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """Open the network and the workers; the workers are warm."""
    clock = clock or Clock()
    async with (
        Client(chosen.fetch, version=__version__, clock=clock) as web,
        Workers(chosen.workers) as workers,
    ):
        await asyncio.gather(
            *(workers.parse(b"{", url="http://a.example/", content_type="", now=clock()) for _ in range(8))
        )
        yield Desk(chosen, web, workers, clock, itertools.count())


async def read_all(world: World, store: Store, papers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Put these (address, title)s into the first feed, read them, and give the state each ends in.

    Only `read_waiting` belongs to what is measured; use `fill` and it apart for that.
    """
    fill(store, papers)
    await read_waiting(world)
    return states(store)


def fill(store: Store, papers: Sequence[tuple[str, str]]) -> None:
    """Entries that wait, as a poll would have left them: with a title and a date."""
    rows = [(f"paper {n}", url, url, title, f"digest {n}") for n, (url, title) in enumerate(papers)]
    store.run(
        lambda books: books.conn.executemany(
            "insert into entries (feed_id, key, url, address, title, digest, published_at, first_seen_at, last_seen_at)"
            " values (1, ?, ?, ?, ?, ?, '2025-06-02T07:30:00Z', '2025-06-02T08:00:00Z', '2025-06-02T08:00:00Z')",
            rows,
        )
    )


def states(store: Store) -> dict[str, str]:
    """The state of every entry, by its address."""
    return dict(store.run(lambda books: books.conn.execute("select url, state from entries").fetchall()))


def outlet_of(url: str) -> str:
    """Whose page it is."""
    return registrable(url)
