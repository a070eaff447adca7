"""`alerts`: where stories are announced, what was sent, what waits and why; a test; a look at a digest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli.common import as_json, config_path, configured, note, plain, print_json, print_table
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.model import AlertTarget, Announced, Delivery, Settings
    from monitor.store.books import Books

ROWS = 30  # shown of one target


@click.group("alerts")
def alerts_() -> None:
    """Where stories are announced, what was sent, what waits and why."""


@alerts_.command("list")
@click.argument("name", required=False)
@as_json
@configured
def alerts_list(name: str | None, as_json: bool) -> None:
    """Every target and how it does; with NAME, the last messages of one, and why they wait."""
    settings = config.load(config_path(), os.environ)
    if name is not None:
        target_named(settings, name)
        found = rows_of(settings, name)
        columns = ["at", "state", "tries", "next_try_at", "sent_at", "title", "last_error"]
    else:
        found = targets(settings)
        columns = ["name", "kind", "when", "waiting", "refused", "sent", "expired", "last_sent", "last_error"]
    if as_json:
        print_json(found)
    elif found:
        print_table(found, columns, widths={"last_error": 100})
    else:
        note("There are no alerts." if name is None else "Nothing was announced there yet.")


@alerts_.command("test")
@click.argument("name")
@as_json
@configured
def alerts_test(name: str, as_json: bool) -> None:
    """Send a message to one target now, quiet hours or not. It says that it is a test."""
    from monitor import daemon

    settings = config.load(config_path(), os.environ)
    delivery = daemon.run_async(tried(target_named(settings, name), settings))
    if as_json:
        print_json({"target": name, "ok": delivery.ok, "because": delivery.because})
    elif delivery.ok:
        click.echo(f"{name}: taken. A message that says it is a test should be there now.")
    if not delivery.ok:
        raise MonitorError(f"{name}: not taken: {delivery.because}")


@alerts_.command("preview")
@click.argument("name")
@click.option("--html", is_flag=True, help="As HTML, to look at in a browser.")
@configured
def alerts_preview(name: str, html: bool) -> None:
    """The digest of one target as it would be now. Sends nothing, changes nothing."""
    from monitor.daemon import now
    from monitor.outputs.pages import digest_message

    settings = config.load(config_path(), os.environ)
    target = target_named(settings, name)
    with reading(settings) as books:
        digest = books.digest_preview(name, now())
    if not digest.alerts:
        note("Nothing waits for it.")
        return
    first = next((t for t in settings.topics if t.id == digest.alerts[0].topic_id), None)
    zone = target.timezone or (first.schedule.timezone if first else "UTC")
    message = digest_message(digest, zone)
    click.echo(message.html if html else message.text, nl=False)


def target_named(settings: Settings, name: str) -> AlertTarget:
    """The target of this name; a usage error that lists them where there is none."""
    for target in settings.alerts:
        if target.name == name:
            return target
    known = ", ".join(target.name for target in settings.alerts) or "none; see `alerts:` in the configuration"
    raise click.UsageError(f"there is no alert named {name!r}. There are: {known}")


async def tried(target: AlertTarget, settings: Settings) -> Delivery:
    """One message on its way, past the outbox."""
    from monitor import __version__
    from monitor.core.announcements import trial
    from monitor.daemon import now
    from monitor.fetch import Client
    from monitor.outputs.dispatch import channel

    async with Client(settings.fetch, version=__version__, clock=now) as web:
        return await channel(target, web, settings.smtp, now)(trial(target.name, now()))


def targets(settings: Settings) -> list[dict[str, Any]]:
    """Every target of the configuration, and those that are gone but have rows."""
    from monitor.model import Announced
    from monitor.outputs.dispatch import kind_of

    done: dict[str, Announced] = {}
    if settings.database.exists():
        with reading(settings) as books:
            done = {one.target: one for one in books.how_targets_do()}
    rows = [
        row_of(done.pop(target.name, Announced(target.name)), kind_of(target), when(target), settings)
        for target in settings.alerts
    ]
    return rows + [row_of(one, "not configured", "", settings) for one in done.values()]


def when(target: AlertTarget) -> str:
    """When it announces, as the configuration says it."""
    return f'digest at "{target.at}"' if target.when == "digest" else "every story"


def row_of(one: Announced, kind: str, when: str, settings: Settings) -> dict[str, Any]:
    """A line of the list."""
    from monitor.store.times import stamp

    return {
        "name": one.target,
        "kind": kind,
        "when": when,
        "topics": [topic.id for topic in settings.topics if one.target in topic.alert],
        "waiting": one.waiting,
        "refused": one.refused,
        "sent": one.sent,
        "expired": one.expired,
        "oldest_waiting": stamp(one.oldest_waiting),
        "next_try": stamp(one.next_try),
        "last_sent": stamp(one.last_sent),
        "last_error": plain(one.last_error) if one.last_error else None,
    }


def rows_of(settings: Settings, name: str) -> list[dict[str, Any]]:
    """The last rows of one target, the newest first."""
    from monitor.store import queries
    from monitor.store.inquiry import rows

    if not settings.database.exists():
        return []
    with closing(queries.connect(settings.database)) as conn:
        return rows(
            conn,
            "select outbox.key, outbox.kind, outbox.topic_id, outbox.story_id, stories.title, outbox.because, outbox.at,"
            " coalesce(digests.state, outbox.state) as state, coalesce(digests.tries, outbox.tries) as tries,"
            " coalesce(digests.next_try_at, outbox.next_try_at) as next_try_at, outbox.sent_at,"
            " coalesce(digests.last_error, outbox.last_error) as last_error, digests.key as digest"
            " from outbox join stories on stories.id = outbox.story_id"
            " left join digests on digests.id = outbox.digest_id"
            " where outbox.target = ? order by outbox.id desc limit ?",
            (name, ROWS),
        )


@contextmanager
def reading(settings: Settings) -> Iterator[Books]:
    """The books, for reading only."""
    from monitor.store import queries
    from monitor.store.books import Books

    with closing(queries.connect(settings.database)) as conn:
        yield Books(conn)
