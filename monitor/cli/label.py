"""`label`: the user's word on whether an article belongs to a topic."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import click

from monitor import config
from monitor.cli.common import as_json, config_path, configured, counted, database, print_json
from monitor.errors import MonitorError


@click.command("label")
@click.argument("article", metavar="ARTICLE|URL")
@click.argument("answer", type=click.Choice(["yes", "no"]))
@click.option("--topic", "topic_id", required=True, help="The topic's id.")
@as_json
@configured
def label_(article: str, answer: str, topic_id: str, as_json: bool) -> None:
    """Say whether an article belongs to a topic: its number, or its address.

    From the labels come precision and recall in `monitor topics score`. An address may also be one that no
    topic wanted: then it tells what the topic misses.
    """
    from monitor.cli.topics import named
    from monitor.cli.trial import fulfil, scores
    from monitor.store import queries

    settings = config.load(config_path(), os.environ)
    topic = named(settings, topic_id)
    with queries.connect(database()) as conn:
        found = meant(conn, article)
    wish = {"kind": "label", "url": found["url"], "topic_id": topic_id, "wanted": answer == "yes"}
    fulfil(settings, [wish])
    (now,) = scores(settings.database, [topic])
    if as_json:
        print_json({**found, **wish, "score": now})
        return
    click.echo(f"{found['title']}: {'belongs' if answer == 'yes' else 'does not belong'} to {topic_id}")
    click.echo(f"{counted(now['labels'], 'label')}; `monitor topics score {topic_id}` says what they tell")


def meant(conn: sqlite3.Connection, reference: str) -> dict[str, Any]:
    """Address and title of the article, or of the entry without one, that a number or an address stands for."""
    from monitor.cli.look import meant as spelled
    from monitor.store import queries

    number, kind = spelled(reference)
    found = queries.explain(conn, number, kind=kind)
    if found["article"]:
        return {"url": found["article"]["url"], "title": found["article"]["title"]}
    for entry in found["entries"]:
        if entry["url"]:
            from monitor.core import urls

            return {"url": urls.canonical(entry["url"]) or entry["url"], "title": entry["title"]}
    raise MonitorError(f"{reference}: never seen. `monitor search WORDS` shows the numbers of articles.")
