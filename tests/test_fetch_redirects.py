"""Where redirects lead, and what never travels along: passwords, validators, bombs. Real sockets, loopback."""

import gzip
from datetime import UTC, datetime

import pytest
from badserver import BadServer, answer, cut_chunks, endless, raw, redirect, reset, stall

from monitor.errors import BadAnswerError, FetchError, RefusedError
from monitor.fetch import Client
from monitor.model import FetchRules, Hop

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def client_for(*servers, **rules):
    allowed = frozenset(server.place for server in servers)
    settings = {"per_host_delay": 0.0, "timeout": 1.0, "allow_private": allowed}
    return Client(FetchRules(**(settings | rules)), version="1", clock=lambda: NOON)


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


@pytest.fixture
async def other():
    async with BadServer("127.0.0.2") as running:
        yield running


async def got(server, path="/feed", **rules):
    async with client_for(server, **rules) as client:
        return await client.get(server.url(path))


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────


async def test_e50_the_password_goes_to_its_own_origin_only(server, other):
    server["/feed"] = redirect("/same")
    server["/same"] = redirect(other.url("/away"))
    other["/away"] = redirect(server.url("/back"))
    server["/back"] = answer(b"x")

    async with client_for(server, other) as client:
        page = await client.get(f"http://m%40e:s%C3%A9cret@{server.place}/feed")

    assert page.body == b"x"
    sent = {seen.path: seen.header("Authorization") for seen in server.seen + other.seen}
    assert sent == {
        "/feed": "Basic bUBlOnPDqWNyZXQ=", "/same": "Basic bUBlOnPDqWNyZXQ=", "/away": None, "/back": None,
    }  # fmt: skip
    assert "cret" not in page.final_url


async def test_a_password_in_a_redirect_is_not_taken(server, other):
    server["/feed"] = redirect(f"http://me:pw@{other.place}/x")
    other["/x"] = answer(b"x")

    async with client_for(server, other) as client:
        page = await client.get(server.url("/feed"))

    assert other.seen[0].header("Authorization") is None
    assert (page.final_url, page.hops) == (other.url("/x"), (Hop(302, other.url("/x")),))


@pytest.mark.parametrize(
    "script",
    [stall(), reset(), raw(b"junk"), redirect(), endless(), redirect("file:///etc/passwd"), cut_chunks()],
)
async def test_s41_no_error_tells_the_password_or_the_token(server, script):
    server["/f?token=T0PSECRET"] = script

    async with client_for(server, timeout=0.2, max_feed=1000) as client:
        error = await client.get(f"http://me:pass0@{server.place}/f?token=T0PSECRET")

    assert isinstance(error, FetchError)
    told = f"{error!r} {error} {error.url} {error.because} {error.__cause__} {error.__context__}"
    assert "pass0" not in told
    assert "T0PSECRET" not in told


# ── redirects ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/there", "/there"),
        ("there?x=%2f", "/a/there?x=%2f"),
        ("../up", "/up"),
        ("?q", "/a/feed?q"),
        ("//{place}/there", "/there"),
        ("http://{place}/there#part", "/there"),
        ("/stra\u00dfe", "/stra%C3%9Fe"),
    ],
)
async def test_e39_e43_redirects_are_followed_and_noted(server, status, location, path):
    server["/a/feed"] = redirect(location.format(place=server.place), status)
    server[path] = answer(b"x")

    page = await got(server, "/a/feed")

    assert (page.status, page.body) == (200, b"x")
    assert (page.url, page.final_url) == (server.url("/a/feed"), server.url(path))
    assert page.hops == (Hop(status, server.url(path)),)


async def test_a_location_that_is_no_utf_8_is_asked_for_octet_by_octet(server):
    server["/feed"] = redirect(b"/caf\xe9")
    server["/caf%E9"] = answer(b"x")

    assert (await got(server)).body == b"x"


async def test_e43_five_redirects_are_followed_and_a_sixth_is_not(server):
    for n in range(6):
        server[f"/{n}"] = redirect(f"/{n + 1}")
    server["/6"] = answer(b"x")

    assert len((await got(server, "/1")).hops) == 5
    error = await got(server, "/0")

    assert isinstance(error, BadAnswerError)
    assert error.because == "more than 5 redirects, one after the other"


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (redirect(), BadAnswerError, "127.0.0.1 redirects without saying where"),
        (redirect("/feed"), BadAnswerError, "127.0.0.1 redirects in a circle"),
        (redirect("#top"), BadAnswerError, "127.0.0.1 redirects in a circle"),
        (redirect("/" + "x" * 600_000), BadAnswerError, "is no proper HTTP"),
        (redirect("/" + "x" * 10_000), RefusedError, "too long"),
        (redirect("http://[::1/"), RefusedError, "no address"),
        (redirect("https:///x"), RefusedError, "no valid host"),
    ],
)
async def test_e43_a_redirect_that_leads_nowhere_is_an_error_after_one_request(server, script, kind, words):
    server["/feed"] = script

    error = await got(server)

    assert type(error) is kind
    assert words in error.because
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.org/", "gopher://x", "data:,x", "javascript:1", ""]
)
async def test_s06_only_http_is_asked_in_a_configuration_or_a_redirect(server, url):
    server["/feed"] = redirect(url or "file:")

    async with client_for(server) as client:
        errors = [await client.get(url), await client.get(server.url("/feed"))]

    assert [type(error) for error in errors] == [RefusedError, RefusedError]
    assert errors[0].because == "only http and https addresses are asked"
    assert len(server.seen) == 1


async def test_a_bomb_in_the_body_of_a_redirect_is_never_opened(server):
    server["/feed"] = redirect("/real", body=gzip.compress(bytes(50_000_000)), content_encoding="gzip")
    server["/real"] = answer(b"x")

    page = await got(server)

    assert page.body == b"x"
    assert page.ms < 500
