"""`search` and `explain`: questions to the archive."""

from __future__ import annotations

import re
from typing import Any

import click

from monitor.cli import named
from monitor.cli.common import as_json, configured, counted, database, note, plain, print_json
from monitor.cli.named import DIGITS, LARGEST
from monitor.cli.timeline import event_lines, event_override_line, override_line
from monitor.errors import MonitorError

BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?/")  # an address as browsers show it, without https://


@click.command("search")
@click.argument("query", nargs=-1, required=True, callback=named.words, metavar="QUERY")
@click.option(
    "-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many."
)
@click.option("--topic", help="Only articles of this topic.")
@click.option("--language", callback=named.language, help="Only articles in this language, such as de.")
@click.option("--outlet", help="Only articles of this outlet: its domain or name.")
@as_json
@configured
def search_(
    query: str, limit: int, topic: str | None, language: str | None, outlet: str | None, as_json: bool
) -> None:
    """Search the archive, newest first. QUERY is in FTS5's syntax: AND OR NOT, "phrases", prefix*."""
    from monitor.core.query import asides
    from monitor.store import queries

    with queries.connect(database()) as conn:
        outlet = outlet and named.outlet(conn, outlet)
        topic = topic and named.topic(conn, topic)
        rows = queries.search(conn, query, limit, topic=topic, language=language, outlet=outlet)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        agency = f" ({row['agency']})" if row["agency"] else ""
        click.echo(f"{row['first_seen_at']}  {plain(row['outlet'])}{agency}: {plain(row['title'])}")
        click.echo(f"    {plain(row['snippet'])}")
        click.echo(f"    {plain(row['url'])}  article {row['article_id']}, story {row['story_id']}")
    if not rows:
        note("nothing found")
    for what in asides(query):
        note(f"note: {what}")


@click.command("explain")
@click.argument("reference", metavar="URL|ENTRY|ARTICLE")
@as_json
@configured
def explain_(reference: str, as_json: bool) -> None:
    """Everything that was decided about an address, an article's number, or `entry:` and an entry's number."""
    from monitor.cli.why import tell_topics, topics_of
    from monitor.store import queries

    with queries.connect(database()) as conn:
        asked = meant(reference)
        found = queries.explain(conn, asked[0], kind=asked[1])
        answers = topics_of(conn, found)
        feed = None if found["found"] else queries.feed_at(conn, asked[0])
    if feed is not None:
        raise MonitorError(
            f"{plain(reference)}: this is a feed's own address, and what is explained is what it served. "
            f"`monitor feeds list` says how the feed does, `monitor search WORDS` shows its articles."
        )
    if not found["found"]:
        raise MonitorError(
            f"{plain(reference)}: never seen. No feed served this address; `monitor feeds list` shows the feeds."
        )
    if as_json:
        print_json({**found, "topics": answers["topics"], "judged_by": answers["judged_by"]})
        return
    for entry in found["entries"]:
        tell_entry(entry)
    if found["article"]:
        tell_article(found["article"])
    tell_topics(answers)


def meant(reference: str) -> tuple[Any, Any]:
    """What a reference stands for: a number, `entry:7`, `article:7`, or an address in all its spellings."""
    kind, _, number = reference.rpartition(":")
    if number.isdecimal() and kind in {"", "entry", "article"}:
        return (int(number) if len(number) < DIGITS else LARGEST), kind or None
    if reference.startswith("seed:"):
        return (reference,), None
    from monitor.core import urls

    address = urls.canonical(f"https://{reference}" if BARE.match(reference) else reference)
    if address is None:
        raise MonitorError(f"{reference!r} is neither a number nor a web address.")
    # An article without a link of its own has its feed's address with `#` and what names its entry.
    return (reference, *urls.equivalents(address)), None


