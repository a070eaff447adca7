"""Looking for what was missed: after an outage or a possible gap, in the feed's archive and the news sitemap.

    open gaps, by site | through_archive: web.get → workers.parse → what is new and of that time
                       | through_sitemap: news_of → what of that time no entry or article is known by
                       | filed: entries.reconcile → add_found → looked

What is found becomes waiting entries of the feed, which say where they are from; reading them is the
journey's business. Each place is looked in once for a gap; where a host wants patience, later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from monitor.conclude import OK, fault
from monitor.core import cadence, catchup
from monitor.core.entries import address_of, reconcile
from monitor.core.urls import redacted
from monitor.errors import FetchError, ParseError, StoreError, WaitError
from monitor.model import Changes, Entry, FeedDocument, Listing, Look, OpenGap
from monitor.published import News, news_of
from monitor.seams import Books, World

MOST_GAPS = 500  # looked into in one round
AT_ONCE = 8  # sites


@dataclass(slots=True)
class CaughtUp:
    """What a round came to."""

    gaps: set[int] = field(default_factory=set)  # ids of those that were looked into
    found: int = 0  # entries
    closed: int = 0  # gaps of which nothing is missing any more

    def numbers(self) -> dict[str, int]:
        """The round in numbers."""
        return {"gaps": len(self.gaps), "found": self.found, "closed": self.closed}


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of an archive against what was known: what was missed, and whether it overlaps with earlier times."""

    missed: tuple[Entry, ...]
    overlaps: bool
    reached: bool


async def catch_up(world: World, *, feeds: Collection[str] | None = None) -> CaughtUp:
    """One round: every open gap, or those of these feeds (by address), once in each place not tried yet."""
    since = world.now() - catchup.OLDEST
    gaps = await world.archive.write(lambda books: books.open_gaps(since, MOST_GAPS))
    if feeds is not None:
        gaps = [one for one in gaps if one.feed_url in feeds]
    came, turn = CaughtUp(), asyncio.Semaphore(AT_ONCE)

    async def in_turn(site: str, theirs: Sequence[OpenGap]) -> None:
        async with turn:
            await look_into(site, theirs, world, came)

    grouped = catchup.groups(gaps)
    results = await asyncio.gather(
        *(in_turn(site, theirs) for site, theirs in grouped.items()), return_exceptions=True
    )
    for result in results:
        if result is not None:
            raise result
    return came


async def look_into(site: str, gaps: Sequence[OpenGap], world: World, came: CaughtUp) -> None:
    """The gaps of one site's feeds: each feed's archive first, then the sitemap for what is still open."""
    still: list[OpenGap] = []
    for one in gaps:
        look = None if "archive" in one.tried else await sheltered(one, world)
        if look is not None:
            await filed([(one, look)], world, came)
        if not (look and look.closes) and "sitemap" not in one.tried:
            still.append(one)
    if still:
        await filed(await through_sitemap(site, still, world), world, came)


async def sheltered(one: OpenGap, world: World) -> Look | None:
    """A look through the archive; a fault of ours is that gap's row, and is not met every minute again."""
    try:
        return await through_archive(one, world)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001  as in the poll: one bad feed never costs the others
        return Look("archive", fault(error))


async def filed(looks: Sequence[tuple[OpenGap, Look]], world: World, came: CaughtUp) -> None:
    """Write what was found, each look with its entries or not at all."""
    for one, look in looks:
        came.found += await world.archive.write(partial(file_away, one=one, look=look, world=world))
        came.gaps.add(one.id)
        came.closed += look.closes


def file_away(books: Books, *, one: OpenGap, look: Look, world: World) -> int:
    """New entries of the feed, and the gap's row; how many entries."""
    now, mark = world.now(), catchup.mark(look.source, one.gap)
    new = compared(books, one, look.entries, world).new
    found = books.add_found(one.feed_id, new, mark, now)
    books.looked(one.id, look, found, now)
    return found


def compared(books: Books, one: OpenGap, entries: Sequence[Entry], world: World) -> Changes:
    """Which of these entries the feed is not known to have had."""
    pairs = [(entry.key, address_of(entry, world.tracking)) for entry in entries]
    return reconcile(books.known_entries(one.feed_id, pairs), entries, world.tracking)


# ── the feed's own archive ───────────────────────────────────────────────────────────────────────


