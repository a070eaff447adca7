"""Poll series of real feeds in simulated time: our cadence against a poll every 10, 30 and 60 minutes.

    python benchmarks/replay.py                   # every series, as a table
    python benchmarks/replay.py bbc rnz           # some
    python benchmarks/replay.py --write docs/replay.md

The series are what somebody's poller was served, verbatim, often hours apart. Between two recordings the
feed is taken to have shown each item from its own date on (half way between the two, where the date does
not say), and to have dropped the item it had shown longest when a new one came. Time for which nothing is
known (two recordings without a common item, before the oldest item of the second) is left out for every
cadence alike. A second table fills nothing in. An unchanged feed answers 304 and costs no body.
"""

from __future__ import annotations

import argparse
import json
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median

from monitor.core import cadence, rhythm
from monitor.core.parse import parse_feed
from monitor.errors import ParseError
from monitor.model import Changes, Entry, Feed, FeedDocument, Hints, Page

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "feeds"
INTERVAL = timedelta(minutes=10)  # of the topic that watches
FIXED = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=60))
LABELS = ("ours", "10 min", "30 min", "60 min")


@dataclass(frozen=True, slots=True)
class Event:
    """An item comes into the feed, or leaves it."""

    at: datetime
    entry: Entry
    comes: bool


@dataclass(frozen=True, slots=True)
class Series:
    """One feed over its time: what came and left when, and the spans for which that is known."""

    name: str
    events: tuple[Event, ...]
    spans: tuple[tuple[datetime, datetime], ...]
    body: int  # bytes, the mean
    hints: Hints
    items: int

    @property
    def days(self) -> float:
        """Days for which something is known."""
        return sum((end - start) / timedelta(days=1) for start, end in self.spans)


@dataclass(slots=True)
class Result:
    """What a cadence cost and caught."""

    requests: int = 0
    bodies: int = 0
    caught: dict[str, datetime] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)  # minutes


# ── the series ───────────────────────────────────────────────────────────────────────────────────


Recording = tuple[datetime, FeedDocument, int]  # when, what, and its bytes


def recorded(name: str, folder: Path) -> Iterator[Recording]:
    """The recordings that are feeds, oldest first."""
    lines = (folder / f"{name}.polls.jsonl").read_text(encoding="utf-8").splitlines()
    with tarfile.open(folder / f"{name}.tar.xz") as tar:
        bodies = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]
    for line in lines:
        row = json.loads(line)
        at, body = datetime.fromtimestamp(row["t"], UTC), bodies[row["file"]]
        try:
            document = parse_feed(body, url=f"https://{name}.example/rss", now=at)
        except ParseError:
            continue
        if document.entries:
            yield at, document, len(body)


def filled_in(name: str, polls: Sequence[Recording]) -> Series:
    """The series with the time between two recordings filled in: items come at their own dates."""
    first, document, _ = polls[0]
    shown = {entry.key: entry for entry in document.entries}
    events = [Event(first, entry, comes=True) for entry in document.entries]
    spans, start, before, arrived = [], first, first, dict.fromkeys(shown, first)
    for at, document, _ in polls[1:]:
        now = {entry.key: entry for entry in document.entries}
        came = sorted(
            ((dated(entry, before, at), entry) for key, entry in now.items() if key not in shown),
            key=lambda pair: pair[0],
        )
        left = [entry for key, entry in reversed(shown.items()) if key not in now]
        left.sort(key=lambda entry: arrived[entry.key])  # of those that came at once, the lower one first
        if not shown.keys() & now.keys():  # nothing is known of the time before the oldest new item
            spans.append((start, before))
            start = came[0][0]
        events += [Event(moment, entry, comes=True) for moment, entry in came]
        moments = [moment for moment, _ in came] + [at] * len(left)
        events += [Event(moments[place], entry, comes=False) for place, entry in enumerate(left)]
        arrived |= {entry.key: moment for moment, entry in came}
        shown, before = now, at
    spans.append((start, before))
    return ended(name, events, spans, polls)


