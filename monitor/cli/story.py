"""`story`: a text and its copies on a timeline; and the user's word on what is one story."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from monitor import config
from monitor.cli.common import as_json, config_path, configured, database, plain, print_json
from monitor.cli.named import DIGITS, LARGEST, ambiguous, number, outlets, unknown_outlet
from monitor.cli.named import topic as named_topic
from monitor.errors import MonitorError
from monitor.model import Existing, Override

if TYPE_CHECKING:
    from monitor.store.books import Books

T = TypeVar("T")


class Stories(click.Group):
    """`monitor story 12` shows; a word after `story` is one of the commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A number stands for `show NUMBER`, whatever options come before it."""
        known = set(self.commands)
        if not known & set(args) and any(arg.isdigit() for arg in args):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("story", cls=Stories, subcommand_metavar="ID | COMMAND [ARGS]...")
@configured
def story_() -> None:
    """A story's copies on a timeline; with a COMMAND, your word on what is one story."""


@story_.command("show")
@click.argument("story_id", type=int, callback=number, metavar="ID")
@as_json
@configured
def show_(story_id: int, as_json: bool) -> None:
    """Who was first, which agency, what each outlet added or cut, who corrected and who followed."""
    from monitor.cli.timeline import story_lines
    from monitor.store import queries

    with queries.connect(database()) as conn:
        found = queries.story(conn, story_id)
    if found is None:
        raise MonitorError(f"there is no story {story_id}. `monitor search WORDS` shows story numbers.")
    if as_json:
        print_json(found)
        return
    for line in story_lines(found):
        click.echo(line)


@story_.command("merge")
@click.argument("one", type=int, callback=number, metavar="A")
@click.argument("other", type=int, callback=number, metavar="B")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def merge_(one: int, other: int, because: str | None) -> None:
    """Two stories are one: the younger becomes part of the older, now and whenever its articles come again."""

    def work(books: Books, at: datetime) -> int:
        if one == other:
            raise MonitorError(f"story {one} is one story already.")
        originals = sorted((original(books, one), original(books, other)), key=lambda o: (o.first_seen, o.id))
        kept, gone = originals
        books.say(Override("merge", at, kept.url, gone.url, because=because))
        books.join(kept.story_id, gone.story_id, at)
        return kept.story_id

    click.echo(f"one story now: {written(work)}. `monitor story undo` takes it back.")


@story_.command("split")
@click.argument("article", metavar="ARTICLE")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def split_(article: str, because: str | None) -> None:
    """An article (its number or address) is no copy: a story of its own, now and whenever it comes again."""

    def work(books: Books, at: datetime) -> int:
        existing = one_article(books, article)
        left = original(books, existing.story_id)
        story_id = books.take_out(existing.id, at)
        rest = original(books, left.story_id) if left.id == existing.id else left
        books.say(Override("split", at, existing.url, rest.url, because=because))
        return story_id

    click.echo(f"a story of its own now: {written(work)}. `monitor story undo` takes it back.")


@story_.command("apart")
@click.argument("one", type=int, callback=number, metavar="A")
@click.argument("other", type=int, callback=number, metavar="B")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def apart_(one: int, other: int, because: str | None) -> None:
    """Two stories never become one, however alike their texts are."""

    def work(books: Books, at: datetime) -> int:
        if one == other:
            raise MonitorError(
                f"story {one} is one story: `monitor story split ARTICLE` takes an article out."
            )
        pair = original(books, one).url, original(books, other).url
        return books.say(Override("never_merge", at, *pair, because=because))

    click.echo(f"kept apart from now on ({written(work)}).")


@story_.command("off")
@click.argument("outlet", required=False, metavar="[OUTLET]")
@click.option("--topic", help="Instead of an outlet: the articles of this topic.")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def off_(outlet: str | None, topic: str | None, because: str | None) -> None:
    """No copies from or of an outlet (its domain or name), or in a topic: each article is a story of its own."""

    def work(books: Books, at: datetime) -> int:
        domain, topic_id = named(books, outlet, topic)
        if domain is not None:
            must_be_known(books, domain)
        elif topic_id is not None:
            named_topic(books.conn, topic_id)
        return books.say(Override("off", at, outlet_id=domain, topic_id=topic_id, because=because))

    click.echo(f"switched off ({written(work)}). Articles from now on stand alone; earlier stories stay.")


