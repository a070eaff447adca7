"""Reading an article whole that its outlet cuts into pages, each a polite request of its own under robots.txt.

The page with all of it stands for the first part. Where there is none, the parts that follow are read one after the
other, and what they add is put behind it; the first part's page stays the article's. What part could not be had is said,
so that an article read whole before is not taken for a shorter one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.core import agencies, cadence
from monitor.core.fingerprint import fingerprint
from monitor.core.urls import canonical
from monitor.model import Cooldown, Extract, Hop, Page, Task
from monitor.seams import World
from monitor.settle import READABLE

OK = 200
MOST_PARTS = 10
SENTENCE = 40  # characters; shorter lines recur in interviews and songs


@dataclass(frozen=True, slots=True)
class Found:
    """An article and the page that it is told to stand on. `lacks`: it has parts that could not be read."""

    page: Page
    extract: Extract
    lacks: bool = False


async def in_one_piece(task: Task, page: Page, extract: Extract, world: World) -> Found:
    """The article whole, where its page has the first part only; what that part says, where no more can be had."""
    whole = await _found(extract.whole, task, world)
    if whole and len(whole.extract.text) > len(extract.text):
        hops = (*page.hops, Hop(page.status, whole.page.url), *whole.page.hops)
        return Found(replace(whole.page, url=page.url, hops=hops), whole.extract)
    parts, lacks = await _parts(Found(page, extract), task, world)
    if len(parts) == 1:
        lacks = lacks or (extract.whole is not None and whole is None)
    return Found(page, together(parts), lacks=lacks)


async def _parts(first: Found, task: Task, world: World) -> tuple[list[Extract], bool]:
    """The parts in their order, as far as each names the next and goes on under the same headline; whether one lacks."""
    found, seen = [first.extract], {canonical(first.page.final_url)}
    while (there := found[-1].next_part) and canonical(there) not in seen and len(found) < MOST_PARTS:
        seen.add(canonical(there))
        part = await _found(there, task, world)
        if part is None or not _goes_on(part.extract, first.extract):
            return found, True
        found.append(part.extract)
    return found, False


async def _found(address: str | None, task: Task, world: World) -> Found | None:
    """The article at another address of it; None where there is none that can be read."""
    page = await world.web.get(address, article=True) if address else None
    if not isinstance(page, Page):
        return None
    if page.status != OK:
        await heeded(page, page.url, world)
        return None
    extract = await world.workers.extract(page, hint=task)
    if not isinstance(extract, Extract) or extract.quality.kind not in READABLE:
        return None
    return Found(page, extract)


async def heeded(answer: Page, url: str, world: World) -> Cooldown | None:
    """The wait that an answer asks of everybody at its host, heeded from now on and written down."""
    asked = cadence.host_wait(answer, private=world.private(url), now=world.now())
    if asked is not None:
        world.web.cool(asked.scope, asked.until, asked.because)
        await world.archive.write(lambda books: books.cool(asked))
    return asked


def _goes_on(part: Extract, first: Extract) -> bool:
    """Whether a page is of the same article: its headline is the first one's, perhaps with "page 2" behind it."""
    return _letters(part.title).startswith(_letters(first.title))


def together(parts: Sequence[Extract]) -> Extract:
    """Give the first part with what the others add, line by line; what stands on every page is told once."""
    first, *others = parts
    lines = first.text.split("\n")
    known = set(lines)
    for other in others:
        new = _new(other.text.split("\n"), known)
        lines += new
        known.update(new)
    text = "\n".join(lines)
    if text == first.text:
        return first
    credit = first.credit or agencies.credit(
        title=first.title, text=text, byline=first.byline, language=first.language
    )
    read_by = f"{first.extractor}, {len(parts)} parts"
    return replace(first, text=text, credit=credit, fingerprint=fingerprint(text), extractor=read_by)


def _new(lines: list[str], known: set[str]) -> list[str]:
    """Give what a part adds: not what it begins or ends with as others do, nor long lines of theirs; a "No." amid it stays."""
    unknown = [number for number, line in enumerate(lines) if line not in known]
    if not unknown:
        return []
    inner = lines[unknown[0] : unknown[-1] + 1]
    return [line for line in inner if line not in known or len(line) < SENTENCE]


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
