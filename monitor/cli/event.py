"""`event`: what several stories report, and the user's word on it."""

from __future__ import annotations

from typing import Any

import click

from monitor.cli.common import as_json, configured, database, plain, print_json
from monitor.cli.named import number
from monitor.cli.story import said
from monitor.cli.timeline import event_override_line, lag_in_words
from monitor.errors import MonitorError


@click.group("event")
@configured
def event_() -> None:
    """What several stories report: on a timeline, and put right by hand."""


@event_.command("show")
@click.argument("event_id", type=int, callback=number, metavar="ID")
@as_json
@configured
def show(event_id: int, as_json: bool) -> None:
    """The stories of an event, the first first, and why each is there."""
    from monitor.store import queries

    with queries.connect(database()) as conn:
        found = queries.event(conn, event_id)
    if found is None:
        raise MonitorError(f"there is no event {event_id}. `monitor explain URL` shows an article's event.")
    if as_json:
        print_json(found)
        return
    click.echo(f"event {event_id}: {plain(found['title'])}")
    counts = (("stories", "story"), ("articles", "article"), ("outlets", "outlet"), ("languages", "language"))
    click.echo("  " + ", ".join(f"{found[many]} {one if found[many] == 1 else many}" for many, one in counts))
    for story in found["reports"]:
        tell(story)
    if found["overrides"]:
        click.echo("\nYour word (`monitor event undo NUMBER` takes it back)")
    for word in found["overrides"]:
        click.echo(f"  {event_override_line(word)}")


def tell(story: dict[str, Any]) -> None:
    """One story on the event's timeline."""
    lag = f"+{lag_in_words(story['lag_s'])}" if story["lag_s"] else "first"
    others = story["articles"] - 1
    copies = f" and {others} cop{'y' if others == 1 else 'ies'}" if others else ""
    click.echo(
        f"{story['first_seen_at']}  {lag:>9}  {plain(story['outlet'])}{copies}: {plain(story['title'])}"
    )
    click.echo(f"    {plain(story['because'])}")
    if story["moved"]:
        click.echo(f"    {plain(story['moved'])}")


@event_.command("together")
@click.argument("first", metavar="URL|ARTICLE")
@click.argument("second", metavar="URL|ARTICLE")
@click.option("--because", help="Why, for whoever reads it later.")
@configured
def together(first: str, second: str, because: str | None) -> None:
    """These two report the same: make their events one, now and for what comes."""
    event_id = corrected("together", first, second, because)
    click.echo(f"event {event_id} has both now. `monitor event undo` takes it back.")


@event_.command("apart")
@click.argument("first", metavar="URL|ARTICLE")
@click.argument("second", metavar="URL|ARTICLE")
@click.option("--because", help="Why, for whoever reads it later.")
@configured
def apart(first: str, second: str, because: str | None) -> None:
    """These two do not report the same: take the first one's story out of the second one's event."""
    event_id = corrected("apart", first, second, because)
    click.echo(f"the first one's story is in event {event_id} now. `monitor event undo` takes it back.")


@event_.command("list")
@as_json
@configured
def list_(as_json: bool) -> None:
    """What you said so far, with the numbers that `undo` wants."""
    from monitor.store import queries

    with queries.connect(database()) as conn:
        rows = queries.event_overrides(conn)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(event_override_line(row))
    if not rows:
        click.echo("nothing was said", err=True)


@event_.command("undo")
@click.argument("said_id", type=int, callback=number, required=False, metavar="[NUMBER]")
@as_json
@configured
def undo_(said_id: int | None, as_json: bool) -> None:
    """Take back what you said last, or the NUMBER that `list` shows."""
    undone = said("undo event", said_id=said_id)
    if as_json:
        print_json(undone)
    else:
        click.echo(f"taken back: {undone['kind']} of {undone['at'][:10]}")


def corrected(word: str, first: str, second: str, because: str | None) -> int:
    """Write the user's word down, and see to it; gives the first article's event."""
    numbers = [article_number(reference) for reference in (first, second)]
    if numbers[0] == numbers[1]:
        raise MonitorError("both are one article; name two.")
    event_id: int = said("event", word=word, article_id=numbers[0], other_id=numbers[1], because=because)
    return event_id


def article_number(reference: str) -> int:
    """The number of the article that a number or an address stands for."""
    from monitor.cli.look import meant
    from monitor.store import queries

    asked, kind = meant(reference)
    with queries.connect(database()) as conn:
        found = queries.explain(conn, asked, kind=kind or ("article" if isinstance(asked, int) else None))
    if not found["article"]:
        raise MonitorError(f"{reference}: there is no such article. `monitor search WORDS` shows numbers.")
    article_id: int = found["article"]["article_id"]
    return article_id
