"""Giving what was read its place: which topics, which story, why; then one write.

claim | known_already                    what needs no request
settle_all | placed → place | left_out   a new article; or the reason why there is none
           | settle_again → revise       an article read again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from monitor.core import cadence, copies, overrides, sameness, urls
from monitor.core.agencies import inherited
from monitor.core.quality import is_off_subject, is_served_alike
from monitor.core.topics import Found
from monitor.errors import StoreError
from monitor.happenings import place_in_event
from monitor.model import (
    Absence,
    Article,
    Candidates,
    EntryState,
    Existing,
    Known,
    Outcome,
    Reading,
    Task,
    Verdict,
)
from monitor.moved import leads_elsewhere, moved_from
from monitor.passing import Turn, passed_over
from monitor.rereading import heard, is_cut_short, put_off
from monitor.seams import Books, World

NEWS_AGE = timedelta(days=1)  # since an article was first seen, in which a new match is announced
READABLE = {"article", "live_blog"}  # what becomes an article; everything else is quarantined


def claim(books: Books, world: World, limit: int, busy: frozenset[str]) -> tuple[list[Task], list[Outcome]]:
    """What to read next; and the entries settled here without a request, their article being known."""
    now = world.now()
    tasks: list[Task] = []
    outcomes: list[Outcome] = []
    for task in books.waiting(now, limit, busy):
        outcome = known_already(books, task, world, now)
        if outcome is None:
            tasks.append(task)
        elif task.entry_id is not None:
            books.set_entry(task.entry_id, outcome, now)
            outcomes.append(replace(outcome, title=task.title, url=task.url))
    return tasks, outcomes


def known_already(books: Books, task: Task, world: World, now: datetime) -> Outcome | None:
    """What becomes of an entry whose page was read before, for another feed or under another address."""
    if (
        task.article_id is not None
        or not task.url
        or (address := urls.canonical(task.url, world.tracking)) is None
    ):
        return None
    existing = books.article_at(urls.equivalents(address))
    if existing is not None:
        found = world.matcher.match([article_of(existing)], [task.topics])[0]
        books.add_matches(existing.id, found.matches, now)
        announce_known(books, existing, found, world)
        again = ", and is read again for this headline" if books.read_for(existing.id, task, now) else ""
        return Outcome("stored", f"its article is here already, read for another entry{again}", existing.id)
    if books.off_topic_at(address, task.topics, since=task.first_seen, title=task.title):
        return Outcome("off_topic", "its page was read for another entry, and no topic matched")
    return None


async def settle_all(readings: Sequence[Reading], world: World) -> list[Outcome]:
    """Give readings their places, in their order, in one shared transaction; a bad one costs only itself.

    Gives fewer outcomes where a page that was only looked at has to be read: those before it.
    """
    articles = [article_read(reading, world) for reading in readings]
    texts = [(article, r.task.topics) for article, r in zip(articles, readings, strict=True) if article]
    found = iter(world.matcher.match([t[0] for t in texts], [t[1] for t in texts]))
    works = [
        partial(settle, reading=reading, article=article, found=next(found) if article else None, world=world)
        for reading, article in zip(readings, articles, strict=True)
    ]
    turn = Turn()
    results = await world.archive.write_in_order(partial(turn.take, n, work) for n, work in enumerate(works))
    done = zip(results, readings, strict=True)
    return [await told(result, reading, world) for result, reading in done if result is not None]


async def told(result: Outcome | BaseException, reading: Reading, world: World) -> Outcome:
    """The outcome, announced; a fault of ours becomes the entry's row instead of the daemon's end."""
    if isinstance(result, Outcome):
        world.keep_page(reading, result)
        seen = reading.extract or reading.glance
        title = (seen.title if seen else "") or reading.task.title
        world.tell(replace(result, title=title, url=reading.task.url))
        return result
    if isinstance(result, StoreError) or not isinstance(result, Exception):
        raise result
    outcome = retry(reading, f"a fault in monitor itself: {type(result).__name__}: {result}", world.now())
    if reading.task.entry_id is not None:
        entry_id = reading.task.entry_id
        await world.archive.write(lambda books: books.set_entry(entry_id, outcome, world.now()))
    elif reading.task.article_id is not None:
        article_id = reading.task.article_id
        await world.archive.write(lambda books: put_off(books, article_id, world))
    world.tell(outcome)
    return outcome


def settle(
    books: Books, *, reading: Reading, article: Article | None, found: Found | None, world: World
) -> Outcome | None:
    """Decide what becomes of one reading, and write it. None: its page has to be read first."""
    now, task = world.now(), reading.task
    if task.article_id is not None:
        return settle_again(books, reading, article, found, world)
    outcome = (
        passed_over(books, reading, reading.glance, world)
        if reading.glance
        else served_alike(books, reading, article, world)
        or (placed(books, reading, article, found, world) if article and found else left_out(reading, now))
    )
    if outcome is None:
        return None
    if task.entry_id is not None:
        books.set_entry(task.entry_id, outcome, now)
    return outcome


def served_alike(books: Books, reading: Reading, article: Article | None, world: World) -> Outcome | None:
    """Quarantine for a text that its host gave for other headlines too: a wall that no rule knows.

    The entries it had passed for are reopened, and their articles withdrawn.
    """
    task, now = reading.task, world.now()
    if article is None or reading.page is None or reading.from_feed or article.fingerprint is None:
        return None
    title = task.title or article.title
    if not is_off_subject(title, article.text):
        return None
    host = urls.registrable(task.url)
    digest = article.fingerprint.digest
    earlier = books.strange_text(host, digest, task.entry_id, now, article_id=task.article_id)
    if not is_served_alike(article.text, [title, *(headline for _, headline in earlier)]):
        return None
    because = f"alike: {host} serves this very text for {len(earlier) + 1} articles, and it is none of them"
    again = cadence.next_look(0, now)
    books.reopen(
        [entry for entry, _ in earlier], Outcome("quarantined", because, next_try_at=again, tries=1), now
    )
    return Outcome(
        "quarantined", because, next_try_at=cadence.next_look(task.tries, now), tries=task.tries + 1
    )


def placed(books: Books, reading: Reading, article: Article, found: Found, world: World) -> Outcome:
    """A readable article: known already, off topic, or new and given its place among the stories."""
    now = world.now()
    article, existing = recognised(books, article)
    existing = existing or moved_from(books, reading.task, article)
    if existing is not None:
        books.add_addresses(existing.id, (article.url, *article.addresses))
        books.add_matches(existing.id, found.matches, now)
        announce_known(books, existing, found, world)
        if not is_cut_short(reading, article, existing):
            revise(books, existing, article, world)
        if reading.page is not None and not reading.from_feed:
            books.absent(existing, Absence())
        return Outcome("stored", "another address of an article that is here already", existing.id)
    if not found.matches and world.keep.articles == "matched":
        return Outcome("off_topic", found.because)
    article_id, verdict = place(books, article, found, world)
    if reading.page is not None and not reading.from_feed and world.keep.reread:
        books.reread(article_id, now + world.keep.reread[0], reading.page, 0)
    source = f"the feed's own content, because: {reading.because}; " if reading.from_feed else ""
    return Outcome("stored", source + verdict.because, article_id)


def recognised(books: Books, article: Article) -> tuple[Article, Existing | None]:
    """The article that one of these addresses leads to; and the new one, at an address that it may have.

    What a page declares is believed of another version of what is there, not of a text of its own: some
    sites declare one address for many texts. Then it keeps the address at which it was read.
    """
    existing = books.article_at((*urls.equivalents(article.url), *article.addresses))
    if existing is None or not article.read_at:
        return article, existing
    own = books.article_at((*urls.equivalents(article.read_at), *article.addresses))
    if own is not None or sameness.is_same_article(
        article.text, existing.text, title=article.title, other_title=existing.title
    ):
        return article, own or existing
    others = tuple(address for address in article.addresses if address != article.read_at)
    return replace(article, url=article.read_at, addresses=others, read_at=""), None


def place(
    books: Books, article: Article, found: Found, world: World, *, announce: bool = True
) -> tuple[int, Verdict]:
    """Give a new article its story and its event, and announce it where its topics say so."""
    now = world.now()
    candidates = (
        books.candidates(article.fingerprint, language=article.language, outlet=article.outlet_id)
        if article.fingerprint
        else None
    ) or Candidates()
    renamed = renamed_to(article, candidates)
    if renamed is not None and (existing := books.article(renamed.article_id)) is not None:
        books.add_addresses(existing.id, (article.url, *article.addresses))
        books.add_matches(existing.id, found.matches, now)
        revise(books, existing, article, world)
        return existing.id, Verdict(
            "another address of an article that is here already, with the same number"
        )
    verdict = copies.decide(article, candidates)
    if rulings := books.rulings(article):
        topics = [match.topic_id for match in found.matches]
        verdict = overrides.corrected(article, verdict, candidates, rulings, topics)
    article_id = books.add_article(credited(article, verdict, candidates), verdict, found.matches, now)
    credit_original(books, article, verdict, candidates)
    place_in_event(books, article, article_id, verdict, world.meanings)
    for story_id in verdict.unites:
        books.unite(article_id, story_id)
    if announce:
        announce_matches(books, article_id, found, world)
    return article_id, verdict


def credited(article: Article, verdict: Verdict, candidates: Candidates) -> Article:
    """The article with the agency of the text that it is a copy of, where it names none itself."""
    source = copied(verdict, candidates)
    if article.credit is not None or source is None or verdict.copy is None:
        return article
    return replace(article, credit=inherited(verdict.copy.share, source.agency, source.outlet))


def credit_original(books: Books, article: Article, verdict: Verdict, candidates: Candidates) -> None:
    """The other way round: a text that named no agency, and now stands in one that does."""
    source = copied(verdict, candidates)
    if article.credit is None or source is None or verdict.copy is None or source.agency is not None:
        return
    credit = inherited(verdict.copy.share_of_original, article.credit.agency, article.outlet_id)
    if credit is not None:
        books.credit(source.article_id, credit)


def copied(verdict: Verdict, candidates: Candidates) -> Known | None:
    """What the article is a copy of."""
    copy = verdict.copy
    return next((known for known in candidates.known if copy and known.article_id == copy.original_id), None)


def renamed_to(article: Article, candidates: Candidates) -> Known | None:
    """The article of the same outlet that this is, under a new headline in its address: number and text agree."""
    return next(
        (
            known
            for known in candidates.known
            if known.outlet_id == article.outlet_id
            and urls.same_number(known.url, article.url)
            and sameness.is_renamed(article.text, known.text)
        ),
        None,
    )


def announce_matches(books: Books, article_id: int, found: Found, world: World) -> None:
    """Put an article's story into the outbox for its topics; one that was put there before stays as it is."""
    for match in found.matches:
        for target in world.topics[match.topic_id].alert:
            books.announce(match.topic_id, article_id, target, world.now())


