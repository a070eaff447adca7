"""`story`: a text and its copies on a timeline; and the user's word on what is one story."""

from __future__ import annotations

import sqlite3
from typing import Any

import click

from monitor.cli.common import as_json, configured, database, plain, print_json
from monitor.cli.errand import deed
from monitor.cli.named import ambiguous, number, outlets, unknown_outlet
from monitor.cli.named import topic as named_topic
from monitor.errors import MonitorError


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
    found = said("merge", one=one, other=other, because=because)
    click.echo(f"one story now: {found}. `monitor story undo` takes it back.")


@story_.command("split")
@click.argument("article", metavar="ARTICLE")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def split_(article: str, because: str | None) -> None:
    """An article (its number or address) is no copy: a story of its own, now and whenever it comes again."""
    found = said("split", article=article, because=because)
    click.echo(f"a story of its own now: {found}. `monitor story undo` takes it back.")


@story_.command("apart")
@click.argument("one", type=int, callback=number, metavar="A")
@click.argument("other", type=int, callback=number, metavar="B")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def apart_(one: int, other: int, because: str | None) -> None:
    """Two stories never become one, however alike their texts are."""
    click.echo(f"kept apart from now on ({said('apart', one=one, other=other, because=because)}).")


@story_.command("off")
@click.argument("outlet", required=False, metavar="[OUTLET]")
@click.option("--topic", help="Instead of an outlet: the articles of this topic.")
@click.option("--because", help="A note of yours, kept with it.")
@configured
def off_(outlet: str | None, topic: str | None, because: str | None) -> None:
    """No copies from or of an outlet (its domain or name), or in a topic: each article is a story of its own."""
    from monitor.store import queries

    with queries.connect(database()) as conn:
        domain, topic_id = named(conn, outlet, topic)
        if domain is not None:
            must_be_known(conn, domain)
        elif topic_id is not None:
            named_topic(conn, topic_id)
    found = said("off", outlet_id=domain, topic_id=topic_id, because=because)
    click.echo(f"switched off ({found}). Articles from now on stand alone; earlier stories stay.")


@story_.command("on")
@click.argument("outlet", required=False, metavar="[OUTLET]")
@click.option("--topic", help="Instead of an outlet: the articles of this topic.")
@configured
def on_(outlet: str | None, topic: str | None) -> None:
    """Copies are looked for again where they were switched off."""
    from monitor.store import queries

    with queries.connect(database()) as conn:
        domain, topic_id = named(conn, outlet, topic)
    was_off = said("on", outlet_id=domain, topic_id=topic_id)
    click.echo("switched on." if was_off else "it was not switched off.")


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
    undone = said("undo", said_id=said_id)
    if as_json:
        print_json(undone)
    else:
        click.echo(f"taken back: {plain(undone['kind'].replace('_', ' '))} of {undone['at'][:10]}")


def named(conn: sqlite3.Connection, outlet: str | None, topic: str | None) -> tuple[str | None, str | None]:
    """The outlet or the topic that is meant; exactly one of them.

    An outlet is meant by its domain, any address on it, or the name that people read, where only one has it.
    """
    from monitor.core import urls

    if (outlet is None) == (topic is None):
        raise click.UsageError("name an outlet by its domain or name, or a topic with --topic.")
    if outlet is None:
        return None, topic
    called = [domain for domain, name in outlets(conn) if name.casefold() == outlet.casefold()]
    domain = urls.registrable(outlet)
    if len(called) > 1 and domain not in called:
        raise MonitorError(ambiguous(outlet, called))
    return (called[0] if len(called) == 1 else domain or outlet), None


def must_be_known(conn: sqlite3.Connection, wanted: str) -> None:
    """Refuse an outlet that was never heard of, with names that are near it. Raises `MonitorError`."""
    known = outlets(conn)
    if wanted not in dict(known):
        raise MonitorError(unknown_outlet(wanted, known))


def said(kind: str, **told: Any) -> Any:
    """Have the archive follow the user's word (a deed of `monitor.deeds`); gives what that gives."""
    return deed(database(), {"kind": kind, **told})
