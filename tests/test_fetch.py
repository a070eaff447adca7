"""The door to the world: what is sent, where redirects lead, what is taken of a body. Real sockets, loopback."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from badserver import (
    BadServer,
    answer,
    big_header,
    cut_chunks,
    endless,
    hang_up,
    packed,
    raw,
    redirect,
    reset,
    short_of_length,
    stall,
)

from monitor.errors import (
    BadAnswerError,
    FetchError,
    UnreachableError,
    WaitError,
)
from monitor.fetch import Client
from monitor.model import Cooldown, FetchRules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def client_for(*servers, **rules):
    allowed = frozenset(server.place for server in servers)
    settings = {
        "per_host_delay": 0.0,
        "timeout": 1.0,
        "contact": "desk@example.org",
        "allow_private": allowed,
    }
    return Client(FetchRules(**(settings | rules)), version="1.2", clock=lambda: NOON)


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


@pytest.fixture
async def other():
    async with BadServer("127.0.0.2") as running:
        yield running


def open_files():
    if not (listing := Path("/proc/self/fd")).exists():
        pytest.skip("only Linux lists open files")
    return len(list(listing.iterdir()))


async def got(server, path="/feed", **rules):
    async with client_for(server, **rules) as client:
        return await client.get(server.url(path))


# ── what comes back ──────────────────────────────────────────────────────────────────────────────


async def test_an_answer_is_a_page_with_headers_in_lower_case_and_the_time_it_was_whole(server):
    server["/feed"] = answer(b"<rss/>", content_type="text/xml", **{"X-A": ["1", "2"]})

    page = await got(server)

    assert (page.status, page.body, page.url, page.final_url) == (
        200, b"<rss/>", server.url("/feed"), server.url("/feed"),
    )  # fmt: skip
    assert page.headers["content-type"] == "text/xml"
    assert page.headers["x-a"] == "1, 2"
    assert (page.at, page.hops) == (NOON, ())


@pytest.mark.parametrize("status", [200, 204, 304, 401, 404, 410, 429, 500, 503])
async def test_every_status_comes_back_as_a_page_because_judging_it_is_not_our_business(server, status):
    server["/feed"] = answer(b"" if status in {204, 304} else b"words", status, retry_after=7200)

    page = await got(server)

    assert page.status == status
    assert page.headers["retry-after"] == "7200"


@pytest.mark.parametrize(
    "script",
    [
        packed(b"words", "none", "gzip"),
        packed(b"words", "none", "zstd"),
        short_of_length(),
        endless(),
    ],
    ids=["not gzip", "zstd", "cut", "endless"],
)
async def test_an_error_page_that_cannot_be_read_is_still_an_answer_with_its_status(server, script):
    async def unwell(request, wire):
        send = wire.send
        wire.send = lambda octets: send(octets.replace(b"HTTP/1.1 200", b"HTTP/1.1 503"))
        await script(request, wire)

    server["/feed"] = unwell

    page = await got(server)

    assert page.status == 503
    assert len(page.body) <= 65_536


async def test_octets_that_are_no_utf_8_still_make_headers_that_can_be_stored(server):
    server["/feed"] = answer(b"x", etag=b'"\xe9"', x_name="é".encode(), set_cookie="id=1")

    page = await got(server)

    assert (page.headers["etag"], page.headers["x-name"]) == ('"é"', "é")
    page.headers["etag"].encode("utf-8")
    assert "set-cookie" not in page.headers


async def test_a_fault_of_ours_comes_back_as_a_value_too(server):
    async with client_for(server) as client:
        client._guard = None
        error = await client.get("http://u:secret@example.org/?token=T0")

    assert isinstance(error, FetchError)
    assert "AttributeError" in error.because
    assert "secret" not in error.url + error.because
    assert error.__traceback__ is None


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        ('"a"', "Mon, 01 Jan 2024 00:00:00 GMT"),
        ('W/"a"', None),
        (None, "Mon, 1 Jan 24 0:0:0 +0000"),
        (None, "2024-01-01T00:00:00Z"),
        ("unquoted", None),
        ('"with, comma" and  blanks', None),
    ],
)
async def test_e01_e02_e03_e05_validators_travel_octet_for_octet(server, etag, last_modified):
    server["/feed"] = answer(status=304)

    async with client_for(server) as client:
        page = await client.get(server.url("/feed"), etag=etag, last_modified=last_modified)

    assert page.status == 304
    assert server.seen[0].header("If-None-Match") == etag
    assert server.seen[0].header("If-Modified-Since") == last_modified


@pytest.mark.parametrize("etag", ['"é"', '"\udce9"', '"a\r\nX-Evil: 1"', " ", "\x00", '"a\x7f"'])
async def test_e11_an_etag_that_is_not_visible_ascii_is_never_sent(server, etag):
    server["/feed"] = answer(status=304)

    async with client_for(server) as client:
        await client.get(server.url("/feed"), etag=etag, last_modified="Mon, 01 Jan 2024 00:00:00 GMT")

    assert server.seen[0].header("If-None-Match") is None
    assert server.seen[0].header("X-Evil") is None
    assert server.seen[0].header("If-Modified-Since") == "Mon, 01 Jan 2024 00:00:00 GMT"


async def test_e14_validators_go_to_the_address_that_gave_them_and_to_no_other(server):
    server["/feed"] = redirect("/real")
    server["/real"] = answer(b"<rss/>", etag='"b"')

    async with client_for(server) as client:
        await client.get(server.url("/feed"), etag='"a"')
        await client.get(server.url("/feed"), etag='"b"', validators_of=server.url("/real"))
        await client.get(server.url("/feed"), etag='"c"', validators_of=server.url("/old"))

    assert [(seen.path, seen.header("If-None-Match")) for seen in server.seen] == [
        ("/feed", '"a"'), ("/real", None), ("/feed", None), ("/real", '"b"'), ("/feed", None), ("/real", None),
    ]  # fmt: skip


async def test_e19_only_codings_that_we_unpack_with_a_bound_are_asked_for(server):
    await got(server)

    assert server.seen[0].header("Accept-Encoding") == "gzip, deflate, br"


async def test_e46_e47_e49_one_plain_request_says_who_asks_and_nothing_else(server):
    server["/feed"] = answer(b"no", 500, set_cookie="id=1; Path=/")

    async with client_for(server) as client:
        await client.get(server.url("/feed"))
        await client.get(server.url("/feed"), article=True)

    assert server.paths == ["/feed", "/robots.txt", "/feed"]
    for seen in server.seen:
        assert {name.lower() for name, _ in seen.headers} == {
            "host",
            "accept",
            "accept-encoding",
            "user-agent",
        }
        assert seen.header("User-Agent") == "monitor/1.2 (+desk@example.org)"
        assert seen.line.startswith("GET ")


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (None, "monitor/1.2"),
        ("https://news.example/bot", "monitor/1.2 (+https://news.example/bot)"),
        ("a@b.c)\r\nX-Evil: 1 (", "monitor/1.2 (+a@b.cX-Evil:1)"),
    ],
)
async def test_e49_the_contact_stands_in_the_user_agent_and_cannot_break_out_of_it(server, contact, expected):
    await got(server, contact=contact)

    assert server.seen[0].header("User-Agent") == expected
    assert server.seen[0].header("X-Evil") is None


@pytest.mark.parametrize("script", [reset(), hang_up(), raw(b"SSH-2.0-OpenSSH\r\n"), short_of_length()])
async def test_e46_an_error_is_one_request(server, script):
    server["/feed"] = script

    error = await got(server)

    assert isinstance(error, UnreachableError | BadAnswerError)
    assert server.paths == ["/feed"]


async def test_a_kept_connection_that_died_meanwhile_is_replaced_once(server):
    server["/feed"] = [answer(b"1"), hang_up(), answer(b"2")]

    async with client_for(server) as client:
        first = await client.get(server.url("/feed"))
        second = await client.get(server.url("/feed"))

    assert (first.body, second.body) == (b"1", b"2")
    assert [seen.connection for seen in server.seen] == [1, 1, 2]


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("/%2b%2F~%7e;rss/?a=%2b&&b", "GET /%2b%2F~%7e;rss/?a=%2b&&b HTTP/1.1"),
        ("/!p4608;rss/", "GET /!p4608;rss/ HTTP/1.1"),
        ("/a/../b/./c//d", "GET /a/../b/./c//d HTTP/1.1"),
        ("/straße?q=ü x", "GET /stra%C3%9Fe?q=%C3%BC%20x HTTP/1.1"),
        ("/%zz|{}\"'^`<>", "GET /%zz|{}\"'^`<> HTTP/1.1"),
        ("/a#part", "GET /a HTTP/1.1"),
        ("?a=1#part?b", "GET /?a=1 HTTP/1.1"),
        ("", "GET / HTTP/1.1"),
    ],
)
async def test_e48_exactly_the_configured_octets_are_asked_for(server, written, line):
    async with client_for(server) as client:
        await client.get(f"  http://{server.place}{written} ")

    assert server.seen[0].line == line
    assert server.seen[0].header("Host") == server.place


async def test_connections_are_kept_between_requests_to_one_host(server):
    server["/feed"] = answer(b"x")

    async with client_for(server) as client:
        for _ in range(5):
            await client.get(server.url("/feed"))

    assert server.connections == 1


async def test_s09_the_environment_has_no_say(server, other, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {server.host} login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url())

    await got(server)

    assert (len(server.seen), len(other.seen)) == (1, 0)
    assert server.seen[0].header("Authorization") is None


# ── cooldowns ────────────────────────────────────────────────────────────────────────────────────


async def test_a_cooling_address_is_not_asked_and_says_until_when(server):
    until = NOON + timedelta(hours=2)
    server["/a"] = server["/b"] = answer(b"x")

    async with client_for(server) as client:
        client.cool(server.url("/a"), until, "HTTP 503, Retry-After: 7200")
        error, page = await client.get(server.url("/a")), await client.get(server.url("/b"))

    assert isinstance(error, WaitError)
    assert (error.until, error.because) == (until, "HTTP 503, Retry-After: 7200")
    assert page.body == b"x"
    assert server.paths == ["/b"]


async def test_e38_who_stands_in_line_when_the_host_asks_for_patience_does_not_ask_any_more(server):
    server["/a"] = answer(b"", 429)
    until = NOON + timedelta(hours=1)

    async with client_for(server, per_host_delay=0.01) as client:

        async def read(path):
            found = await client.get(server.url(path))
            if not isinstance(found, FetchError):
                client.cool(server.host, until, "HTTP 429")
            return found

        found = await asyncio.gather(*(read("/a") for _ in range(20)))

    assert server.paths == ["/a"]
    assert [type(one).__name__ for one in found] == ["Page"] + ["WaitError"] * 19


async def test_a_redirect_into_a_cooling_host_waits_with_it(server, other):
    server["/feed"] = redirect(other.url("/x"))
    cooling = [Cooldown(other.host, NOON + timedelta(minutes=1), "HTTP 503")]
    rules = FetchRules(allow_private=frozenset({server.place, other.place}))

    async with Client(rules, version="1", clock=lambda: NOON, cooldowns=cooling) as client:
        error = await client.get(server.url("/feed"))

    assert isinstance(error, WaitError)
    assert other.seen == []


# ── endings ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_request_can_be_cancelled_and_its_host_is_free_again(server):
    server["/slow"] = stall()
    server["/feed"] = answer(b"x")

    async with client_for(server, timeout=5) as client:
        task = asyncio.create_task(client.get(server.url("/slow")))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        page = await client.get(server.url("/feed"))

    assert page.body == b"x"


async def test_no_file_stays_open_after_many_bad_answers(server):
    scripts = [
        reset(),
        hang_up(),
        short_of_length(),
        cut_chunks(),
        raw(b"junk"),
        redirect(),
        big_header(99_999),
    ]
    server["/feed"] = scripts * 10 + [answer(b"x")]

    before = open_files()
    async with client_for(server) as client:
        for _ in range(71):
            last = await client.get(server.url("/feed"))
        await asyncio.sleep(0.05)
        after = open_files()

    assert last.body == b"x"
    assert after - before < 8
