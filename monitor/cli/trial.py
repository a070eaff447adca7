"""Trying topics on what is stored: the work behind `topics test`, `diff`, `score` and `apply`, and their words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from monitor.cli.common import plain
from monitor.core.complaints import check
from monitor.core.score import score
from monitor.core.spellings import widened
from monitor.core.topics import Matcher
from monitor.errors import QueryError
from monitor.model import Schedule, Settings, Topic
from monitor.store import queries, trials

Row = dict[str, Any]
RULES = ("query", "languages", "outlets", "exclude", "feeds")
REMATCHED = ("gained", "lost", "restated")
HEADLINE = ("title", "outlet", "first_seen_at", "url")


def of_query(query: str, *, spellings: bool) -> Topic:
    """A topic of nothing but a query. Raises QueryError with the place where the query stumbles."""
    try:
        check(query)
    except QueryError as error:
        place = f" (character {error.offset + 1})" if error.offset is not None else ""
        raise QueryError(f"the query cannot be used: {error}{place}", error.offset) from error
    asked = widened(query).query if spellings else query
    return Topic("query", "query", asked, Schedule(""), (), written=query if asked != query else "")


# ── test ─────────────────────────────────────────────────────────────────────────────────────────


def tried(path: Path, topic: Topic, limit: int, most: int) -> Row:
    """What the topic would find, newest first; the first rows of each kind with the matched words."""
    with queries.connect(path) as conn:
        found = trials.taken(conn, topic)
        for row in found[:limit]:
            row["because"] = trials.snippet(conn, topic.query, row["article_id"])
        asked, entries = _unkept(conn, [topic], most)
        (stored,) = conn.execute("select count(*) from articles").fetchone()
    rows = [{**row, "because": because} for row, because in entries[topic.id]]
    return {
        "query": topic.written or topic.query,
        "looked_for": topic.query,
        "articles": {"count": len(found), "asked": stored, "rows": [_shown(row) for row in found[:limit]]},
        "entries": {
            "count": len(rows),
            "asked": asked,
            "judged_by": "title and summary",
            "rows": [_shown(row) for row in rows[:limit]],
        },
    }


def _unkept(
    conn: sqlite3.Connection, topics: Sequence[Topic], most: int
) -> tuple[int, dict[str, list[tuple[Row, str]]]]:
    """How many entries without an article were asked, and those that each topic takes by title and summary."""
    matcher, asked = Matcher(topics), 0
    by_id = {topic.id: topic for topic in topics}
    found: dict[str, list[tuple[Row, str]]] = {topic.id: [] for topic in topics}
    for page in trials.unkept(conn, most):
        asked += len(page)
        told = [trials.article_of(row, row["summary"]) for row in page]
        watched = [tuple(t for t in by_id if trials.takes(by_id[t], row)) for row in page]
        for row, answer in zip(page, matcher.match(told, watched), strict=True):
            for match in answer.matches:
                found[match.topic_id].append((row, match.because))
    return asked, found


def _shown(row: Row) -> Row:
    """What people and scripts see of a row."""
    keys = ("article_id", "entry_id", *HEADLINE, "language", "story_id", "state", "because")
    return {key: row[key] for key in keys if key in row}


def tell(found: Row) -> None:
    """What a query would find."""
    if found["looked_for"] != found["query"]:
        click.echo(f"looked for: {plain(found['looked_for'])}", err=True)
    articles, entries = found["articles"], found["entries"]
    _tell_rows(f"{articles['count']} of {articles['asked']} stored articles match", articles)
    _tell_rows(
        f"{entries['count']} of {entries['asked']} entries whose text was not kept match,"
        " judged by title and summary only",
        entries,
    )


def _tell_rows(heading: str, found: Row) -> None:
    """A heading, and the first rows below it."""
    click.echo(f"{heading}:" if found["rows"] else heading)
    for row in found["rows"]:
        click.echo(f"  {row['first_seen_at']}  {plain(row['outlet'])}: {plain(row['title'])}")
        click.echo(f"      {plain(row['because'])}")


# ── diff ─────────────────────────────────────────────────────────────────────────────────────────


def compared(
    path: Path, before: Mapping[str, Topic], after: Mapping[str, Topic], limit: int, most: int
) -> list[Row]:
    """What every topic that differs gains and loses."""
    ids = [t for t in dict.fromkeys([*before, *after]) if _rules(before.get(t)) != _rules(after.get(t))]
    if not ids:
        return []
    with queries.connect(path) as conn:
        old = _all_taken(conn, [before[t] for t in ids if t in before], most)
        new = _all_taken(conn, [after[t] for t in ids if t in after], most)
    return [
        {
            "topic": topic_id,
            "change": "added"
            if topic_id not in before
            else "removed"
            if topic_id not in after
            else "changed",
            **_difference(old.get(topic_id, {}), new.get(topic_id, {}), limit),
        }
        for topic_id in ids
    ]


def _rules(topic: Topic | None) -> list[Any]:
    return [getattr(topic, name) for name in RULES] if topic else []


def _all_taken(conn: sqlite3.Connection, topics: Sequence[Topic], most: int) -> dict[str, dict[str, Row]]:
    """For each topic the articles it takes in full, and the entries it takes by title and summary, by a key."""
    _, entries = _unkept(conn, topics, most)
    return {
        topic.id: {f"article {row['article_id']}": row for row in trials.taken(conn, topic)}
        | {f"entry {row['entry_id']}": row for row, _ in entries[topic.id]}
        for topic in topics
    }


def _difference(old: Mapping[str, Row], new: Mapping[str, Row], limit: int) -> Row:
    """Counts and headlines of what is in one of two and not in the other; articles and entries apart."""
    change: Row = {"kept": len([key for key in old.keys() & new.keys() if key.startswith("article")])}
    for name, here, there in (("gained", new, old), ("lost", old, new)):
        keys = [key for key in here if key not in there]
        whole = [here[key] for key in keys if key.startswith("article")]
        told = [here[key] for key in keys if key.startswith("entry")]
        change[name] = {"count": len(whole), "rows": [_shown(row) for row in whole[:limit]]}
        change[f"{name}_by_title_and_summary"] = {
            "count": len(told),
            "rows": [_shown(row) for row in told[:limit]],
        }
    return change


def tell_change(change: Row) -> None:
    """A topic's gains and losses, with headlines."""
    gained, lost = change["gained"], change["lost"]
    click.echo(
        f"{change['topic']} ({change['change']}): {gained['count']} gained, {lost['count']} lost, {change['kept']} stay"
    )
    for sign, kind in (("+", "gained"), ("-", "lost")):
        for part, remark in ((kind, ""), (f"{kind}_by_title_and_summary", " [by title and summary]")):
            found = change[part]
            for row in found["rows"]:
                click.echo(
                    f"  {sign} {row['first_seen_at'][:10]}  {plain(row['outlet'])}: {plain(row['title'])}{remark}"
                )
            if (more := found["count"] - len(found["rows"])) > 0:
                click.echo(f"  {sign} and {more} more{remark}")


