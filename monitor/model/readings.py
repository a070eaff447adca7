"""Reading one thing after another: the task, what came of it, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.polls import EntryState
from monitor.model.served import Page
from monitor.model.texts import Extract, Glance


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to read: a waiting entry, or an article whose time to be read again has come."""

    url: str
    entry_id: int | None = None
    feed_id: int | None = None
    article_id: int | None = None  # set: read it again
    feed_url: str = ""
    key: str = ""
    guid: str | None = None
    title: str = ""
    summary: str = ""
    author: str | None = None
    published: datetime | None = None
    content: str = ""
    language: str | None = None
    first_seen: datetime | None = None
    tries: int = 0
    etag: str | None = None  # of an article read before
    last_modified: str | None = None
    topics: tuple[str, ...] = ()  # ids of the topics that watch its feed
    remark: str = ""  # what its row says of it so far


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a task: a page and its extract, or the reason why not."""

    task: Task
    page: Page | None = None
    extract: Extract | None = None
    because: str | None = None  # why there is no extract
    until: datetime | None = None  # not before then, said by the host or by us
    final: bool = False  # asking again would change nothing, or not before `until`
    unchanged: bool = False  # 304: the text we have still stands
    from_feed: bool = False  # the text is the feed's own content
    glance: Glance | None = None  # no topic can match: the article was not looked for
    lacks: bool = False  # the article has parts that could not be read


@dataclass(frozen=True, slots=True)
class Absence:
    """What an article's address says of its being gone; empty while the article is there."""

    since: datetime | None = (
        None  # of the first answer that there is nothing, with none to the contrary after it
    )
    gone_at: datetime | None = None  # the same, once it is sure
    because: str | None = None  # with `gone_at`


@dataclass(frozen=True, slots=True)
class Existing:
    """An article that the archive has already."""

    id: int
    url: str
    story_id: int
    title: str
    text: str
    first_seen: datetime
    revisions: int
    outlet_id: str = ""
    language: str | None = None
    original_id: int | None = None  # what it is a copy of
    rereads: int = 0  # how often it was read again
    extractor: str = ""
    absence: Absence = Absence()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the state its entry takes, and why. `title` is for whoever is told."""

    state: EntryState
    because: str
    article_id: int | None = None
    next_try_at: datetime | None = None
    tries: int = 0
    title: str = ""
    url: str = ""
