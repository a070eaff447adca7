"""Cases E39 to E52: redirects and moves, refusals, identity, encodings."""

from datetime import timedelta

import pytest
from badserver import BadServer, answer, big_header, raw, redirect, reset, short_of_length, stall
from watch import NOON, Watch, at, rss

FEED = rss("a", "b", "c")
DAY = timedelta(days=1)


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


def watching(server, tmp_path, **more):
    return Watch(tmp_path, [at(server)], **more)


async def polled_daily(watch, days):
    for _ in range(days):
        await watch.poll()
        watch.later(days=1)


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_e39_a_passing_redirect_never_changes_the_address(server, tmp_path, status):
    server["/feed"] = redirect("/new", status)
    server["/new"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        for _ in range(100):
            await watch.poll()
            watch.later(hours=2)

        assert watch.ask("select url, effective_url, moving_to from feeds") == [(at(server), None, None)]
    assert server.paths.count("/feed") == 100


@pytest.mark.parametrize("status", [301, 308])
async def test_e40_a_move_is_adopted_after_five_polls_and_three_days_and_told(server, tmp_path, status):
    server["/feed"] = redirect("/new", status)
    server["/new"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        before = watch.settings()
        for _ in range(20):  # many polls, but not yet three days
            await watch.poll()
            watch.later(hours=3)
        assert watch.feed().effective_url is None
        assert watch.feed().move.polls == 20
        watch.clock = NOON + 3 * DAY
        await watch.poll()

        assert watch.feed().effective_url == at(server, path="/new")
        (told,) = watch.ask("select notice from feed_health")[0]
        assert "moved for good" in told
        assert "put the new address into the configuration" in told
        ids = watch.ask("select id, feed_id from entries")
        server.seen.clear()
        watch.later(hours=1)
        await watch.poll()
        assert server.paths == ["/new"]
        assert watch.ask("select id, feed_id from entries") == ids
        assert watch.settings() == before
        await watch.restart()
        assert watch.feed().url == at(server)
        assert watch.feed().effective_url == at(server, path="/new")


async def test_e40_a_move_that_is_not_met_on_every_poll_begins_anew(server, tmp_path):
    server["/new"] = answer(FEED)
    server["/feed"] = [*[redirect("/new", 301)] * 4, answer(FEED), redirect("/new", 301)]
    async with watching(server, tmp_path) as watch:
        await polled_daily(watch, 9)
        assert watch.feed().effective_url is None
        await polled_daily(watch, 1)
        assert watch.feed().effective_url is not None


@pytest.mark.parametrize(
    ("status", "polls"), [(410, 1), (404, 3)], ids=["says it is gone", "is not there any more"]
)
async def test_e40_an_adopted_address_that_fails_is_given_up_and_that_is_told(
    server, tmp_path, status, polls
):
    server["/feed"] = redirect("/new", 301)
    server["/new"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        await polled_daily(watch, 5)
        server["/new"] = answer(b"", status=status)
        await polled_daily(watch, polls)
        assert watch.feed().state == "failing"
        assert watch.feed().effective_url is None
        assert "configured address again" in watch.one("select notice from feed_health")
        server["/feed"] = answer(FEED)
        (back,) = await watch.poll()

    assert back.outcome == "unchanged"


@pytest.mark.parametrize(
    "scripts",
    [
        {"/feed": redirect("/hop", 301), "/hop": redirect("/new", 302), "/new": answer(FEED)},
        {"/feed": redirect("/new", 301), "/new": answer(b"<!doctype html><h1>Down for maintenance")},
        {
            "/feed": redirect("/new?token=0123456789abcdef0123", 301),
            "/new?token=0123456789abcdef0123": answer(FEED),
        },
    ],
    ids=["a hop that may pass", "a maintenance page", "an address that holds a token"],
)
async def test_e41_what_is_no_move_is_not_adopted(server, tmp_path, scripts):
    for path, script in scripts.items():
        server[path] = script
    async with watching(server, tmp_path) as watch:
        await polled_daily(watch, 8)

        assert watch.ask("select effective_url, moving_to from feeds") == [(None, None)]


def test_e41_a_move_from_https_to_http_is_not_believed():
    from monitor.core import moves
    from monitor.model import Feed, Hop, Page

    feed = Feed(1, "https://paper.example/rss", "paper.example")
    down = Page(
        feed.url, "http://paper.example/rss", 200, {}, b"", NOON, hops=(Hop(301, "http://paper.example/rss"),)
    )
    up = Page(
        feed.url,
        "https://www.paper.example/rss",
        200,
        {},
        b"",
        NOON,
        hops=(Hop(301, "https://www.paper.example/rss"),),
    )

    assert (None, "https://www.paper.example/rss") == (
        moves.met(feed, down, NOON),
        moves.met(feed, up, NOON).to,
    )


async def test_e42_a_feed_that_has_become_another_one_is_asked_as_one(server, tmp_path):
    server["/feed"] = redirect("/new", 301)
    server["/new"] = answer(FEED)
    urls = [at(server), at(server, path="/new")]
    async with Watch(tmp_path, urls) as watch:
        await polled_daily(watch, 5)
        server.seen.clear()
        polls = await watch.poll()

        assert [poll.feed.url for poll in polls] == [urls[1]]
        assert server.paths == ["/new"]
        told = watch.one("select notice from feeds where url = ?", urls[0])
        assert "is the address of another feed" in told
        assert watch.one("select count(*) from feeds where next_poll_at > ?", "2026-03-07") == 2
        await watch.restart()
        assert [feed.url for feed in await watch.due(regardless=True)] == [urls[1]]
        assert watch.ask("select distinct url from feeds join _feed_topics on feed_id = feeds.id") == [
            (urls[1],)
        ]
        watch.urls = urls[:1]  # the owner removes the wrong one
        await watch.reload()
        assert [poll.feed.url for poll in await watch.poll()] == urls[:1]


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        (redirect("/feed"), 1),
        (redirect(None), 1),
        (redirect("/1"), 6),
        (raw(b"HTTP/1.1 302 Found\r\nlocation: /" + b"x" * 600_000 + b"\r\ncontent-length: 0\r\n\r\n"), 1),
    ],
    ids=["a circle", "no Location", "eleven hops", "a Location of 600 kB"],
)
async def test_e43_redirects_that_lead_nowhere_are_one_step_of_back_off(server, tmp_path, script, requests):
    server["/feed"] = script
    for hop in range(1, 12):
        server[f"/{hop}"] = redirect(f"/{hop + 1}")
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()

        assert (poll.outcome, watch.feed().failures) == ("error", 1)
        assert watch.until() == timedelta(hours=1)
    assert len(server.seen) == requests


async def test_e43_a_relative_location_is_followed(server, tmp_path):
    server["/feed"] = redirect("new?x=1")
    server["/new?x=1"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()

    assert poll.outcome == "new"


async def test_e44_who_is_gone_is_asked_no_more_but_by_hand(server, tmp_path):
    server["/feed"] = [answer(FEED), answer(b"", status=410), answer(FEED)]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        await watch.poll()
        for _ in range(50):
            watch.later(days=1)
            await watch.restart()
            await watch.poll()
        assert len(server.seen) == 2
        assert watch.ask("select state, next_poll_at from feed_health") == [("gone", None)]
        assert "gone for good" in watch.one("select because from feed_health")
        assert await watch.due(regardless=True) == []
        assert len(await watch.due(regardless=True, gone_too=True)) == 1


@pytest.mark.parametrize(
    "script",
    [
        answer(b"", status=401),
        answer(b"", status=403),
        answer(b"", status=451),
        answer(b"<html>Just a moment", status=503, cf_mitigated="challenge"),
    ],
)
async def test_e45_who_is_refused_waits_four_hours_as_the_same_person(server, tmp_path, script):
    server["/feed"] = script
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        assert watch.until() >= timedelta(hours=4)
        assert "who is refused waits" in watch.one("select because from feeds")
        watch.later(hours=5)
        await watch.poll()

    assert {seen.header("User-Agent") for seen in server.seen} == {"monitor/1.2 (+desk@example.org)"}


@pytest.mark.parametrize(
    "script",
    [answer(b"", status=404), answer(b"", status=500), answer(b"", status=403), reset(), stall(), short_of_length(),
     answer(b"no feed"), big_header(100_000)],
)  # fmt: skip
async def test_e46_an_error_costs_exactly_one_request(server, tmp_path, script):
    server["/feed"] = script
    async with watching(server, tmp_path, timeout=0.2) as watch:
        (poll,) = await watch.poll()
        await watch.read()

    assert poll.outcome == "error"
    assert [seen.line for seen in server.seen] == ["GET /feed HTTP/1.1"]


async def test_e47_no_cookie_no_referer_no_query_of_our_own(server, tmp_path):
    server["/feed"] = [redirect("/b", set_cookie="a=1; Path=/"), redirect("/b")]
    server["/b"] = answer(FEED, set_cookie="b=2; Path=/")
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        await watch.poll()

    assert server.paths == ["/feed", "/b", "/feed", "/b"]
    for seen in server.seen:
        assert (seen.header("Cookie"), seen.header("Referer"), seen.header("Origin")) == (None, None, None)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a%2bb", "/a%2bb"),
        ("/~user/%7Eother", "/~user/%7Eother"),
        ("/!p4608;rss/", "/!p4608;rss/"),
        ("/straße?q=ü", "/stra%C3%9Fe?q=%C3%BC"),
        ("/feed#top", "/feed"),
    ],
)
async def test_e48_exactly_the_configured_octets_are_asked_for(server, tmp_path, written, sent):
    server[sent] = answer(FEED)
    async with Watch(
        tmp_path, [at(server, "müller.test", written)], allow=[f"xn--mller-kva.test:{server.port}"]
    ) as watch:
        (poll,) = await watch.poll()

    assert poll.outcome == "new"
    assert server.seen[0].line == f"GET {sent} HTTP/1.1"
    assert server.seen[0].header("Host") == f"xn--mller-kva.test:{server.port}"


