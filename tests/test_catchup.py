"""Looking back after a gap: what is found, where it is from, and that nobody is asked twice."""

import asyncio
import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from badserver import BadServer, answer
from events_texts import report
from town import Town, sentences
from watch import NOON, InProcess, Watch, at, item_of, rss

from monitor import config, daemon
from monitor.catchup import catch_up
from monitor.cli.watch import one_pass
from monitor.core.sitemap import parse_sitemap
from monitor.core.topics import Found
from monitor.daemon import Daemon
from monitor.errors import ParseError
from monitor.model import Outcome
from monitor.settle import place

THREE_HOURS = timedelta(hours=3)
ATOM = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{}" href="{}"/>'


class Reading(InProcess):
    """Reads sitemaps as well."""

    async def sitemap(self, body, *, url):
        try:
            return parse_sitemap(body, url=url)
        except ParseError as error:
            return error


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


def item(server, name, **ago):
    """An item on the server's own site, published so long before noon."""
    when = NOON - timedelta(**ago)
    return item_of(name, link=at(server, path=f"/{name}"), pubDate=f"{when:%a, %d %b %Y %H:%M:%S} GMT")


def feed(server, *names, head="", **ago):
    return answer(rss(*(item(server, name, **ago) for name in names), head=head))


def sitemap(server, *pages):
    """A news sitemap of (name, hours after noon)."""
    made = "".join(
        f"<url><loc>{at(server, path=f'/{name}')}</loc><n:news xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>"
        f"<n:publication_date>{NOON + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}</n:publication_date>"
        f"<n:title>Title of {name}</n:title></n:news></url>"
        for name, hours in pages
    )
    return answer(f"<urlset>{made}</urlset>".encode())


async def with_a_gap(watch):
    """Two polls, three hours apart, that share no entry."""
    await watch.poll()
    watch.later(hours=3)
    await watch.poll()
    watch.later(minutes=1)


def watching(server, tmp_path, **more):
    return Watch(tmp_path, [at(server)], workers=Reading(), **more)


def found(watch):
    return {
        title.removeprefix("Title of "): mark for title, mark in watch.ask("select title, found from entries")
    }


# ── the archive ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rel", ["prev-archive", "next", "previous"])
async def test_what_the_feeds_archive_shows_of_the_gap_is_taken_up_to_what_was_known(server, tmp_path, rel):
    head = ATOM.format(rel, "/older")
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    server["/older"] = answer(
        rss(
            item(server, "m", hours=-2),
            item(server, "n", hours=-1),
            item(server, "c", hours=1),
            item(server, "old", days=3),
        )
    )
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        came = await catch_up(watch.world)

        assert {"gaps": 1, "found": 2, "closed": 1} == came.numbers()
        marked = {name: words for name, words in found(watch).items() if words}
        assert {"m": "found in the feed's archive after a gap of 3 hours"} == {"m": marked["m"]}
        assert {"m", "n"} == set(marked)
        assert "old" not in found(watch)
        assert 1 == watch.one("select bridged from gaps")
        assert "nothing is missing" in watch.one("select caught_up from gaps")
        server.seen.clear()
        watch.later(hours=1)
        assert {"gaps": 0, "found": 0, "closed": 0} == (await catch_up(watch.world)).numbers()
        assert [] == server.paths


async def test_an_entry_known_only_since_the_gap_proves_nothing(server, tmp_path):
    head = ATOM.format("next", "/older")
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    more = ATOM.format("next", "/older2")
    server["/older"] = answer(rss(item(server, "z", hours=-3), item(server, "m", hours=-2), head=more))
    server["/older2"] = answer(rss(item(server, "n", hours=-1), item(server, "c", hours=1)))
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)

        assert {"gaps": 1, "found": 2, "closed": 1} == (await catch_up(watch.world)).numbers()


async def test_the_mark_stays_in_the_reason_whatever_is_decided(server, tmp_path):
    head = ATOM.format("next", "/older")
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    server["/older"] = answer(rss(item(server, "m", hours=-2), item(server, "c", hours=1)))
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        await catch_up(watch.world)
        (entry_id,) = watch.ask("select id from entries where found is not null")[0]
        settled = Outcome("off_topic", "no topic matched")
        await watch.store.write(lambda books: books.set_entry(entry_id, settled, watch.clock))

        because = watch.one("select because from entries where found is not null")
        assert "found in the feed's archive after a gap of 3 hours; no topic matched" == because


