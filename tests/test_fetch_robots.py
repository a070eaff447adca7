"""robots.txt is asked for articles, rarely, and heeded; while it cannot be read, articles wait."""

import asyncio
import gzip
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from badserver import BadServer, answer, redirect, reset, short_of_length, stall

from monitor.errors import RefusedError, WaitError
from monitor.fetch import Client
from monitor.fetch.robots import LONGEST, Shelf, only_ours
from monitor.model import FetchRules, Page, RobotsRecord

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_SECRETS = b"User-agent: *\nDisallow: /secret"


@dataclass
class World:
    """A host, a clock that can be set, and a memory that outlives clients."""

    server: BadServer
    now: datetime = NOON
    memory: Shelf = field(default_factory=Shelf)
    more: tuple = ()

    def client(self, **rules):
        allowed = frozenset(server.place for server in (self.server, *self.more))
        settings = {"per_host_delay": 0.0, "timeout": 0.3, "allow_private": allowed}
        return Client(
            FetchRules(**(settings | rules)), version="1", clock=lambda: self.now, robots_memory=self.memory
        )

    async def read(self, path="/article", **rules):
        async with self.client(**rules) as client:
            return await client.get(self.server.url(path), article=True)

    @property
    def asked(self):
        """How often robots.txt was asked for."""
        return self.server.paths.count("/robots.txt")


@pytest.fixture
async def world():
    async with BadServer() as server:
        server["/article"] = answer(b"text")
        yield World(server)


@pytest.mark.parametrize(
    ("script", "expected", "words"),
    [
        (answer(b"", 404), Page, None),
        (answer(b"", 403), Page, None),
        (answer(b"", 410), Page, None),
        (answer(b"User-agent: *\nDisallow: /other"), Page, None),
        (answer(b""), Page, None),
        (answer(b"\xff\xfe<html>not robots</html>"), Page, None),
        (answer(b"User-agent: *\nDisallow: /"), RefusedError, "does not allow monitor to read this page"),
        (answer(b"\xef\xbb\xbfUser-agent: *\nDisallow: /art"), RefusedError, "does not allow monitor"),
        (
            answer(gzip.compress(b"User-agent: *\nDisallow: /"), content_encoding="gzip"),
            RefusedError,
            "not allow",
        ),
        (answer(b"", 500), WaitError, "(HTTP 500), so its pages wait"),
        (answer(b"", 503), WaitError, "(HTTP 503), so its pages wait"),
        (answer(b"", 429), WaitError, "(HTTP 429), so its pages wait"),
        (stall(), WaitError, "(no answer), so its pages wait"),
        (reset(), WaitError, "(no answer), so its pages wait"),
        (short_of_length(), WaitError, "(no answer), so its pages wait"),
        (redirect("/robots.txt"), WaitError, "(no answer), so its pages wait"),
        (redirect(), WaitError, "(no answer), so its pages wait"),
    ],
)
async def test_e37_what_an_answer_for_robots_txt_means(world, script, expected, words):
    world.server["/robots.txt"] = script

    found = await world.read()

    assert type(found) is expected
    if words:
        assert words in found.because
        assert "127.0.0.1" in found.because
    assert world.asked == 1


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True),
        ("User-agent: *\nDisallow: /\nAllow: /news/", "/news/1", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: monitor\nDisallow: /x", "/news/1", True),
        ("User-agent: monitor\nUser-agent: other\nDisallow: /news", "/news/1", False),
        ("User-agent: MONITOR/2.0 # us\nDisallow: /news", "/news/1", False),
        ("User-agent: monitoring-tool\nDisallow: /\n\nUser-agent: *\nAllow: /", "/news/1", True),
        ("User-agent: mon\nDisallow: /\n\nUser-agent: *\nAllow: /", "/news/1", True),
        ("User-agent: other\nDisallow: /", "/news/1", True),
        ("user-agent : other\r\nuser-agent:*\r\nDisallow: /news", "/news/1", False),
        ("User-agent: *\nDisallow: /stra%C3%9Fe", "/straße", False),
    ],
)
async def test_the_group_and_the_longest_rule_that_fit_decide(world, rules, path, allowed):
    world.server["/robots.txt"] = answer(rules.encode())
    world.server[path.replace("ß", "%C3%9F")] = answer(b"x")

    found = await world.read(path)

    assert isinstance(found, Page) is allowed


async def test_feeds_are_not_checked_because_the_user_asked_for_them(world):
    world.server["/robots.txt"] = answer(b"User-agent: *\nDisallow: /")

    async with world.client() as client:
        page = await client.get(world.server.url("/article"))

    assert page.body == b"text"
    assert world.asked == 0