# ── score ────────────────────────────────────────────────────────────────────────────────────────


def scores(path: Path, topics: Iterable[Topic]) -> list[Row]:
    """The score of every topic with labels, by what its query finds now."""
    rows: list[Row] = []
    with queries.connect(path) as conn:
        for topic in topics:
            labels = trials.labels(conn, topic.id)
            if not labels:
                continue
            matched = {row["url"] for row in trials.taken(conn, topic)}
            found = score(labels, matched)
            rows.append(
                {
                    "topic": topic.id,
                    "labels": found.labels,
                    "precision": asdict(found.precision),
                    "recall": asdict(found.recall),
                    "wrongly_matched": sorted(
                        u for u, wanted in labels.items() if not wanted and u in matched
                    ),
                    "missed": sorted(u for u, wanted in labels.items() if wanted and u not in matched),
                }
            )
    return rows


# ── apply ────────────────────────────────────────────────────────────────────────────────────────


def applied(settings: Settings, topics: Sequence[Topic], most: int, *, dry_run: bool) -> list[Row]:
    """Bring the matches of these topics in line with their rules, as a daemon's wish where one is at work.

    `unkept` counts entries that a topic takes by title and summary, of the newest `most` without an article.
    """
    with queries.connect(settings.database) as conn:
        changes = [_rematched(conn, topic) for topic in topics]
        _, unkept = _unkept(conn, topics, most)
    if not dry_run:
        fulfil(settings, [wish for wish, _ in changes if any(wish[name] for name in REMATCHED)])
    return [
        {
            "topic": wish["topic_id"],
            "articles": count,
            **{name: len(wish[name]) for name in REMATCHED},
            "unkept": len(unkept[wish["topic_id"]]),
        }
        for wish, count in changes
    ]


def _rematched(conn: sqlite3.Connection, topic: Topic) -> tuple[Row, int]:
    """What has to change so that a topic's matches are what its rules find, and how many these are."""
    found = {
        row["article_id"]: trials.snippet(conn, topic.query, row["article_id"])
        for row in trials.taken(conn, topic)
    }
    there = {
        row["article_id"]: row["because"]
        for row in conn.execute("select article_id, because from matches where topic_id = ?", (topic.id,))
    }
    wish = {
        "kind": "rematch",
        "topic_id": topic.id,
        "query": topic.query,
        "gained": [(key, found[key]) for key in sorted(found.keys() - there.keys())],
        "lost": sorted(there.keys() - found.keys()),
        "restated": [
            (key, found[key]) for key in sorted(found.keys() & there.keys()) if found[key] != there[key]
        ],
    }
    return wish, len(found)


def fulfil(settings: Settings, wishes: Sequence[Row]) -> None:
    """Have these deeds done, by the running monitor where one is at work."""
    from monitor.cli.errand import deeds
    from monitor.daemon import now

    deeds(settings.database, wishes, first=lambda books: books.sync(settings, now()))
