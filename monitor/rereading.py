"""What reading an article again says of its being there, and when it is read the next time."""

from __future__ import annotations

from datetime import datetime

from monitor.core import absence
from monitor.model import Article, Existing, Reading
from monitor.seams import Books, World

NEARLY = 0.9  # of an article's words


def is_cut_short(reading: Reading, article: Article, existing: Existing) -> bool:
    """Whether an article ends before its end for no other reason than that some of its parts could not be read this time.

    One of which no more than the first part was ever read does not, and is kept up to date as any other.
    """
    if not reading.lacks:
        return False
    lines, last = existing.text.split("\n"), article.text.rpartition("\n")[2]
    if last in lines:
        return lines[-1] != last
    return article.words < NEARLY * len(existing.text.split())


def heard(
    books: Books, existing: Existing, reading: Reading, because: str, world: World, *, is_there: bool
) -> str:
    """Keep whether its outlet still has an article, and when it is read again; why it was read, with what is new.

    Only where the article was is it asked for again: a wall or an error page may have been elsewhere.
    """
    now, page = world.now(), reading.page
    gone = absence.judged(existing.absence, page.status if page else None, now, is_there=is_there)
    books.absent(existing, gone)
    following = reading.until or absence.next_look(gone, _planned(existing, world, now), now)
    books.reread(existing.id, following, page if is_there else None, existing.rereads + 1)
    if gone.gone_at == existing.absence.gone_at:
        return because
    return f"read again: {gone.because or 'its outlet has it again'}"


def put_off(books: Books, article_id: int, world: World) -> None:
    """After a fault of ours, an article waits for its next age to be read again, whatever the fault was."""
    if existing := books.article(article_id):
        books.reread(article_id, _planned(existing, world, world.now()), None, existing.rereads + 1)


def _planned(existing: Existing, world: World, now: datetime) -> datetime | None:
    """The next of the times at which every article is read again."""
    later = [age for age in world.keep.reread if existing.first_seen + age > now]
    return existing.first_seen + later[0] if later else None