async def test_e37_of_a_long_file_the_first_500_kib_count(world):
    rule = b"Disallow: /secret\n"
    start = b"User-agent: *\n" + rule + b"#" * LONGEST + b"\nDisallow: /article\n" + b"#" * 1_500_000
    world.server["/robots.txt"] = answer(start)

    async with world.client() as client:
        found = [await client.get(world.server.url(path), article=True) for path in ("/secret", "/article")]

    assert [type(one) for one in found] == [RefusedError, Page]


async def test_e37_robots_txt_may_redirect_five_times_also_to_another_host(world):
    async with BadServer("127.0.0.2") as other:
        world.more = (other,)
        world.server["/robots.txt"] = redirect("/1")
        for n in range(1, 4):
            world.server[f"/{n}"] = redirect(f"/{n + 1}")
        world.server["/4"] = redirect(other.url("/rules"))
        other["/rules"] = answer(NO_SECRETS)
        found = [await world.read("/article"), await world.read("/secret")]

    assert [type(one) for one in found] == [Page, RefusedError]
    assert other.paths == ["/rules"]


async def test_simultaneous_articles_share_one_reading(world):
    world.server["/robots.txt"] = answer(NO_SECRETS, after=0.05)

    async with world.client() as client:
        found = await asyncio.gather(
            *(client.get(world.server.url("/article"), article=True) for _ in range(10)),
            *(client.get(world.server.url("/secret"), article=True) for _ in range(10)),
        )

    assert [type(one) for one in found] == [Page] * 10 + [RefusedError] * 10
    assert world.asked == 1


async def test_who_shares_a_reading_is_not_cancelled_with_the_one_who_began_it(world):
    world.server["/robots.txt"] = answer(NO_SECRETS, after=0.05)

    async with world.client() as client:
        first, second = (
            asyncio.create_task(client.get(world.server.url("/article"), article=True)) for _ in range(2)
        )
        await asyncio.sleep(0.02)
        first.cancel()
        page = await second

    assert page.body == b"text"
    assert first.cancelled()


async def test_closing_the_client_ends_a_reading_under_way(world):
    world.server["/robots.txt"] = stall()

    async with world.client(timeout=60) as client:
        waiting = asyncio.create_task(client.get(world.server.url("/article"), article=True))
        await asyncio.sleep(0.05)

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_e37_a_host_is_asked_once_in_24_hours_even_over_restarts(world):
    world.server["/robots.txt"] = [answer(NO_SECRETS), answer(b"User-agent: *\nDisallow: /")]

    for hours in (0, 1, 12, 23.9):
        world.now = NOON + timedelta(hours=hours)
        assert isinstance(await world.read(), Page)
        assert isinstance(await world.read("/secret"), RefusedError)
    assert world.asked == 1

    world.now = NOON + timedelta(hours=24)

    assert isinstance(await world.read(), RefusedError)
    assert world.asked == 2


async def test_a_file_that_cannot_be_read_is_asked_for_after_an_hour_growing_to_a_day(world):
    world.server["/robots.txt"] = answer(b"", 500)
    waits = []
    for _ in range(8):
        error = await world.read()
        again = await world.read()
        assert (again.until, again.because) == (error.until, error.because)
        waits.append((error.until - world.now) / timedelta(hours=1))
        world.now = error.until

    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]
    assert world.asked == 8


async def test_e21_who_asks_for_patience_instead_of_robots_txt_is_given_it(world):
    world.server["/robots.txt"] = answer(b"", 503, retry_after=86_400 * 2)

    async with world.client() as client:
        first = await client.get(world.server.url("/article"), article=True)
        there = await client.get(world.server.url("/robots.txt"))
    world.now = NOON + timedelta(hours=47)
    after_restart = await world.read()

    assert [type(one) for one in (first, there, after_restart)] == [WaitError] * 3
    assert {one.until for one in (first, there, after_restart)} == {NOON + timedelta(hours=48)}
    assert world.asked == 1


async def test_one_success_resets_the_growing_wait(world):
    world.server["/robots.txt"] = [answer(b"", 500), answer(b"", 500), answer(b"", 404), answer(b"", 500)]
    for hours in (0, 1, 3):
        world.now = NOON + timedelta(hours=hours)
        await world.read()

    record = world.memory.get(world.server.place)

    assert (record.failures, record.status, record.retry_at) == (0, 404, NOON + timedelta(hours=27))


