"""`export` and `reextract`: what goes out, and what another reading would bring."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from monitor import config
from monitor.cli.common import Progress, as_json, config_path, configured, database, note, plain, print_json
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.model import Settings
    from monitor.outputs.exports import Form
    from monitor.reextract import Difference
    from monitor.store.exports import Selection, What

WHAT = ("articles", "stories", "copies")
LINES = {".jsonl", ".ndjson", ".json"}  # files of JSON lines
EXPORTS = (".csv", ".jsonl", ".ndjson", ".json", ".txt")  # what an earlier export is called


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """A day or a time of ISO 8601, UTC where it names no zone."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no day and no time, as in 2026-06-01 or 2026-06-01T12:00"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


@click.command("export")
@click.argument("what", type=click.Choice(WHAT), required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to; - is stdout, as is none.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    help="Default: as the file's name ends, else csv.",
)
@click.option("--topic", help="Only what matched this topic.")
@click.option(
    "--since",
    callback=moment,
    metavar="TIME",
    help="First seen then or later: 2026-06-01 or 2026-06-01T12:00, UTC.",
)
@click.option("--until", callback=moment, metavar="TIME", help="First seen before then.")
@click.option("--text", is_flag=True, help="With the full text of each article.")
@click.option(
    "--warc",
    "archive",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The raw pages of that time as a web archive; FILE ends in .warc or .warc.gz.",
)
@configured
def export_(
    what: What | None,
    output: Path | None,
    form: Form | None,
    topic: str | None,
    since: datetime | None,
    until: datetime | None,
    text: bool,
    archive: Path | None,
) -> None:
    """Articles, stories or copies as CSV or JSON lines, with a statement of what they cover; or raw pages as WARC.

    The statement is written beside the file, as FILE.coverage.txt; to stderr where the rows go to stdout.
    """
    from monitor.store.exports import Selection

    if (what is None) == (archive is None):
        raise click.UsageError(f"say what to export: {', '.join(WHAT)}; or --warc FILE")
    if archive is not None:
        export_pages(archive, since, until)
    elif what is not None:
        output = None if output == Path("-") else output
        export_rows(what, output, form, Selection(topic, since, until, text))


def export_rows(what: What, output: Path | None, form: Form | None, selection: Selection) -> None:
    """Rows to a file or to stdout, and the statement."""
    from monitor import __version__
    from monitor.daemon import now
    from monitor.outputs import exports as files
    from monitor.store import exports, queries

    form = form or ("jsonl" if output and output.suffix.lower() in LINES else "csv")
    with contextlib.closing(queries.connect(database())) as conn:
        topics = [row[0] for row in conn.execute("select id from topics order by id")]
        if selection.topic is not None and selection.topic not in topics:
            raise click.UsageError(f"there is no topic {selection.topic!r}. There are: {', '.join(topics)}")
        with opened(output) as out:
            rows = exports.exported(conn, what, selection)
            count = files.write(rows, out, form, exports.columns(conn, what, selection))
        facts = exports.coverage(conn, selection)
    told = files.statement(
        facts,
        what=what,
        count=count,
        since=selection.since,
        until=selection.until,
        now=now(),
        version=__version__,
    )
    if output is None:
        note(told.rstrip())
    else:
        output.with_name(f"{output.name}.coverage.txt").write_text(told, encoding="utf-8")
        note(
            f"{output}: {count} {files.ONE[what] if count == 1 else what}; what they cover: {output.name}.coverage.txt"
        )


@contextlib.contextmanager
def opened(output: Path | None) -> Iterator[TextIO]:
    """The file, whole or not at all; stdout where there is none. Raises MonitorError where the file must stay."""
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        return
    spare(output)
    unfinished = output.with_name(f".{output.name}.new")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as out:
            yield out
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


def spare(output: Path) -> None:
    """Refuse to take the place of what is no earlier export: a slip of the keys must not cost a database."""
    if output.exists() and not output.name.lower().endswith(EXPORTS):
        raise MonitorError(
            f"{output}: there is something of this name already, and it stays as it is: an export takes the place "
            f"of files that end in {', '.join(EXPORTS)} only."
        )


def export_pages(archive: Path, since: datetime | None, until: datetime | None) -> None:
    """The raw pages of that time as a web archive."""
    from monitor import warc
    from monitor.store import pagefile

    if not archive.name.lower().endswith(warc.SUFFIXES):
        raise click.UsageError(f"{archive}: the name of a web archive ends in .warc or .warc.gz")
    warc.library()
    unfinished = archive.with_name(f".{archive.name}.new")
    try:
        with (
            contextlib.closing(pagefile.open_to_read(pagefile.archive_of(database()))) as conn,
            unfinished.open("wb") as out,
        ):
            pages = pagefile.kept_pages(conn, since=since, until=until)
            count = warc.write(pages, out, gzip=archive.name.lower().endswith(".gz"), name=archive.name)
        unfinished.replace(archive)
    finally:
        unfinished.unlink(missing_ok=True)
    note(f"{archive}: {count} pages")


@click.command("reextract")
@click.option("--apply", "store_it", is_flag=True, help="Store what differs, as revisions that say why.")
@click.option("--since", callback=moment, metavar="TIME", help="Only pages kept then or later.")
@as_json
@configured
def reextract_(store_it: bool, since: datetime | None, as_json: bool) -> None:
    """Read the kept raw pages once more, and say what this version's extractor sees otherwise.

    Fetches nothing and changes nothing, but with --apply.
    """
    from monitor import daemon

    settings = config.load(config_path(), os.environ)
    found = daemon.run_async(again(settings, database(), since, store_it=store_it))
    if as_json:
        print_json(found)
        return
    for one in found["differences"]:
        click.echo(f"{one['url']}: {plain(one['because'])}")
    words = f"{found['pages']} pages read again, {len(found['differences'])} differ"
    click.echo(f"{words}; {found['applied']} applied" if store_it else words)


async def again(settings: Settings, path: Path, since: datetime | None, *, store_it: bool) -> dict[str, Any]:
    """Compare every newest page with what is stored; with `store_it` under the lock, and applied."""
    from monitor.daemon import house
    from monitor.reextract import apply, differences
    from monitor.store import lock, pagefile, queries
    from monitor.store.books import Books
    from monitor.workers import Workers

    progress, count, applied = Progress(), 0, 0
    differing: list[Difference] = []
    async with contextlib.AsyncExitStack() as stack:
        kept = stack.enter_context(contextlib.closing(pagefile.open_to_read(pagefile.archive_of(path))))
        if store_it:
            stack.enter_context(lock.hold(path))
        opened = await stack.enter_async_context(house(settings)) if store_it else None
        conn = stack.enter_context(contextlib.closing(queries.connect(path)))
        workers = (
            opened.rooms.workers if opened else await stack.enter_async_context(Workers(settings.workers))
        )
        pages = pagefile.kept_pages(kept, since=since, newest_only=True)
        async for page, found in differences(pages, workers, Books(conn).article):
            count += 1
            progress.step(f"{count} pages read again: {page.page.url}")
            if found is not None:
                differing.append(found)
                applied += await apply(found, opened.world, opened.store.write) if opened else 0
    progress.done()
    return {"pages": count, "applied": applied, "differences": [told(found) for found in differing]}


def told(found: Difference) -> dict[str, Any]:
    """A difference in plain values."""
    return {
        "url": found.page.page.final_url,
        "page": found.page.id,
        "kept_at": found.page.page.at.isoformat(),
        "article_id": found.article_id,
        "entry_id": found.page.entry_id,
        "words_added": found.words_added,
        "words_removed": found.words_removed,
        "because": found.because,
    }
