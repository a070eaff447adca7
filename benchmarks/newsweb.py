"""A web of newspapers on loopback, in a process of its own, so that its CPU time is nobody's.

It holds ready answers in memory and does next to nothing: HTTP/1.1 on one plain and one TLS port, at as
many addresses of 127.0.0.0/8 as asked for, each of them a host of its own. It ends with its parent.
"""

import asyncio
import json
import os
import pickle
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

PEM = "newsweb.pem"
HOSTS = 32
FLOW = "/flow.rss"
FLOW_ITEMS = 120  # of each answer


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands at a path."""

    body: bytes
    kind: str = "text/html"
    gzipped: bool = False
    stubborn: bool = False  # ignores validators
    closing: bool = False  # every request needs a new connection


@dataclass(frozen=True, slots=True)
class NewsWeb:
    """The web on the air."""

    pid: int
    hosts: tuple[str, ...]
    plain: int
    tls: int | None

    def host(self, number: int, *, tls: bool = False) -> str:
        """The beginning of an address at the n-th host."""
        place = self.hosts[number % len(self.hosts)]
        return f"https://{place}:{self.tls}" if tls else f"http://{place}:{self.plain}"

    @property
    def allowed(self) -> frozenset[str]:
        """These hosts, as `allow_private` wants them."""
        return frozenset(f"{host}:{port}" for host in self.hosts for port in (self.plain, self.tls))


def addresses(count: int) -> tuple[str, ...]:
    """So many hosts; one where the system has only one loopback address."""
    return tuple(f"127.0.1.{n}" for n in range(1, count + 1)) if sys.platform == "linux" else ("127.0.0.1",)


def trusted() -> Path | None:
    """The certificate that `run.py` made this process trust, if it could."""
    pem = os.environ.get("SSL_CERT_FILE", "")
    return Path(pem) if pem.endswith(PEM) else None


def certificate(folder: Path, hosts: Sequence[str]) -> Path | None:
    """A certificate and its key in one file, for these hosts; None where there is no openssl.

    A process trusts it that is started with its path in SSL_CERT_FILE.
    """
    if shutil.which("openssl") is None:
        return None
    path = folder / PEM
    names = ",".join(f"IP:{host}" for host in hosts)
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=newsweb", "-addext", f"subjectAltName={names}", "-addext", "keyUsage=digitalSignature,keyCertSign",
        "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return path


@contextmanager
def on_the_air(folder: Path, sheets: Mapping[str, Sheet], *, hosts: int = HOSTS) -> Iterator[NewsWeb]:
    """Serve these sheets (path → sheet) while the block lasts."""
    places = addresses(hosts)
    (folder / "sheets.pickle").write_bytes(pickle.dumps({p: _answers(p, s) for p, s in sheets.items()}))
    command = [sys.executable, __file__, str(folder / "sheets.pickle"), str(trusted() or ""), *places]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        ports = json.loads(process.stdout.readline())
        try:
            yield NewsWeb(process.pid, places, ports["plain"], ports["tls"])
        finally:
            process.stdin.close()
            process.wait(10)


def _answers(path: str, sheet: Sheet) -> tuple[bytes, bytes, bytes, bool]:
    """The whole answer, the 304, the entity tag that leads to it, and whether the connection ends."""
    tag = f'"{abs(hash((path, sheet.body))):x}"'
    head = f"ETag: {tag}\r\nLast-Modified: Mon, 02 Jun 2025 08:00:00 GMT\r\nDate: Mon, 02 Jun 2025 09:00:00 GMT\r\n"
    head += "Connection: close\r\n" if sheet.closing else ""
    coding = "Content-Encoding: gzip\r\n" if sheet.gzipped else ""
    whole = f"HTTP/1.1 200 OK\r\nContent-Type: {sheet.kind}\r\n{coding}Content-Length: {len(sheet.body)}\r\n{head}\r\n"
    known = f"HTTP/1.1 304 Not Modified\r\n{head}\r\n"
    return whole.encode() + sheet.body, known.encode(), b"" if sheet.stubborn else tag.encode(), sheet.closing


# ── the server's process ─────────────────────────────────────────────────────────────────────────


class Reader(asyncio.Protocol):
    """One connection."""

    def __init__(
        self, answers: Mapping[bytes, tuple[bytes, bytes, bytes, bool]], flow: Iterator[bytes]
    ) -> None:
        self.answers, self.flow = answers, flow
        self.asked = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.asked += data
        while b"\r\n\r\n" in self.asked:
            head, _, self.asked = self.asked.partition(b"\r\n\r\n")
            self.answer(head)

    def answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        if path == FLOW.encode():
            body = next(self.flow).replace(b"HOST", head.partition(b"ost: ")[2].partition(b"\r\n")[0])
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            return
        if path not in self.answers:
            self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        whole, known, tag, closing = self.answers[path]
        self.transport.write(known if tag and tag in head else whole)
        if closing:
            self.transport.close()


def flowing(paths: Sequence[str]) -> Iterator[bytes]:
    """A feed that lists other addresses each time; the pages behind them come again and again."""
    number = 0
    while True:
        items = b""
        for _ in range(FLOW_ITEMS):
            link = f"http://HOST{paths[number % len(paths)]}?number={number}"
            items += f"<item><title>Item {number}</title><link>{link}</link></item>".encode()
            number += 1
        yield b"<rss version='2.0'><channel><title>Flow</title>" + items + b"</channel></rss>"


async def serve(sheets: Path, pem: str, hosts: Sequence[str]) -> None:
    """Listen until the parent closes our input."""
    loop = asyncio.get_running_loop()
    answers = {path.encode(): one for path, one in pickle.loads(sheets.read_bytes()).items()}  # noqa: ASYNC240  once, before it listens
    flow = flowing([path.decode() for path in answers])
    ports: dict[str, int | None] = {"plain": None, "tls": None}
    context = None
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    for name, tls in (("plain", None), ("tls", context)):
        if name == "tls" and tls is None:
            continue
        for host in hosts:
            server = await loop.create_server(
                lambda: Reader(answers, flow), host, ports[name] or 0, ssl=tls, backlog=1024
            )
            ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
