"""Earlier stories, read from files (`monitor.earlier`), given their places in the archive.

An imported story is compared, matched and kept like a live one, whatever the topics; it is announced to
nobody. Its `first_seen` is the date it claims where it has one, so that a watch begun today does not look
like the first to have seen it. The same story twice changes nothing; an edited one is a revision of what was
imported before, and never touches an article that was read from the web.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from monitor.core import language, sameness, urls
from monitor.core.agencies import credit
from monitor.core.fingerprint import fingerprint
from monitor.core.topics import Found
from monitor.earlier import Report, Story, files_under, read_file
from monitor.errors import ExtractError, MonitorError
from monitor.happenings import look_at_all
from monitor.model import Article, Credit, Existing, Page, Task
from monitor.seams import Books, World
from monitor.settle import READABLE, place, revise

BATCH = 50
IMPORTED = "import"  # how the column `extractor` of such articles begins
NOT_IN_IDS = re.compile(r"[^\w]+")


async def import_paths(
    paths: Sequence[Path], world: World, *, tell: Callable[[Report], None] = lambda _: None
) -> Report:
    """Import every story under these files and folders, oldest first within each file."""
    report = Report()
    await import_stories(stories_under(paths, report), world, report, tell=tell)
    return report


async def import_stories(
    stories: Iterable[Story], world: World, report: Report, *, tell: Callable[[Report], None]
) -> None:
    """Give stories their places, in their order."""
    rest = iter(stories)
    while batch := list(islice(rest, BATCH)):
        await import_batch(batch, world, report)
        tell(report)
    await look_at_all(world)  # also what an import that was cut short has left


def stories_under(paths: Sequence[Path], report: Report) -> Iterator[Story]:
    """Every story under these files and folders, in the order in which they are imported."""
    for path, place_of in files_under(paths, report):
        yield from read_file(path, report, place_of)


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
    is_of_file_here = article.url.startswith("seed:") and not story.address
    marks = (mark(article.url), mark(article.url, story.file)) if is_of_file_here else ()
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
    url = story.address or (urls.canonical(story.url, world.tracking) if story.url else None)
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
        outlet_id=outlet_of(story, None if story.address.startswith("seed:") else url),
        title=story.title,
        text=story.text,
        words=len(story.text.split()),
        first_seen=min(story.seen or published or now, now),
        byline=story.byline,
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
