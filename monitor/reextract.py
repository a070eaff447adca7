"""Reading kept pages once more: what an improved extractor would have seen.

    archive.db | workers.extract → compared with what is stored → a report; with `apply`, revisions

Nothing is fetched. A revision made here carries its reason, so that nobody takes it for an outlet's edit.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Protocol

from monitor import seams
from monitor.core.fingerprint import words
from monitor.errors import ExtractError
from monitor.model import Existing, Extract, KeptPage, Reading, Task
from monitor.seams import World
from monitor.settle import READABLE, article_read, revise

AT_ONCE = 16
READ_WITHIN = timedelta(minutes=10)  # a page is fetched after its article was first seen, or just before


class Books(seams.Books, Protocol):
    """What applying needs of the archive, beyond the journey."""

    def explain_revision(self, article_id: int, because: str) -> None:
        """Say of an article's newest revision why we made it."""

    def try_again(self, entry_id: int, because: str) -> bool:
        """Let a quarantined entry be read again now; whether there was one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What another reading of a kept page changes. `article_id` is None for a page that was quarantined."""

    page: KeptPage
    extract: Extract
    because: str
    article_id: int | None = None
    words_added: int = 0
    words_removed: int = 0


async def differences(
    pages: Iterable[KeptPage], workers: seams.Workers, article: Callable[[int], Existing | None]
) -> AsyncIterator[tuple[KeptPage, Difference | None]]:
    """Every page in its order, with what another reading changes; None where nothing does."""
    rest = iter(pages)
    while batch := list(islice(rest, AT_ONCE)):
        read = await asyncio.gather(*(workers.extract(kept.page, hint=hint_of(kept)) for kept in batch))
        for kept, extract in zip(batch, read, strict=True):
            existing = article(kept.article_id) if kept.article_id is not None else None
            yield kept, difference(kept, extract, existing)


def hint_of(kept: KeptPage) -> Task:
    """What is known of a page besides itself."""
    return Task(url=kept.page.url, entry_id=kept.entry_id, article_id=kept.article_id)


def difference(
    kept: KeptPage, extract: Extract | ExtractError, existing: Existing | None
) -> Difference | None:
    """What this reading of a page would change of what is stored; None for nothing."""
    if not isinstance(extract, Extract) or extract.quality.kind not in READABLE:
        return None
    if existing is None:
        if kept.article_id is not None or kept.entry_id is None:
            return None  # the article is gone, or nothing came of the page
        return Difference(kept, extract, f"it is readable now: {extract.quality.because}")
    if extract.next_part or extract.whole:
        return None  # one of several parts: what is stored has the others too
    if existing.first_seen - kept.page.at > READ_WITHIN:
        return None  # an older database was put back beside newer pages: its numbers were given anew
    if extract.text.split() == existing.text.split() and (extract.title or existing.title) == existing.title:
        return None
    before, after = Counter(words(existing.text)), Counter(words(extract.text))
    added, removed = (after - before).total(), (before - after).total()
    changes = (
        [f"{added} words added, {removed} removed"] if existing.text.split() != extract.text.split() else []
    )
    if extract.title and extract.title != existing.title:
        changes.append(f"headline {existing.title!r} reads {extract.title!r}")
    because = f"read again by {extract.extractor or 'another extractor'}: {'; '.join(changes)}"
    return Difference(kept, extract, because, existing.id, added, removed)


async def apply(
    found: Difference, world: World, write: Callable[[Callable[[Books], bool]], Awaitable[bool]]
) -> bool:
    """Store what another reading gave; whether it changed anything. `write` is the store's."""
    return await write(lambda books: applied(books, found, world))


def applied(books: Books, found: Difference, world: World) -> bool:
    """A revision with its reason; or a quarantined entry that is to be read again."""
    page = found.page
    if found.article_id is None:
        return page.entry_id is not None and books.try_again(page.entry_id, found.because)
    existing = books.article(found.article_id)
    reading = Reading(hint_of(page), page=page.page, extract=found.extract)
    article = article_read(reading, world)
    if existing is None or article is None or not revise(books, existing, article, world):
        return False
    books.explain_revision(existing.id, found.because)
    return True
