"""A door for Prometheus: `GET /metrics` and `GET /health` on loopback, a few lines of HTTP and nothing else.

Knows no numbers: what is told comes from a callable. Answers one request a connection, in a bounded time, and
only those that ask for this machine by its own name: a web page elsewhere must not read it through a browser.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from monitor.core.exposition import CONTENT_TYPE

log = logging.getLogger("monitor")

PATIENCE = 5.0  # seconds for a request and its answer
LONGEST = 8192  # bytes of a request
OUR_NAMES = {"localhost", "127.0.0.1", "[::1]"}

Answer = tuple[int, str, str]  # status, content type, text
Routes = Mapping[str, Callable[[], Awaitable[Answer]]]

REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}  # fmt: skip


def metrics_page(text: str) -> Answer:
    """The numbers."""
    return 200, CONTENT_TYPE, text


def health_page(standstill: str | None) -> Answer:
    """Whether there is progress: 200, or 503 with what stands still."""
    return (503 if standstill else 200), "text/plain; charset=utf-8", f"{standstill or 'ok'}\n"


@contextlib.asynccontextmanager
async def door(address: str | None, routes: Routes) -> AsyncIterator[None]:
    """Answer at `host:port` while inside; nowhere with None.

    A port that is taken is said and costs nothing else: numbers are not worth a watch.
    """
    server = await _open(address, routes) if address else None
    try:
        yield
    finally:
        if server is not None:
            server.close()


async def _open(address: str, routes: Routes) -> asyncio.Server | None:
    host, _, port = address.rpartition(":")

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(as_http(*await answer(head, routes), body=not head.startswith(b"HEAD ")))
                await writer.drain()
        writer.close()

    try:
        return await asyncio.start_server(greet, host.strip("[]"), int(port), limit=LONGEST)
    except OSError as error:
        log.error("no metrics at %s: %s", address, error.strerror or error)  # noqa: TRY400
        return None


async def answer(head: bytes, routes: Routes) -> Answer:
    """The answer to a request, by its head (request line and headers)."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split()
    plain = "text/plain; charset=utf-8"
    if len(words) != 3:  # noqa: PLR2004  method, target, version
        return 400, plain, "not HTTP\n"
    hosts = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")]
    if len(hosts) != 1 or not _is_ours(hosts[0]):
        return 403, plain, "ask for this machine by its own name\n"
    if words[0] not in {"GET", "HEAD"}:
        return 405, plain, "GET it\n"
    page = routes.get(words[1].partition("?")[0])
    return await page() if page else (404, plain, f"there are {' and '.join(routes)}\n")


def _is_ours(host: str) -> bool:
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower() in OUR_NAMES or name.startswith("127.")


def as_http(status: int, kind: str, text: str, *, body: bool = True) -> bytes:
    """A whole HTTP/1.1 answer, after which the connection ends."""
    data = text.encode()
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (data if body else b"")