def as_recorded(name: str, polls: Sequence[Recording]) -> Series:
    """The series with nothing filled in: until the next recording the server serves the last one."""
    shown: dict[str, Entry] = {}
    events = []
    for at, document, _ in polls:
        now = {entry.key: entry for entry in document.entries}
        events += [Event(at, entry, comes=False) for key, entry in shown.items() if key not in now]
        events += [Event(at, entry, comes=True) for key, entry in now.items() if key not in shown]
        shown = now
    return ended(name, events, [(polls[0][0], polls[-1][0])], polls)


def ended(
    name: str, events: list[Event], spans: list[tuple[datetime, datetime]], polls: Sequence[Recording]
) -> Series:
    """The series of these events, in their order."""
    events.sort(key=lambda event: event.at)
    size = round(mean(size for _, _, size in polls))
    items = len({event.entry.key for event in events})
    return Series(name, tuple(events), tuple(spans), size, polls[-1][1].hints, items)


def dated(entry: Entry, after: datetime, until: datetime) -> datetime:
    """When an item came: at its own date where that lies between two recordings, else half way."""
    if entry.published and after < entry.published <= until:
        return entry.published
    return after + (until - after) / 2


# ── cadences ─────────────────────────────────────────────────────────────────────────────────────

Following = Callable[[Changes, bool, datetime], datetime]  # what came, whether the body had changed, when


def fixed(every: timedelta) -> Following:
    """A poll every so often, whatever comes."""
    return lambda _changes, _changed, at: at + every


def ours(one: Series, known_before: Feed | None = None) -> Following:
    """The cadence of monitor, for a topic every ten minutes; it begins with what is known of the feed before."""
    feed = [known_before or Feed(1, f"https://{one.name}.example/rss", one.name)]

    def following(changes: Changes, changed: bool, at: datetime) -> datetime:
        known = feed[0]
        news = rhythm.learned(known, changes, at)
        pace, why = rhythm.pace(known, changes, INTERVAL, at, news or known.rhythm)
        page = Page(known.url, known.url, 200 if changed else 304, {}, b"", at)
        base = cadence.slot(known.url, at, INTERVAL, pace)
        found = cadence.next_poll(
            known, page, ok=True, base=base, private=False, hints=one.hints, now=at, chance=0.0, why_then=why
        )
        feed[0] = replace(
            known,
            rhythm=news or known.rhythm,
            pace_s=round(pace.total_seconds()),
            last_ok_at=at,
            last_poll_at=at,
            last_new_at=at if changes.new else known.last_new_at,
            body_digest="known",
        )
        return found.at or at + INTERVAL

    return following


# ── simulated time ───────────────────────────────────────────────────────────────────────────────


def replayed(one: Series, following: Following) -> Result:
    """The series under a cadence."""
    result, shown, place = Result(), {}, 0  # type: ignore[var-annotated]
    for start, end in one.spans:
        at, is_over = start, False
        while not is_over:
            is_over = at > end  # what was shown last is still there at the first poll after it
            before, came = place, dict[str, Event]()
            while place < len(one.events) and one.events[place].at <= min(at, end):
                event = one.events[place]
                if event.comes:
                    shown[event.entry.key] = came[event.entry.key] = event
                else:
                    shown.pop(event.entry.key, None)
                place += 1
            changes = asked(result, shown, came, at, one.body if place > before else 0)
            at = following(changes, place > before, at)
    return result


def asked(
    result: Result, shown: dict[str, Event], came: dict[str, Event], at: datetime, body: int
) -> Changes:
    """One poll: what of it is new, and what it cost."""
    result.requests += 1
    result.bodies += body
    new = [event for key, event in came.items() if key in shown and key not in result.caught]
    for event in new:
        result.caught[event.entry.key] = at
        if event.entry.published == event.at:
            result.delays.append((at - event.at) / timedelta(minutes=1))
    if not body:
        return Changes()
    return Changes(new=tuple((event.entry, "") for event in new), seen=tuple(range(len(shown) - len(new))))


# ── the report ───────────────────────────────────────────────────────────────────────────────────


def measured(one: Series) -> list[Result]:
    """The series under every cadence, in the order of LABELS."""
    return [replayed(one, following) for following in (ours(one), *map(fixed, FIXED))]


