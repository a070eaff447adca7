"""Cases E01 to E20: conditional requests and freshness, as a server sees them over several polls."""

from datetime import timedelta
from itertools import pairwise

import pytest
from badserver import BadServer, answer, raw, redirect
from watch import NOON, InProcess, Watch, at, rss

from monitor.errors import ParseError

FEED = rss("a", "b", "c")
DAYS = timedelta(days=1)


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


def watching(server, tmp_path, **more):
    return Watch(tmp_path, [at(server)], **more)


def marks(seen):
    return seen.header("If-None-Match"), seen.header("If-Modified-Since")


async def second_request(server, tmp_path, *scripts):
    """The validators that the last of so many polls sends."""
    server["/feed"] = [*scripts, answer(status=304)]
    async with watching(server, tmp_path) as watch:
        for _ in range(len(scripts) + 1):
            await watch.poll()
            watch.later(hours=1)
    return marks(server.seen[-1])


async def test_e01_both_validators_come_back_byte_for_byte(server, tmp_path):
    given = '"a b"', "Mon, 02 Mar 2026 11:00:00 GMT"

    sent = await second_request(server, tmp_path, answer(FEED, etag=given[0], last_modified=given[1]))

    assert sent == given


async def test_e02_a_weak_etag_stays_weak(server, tmp_path):
    assert ('W/"a"', None) == await second_request(server, tmp_path, answer(FEED, etag='W/"a"'))


@pytest.mark.parametrize("odd", ["Mon, 1 Jan 24 0:0:0 +0000", "2026-03-02T11:00:00Z", "yesterday"])
async def test_e03_an_odd_last_modified_is_echoed_and_never_spelled_anew(server, tmp_path, odd):
    assert (None, odd) == await second_request(server, tmp_path, answer(FEED, last_modified=odd))


async def test_e04_the_date_inside_the_feed_is_no_validator(server, tmp_path):
    header = "Mon, 02 Mar 2026 08:00:00 GMT"
    body = rss("a", head="<lastBuildDate>Mon, 02 Mar 2026 11:59:00 GMT</lastBuildDate>")

    assert (None, header) == await second_request(server, tmp_path, answer(body, last_modified=header))


async def test_e05_a_304_without_etag_leaves_the_old_one(server, tmp_path):
    sent = await second_request(
        server, tmp_path, answer(FEED, etag='"a"', last_modified="X"), answer(status=304)
    )

    assert sent == ('"a"', "X")


async def test_e06_a_304_with_new_validators_replaces_the_old_ones(server, tmp_path):
    sent = await second_request(
        server,
        tmp_path,
        answer(FEED, etag='"a"', last_modified="X"),
        answer(status=304, etag='"b"', last_modified="Y"),
    )

    assert sent == ('"b"', "Y")


async def test_e07_a_page_that_is_no_feed_changes_neither_validators_nor_items(server, tmp_path):
    server["/feed"] = [
        answer(FEED, etag='"a"'),
        answer(b"<!doctype html><title>Oops</title>", etag='"html"'),
        answer(status=304),
    ]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        (failed,) = await watch.poll()
        ok_at = watch.feed().last_ok_at
        watch.later(hours=5)
        await watch.poll()

        assert (failed.outcome, failed.error) == ("error", "no feed but an HTML page titled “Oops”")
        assert ok_at == NOON
        assert len(watch.titles) == 3
    assert marks(server.seen[-1]) == ('"a"', None)


@pytest.mark.parametrize("script", [answer(FEED, cache_control="max-age=43200", age="600"),
                                    answer(status=304, cache_control="max-age=43200", age="600")])  # fmt: skip
async def test_e08_freshness_counts_on_200_and_on_304(server, tmp_path, script):
    server["/feed"] = [answer(FEED, etag='"a"'), script]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        await watch.poll()

        assert watch.until() >= timedelta(seconds=43200 - 600)


async def test_e09_age_counts_against_freshness(server, tmp_path):
    server["/feed"] = answer(FEED, cache_control="max-age=3600", age="3000")
    async with watching(server, tmp_path) as watch:
        (found,) = await watch.poll()

        assert found.next.because == "as scheduled"


@pytest.mark.parametrize(
    "headers",
    [
        {"cache_control": "s-maxage=86400, max-age=60"},
        {"cache_control": "no-store"},
        {"cache_control": "no-cache, max-age=9999"},
        {"expires": "0"},
        {"expires": "-1"},
        {"cache_control": "max-age=abc"},
    ],
)
async def test_e10_what_is_not_for_us_or_makes_no_sense_adds_nothing(server, tmp_path, headers):
    server["/feed"] = answer(FEED, **headers)
    async with watching(server, tmp_path) as watch:
        (found,) = await watch.poll()

        assert found.next.because == "as scheduled"


async def test_e11_an_etag_beyond_ascii_is_never_sent_altered_and_the_date_still_is(server, tmp_path):
    sent = await second_request(server, tmp_path, answer(FEED, etag=b'"\xe9"', last_modified="X"))

    assert sent == (None, "X")


async def test_e12_expires_counts_from_the_servers_own_clock(server, tmp_path):
    server["/feed"] = answer(
        FEED, date="Fri, 27 Feb 2026 12:00:00 GMT", expires="Fri, 27 Feb 2026 17:00:00 GMT"
    )
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.until() == timedelta(hours=5)


