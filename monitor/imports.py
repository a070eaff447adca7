"""Earlier stories from files: `.txt`, `.html`, `.jsonl` (also `.jsonl.gz`), web archives and folders of them.

An imported story is compared, matched and kept like a live one, whatever the topics; it is announced to
nobody. Its `first_seen` is the date it claims where it has one, so that a watch begun today does not look
like the first to have seen it. The same story twice changes nothing; an edited one is a revision of what was
imported before, and never touches an article that was read from the web.

A text file may begin with a header of `Name: value` lines (Title, Outlet, Published, Language, Agency,
URL) and an empty line. Without a URL, its address is `seed:` and where it lies: its path below the folder that
was named, and for a line of a `.jsonl` file `#` and its id.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from monitor import warc
from monitor.core import language, sameness, urls
from monitor.core.agencies import credit
from monitor.core.charset import flaw, to_utf8
from monitor.core.fingerprint import fingerprint
from monitor.core.topics import Found
from monitor.errors import ExtractError, MonitorError
from monitor.happenings import look_at_all
from monitor.model import Article, Credit, Existing, Page, Task
from monitor.seams import Books, World
from monitor.settle import READABLE, place, revise

BATCH = 50
TITLE_LENGTH = 150
HEADER = {"title", "outlet", "published", "language", "agency", "url"}
IMPORTED = "import"  # how the column `extractor` of such articles begins
NOT_IN_IDS = re.compile(r"[^\w]+")
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
    # Where it lies is nothing that a story says, so neither is part of its digest.
    seed: str = field(default="", repr=False)  # its address where it has no URL
    file: str = field(default="", repr=False)  # the whole path of its file


@dataclass(slots=True)
class Report:
    """What an import came to."""

    imported: int = 0
    copies: int = 0
    known: int = 0
    revised: int = 0
    failed: list[str] = field(default_factory=list)


async def import_paths(
    paths: Sequence[Path], world: World, *, tell: Callable[[Report], None] = lambda _: None
) -> Report:
    """Import every story under these files and folders, oldest first within each file."""
    report = Report()
    for path, place_of in files_under(paths, report):
        stories = read_file(path, report, place_of)
        while batch := list(islice(stories, BATCH)):
            await import_batch(batch, world, report)
            tell(report)
    await look_at_all(world)
    return report


def files_under(paths: Iterable[Path], report: Report) -> Iterator[tuple[Path, str]]:
    """The files to read, each with its path below what was named; what cannot be read is reported."""
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and p.name.lower().endswith(READERS))
            yield from ((file, file.relative_to(path).as_posix()) for file in files)
        elif not path.exists():
            report.failed.append(f"{path}: no such file")
        elif path.name.lower().endswith(READERS):
            yield path, path.name
        else:
            why = ELSEWHERE.get(path.suffix.lower(), f"not one of {', '.join(READERS)}")
            report.failed.append(f"{path}: {why}")


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
        else:
            yield read_text(text, path)
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
            stories.append(read_object(json.loads(line), source))
        except (ValueError, TypeError, AttributeError) as error:
            report.failed.append(f"{source}: {error}")
    earliest = datetime(1, 1, 1, tzinfo=UTC)
    yield from sorted(stories, key=lambda story: story.published or earliest)


def read_object(row: object, source: str) -> Story:
    """A story from its JSON object."""
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("`text` is missing")
    if (because := flaw(text)) is not None:
        raise ValueError(because)
    given = {key: str(row[key]) for key in ("title", "url", "outlet", "language", "agency") if row.get(key)}
    paragraphs = [" ".join(part.split()) for part in text.splitlines() if part.strip()]
    name = str(row.get("id") or blake2b(text.encode(errors="replace"), digest_size=8).hexdigest())
    return Story(
        source=source,
        name=name,
        title=given.get("title") or title_of(paragraphs),
        text="\n".join(paragraphs),
        url=given.get("url"),
        outlet=given.get("outlet"),
        published=moment(row.get("published")),
        language=given.get("language"),
        agency=given.get("agency"),
    )


def moment(value: object) -> datetime | None:
    """An ISO 8601 date or time, in UTC where it names no zone; None where it is none."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


async def import_batch(batch: Sequence[Story], world: World, report: Report) -> None:
    """Give a batch of stories their places, in their order."""
    digests = [digest_of(story) for story in batch]
    known = await world.archive.write(lambda books: [books.import_known(digest) for digest in digests])
    report.known += sum(known)
    ready = [
        (story, digest, article)
        for story, digest, is_known in zip(batch, digests, known, strict=True)
        if not is_known and (article := await article_of(story, world, report))
    ]
    found = world.matcher.match([article for _, _, article in ready], [tuple(world.topics)] * len(ready))
    works = [
        partial(settle, one=one, found=about, world=world) for one, about in zip(ready, found, strict=True)
    ]
    results = await world.archive.write_in_order(works)
    for (story, _, _), result in zip(ready, results, strict=True):
        if isinstance(result, str):
            setattr(report, result, getattr(report, result) + 1)
            report.imported += result == "copies"
        elif isinstance(result, MonitorError) or not isinstance(result, Exception):
            raise result
        else:
            report.failed.append(f"{story.source}: {type(result).__name__}: {result}")


