"""One request at a time per host, a pause between starts, feeds first, and nobody waits for ever."""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from badserver import BadServer, answer, stall

from monitor.errors import SlowError
from monitor.fetch import Client, politeness
from monitor.fetch.address import parse
from monitor.fetch.politeness import FAIR, Cooldowns, Lane, Line, Politeness, at_once
from monitor.model import Cooldown, FetchRules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def client_for(*places, **rules):
    settings = {"per_host_delay": 0.0, "timeout": 1.0, "allow_private": frozenset(places)}
    return Client(FetchRules(**(settings | rules)), version="1", clock=lambda: NOON)


async def take(lines, key, lane=Lane.FEED, *, note=None, hold=0.0, delay=0.0):
    """One turn: enter, write down the lane, hold for a while, leave."""
    await lines.enter(key, lane, delay)
    began = asyncio.get_running_loop().time()
    if note is not None:
        note.append((lane.name, began))
    try:
        await asyncio.sleep(hold)
    finally:
        lines.leave(key, began)


@pytest.mark.parametrize(
    ("files", "most"), [(-1, 256), (20_000, 256), (1024, 256), (256, 104), (64, 8), (10, 4)]
)
def test_r50_few_open_files_are_few_requests_at_once(files, most):
    assert most == at_once(files)


async def test_e28_one_host_is_asked_one_at_a_time_with_a_pause_and_feeds_first():
    async with BadServer() as server:
        for n in range(50):
            server[f"/{n}"] = answer(b"x", after=0.002)
        async with client_for(server.place, per_host_delay=0.02) as client:
            articles = [client.get(server.url(f"/{n}"), article=True) for n in range(10, 50)]
            feeds = [client.get(server.url(f"/{n}")) for n in range(10)]
            began = time.monotonic()
            await asyncio.gather(*articles, *feeds)

    assert server.most_at_once == 1
    assert all(seen.at - began >= 0.02 * n for n, seen in enumerate(server.seen))
    assert len(server.seen) == 51
    order = server.paths
    assert order[0] == "/robots.txt" or int(order[0][1:]) < 10
    assert sum(path in {f"/{n}" for n in range(10)} for path in order[:14]) == 10


async def test_two_hosts_do_not_wait_for_each_other():
    async with BadServer() as one, BadServer("127.0.0.2") as two:
        one["/"] = two["/"] = answer(b"x", after=0.1)
        async with client_for(one.place, two.place, per_host_delay=5) as client:
            began = asyncio.get_running_loop().time()
            await asyncio.gather(client.get(one.url()), client.get(two.url()))

    assert asyncio.get_running_loop().time() - began < 0.2


async def test_waiting_for_the_turn_does_not_count_against_the_deadline():
    async with BadServer() as server:
        server["/"] = answer(b"x", after=0.1)
        async with client_for(server.place, timeout=0.2) as client:
            found = await asyncio.gather(*(client.get(server.url()) for _ in range(5)))

    assert [page.status for page in found] == [200] * 5
    assert max(page.ms for page in found) < 200


async def test_s21_a_healthy_host_is_not_kept_waiting_by_64_slow_ones():
    async with BadServer("0.0.0.0") as server:
        server["/slow"] = stall()
        server["/feed"] = answer(b"x")
        places = [f"127.0.1.{n}:{server.port}" for n in range(65)]
        async with client_for(*places) as client:
            slow = [asyncio.create_task(client.get(f"http://{place}/slow")) for place in places[1:]]
            await asyncio.sleep(0.1)
            began = asyncio.get_running_loop().time()
            page = await client.get(f"http://{places[0]}/feed")
            took = asyncio.get_running_loop().time() - began
            errors = await asyncio.gather(*slow)

    assert page.body == b"x"
    assert took < 0.3
    assert {type(error) for error in errors} == {SlowError}


async def test_feeds_go_before_articles_and_what_was_begun_before_both():
    lines, note = Politeness(0.0), []
    lanes = [Lane.ARTICLE, Lane.ARTICLE, Lane.FEED, Lane.BEGUN, Lane.FEED]

    await lines.enter("h", Lane.FEED)
    waiting = [asyncio.create_task(take(lines, "h", lane, note=note)) for lane in lanes]
    await asyncio.sleep(0)
    lines.leave("h", None)
    await asyncio.gather(*waiting)

    assert [lane for lane, _ in note] == ["BEGUN", "FEED", "FEED", "ARTICLE", "ARTICLE"]


def test_articles_are_not_starved_by_feeds_without_end():
    line = Line()
    line.join(Lane.ARTICLE, "article")
    taken = []
    for n in range(10):
        line.join(Lane.FEED, n)
        taken.append(line.next())

    assert taken.index("article") == FAIR


def test_an_empty_line_gives_nobody():
    assert Line().next() is None


async def test_the_bound_of_all_requests_is_taken_only_while_they_run():
    lines = Politeness(0.0, limit=2)
    running, most = 0, 0

    async def counted(key):
        nonlocal running, most
        await lines.enter(key, Lane.FEED)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        lines.leave(key, None)

    await asyncio.gather(*(counted(f"h{n % 7}") for n in range(50)))

    assert most == 2


async def test_the_crawl_delay_of_a_host_lengthens_its_pause_and_never_shortens_it():
    lines, note = Politeness(0.02), []

    for delay in (0.5, 0.0, 0.0):
        await take(lines, "h", Lane.ARTICLE, note=note, delay=delay)

    gaps = [later - earlier for (_, earlier), (_, later) in pairwise(note)]
    assert gaps[0] > 0.49
    assert 0.019 < gaps[1] < 0.49


