"""When an article is read again."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Existing
from monitor.seams import Books, World


def next_reading(existing: Existing, world: World) -> datetime | None:
    """When an article is read again by its age; None when it is old enough."""
    times = (existing.first_seen + age for age in world.keep.reread)
    return next((at for at in times if at > world.now()), None)


def put_off(books: Books, article_id: int, world: World) -> None:
    """After a fault of ours, an article waits for its next age to be read again, whatever the fault was."""
    if existing := books.article(article_id):
        books.reread(article_id, next_reading(existing, world), None, existing.rereads + 1)
