"""Earlier stories as files tell them: `.txt`, `.html`, `.jsonl` (also `.jsonl.gz`), web archives and folders of them.

A text file may begin with a header of `Name: value` lines (Title, Outlet, Published, Language, Agency,
URL) and an empty line. Without a URL, its address is `seed:` and where it lies: its path below the folder that
was named, and for a line of a `.jsonl` file `#` and its id. Reads files; places nothing in the archive.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from monitor import warc
from monitor.core import moments
from monitor.core.charset import flaw, to_utf8
from monitor.core.plain import one_line

TITLE_LENGTH = 150
LONGEST = 500  # characters of a headline, a name, a byline
SINCE_1970 = re.compile(r"\d{10}(?:\d{3})?(?:\.0)?", re.ASCII)
HEADER = {"title", "outlet", "published", "language", "agency", "url"}
READERS = (".txt", ".html", ".htm", ".jsonl", ".jsonl.gz", *warc.SUFFIXES)
ELSEWHERE = {
    ".opml": "a list of feeds, not of stories: `monitor feeds import` takes it",
    ".gz": "only .jsonl.gz and .warc.gz are read among compressed files",
}


@dataclass(frozen=True, slots=True)
class Story:
    """An earlier story as its file tells it."""

    source: str  # "file" or "file:line"
    name: str
    title: str = ""
    text: str = ""
    html: bytes = b""
    url: str | None = None
    outlet: str | None = None
    published: datetime | None = None
    language: str | None = None
    agency: str | None = None
    content_type: str = ""  # of `html`, as its server said
    # Where it lies, and what another archive noted of it, is nothing that a story says, so none is part of its digest.
    seed: str = field(default="", repr=False)  # its address where it has no URL
    file: str = field(default="", repr=False)  # the whole path of its file
    address: str = field(
        default="", repr=False
    )  # in the archive that it was exported from, where it has no URL
    seen: datetime | None = field(default=None, repr=False)  # when that archive saw it first
    byline: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Report:
    """What an import came to."""

    imported: int = 0
    copies: int = 0
    known: int = 0
    revised: int = 0
    failed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # files in folders of a type that holds no stories


def files_under(paths: Iterable[Path], report: Report) -> Iterator[tuple[Path, str]]:
    """The files to read, each with its path below what was named; what cannot be read is reported."""
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file())
            report.left_out += [
                str(file) for file in files if not (is_readable(file) or is_hidden(file.relative_to(path)))
            ]
            yield from ((file, file.relative_to(path).as_posix()) for file in files if is_readable(file))
        elif not path.exists():
            report.failed.append(f"{path}: no such file")
        elif is_readable(path):
            yield path, path.name
        else:
            why = ELSEWHERE.get(path.suffix.lower(), f"not one of {', '.join(READERS)}")
            report.failed.append(f"{path}: {why}")


def is_readable(file: Path) -> bool:
    """Whether files of this type hold stories."""
    return file.name.lower().endswith(READERS)


def is_hidden(file: Path) -> bool:
    """Whether a file is one of those that systems and editors leave in folders, and nobody misses."""
    return any(part.startswith(".") for part in file.parts) or file.name in {"Thumbs.db", "desktop.ini"}


def read_file(path: Path, report: Report, place_of: str = "") -> Iterator[Story]:
    """The stories of one file, which lies at `place_of` below the folder that was named."""
    seed, file = f"seed:{place_of or path.name}", str(path.resolve())
    for story in stories_in(path, report):
        own = seed if story.name == path.name else f"{seed}#{story.name}"
        yield replace(story, seed=own, file=file)


def stories_in(path: Path, report: Report) -> Iterator[Story]:
    """The stories of one file, as it tells them."""
    if path.name.lower().endswith(warc.SUFFIXES):
        yield from read_archive(path, report)
        return
    try:
        data = path.read_bytes()
        if path.name.lower().endswith(".jsonl.gz"):
            data = gzip.decompress(data)
    except (OSError, EOFError) as error:
        report.failed.append(f"{path}: {error}")
        return
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        yield from read_lines(data, path, report)
    elif path.suffix.lower() == ".txt":
        text = to_utf8(data).decode()
        if (because := flaw(text)) is not None:
            report.failed.append(f"{path}: {because}")
            return
        try:
            yield read_text(text, path)
        except ValueError as error:
            report.failed.append(f"{path}: {error}")
    else:
        yield Story(str(path), path.name, html=data)


def read_archive(path: Path, report: Report) -> Iterator[Story]:
    """The pages of a web archive, each dated when it was archived unless it says better."""
    for page in warc.read(path, report.failed):
        kind = page.headers.get("content-type", "")
        yield Story(
            f"{path}: {page.url}",
            page.url,
            html=page.body,
            url=page.url,
            published=page.at,
            content_type=kind,
        )


def read_text(data: str, path: Path) -> Story:
    """A text file, with or without a header."""
    head, found, body = data.replace("\r\n", "\n").partition("\n\n")
    pairs = [line.partition(":") for line in head.splitlines()]
    if not (found and pairs and all(name.strip().lower() in HEADER for name, _, _ in pairs)):
        pairs, body = [], data
    given = {name.strip().lower(): value.strip() for name, _, value in pairs}
    paragraphs = [" ".join(part.split()) for part in body.split("\n\n") if part.strip()]
    title = given.get("title") or title_of(paragraphs)
    return Story(
        source=str(path),
        name=path.name,
        title=title,
        text="\n".join(paragraphs),
        url=given.get("url"),
        outlet=given.get("outlet"),
        published=moment(given.get("published")),
        language=given.get("language"),
        agency=given.get("agency"),
    )


def title_of(paragraphs: Sequence[str]) -> str:
    """A title for a text that has none: its first line, cut at a sentence or a word."""
    if not paragraphs:
        return ""
    line = paragraphs[0]
    if len(line) <= TITLE_LENGTH:
        return line
    sentence = line[:TITLE_LENGTH].rpartition(". ")[0]
    return f"{sentence}." if sentence else line[:TITLE_LENGTH].rpartition(" ")[0] + " …"


def read_lines(data: bytes, path: Path, report: Report) -> Iterator[Story]:
    """One JSON object a line, oldest first by its claimed date; those without a date come first."""
    stories = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        source = f"{path}:{number}"
        try:
            stories.append(read_object(json.loads(line, parse_constant=lambda _: None), source))
        except json.JSONDecodeError as error:
            report.failed.append(f"{source}: this is no JSON: {error}")
        except (ValueError, TypeError, AttributeError) as error:
            report.failed.append(f"{source}: {error}")
    earliest = datetime(1, 1, 1, tzinfo=UTC)
    yield from sorted(stories, key=lambda story: story.seen or story.published or earliest)


def read_object(row: object, source: str) -> Story:
    """A story from its JSON object."""
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("`text` is missing")
    if (because := flaw(text)) is not None:
        raise ValueError(because)
    keys = ("title", "outlet", "language", "agency", "byline")
    is_ours = "extractor" in row  # exported by monitor: what looks like markup there is none
    given = {
        key: str(row[key]) if is_ours else one_line(str(row[key]), LONGEST) for key in keys if row.get(key)
    }
    paragraphs = [" ".join(part.split()) for part in text.splitlines() if part.strip()]
    name = str(row.get("id") or blake2b(text.encode(errors="replace"), digest_size=8).hexdigest())
    return Story(
        source=source,
        name=name,
        title=given.get("title") or title_of(paragraphs),
        text="\n".join(paragraphs),
        url=str(row["url"]) if row.get("url") else None,
        outlet=given.get("outlet"),
        published=moment(row.get("published") or row.get("published_at")),
        language=given.get("language"),
        agency=given.get("agency"),
        address=exported_address(row),
        seen=moment(row.get("first_seen_at")),
        byline=given.get("byline"),
    )


def exported_address(row: Mapping[str, Any]) -> str:
    """The address of an article that has no page of its own, as `monitor export` gives it; empty for all others.

    Such are earlier imports (`seed:`), and entries without a link: their feed's address, `#` and the guid.
    """
    url = row.get("url")
    is_own = isinstance(url, str) and (url.startswith("seed:") or ("#" in url and "extractor" in row))
    return str(url) if is_own else ""


def moment(value: object) -> datetime | None:
    """A date or time in UTC, also where it names no zone; None where nothing is said.

    Read are ISO 8601, what `core.moments` knows, and the seconds or milliseconds since 1970 that tables export.
    Raises ValueError for anything else: without its date an earlier story would pass for one of today.
    """
    told = str(value if value is not None else "").strip()
    if not told:
        return None
    try:
        if SINCE_1970.fullmatch(told):
            return datetime.fromtimestamp(int(told[:10]), UTC)
        found = datetime.fromisoformat(told)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        read = moments.moment(told)
    if read is None:
        raise ValueError(f"“{told[:40]}” is no date: write 2026-06-01 or 2026-06-01T12:00")
    return read
