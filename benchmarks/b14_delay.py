"""B14: from published to stored, for a thousand feeds of a topic every ten minutes, in simulated time.

The rules are the program's own (`cadence`, `rhythm`, `handful`), the clock is the simulation's. A feed publishes by
chance at its own hours: from one item a day to two hundred, five times as many by day as by night, half on weekends.
Its hours have been learned for four weeks. An item is stored when its poll has been answered and its page was read,
in its turn: one request at a time per host, two seconds from start to start.
"""

import heapq
import random
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from measure import Row
from replay import INTERVAL, Following, Series, ours

from monitor.core.rhythm import HOURS
from monitor.handful import size_for
from monitor.model import Changes, Entry, Feed, Hints, Rhythm, Schedule, Topic

MEDIAN, P99 = 6.0, 12.0  # minutes
BEGAN = datetime(2026, 3, 3, tzinfo=UTC)  # a Tuesday
WEEKS = 4  # for which the hours are known
SHOWN = 30  # items of a feed
FEWEST, MOST = 1.0, 200.0  # items a day
NIGHT, WEEKEND = 0.2, 0.5  # of what comes in an hour of a weekday
ANSWER, PAGE, DELAY = (
    1.0,
    1.5,
    2.0,
)  # seconds: a feed's answer, a page with its article, from start to start at a host
SEED = 14


class Paper:
    """A feed, its items of the simulated time, and the cadence that asks for them."""

    def __init__(self, number: int, hours: int, dice: random.Random) -> None:
        self.daily = FEWEST * (MOST / FEWEST) ** dice.random()
        self.published = list(items(self.daily, BEGAN, hours, dice))
        self.place = 0
        url = f"https://paper{number}.example/rss"
        known = Feed(
            number + 1,
            url,
            f"paper{number}.example",
            "ok",
            last_ok_at=BEGAN - INTERVAL,
            last_poll_at=BEGAN - INTERVAL,
            last_new_at=BEGAN - INTERVAL,
            body_digest="known",
            rhythm=habits(self.daily, dice),
        )
        self.following: Following = ours(Series(url, (), (), 0, Hints(), 0), known)
        self.before = BEGAN  # the last poll

    def polled(self, at: datetime) -> tuple[list[datetime], datetime]:
        """The items that are new at this poll, and when the next one is."""
        start = self.place
        while self.place < len(self.published) and self.published[self.place] <= at:
            self.place += 1
        new = self.published[start : self.place][-SHOWN:]
        entries = tuple((Entry(str(n), None, None, "", published=when), "") for n, when in enumerate(new))
        changes = Changes(new=entries, seen=tuple(range(SHOWN - len(new)))) if new else Changes()
        self.before = at
        return new, self.following(changes, bool(new), at)


def rate(daily: float, at: datetime) -> float:
    """Items that come in this hour, on average; `daily` is the average of a weekday."""
    by_day = daily / (16 + 8 * NIGHT)
    return by_day * (NIGHT if at.hour < 6 or at.hour >= 22 else 1.0) * (WEEKEND if at.weekday() > 4 else 1.0)


def items(daily: float, start: datetime, hours: int, dice: random.Random) -> Iterator[datetime]:
    """When items come, at random times of each hour."""
    for number in range(hours):
        hour = start + timedelta(hours=number)
        seconds, mean = 0.0, 3600 / rate(daily, hour)
        while (seconds := seconds + dice.expovariate(1 / mean)) < 3600:
            yield hour + timedelta(seconds=int(seconds))


def habits(daily: float, dice: random.Random) -> Rhythm:
    """What four weeks of watching such a feed have taught."""
    since = BEGAN - timedelta(weeks=WEEKS)
    entries, hours = [0] * HOURS, [0] * HOURS
    for week in range(WEEKS):
        met = set()
        for when in items(daily, since + timedelta(weeks=week), HOURS, dice):
            place = when.weekday() * 24 + when.hour
            entries[place] += 1
            met.add(place)
        for place in met:
            hours[place] += 1
    return Rhythm(since, tuple(entries), tuple(hours))


def simulated(feeds: int, hours: int) -> tuple[list[float], list[float], float]:
    """Minutes from published to stored: of items whose feed was asked on schedule, and of all; polls a feed and day.

    On schedule is a feed whose last poll lies not longer ago than the topic's interval and its place on the grid allow.
    """
    dice = random.Random(SEED)
    papers = [Paper(number, hours, dice) for number in range(feeds)]
    topic = Topic(
        "all", "All", "a", Schedule("every 10 minutes", INTERVAL), tuple(str(n) for n in range(feeds))
    )
    room, end = size_for([topic]), BEGAN + timedelta(hours=hours)
    waiting = [(BEGAN + INTERVAL * dice.random(), number) for number in range(feeds)]
    heapq.heapify(waiting)
    on_schedule: list[float] = []
    everything: list[float] = []
    now, polls = BEGAN, 0
    while now < end:
        now += timedelta(seconds=1)  # the beat
        for _ in range(room):
            if waiting[0][0] > now:
                break
            _, number = heapq.heappop(waiting)
            paper, polls = papers[number], polls + 1
            due = now - paper.before <= INTERVAL * 1.1
            new, following = paper.polled(now)
            heapq.heappush(waiting, (following, number))
            delays = list(stored(new, now))
            everything += delays
            on_schedule += delays if due else []
    return on_schedule, everything, polls / feeds / hours * 24


def stored(new: Sequence[datetime], at: datetime) -> Iterator[float]:
    """Minutes from each item's publication until its article is stored; the oldest is read first."""
    for place, published in enumerate(new):
        done = at + timedelta(seconds=ANSWER + DELAY * (place + 1) + PAGE)
        yield (done - published) / timedelta(minutes=1)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[int(share * (len(values) - 1))]


def work(quick: bool) -> list[Row]:
    """Feeds that are asked on schedule, as the budget says; and all, the quiet ones asked up to three times as rarely."""
    feeds, hours = (40, 6) if quick else (1000, 48)
    on_schedule, everything, polls = simulated(feeds, hours)
    note = f"{len(on_schedule):,} items of {feeds:,} feeds"
    every = f"{len(everything):,} items, {polls:.0f} polls a feed and day"
    return [
        Row("B14", "published to stored, feed asked every 10 minutes, median", (statistics.median(on_schedule),), MEDIAN, "min", note=note),
        Row("B14", "the same, 99 % of items", (percentile(on_schedule, 0.99),), P99, "min", note=note),
        Row("B14", "with quiet feeds asked more rarely, median", (statistics.median(everything),), MEDIAN, "min", note=every),
        Row("B14", "the same, 99 % of items", (percentile(everything, 0.99),), P99, "min", note=every),
    ]  # fmt: skip
