"""`backup`, `verify`, `prune`: the care of the data."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import config
from monitor.cli.common import as_json, config_path, configured, database, note, plain, print_json
from monitor.errors import ConfigError, LockedError

if TYPE_CHECKING:
    from monitor.model import BackupRules, Settings
    from monitor.store.backup import Backup
    from monitor.store.verify import Check

NEWEST = 2000  # copies and links whose evidence `verify` computes again, unless told otherwise


@click.command("backup")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1),
    help="Without FILE: how many dated backups stay. Default: as configured, else all.",
)
@click.option(
    "--pages/--no-pages", default=None, help="Also the raw pages, where they are kept. Default: as configured, else yes."
)  # fmt: skip
@as_json
@configured
def backup_(file: Path | None, keep: int | None, pages: bool | None, as_json: bool) -> None:
    """A whole copy of the database, also while it is in use: checked before it gets its name.

    Without FILE it is a dated file in backups/ beside the database. The raw pages are a second file beside
    it, FILE-archive.db. To go back: stop monitor, move the database and archive.db and their -wal and -shm
    files aside, put the copies in their place.

    Exit 3 when the raw pages could not be copied.
    """
    from monitor.daemon import now
    from monitor.store import backup

    path, rules = database(), configured_rules()
    target = file or backup.dated(path, now())
    stay = None if file else keep or (rules.keep if rules else None)
    wanted = pages if pages is not None else rules is None or rules.pages
    made = backup.back_up(path, target, keep=stay, pages=wanted)
    if as_json:
        print_json(asdict(made))
    else:
        tell_backup(made)
    if made.missing:
        raise click.exceptions.Exit(3)


def tell_backup(made: Backup) -> None:
    """What was copied, what could not be, and what went."""
    click.echo(f"{made.path}: {made.bytes:,} bytes, {made.counts['articles']} articles; read back and sound")
    if made.pages and made.page:
        number, digest = made.page
        click.echo(f"{made.pages}: raw pages up to number {number}, {digest}; every hash computed again")
    if made.missing:
        note(f"the raw pages are not in this backup: {plain(made.missing)}")
    for gone in made.removed:
        note(f"removed: {gone}")


def configured_rules() -> BackupRules | None:
    """What the configuration says of backups; None where it says nothing."""
    with contextlib.suppress(ConfigError):  # a broken configuration is no reason to make no backup
        return config.load(config_path(), os.environ).backup
    return None


@click.command("verify")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=f"Compute the evidence of every copy again, not of the newest {NEWEST}.",
)
@as_json
@configured
def verify_(file: Path | None, everything: bool, as_json: bool) -> None:
    """Read everything again and compute it anew. With FILE, of a backup and the raw pages beside it.

    Changes nothing. Exit 1 when something is not as it should be.
    """
    from monitor.daemon import now
    from monitor.store import verify

    most = None if everything else NEWEST
    tell = (lambda _: None) if as_json else (lambda what: note(f"{what} …"))
    if file is not None:
        checks = verify.verify_file(file, now=now(), evidence=most, tell=tell)
    else:
        checks = verify_live(database(), most, tell)
    if as_json:
        print_json([{**asdict(check), "ok": check.ok} for check in checks])
    else:
        show(checks)
    if not all(check.ok for check in checks):
        raise click.exceptions.Exit(1)


def verify_live(path: Path, most: int | None, tell: Callable[[str], None]) -> list[Check]:
    """The database in use. Where nobody holds its lock we do, and the index can be compared word for word."""
    from monitor.daemon import now
    from monitor.store import lock, opening, verify

    with contextlib.ExitStack() as stack:
        reading = stack.enter_context(contextlib.closing(opening.open_for_reading(path)))
        writable = None
        with contextlib.suppress(LockedError):
            stack.enter_context(lock.hold(path))
            writable = stack.enter_context(contextlib.closing(opening.open_for_writing(path, create=False)))
        checks = list(verify.verify(reading, now=now(), evidence=most, writable=writable, tell=tell))
    return checks + list(verify.verify_pages(path, tell))


def show(checks: list[Check]) -> None:
    """One line each, and the faults below."""
    for check in checks:
        click.echo(f"{'sound' if check.ok else 'WRONG'}  {check.name}: {check.because}")
        for fault in check.faults:
            click.echo(f"       {plain(fault)}")


@click.command("prune")
@click.option(
    "--anyway", is_flag=True, help="Also where too few days of polls prove that the clock is right."
)
@as_json
@configured
def prune_(anyway: bool, as_json: bool) -> None:
    """Let go of what `keep:` says is old.

    Entries that no feed has served for as long as `keep.entries` says, polls of that age, and raw pages older
    than `keep.pages`.

    Articles, their texts and everything decided about them stay. A pruned entry that a feed serves again,
    in the same words, does not come back as new.
    """
    from monitor.cli.errand import done
    from monitor.deeds import opened
    from monitor.wishes import Wish

    settings = config.load(config_path(), os.environ)
    wish = Wish(database(), {"kind": "prune", "anyway": anyway})
    gone = opened(done(wish, lambda _: pruned(settings, anyway=anyway)))
    if as_json:
        print_json(gone)
    else:
        click.echo(f"{gone['entries']} entries, {gone['polls']} polls and {gone['pages']} raw pages removed")


def pruned(settings: Settings, *, anyway: bool) -> str:
    """Let go of what is old, under the lock; the answer says how much."""
    from monitor.daemon import now
    from monitor.deeds import done
    from monitor.store import Store, prune
    from monitor.store.pagefile import archive_of
    from monitor.store.pages import PageArchive

    path = settings.database
    with (
        Store.open(path, create=False) as store,
        contextlib.closing(PageArchive(archive_of(path))) as pages,
    ):
        return done(asdict(prune.let_go(store, pages, settings.keep, now(), anyway=anyway)))
