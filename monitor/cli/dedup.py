"""`dedup`: the recognition of copies, tried on the whole archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.common import Progress, as_json, configured, database, plain, print_json

if TYPE_CHECKING:
    from monitor.model import Rulings
    from monitor.store.replay import Reading, ReplayBooks

BATCH = 50  # texts settled together, as in the writer's commits


@click.group("dedup")
def dedup_() -> None:
    """Copies and stories, decided again."""


@dedup_.command("replay")
@as_json
@configured
def replay_(as_json: bool) -> None:
    """Decide the archive again with the present code, in the same order; print what would change. Changes nothing."""
    found = replayed(database())
    if as_json:
        print_json(found)
        return
    for change in found["changes"]:
        click.echo(f"article {change['article_id']} ({plain(change['outlet'])}): {plain(change['title'])}")
        click.echo(f"  {told(change)}")
        if change["because"]:
            click.echo(f"  {plain(change['because'])}")
    counted = f"{found['articles']} articles decided again, {len(found['changes'])} would change"
    click.echo(f"{counted}; {found['links_more']} links more, {found['links_fewer']} fewer")


def replayed(path: Path) -> dict[str, Any]:
    """What the present code makes of the archive, where that is not what stands in it."""
    from monitor.store.replay import replaying

    progress = Progress(every=1)
    articles = 0
    with replaying(path) as books:
        total = books.count()
        for count, text in enumerate(books.texts(), 1):
            decided(books, text)
            articles += text.number == 1
            if count % BATCH == 0 or count == total:
                books.settle()
                progress.step(f"{count} of {total} texts decided again")
        books.do_by_hand()
        progress.done()
        return {"articles": articles, "changes": books.changes(), **books.links_changed()}


def decided(books: ReplayBooks, text: Reading) -> None:
    """One text of the archive: a new article, or an article that says something else now."""
    from monitor.core import copies, overrides
    from monitor.model import Candidates

    article_id, number, article = text
    if number == 1:
        known = (
            books.candidates(article.fingerprint, language=article.language, outlet=article.outlet_id)
            if article.fingerprint
            else Candidates()
        )
        verdict = copies.decide(article, known)
        if rulings := heard(books.rulings(article), article.first_seen):
            verdict = overrides.corrected(article, verdict, known, rulings, books.topics_of(article_id))
        books.place(article_id, article, verdict)
        return
    original = books.original_of(article_id)
    if original is not None:
        known = books.known(original)
        books.keep_copy(article_id, copies.refreshed(article, known.known[0], revision=number))
    books.revise(article_id, number, article)


def heard(rulings: Rulings, at: datetime) -> Rulings:
    """What of the user's word bore on an article when it came: no switch that was set later."""
    return replace(
        rulings,
        off={name: since for name, since in rulings.off.items() if since <= at},
        off_topics={name: since for name, since in rulings.off_topics.items() if since <= at},
    )


def told(change: dict[str, Any]) -> str:
    """What would change, in words."""
    before, after = change["copy_of"], change["would_be_copy_of"]
    if before is None and after is not None:
        words = f"would join article {after}, as its {change['would_be']} copy; starts a story now"
    elif before is not None and after is None:
        words = f"would start a story; is the {change['kind']} copy of article {before} now"
    elif before != after:
        words = f"would be a copy of article {after}, is one of article {before} now"
    elif change["kind"] != change["would_be"]:
        words = f"would be the {change['would_be']} copy of article {after}, is the {change['kind']} one now"
    else:
        words = f"would go with article {change['would_be_story_of']}, is in the story of {change['story_of']} now"
    return f"{words} (you have said something of it)" if change["overridden"] else words