async def test_e49_feeds_and_articles_are_asked_by_the_same_name(server, tmp_path):
    server["/feed"] = answer(rss("a").replace(b"https://paper.example", at(server, path="").encode()))
    server["/robots.txt"] = answer(b"", status=404)
    server["/a"] = answer(b"<p>text")
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        await watch.read()

    assert server.paths == ["/feed", "/robots.txt", "/a"]
    assert {seen.header("User-Agent") for seen in server.seen} == {"monitor/1.2 (+desk@example.org)"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (rss("<item><title>Grüße</title><guid>1</guid></item>"), {"content_type": "text/html"}),
        (rss("<item><title>Grüße</title><guid>1</guid></item>"), {"content_type": "application/rss+xml; charset=iso-8859-1"}),
        (rss("<item><title>Grüße</title><guid>1</guid></item>").decode().encode("utf-16"), {"content_type": "text/xml"}),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + rss("<item><title>Grüße</title><guid>1</guid></item>").partition(b"?>")[2].decode().encode("latin-1"),
         {"content_type": "text/xml; charset=utf-8"}),
    ],
    ids=["called html", "charset lies", "utf-16 with mark", "latin-1 called utf-8"],
)  # fmt: skip
async def test_e51_the_bytes_tell_what_they_are(server, tmp_path, body, headers):
    server["/feed"] = answer(body, **headers)
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.titles == ["Grüße"]


async def test_e52_a_page_where_the_feed_was_is_a_soft_error(server, tmp_path):
    page = b'<!doctype html><title>We are new!</title><a href="/elsewhere">news</a><link rel="alternate" href="/rss2">'
    server["/feed"] = [answer(FEED), answer(page, content_type="text/html"), answer(FEED)]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        (odd,) = await watch.poll()
        assert odd.error == "no feed but an HTML page titled “We are new!”"
        assert (watch.feed().state, len(watch.titles)) == ("failing", 3)
        watch.later(hours=2)
        await watch.poll()
        assert (watch.feed().state, len(watch.titles)) == ("ok", 3)

    assert set(server.paths) == {"/feed"}
