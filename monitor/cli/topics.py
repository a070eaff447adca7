"""`topics`: what is watched, what a query would find, what a change would gain and lose, how well a topic does."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.cli import named as names
from monitor.cli.common import (
    as_json,
    config_path,
    configured,
    database,
    note,
    plain,
    print_json,
    print_table,
)
from monitor.cli.lists import archived
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.model import Settings, Topic

SHOWN = 20  # rows that people see of each kind
MOST_UNKEPT = 50_000  # entries without an article that are asked, the newest


@click.group("topics")
def topics_() -> None:
    """The topics that are watched: list them, try a query, compare two versions, score, apply."""


# ── list, show ───────────────────────────────────────────────────────────────────────────────────


@topics_.command("list")
@as_json
@configured
def topics_list(as_json: bool) -> None:
    """Every topic of the configuration: its query, its feeds, how many articles matched, and its score."""
    from monitor.store import queries

    settings = config.load(config_path(), os.environ)
    kept = {row["id"]: row for row in archived(queries.topics)}
    scores = {row["topic"]: row for row in scored(settings.topics)}
    rows = [
        {
            "id": topic.id,
            "title": topic.title,
            "query": topic.written or topic.query,
            "schedule": topic.schedule.text,
            "feeds": len(topic.feeds),
            "articles": kept.get(topic.id, {}).get("articles", 0),
            "last_match_at": kept.get(topic.id, {}).get("last_match_at"),
            "precision": scores.get(topic.id, {}).get("precision"),
            "recall": scores.get(topic.id, {}).get("recall"),
        }
        for topic in settings.topics
    ]
    if as_json:
        print_json(rows)
        return
    columns = ["id", "title", "schedule", "feeds", "articles", "last_match_at"]
    if scores:
        rows = [{**row, "precision": told(row["precision"]), "recall": told(row["recall"])} for row in rows]
        columns += ["precision", "recall"]
    print_table(rows, [*columns, "query"])


def told(share: dict[str, Any] | None) -> str:
    """A share as people read it."""
    if share is None or share["value"] is None:
        return ""
    return f"{share['value']:.2f} ({share['low']:.2f} to {share['high']:.2f}, of {share['of']})"


@topics_.command("show")
@click.argument("topic_id", metavar="TOPIC")
@as_json
@configured
def topics_show(topic_id: str, as_json: bool) -> None:
    """One topic: its query, the spellings added to it, its conditions, feeds and filters."""
    from monitor.core.query import clauses
    from monitor.core.spellings import widened

    topic = named(config.load(config_path(), os.environ), topic_id)
    added = dict(widened(topic.written).added) if topic.written else {}
    conditions = [{"clause": clause.text, "wanted": clause.wanted} for clause in clauses(topic.query)]
    row = {
        "id": topic.id,
        "title": topic.title,
        "query": topic.written or topic.query,
        "looked_for": topic.query,
        "spellings": added,
        "conditions": conditions,
        "schedule": topic.schedule.text,
        "feeds": list(topic.feeds),
        "languages": list(topic.languages),
        "outlets": list(topic.outlets),
        "exclude": list(topic.exclude),
    }
    if as_json:
        print_json(row)
        return
    click.echo(f"{topic.id}: {plain(topic.title)}, {topic.schedule.text}")
    click.echo(f"  query: {plain(row['query'])}")
    for word, others in added.items():
        click.echo(f"  {plain(word)} also as: {', '.join(others)}")
    for condition in conditions:
        click.echo(
            f"  {'must hold' if condition['wanted'] else 'must not hold'}: {plain(condition['clause'])}"
        )
    for name in ("languages", "outlets", "exclude", "feeds"):
        if row[name]:
            click.echo(f"  {name}: {', '.join(map(plain, row[name]))}")


def named(settings: Settings, topic_id: str) -> Topic:
    """The topic with this id."""
    for topic in settings.topics:
        if topic.id == topic_id:
            return topic
    known = ", ".join(topic.id for topic in settings.topics) or "none"
    raise MonitorError(f"there is no topic {topic_id!r} in the configuration. There are: {known}.")


# ── test ─────────────────────────────────────────────────────────────────────────────────────────


@topics_.command("test")
@click.argument("query", nargs=-1, callback=names.words, metavar="[QUERY]")
@click.option("--topic", "topic_id", help="Try a topic as it is configured, instead of a query.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    callback=names.languages,
    help="Only in this language; may be repeated.",
)
@click.option(
    "--outlet",
    "outlets",
    multiple=True,
    callback=names.domains,
    help="Only of this outlet, by domain; may be repeated.",
)
@click.option("--exclude", multiple=True, callback=names.domains, help="Not of this outlet; may be repeated.")
@click.option(
    "--spellings", is_flag=True, help="Also other spellings: Kyiv, Kyjiw, Kiew; ss for ß; ae for ä."
)
@click.option(
    "-n", "--limit", default=SHOWN, show_default=True, type=click.IntRange(0, 100_000), help="Rows shown."
)
@as_json
@configured
def topics_test(
    query: str | None,
    topic_id: str | None,
    languages: tuple[str, ...],
    outlets: tuple[str, ...],
    exclude: tuple[str, ...],
    spellings: bool,
    limit: int,
    as_json: bool,
) -> None:
    """What QUERY would find in what is stored. Articles are asked in full.

    Entries whose text was not kept are asked by title and summary, and counted apart. Nothing is changed.
    """
    from monitor.cli import trial
    from monitor.core.query import asides

    if (query is None) == (topic_id is None):
        raise click.UsageError("say a query, or --topic and a topic's id.")
    if topic_id is not None:
        topic = named(config.load(config_path(), os.environ), topic_id)
    else:
        topic = trial.of_query(query or "", spellings=spellings)
    topic = replace(
        topic,
        languages=languages or topic.languages,
        outlets=outlets or topic.outlets,
        exclude=exclude or topic.exclude,
    )
    found = trial.tried(database(), topic, limit, MOST_UNKEPT)
    if as_json:
        print_json(found)
    else:
        trial.tell(found)
        for what in asides(query or ""):
            note(f"note: {what}")


# ── diff ─────────────────────────────────────────────────────────────────────────────────────────


@topics_.command("diff")
@click.argument("old", type=click.Path(path_type=Path), metavar="OLD.yaml")
@click.argument("new", type=click.Path(path_type=Path), metavar="NEW.yaml")
@click.option(
    "-n", "--limit", default=SHOWN, show_default=True, type=click.IntRange(0, 100_000), help="Rows shown."
)
@as_json
@configured
def topics_diff(old: Path, new: Path, limit: int, as_json: bool) -> None:
    """What each topic gains and loses between two configurations, on what is stored, with headlines."""
    from monitor.cli import trial

    before = {topic.id: topic for topic in config.load(old, os.environ).topics}
    settings = config.load(new, os.environ)
    path = settings.database if settings.database.exists() else database()
    after = {topic.id: topic for topic in settings.topics}
    changes = trial.compared(path, before, after, limit, MOST_UNKEPT)
    if as_json:
        print_json({"database": str(path), "topics": changes})
        return
    if not changes:
        click.echo("no topic has changed")
    for change in changes:
        trial.tell_change(change)


# ── score, apply ─────────────────────────────────────────────────────────────────────────────────


@topics_.command("score")
@click.argument("topic_ids", nargs=-1, metavar="[TOPIC]...")
@as_json
@configured
def topics_score(topic_ids: tuple[str, ...], as_json: bool) -> None:
    """Precision and recall by your labels (`monitor label`), each with its 95 % interval."""
    settings = config.load(config_path(), os.environ)
    chosen = [named(settings, topic_id) for topic_id in topic_ids] or settings.topics
    rows = scored(chosen)
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("no labels yet: `monitor label ARTICLE yes|no --topic TOPIC` gives some", err=True)
        return
    shown = [{**row, "precision": told(row["precision"]), "recall": told(row["recall"])} for row in rows]
    print_table(shown, ["topic", "labels", "precision", "recall"])
    for row in rows:
        for kind in ("wrongly_matched", "missed"):
            for url in row[kind]:
                click.echo(f"  {row['topic']}: {kind.replace('_', ' ')}: {plain(url)}")


def scored(topics: Any) -> list[dict[str, Any]]:
    """The score of every topic that has labels, by what its query finds now."""
    from monitor.cli import trial

    path = config.database_of(config_path())
    return trial.scores(path, topics) if path.exists() else []


@topics_.command("apply")
@click.argument("topic_ids", nargs=-1, metavar="[TOPIC]...")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@as_json
@configured
def topics_apply(topic_ids: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Match what is stored anew: all topics, or those named. Nothing is announced, none of it is news."""
    from monitor.cli import trial

    settings = config.load(config_path(), os.environ)
    database()
    chosen = [named(settings, topic_id) for topic_id in topic_ids] or settings.topics
    rows = trial.applied(settings, chosen, MOST_UNKEPT, dry_run=dry_run)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['topic']}: {row['articles']} articles, {row['gained']} gained, {row['lost']} lost")
    for row in rows:
        if row["unkept"]:
            click.echo(
                f"{row['topic']}: {row['unkept']} more match by title or summary, but their text was not kept"
                f" (`monitor topics test --topic {row['topic']}` lists them)",
                err=True,
            )
    if dry_run:
        click.echo("nothing was changed", err=True)
