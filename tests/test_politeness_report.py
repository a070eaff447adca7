"""How we treat hosts, counted: every hop, every refusal, every pause; and the report of it."""

import gzip
import json
from contextlib import closing
from datetime import timedelta

import pytest
from badserver import BadServer, answer, redirect, reset
from click.testing import CliRunner
from store_scene import quick_store

from monitor.cli import cli
from monitor.errors import StoreError
from monitor.fetch import Client
from monitor.manners import Ledger, counts_of
from monitor.model import Asked, FetchRules
from monitor.store.opening import open_for_reading
from monitor.store.politeness import politeness

from test_fetch import NOON  # isort: skip

PACKED = gzip.compress(b"<rss>" + b"x" * 5000 + b"</rss>")


@pytest.fixture
async def servers():
    async with BadServer() as one, BadServer("127.0.0.2") as two:
        yield one, two


def client_for(servers, count, now=lambda: NOON):
    rules = FetchRules(per_host_delay=0.0, allow_private=frozenset(server.place for server in servers))
    return Client(rules, version="1", clock=now, count=count)


def told(seen):
    return [(asked.host, asked.kind, asked.came, asked.status) for asked in seen]


async def test_every_hop_is_counted_for_its_host_with_the_bytes_that_came(servers):
    one, two = servers
    seen = []
    one["/feed"] = redirect(two.url("/feed"))
    two["/feed"] = answer(PACKED, content_encoding="gzip")
    async with client_for(servers, seen.append) as client:
        await client.get(one.url("/feed"))

    assert [(one.place, "feed", "answer", 302), (two.place, "feed", "answer", 200)] == told(seen)
    assert len(PACKED) == seen[1].bytes


async def test_kinds_and_what_was_not_asked_are_told_apart(servers):
    one, two = servers
    seen = []
    one["/robots.txt"] = answer(b"User-agent: *\nDisallow: /closed\nSitemap: /map.xml")
    one["/feed"] = answer(status=304)
    two["/a"] = reset()
    async with client_for(servers, seen.append) as client:
        await client.get(one.url("/feed"), etag='"a"')
        await client.get(one.url("/closed"), article=True)
        await client.get(one.url("/map.xml"), listing=True)
        await client.get("http://10.0.0.1/x")
        await client.get(two.url("/a"))
        client.cool(two.host, NOON + timedelta(hours=1), "it asked for it")
        await client.get(two.url("/a"))

    assert [
        (one.place, "feed", "answer", 304),
        (one.place, "robots", "answer", 200),
        (one.place, "article", "refused", None),
        (one.place, "other", "answer", 404),
        ("10.0.0.1", "feed", "refused", None),
        (two.place, "feed", "error", None),
        (two.place, "feed", "held", None),
    ] == told(seen)


async def test_the_sitemaps_of_a_robots_txt_are_given_and_read_once_a_day(servers):
    one, _ = servers
    one["/robots.txt"] = answer(
        b"user-agent: *\nSiteMap:https://a.test/1.xml\n  sitemap : /2.xml # x\nxsitemap: no"
    )
    async with client_for(servers, lambda _: None) as client:
        assert ("https://a.test/1.xml", "/2.xml") == await client.sitemaps(one.url("/"))
        await client.sitemaps(one.url("/x"))

    assert ["/robots.txt"] == one.paths


@pytest.mark.parametrize(
    ("came", "status", "expected"),
    [
        ("answer", 200, (1, 0, 9, 0, 0, 0, 0)),
        ("answer", 304, (1, 1, 9, 0, 0, 0, 0)),
        ("answer", 429, (1, 0, 9, 1, 0, 0, 0)),
        ("answer", 503, (1, 0, 9, 1, 0, 0, 0)),
        ("error", None, (1, 0, 9, 0, 0, 0, 1)),
        ("refused", None, (0, 0, 9, 0, 1, 0, 0)),
        ("held", None, (0, 0, 9, 0, 0, 1, 0)),
    ],
)
def test_a_request_is_counted_as_what_it_was(came, status, expected):
    assert expected == counts_of(Asked("a.test", "feed", NOON, came, status, 9))


