"""What the shape of the file cannot tell: names that lead nowhere, queries, schedules, addresses twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor.config.document import Block, Listing, Scalar, key_at, node_at, place_in
from monitor.config.findings import Findings, did_you_mean, shown
from monitor.config.places import beside, refusal
from monitor.config.rows import Root, ScheduleRow, TopicRow
from monitor.config.secrets import written
from monitor.config.values import address, is_address
from monitor.core.complaints import Checker
from monitor.core.opml import ListedFeed, feeds_of
from monitor.core.query import from_words
from monitor.core.spellings import widened
from monitor.errors import ParseError, QueryError
from monitor.model import FeedSource, Schedule

FLOOR = timedelta(minutes=1)  # of a schedule with a public host; the journey keeps its own, higher floor
EVERY = Schedule("every 10 minutes", every=timedelta(minutes=10))
LARGEST_LIST = 50_000_000  # bytes of an OPML file

_NAME = re.compile(r"\w[\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class File:
    """The file under check: its tree, its text, and where findings go."""

    tree: Block
    text: str
    environ: Mapping[str, str]
    findings: Findings

    def tell(self, steps: tuple[str | int, ...], what: str) -> None:
        """A finding about a value, said with its key."""
        name = ".".join(step for step in steps if isinstance(step, str))
        self.findings.add(node_at(self.tree, steps).mark, f"{name}: {what}")

    def tell_key(self, steps: tuple[str | int, ...], what: str) -> None:
        """A finding about a key."""
        self.findings.add(key_at(self.tree, steps), f"{'.'.join(map(str, steps))}: {what}")

    def keys(self, *steps: str) -> list[str]:
        """The keys of a mapping as the file has them, right or wrong."""
        node = node_at(self.tree, steps)
        depth_reached = node_at(self.tree, steps[:-1]) is not node or not steps
        return list(node.items) if isinstance(node, Block) and depth_reached else []


@dataclass(slots=True)
class Feeds:
    """The feeds that topics may name: by name, by a list's file name, title or folder, by address."""

    named: dict[str, FeedSource] = field(default_factory=dict)
    lists: dict[str, list[ListedFeed]] = field(default_factory=dict)
    titled: dict[str, list[ListedFeed]] = field(default_factory=dict)
    folders: dict[str, list[ListedFeed]] = field(default_factory=dict)
    used: dict[str, FeedSource] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Every name a topic may use."""
        return [*self.named, *self.lists, *self.titled, *self.folders]

    def add(self, feed: FeedSource) -> str:
        """Note that a topic watches this feed; the first one to name an address names the feed."""
        return self.used.setdefault(feed.url, feed).url


def named_feeds(root: Root, file: File) -> dict[str, FeedSource]:
    """The feeds of the `feeds:` key. An address under two names is a finding."""
    named: dict[str, FeedSource] = {}
    names: dict[str, str] = {}
    for name, row in root.feeds.items():
        if not name.strip() or is_address(name):
            file.tell_key(("feeds", name), "a feed's key is its name, not its address")
        if row.url is None:
            if _unsaid(file, ("feeds", name), "url"):
                file.tell_key(("feeds", name), "url is missing")
            continue
        if row.url in names:
            first = file.tree.items["feeds"]
            line = key_at(first, (names[row.url],)).line
            file.tell(("feeds", name), f"the same address stands in line {line}, as {shown(names[row.url])}")
        names.setdefault(row.url, name)
        named[name] = FeedSource(row.url, name, row.outlet)
    return named


def listed_feeds(root: Root, file: File, feeds: Feeds) -> None:
    """Read the OPML files into `feeds`. Ones that cannot be read, and bad addresses in them, are findings."""
    for number, text in enumerate(root.feed_lists):
        path = beside(file.findings.path, text, file.environ)
        steps = ("feed_lists", number)
        try:
            listed = feeds_of(_list_content(path))
        except OSError as error:
            file.tell(steps, f"{written_item(file, steps)} cannot be read: {error.strerror or error}")
            continue
        except ParseError as error:
            file.tell(steps, f"{written_item(file, steps)}: {error}")
            continue
        good = [feed for feed in listed if _is_right(feed, file, steps)]
        feeds.lists[path.name] = feeds.lists[text] = good
        for feed in good:
            if feed.title:
                feeds.titled.setdefault(feed.title, []).append(feed)
            for folder in feed.folders:
                feeds.folders.setdefault(folder, []).append(feed)


def _list_content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_LIST:
        raise OSError(f"it is larger than {LARGEST_LIST // 1_000_000} MB")
    return path.read_bytes()


def _is_right(feed: ListedFeed, file: File, steps: tuple[str | int, ...]) -> bool:
    try:
        address(feed.url)
    except ValueError as error:
        file.tell(steps, f"in the list, the feed {shown(feed.title or '')}: {error}")
        return False
    return True


def feeds_of_topic(topic_id: str, row: TopicRow, feeds: Feeds, file: File) -> tuple[str, ...]:
    """The addresses of a topic's feeds. Unknown names, and a feed listed twice, are findings."""
    found: dict[str, None] = {}
    for number, item in enumerate(row.feeds):
        steps = ("topics", topic_id, "feeds", number)
        sources = list(_meant(item, feeds))
        if not sources and item not in file.keys("feeds"):
            hint = did_you_mean(item, feeds.names())
            if not hint and "/" in item:
                hint = "; an address begins with https://"
            file.tell(steps, f"there is no feed named {written_item(file, steps)}{hint}")
        if len(sources) > 1 and item in feeds.titled and item not in feeds.lists:
            file.tell(steps, f"{len(sources)} feeds are named {written_item(file, steps)}; write the address")
        if len(sources) == 1 and sources[0].url in found:
            file.tell(steps, f"{written_item(file, steps)} is listed already")
        for source in sources:
            found[feeds.add(source)] = None
    listed = node_at(file.tree, ("topics", topic_id, "feeds"))
    refused = isinstance(listed, Listing) and listed.items
    if not row.feeds and not refused and _unsaid(file, ("topics", topic_id), "feeds"):
        file.tell_key(("topics", topic_id), "the topic has no feeds; name at least one under 'feeds'")
    return tuple(found)


