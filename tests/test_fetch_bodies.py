"""What is taken of a body: whole, in time, within its cap, packed as asked for; or an error. Real sockets."""

import asyncio
import gzip
import os
import zlib
from datetime import UTC, datetime

import pytest
from badserver import (
    BadServer,
    answer,
    big_header,
    brotli_packed,
    chunk,
    cut_chunks,
    drip_body,
    drip_headers,
    endless,
    head_of,
    hints_for_ever,
    many_headers,
    packed,
    raw,
    reset_in_body,
    short_of_length,
    stall,
    stall_after,
    two_framings,
)
from self_signed import server_side

from monitor.errors import BadAnswerError, SlowError, TooLargeError, UnreachableError
from monitor.fetch import Client, body
from monitor.model import FetchRules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def client_for(*servers, **rules):
    allowed = frozenset(server.place for server in servers)
    settings = {"per_host_delay": 0.0, "timeout": 1.0, "allow_private": allowed}
    return Client(FetchRules(**(settings | rules)), version="1", clock=lambda: NOON)


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


async def got(server, path="/feed", **rules):
    async with client_for(server, **rules) as client:
        return await client.get(server.url(path))


# ── bodies: packed ───────────────────────────────────────────────────────────────────────────────


TEXT = b"Waffenruhe \xc3\xbcberall. " * 20_000


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "br"])
async def test_what_was_asked_for_is_unpacked(server, coding):
    server["/feed"] = packed(TEXT, coding, coding.removeprefix("raw "))

    assert (await got(server)).body == TEXT


async def test_the_old_name_of_gzip_is_gzip(server):
    server["/feed"] = packed(TEXT, "gzip", "X-GZip")

    assert (await got(server)).body == TEXT


async def test_large_bodies_are_unpacked_beside_the_loop(server):
    octets = os.urandom(600_000)
    server["/feed"] = packed(octets, "gzip")

    assert (await got(server)).body == octets


async def test_gzip_in_several_members_with_padding_is_one_body(server):
    members = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two") + bytes(100)
    server["/feed"] = answer(members, content_encoding="GZip")

    assert (await got(server)).body == b"one two"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
async def test_s14_a_bomb_stops_at_the_cap(server, coding):
    server["/feed"] = packed(bytes(20_000_000), coding)

    error = await got(server, max_feed=1_000_000)

    assert isinstance(error, TooLargeError)
    assert error.because == "unpacked, the answer is longer than the 1,000,000 bytes allowed"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_s14_nothing_beyond_the_cap_ever_comes_out_of_the_unpacker(coding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli_packed}[coding]

    out, complete = body.UNPACKERS[coding](pack(bytes(20_000_000)), 100_000)

    assert 100_000 < len(out) <= 100_001 + (1_000_000 if coding == "br" else 0)
    assert not complete


async def test_s14_thousands_of_gzip_members_are_refused_quickly(server):
    server["/feed"] = answer(gzip.compress(b"x") * 50_000, content_encoding="gzip")

    error = await got(server)

    assert isinstance(error, BadAnswerError)
    assert error.because == "the answer cannot be unpacked as its header says"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (packed(TEXT, "gzip", "gzip, gzip"), "packed as 'gzip, gzip', which was not asked for"),
        (packed(TEXT, "gzip", "foo"), "packed as 'foo'"),
        (packed(TEXT, "gzip", "zstd"), "packed as 'zstd'"),
        (packed(TEXT, "gzip", "x-deflate"), "packed as 'x-deflate'"),
        (answer(gzip.compress(TEXT), content_encoding=["gzip", "gzip"]), "packed as 'gzip, gzip'"),
        (packed(TEXT, "none", "gzip"), "cannot be unpacked"),
        (packed(TEXT, "none", "deflate"), "cannot be unpacked"),
        (packed(TEXT, "none", "br"), "cannot be unpacked"),
        (answer(gzip.compress(TEXT)[:-9], content_encoding="gzip"), "ends too early"),
        (answer(zlib.compress(TEXT)[:-9], content_encoding="deflate"), "ends too early"),
    ],
)
async def test_s15_s18_a_body_packed_otherwise_or_not_to_its_end_is_refused(server, script, words):
    server["/feed"] = script

    error = await got(server)

    assert isinstance(error, BadAnswerError)
    assert words in error.because


# ── bodies: too much, too slow, too short ────────────────────────────────────────────────────────


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("piece", [b"x" * 65_536, b"x"])
async def test_s13_a_body_without_end_stops_at_its_cap_or_its_deadline(server, chunked, piece):
    server["/feed"] = endless(piece, chunked=chunked)

    error = await got(server, max_feed=2_000_000)

    assert isinstance(error, TooLargeError | SlowError | BadAnswerError)


async def test_s13_a_body_that_is_nearly_all_framing_ends_long_before_its_deadline(server):
    server["/feed"] = endless(b"x", chunked=True)

    error = await got(server, timeout=20.0)

    assert isinstance(error, BadAnswerError)
    assert error.because == "what 127.0.0.1 sent is nearly all framing"


async def test_a_long_body_in_small_chunks_is_taken_whole(server):
    pieces = b"".join(chunk(b"<p>a few words</p>") for _ in range(10_000))
    server["/feed"] = raw(head_of(transfer_encoding="chunked") + b"\r\n" + pieces + b"0\r\n\r\n")

    page = await got(server, timeout=20.0)

    assert page.body == b"<p>a few words</p>" * 10_000