def announce_known(books: Books, existing: Existing, found: Found, world: World) -> None:
    """The same for an article that is here already, and now meets a topic it had not met. Old ones are no news."""
    if world.now() - existing.first_seen < NEWS_AGE:
        announce_matches(books, existing.id, found, world)


def left_out(reading: Reading, now: datetime) -> Outcome:
    """No article yet: quarantined, to be tried again, or given up with the reason."""
    task = reading.task
    if reading.extract is not None and reading.extract.quality.kind not in READABLE:
        quality = reading.extract.quality
        return Outcome(
            "quarantined",
            f"{quality.kind}: {quality.because}",
            next_try_at=cadence.next_look(task.tries, now),
            tries=task.tries + 1,
        )
    if reading.until is not None:
        state: EntryState = "failed" if reading.final else "waiting"
        return Outcome(state, reading.because or "", next_try_at=reading.until, tries=task.tries)
    if reading.final:
        return Outcome("skipped" if not task.url else "failed", reading.because or "", tries=task.tries + 1)
    return retry(reading, reading.because or "", now)


def retry(reading: Reading, because: str, now: datetime) -> Outcome:
    """The entry waits for another try, or has failed for good."""
    status = reading.page.status if reading.page else None
    again = cadence.next_try(reading.task.tries, now, status=status)
    state: EntryState = "failed" if again is None else "waiting"
    return Outcome(state, because, next_try_at=again, tries=reading.task.tries + 1)


