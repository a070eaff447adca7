"""The journey, on one page: from a feed's bytes to a row that says why it is there.

    due feeds | poll:   web.get → workers.parse → entries.reconcile → cadence.next_poll → save_poll
    waiting   | read:   web.get → workers.extract
              | settle: urls.article_address → topics.match → copies.decide → add_article

Effects come in as arguments, bundled in `World`. Only fetching and the workers are parallel; what was
read is settled in the order it was asked for, oldest first, so the same input gives the same stories.
The Protocols of what the journey needs stand in `monitor.seams`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from monitor.conclude import NOT_MODIFIED, OK, Answered, concluded, digest_of, fault, faulty, record
from monitor.core import cadence, coverage, urls
from monitor.core.urls import redacted
from monitor.core.words import answered
from monitor.errors import ExtractError, FetchError, ParseError, RefusedError, StoreError, WaitError
from monitor.model import (
    Extract,
    Feed,
    FeedDocument,
    Glance,
    Outcome,
    Page,
    Poll,
    PollOutcome,
    Reading,
    Task,
)
from monitor.onward import arrived
from monitor.passing import may_pass
from monitor.pieces import heeded, in_one_piece
from monitor.seams import World
from monitor.settle import READABLE, claim, settle_all

ENOUGH_WORDS = 60  # of a feed's own content, to stand for a page that cannot be read
ABSENT = 404
WINDOW = 64  # readings under way at once
BATCH = 50  # polls or readings settled in one transaction
MOMENT = 0.1  # seconds that what is done waits for what is nearly done

PATIENCE = timedelta(seconds=90)  # no poll takes longer, whatever hangs


# ── poll ─────────────────────────────────────────────────────────────────────────────────────────


async def poll(feed: Feed, world: World, at: datetime, *, patience: timedelta = PATIENCE) -> Poll | None:
    """Ask a feed, write down what came of it, and say when to ask again. None: its host is cooling.

    `at` is when the pass began: entries first seen in one pass are equally old, whichever feed was
    faster. A fault of ours, or a wait beyond `patience`, becomes the feed's row.
    """
    found = await asked(feed, world, at, patience)
    return await kept(found, world) if found else None


async def poll_all(feeds: Iterable[Feed], world: World, at: datetime) -> list[Poll]:
    """Ask feeds side by side and write their answers in the order of asking.

    Those whose host is cooling are left out.
    """
    under_way = deque(asyncio.create_task(asked(feed, world, at, PATIENCE)) for feed in feeds)
    polls: list[Poll] = []
    try:
        while under_way:
            done = [under_way.popleft().result() for _ in range(await done_in_front(under_way))]
            polls += await asyncio.gather(*(kept(found, world) for found in done if found))
        return polls
    finally:
        for task in under_way:
            task.cancel()


async def asked(feed: Feed, world: World, at: datetime, patience: timedelta) -> Answered | None:
    """The poll as it will be written; whatever goes wrong, it has a next time."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await ask(feed, world, at)
    except StoreError:
        raise
    except TimeoutError:
        return faulty(feed, f"no end after {patience.total_seconds():.0f} s", world, at)
    except Exception as error:  # noqa: BLE001  a fault of ours is that feed's row, not the daemon's end
        return faulty(feed, fault(error), world, at)


async def ask(feed: Feed, world: World, at: datetime) -> Answered | None:
    """One request, opened, with its conclusion."""
    doubtful = coverage.asks_without_conditions(feed, at)
    hidden = world.addresses.get(feed.url)
    answer = await world.web.get(
        feed.effective_url or hidden or feed.url,
        etag=None if doubtful else feed.etag,
        last_modified=None if doubtful else feed.last_modified,
        validators_of=hidden if hidden and feed.validators_url == feed.url else feed.validators_url,
    )
    if isinstance(answer, WaitError):
        until, because = answer.until or world.now(), answer.because
        await world.archive.write(lambda books: books.postpone(feed.id, until, because))
        return None
    outcome, document, error = await opened(feed, answer, world)
    return concluded(feed, answer, outcome, document, error, world, at)