async def test_counts_are_gathered_and_written_together(tmp_path):
    with quick_store(tmp_path / "m.db") as store:
        ledger = Ledger(store, lambda: NOON)
        for _ in range(3):
            ledger.count(Asked("a.test", "feed", NOON, "answer", 304, 10))
        ledger.count(Asked("a.test", "feed", NOON + timedelta(days=1), "answer", 200, 10))
        assert [] == store.run(lambda books: books.conn.execute("select * from politeness").fetchall())
        await ledger.settled()
        ledger.count(Asked("a.test", "feed", NOON, "answer", 429, 0))
        await ledger.settled()
        rows = store.run(
            lambda books: books.conn.execute(
                "select day, requests, not_modified, bytes, throttled from politeness order by day"
            ).fetchall()
        )

    day = f"{NOON:%Y-%m-%d}"
    assert [(day, 4, 3, 30, 1), (f"{NOON + timedelta(days=1):%Y-%m-%d}", 1, 0, 10, 0)] == rows


async def test_counts_that_cannot_be_written_wait_for_the_next_time(tmp_path):
    with quick_store(tmp_path / "m.db") as store:

        class Full:
            async def write(self, work):
                raise StoreError("the disk is full")

        ledger = Ledger(Full(), lambda: NOON)
        ledger.count(Asked("a.test", "feed", NOON, "answer", 200, 10))
        await ledger.settled()
        ledger._store = store
        await ledger.settled()

        assert [(1,)] == store.run(
            lambda books: books.conn.execute("select requests from politeness").fetchall()
        )


def test_what_is_older_than_three_months_is_let_go(tmp_path):
    with quick_store(tmp_path / "m.db") as store:
        store.run(lambda books: books.add_asked([(("a.test", "2020-01-01", "feed"), (1,) * 7)], NOON))

        assert [] == store.run(lambda books: books.conn.execute("select * from politeness").fetchall())


def filled(path, now):
    day = f"{now:%Y-%m-%d}"
    with quick_store(path) as store:
        counts = [
            (("busy.test", day, "feed"), (10, 6, 5000, 1, 0, 2, 1)),
            (("busy.test", day, "article"), (5, 0, 90_000, 0, 3, 0, 0)),
            (("calm.test", day, "feed"), (1, 0, 10, 0, 0, 0, 0)),
            (("calm.test", f"{now - timedelta(days=8):%Y-%m-%d}", "feed"), (7, 0, 10, 0, 0, 0, 0)),
        ]
        store.run(lambda books: books.add_asked(counts, now))


def test_the_report_adds_up_by_host_and_day(tmp_path):
    filled(tmp_path / "m.db", NOON)
    with closing(open_for_reading(tmp_path / "m.db")) as conn:
        found = politeness(conn, NOON, days=7)

    busy, calm = found["by_host_and_day"]
    assert ("busy.test", 15, 10, 5, 0.6) == tuple(
        busy[name] for name in ("host", "requests", "feed", "article", "share_of_304")
    )
    assert ("calm.test", 1) == (calm["host"], calm["requests"])
    assert (16, 1, 2, 3) == tuple(
        found["total"][name] for name in ("requests", "throttled", "held", "refused")
    )


def test_the_command_says_it_in_lines_and_as_json(tmp_path):
    from monitor.daemon import now

    filled(tmp_path / "monitor.db", now())
    path = tmp_path / "monitor.yaml"
    path.write_text("version: 1\ndatabase: monitor.db\ntopics: {t: {query: x, feeds: [https://a.test/]}}\n")
    shown = CliRunner().invoke(cli, ["status", "--politeness", "-c", str(path)])
    data = CliRunner().invoke(cli, ["status", "--politeness", "--days", "30", "--json", "-c", str(path)])

    assert 0 == shown.exit_code, shown.output
    assert "busy.test" in shown.output
    assert "60%" in shown.output
    assert "16 requests, 95 kB" in shown.output
    assert "asked for by hosts (HTTP 429 or 503): 1;" in shown.output
    assert 23 == json.loads(data.stdout)["total"]["requests"]