@story_.command("on")
@click.argument("outlet", required=False, metavar="[OUTLET]")
@click.option("--topic", help="Instead of an outlet: the articles of this topic.")
@configured
def on_(outlet: str | None, topic: str | None) -> None:
    """Copies are looked for again where they were switched off."""

    def work(books: Books, _: datetime) -> bool:
        wanted = named(books, outlet, topic)
        found = [said for said in books.overrides("off") if (said.outlet_id, said.topic_id) == wanted]
        for said in found:
            books.unsay(said.id)
        return bool(found)

    click.echo("switched on." if written(work) else "it was not switched off.")


@story_.command("list")
@as_json
@configured
def list_(as_json: bool) -> None:
    """What you said so far, with the numbers that `undo` wants."""
    from monitor.cli.timeline import override_line
    from monitor.store import queries

    with queries.connect(database()) as conn:
        rows = queries.overrides(conn)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(override_line(row))
    if not rows:
        click.echo("nothing was said", err=True)


@story_.command("undo")
@click.argument("said_id", type=int, callback=number, required=False, metavar="[NUMBER]")
@as_json
@configured
def undo_(said_id: int | None, as_json: bool) -> None:
    """Take back what you said last, or the NUMBER that `list` shows."""

    def work(books: Books, _: datetime) -> Override:
        said = books.override(said_id) if said_id is not None else next(reversed(books.overrides()), None)
        if said is None:
            raise MonitorError("nothing was said." if said_id is None else f"there is no number {said_id}.")
        books.unsay(said.id)
        undone(books, said)
        return said

    said = written(work)
    if as_json:
        print_json(asdict(said))
    else:
        click.echo(f"taken back: {plain(said.kind.replace('_', ' '))} of {said.at:%Y-%m-%d}")


def undone(books: Books, said: Override) -> None:
    """Put back what was done: merged stories come apart, a split article goes home."""
    one, other = (books.article_at([url]) if url else None for url in (said.url, said.other_url))
    if one is None or other is None:
        return
    if said.kind == "merge" and one.story_id == other.story_id:
        books.take_out(other.id, None)
    elif said.kind == "split" and one.story_id != other.story_id:
        books.join(other.story_id, one.story_id, None)


def named(books: Books, outlet: str | None, topic: str | None) -> tuple[str | None, str | None]:
    """The outlet or the topic that is meant; exactly one of them.

    An outlet is meant by its domain, any address on it, or the name that people read, where only one has it.
    """
    from monitor.core import urls

    if (outlet is None) == (topic is None):
        raise click.UsageError("name an outlet by its domain or name, or a topic with --topic.")
    if outlet is None:
        return None, topic
    called = [domain for domain, name in outlets(books.conn) if name.casefold() == outlet.casefold()]
    domain = urls.registrable(outlet)
    if len(called) > 1 and domain not in called:
        raise MonitorError(ambiguous(outlet, called))
    return (called[0] if len(called) == 1 else domain or outlet), None


def must_be_known(books: Books, wanted: str) -> None:
    """Refuse an outlet that was never heard of, with names that are near it. Raises `MonitorError`."""
    known = outlets(books.conn)
    if wanted not in dict(known):
        raise MonitorError(unknown_outlet(wanted, known))


def original(books: Books, story_id: int) -> Existing:
    """A story's original."""
    row = books.conn.execute("select original_id from stories where id = ?", (story_id,)).fetchone()
    found = books.article(row[0]) if row else None
    if found is None:
        raise MonitorError(f"there is no story {story_id}. `monitor search WORDS` shows story numbers.")
    return found


def one_article(books: Books, reference: str) -> Existing:
    """The article with this number, or at this address."""
    from monitor.core import urls

    digits = reference.removeprefix("article:")
    found = (
        books.article(int(digits) if len(digits) < DIGITS else LARGEST)
        if digits.isdecimal()
        else books.article_at((reference, *urls.equivalents(reference)))
    )
    if found is None:
        raise MonitorError(f"there is no article {reference}. `monitor search WORDS` shows article numbers.")
    return found


def written(work: Callable[[Books, datetime], T]) -> T:
    """Do it in one transaction, under the instance lock; nothing is written where it fails."""
    from monitor.daemon import now
    from monitor.store import Store, lock

    settings = config.load(config_path(), os.environ)
    with lock.hold(settings.database), Store.open(settings.database, create=False) as store:
        return store.run(lambda books: work(books, now()))
