"""What the user's word does to the archive: each deed in one transaction, by a command or by the daemon for it.

A deed is asked for by a JSON object with its `kind` and what the deed of that name wants; it gives what JSON can
say. Deeds that take longer than a transaction are the daemon's own errands and stand in `errands`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.core import urls
from monitor.errors import MonitorError
from monitor.model import Existing, Match, Override

if TYPE_CHECKING:
    from monitor.store.books import Books

Deed = Callable[..., Any]
DIGITS = 18  # numbers of more are no row's, and SQLite would not take them


def do(books: Books, told: Mapping[str, Any], now: datetime) -> Any:
    """Do what was asked for.

    Raises `MonitorError` where it cannot be done, TypeError or ValueError where what was asked for is no deed.
    """
    asked = dict(told)
    kind = asked.pop("kind", None)
    deed = DEEDS.get(str(kind))
    if deed is None:
        raise ValueError(f"nobody knows how to do {kind!r}")
    return deed(books, now, **asked)


def do_once(books: Books, told: Mapping[str, Any], now: datetime, name: str | None) -> str:
    """The same, with the answer as JSON. What was asked for under this name before is not done again."""
    before = books.answer(name) if name else None
    if before is not None:
        return before
    answer = done(do(books, told, now))
    if name:
        books.keep_answer(name, answer)
    return answer


def done(result: object) -> str:
    """The answer to what was done."""
    return json.dumps({"done": result}, default=str)


def refused(error: Exception) -> str:
    """The answer to what could not be done: the sentence and the exit code of a command that did it itself."""
    if isinstance(error, MonitorError):
        return json.dumps({"refused": str(error), "exit_code": error.exit_code})
    fault = (
        f"a fault in monitor itself, {type(error).__name__}: {error}; its log says more. Nothing was changed."
    )
    return json.dumps({"refused": fault, "exit_code": MonitorError.exit_code})


def opened(answer: str) -> Any:
    """What was done, out of an answer. Raises `MonitorError` with the sentence of one that says why not."""
    told = json.loads(answer)
    if "refused" in told:
        error = MonitorError(told["refused"])
        error.exit_code = told["exit_code"]
        raise error
    return told["done"]


# ── stories ──────────────────────────────────────────────────────────────────────────────────────


def merge(books: Books, now: datetime, *, one: int, other: int, because: str | None) -> int:
    """Two stories are one; gives its number."""
    if one == other:
        raise MonitorError(f"story {one} is one story already.")
    kept, gone = sorted((original(books, one), original(books, other)), key=lambda o: (o.first_seen, o.id))
    books.say(Override("merge", now, kept.url, gone.url, because=because))
    books.join(kept.story_id, gone.story_id, now)
    return kept.story_id


def split(books: Books, now: datetime, *, article: str, because: str | None) -> int:
    """An article is no copy; gives the number of its own story."""
    existing = one_article(books, article)
    left = original(books, existing.story_id)
    story_id = books.take_out(existing.id, now)
    rest = original(books, left.story_id) if left.id == existing.id else left
    books.say(Override("split", now, existing.url, rest.url, because=because))
    return story_id


def apart(books: Books, now: datetime, *, one: int, other: int, because: str | None) -> int:
    """Two stories never become one; gives the number of the word."""
    if one == other:
        raise MonitorError(f"story {one} is one story: `monitor story split ARTICLE` takes an article out.")
    pair = original(books, one).url, original(books, other).url
    return books.say(Override("never_merge", now, *pair, because=because))


def off(
    books: Books, now: datetime, *, outlet_id: str | None, topic_id: str | None, because: str | None
) -> int:
    """No copies from or of an outlet, or in a topic; gives the number of the word."""
    return books.say(Override("off", now, outlet_id=outlet_id, topic_id=topic_id, because=because))


def on(books: Books, _: datetime, *, outlet_id: str | None, topic_id: str | None) -> bool:
    """Copies are looked for again; whether they were not."""
    found = [
        said for said in books.overrides("off") if (said.outlet_id, said.topic_id) == (outlet_id, topic_id)
    ]
    for said in found:
        books.unsay(said.id)
    return bool(found)


def undo(books: Books, _: datetime, *, said_id: int | None) -> dict[str, Any]:
    """Take back what was said last, or the word of this number; gives it."""
    said = books.override(said_id) if said_id is not None else next(reversed(books.overrides()), None)
    if said is None:
        raise MonitorError("nothing was said." if said_id is None else f"there is no number {said_id}.")
    books.unsay(said.id)
    put_back(books, said)
    return asdict(said)


def put_back(books: Books, said: Override) -> None:
    """Put back what was done: merged stories come apart, a split article goes home."""
    one, other = (books.article_at([url]) if url else None for url in (said.url, said.other_url))
    if one is None or other is None:
        return
    if said.kind == "merge" and one.story_id == other.story_id:
        books.take_out(other.id, None)
    elif said.kind == "split" and one.story_id != other.story_id:
        books.join(other.story_id, one.story_id, None)


def original(books: Books, story_id: int) -> Existing:
    """A story's original."""
    row = books.conn.execute("select original_id from stories where id = ?", (story_id,)).fetchone()
    found = books.article(row[0]) if row else None
    if found is None:
        raise MonitorError(f"there is no story {story_id}. `monitor search WORDS` shows story numbers.")
    return found


