"""A host whose pages do not come in time lets its own pages wait, and nobody else's."""

from datetime import UTC, datetime, timedelta

from badserver import BadServer, answer, stall

from monitor.errors import SlowError, WaitError
from monitor.fetch import Client, stalls
from monitor.fetch.stalls import ENOUGH, PAUSE, Stalls
from monitor.model import FetchRules, Page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def client_for(server):
    rules = FetchRules(per_host_delay=0.0, timeout=0.2, allow_private=frozenset({server.place}))
    return Client(rules, version="1", clock=lambda: NOON)


async def test_after_two_pages_that_did_not_come_the_others_of_that_host_wait_unasked():
    async with BadServer() as server:
        for n in range(10):
            server[f"/{n}"] = stall()
        async with client_for(server) as client:
            found = [await client.get(server.url(f"/{n}"), article=True) for n in range(10)]

    assert [SlowError, SlowError] + [WaitError] * 8 == [type(one) for one in found]
    assert ["/robots.txt", "/0", "/1"] == server.paths
    assert "pages of 127.0.0.1 did not come in time, so its others wait a while" == found[9].because
    assert NOON < found[9].until <= NOON + timedelta(seconds=PAUSE)


async def test_the_feeds_of_that_host_are_asked_all_the_same():
    async with BadServer() as server:
        server["/page"], server["/feed"] = stall(), answer(b"<rss/>")
        async with client_for(server) as client:
            for _ in range(ENOUGH):
                await client.get(server.url("/page"), article=True)
            feed = await client.get(server.url("/feed"))
            page = await client.get(server.url("/page"), article=True)

    assert isinstance(feed, Page)
    assert isinstance(page, WaitError)


async def test_a_slow_page_among_good_ones_costs_the_others_nothing():
    async with BadServer() as server:
        server["/good"], server["/slow"] = answer(b"<p>good</p>"), stall()
        async with client_for(server) as client:
            found = [
                await client.get(server.url(path), article=True)
                for path in ("/slow", "/good", "/slow", "/good")
            ]

    assert [SlowError, Page, SlowError, Page] == [type(one) for one in found]


def test_after_the_pause_one_page_is_tried_and_decides():
    slow = Stalls()
    for at in (0.0, 20.0):
        slow.was_slow("a.example:443", at)

    assert PAUSE - 10 == slow.wait("a.example:443", 30.0)
    assert 0 == slow.wait("a.example:443", 20.0 + PAUSE)
    assert 0 == slow.wait("b.example:443", 30.0)

    slow.was_slow("a.example:443", 400.0)
    assert PAUSE == slow.wait("a.example:443", 400.0)

    slow.was_in_time("a.example:443")
    assert 0 == slow.wait("a.example:443", 400.0)


def test_no_more_hosts_are_remembered_than_it_takes(monkeypatch):
    monkeypatch.setattr(stalls, "MANY", 3)
    slow = Stalls()
    for name in "abcda":
        slow.was_slow(name, 0.0)
        slow.was_slow(name, 0.0)

    assert [True, False, True, True] == [slow.wait(name, 0.0) > 0 for name in "abcd"]
