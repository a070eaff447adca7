"""Which happening a story reports: given when it comes, and looked at again when more has come.

What stands around a story shows after some hours. By then it is due; it is looked at by whoever comes first:
the next article, the daemon's round, the end of an import.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from monitor.core import events, reports, surroundings
from monitor.model import Article, Near, Verdict
from monitor.seams import Books, Meanings, World

AT_ONCE = 8  # stories that are looked at again when one comes
IN_ONE_GO = 50  # in one transaction, where no article waits for it
STEPS = 8  # that one story may set right, at most


def place_in_event(
    books: Books, article: Article, article_id: int, verdict: Verdict, meanings: Meanings | None = None
) -> None:
    """Give a new story its event; a copy reports what its story does. Look again at what is due by now."""
    if verdict.copy is not None:
        books.follow_event(article_id)
        return
    lead = books.lead(article)
    report = reports.report(article, lead.text)
    traits = books.weighed(report) if report else None
    if traits is not None and meanings is not None:
        traits = replace(traits, meaning=meanings.of(article))
    near = books.near_events(traits, verdict.links, (article.url, *article.addresses)) if traits else Near()
    placing = events.place(report, traits, near, meanings.standard if meanings else None)
    books.begin_event(article_id, placing, report, traits)
    books.count_lines(lead.lines, article.first_seen)
    if traits is not None:
        books.remember_near(article_id, surroundings.neighbours(traits, near), traits.at)
        look_again(books, traits.at, AT_ONCE)


def look_again(books: Books, now: datetime, most: int) -> int:
    """Look again at the events of stories that are due; gives how many there were."""
    due = books.looks_due(now, most)
    for story_id in due:
        for _ in range(STEPS):
            look = books.second_look(story_id)
            moving = surroundings.again(look) if look else None
            if look is None or moving is None:
                break
            books.put_right(look, moving)
        books.looked_again(story_id)
    return len(due)


async def look_at_all(world: World) -> None:
    """Look again at the events of all stories that are due, some in each transaction."""
    look = partial(look_again, now=world.now(), most=IN_ONE_GO)
    while await world.archive.write(look):
        pass