def settle_again(
    books: Books, reading: Reading, article: Article | None, found: Found | None, world: World
) -> Outcome:
    """An article read again: a new revision, or nothing new; and when to look the next time."""
    task, now = reading.task, world.now()
    existing = books.article(task.article_id) if task.article_id is not None else None
    if existing is None:
        return Outcome("skipped", "the article is no longer here")
    because = "read again: unchanged"
    if (wall := served_alike(books, reading, article, world)) is not None:
        article, reading = None, replace(reading, because=wall.because)
    elif article is not None and (elsewhere := leads_elsewhere(books, reading, article, existing)):
        article, reading = None, replace(reading, because=elsewhere)
    if article is not None and found is not None:
        books.add_matches(existing.id, found.matches, now)
        announce_known(books, existing, found, world)
        if is_cut_short(reading, article, existing):
            because = "read again: a part of it could not be read, so its text stays as it was"
        elif revise(books, existing, article, world):
            because = "read again: a new revision"
    elif not reading.unchanged:
        because = f"read again in vain: {reading.because or 'no article came back'}"
    is_there = article is not None or reading.unchanged
    because = heard(books, existing, reading, because, world, is_there=is_there)
    return Outcome("stored", because, existing.id if is_there else None)


def revise(books: Books, existing: Existing, article: Article, world: World) -> bool:
    """Keep a changed text or headline as the article's next revision. True when there was a change."""
    same_text = article.text.split() == existing.text.split()
    if same_text and article.title == existing.title:
        return False
    originals = books.known(existing.original_id).known if existing.original_id is not None else ()
    copy = copies.refreshed(article, originals[0], revision=existing.revisions + 1) if originals else None
    if copy is not None and (said := books.rulings(article)).joined_at is not None:
        copy = overrides.by_hand(copy, said.joined_at)
    books.add_revision(existing, article, Verdict(copy.because, copy) if copy else None, world.now())
    return True