async def through_archive(one: OpenGap, world: World) -> Look | None:
    """Walk the feed's archive back to before the gap. None: its host wants patience, so it is for later."""
    if one.older_url is None:
        return Look("archive", "the feed names no archive")
    url: str | None = one.older_url
    asked, seen, trouble, pages = {one.feed_url}, None, None, 0
    missed: tuple[Entry, ...] = ()
    while url and url not in asked and pages < catchup.MOST_PAGES:
        asked.add(url)
        document = await archived(url, world)
        if document is None and not pages:
            return None
        if not isinstance(document, FeedDocument):
            trouble = document or "its host asks for patience"
            break
        pages += 1
        seen = await world.archive.write(partial(looked_over, one=one, document=document, world=world))
        missed = (*seen.missed, *missed)
        if seen.overlaps or seen.reached:
            break
        url = document.older
    overlaps, reached = (seen.overlaps, seen.reached) if seen else (False, False)
    because = catchup.archive_told(pages, len(missed), overlaps=overlaps, reached=reached, trouble=trouble)
    return Look("archive", because, missed, closes=overlaps)


async def archived(url: str, world: World) -> FeedDocument | str | None:
    """One page of an archive; why it cannot be read; None where its host wants patience."""
    if "***" in url:
        return "its address holds a secret of the configuration, which is sent to the feed's own address only"
    answer = await world.web.get(url)
    if isinstance(answer, WaitError):
        return None
    if isinstance(answer, FetchError):
        return answer.because
    if answer.status != OK:
        asked = cadence.host_wait(answer, private=world.private(url), now=world.now())
        if asked is None:
            return f"HTTP {answer.status}"
        world.web.cool(asked.scope, asked.until, asked.because)
        await world.archive.write(lambda books: books.cool(asked))
        return None
    document = await world.workers.parse(
        answer.body,
        url=redacted(answer.final_url),
        content_type=answer.headers.get("content-type", ""),
        now=answer.at,
    )
    return str(document) if isinstance(document, ParseError) else document


def looked_over(books: Books, *, one: OpenGap, document: FeedDocument, world: World) -> Seen:
    """A page of the archive against what is known of the feed."""
    entries = document.entries
    pairs = [(entry.key, address_of(entry, world.tracking)) for entry in entries]
    known = books.known_entries(one.feed_id, pairs)
    changes = reconcile(known, entries, world.tracking)
    met = [*changes.seen, *(entry_id for entry_id, _, _ in changes.changed)]
    return Seen(
        missed=catchup.missed(entries, changes, one.gap),
        overlaps=books.known_before(met, one.gap.from_at),
        reached=catchup.reaches_back(entries, one.gap),
    )


# ── the outlet's news sitemap ────────────────────────────────────────────────────────────────────


async def through_sitemap(site: str, gaps: Sequence[OpenGap], world: World) -> list[tuple[OpenGap, Look]]:
    """Look for all gaps of one site in its news sitemap, which is asked for once. Empty: for later."""
    now = world.now()
    late = [one for one in gaps if now - one.gap.to_at > catchup.SITEMAP_REACH]
    told = [(one, Look("sitemap", "it ended longer ago than news sitemaps go back")) for one in late]
    rest = [one for one in gaps if one not in late]
    if not rest:
        return told
    if catchup.site_of(rest[0].links) is None:
        because = "the feed leads to several outlets, so no sitemap stands for it"
        return told + [(one, Look("sitemap", because)) for one in rest]
    since = min(one.gap.from_at for one in rest) - catchup.SLACK
    news = await news_of(site, since, world.web, world.workers, now)
    if (cooldown := news.cooldown) is not None:
        await world.archive.write(lambda books: books.cool(cooldown))
    if news.until is not None and not news.listings:
        return told
    return told + await listed(rest, news, world)


async def listed(gaps: Sequence[OpenGap], news: News, world: World) -> list[tuple[OpenGap, Look]]:
    """What of a news sitemap each gap may have missed. Judged for all gaps before any of it is filed."""
    if not news.listings:
        return [(one, Look("sitemap", news.because)) for one in gaps]
    of_time = [catchup.within(news.listings.values(), one.gap) for one in gaps]
    forms = {form for listings in of_time for listing in listings for form in catchup.forms(listing.url)}
    known = await world.archive.write(lambda books: books.known_addresses(forms))
    return [
        (one, sitemap_look(one, listings, known, news, world))
        for one, listings in zip(gaps, of_time, strict=True)
    ]


def sitemap_look(
    one: OpenGap, listings: Sequence[Listing], known: Collection[str], news: News, world: World
) -> Look:
    """What the sitemap says of one gap."""
    new = catchup.unknown(listings, known)
    because = catchup.sitemap_told(len(listings), len(new), one.gap, news.oldest)
    return replace(Look("sitemap", because), entries=catchup.listed_entries(new, world.now()))
