"""`status --politeness`: how we treat the hosts we ask."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from monitor.cli.common import plain, print_json, print_table

MOST_SHOWN = 60  # rows of hosts and days
COLUMNS = ("day", "host", "requests", "feed", "article", "robots", "other", "304", "bytes", "refused", "throttled",
           "held", "errors")  # fmt: skip


def report(path: Path, now: datetime, *, days: int, as_json: bool) -> None:
    """Print requests by host and day, what robots.txt said, who asked for patience and how we reacted."""
    from monitor.store import queries
    from monitor.store.politeness import politeness

    with queries.connect(path) as conn:
        found = politeness(conn, now, days=days)
    if as_json:
        print_json(found)
    else:
        show(found)


def show(found: dict[str, Any]) -> None:
    """The report in lines."""
    rows, total, robots = found["by_host_and_day"], found["total"], found["robots"]
    if not rows:
        click.echo(f"no requests were counted in the last {found['days']} days")
        return
    shown = [{**row, "304": percent(row["share_of_304"]), "bytes": size(row["bytes"])} for row in rows]
    print_table(shown[:MOST_SHOWN], COLUMNS)
    if len(rows) > MOST_SHOWN:
        click.echo(f"… and {len(rows) - MOST_SHOWN} more rows: see the table politeness")
    click.echo()
    click.echo(
        f"in {found['days']} days: {total['requests']} requests, {size(total['bytes'])}; {total['not_modified']} were"
        " answered “not modified”"
    )
    click.echo(
        f"robots.txt: hosts that have one: {robots['with_rules'] or 0}, that have none: {robots['without'] or 0}, whose "
        f"could not be read: {robots['unreadable'] or 0}; not asked because it, or our own policy, forbids it: "
        f"{total['refused']}"
    )
    click.echo(
        f"patience: asked for by hosts (HTTP 429 or 503): {total['throttled']}; requests held back for that, because "
        f"pages did not come in time or robots.txt could not be read: {total['held']}"
    )
    for pause in found["pauses"]:
        click.echo("  " + plain("{scope} is not asked until {until}: {because}".format(**pause)))


def percent(share: float | None) -> str:
    """A share as people read it; empty where there is none."""
    return "" if share is None else f"{share:.0%}"


def size(count: int) -> str:
    """So many bytes, in the unit that fits."""
    for unit, limit in (("B", 1000), ("kB", 1000**2), ("MB", 1000**3)):
        if count < limit:
            return f"{count * 1000 / limit:.0f} {unit}"
    return f"{count / 1000**3:.1f} GB"