def _meant(item: str, feeds: Feeds) -> Iterator[FeedSource]:
    """The feeds that an item of a topic's list stands for."""
    if is_address(item):
        named = (feed for feed in feeds.named.values() if feed.url == item)
        yield next(named, FeedSource(item))
    elif item in feeds.named:
        yield feeds.named[item]
    else:
        listed = feeds.lists.get(item) or feeds.titled.get(item) or feeds.folders.get(item) or []
        by_url = {feed.url: feed for feed in feeds.named.values()}
        yield from (by_url.get(feed.url) or FeedSource(feed.url, feed.title) for feed in listed)


def written_item(file: File, steps: tuple[str | int, ...]) -> str:
    """A value as the file has it."""
    return written(node_at(file.tree, steps))


def _unsaid(file: File, steps: tuple[str, ...], key: str) -> bool:
    """Whether a missing value is not yet a finding for another reason."""
    node = node_at(file.tree, (*steps, key))
    parent = node_at(file.tree, steps)
    if isinstance(node, Scalar):
        return not node.broken and node.text is None
    return node is parent or isinstance(node, Listing)


# ── queries and schedules ────────────────────────────────────────────────────────────────────────


def query_of(topic_id: str, row: TopicRow, file: File) -> str:
    """The query of a topic, of words or as it is written."""
    if row.query.query is not None:
        return row.query.query
    try:
        return from_words(row.query.any, row.query.all, row.query.none)
    except QueryError as error:
        node = node_at(file.tree, ("topics", topic_id, "query"))
        if not isinstance(node, Block) or node.items.keys() <= {"any", "all", "none"}:
            file.tell(("topics", topic_id, "query"), str(error))
        return ""


def check_queries(queries: Mapping[str, str], widen: Collection[str], file: File) -> dict[str, str]:
    """What is looked for: every query on one line, with other spellings for the topics in `widen`.

    FTS5 judges every query; what it refuses is a finding at the word it stumbles over.
    """
    looked_for = {topic_id: " ".join(query.split()) for topic_id, query in queries.items()}
    with closing(Checker()) as checker:
        for topic_id, query in queries.items():
            try:
                if query:
                    checker.check(query)
                if query and topic_id in widen:
                    looked_for[topic_id] = widened(looked_for[topic_id]).query
                    checker.check(looked_for[topic_id])
            except QueryError as error:
                node = node_at(file.tree, ("topics", topic_id, "query"))
                mark, what = node.mark, str(error)
                if isinstance(node, Scalar) and node.secret:
                    what = f"{written(node)} is no query that FTS5 accepts"
                elif isinstance(node, Scalar) and error.offset is not None:
                    mark = place_in(node, file.text, error.offset)
                file.findings.add(mark, f"topics.{topic_id}.query: {what}")
    return looked_for