async def test_e14_validators_stay_with_the_address_that_gave_them(server, tmp_path):
    server["/feed"] = [redirect("/old"), redirect("/new"), redirect("/new")]
    server["/old"] = answer(FEED, etag='"old"')
    server["/new"] = answer(FEED, etag='"new"')
    async with watching(server, tmp_path) as watch:
        for _ in range(3):
            await watch.poll()
            watch.later(hours=1)

    sent = [(seen.path, marks(seen)[0]) for seen in server.seen]
    assert sent == [
        ("/feed", None),
        ("/old", None),
        ("/feed", None),
        ("/new", None),
        ("/feed", None),
        ("/new", '"new"'),
    ]


async def test_e15_the_same_body_again_writes_no_item(server, tmp_path):
    server["/feed"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        before = watch.ask("select * from entries order by id")
        watch.later(hours=1)
        (again,) = await watch.poll()

        assert (again.outcome, again.status, again.document) == ("unchanged", 200, None)
        assert before == watch.ask("select * from entries order by id")


async def test_e16_not_modified_for_ever_is_checked_once_in_seven_days(server, tmp_path):
    lively = [answer(rss(*(f"{day}-{n}" for n in range(day + 3))), etag=f'"{day}"') for day in range(4)]
    server["/feed"] = [*lively, answer(status=304)]
    async with watching(server, tmp_path) as watch:
        for _ in range(4 + 30):
            await watch.poll()
            watch.later(days=1)
        gone_by = [seen for seen in server.seen[1:] if marks(seen) == (None, None)]
        server["/feed"] = answer(rss("3-0", "missed", "too"), etag='"late"')
        watch.later(days=5)
        (caught,) = await watch.poll()

    times = [server.seen.index(seen) for seen in gone_by]
    assert 3 <= len(times) <= 4
    assert min(later - earlier for earlier, later in pairwise(times)) >= 7
    assert caught.outcome == "new"


@pytest.mark.parametrize("script", [answer(b"", status=200), answer(status=204), answer(FEED, status=206),
                                    raw(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n")])  # fmt: skip
async def test_e17_answers_that_are_no_feed_are_errors_and_delete_nothing(server, tmp_path, script):
    server["/feed"] = [answer(FEED), script, answer(FEED)]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        (odd,) = await watch.poll()
        watch.later(days=1)
        (after,) = await watch.poll()

        assert (odd.outcome, after.outcome) == ("error", "unchanged")
        assert len(watch.titles) == 3


async def test_e17_a_304_with_a_body_does_not_spoil_the_next_answer(server, tmp_path):
    server["/feed"] = [
        answer(FEED, etag='"a"'),
        raw(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\nsurprise!"),
        answer(rss("a", "d"), etag='"b"'),
    ]
    async with watching(server, tmp_path) as watch:
        outcomes = []
        for _ in range(3):
            outcomes += [poll.outcome for poll in await watch.poll()]
            watch.later(hours=1)

    assert outcomes == ["new", "error", "new"]


async def test_e18_a_delta_nobody_asked_for_is_not_the_feed(server, tmp_path):
    server["/feed"] = [answer(FEED), answer(rss("d"), status=226, im="feed")]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        (delta,) = await watch.poll()

        assert (delta.outcome, delta.error) == ("error", "HTTP 226")
        assert len(watch.titles) == 3
    assert all(seen.header("A-IM") is None for seen in server.seen)


async def test_e19_only_codings_that_can_be_unpacked_with_a_bound_are_asked_for(server, tmp_path):
    server["/feed"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        (plain,) = await watch.poll()

    assert plain.outcome == "new"
    asked = {coding.strip() for coding in server.seen[0].header("Accept-Encoding").split(",")}
    assert {"gzip", "deflate"} <= asked <= {"gzip", "deflate", "br"}


async def test_e20_a_year_of_freshness_is_believed_for_a_week_and_that_is_said(server, tmp_path):
    server["/feed"] = answer(FEED, cache_control="max-age=31536000")
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.until() == 7 * DAYS
        assert "fresh for 7 days; no more is believed" in watch.one("select because from feed_health")


async def test_a_parser_that_gives_up_leaves_the_validators_as_they_were(server, tmp_path):
    server["/feed"] = [answer(FEED, etag='"a"'), answer(rss("d"), etag='"b"'), answer(status=304)]
    workers = InProcess()
    async with watching(server, tmp_path, workers=workers) as watch:
        await watch.poll()
        workers.fails = [ParseError("the worker died")]
        watch.later(hours=1)
        await watch.poll()
        watch.later(hours=5)
        await watch.poll()

    assert marks(server.seen[-1]) == ('"a"', None)


async def test_a_body_that_came_before_is_read_once_however_often_it_comes_again(server, tmp_path):
    server["/feed"] = answer(FEED)
    async with watching(server, tmp_path) as watch:
        for _ in range(4):
            await watch.poll()
            watch.later(hours=1)

        polls = watch.ask("select outcome, entries from polls order by id")

    assert polls == [("new", 3), *[("unchanged", None)] * 3]
