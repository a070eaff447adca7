"""The composition: every room that has effects, opened for a configuration, and the journey's `World`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from monitor import __version__
from monitor.core.topics import Matcher
from monitor.core.urls import redacted
from monitor.fetch import Client
from monitor.fetch.robots import Shelf
from monitor.manners import Ledger
from monitor.model import Outcome, Poll, RobotsRecord, Settings
from monitor.outputs.dispatch import Office
from monitor.outputs.feeds import Rack
from monitor.outputs.rounds import Rounds
from monitor.outputs.steady import Steady
from monitor.schedule import interval, wanted
from monitor.seams import World, no_page, silent
from monitor.store import Store
from monitor.store.books import Books
from monitor.store.pagefile import archive_of
from monitor.store.pages import PageArchive
from monitor.vectors import Meanings, opened
from monitor.workers import Workers


@dataclass(frozen=True, slots=True)
class Rooms:
    """The open rooms."""

    store: Store
    web: Client
    workers: Workers
    pages: PageArchive
    known: datetime | None = None  # the last time that an earlier life wrote down
    meanings: Meanings | None = None  # the model, where one is configured


@dataclass(frozen=True, slots=True)
class House:
    """The open rooms, and the world that the journey is given under a configuration."""

    settings: Settings
    rooms: Rooms
    world: World

    @property
    def store(self) -> Store:
        """The database."""
        return self.rooms.store


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    chance: Callable[[], float],
    tell: Callable[[Poll | Outcome], None] | None = None,
) -> AsyncIterator[House]:
    """Open the database, the network, the workers and the model for this configuration; close them in reverse."""
    store = Store.open(settings.database)
    pages = PageArchive(archive_of(settings.database))
    meanings: Meanings | None = None
    try:
        meanings = await asyncio.to_thread(opened, settings.events)
        await store.write(lambda books: books.sync(settings, now()))
        known = await store.write(lambda books: started_over(books, now()))
        robots, cooldowns = await store.write(lambda books: (books.robots(), books.cooldowns(now())))
        memory = RobotsMemory(store, (RobotsRecord(**record) for record in robots))
        ledger = Ledger(store, now)
        async with (
            Client(
                settings.fetch,
                version=__version__,
                clock=now,
                robots_memory=memory,
                cooldowns=cooldowns,
                count=ledger.count,
            ) as web,
            Workers(settings.workers) as workers,
        ):
            rooms = Rooms(store, web, workers, pages, known, meanings)
            yield House(settings, rooms, world_of(rooms, settings, now=now, chance=chance, tell=tell))
            await memory.settled()
            await ledger.settled()
    finally:
        pages.close()
        store.close()
        if meanings is not None:  # only now: the writer asks it until the end
            meanings.close()


def started_over(books: Books, now: datetime) -> datetime | None:
    """Set right what an earlier life left: times of a clock that has been set since, and what tried the disk.

    Gives the last time that it wrote down.
    """
    books.leave_room()
    known = books.last_known()
    if back := books.behind(now):
        books.set_back(back, now)
    books.set_right(now)
    return known


def world_of(
    rooms: Rooms,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    chance: Callable[[], float],
    tell: Callable[[Poll | Outcome], None] | None = None,
) -> World:
    """What the journey is given under this configuration."""
    rooms.pages.secrets = settings.secrets
    topics = {topic.id: topic for topic in settings.topics}
    return World(
        web=rooms.web,
        workers=rooms.workers,
        archive=rooms.store,
        topics=topics,
        matcher=Matcher(settings.topics),
        now=now,
        chance=chance,
        wanted=lambda feed, at: wanted(feed, topics, at),
        private=partial(is_private, settings.fetch.allow_private),
        keep=settings.keep,
        tracking=settings.tracking_parameters,
        tell=tell or silent,
        every=lambda feed: interval(feed, topics),
        keep_page=rooms.pages.keep if settings.keep.pages else no_page,
        addresses={feed.url: feed.address for feed in settings.feeds if feed.address},
        meanings=rooms.meanings,
        hide=partial(hidden, settings.secrets),
    )


def office_of(
    rooms: Rooms, settings: Settings, *, now: Callable[[], datetime], chance: Callable[[], float]
) -> tuple[Office, Rack]:
    """What sending and the feeds out are given under this configuration."""
    office = Office(
        archive=rooms.store,
        post=rooms.web,
        targets=settings.alerts,
        topics={topic.id: topic for topic in settings.topics},
        now=now,
        chance=chance,
        smtp=settings.smtp,
        steady=Steady(now, partial(time.clock_gettime, time.CLOCK_BOOTTIME), rooms.known),
    )
    return office, Rack(settings.database.parent / "feeds", settings.topics, settings.saved)


def rounds_of(house: House) -> Rounds:
    """The rounds of the outputs, for a house."""
    return Rounds(*office_of(house.rooms, house.settings, now=house.world.now, chance=house.world.chance))


def hidden(secrets: Iterable[str], text: str) -> str:
    """A text, or the address of a page, with `***` in the place of every secret."""
    if "://" in text and " " not in text:
        text = redacted(text)
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def is_private(allowed: frozenset[str], url: str) -> bool:
    """Whether this address stands under `allow_private`."""
    if not allowed:
        return False
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.hostname}:{port}" in allowed or f"{parts.hostname}:*" in allowed


class RobotsMemory:
    """robots.txt files as last read: in memory for the client, in the database for the next start."""

    def __init__(self, store: Store, records: Iterable[RobotsRecord]) -> None:
        self._store = store
        self._shelf = Shelf()
        self._writes: set[asyncio.Task[None]] = set()
        for record in records:
            self._shelf.put(record)

    def get(self, host: str) -> RobotsRecord | None:
        """The record of this host, if there is one."""
        return self._shelf.get(host)

    def put(self, record: RobotsRecord) -> None:
        """Remember a record; it reaches the database soon."""
        self._shelf.put(record)
        task = asyncio.get_running_loop().create_task(
            self._store.write(lambda books: books.put_robots(record))
        )
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def settled(self) -> None:
        """Wait for what is still to be written."""
        await asyncio.gather(*self._writes, return_exceptions=True)
