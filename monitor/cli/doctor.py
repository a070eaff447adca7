"""`doctor`: what is wrong, and what to do."""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict
from pathlib import Path

import click

from monitor.cli.common import as_json, config_path, configured, database, plain, print_json


@click.command("doctor")
@click.option(
    "--alive",
    is_flag=True,
    help="Ask only whether a daemon runs and makes progress: quick, for health checks.",
)
@click.option("--mend-index", is_flag=True, help="Make the search index anew from the texts, then examine.")
@as_json
@configured
def doctor_(alive: bool, mend_index: bool, as_json: bool) -> None:
    """Name what is wrong, one line for each cause, with what to do about it. Exit 1 when something is.

    Changes nothing, but with --mend-index.
    """
    from monitor.daemon import now
    from monitor.doctor import examine, grave

    if alive:
        be_alive(database())
        return
    if mend_index:
        mend(database())
    findings = list(examine(config_path, os.environ, now()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "WRONG" if finding.grave else "note "
            click.echo(f"{mark}  {plain(finding.cause)}. What to do: {plain(finding.advice)}.")
        if not grave(findings):
            click.echo("nothing is wrong")
    if grave(findings):
        raise click.exceptions.Exit(1)


def be_alive(path: Path) -> None:
    """Exit 1, with the reason, unless a daemon runs and makes progress, or knows why it pauses."""
    from monitor.daemon import now
    from monitor.doctor import process
    from monitor.store import lock

    found = [finding for finding in process(path, now()) if finding.grave and finding.about != "pause"]
    holder = lock.last_holder(path)
    if found or holder is None or not holder.alive:
        click.echo(plain(found[0].cause) if found else "no monitor runs")
        raise click.exceptions.Exit(1)
    click.echo(plain(holder.status or "at work"))


def mend(path: Path) -> None:
    """Make the index anew, under the lock."""
    from monitor.store import lock, opening, searchindex

    with lock.hold(path), contextlib.closing(opening.open_for_writing(path, create=False)) as conn:
        searchindex.rebuild(conn)