async def kept(found: Answered, world: World) -> Poll:
    """The poll, written; where its entries cannot be, its failure is."""
    if cooldown := found.poll.next.cooldown:
        world.web.cool(cooldown.scope, cooldown.until, cooldown.because)
    try:
        saved = await world.archive.write(lambda books: record(books, found, world))
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001  as above
        failed = faulty(found.poll.feed, fault(error), world, found.poll.at)
        saved = await world.archive.write(lambda books: record(books, failed, world))
    world.tell(saved)
    return saved


async def opened(
    feed: Feed, answer: Page | FetchError, world: World
) -> tuple[PollOutcome, FeedDocument | None, str | None]:
    """What the answer is, its entries where they are new to us, and what is wrong with it."""
    if isinstance(answer, FetchError):
        return "error", None, answer.because
    if answer.status == NOT_MODIFIED:
        if feed.etag or feed.last_modified:
            return "not_modified", None, None
        return "error", None, "HTTP 304 although we have nothing of this feed"
    if answer.status != OK:
        return "error", None, answered(answer.status)
    if feed.body_digest == digest_of(answer.body):
        return "unchanged", None, None
    document = await world.workers.parse(
        answer.body,
        url=redacted(answer.final_url),  # the base of relative links: they must not inherit a password
        content_type=answer.headers.get("content-type", ""),
        now=answer.at,
    )
    if isinstance(document, ParseError):
        return "error", None, str(document)
    if document.older and feed.url in world.addresses:
        document = replace(document, older=world.hide(document.older))
    return "new", document, None


# ── read ─────────────────────────────────────────────────────────────────────────────────────────


async def read(task: Task, world: World) -> Reading:
    """Fetch a task's page and extract its article; where that fails, say why and what is left to do."""
    if not task.url:
        because = urls.TOO_LONG if urls.TOO_LONG in task.remark else "the entry has no link to a web page"
        return await from_feed(Reading(task, because=because, final=True), world)
    answer = await world.web.get(
        task.url, etag=task.etag, last_modified=task.last_modified, validators_of=task.url, article=True
    )
    if isinstance(answer, Page):
        answer = await arrived(task.url, answer, world.web)
    if isinstance(answer, WaitError):
        return Reading(task, because=answer.because, until=answer.until)
    if isinstance(answer, RefusedError):
        return await from_feed(refused(task, answer, world.now()), world)
    if isinstance(answer, FetchError):
        return await failed(Reading(task, because=answer.because), world)
    if answer.status == NOT_MODIFIED and task.article_id is not None:
        return Reading(task, page=answer, unchanged=True)
    if answer.status != OK:
        return await turned_away(task, answer, world)
    return await extracted(task, answer, world, is_wanted=not may_pass(task, world))


def refused(task: Task, answer: RefusedError, now: datetime) -> Reading:
    """A page that we may not ask for: given up, unless the robots.txt that says so may say otherwise in time."""
    if task.article_id is None and (again := cadence.next_permission(answer.until, task.first_seen, now)):
        because = f"{answer.because}; looked at again when that is read anew, until two weeks after it was first seen"
        return Reading(task, because=because, until=again, final=True)
    return Reading(task, because=answer.because, final=True)


async def extracted(task: Task, answer: Page, world: World, *, is_wanted: bool) -> Reading:
    """The article on a page; where it need not be wanted, perhaps no more than a glance."""
    if is_wanted:
        extract: Extract | Glance | ExtractError = await world.workers.extract(answer, hint=task)
    else:
        extract = await world.workers.extract_wanted(answer, hint=task, sieve=world.matcher.sieve)
    if isinstance(extract, Glance):
        return Reading(task, page=answer, glance=extract)
    if not isinstance(extract, Extract):
        return await from_feed(Reading(task, page=answer, because=str(extract)), world)
    if extract.quality.kind not in READABLE:
        return await from_feed(Reading(task, page=answer, extract=extract), world)
    found = await in_one_piece(task, answer, extract, world)
    return Reading(task, page=found.page, extract=found.extract, lacks=found.lacks)


async def turned_away(task: Task, answer: Page, world: World) -> Reading:
    """A page that answered with an error: its host may have asked us to wait."""
    reading = Reading(task, page=answer, because=answered(answer.status))
    asked = await heeded(answer, task.url, world)
    if asked is None:
        return await failed(reading, world)
    return replace(reading, until=asked.until)