async def test_a_turn_that_was_not_used_costs_no_pause():
    lines = Politeness(5.0)

    await lines.enter("h", Lane.FEED)
    lines.leave("h", None)

    await asyncio.wait_for(lines.enter("h", Lane.FEED), 0.1)
    assert lines._running == 1


async def test_whoever_is_cancelled_in_line_or_at_the_turn_blocks_nobody():
    lines, chance = Politeness(0.001, limit=3), random.Random(7)

    tasks = [
        asyncio.create_task(take(lines, f"h{n % 5}", chance.choice(list(Lane)), hold=0.0005))
        for n in range(200)
    ]
    for task in chance.sample(tasks, 120):
        await asyncio.sleep(chance.choice([0, 0, 0.0005]))
        task.cancel()
    done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)

    assert {type(one) for one in done} <= {type(None), asyncio.CancelledError}
    assert lines._running == 0
    await asyncio.sleep(0.02)  # the timers of hosts whose lines hold none but cancelled ones ring once more
    assert not any(host.busy or host.gated or host.line for host in lines._hosts.values())


async def test_a_turn_given_in_the_very_moment_of_cancelling_is_handed_on():
    lines = Politeness(0.0)
    await lines.enter("h", Lane.FEED)
    unlucky = asyncio.create_task(lines.enter("h", Lane.FEED))
    next_one = asyncio.create_task(lines.enter("h", Lane.FEED))
    await asyncio.sleep(0)

    lines.leave("h", None)
    unlucky.cancel()

    await asyncio.wait_for(next_one, 0.1)
    assert (unlucky.cancelled(), lines._running) == (True, 1)


async def test_hosts_that_were_not_asked_for_a_while_are_forgotten(monkeypatch):
    monkeypatch.setattr(politeness, "REMEMBERED", 0.0)
    lines = Politeness(0.0)

    for n in range(1000):
        await take(lines, f"h{n}")

    assert len(lines) < 200


async def test_a_host_is_remembered_for_as_long_as_its_pause_lasts(monkeypatch):
    monkeypatch.setattr(politeness, "REMEMBERED", 0.0)
    lines, note = Politeness(0.0), []

    await take(lines, "slow", Lane.ARTICLE, note=note, delay=0.05)
    for n in range(100):
        await take(lines, f"h{n}")
    await take(lines, "slow", Lane.ARTICLE, note=note, delay=0.05)

    assert note[1][1] - note[0][1] > 0.049


async def test_many_hosts_at_once_do_not_keep_their_connections():
    async with BadServer("0.0.0.0") as server:
        server["/feed"] = answer(b"x")
        places = [f"127.0.{2 + n // 200}.{1 + n % 200}:{server.port}" for n in range(200)]
        async with client_for(*places) as client:
            for place in places:
                await client.get(f"http://{place}/feed")
            kept = sum(len(connections) for connections in client._keeping.connector._conns.values())

    assert kept <= 128
    assert [seen.header("Connection") for seen in server.seen].count("close") >= 70


# ── cooldowns ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scope", "url", "waits"),
    [
        ("feeds.news.test", "http://feeds.news.test/a", True),
        ("Feeds.News.test.", "http://FEEDS.news.test/a", True),
        ("feeds.news.test", "http://other.news.test/a", False),
        ("feeds.news.test", "http://a.feeds.news.test/a", False),
        ("tumblr.com", "https://a.tumblr.com/rss", True),
        ("tumblr.com", "https://tumblr.com/rss", True),
        ("tumblr.com", "https://nottumblr.com/rss", False),
        ("bbc.co.uk", "https://feeds.bbc.co.uk/rss", True),
        ("co.uk", "https://feeds.bbc.co.uk/rss", False),
        ("127.0.0.1", "http://127.0.0.1:8765/a", True),
        ("127.0.0.1:8765", "http://127.0.0.1:8765/a", True),
        ("http://127.0.0.1:8765/a", "http://127.0.0.1:8765/a", True),
        ("http://127.0.0.1:8765/a", "http://127.0.0.1:8765/b", False),
        ("::1", "http://[::1]/", True),
    ],
)
def test_e23_a_cooldown_holds_for_its_host_its_domain_or_its_one_address(scope, url, waits):
    cooldowns = Cooldowns([Cooldown(scope, NOON + timedelta(hours=1), "HTTP 429")])

    assert (cooldowns.of(url, parse(url), NOON) is not None) is waits


def test_a_cooldown_is_over_when_it_is_over():
    cooldowns = Cooldowns([Cooldown("a.test", NOON, "HTTP 429")])
    here = parse("http://a.test/")

    assert cooldowns.of(here.text, here, NOON) is None
    assert cooldowns.of(here.text, here, NOON - timedelta(seconds=1)).until == NOON


def test_the_longest_wait_that_was_asked_for_stands():
    cooldowns = Cooldowns()
    for hours, scope in ((3, "a.news.test"), (1, "a.news.test"), (2, "news.test")):
        cooldowns.add(Cooldown(scope, NOON + timedelta(hours=hours), f"{hours} h"))
    here = parse("http://a.news.test/")

    assert cooldowns.of(here.text, here, NOON).because == "3 h"


def test_cooldowns_that_are_over_are_forgotten():
    cooldowns = Cooldowns(
        Cooldown(f"h{n}.test", NOON + timedelta(seconds=n), "HTTP 429")
        for n in range(politeness.MANY_COOLDOWNS)
    )
    cooldowns.purge(NOON + timedelta(days=1))

    assert cooldowns._known == {}
