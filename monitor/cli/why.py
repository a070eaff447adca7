"""What `explain` says of topics: which match by which words where, which do not and for lack of what."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from monitor.cli.common import cut, plain

MOST_TOPICS = 200  # that are asked about one article
_IN_TEXT = re.compile(r"\bin the text\b(?=$|;|, (?:after NOT|but not the way))")
LONGEST = 300  # characters of a reason


def topics_of(conn: sqlite3.Connection, found: Mapping[str, Any]) -> dict[str, Any]:
    """Every topic's answer to what was found, as the topics are now; and what of it was asked.

    Asked are the topics that watch one of its feeds, and all of them where no feed led to it. Where the
    text was not kept, title and summary are asked.
    """
    from monitor.core.why import why
    from monitor.store import queries, trials

    entries, article = found["entries"], found["article"]
    watching = trials.watchers(conn, [entry["feed_id"] for entry in entries]) if entries else None
    topics = trials.active_topics(conn, watching)[:MOST_TOPICS]
    if article is not None:
        text = queries.article_text(conn, article["article_id"]) or ""
        asked = trials.article_of(article, text)
    elif entries:
        asked = trials.article_of(*_told(conn, entries[-1]["entry_id"]))
    else:
        return {"judged_by": None, "topics": []}
    judged_by = (
        "headline and text" if article is not None else "title and summary, because the text was not kept"
    )
    answers = [asdict(answer) for answer in why(topics, asked)]
    return {
        "judged_by": judged_by,
        "topics": answers if article is not None else [_of_summary(answer) for answer in answers],
    }


def _of_summary(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer to title and summary, which says nothing of a text that was not asked."""
    places = [
        {**place, "where": place["where"].partition("paragraph")[0] or "summary"}
        for place in answer["places"]
    ]
    because = (
        answer["because"] if answer["matched"] else _IN_TEXT.sub("in title and summary", answer["because"])
    )
    return {**answer, "places": places, "because": because}


def _told(conn: sqlite3.Connection, entry_id: int) -> tuple[dict[str, Any], str]:
    """An entry as an article of its title and summary."""
    row = conn.execute(
        "select entries.title, entries.summary, entries.language, entries.first_seen_at, entries.url, feeds.outlet_id"
        " from entries join feeds on feeds.id = entries.feed_id where entries.id = ?",
        (entry_id,),
    ).fetchone()
    return dict(row), row["summary"]


def tell_topics(answers: Mapping[str, Any]) -> None:
    """Every topic on a line: the words and their places, or what is missing."""
    if answers["topics"]:
        click.echo(f"topics as they are now, judged by {answers['judged_by']}:")
    for answer in answers["topics"]:
        if answer["matched"]:
            places = "; ".join(
                f"{place['where']}: {', '.join(map(plain, place['words']))}" for place in answer["places"]
            )
            click.echo(f"  {answer['topic_id']} matches: {cut(places, LONGEST)}")
        else:
            click.echo(f"  {answer['topic_id']} does not match: {cut(plain(answer['because']), LONGEST)}")