async def test_pages_that_lead_in_a_circle_or_on_for_ever_end(server, tmp_path):
    head = ATOM.format("next", "/older0")
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    for n in range(30):
        server[f"/older{n}"] = feed(server, f"m{n}", head=ATOM.format("next", f"/older{n + 1}"), hours=-1)
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        await catch_up(watch.world)

        assert 10 == sum(path.startswith("/older") for path in server.paths)
        assert "ends within it" in watch.one("select because from _catchups where source = 'archive'")
    server.seen.clear()
    server["/older0"] = feed(server, "m", head=ATOM.format("next", "/older1"), hours=-1)
    server["/older1"] = feed(server, "n", head=ATOM.format("next", "/older0"), hours=-1)
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    again = tmp_path / "again"
    again.mkdir()
    async with watching(server, again) as watch:
        await with_a_gap(watch)
        await catch_up(watch.world)

        assert 2 == sum(path.startswith("/older") for path in server.paths)


async def test_a_host_that_wants_patience_gets_it_and_the_gap_waits(server, tmp_path):
    head = ATOM.format("next", "/older")
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    server["/older"] = [
        answer(status=429, retry_after="600"),
        answer(rss(item(server, "m", hours=-2), item(server, "c", hours=1))),
    ]
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        await catch_up(watch.world)
        server.seen.clear()
        await catch_up(watch.world)

        assert [] == server.paths
        assert [] == watch.ask("select * from _catchups")
        watch.later(minutes=11)
        assert 1 == (await catch_up(watch.world)).found


async def test_the_address_of_an_archive_never_carries_a_secret_of_the_feed(server, tmp_path):
    from dataclasses import replace

    head = ATOM.format("next", at(server, path="/older?key=s3cret"))
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", head=head, hours=-3)]
    async with watching(server, tmp_path) as watch:
        secret = {at(server): at(server)}
        watch.world = replace(watch.world, addresses=secret, hide=lambda text: text.replace("s3cret", "***"))
        await with_a_gap(watch)
        await catch_up(watch.world)

        assert at(server, path="/older?key=***") == watch.one("select older_url from feeds")
        assert not any("older" in path for path in server.paths)
        assert "holds a secret" in watch.one("select caught_up from gaps")


# ── the sitemap ──────────────────────────────────────────────────────────────────────────────────


async def test_what_the_news_sitemap_lists_of_an_outage_is_taken_where_no_feed_knows_it(server, tmp_path):
    server["/feed"] = [
        feed(server, "a", "b", hours=1),
        answer(status=500),
        feed(server, "x", "y", "z", hours=-3),
    ]
    server["/robots.txt"] = answer(
        b"User-agent: *\nAllow: /\nSitemap: /all.xml\nSITEMAP : /google-news.xml\n"
    )
    server["/google-news.xml"] = sitemap(server, ("before", -9), ("a", -1), ("m", 1), ("x", 2), ("after", 9))
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        await watch.poll()
        watch.later(hours=2)
        assert {"gaps": 0, "found": 0, "closed": 0} == (await catch_up(watch.world)).numbers()  # still out
        await watch.poll()
        came = await catch_up(watch.world)

        assert 1 == came.found
        assert {"m": "found in the outlet's news sitemap after an outage of 3 hours"} == {
            name: words for name, words in found(watch).items() if words
        }
        assert "lists 3 pages of that time, 1 of them unknown" in watch.one("select caught_up from gaps")
        assert (0, 1) == watch.ask("select bridged, found from gaps")[0]
        assert "/all.xml" not in server.paths


async def test_feeds_of_one_outlet_share_one_request_for_its_sitemap(server, tmp_path):
    server["/sitemap-news.xml"] = sitemap(server, ("m", 1), ("early", -9))
    urls = [at(server, path=f"/feed{n}") for n in range(3)]
    for n in range(3):
        server[f"/feed{n}"] = [
            feed(server, *(f"{name}{n}" for name in "abc"), hours=1),
            feed(server, *(f"{name}{n}" for name in "xyz"), hours=-3),
        ]
    async with Watch(tmp_path, urls, workers=Reading()) as watch:
        await with_a_gap(watch)
        came = await catch_up(watch.world)

        assert 3 == came.found
        assert ["/robots.txt", "/sitemap-news.xml"] == server.paths[6:]
        assert 3 == watch.one("select count(distinct feed_id) from entries where found is not null")


