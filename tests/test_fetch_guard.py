"""Nothing but the public Internet is asked, unless the configuration names the place. Real sockets, loopback."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from aiohttp.abc import AbstractResolver
from badserver import BadServer, answer, raw, redirect

from monitor.errors import RefusedError, SlowError, UnreachableError
from monitor.fetch import Client, guard
from monitor.fetch.address import parse
from monitor.fetch.guard import Attempt, Guard, is_public
from monitor.model import FetchRules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Names(AbstractResolver):
    """A resolver with names of its own: each question takes the next list of addresses, the last one stays."""

    def __init__(self, **names):
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        answers = self.names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            {"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0}
            for one in addresses
        ]

    async def close(self):
        pass


def client_for(*allowed, resolver=None, **rules):
    settings = {"per_host_delay": 0.0, "timeout": 1.0, "allow_private": frozenset(allowed)}
    return Client(FetchRules(**(settings | rules)), version="1", clock=lambda: NOON, resolver=resolver)


@pytest.fixture
async def server():
    async with BadServer() as running:
        running["/"] = answer(b"x")
        yield running


@pytest.fixture
def web_port(server, monkeypatch):
    """The server's port, made one of the web's: only the address is left to be refused for."""
    monkeypatch.setattr(guard, "WEB_PORTS", frozenset({server.port}))
    return server.port


# ── which addresses are public ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "193.99.144.80",
        "2a02:2e0:3fe:1001:302::",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "192.0.0.8",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::",
        "2001:0:808:808:0:0:80ff:fffe", "3fff::1", "5f00::1", "100::1", "4000::1", "localhost", "", "8.8.8",
    ],
)  # fmt: skip
def test_s01_everything_else_is_not_whatever_it_is_wrapped_in(address):
    assert not is_public(address)


# ── what is refused ──────────────────────────────────────────────────────────────────────────────

PRIVATE = [
    "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "http://100.64.0.1/",
    "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://[::]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[fec0::1]/", "http://224.0.0.1/", "http://[ff02::1]/",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
async def test_s01_s04_private_literals_are_refused_as_feed_article_and_redirect(server, url):
    server["/"] = redirect(url)

    async with client_for(server.place) as client:
        found = [
            await client.get(url),
            await client.get(url, article=True),
            await client.get(server.url()),
        ]

    for error in found:
        assert isinstance(error, RefusedError)
        assert "is no public address; to ask it all the same, put" in error.because
    assert len(server.seen) == 1


async def test_s01_a_name_that_leads_to_a_private_address_is_refused_before_any_byte(server, web_port):
    names = Names(inside_test=[["127.0.0.1"]])

    async with client_for(resolver=names) as client:
        error = await client.get(f"http://inside.test:{web_port}/")
        wanted = await client.get(f"http://inside.test:{web_port}/", article=True)

    assert isinstance(error, RefusedError)
    assert error.because == (
        "inside.test leads to 127.0.0.1, which is no public address; "
        f"to ask it all the same, put inside.test:{web_port} under allow_private"
    )
    assert isinstance(wanted, RefusedError)
    assert server.connections == 0


async def test_s02_the_address_that_was_checked_is_the_address_that_is_connected(
    server, web_port, monkeypatch
):
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")
    monkeypatch.setattr("monitor.fetch.client.NAMES_KEPT", 0)
    server["/"] = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx")
    names = Names(rebinding_test=[["127.0.0.1"], ["127.0.0.2"]])

    async with client_for(resolver=names) as client:
        first = await client.get(f"http://rebinding.test:{web_port}/")
        second = await client.get(f"http://rebinding.test:{web_port}/")

    assert first.body == b"x"
    assert isinstance(second, RefusedError)
    assert "127.0.0.2" in second.because
    assert names.asked == ["rebinding.test"] * 2
    assert server.connections == 1


@pytest.mark.parametrize(
    "answers", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "::1"]]
)
async def test_s03_of_several_addresses_the_private_ones_are_never_tried(
    server, web_port, monkeypatch, answers
):
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")
    made = []

    def noted(info):
        made.append(guard.open_socket(info))
        return made[-1]

    monkeypatch.setattr("monitor.fetch.client.open_socket", noted)

    async with client_for(resolver=Names(both_test=[answers])) as client:
        page = await client.get(f"http://both.test:{web_port}/")

    assert page.body == b"x"
    assert len(made) == 1


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "0x7f000001", "127.1", "127.0.0.01", "0177.0.0.1", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1",
     "me@127.0.0.1", "public.test@127.0.0.1", "%31%32%37.0.0.1", "127.0.0.1%00.public.test", "[::ffff:7f00:1]",
     "[fe80::1%25lo]", "a b", "..", ".", "-.test:80:80", "x" * 254, "\u2024"],
)  # fmt: skip
async def test_s05_no_spelling_of_an_address_gets_around_the_guard(server, web_port, host):
    names = Names(public_test=[["127.0.0.1"]])

    async with client_for(resolver=names) as client:
        error = await client.get(f"http://{host}:{web_port}/")

    assert isinstance(error, RefusedError)
    assert "is not one of the web's" not in error.because
    assert server.connections == 0


def test_s05_a_backslash_ends_the_host_as_it_does_in_browsers():
    assert parse("http://public.test\\@127.0.0.1/").host == "public.test"


@pytest.mark.parametrize("port", [22, 25, 81, 6379, 8080, 65535])
async def test_s07_other_ports_than_the_webs_are_refused(port):
    async with client_for(resolver=Names(public_test=[["8.8.8.8"]])) as client:
        error = await client.get(f"http://public.test:{port}/")

    assert isinstance(error, RefusedError)
    assert error.because == (
        f"port {port} of public.test is not one of the web's (80, 443);"
        f" to ask it all the same, put public.test:{port} under allow_private"
    )


@pytest.mark.parametrize("port", ["0", "65536", "99999999999", "x", "-1", "８０", "+80"])
async def test_ports_that_are_none_are_refused(port):
    async with client_for() as client:
        error = await client.get(f"http://public.test:{port}/")

    assert error.because == "the address has no valid port"


async def test_s08_an_allowed_place_does_not_open_the_door_to_another(server):
    async with BadServer("127.0.0.2") as other:
        server["/feed"] = redirect(other.url("/x"))
        server["/same-host"] = redirect(f"http://{server.host}:{other.port}/x")
        async with client_for(server.place) as client:
            found = [await client.get(server.url(path)) for path in ("/feed", "/same-host")]

    assert [type(error) for error in found] == [RefusedError] * 2
    assert other.connections == 0


@pytest.mark.parametrize(
    ("attempt", "place"),
    [
        (None, ("8.8.8.8", 80)),
        (Attempt(allowed=False), ("8.8.8.8", 22)),
        (Attempt(allowed=False), ("10.0.0.1", 80)),
        (Attempt(allowed=False), ("::1", 443, 0, 0)),
    ],
)
def test_no_socket_is_made_for_another_place_or_outside_a_request(attempt, place):
    guard.ATTEMPT.set(attempt)

    with pytest.raises(guard.ForbiddenAddressError):
        guard.open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", place))
    assert attempt is None or (attempt.opened, attempt.refused) == (0, place[0])


@pytest.mark.parametrize("url", PRIVATE)
def test_s04_a_private_literal_is_refused_before_anybody_waits_for_it(url):
    with pytest.raises(RefusedError):
        Guard([]).attempt(parse(url))


# ── what the configuration allows ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entry", "url", "expected"),
    [
        ("127.0.0.1:8765", "http://127.0.0.1:8765/", True),
        ("127.0.0.1:8765", "https://127.0.0.1:8765/", True),
        ("127.0.0.1:8765", "http://127.0.0.1:8766/", False),
        ("127.0.0.1:8765", "http://127.0.0.2:8765/", False),
        ("127.0.0.1:8765", "http://localhost:8765/", False),
        ("127.0.0.1:80", "http://127.0.0.1/", True),
        ("127.0.0.1:443", "https://127.0.0.1/", True),
        ("127.0.0.1:*", "http://127.0.0.1:22/", True),
        ("LocalHost:8765", "http://LOCALHOST.:8765/", True),
        ("localhost:8765", "http://127.0.0.1:8765/", False),
        ("[::1]:8765", "http://[0:0::1]:8765/", True),
        ("::1:8765", "http://[::1]:8765/", True),
        ("intranet:8080", "http://sub.intranet:8080/", False),
        ("news.test:8443", "https://news.test:8443/", True),
    ],
)
def test_allow_private_names_places_as_addresses_write_them(entry, url, expected):
    assert Guard([entry]).allows(parse(url)) is expected


async def test_an_allowed_name_is_asked_wherever_it_leads_and_its_neighbours_are_not(server):
    names = Names(intranet_test=[["127.0.0.1"]], evil_test=[["127.0.0.1"]])

    async with client_for(f"intranet.test:{server.port}", server.place, resolver=names) as client:
        page = await client.get(f"http://intranet.test:{server.port}/")
        error = await client.get(f"http://evil.test:{server.port}/")

    assert page.body == b"x"
    assert isinstance(error, RefusedError)


async def test_an_ipv6_place_can_be_allowed():
    try:
        async with BadServer("::1") as server:
            server["/"] = answer(b"x")
            async with client_for(server.place) as client:
                page = await client.get(server.url())
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")

    assert page.body == b"x"


# ── names ────────────────────────────────────────────────────────────────────────────────────────


async def test_s12_a_name_that_is_never_resolved_costs_its_own_deadline_only(server):
    class Hanging(Names):
        async def resolve(self, *_, **__):
            await asyncio.sleep(3600)

    async with client_for(server.place, resolver=Hanging(), timeout=0.3) as client:
        error, page = await asyncio.gather(client.get("http://slow.test/"), client.get(server.url()))

    assert isinstance(error, SlowError)
    assert page.body == b"x"


async def test_a_name_that_does_not_exist_is_unreachable():
    class Empty(Names):
        async def resolve(self, *_, **__):
            raise OSError(None, "Domain name not found")

    async with client_for(resolver=Empty()) as client:
        error = await client.get("http://gone.test/")

    assert isinstance(error, UnreachableError)
    assert error.because == "the name gone.test could not be resolved: Domain name not found"


def test_e48_names_are_punycoded():
    assert parse("https://MÜNCHEN.example:443/ü").text == "https://xn--mnchen-3ya.example/%C3%BC"


# ── behind a proxy ───────────────────────────────────────────────────────────────────────────────


async def test_a_configured_proxy_is_asked_for_public_names(server):
    server["http://public.test/x?a=%2b"] = answer(b"through")

    async with client_for(proxy=f"http://me:pw@{server.place}") as client:
        page = await client.get("http://public.test/x?a=%2b")

    assert page.body == b"through"
    assert server.seen[0].line == "GET http://public.test/x?a=%2b HTTP/1.1"
    assert server.seen[0].header("Proxy-Authorization") == "Basic bWU6cHc="
    assert server.seen[0].header("Authorization") is None


@pytest.mark.parametrize(
    "url",
    [*PRIVATE, "http://localhost/", "http://intranet/", "http://db.internal/", "http://nas.local/", "http://a.localhost/",
     "http://router.home.arpa/", "http://2130706433/", "http://public.test:22/"],
)  # fmt: skip
async def test_a_proxy_is_not_asked_for_private_places(server, url):
    server["http://public.test/"] = redirect(url)

    async with client_for(proxy=server.url()) as client:
        found = [await client.get(url), await client.get("http://public.test/")]

    assert [type(error) for error in found] == [RefusedError] * 2
    assert server.paths == ["http://public.test/"]


async def test_a_proxy_is_asked_for_private_places_that_are_allowed(server):
    server["http://10.0.0.1:8080/"] = answer(b"x")

    async with client_for("10.0.0.1:8080", proxy=server.url()) as client:
        assert (await client.get("http://10.0.0.1:8080/")).body == b"x"


async def test_a_proxy_that_refuses_or_is_not_there_is_named_without_its_password(server):
    server["public.test:443"] = answer(b"", 407)

    async with client_for(proxy=f"http://me:pw0@{server.place}") as client:
        refused = await client.get("https://public.test/")
        await server.__aexit__()
        gone = await client.get("http://public.test/")

    assert refused.because == "the proxy does not lead to public.test: HTTP 407"
    assert gone.because == "the proxy cannot be reached: Connection refused"
    assert "pw0" not in refused.url + gone.url
