"""Web archives in and out: ISO 28500 (WARC/1.1), as archives, libraries and replay tools read them.

Out: the raw pages that were kept, one `response` record each. In: the HTML pages of anybody's archive, as they
were served. The only place that knows the format's library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from monitor import __version__
from monitor.errors import MonitorError
from monitor.model import KeptPage, Page

SUFFIXES = (".warc", ".warc.gz")
LARGEST = 10_000_000  # bytes of a page; what is larger is no article
OK = 200
# What described the body on its way, and no longer does: it is kept decoded.
OF_THE_TRANSFER = {"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"}


def library() -> None:
    """Raises `MonitorError` with what to do where warcio is not installed."""
    try:
        import warcio  # noqa: F401
    except ImportError:
        raise MonitorError("web archives need warcio: pip install 'wirewatch-monitor[warc]'") from None


def write(pages: Iterable[KeptPage], out: BinaryIO, *, gzip: bool, name: str) -> int:
    """Write these pages as an archive; how many. Raises `MonitorError` without the library."""
    library()
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    writer = WARCWriter(out, gzip=gzip, warc_version="1.1")
    about = {"software": f"monitor/{__version__}", "format": "WARC File Format 1.1"}
    writer.write_record(writer.create_warcinfo_record(name, about))
    count = 0
    for count, kept in enumerate(pages, 1):  # noqa: B007  counted on the way
        page = kept.page
        status = f"{page.status} {_reason(page.status)}".strip()
        lines = [*_headers(page), ("Content-Length", str(len(page.body)))]
        record = writer.create_warc_record(
            page.final_url,
            "response",
            payload=BytesIO(page.body),
            length=len(page.body),  # unsaid, warcio would copy the body to measure it
            http_headers=StatusAndHeaders(status, lines, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": page.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")},
        )
        writer.write_record(record)
    return count


def read(path: Path, complain: list[str]) -> Iterator[Page]:
    """The HTML pages of an archive in its order; what cannot be read is added to `complain`.

    Raises `MonitorError` without the library. A record that cannot be read costs itself, a damaged end what
    comes after it.
    """
    library()
    from warcio.archiveiterator import ArchiveIterator

    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True):
                page = _page(record, f"{path}", complain) if record.rec_type == "response" else None
                if page is not None:
                    yield page
    except Exception as error:  # noqa: BLE001  somebody's bytes: what the library raises on them is not said
        complain.append(f"{path}: the archive cannot be read on: {_told(error)}")


def _page(record: Any, source: str, complain: list[str]) -> Page | None:
    """The page of a record; None where it is none, or cannot be read.

    The headers of the answer are read here, not by the library's loop: there, one that is broken ends the loop.
    """
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if url and not url.startswith(("http:", "https:")):
        return None
    try:
        return _served(record, url)
    except Exception as error:  # noqa: BLE001  somebody's bytes, through somebody's decoders
        complain.append(f"{source}: {url or 'a record'}: {_told(error)}")
        return None


def _served(record: Any, url: str) -> Page | None:
    """The page as it was served; None where it is no HTML, or no success.

    Raises `ValueError` for a record that lacks what it must have, and whatever the library raises.
    """
    from warcio.statusandheaders import StatusAndHeadersParser

    if not url:
        raise ValueError("it does not say its address (WARC-Target-URI)")
    record.http_headers = StatusAndHeadersParser(["HTTP/1.0", "HTTP/1.1"], verify=False).parse(
        record.raw_stream
    )
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    if record.http_headers.get_statuscode() != str(OK) or "html" not in headers.get("content-type", ""):
        return None
    body = _whole(record.content_stream())
    said = record.rec_headers.get_header("WARC-Date")
    if not said:
        raise ValueError("it does not say when it was read (WARC-Date)")
    at = datetime.fromisoformat(said)
    if len(body) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 1_000_000} MB")
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    kept = {name: value for name, value in headers.items() if name not in OF_THE_TRANSFER}
    return Page(url=url, final_url=url, status=OK, headers=kept, body=body, at=at)


def _told(error: Exception) -> str:
    """What an error of the library says; the end of a file says nothing."""
    return str(error) or ("it ends too early" if isinstance(error, EOFError) else type(error).__name__)


def _whole(stream: Any) -> bytes:
    """A record's body, decoded; a little more than the most that is read shows that there is more."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= LARGEST and (part := stream.read(1 << 16)):
        parts.append(part)
    return b"".join(parts)


def _headers(page: Page) -> list[tuple[str, str]]:
    """Headers as lines; line breaks in a value would end it early."""
    return [
        (name.title(), " ".join(value.split()))
        for name, value in page.headers.items()
        if name.lower() not in OF_THE_TRANSFER
    ]


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
