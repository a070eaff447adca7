"""Passing over a page that was only looked at, because no topic can match it: without reading it, and in its turn."""

from __future__ import annotations

from collections.abc import Callable

from monitor.core import urls
from monitor.model import Glance, Outcome, Reading, Task
from monitor.seams import Books, World


def may_pass(task: Task, world: World) -> bool:
    """Whether a look at its page may do: a new entry, where only what a topic matches is kept."""
    return task.article_id is None and world.keep.articles == "matched"


def passed_over(books: Books, reading: Reading, glance: Glance, world: World) -> Outcome | None:
    """What becomes of the entry; None where its article is here already, and its text is wanted for a revision."""
    task = reading.task
    final = reading.page.final_url if reading.page else task.url
    url, addresses = urls.article_address(task.url, final, glance.canonical, glance.og_url, world.tracking)
    here = books.article_at((*urls.equivalents(url), *addresses))
    if here is None and task.feed_id and task.guid:
        here = books.article_of_item(task.feed_id, task.guid)  # its link and headline may have changed
    if here is not None:
        return None
    return Outcome("off_topic", world.matcher.ruled_out(urls.registrable(url), glance, task.topics))


class Turn:
    """The order of a batch: from a reading that gives no outcome on, nothing is settled."""

    def __init__(self) -> None:
        self._stopped_at: int | None = None

    def take(self, place: int, work: Callable[[Books], Outcome | None], books: Books) -> Outcome | None:
        """Settle the reading at this place of the batch, unless one before it is still to be read."""
        if self._stopped_at is not None and place > self._stopped_at:
            return None
        outcome = work(books)
        if outcome is None:
            self._stopped_at = place
        return outcome
