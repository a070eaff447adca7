"""Feeds out as files: an Atom and a JSON Feed for each topic and saved search, beside the database.

A file is replaced whole or not at all, and only when its content is another: who asks for it
conditionally is not told that it has changed when it has not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.feedout import atom, json_feed
from monitor.errors import QueryError
from monitor.model import SavedSearch, StoryNews, Topic
from monitor.outputs.doors import Archive, Books

STORIES = 100  # in a feed
KINDS = {"atom": atom, "json": json_feed}
OVERLAP = timedelta(seconds=5)  # times are stored to the second

Contents = Mapping[str, tuple[str, Sequence[StoryNews]]]  # name → title, stories


@dataclass(frozen=True, slots=True)
class Rack:
    """Where feeds stand, and which there are."""

    folder: Path
    topics: Sequence[Topic]
    saved: Sequence[SavedSearch]


async def write_feeds(rack: Rack, archive: Archive, since: datetime | None) -> int:
    """Write the feeds whose stories changed since a moment (None: all); gives how many files are new."""
    contents = await archive.write(lambda books: gathered(books, rack, since))
    if since is None:
        clear(rack)
    return sum(written(rack.folder, name, title, stories) for name, (title, stories) in contents.items())


def gathered(books: Books, rack: Rack, since: datetime | None) -> Contents:
    """The stories of the feeds that may have changed."""
    touched = None if since is None else books.touched_topics(since - OVERLAP)
    found = {
        topic.id: (topic.title, books.stories_of_topic(topic.id, STORIES))
        for topic in rack.topics
        if touched is None or topic.id in touched
    }
    for search in rack.saved if touched is None or touched else ():
        with suppress(QueryError):  # it was checked when the configuration was read
            found[search.name] = (search.name, books.stories_found(search.query, STORIES))
    return found


def written(folder: Path, name: str, title: str, stories: Sequence[StoryNews]) -> int:
    """Write one feed in every kind; gives how many files changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = 0
    for kind, make in KINDS.items():
        path = folder / f"{name}.{kind}"
        content = make(name, title, stories)
        if not path.is_file() or path.read_bytes() != content:
            new = path.with_name(f".{path.name}.new")
            new.write_bytes(content)
            new.replace(path)
            changed += 1
    return changed


def clear(rack: Rack) -> None:
    """Take away the feeds of topics and searches that are no longer configured."""
    names: Collection[str] = {topic.id for topic in rack.topics} | {one.name for one in rack.saved}
    for kind in KINDS:
        for path in rack.folder.glob(f"*.{kind}"):
            if path.stem not in names:
                path.unlink(missing_ok=True)