# ── articles ─────────────────────────────────────────────────────────────────────────────────────


def article_read(reading: Reading, world: World) -> Article | None:
    """The article that a reading brought, at its checked canonical address; None when there is none."""
    extract, task, page = reading.extract, reading.task, reading.page
    if extract is None or extract.quality.kind not in READABLE:
        return None
    addresses: tuple[str, ...] = ()
    read_at = ""
    if page is None or reading.from_feed:
        url = urls.canonical(task.url, world.tracking) or f"{task.feed_url}#{task.guid or task.key}"
    else:
        url, addresses = urls.article_address(
            task.url, page.final_url, extract.canonical, extract.og_url, world.tracking
        )
        own = urls.own_address(task.url, page.final_url, world.tracking)
        read_at = own if own != url else ""
    return Article(
        url=url,
        outlet_id=urls.registrable(url),
        title=extract.title or task.title,
        text=extract.text,
        words=len(extract.text.split()),
        first_seen=task.first_seen or world.now(),
        byline=extract.byline or task.author,
        published=extract.published or task.published,
        language=extract.language or task.language,
        credit=extract.credit,
        access=extract.access,
        extractor=extract.extractor,
        fingerprint=extract.fingerprint,
        addresses=addresses,
        read_at=read_at,
    )


def article_of(existing: Existing) -> Article:
    """An article of the archive, as the matcher wants it."""
    return Article(
        url=existing.url,
        outlet_id=existing.outlet_id,
        title=existing.title,
        text=existing.text,
        words=len(existing.text.split()),
        first_seen=existing.first_seen,
        language=existing.language,
    )
