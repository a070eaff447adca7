"""The demo newsroom on the air: feeds, pages, validators, moves, walls, over real sockets on loopback."""

import asyncio
import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import feedparser
import pytest
from trafilatura import bare_extraction

from monitor.demo.newsroom import Newsroom, describe, serve
from monitor.demo.script import load_script
from monitor.errors import MonitorError

ROOT = Path(__file__).parents[1]
BEGAN = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SCRIPT = load_script()


class Clock:
    """A monotonic clock that stands still until told otherwise; it starts at 1,000 seconds."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds

    def show(self, t):
        self.seconds = 1000.0 + t


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def newsroom(clock):
    async with Newsroom(now=clock, today=lambda: BEGAN) as running:
        yield running


@pytest.fixture
async def web():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def words(text):
    return re.findall(r"\w+", text.casefold())


def published(t, script=SCRIPT):
    return {one.id: one for one in script.state(t).published}


async def get(web, url, **headers):
    async with web.get(url, headers=headers, allow_redirects=False) as answer:
        return answer, await answer.read()


def entries_of(body, content_type):
    """(guid, link, title) of a feed's items, whatever its format."""
    if "json" in content_type:
        items = json.loads(body)["items"]
        return [(item["id"], item["url"], item["title"]) for item in items]
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [(one.get("id", one.link), one.link, one.title) for one in parsed.entries]


async def test_every_feed_parses_and_every_page_it_links_to_answers(newsroom, clock, web):
    clock.show(60)
    statuses, slow_news = Counter(), set()
    for outlet in newsroom.outlets:
        for url in outlet.feed_urls:
            answer, body = await get(web, url)
            if answer.status == 301:
                answer, body = await get(web, answer.headers["Location"])
            entries = entries_of(body, answer.headers["Content-Type"])
            assert len(entries) >= 4
            for _, link, title in entries:
                page, _ = await get(web, link)
                statuses[page.status] += 1
                slow_news |= {title} if page.status == 404 else set()

    assert set(statuses) == {200, 404}
    assert slow_news == {"Ukraine-Benefizkonzert im Dom: Restkarten und Waffenruhe-Gebet"}


async def test_the_pages_on_the_air_are_those_of_the_script(newsroom, clock, web):
    clock.show(25)
    state = newsroom.script_state()
    outlets = {one.id: one for one in newsroom.outlets}
    assert state.at == 25.0
    for one in state.published:
        if not one.missing:
            outlet = outlets[one.outlet_id]
            _, body = await get(web, outlet.base_url + one.path)
            seen = bare_extraction(body, fast=True, include_comments=False)
            assert words(one.paragraphs[-1])[-6:] == words(seen.text)[-6:], one.id


async def test_feeds_and_pages_answer_304_to_the_validators_they_gave(newsroom, clock, web):
    clock.show(30)
    for outlet in newsroom.outlets:
        path = next(one.path for one in newsroom.script.latest(outlet.id, 30.0) if not one.missing)
        feed = outlet.feeds[0].moves_to or outlet.feeds[0].path
        for address in (outlet.base_url + feed, outlet.base_url + path):
            answer, body = await get(web, address)
            marks = {
                "If-None-Match": answer.headers.get("ETag"),
                "If-Modified-Since": answer.headers.get("Last-Modified"),
            }
            given = {name: value for name, value in marks.items() if value}
            assert bool(given) == (outlet.validators != "none")

            for headers in [given, *({name: value} for name, value in given.items())]:
                again, rest = await get(web, address, **headers)
                expected = (304, b"") if headers else (200, body)
                assert expected == (again.status, rest), (address, headers)


async def test_a_new_item_changes_the_validators(newsroom, clock, web):
    clock.show(0)
    url = newsroom.outlets[0].feed_urls[0]
    first, _ = await get(web, url)
    clock.show(16)

    etag, since = first.headers["ETag"], first.headers["Last-Modified"]
    assert (await get(web, url, **{"If-None-Match": etag}))[0].status == 200
    assert (await get(web, url, **{"If-Modified-Since": since}))[0].status == 200
    assert (await get(web, url, **{"If-None-Match": etag, "If-Modified-Since": since}))[0].status == 200
    assert (await get(web, url, **{"If-Modified-Since": "yesterday"}))[0].status == 200


async def test_last_modified_is_the_full_second_after_the_change(newsroom, clock, web):
    clock.show(1)
    url = next(one.feed_urls[0] for one in newsroom.outlets if one.id == "ashcombe")
    answer, _ = await get(web, url)

    assert newsroom.script_state().published[-2].at == 0.5
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) == BEGAN + timedelta(seconds=1)


async def test_dates_count_from_the_start(newsroom, clock, web):
    clock.show(30)
    _, body = await get(web, newsroom.outlets[0].feed_urls[0])

    dates = {one.title: parsedate_to_datetime(one.published) for one in feedparser.parse(body).entries}
    assert dates["Trump kündigt Gipfel mit Putin in Alaska an"] == BEGAN
    assert dates[
        "Dreiunddreißig Tore und ein Wadenkrampf: Weidenfurt dreht das Pokalspiel"
    ] == BEGAN + timedelta(seconds=15)