def schedule_of(topic_id: str, row: TopicRow, file: File) -> Schedule:
    """The schedule of a topic, from whichever key says it."""
    inner = row.schedule or ScheduleRow()
    ways = [way for way in (inner.words, inner.every, inner.cron, row.cron) if way is not None]
    if len(ways) > 1:
        file.tell_key(("topics", topic_id), "the schedule is said twice; 'schedule' or 'cron' is meant")
    zone = inner.timezone or row.timezone or "UTC"
    if cron := row.cron or inner.cron or (inner.words and inner.words.cron):
        return Schedule(f"cron: {cron}", cron=cron, timezone=zone)
    interval = inner.every or inner.words or EVERY
    return Schedule(interval.text, every=interval.every, timezone=zone)


def check_floor(
    topic_id: str, schedule: Schedule, addresses: Iterable[str], allowed: frozenset[str], file: File
) -> None:
    """A public host is not asked more often than once a minute, whatever anybody writes."""
    if schedule.every is None or schedule.every >= FLOOR:
        return
    public = next((host for url in addresses if (host := _public_host(url, allowed))), None)
    if public:
        said = node_at(file.tree, ("topics", topic_id, "schedule"))
        often = written(said) if isinstance(said, Scalar) else shown(schedule.text)
        what = f"{often} is too often for {public}: public sites are asked every 5 minutes at most"
        file.tell(("topics", topic_id, "schedule"), f"{what}, every minute where they allow it")


def _public_host(url: str, allowed: frozenset[str]) -> str | None:
    """The host of an address, unless it stands under `allow_private`."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return None if {f"{host}:{port}", f"{host}:*"} & allowed else host


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────


def check_names(root: Root, file: File) -> None:
    """Keys that become names in tables and addresses, and alerts that are named."""
    for kind in ("topics", "alerts", "saved"):
        for name in file.keys(kind):
            if not _NAME.fullmatch(name):
                file.tell_key((kind, name), "a name is made of letters, digits, '-', '_' and '.'")
    for topic_id, row in root.topics.items():
        for number, name in enumerate(row.alert):
            if name not in file.keys("alerts"):
                known = file.keys("alerts")
                steps = ("topics", topic_id, "alert", number)
                named = f"no alert named {written_item(file, steps)} under 'alerts'"
                file.tell(steps, f"there is {named}{did_you_mean(name, known)}")
    for name, alert in root.alerts.items():
        if alert.to is None and _unsaid(file, ("alerts", name), "to"):
            file.tell_key(("alerts", name), "to is missing: the webhook's address, as '${NAME}'")


def seeds_of(root: Root, file: File) -> tuple[Path, ...]:
    """The files and folders of earlier stories. Ones that are not there are findings."""
    paths = [beside(file.findings.path, text, file.environ) for text in root.seeds]
    for number, path in enumerate(paths):
        steps = ("seeds", number)
        if not is_refused(path, file, steps) and not path.exists():
            file.tell(steps, f"there is no file or folder {written_item(file, steps)}")
    return tuple(paths)


def database_of(root: Root, file: File) -> Path:
    """The path of the database. A folder in its place is a finding."""
    path = beside(file.findings.path, root.database, file.environ)
    if not is_refused(path.with_name(f"{path.name}-wal"), file, ("database",)) and path.is_dir():
        file.tell(("database",), f"{written_item(file, ('database',))} is a folder; the database is a file")
    return path


def is_refused(path: Path, file: File, steps: tuple[str | int, ...]) -> bool:
    """Whether the system can have nothing at this path; that is a finding."""
    why = refusal(path)
    if why:
        file.tell(steps, f"there can be nothing at {written_item(file, steps)}: {why}")
    return why is not None