async def test_a_sitemap_that_robots_txt_forbids_is_not_read(server, tmp_path):
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", hours=-3)]
    server["/robots.txt"] = answer(b"User-agent: *\nDisallow: /sitemap-news.xml\nSitemap: /sitemap-news.xml")
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        await catch_up(watch.world)

        assert "/sitemap-news.xml" not in server.paths
        assert "robots.txt" in watch.one("select caught_up from gaps")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>no</html>", "names no news sitemap"),
        (b"<urlset><url><loc>/a</loc></url></urlset>", "names no news sitemap"),
    ],
)
async def test_an_outlet_without_news_sitemap_is_asked_once_and_that_is_said(server, tmp_path, body, said):
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", hours=-3)]
    server["/sitemap.xml"] = answer(body)
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        await catch_up(watch.world)
        asked = len(server.paths)
        await catch_up(watch.world)

        assert asked == len(server.paths)
        assert said in watch.one("select caught_up from gaps")


async def test_pages_of_other_domains_in_a_sitemap_are_left_out(server, tmp_path):
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", hours=-3)]
    server["/sitemap-news.xml"] = answer(
        b"<urlset><url><loc>http://elsewhere.test/m</loc><news><publication_date>2026-03-02T13:00:00Z</publication_date>"
        b"</news></url></urlset>"
    )
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)

        assert 0 == (await catch_up(watch.world)).found


async def test_a_gap_of_long_ago_brings_no_request(server, tmp_path):
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", hours=-3)]
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)
        watch.later(days=4)
        server.seen.clear()
        await catch_up(watch.world)

        assert [] == server.paths
        assert "longer ago" in watch.one("select caught_up from gaps")


async def test_only_the_feeds_that_were_named_are_looked_after(server, tmp_path):
    server["/feed"] = [feed(server, "a", "b", "c", hours=1), feed(server, "x", "y", "z", hours=-3)]
    async with watching(server, tmp_path) as watch:
        await with_a_gap(watch)

        assert {} == dict.fromkeys((await catch_up(watch.world, feeds=["http://other.test/"])).gaps)
        assert 1 == len((await catch_up(watch.world, feeds=[at(server)])).gaps)


# ── in the commands ──────────────────────────────────────────────────────────────────────────────


async def test_a_poll_looks_back_and_reads_what_it_finds(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        path = town.config(tmp_path)
        for names in ("abc", "xyz"):
            paper.items.clear()
            for name in names:
                paper.publish(f"/{name}", f"Waffenstillstand {name}", sentences(name, 18))
            paper.publish("/m", "Waffenstillstand m", sentences("m", 18), listed=False)
            paper.robots = f"User-agent: *\nSitemap: {paper.address}/news.xml"
            paper.pages["/news.xml"] = (
                f"<urlset><url><loc>{paper.address}/m</loc><publication_date>{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
                "</publication_date></url></urlset>"
            )
            summary = await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
        with sqlite3.connect(tmp_path / "data" / "monitor.db") as conn:
            found = conn.execute("select state, because from decisions where url like '%/m'").fetchall()
            asked = dict(conn.execute("select kind, sum(requests) from politeness group by kind"))
        conn.close()

    assert {"gaps": 1, "found": 1, "closed": 0} == summary["caught_up"]
    ((state, because),) = found
    assert "stored" == state
    assert because.startswith("found in the outlet's news sitemap after a gap of")
    assert {"feed": 2, "article": 7, "robots": 1, "other": 1} == asked


async def test_the_daemon_looks_back_one_round_at_a_time(tmp_path, monkeypatch):
    from monitor import catchup

    rounds, release = [], asyncio.Event()

    async def slow(world):
        rounds.append(world)
        await release.wait()
        return catchup.CaughtUp(found=1)

    monkeypatch.setattr(catchup, "catch_up", slow)
    async with Town(1) as town:
        settings = config.load(town.config(tmp_path), os.environ)
        async with daemon.house(settings) as opened:
            watch = daemon.Daemon(opened, load=lambda: settings, tell=lambda _: None)
            watch.look_back()
            await asyncio.sleep(0)
            watch.look_back()
            release.set()
            await asyncio.gather(*watch._tasks)
            assert [watch.world] == rounds
            assert watch._wake.is_set()
            watch.look_back()
            await asyncio.gather(*watch._tasks)

    assert 2 == len(rounds)


async def test_the_same_round_looks_at_events_again_where_nothing_comes(server, tmp_path):
    async with watching(server, tmp_path) as watch:
        for hours, name in enumerate(("bridge 1", "bridge 2")):
            one = replace(report(name), first_seen=watch.now() + timedelta(hours=hours))
            await watch.store.write(
                lambda books, one=one: place(books, one, Found((), ""), watch.world, announce=False)
            )
        round_ = SimpleNamespace(world=watch.world, _wake=asyncio.Event(), _looking_back=True)
        left = []
        for hours in (6, 18, 1):
            watch.later(hours=hours)
            await Daemon.catch_up(round_)
            left.append(watch.one("select count(*) from _event_looks"))

    assert left == [1, 1, 0]
