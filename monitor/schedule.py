"""APScheduler's room: when the topics' schedules fire, the beat, the chores.

The scheduler only beats; what is due stands in the feeds table. Jobs live in memory, fire in UTC, are
never too late to run, and do nothing but hand on a name, so that no failure of theirs can stop the
scheduler and no backlog can build up. `Timetable.rearm` makes a new scheduler where the old one fell
silent: a wall clock that was set back, an exception in its job store, a suspended machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from monitor.model import Feed, Schedule, Topic

BEAT = timedelta(seconds=1)
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")  # crontab(5): 0 and 7 are Sunday
IN_ORDER = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# How far ahead one looks for the next time: in a repeated hour, APScheduler's cron goes back in time.
PROBES = (
    timedelta(microseconds=1),
    timedelta(seconds=1),
    timedelta(minutes=31),
    timedelta(minutes=62),
    timedelta(minutes=93),
)
LONGEST = timedelta(days=31)  # how long a feed waits for a cron line that names no day soon


class Timetable:
    """The jobs: one for each topic's schedule, the beat, the chores."""

    def __init__(
        self,
        topics: Iterable[Topic],
        *,
        on_topic: Callable[[str], None],
        on_beat: Callable[[], None],
        chores: Mapping[str, tuple[timedelta, Callable[[], None]]],
        beat: timedelta = BEAT,
    ) -> None:
        self._topics = tuple(topics)
        self._on_topic = on_topic
        self._on_beat = on_beat
        self._chores = dict(chores)
        self._beat = beat
        self._scheduler: AsyncIOScheduler | None = None

    def start(self) -> None:
        """Begin to fire. Call it on the event loop."""
        self._scheduler = scheduler = AsyncIOScheduler(
            timezone=UTC,
            jobstores={"default": MemoryJobStore()},
            executors={"default": DebugExecutor()},  # runs a job where it fires: on the loop
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_job(
            self._on_beat,
            Forward(IntervalTrigger(seconds=self._beat.total_seconds(), timezone=UTC)),
            id="beat",
        )
        for topic in self._topics:
            scheduler.add_job(
                self._on_topic, Forward(trigger(topic.schedule)), args=[topic.id], id=f"topic:{topic.id}"
            )
        for name, (every, chore) in self._chores.items():
            scheduler.add_job(
                chore,
                Forward(IntervalTrigger(seconds=every.total_seconds(), timezone=UTC)),
                id=f"chore:{name}",
            )
        scheduler.start()

    def stop(self) -> None:
        """Fire no more. Jobs only hand on names, so there is nothing to wait for."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None and scheduler.running:
            scheduler.shutdown(wait=False)

    def rearm(self, topics: Iterable[Topic] | None = None) -> None:
        """Start afresh, with other topics if there are any."""
        self.stop()
        if topics is not None:
            self._topics = tuple(topics)
        self.start()


def wanted(feed: Feed, topics: Mapping[str, Topic], now: datetime) -> datetime:
    """The next time after `now` that one of the feed's topics wants it asked."""
    times = [next_fire(topics[name].schedule, now) for name in feed.topics if name in topics]
    return min(times, default=now + LONGEST)


def interval(feed: Feed, topics: Mapping[str, Topic]) -> timedelta | None:
    """The shortest interval of the feed's topics; None where one of them names times instead."""
    schedules = [topics[name].schedule for name in feed.topics if name in topics]
    spans = [schedule.every for schedule in schedules if schedule.every is not None]
    return min(spans) if spans and len(spans) == len(schedules) else None


def next_fire(schedule: Schedule, after: datetime) -> datetime:
    """The first time later than `after` that the schedule fires, in UTC."""
    if schedule.every is not None:
        return after + schedule.every
    found = later(trigger(schedule), after)
    return after + LONGEST if found is None else min(found, after + LONGEST)


def later(fires: BaseTrigger, after: datetime) -> datetime | None:
    """The first time later than `after` that a trigger fires, in UTC; None when it never does."""
    for step in PROBES:
        found: datetime | None = fires.get_next_fire_time(None, after + step)
        if found is None:
            return None
        if found.astimezone(UTC) > after:
            return found.astimezone(UTC)
    return None


class Forward(BaseTrigger):  # type: ignore[misc]
    """A trigger that counts from now and not from where it stood.

    APScheduler makes a list of all the times that a job has missed before it coalesces them: after a clock
    that leapt a year ahead that is thirty million for the beat, minutes of work and gigabytes.
    """

    def __init__(self, fires: BaseTrigger) -> None:
        self._fires = fires

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first time after `now`, however long ago the last one was."""
        if previous_fire_time is None:
            found: datetime | None = self._fires.get_next_fire_time(None, now)
            return found
        return later(self._fires, max(previous_fire_time.astimezone(UTC), now.astimezone(UTC)))


def trigger(schedule: Schedule) -> BaseTrigger:
    """The APScheduler trigger of a schedule."""
    if schedule.every is not None:
        return IntervalTrigger(seconds=schedule.every.total_seconds(), timezone=UTC)
    if schedule.cron is None:
        raise ValueError(f"a schedule needs an interval or a cron line: {schedule.text!r}")
    return cron_trigger(schedule.cron, schedule.timezone)


@lru_cache(maxsize=1024)
def cron_trigger(line: str, timezone: str) -> BaseTrigger:
    """crontab(5) as a trigger.

    Two rules of crontab differ from APScheduler's: Sunday is 0 and 7, and where both the day of the
    month and the day of the week are restricted, either is enough.
    """
    minute, hour, day, month, weekday = line.split()
    zone = ZoneInfo(timezone)
    common = {"minute": minute, "hour": hour, "month": month, "timezone": zone}
    if day != "*" and weekday != "*":
        either = [CronTrigger(day=day, **common), CronTrigger(day_of_week=weekdays(weekday), **common)]
        return OrTrigger(either)
    return CronTrigger(day=day, day_of_week=weekdays(weekday), **common)


def weekdays(field: str) -> str:
    """The day-of-week field of a crontab line in APScheduler's names; ranges may run over Sunday.

    >>> weekdays("5-7"), weekdays("0,3"), weekdays("sat-mon"), weekdays("*")
    ('fri,sat,sun', 'wed,sun', 'mon,sat,sun', '*')
    """
    if field == "*":
        return "*"
    days: set[str] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = 1 if span == "*" else weekday_number(first)
        stop = 7 if span == "*" else weekday_number(last or (first if not step else "7"))
        length = 6 if last and start == stop and first != last else (stop - start) % 7
        days.update(WEEKDAYS[(start + offset) % 7] for offset in range(0, length + 1, int(step or 1)))
    return ",".join(day for day in IN_ORDER if day in days)


def weekday_number(word: str) -> int:
    """The number of a weekday by crontab's count, Sunday being 7."""
    number = int(word) if word.isdigit() else WEEKDAYS.index(word[:3].lower())
    return number or 7