def one_article(books: Books, reference: str) -> Existing:
    """The article with this number, or at this address."""
    digits = reference.removeprefix("article:")
    if digits.isdecimal():
        found = books.article(int(digits)) if len(digits) <= DIGITS else None
    else:
        found = books.article_at((reference, *urls.equivalents(reference)))
    if found is None:
        raise MonitorError(f"there is no article {reference}. `monitor search WORDS` shows article numbers.")
    return found


# ── events ───────────────────────────────────────────────────────────────────────────────────────


def correct_event(
    books: Books, now: datetime, *, word: Any, article_id: int, other_id: int, because: str | None
) -> int:
    """Two articles' stories report the same (`together`), or they do not (`apart`); gives the first one's event."""
    try:
        return books.correct_event(word, article_id, other_id, now, because)
    except LookupError as error:
        raise MonitorError(f"{error}.") from error


def undo_event(books: Books, _: datetime, *, said_id: int | None) -> dict[str, Any]:
    """Take back what was said last of events, or the word of this number; gives it."""
    said = (
        books.event_override(said_id)
        if said_id is not None
        else next(reversed(books.event_overrides()), None)
    )
    if said is None:
        raise MonitorError("nothing was said." if said_id is None else f"there is no number {said_id}.")
    books.unsay_of_event(said)
    return asdict(said)


# ── topics ───────────────────────────────────────────────────────────────────────────────────────


def label(books: Books, now: datetime, *, url: str, topic_id: str, wanted: bool) -> None:
    """Whether the article at an address belongs to a topic."""
    books.label(url, topic_id, now, wanted=wanted)


def rematch(
    books: Books,
    _: datetime,
    *,
    topic_id: str,
    query: str,
    gained: list[tuple[int, str]],
    lost: list[int],
    restated: list[tuple[int, str]],
) -> None:
    """Bring the matches of a topic in line with its rules, as the archive has them. Raises `MonitorError`."""
    row = books.conn.execute("select query from topics where id = ?", (topic_id,)).fetchone()
    if row is None or row[0] != query:
        raise MonitorError(
            "the running monitor has not taken over this configuration yet; try again in a few seconds."
        )
    books.rematch(
        topic_id, [(article_id, Match(topic_id, because)) for article_id, because in gained], lost, restated
    )


DEEDS: Mapping[str, Deed] = {
    "merge": merge,
    "split": split,
    "apart": apart,
    "off": off,
    "on": on,
    "undo": undo,
    "event": correct_event,
    "undo event": undo_event,
    "label": label,
    "rematch": rematch,
}