async def failed(reading: Reading, world: World) -> Reading:
    """Once more later, or, when it is time to give up, the feed's own content instead.

    A page that is not there twice has its entry read from the feed where that says enough, and is asked for again
    where not.
    """
    status, tries = reading.page.status if reading.page else None, reading.task.tries
    if cadence.next_try(tries, world.now(), status=status) is None:
        given_up = f"{reading.because}; given up after {tries + 1} tries"
        return await from_feed(replace(reading, final=True, because=given_up), world)
    return await from_feed(reading, world) if status == ABSENT and tries else reading


async def from_feed(reading: Reading, world: World) -> Reading:
    """The feed's own content, where the page gave no article and the feed has enough of one."""
    if reading.task.article_id is not None or not reading.task.content:
        return reading
    extract = await world.workers.extract_content(reading.task)
    if not isinstance(extract, Extract) or extract.quality.kind not in READABLE:
        return reading
    if len(extract.text.split()) < ENOUGH_WORDS:
        return reading
    because = reading.because or (reading.extract.quality.because if reading.extract else "")
    return replace(reading, extract=extract, because=because, from_feed=True)


# ── the loop ─────────────────────────────────────────────────────────────────────────────────────


async def read_waiting(
    world: World, *, window: int = WINDOW, stop: Callable[[], bool] = lambda: False
) -> Counter[str]:
    """Read what waits, oldest first, until nothing is left to try now.

    Readings run side by side; they are settled strictly in the order they were claimed, so that the
    original comes before its copy whichever page was faster. Once `stop` says so, nothing more is claimed.
    Gives how many entries ended in which state.
    """
    under_way: deque[tuple[Task, asyncio.Task[Reading]]] = deque()
    tally: Counter[str] = Counter()
    try:
        while True:
            if len(under_way) <= window // 2 and not stop():
                busy = frozenset(task.url for task, _ in under_way)
                tasks, known = await claimed(world, window - len(under_way), busy)
                under_way.extend((task, asyncio.create_task(read(task, world))) for task in tasks)
                tally.update(outcome.state for outcome in known)
                if known:
                    continue
            if not under_way:
                return tally
            done = await done_in_front([reading for _, reading in under_way])
            ready = [read_result(*under_way.popleft()) for _ in range(done)]
            tally.update(outcome.state for outcome in await settled(ready, world))
    finally:
        for _, reading in under_way:
            reading.cancel()


async def settled(readings: list[Reading], world: World) -> list[Outcome]:
    """Settle readings in their order; a page that was only looked at is read where settling wants its text."""
    outcomes: list[Outcome] = []
    while readings:
        outcomes += (done := await settle_all(readings, world))
        readings = readings[len(done) :]
        if readings and (page := readings[0].page) is not None:
            task = readings[0].task
            reading = asyncio.create_task(extracted(task, page, world, is_wanted=True))
            await asyncio.wait({reading})
            readings = [read_result(task, reading), *readings[1:]]
    return outcomes


async def claimed(world: World, room: int, busy: frozenset[str]) -> tuple[list[Task], list[Outcome]]:
    """The next tasks; entries whose article is known already are told of."""
    tasks, known = await world.archive.write(lambda books: claim(books, world, room, busy))
    for outcome in known:
        world.tell(outcome)
    return tasks, known


async def done_in_front(under_way: Collection[asyncio.Task[Any]]) -> int:
    """How many of the first are done: at least one, and after a moment perhaps more, to share a transaction.

    Only as many are looked at as one transaction takes: to wait for all of a long row costs more than to ask them.
    """
    await asyncio.wait(islice(under_way, 1))
    first = list(islice(under_way, BATCH))
    await asyncio.wait(first, timeout=MOMENT)
    return len(list(takewhile(asyncio.Task.done, first)))


def read_result(task: Task, reading: asyncio.Task[Reading]) -> Reading:
    """What a reading brought; a fault of ours becomes the entry's reason."""
    if error := reading.exception():
        if isinstance(error, StoreError):
            raise error
        return Reading(task, because=fault(error))
    return reading.result()