def settle(books: Books, *, one: tuple[Story, str, Article], found: Found, world: World) -> str:
    """Write one earlier story; gives the counter of the report that it belongs to."""
    story, digest, article = one
    if books.import_known(digest):
        return "known"
    article, existing = recognised(books, story, article)
    if existing is None:
        article_id, verdict = place(books, article, found, world, announce=False)
        outcome = "copies" if verdict.copy else "imported"
    else:
        article_id = existing.id
        is_ours = existing.extractor.startswith(IMPORTED)
        outcome = "revised" if is_ours and revise(books, existing, article, world) else "known"
    if story.outlet and is_name(story.outlet):
        books.name_outlet(article.outlet_id, story.outlet)
    marks = (mark(article.url), mark(article.url, story.file)) if article.url.startswith("seed:") else ()
    for done in (digest, *marks):
        books.import_done(done, article_id, world.now())
    return outcome


def recognised(books: Books, story: Story, article: Article) -> tuple[Article, Existing | None]:
    """The article that a story is another version of; and the story, at an address that no other file has.

    Files in many folders may have one name, and what is imported later may lie where another file lay. Only
    what the same file said before is an earlier version.
    """
    if article.url != story.seed:
        return article, books.article_at((article.url, *article.addresses))
    own = f"{story.seed}~{mark(story.file)[:8]}"
    for address in dict.fromkeys((own, story.seed, f"seed:{story.name}")):
        existing = books.article_at((address,))
        if existing is not None and is_of_file(books, story, article, existing):
            return replace(article, url=address), existing
    is_taken = books.article_at((story.seed,)) is not None
    return (replace(article, url=own) if is_taken else article), None


def is_of_file(books: Books, story: Story, article: Article, existing: Existing) -> bool:
    """Whether a seed came from the file of this story; the texts decide where no file was noted."""
    if books.import_known(mark(existing.url)):
        return books.import_known(mark(existing.url, story.file))
    return sameness.is_same_article(
        article.text, existing.text, title=article.title, other_title=existing.title
    )


def mark(*parts: str) -> str:
    """What is noted among the imports about an address, and about the file that it stands for."""
    return blake2b("\0".join(("seed", *parts)).encode(errors="replace"), digest_size=16).hexdigest()


def digest_of(story: Story) -> str:
    """A name for all that a story says, wherever its file lies."""
    told = replace(story, source="", html=b"")
    return blake2b(repr(told).encode(errors="replace") + story.html, digest_size=16).hexdigest()


async def article_of(story: Story, world: World, report: Report) -> Article | None:
    """The story as an article; None, with a reason in the report, where there is no text."""
    if story.html:
        return await article_of_page(story, world, report)
    if not story.text:
        report.failed.append(f"{story.source}: no text")
        return None
    url = urls.canonical(story.url, world.tracking) if story.url else None
    now = world.now()
    published = min(story.published, now) if story.published else None
    spoken = language.settle(story.language, story.text)
    credited = (
        Credit(story.agency, "named in the file")
        if story.agency
        else credit(title=story.title, text=story.text, language=spoken)
    )
    return Article(
        url=url or story.seed,
        outlet_id=outlet_of(story, url),
        title=story.title,
        text=story.text,
        words=len(story.text.split()),
        first_seen=published or now,
        published=published,
        language=spoken,
        credit=credited,
        extractor=IMPORTED,
        fingerprint=fingerprint(story.text),
    )


def outlet_of(story: Story, url: str | None) -> str:
    """The outlet's registrable domain; for a story without one, the name it gives as an id, or `seed`."""
    if url:
        return urls.registrable(url)
    if not story.outlet:
        return "seed"
    if is_name(story.outlet):
        return "-".join(NOT_IN_IDS.sub(" ", story.outlet.casefold()).split()) or "seed"
    return urls.registrable(story.outlet)


def is_name(outlet: str) -> bool:
    """Whether an outlet is told by its name ("The Paper"), not by its domain."""
    return "." not in outlet or not urls.registrable(outlet)


async def article_of_page(story: Story, world: World, report: Report) -> Article | None:
    """A saved page, read by the workers like a live one."""
    url = story.url or story.seed
    headers = {"content-type": story.content_type} if story.content_type else {}
    page = Page(url=url, final_url=url, status=200, headers=headers, body=story.html, at=world.now())
    extract = await world.workers.extract(page, hint=Task(url=url))
    if isinstance(extract, ExtractError):
        report.failed.append(f"{story.source}: {extract}")
        return None
    if extract.quality.kind not in READABLE:
        report.failed.append(f"{story.source}: {extract.quality.kind}: {extract.quality.because}")
        return None
    address = urls.canonical(extract.canonical or extract.og_url or story.url or "", world.tracking)
    return Article(
        url=address or url,
        outlet_id=urls.registrable(address) if address else "seed",
        title=extract.title or story.name,
        text=extract.text,
        words=len(extract.text.split()),
        first_seen=min(extract.published or story.published or world.now(), world.now()),
        byline=extract.byline,
        published=extract.published,
        language=extract.language,
        credit=extract.credit,
        access=extract.access,
        extractor=f"{IMPORTED}, {extract.extractor}",
        fingerprint=extract.fingerprint,
    )