async def test_s16_interim_answers_without_end_end_long_before_the_deadline(server):
    server["/feed"] = hints_for_ever()

    error = await got(server, timeout=20.0)

    assert isinstance(error, BadAnswerError)
    assert error.because == "what 127.0.0.1 sent is no proper HTTP: interim answers without end"


async def test_some_interim_answers_are_passed_over_for_each_answer_anew(server):
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 10
    one = hints + head_of(content_length=1) + b"\r\nx"

    async def script(_request, wire):
        await wire.send(one)

    server["/feed"] = script

    async with client_for(server) as client:
        bodies = [(await client.get(server.url("/feed"))).body for _ in range(3)]

    assert [b"x"] * 3 == bodies
    assert 1 == server.connections


async def test_pages_and_feeds_have_their_own_caps(server):
    server["/x"] = answer(b"x" * 1000)

    async with client_for(server, max_feed=999, max_page=1000) as client:
        feed = await client.get(server.url("/x"))
        page = await client.get(server.url("/x"), article=True)

    assert isinstance(feed, TooLargeError)
    assert len(page.body) == 1000


async def test_a_body_of_exactly_the_cap_is_taken(server):
    server["/feed"] = [
        raw(head_of() + b"\r\n" + b"x" * 1000),
        raw(head_of() + b"\r\n" + b"x" * 1001),
        packed(b"x" * 1000, "gzip"),
    ]

    async with client_for(server, max_feed=1000) as client:
        found = [await client.get(server.url("/feed")) for _ in range(3)]

    assert [getattr(page, "body", None) for page in found] == [b"x" * 1000, None, b"x" * 1000]


async def test_s19_an_announced_length_beyond_the_cap_is_refused_before_reading(server):
    server["/feed"] = stall_after(head_of(content_length=99_000_000_000) + b"\r\n")

    error = await got(server)

    assert isinstance(error, TooLargeError)
    assert error.because == "the answer announces 99,000,000,000 bytes; 5,000,000 are allowed"


@pytest.mark.parametrize(
    "script", [stall(), drip_body(every=0.02), drip_headers(every=0.02)],
    ids=["says nothing", "drips its body", "drips its headers"],
)  # fmt: skip
async def test_s16_the_deadline_is_total(server, script):
    server["/feed"] = script
    began = asyncio.get_running_loop().time()

    error = await got(server, timeout=0.3)

    assert isinstance(error, SlowError)
    assert error.because == "127.0.0.1 gave no whole answer within 0.3 s"
    assert asyncio.get_running_loop().time() - began < 0.8


async def test_s16_redirects_share_one_deadline(server):
    for n in range(4):
        server[f"/{n}"] = answer(b"", 302, after=0.15, location=f"/{n + 1}")

    error = await got(server, "/0", timeout=0.4)

    assert isinstance(error, SlowError)
    assert server.paths == ["/0", "/1", "/2"]


async def test_s16_a_tls_handshake_that_stalls_ends_at_the_deadline():
    async def silent(reader, writer):
        await reader.read(-1)
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    rules = FetchRules(timeout=0.3, allow_private=frozenset({f"127.0.0.1:{port}"}))
    async with Client(rules, version="1", clock=lambda: NOON) as client:
        error = await client.get(f"https://127.0.0.1:{port}/")
    listener.close()
    await listener.wait_closed()

    assert isinstance(error, SlowError)


@pytest.mark.parametrize(
    "script",
    [
        big_header(200_000),
        many_headers(50_000),
        raw(b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nx y: 1\r\ncontent-length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd"),
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\nabc"),
        raw(b"<html>no HTTP at all</html>\r\n\r\n"),
    ],
)
async def test_s17_heads_that_are_no_http_are_refused(server, script):
    server["/feed"] = script

    error = await got(server)

    assert isinstance(error, BadAnswerError)
    assert "is no proper HTTP" in error.because


@pytest.mark.parametrize(
    "script",
    [short_of_length(), cut_chunks(), two_framings(), reset_in_body(),
     raw(head_of(transfer_encoding="chunked") + b"\r\nzz\r\n")],
    ids=["too short", "last chunk missing", "two framings", "reset", "no chunk"],
)  # fmt: skip
async def test_s18_a_body_that_is_not_whole_is_an_error(server, script):
    server["/feed"] = script

    assert isinstance(await got(server), BadAnswerError)


async def test_s20_a_host_that_resets_three_times_recovers(server):
    server["/feed"] = [reset_in_body(), reset_in_body(), reset_in_body(), answer(b"x")]

    async with client_for(server) as client:
        found = [await client.get(server.url("/feed")) for _ in range(4)]

    assert [type(one).__name__ for one in found] == ["BadAnswerError"] * 3 + ["Page"]
    assert len(server.seen) == 4


async def test_nobody_listens(server):
    async with client_for(server) as client:
        await server.__aexit__()
        error = await client.get(server.url("/feed"))

    assert isinstance(error, UnreachableError)
    assert error.because == f"{server.host}:{server.port} cannot be reached: Connection refused"


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def self_signed(tmp_path):
    return server_side(tmp_path)[0]


async def test_s11_a_certificate_that_nobody_vouches_for_is_an_error_without_a_way_around(self_signed):
    async with BadServer(tls=self_signed) as server:
        error = await got(server)

    assert isinstance(error, UnreachableError)
    assert error.because == "the certificate of 127.0.0.1 is not valid: self-signed certificate"
    assert server.seen == []