async def test_the_wall_is_served_with_200_and_then_the_page(newsroom, clock, web):
    outlet = next(one for one in newsroom.outlets if one.id == "tagesblick")
    url = outlet.base_url + published(30.0)["kyjiw-stimmen@tagesblick"].path
    clock.show(10)
    answer, body = await get(web, url)

    assert answer.status == 200
    assert "Ihre Privatsphäre ist uns wichtig" in body.decode()
    assert "Oksana" not in body.decode()
    clock.show(21)
    answer, body = await get(web, url)
    assert answer.status == 200
    assert "Oksana" in body.decode()


async def test_the_correction_shows_in_page_and_feed(newsroom, clock, web):
    outlet = next(one for one in newsroom.outlets if one.id == "tagesblick")
    address = outlet.base_url + published(30.0)["zoll-indien@tagesblick"].path

    async def seen():
        _, feed = await get(web, outlet.feed_urls[0])
        item = next(one for one in json.loads(feed)["items"] if one["url"] == address)
        _, page = await get(web, address)
        return item.get("date_modified"), "Berichtigung:" in page.decode()

    clock.show(5)
    assert await seen() == (None, False)
    clock.show(13)
    assert await seen() == ("2026-03-04T10:00:12Z", True)


async def test_a_feed_moves_for_good(newsroom, clock, web):
    outlet = next(one for one in newsroom.outlets if one.id == "nordhafen")
    clock.show(7)
    before, body = await get(web, outlet.feed_urls[0])
    clock.show(8)
    after, nothing = await get(web, outlet.feed_urls[0])
    _, there = await get(web, after.headers["Location"])

    assert (before.status, after.status, nothing) == (200, 301, b"")
    assert after.headers["Location"] == outlet.base_url + "/atom/aktuell.xml"
    assert len(feedparser.parse(there).entries) >= len(feedparser.parse(body).entries)


async def test_robots_txt_forbids_one_page_that_a_feed_names(newsroom, clock, web):
    clock.show(10)
    outlet = newsroom.outlets[0]
    _, robots = await get(web, outlet.base_url + "/robots.txt")
    _, feed = await get(web, outlet.feed_urls[0])

    assert robots.decode() == "User-agent: *\nDisallow: /intern/\n"
    links = [link for _, link, _ in entries_of(feed, "rss")]
    assert [link for link in links if "/intern/" in link] == [
        outlet.base_url + "/intern/wochenplan-der-redaktion.html"
    ]


async def test_some_guids_are_shared_some_change_and_some_articles_stand_in_two_feeds(newsroom, clock, web):
    by_id = {one.id: one for one in newsroom.outlets}
    clock.show(31)
    everything, region = [entries_of((await get(web, url))[1], "rss") for url in by_id["lindtal"].feed_urls]
    first = entries_of((await get(web, by_id["ashcombe"].feed_urls[0]))[1], "rss")
    clock.show(41)
    second = entries_of((await get(web, by_id["ashcombe"].feed_urls[0]))[1], "rss")

    assert {guid for guid, _, _ in region} == {"lindtal-meldung"}
    assert len({link for _, link, _ in everything} & {link for _, link, _ in region}) >= 3
    guids = {link: guid for guid, link, _ in first}
    assert [link for guid, link, _ in second if guids.get(link) == guid] == []
    assert all("utm_source=rss" in link for link in guids)


async def test_the_front_page_names_the_feeds_and_lists_the_news(newsroom, clock, web):
    clock.show(30)
    for outlet in newsroom.outlets:
        _, body = await get(web, outlet.base_url + "/")
        page = body.decode(outlet.encoding)

        assert all(feed.path in page for feed in outlet.feeds)
        assert page.count('class="teaser"') >= 3


async def test_the_start_can_wait_for_the_first_reader(clock, web):
    async with Newsroom(now=clock, wait_for_reader=True) as newsroom:
        clock.show(500)
        assert newsroom.elapsed() == 0.0
        assert len(newsroom.script_state().published) == len(SCRIPT.state(0.0).published)

        await get(web, newsroom.outlets[0].feed_urls[0])
        clock.show(504)
        assert newsroom.elapsed() == 4.0
        assert newsroom.script_state(now=1506.0).at == 6.0


async def test_two_newsrooms_on_one_port_are_refused_in_words():
    async with Newsroom() as first:
        port = first.outlets[0].port
        with pytest.raises(MonitorError, match=rf"cannot listen on 127\.0\.0\.11:{port}"):
            async with Newsroom(port):
                pass


async def test_serve_calls_back_and_ends_when_its_time_is_over():
    heard = []

    await asyncio.wait_for(serve(seconds=0.05, ready=heard.append), timeout=5)
    assert len(describe(heard[0]).splitlines()) == 9
    assert heard[0]._runners == []


async def test_it_runs_as_a_process_of_its_own_and_stops_when_told(web):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "monitor.demo.newsroom",
        "--for",
        "300",
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 10)).decode().split("\t")
        answer, body = await get(web, line[2].strip())
        assert (answer.status, len(feedparser.parse(body).entries) >= 2) == (200, True)
    finally:
        process.terminate()
        rest, _ = await asyncio.wait_for(process.communicate(), 10)

    assert len(rest.decode().splitlines()) == 8
    assert process.returncode == 0
