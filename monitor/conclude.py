"""What a poll comes to: its outcome, what is remembered of it, and when its feed is asked again.

`concluded` judges an answer as far as the answer goes; `record` looks what of it is new, inside the
transaction that writes it, and only then sets the next time, because the pace depends on what was new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b

from monitor.core import cadence, coverage, moves, rhythm
from monitor.core.entries import address_of, reconcile, respelled, spellings
from monitor.errors import FetchError
from monitor.model import Changes, Entry, Feed, FeedDocument, Hints, KnownEntry, Next, Page, Poll, PollOutcome
from monitor.seams import Books, World

OK, NOT_MODIFIED = 200, 304
FIRST_LOOK = timedelta(hours=1)  # at the configured address again, after the one it had moved to is gone


@dataclass(frozen=True, slots=True)
class Answered:
    """A poll whose request is over. `again` gives the next time, once it is known when more is worth asking."""

    poll: Poll
    again: Callable[[cadence.Reason], Next]
    private: bool  # its host stands under `allow_private`


def concluded(
    feed: Feed,
    answer: Page | FetchError,
    outcome: PollOutcome,
    document: FeedDocument | None,
    error: str | None,
    world: World,
    at: datetime,
) -> Answered:
    """The poll as it will be written: outcome, validators for next time, and when that is."""
    hints = document.hints if document else feed.hints
    page = bodiless(answer) if isinstance(answer, Page) else None
    error = error and world.hide(error)
    private = world.private(feed.url)
    again = _asked_again(feed, page or answer, hints, error, world, ok=outcome != "error", private=private)
    etag, modified, digest, validators_url = remembered(feed, answer, outcome, world)
    found = Poll(
        feed=feed,
        at=at,
        outcome=outcome,
        next=undecided(at) if outcome != "error" else again((world.wanted(feed, at), "as scheduled")),
        status=page.status if page else None,
        bytes=len(answer.body) if isinstance(answer, Page) else 0,
        ms=page.ms if page else 0,
        error=error,
        document=document,
        etag=etag,
        last_modified=modified,
        validators_url=validators_url,
        body_digest=digest,
        hints=hints,
        effective_url=feed.effective_url,
        full_at=at if whole(feed, page, at) else feed.full_at,
        pace_s=feed.pace_s,
        move=feed.move,
        notice=feed.notice,
    )
    return Answered(moving(found, page, world), again, private)


def bodiless(page: Page) -> Page:
    """The page without its body, which nobody needs once it is read."""
    return replace(page, body=b"") if page.body else page


def _asked_again(
    feed: Feed,
    answer: Page | FetchError,
    hints: Hints,
    error: str | None,
    world: World,
    *,
    ok: bool,
    private: bool,
) -> Callable[[cadence.Reason], Next]:
    """The next time, as soon as it is known when more is worth asking."""
    asked = partial(
        cadence.next_poll,
        feed,
        answer,
        ok=ok,
        private=private,
        hints=hints,
        now=world.now(),
        chance=world.chance(),
        why_not=error,
    )
    return lambda wish: asked(base=wish[0], why_then=wish[1])


def undecided(at: datetime) -> Next:
    """In place of the next time, until it is known what is new."""
    return Next(at=at, state="ok", failures=0, interval_s=0, because="")


def whole(feed: Feed, page: Page | None, at: datetime) -> bool:
    """Whether a whole body came, or was asked for because "not modified" had become hard to believe."""
    return (page is not None and page.status == OK) or coverage.asks_without_conditions(feed, at)


def remembered(
    feed: Feed, answer: Page | FetchError, outcome: PollOutcome, world: World
) -> tuple[str | None, str | None, str | None, str | None]:
    """The validators to send next time: ETag, Last-Modified, the body's digest, and the address that gave them.

    A 304 replaces the validators it carries and keeps the others (RFC 9111 section 4.3.4); an error
    changes nothing, because its body is not what we have.
    """
    if not isinstance(answer, Page) or outcome == "error":
        return feed.etag, feed.last_modified, feed.body_digest, feed.validators_url
    headers, url = answer.headers, shown_address(feed, answer, world)
    if outcome == "not_modified":
        etag, modified = headers.get("etag", feed.etag), headers.get("last-modified", feed.last_modified)
        return etag, modified, feed.body_digest, url
    # Unchanged means that the digest was compared: of a long body it is dearer than all else here.
    digest = feed.body_digest if outcome == "unchanged" else digest_of(answer.body)
    return headers.get("etag"), headers.get("last-modified"), digest, url


def shown_address(feed: Feed, page: Page, world: World) -> str:
    """Where the answer came from, as the archive may know it."""
    return feed.url if page.final_url == world.addresses.get(feed.url) else world.hide(page.final_url)


def moving(found: Poll, page: Page | None, world: World) -> Poll:
    """The poll with what it says of the feed's address: it moves, or a move that was believed has failed.

    A 410 at an address that was adopted is no word of the one that is configured, so it ends nothing. A
    feed whose address holds a secret never moves: the secret is for the configured place.
    """
    feed = found.feed
    if found.outcome != "error" and feed.url in world.addresses:
        return found
    if found.outcome != "error":
        move = moves.met(feed, page, found.at) if page else None
        return found if move == found.move else replace(found, move=move)
    if not moves.is_lost(feed, found.status):
        return found
    following = found.next
    if following.at is None:
        soon = found.at + FIRST_LOOK
        following = replace(following, at=soon, state="failing", interval_s=round(FIRST_LOOK.total_seconds()))
    return replace(found, effective_url=None, move=None, notice=moves.returned(feed), next=following)


def record(books: Books, found: Answered, world: World) -> Poll:
    """Write a poll: entries, validators, next time, gap and row, together or not at all."""
    poll = adopting(books, found.poll)
    feed, document = poll.feed, poll.document
    changes = None
    if document is not None:
        known = books.known_entries(
            feed.id, [(e.key, address_of(e, world.tracking)) for e in document.entries]
        )
        changes = reconcile(known, document.entries, world.tracking)
        if feed.body_digest is not None and changes.new:
            changes = known_otherwise(books, feed, document.entries, changes, known, world) or changes
        poll = replace(poll, outcome="new" if changes.new or changes.changed else "unchanged")
    if poll.outcome != "error":
        poll = in_rhythm(poll, changes or Changes(), found, world)
    books.save_poll(poll, changes or Changes(), coverage.found(feed, changes, poll.outcome, poll.at))
    return poll


def known_otherwise(
    books: Books,
    feed: Feed,
    entries: Sequence[Entry],
    found: Changes,
    known: Sequence[KnownEntry],
    world: World,
) -> Changes | None:
    """The changes where new entries are known under other spellings of their addresses; None: they are new.

    So it is where an outlet goes over to https, at once or link by link, and its feed has no guids: the same
    entries, and no gap.
    """
    keys = {entry.key for entry in entries}
    others = spellings([entry for entry, _ in found.new if entry.key in keys], world.tracking)
    taken = {*found.seen, *(row_id for row_id, _, _ in found.changed)}
    there = books.known_entries(feed.id, [(other, other) for other in others])
    rows = respelled([row for row in there if row.id not in taken], others, world.tracking)
    if not rows:
        return None
    books.respell([(row.id, entry) for entry in entries for row in rows if row.key == entry.key])
    ids = {row.id for row in rows}
    return reconcile([*(row for row in known if row.id not in ids), *rows], entries, world.tracking)


def in_rhythm(found: Poll, changes: Changes, answered: Answered, world: World) -> Poll:
    """The poll with what it teaches, and asked again when the feed's rhythm makes it worth while.

    Schedules that name times are taken at their word, and so are those of private hosts.
    """
    feed, at, again = found.feed, found.at, answered.again
    news = rhythm.learned(feed, changes, at)
    interval = world.every(feed)
    if interval is None or answered.private:
        return replace(found, rhythm=news, next=again((world.wanted(feed, at), "as scheduled")))
    pace, why = rhythm.pace(feed, changes, interval, at, news or feed.rhythm)
    following = again((cadence.slot(feed.url, at, interval, pace), why))
    return replace(found, rhythm=news, pace_s=round(pace.total_seconds()), next=following)


def adopting(books: Books, found: Poll) -> Poll:
    """The poll with a settled move taken over: a new address to ask, or a feed that is another one by now."""
    if found.outcome == "error" or found.move is None or not moves.is_settled(found.move, found.at):
        return found
    other = books.feed_at(found.move.to, found.feed.id)
    if other is not None:
        return replace(found, merged_into=other[0], notice=moves.merged(found.move, other[1]))
    return replace(found, effective_url=found.move.to, notice=moves.adopted(found.move), move=None)


def digest_of(body: bytes) -> str:
    """A name for a body's bytes: equal bodies need no second parsing."""
    return blake2b(body, digest_size=16).hexdigest()


def faulty(feed: Feed, because: str, world: World, at: datetime) -> Answered:
    """The poll that came to no end of its own."""
    return concluded(feed, FetchError(feed.url, because), "error", None, because, world, at)


def fault(error: BaseException) -> str:
    """What went wrong in monitor itself, as a reason."""
    return f"a fault in monitor itself: {type(error).__name__}: {error}"