def line(one: Series, results: list[Result]) -> str:
    """A row of the table."""
    cells = [one.name, f"{one.days:.0f}", f"{one.items:,}"]
    for result in results:
        delay = f"{median(result.delays):.0f}" if result.delays else "–"
        share = len(result.caught) / one.items
        cells.append(
            f"{result.requests / one.days:.0f} · {result.bodies / one.days / 1e6:.2f} · {share:.1%} · {delay}"
        )
    return "| " + " | ".join(cells) + " |"


Rows = list[tuple[Series, list[Result]]]


def summary(rows: Rows) -> list[str]:
    """The table over all feeds."""
    requests = [
        mean(results[place].requests / results[1].requests for _, results in rows) for place in range(4)
    ]
    caught = [sum(len(results[place].caught) for _, results in rows) for place in range(4)]
    sizes = [sum(results[place].bodies for _, results in rows) / 1e6 for place in range(4)]
    items = sum(one.items for one, _ in rows)
    return [
        "| cadence | requests, mean of the feeds, 10 min = 100 % | bodies, MB | items caught | median delay, minutes |",
        "|---|---|---|---|---|",
        *(
            f"| {label} | {requests[place]:.0%} | {sizes[place]:,.0f} | {caught[place]:,} of {items:,} | "
            f"{median(delay for _, results in rows for delay in results[place].delays):.0f} |"
            for place, label in enumerate(LABELS)
        ),
    ]


def missed(rows: Rows) -> str:
    """When those items came and went that a poll every ten minutes caught and ours did not."""
    lost = Counter[tuple[datetime, datetime]]()
    for one, (mine, ten, *_) in rows:
        for key in ten.caught.keys() - mine.caught.keys():
            came = min(event.at for event in one.events if event.entry.key == key)
            gone = [event.at for event in one.events if event.entry.key == key and not event.comes]
            lost[came, max(gone, default=came)] += 1
    if not lost:
        return "No item was caught by a poll every ten minutes and not by ours."
    (came, gone), most = lost.most_common(1)[0]
    lives = sorted((gone - came) / timedelta(minutes=1) for came, gone in lost)
    return (
        f"{lost.total()} items were caught by a poll every ten minutes and not by ours: they were served for "
        f"{lives[0]:.0f} to {lives[-1]:.0f} minutes. {most} of them came with one recording of {came:%-d %B %Y, %H:%M} UTC, "
        f"{(gone - came) / timedelta(minutes=1):.0f} minutes before the next."
    )


def report(filled: Rows, bare: Rows) -> str:
    """The whole report in Markdown."""
    return "\n".join(
        [
            "# Our cadence against fixed intervals",
            "",
            "Made by `python benchmarks/replay.py --write docs/replay.md`; its first lines say how. The topic's schedule is",
            "“every 10 minutes”, the feeds send no freshness headers, and what hints they give are heeded.",
            "",
            "## Between two recordings, items come at their own dates",
            "",
            *summary(filled),
            "",
            missed(filled),
            "",
            "Feed by feed: requests a day · MB of bodies a day · share of items caught · median delay in minutes.",
            "",
            "| feed | days known | items | " + " | ".join(LABELS) + " |",
            "|" + "---|" * 7,
            *(line(one, results) for one, results in filled),
            "",
            "## Between two recordings, the server serves the last one",
            "",
            "Nothing is filled in, so a recording that was followed by another after minutes is a feed that showed its items",
            "for minutes, and what came when is known to the hour at best.",
            "",
            *summary(bare),
            "",
            missed(bare),
            "Which poll meets items so short-lived is chance, at any interval over that time.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="series; all when none is named")
    parser.add_argument("--write", type=Path, help="write the report to this file")
    options = parser.parse_args()
    found = sorted(CORPUS.glob("series-*/*.polls.jsonl"))
    if not found:
        raise SystemExit(f"no poll series in {CORPUS}")
    filled: Rows = []
    bare: Rows = []
    for path in found:
        name = path.name.removesuffix(".polls.jsonl")
        if not options.names or name in options.names:
            polls = list(recorded(name, path.parent))
            for rows, one in ((filled, filled_in(name, polls)), (bare, as_recorded(name, polls))):
                rows.append((one, measured(one)))
            print(line(*filled[-1]), flush=True)
    text = report(filled, bare)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
