"""A watch that a test drives by hand: real store, client and parser; the clock and the names are the test's.

    async with Watch(tmp_path, [server.url("/feed")]) as watch:
        await watch.poll()
        watch.later(hours=1)
        await watch.poll()
        await watch.restart()

Names end in `.test` and lead to loopback; the guard is told so for each one. Hosts count as public unless
`private`, so floors, domain-wide cooldowns and learned pace hold for them as for the open web.
"""

import contextlib
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.abc import AbstractResolver

from monitor.core.parse import parse_feed
from monitor.errors import ExtractError, ParseError
from monitor.fetch import Client
from monitor.house import Rooms, is_private, world_of
from monitor.model import FeedSource, FetchRules, Schedule, Settings, Topic
from monitor.pipeline import poll_all, read_waiting
from monitor.store import Store, opening
from monitor.store.pages import PageArchive

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def rss(*items, head="", link="https://paper.example/"):
    """A feed; an item is a name, or a mapping of its elements."""
    made = "".join(item if item.startswith("<") else item_of(item) for item in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Paper</title><link>{link}</link>{head}{made}'
        "</channel></rss>"
    ).encode()


def item_of(name, **elements):
    given = {
        "title": f"Title of {name}",
        "link": f"https://paper.example/{name}",
        "guid": f"id-{name}",
        **elements,
    }
    return "<item>" + "".join(f"<{k}>{v}</{k}>" for k, v in given.items() if v is not None) + "</item>"


class Names(AbstractResolver):
    """Every name under `.test` is this machine; `also` maps further names to lists of addresses."""

    def __init__(self, **also):
        self.also = {name.replace("_", "."): addresses for name, addresses in also.items()}
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        addresses = self.also.get(host, ["127.0.0.1"])
        if isinstance(addresses, Exception):
            raise addresses
        return [
            {"hostname": host, "host": one, "port": port, "proto": 0, "flags": socket.AI_NUMERICHOST,
             "family": socket.AF_INET6 if ":" in one else socket.AF_INET}
            for one in addresses
        ]  # fmt: skip

    async def close(self):
        pass


class InProcess:
    """The parser without its own process. `fails` are errors that it gives or raises instead, one a call."""

    def __init__(self):
        self.fails = []

    async def parse(self, body, *, url, content_type, now):
        if self.fails:
            error = self.fails.pop(0)
            if isinstance(error, ParseError):
                return error
            raise error
        try:
            return parse_feed(body, url=url, content_type=content_type, now=now)
        except ParseError as error:
            return error

    async def extract(self, page, *, hint):
        return ExtractError("pages are not read here")

    async def extract_wanted(self, page, *, hint, sieve):
        return await self.extract(page, hint=hint)

    async def extract_content(self, task):
        return ExtractError("pages are not read here")


class Watch:
    """Feeds under watch. `every` is the schedule, `topics` how many watch all of them."""

    def __init__(self, folder, urls, *, every=timedelta(hours=1), topics=1, private=False, workers=None, also=None,
                 allow=(), **rules):  # fmt: skip
        self.clock = NOON
        self.names = Names(**(also or {}))
        self.workers = workers or InProcess()
        self.told = []
        self._private = private
        self.urls = list(urls)
        schedule = Schedule(f"every {every}", every)
        self.topics = [(f"topic{n}", schedule) for n in range(topics)]
        places = {url.split("://")[1].split("/")[0].rpartition("@")[2] for url in urls} | set(allow)
        given = {"per_host_delay": 0.0, "timeout": 1.0, "contact": "desk@example.org"} | rules
        self.rules = FetchRules(allow_private=frozenset(places), **given)
        self.folder = folder
        self._stack = contextlib.AsyncExitStack()

    def settings(self):
        topics = tuple(Topic(name, name, "anything", when, tuple(self.urls)) for name, when in self.topics)
        return Settings(
            self.folder / "m.yaml",
            self.folder / "m.db",
            topics,
            tuple(map(FeedSource, self.urls)),
            fetch=self.rules,
        )

    async def __aenter__(self):
        await self.open()
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

    async def open(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "SYNCHRONOUS", "off")
            self.store = Store.open(self.folder / "m.db")
        self._stack.callback(self.store.close)
        await self.reload()
        cooldowns = await self.store.write(lambda books: books.cooldowns(self.clock))
        self.client = await self._stack.enter_async_context(
            Client(self.rules, version="1.2", clock=self.now, cooldowns=cooldowns, resolver=self.names)
        )
        if not self._private:
            self.client._is_private = lambda _: False
        self.rooms = Rooms(self.store, self.client, self.workers, PageArchive(self.folder / "pages.db"))
        self.world = self.fresh_world()

    def fresh_world(self):
        from dataclasses import replace

        world = world_of(self.rooms, self.settings(), now=self.now, chance=lambda: 0.0, tell=self.told.append)
        if self._private:
            return replace(world, private=lambda url: is_private(self.rules.allow_private, url))
        return replace(world, private=lambda _: False)

    async def reload(self):
        """Take the configuration over (again)."""
        await self.store.write(lambda books: books.sync(self.settings(), self.clock))
        if hasattr(self, "rooms"):
            self.world = self.fresh_world()

    async def restart(self):
        """End and begin again with nothing but the database."""
        await self._stack.aclose()
        del self.rooms
        await self.open()

    def now(self):
        return self.clock

    def later(self, **span):
        self.clock += timedelta(**span)

    async def poll(self, *, regardless=True, limit=None):
        """Poll every feed (or, not `regardless`, those that are due); gives the polls."""
        feeds = await self.due(regardless=regardless, limit=limit)
        return await poll_all(feeds, self.world, self.clock)

    async def due(self, *, regardless=False, **more):
        return await self.store.write(
            lambda books: books.due_feeds(self.clock, regardless=regardless, **more)
        )

    async def read(self):
        return await read_waiting(self.world)

    def until(self, feed=0):
        """How long from now until a feed is asked again."""
        return self.feed(feed).next_poll_at - self.clock

    def feed(self, number=0):
        """A feed as the next poll would find it."""
        url = self.urls[number]
        return self.store.run(
            lambda books: books.due_feeds(self.clock, feeds=[url], regardless=True, gone_too=True)
        )[0]

    def ask(self, sql, *values):
        return self.store.run(lambda books: books.conn.execute(sql, values).fetchall())

    def one(self, sql, *values):
        return self.ask(sql, *values)[0][0]

    @property
    def titles(self):
        return [title for (title,) in self.ask("select title from entries order by id")]


def at(server, name="paper.test", path="/feed"):
    """The address of a scripted server under a public name."""
    return f"http://{name}:{server.port}{path}"
