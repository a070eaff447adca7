"""The body of an answer: read up to its cap, unpacked up to its cap, whole or an error.

Bodies are unpacked here and not by the HTTP library, because a stream that ends too early has to be an
error, and because what may come out is bounded before it comes out.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable

import aiohttp

from monitor.errors import BadAnswerError, FetchError, TooLargeError
from monitor.fetch.address import Address, shown
from monitor.fetch.wire import is_mostly_wrapping

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # no wheel for this Python: br is not asked for
    brotli = None

ERROR_PAGE = 65_536  # bytes of the body of an error, enough for its words
ERROR_PATIENCE = 2.0  # seconds for them
MEMBERS = 1000  # gzip members of one body; more is an attack on the unpacker
WINDOW = 65_536  # bytes unpacked at a time: what a new member copies of the rest
IN_THREAD = 262_144  # packed bytes from which unpacking would be felt by the loop

# (packed bytes, room) → (what came out: at most a little more than room; whether it was the whole)
Unpack = Callable[[bytes, int], tuple[bytes, bool]]


async def whole(response: aiohttp.ClientResponse, here: Address, cap: int, *, cut: bool = False) -> bytes:
    """The body, unpacked: at most `cap` bytes; with `cut` the first `cap` bytes of a longer one.

    TooLargeError for a longer one otherwise, without reading it where it announces its length.
    BadAnswerError when it was packed in a way not asked for, or ends too early.
    """
    unpack = _unpacker(response, here)
    announced = response.content_length
    if announced is not None and announced > cap and not cut:
        raise TooLargeError(
            shown(here.text), f"the answer announces {announced:,} bytes; {cap:,} are allowed"
        )
    packed, complete = await _read(response, here, cap)
    if not complete and not cut:
        raise TooLargeError(shown(here.text), f"the answer is longer than the {cap:,} bytes allowed")
    if unpack is None or not packed:
        return packed
    try:
        if len(packed) < IN_THREAD:
            plain, complete = unpack(packed, cap)
        else:
            plain, complete = await asyncio.to_thread(unpack, packed, cap)
    except _BROKEN as error:
        raise BadAnswerError(shown(here.text), "the answer cannot be unpacked as its header says") from error
    if cut:
        return plain[:cap]
    if len(plain) > cap:
        raise TooLargeError(
            shown(here.text), f"unpacked, the answer is longer than the {cap:,} bytes allowed"
        )
    if not complete:
        raise BadAnswerError(shown(here.text), "the packed answer ends too early")
    return plain


async def some(response: aiohttp.ClientResponse, here: Address) -> bytes:
    """What can be had quickly of the body of an error; nothing of it is worth another error."""
    try:
        async with asyncio.timeout(ERROR_PATIENCE):
            return await whole(response, here, ERROR_PAGE, cut=True)
    except (FetchError, aiohttp.ClientError, OSError):  # TimeoutError is an OSError
        return b""


async def _read(response: aiohttp.ClientResponse, here: Address, cap: int) -> tuple[bytes, bool]:
    """The body as sent, at most `cap` bytes, and whether that is all. BadAnswerError for one that hardly is one."""
    content = response.content
    first = await content.readany()
    more = await content.readany() if first else b""
    if not more:
        return first[:cap], len(first) <= cap
    body = bytearray(first)
    while more and len(body) <= cap:
        body += more
        if is_mostly_wrapping(response):
            raise BadAnswerError(shown(here.text), f"what {here.host} sent is nearly all framing")
        more = await content.readany()
    complete = len(body) <= cap
    del body[cap:]  # in place: of a body this long, one copy is enough
    return bytes(body), complete


def _unpacker(response: aiohttp.ClientResponse, here: Address) -> Unpack | None:
    """How the body is to be unpacked; None when it is plain. BadAnswerError for codings not asked for."""
    coding = ", ".join(response.headers.getall("Content-Encoding", ())).strip().lower()
    if coding in {"", "identity"}:
        return None
    if coding == "x-gzip":  # another name for the same (RFC 9110, section 8.4.1.3)
        coding = "gzip"
    if coding not in UNPACKERS:
        raise BadAnswerError(
            shown(here.text), f"the answer is packed as {coding[:40]!r}, which was not asked for"
        )
    return UNPACKERS[coding]


def _gunzip(packed: bytes, room: int) -> tuple[bytes, bool]:
    """Gzip (RFC 1952): several members are one body; whatever else follows a member is padding."""
    out, position, members = bytearray(), 0, 0
    view = memoryview(packed)
    while packed.startswith(b"\x1f\x8b", position) or not members:
        members += 1
        if members > MEMBERS:
            raise zlib.error("too many members")
        engine = zlib.decompressobj(wbits=31)
        position = _inflate(engine, view, position, out, room)
        if not engine.eof:
            return bytes(out), False
    return bytes(out), True


def _undeflate(packed: bytes, room: int) -> tuple[bytes, bool]:
    """Deflate: with the zlib header that RFC 9110 section 8.4.1.2 asks for, or raw, as many send it."""
    has_header = packed[0] & 0x0F == zlib.DEFLATED and int.from_bytes(packed[:2], "big") % 31 == 0
    engine = zlib.decompressobj(wbits=15 if has_header else -15)
    out = bytearray()
    _inflate(engine, memoryview(packed), 0, out, room)
    return bytes(out), engine.eof


def _inflate(engine: zlib._Decompress, view: memoryview, position: int, out: bytearray, room: int) -> int:
    """Unpack one stream from `position` on, until its end or until `out` is over `room`; gives where it ended."""
    while position < len(view) and not engine.eof and len(out) <= room:
        piece = view[position : position + WINDOW]
        out += engine.decompress(piece, room + 1 - len(out))
        position += len(piece) - len(engine.unused_data) - len(engine.unconsumed_tail)
    return position


def _unbrotli(packed: bytes, room: int) -> tuple[bytes, bool]:
    """Brotli (RFC 7932). Since 1.2 the library bounds what comes out, to a block more than asked."""
    engine = brotli.Decompressor()
    out = engine.process(packed, output_buffer_limit=room + 1)
    while not engine.is_finished() and not engine.can_accept_more_data() and len(out) <= room:
        out += engine.process(b"", output_buffer_limit=room + 1 - len(out))
    return out, engine.is_finished()


def _bounds_output(version: str) -> bool:
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major, minor) >= (1, 2)


UNPACKERS: dict[str, Unpack] = {"gzip": _gunzip, "deflate": _undeflate}
_BROKEN: tuple[type[Exception], ...] = (zlib.error,)
if brotli is not None and _bounds_output(brotli.__version__):
    UNPACKERS["br"] = _unbrotli
    _BROKEN = (zlib.error, brotli.error)

ACCEPT_ENCODING = ", ".join(UNPACKERS)