def tell_entry(entry: dict[str, Any]) -> None:
    """Where an entry was seen, and what became of it."""
    click.echo(f"{plain(entry['title'])}")
    click.echo(f"  seen {entry['first_seen_at']} in {plain(entry['feed'])}, last {entry['last_seen_at']}")
    click.echo(f"  address {plain(entry['url'] or 'none')}")
    click.echo(f"  {entry['state'].replace('_', ' ')}: {plain(entry['because'] or 'not read yet')}")
    if entry["next_try_at"]:
        after = f", after {counted(entry['tries'], 'try', 'tries')}" if entry["tries"] else ""
        click.echo(f"  next try {entry['next_try_at']}{after}")


def tell_article(article: dict[str, Any]) -> None:
    """An article: what it is, its topics, its ties, its versions."""
    click.echo(f"article {article['article_id']}: {plain(article['title'])}")
    facts = [
        article["outlet"],
        article["language"],
        f"{article['words']} words",
        article["agency"],
        article["access"] if article["access"] != "unknown" else None,
    ]
    click.echo("  " + ", ".join(plain(fact) for fact in facts if fact))
    click.echo(f"  {times(article)}")
    click.echo(f"  {plain(article['url'])}")
    if article["gone_at"]:
        click.echo(f"  gone since {article['gone_at']}: {plain(article['gone_because'])}")
    for url in article["addresses"]:
        if url != article["url"]:
            click.echo(f"  also at {plain(url)}")
    if article["agency"]:
        click.echo(
            f"  agency {plain(article['agency'])}: {plain(article['agency_because'] or 'no reason kept')}"
        )
    for match in article["matches"]:
        click.echo(f"  topic {match['topic_id']}: {plain(match['because'])}")
    tell_ties(article)
    for row in article["announced"]:
        click.echo(f"  {announcement(row)}")
    for revision in article["revisions"][1:]:
        changed = f"{revision['words_added']} words added, {revision['words_removed']} removed"
        click.echo(
            f"  revision {revision['number']}, {revision['seen_at']}: {changed}: {plain(revision['title'])}"
        )
    for override in article["overrides"]:
        click.echo(f"  your word {override_line(override)}")
    for override in article["event_overrides"]:
        click.echo(f"  your word on its event {event_override_line(override)}")


def times(article: dict[str, Any]) -> str:
    """When it was published, as it says, and when it was seen first; of an import, how that is meant."""
    published = f"published {article['published_at']}" if article["published_at"] else "undated"
    if not article["extractor"].startswith("import"):
        return f"{published}, first seen {article['first_seen_at']}"
    return f"{published}; imported, and counted as first seen {article['first_seen_at']}"


def announcement(row: dict[str, Any]) -> str:
    """What a target was told about the story, and when; or why it was not."""
    what = "announced" if row["kind"] == "story" else f"announced again ({row['kind']}: {row['because']})"
    sent = f"sent {row['sent_at']}" if row["state"] == "sent" else row["state"]
    error = f": {row['last_error']}" if row["last_error"] and row["state"] != "sent" else ""
    return plain(f"{what} for {row['topic_id']} to {row['target']} {row['at']}, {sent}{error}")


def tell_ties(article: dict[str, Any]) -> None:
    """What the article has to do with others: its story, its event, links, and what was no copy by little."""
    story = article["story"]
    click.echo(
        f"  story {story['story_id']}: {plain(story['title'])} "
        f"({counted(story['articles'], 'article')}, {counted(story['outlets'], 'outlet')})"
    )
    if article["copy"]:
        click.echo(f"  {article['copy']['kind']} copy: {plain(article['copy']['because'])}")
    else:
        click.echo(f"  its own story: {plain(story['because'] or 'nothing like it before')}")
    for line in event_lines(article["event"]):
        click.echo(line)
    for link in article["links"] + article["linked_from"]:
        click.echo(
            f"  {link['kind']}: {plain(link['title'])} ({plain(link['outlet'])}): {plain(link['because'])}"
        )
    for near in article["near_misses"]:
        click.echo(f"  no copy of article {near['other_id']}: {plain(near['because'])}")