async def test_rules_that_were_known_stand_for_a_week_while_the_file_cannot_be_read(world):
    world.server["/robots.txt"] = [answer(NO_SECRETS), answer(b"", 503)]
    await world.read()

    world.now = NOON + timedelta(days=6)
    assert isinstance(await world.read(), Page)
    assert isinstance(await world.read("/secret"), RefusedError)

    world.now = NOON + timedelta(days=7, seconds=1)
    assert isinstance(await world.read(), WaitError)


async def test_r28_a_record_from_a_clock_that_was_wrong_is_not_believed_for_years(world):
    far = NOON + timedelta(days=9999)
    world.memory.put(RobotsRecord(world.server.place, far, 200, "User-agent: *\nDisallow: /", 0, far))
    world.server["/robots.txt"] = answer(b"", 404)

    assert isinstance(await world.read(), Page)


async def test_crawl_delay_is_the_least_pause_between_two_articles(world):
    world.server["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 0.1")

    began = time.monotonic()
    async with world.client() as client:
        for _ in range(3):
            await client.get(world.server.url("/article"), article=True)
        delay = client._politeness._hosts[world.server.place].delay

    assert delay == 0.1
    assert world.server.seen[-1].at - began >= 0.2


async def test_no_host_can_slow_us_down_for_ever(world):
    world.server["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 86400")

    async with world.client() as client:
        await client.get(world.server.url("/article"), article=True)
        delay = client._politeness._hosts[world.server.place].delay

    assert delay == 60


async def test_robots_txt_takes_its_turn_like_everything_else(world):
    began = time.monotonic()
    async with world.client(per_host_delay=0.1) as client:
        await client.get(world.server.url("/article"), article=True)

    assert world.server.paths == ["/robots.txt", "/article"]
    assert world.server.seen[1].at - began >= 0.1
    assert world.server.most_at_once == 1


async def test_every_host_on_the_way_of_a_redirect_is_heeded(world):
    async with BadServer("127.0.0.2") as other:
        world.more = (other,)
        world.server["/article"] = redirect(other.url("/secret"))
        other["/robots.txt"] = answer(NO_SECRETS)
        error = await world.read()

    assert isinstance(error, RefusedError)
    assert error.because == "robots.txt of 127.0.0.2 does not allow monitor to read this page"
    assert other.paths == ["/robots.txt"]


async def test_a_robots_txt_that_leads_to_a_private_place_is_not_followed(world):
    async with BadServer("127.0.0.2") as other:
        world.server["/robots.txt"] = redirect(other.url("/rules"))
        error = await world.read()

    assert isinstance(error, RefusedError)
    assert other.connections == 0


async def test_a_cooldown_keeps_robots_txt_unasked_and_is_no_failure_of_it(world):
    until = NOON + timedelta(minutes=5)
    async with world.client() as client:
        client.cool(world.server.host, until, "HTTP 429")
        error = await client.get(world.server.url("/article"), article=True)

    assert isinstance(error, WaitError)
    assert error.until == until
    assert world.server.seen == []
    assert world.memory.get(world.server.place) is None


async def test_a_cooldown_on_where_robots_txt_redirects_to_makes_the_article_wait(world):
    world.server["/robots.txt"] = redirect("/rules")
    until = NOON + timedelta(minutes=5)
    async with world.client() as client:
        client.cool(world.server.url("/rules"), until, "HTTP 503")
        error = await client.get(world.server.url("/article"), article=True)

    assert (type(error), error.until, error.url) == (WaitError, until, world.server.url("/article"))
    assert world.memory.get(world.server.place) is None


def test_a_file_made_to_keep_the_parser_busy_is_parsed_in_no_time():
    from protego import Protego

    agents = "".join(f"User-agent: a{n}\n" for n in range(5000))
    rules = "".join(f"Disallow: /{n}\n" for n in range(10_000))
    for separator in ("\n", "\r", "\x85"):
        hostile = (agents + "User-agent: *\n" + rules).replace("\n", separator)
        began = time.process_time()
        parsed = Protego.parse(only_ours(hostile))

        assert time.process_time() - began < 1
        assert not parsed.can_fetch("http://x.test/9999", "monitor")


def test_the_shelf_holds_so_much_and_no_more():
    shelf = Shelf(room=10_000)
    for n in range(100):
        shelf.put(RobotsRecord(f"h{n % 50}", NOON, 200, "x" * 500, 0, NOON))
        shelf.get("h0")

    held = [n for n in range(50) if shelf.get(f"h{n}")]
    assert 0 in held
    assert len(held) == 10
