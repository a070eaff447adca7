"""`status`. Imports neither pydantic nor the daemon's libraries: it must answer at once."""

from __future__ import annotations

from typing import Any

import click

from monitor.cli.common import as_json, configured, database, plain, print_json

MOST_SHOWN = 10  # feeds whose gaps are listed


@click.command("status")
@click.option("--politeness", is_flag=True, help="How we treat the hosts we ask, by host and day.")
@click.option(
    "--days",
    default=7,
    show_default=True,
    type=click.IntRange(1, 90),
    help="With --politeness: so many days.",
)
@as_json
@configured
def status_(politeness: bool, days: int, as_json: bool) -> None:
    """Is it alive, what is late, what fails, where are gaps."""
    from monitor.daemon import now
    from monitor.store import lock, queries

    path = database()
    if politeness:
        from monitor.cli.manners import report

        report(path, now(), days=days, as_json=as_json)
        return
    holder = lock.last_holder(path)
    alive = holder if holder and holder.alive else None
    doing = alive.status if alive else None
    with queries.connect(path) as conn:
        found = {
            "database": str(path),
            "running": alive.process if alive else None,
            "doing": doing,
            **queries.status(conn, now()),
        }
    if as_json:
        print_json(found)
    else:
        show(found)


def show(found: dict[str, Any]) -> None:
    """How the watch is doing, in lines."""
    running = f"yes, process {found['running']}" if found["running"] else "no"
    running += f": {plain(found['doing'])}" if found["doing"] else ""
    counts, feeds = found["counts"], found["feeds"]
    click.echo(f"running: {running}")
    click.echo(
        f"archive: {counts['articles']} articles in {counts['stories']} stories, {counts['copies']} of them copies"
    )
    click.echo(f"feeds: {counted(feeds)}")
    click.echo(f"entries: {counted(found['entries'])}")
    if found["outbox"]:
        click.echo(f"alerts: {counted(found['outbox'])}; `monitor alerts list` says more")
    click.echo(
        f"last poll: {found['last_poll_at'] or 'never'}; next: {found['next_poll_at'] or 'none planned'}"
    )
    for title, rows, line in (
        ("late", found["late"], "{feed}: due since {next_poll_at}"),
        ("failing", found["failing"], "{feed}: {state} since {failing_since}: {last_error}"),
        ("only walls, no articles", found["walls"], "{outlet_id}: {walls}. What to do: {advice}"),
        (
            "gaps, last 24 hours",
            looked_back(found["gaps"]),
            "{feed}: {kind}, {from_at} to {to_at}: {because}{looked}",
        ),
        ("hosts that asked us to wait", found["pauses"], "{scope} until {until}: {because}"),
        ("feeds that need your attention", found["notices"], "{feed}: {notice}"),
        ("how complete the watch was", shown(found["coverage"]), "{statement}"),
    ):
        if rows:
            click.echo(f"{title}:")
            for row in rows:
                click.echo("  " + plain(line.format(**row)))


def looked_back(gaps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The gaps with what looking for the missed entries came to."""
    return [
        {**gap, "looked": f"; looked back: {gap['caught_up']}" if gap["caught_up"] else ""} for gap in gaps
    ]


def shown(coverage: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The least complete feeds; of the others how many there are, and how many were never read."""
    gaps = [row for row in coverage if row["proven"] is not None and row["proven"] < 1]
    rest = sum(row["proven"] == 1 for row in coverage)
    more = len(gaps) - MOST_SHOWN
    found = gaps[:MOST_SHOWN]
    if more > 0:
        found.append(
            {"statement": f"{more} more feed{'' if more == 1 else 's'} with gaps: see the view coverage"}
        )
    if rest:
        found.append(
            {"statement": f"{rest} feed{'' if rest == 1 else 's'}: 100 % overlap-proven in the last 30 days"}
        )
    if unread := sum(row["proven"] is None for row in coverage):
        found.append({"statement": f"{unread} feed{'' if unread == 1 else 's'}: not read yet"})
    return found


def counted(states: dict[str, int]) -> str:
    """How many there are in each state."""
    told = (f"{count} {plain(state).replace('_', ' ')}" for state, count in sorted(states.items()))
    return ", ".join(told) or "none yet"
