"""A web server that misbehaves as told: raw sockets on loopback, one script per path.

    async with BadServer() as server:
        server["/feed"] = [answer(b"<rss/>", etag='"a"'), answer(status=304), stall()]
        page = await client.get(server.url("/feed"))
        assert [seen.path for seen in server.seen] == ["/feed"]

A script is an async function of the request and the wire. Of a list, each request takes the next one; the
last one stays. Loopback has many addresses: `BadServer("127.0.0.2")` is another host.
"""

import asyncio
import gzip
import socket
import struct
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """A request as it stood on the wire. `headers` keep their order, names as sent."""

    line: str
    headers: tuple[tuple[str, str], ...]
    at: float  # monotonic seconds
    connection: int  # 1 for the first connection that the server ever took

    @property
    def path(self):
        return self.line.split(" ")[1]

    def header(self, name):
        """The value of a header, joined when it came more than once; None without it."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass
class Wire:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    open: bool = field(default=True)

    async def send(self, octets):
        self.writer.write(octets)
        await self.writer.drain()
        await asyncio.sleep(0)  # drain alone does not let others run

    def close(self):
        """End the connection in an orderly way after this request."""
        self.open = False

    def reset(self):
        """End the connection with RST, without a word."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.open = False


class BadServer:
    """Serves scripts on one loopback address. `tls` is an SSL context, where it should speak TLS."""

    def __init__(self, host="127.0.0.1", *, tls=None):
        self.host = host
        self.tls = tls
        self.port = 0
        self.seen = []
        self.connections = 0
        self.running = 0
        self.most_at_once = 0  # requests between their head and the end of their script
        self._scripts = defaultdict(lambda: [answer(b"nothing here", status=404)])
        self._tasks = set()

    def __setitem__(self, path, script):
        self._scripts[path] = list(script) if isinstance(script, list | tuple) else [script]

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, self.host, 0, ssl=self.tls, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def place(self):
        """`host:port`, as `allow_private` wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, path="/"):
        return f"{'https' if self.tls else 'http'}://{self.place}{path}"

    @property
    def paths(self):
        return [request.path for request in self.seen]

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        self.connections += 1
        wire = Wire(reader, writer)
        try:
            await self._talk(wire, self.connections)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _talk(self, wire, connection):
        while wire.open:
            head = await wire.reader.readuntil(b"\r\n\r\n")
            request = read_head(head, connection)
            self.seen.append(request)
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
            try:
                await self._next_script(request.path)(request, wire)
            finally:
                self.running -= 1

    def _next_script(self, path):
        scripts = self._scripts[path]
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]


def read_head(head, connection):
    line, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (text.partition(":") for text in rest)
    return Seen(line, tuple((name, value.strip()) for name, _, value in pairs), time.monotonic(), connection)


# ── scripts: good behaviour ──────────────────────────────────────────────────────────────────────


def head_of(status=200, **headers):
    """The head of an answer, without the empty line. `content_type` becomes `content-type`; lists repeat."""
    lines = [f"HTTP/1.1 {status} Whatever".encode()]
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            octets = value if isinstance(value, bytes) else str(value).encode("utf-8")
            lines.append(name.replace("_", "-").encode() + b": " + octets)
    return b"\r\n".join(lines) + b"\r\n"


def answer(body=b"", status=200, *, after=0.0, **headers):
    """An answer in good order, `after` so many seconds."""
    bodyless = status in {204, 304}
    lengths = {} if bodyless or "content_length" in headers else {"content_length": len(body)}

    async def script(_request, wire):
        await asyncio.sleep(after)
        await wire.send(head_of(status, **lengths, **headers) + b"\r\n" + body)

    return script


def redirect(location=None, status=302, body=b"", **headers):
    """A redirect; without `location`, one that does not say where."""
    where = {} if location is None else {"location": location}
    return answer(body, status, **where, **headers)


def raw(*pieces, every=0.0):
    """Octets as they are, a pause of `every` seconds before each piece, then the end of the connection."""

    async def script(_request, wire):
        for piece in pieces:
            await asyncio.sleep(every)
            await wire.send(piece)
        wire.close()

    return script


def chunk(octets):
    return f"{len(octets):x}\r\n".encode() + octets + b"\r\n"


# ── scripts: slowness ────────────────────────────────────────────────────────────────────────────


def stall():
    """Take the request and say nothing."""

    async def script(_request, _wire):
        await asyncio.sleep(3600)

    return script


def stall_after(octets):
    """Send some octets, then nothing more."""

    async def script(_request, wire):
        await wire.send(octets)
        await asyncio.sleep(3600)

    return script


def drip_body(body=b"x" * 1000, every=0.05, **headers):
    """One octet of the body at a time."""
    octets = [body[i : i + 1] for i in range(len(body))]
    return raw(head_of(content_length=len(body), **headers) + b"\r\n", *octets, every=every)


def drip_headers(every=0.05):
    """One header at a time, for as long as somebody listens."""
    return raw(b"HTTP/1.1 200 OK\r\n", *(f"x-{n}: 1\r\n".encode() for n in range(1000)), every=every)


# ── scripts: too much ────────────────────────────────────────────────────────────────────────────


def endless(piece=b"x" * 65_536, *, chunked=False, **headers):
    """A body without end."""
    start = head_of(**({"transfer_encoding": "chunked"} if chunked else {}), **headers) + b"\r\n"

    async def script(_request, wire):
        await wire.send(start)
        while True:
            await wire.send(chunk(piece) if chunked else piece)

    return script


def hints_for_ever():
    """Interim answers (1xx) without end."""

    async def script(_request, wire):
        while True:
            await wire.send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 100)

    return script


def big_header(size):
    return raw(head_of(x_big="x" * size, content_length=0) + b"\r\n")


def many_headers(number):
    return raw(head_of(**{f"x{n}": 1 for n in range(number)}, content_length=0) + b"\r\n")


def packed(body, coding, claim=None):
    """A body packed as `coding`; the header claims `claim`."""
    pack = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "raw deflate": lambda octets: zlib.compress(octets, wbits=-15),
        "br": brotli_packed,
        "none": bytes,
    }[coding]
    return answer(pack(body), content_encoding=claim or coding)


def brotli_packed(octets):
    import brotli

    return brotli.compress(octets)


# ── scripts: breakage ────────────────────────────────────────────────────────────────────────────


def reset():
    """RST instead of an answer."""

    async def script(_request, wire):
        wire.reset()

    return script


def hang_up():
    """An orderly end instead of an answer."""

    async def script(_request, wire):
        wire.close()

    return script


def reset_in_body(body=b"half of it"):
    async def script(_request, wire):
        await wire.send(head_of(content_length=1000) + b"\r\n" + body)
        await asyncio.sleep(0.01)
        wire.reset()

    return script


def short_of_length(body=b"abc", length=1000):
    """Fewer octets than announced, then the end."""
    return raw(head_of(content_length=length) + b"\r\n" + body)


def cut_chunks(body=b"abc"):
    """A chunked body without its last chunk."""
    return raw(head_of(transfer_encoding="chunked") + b"\r\n" + chunk(body))


def two_framings(body=b"abc"):
    """Transfer-Encoding and Content-Length at once, which tell different stories."""
    return raw(head_of(transfer_encoding="chunked", content_length=1) + b"\r\n" + chunk(body) + b"0\r\n\r\n")
