"""When topics fire: intervals, cron lines in their zones, and a scheduler that cannot stay silent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feed, Schedule, Topic
from monitor.schedule import Timetable, next_fire, wanted, weekdays

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def cron(line, timezone="UTC"):
    return Schedule(text=line, cron=line, timezone=timezone)


def topic(name, schedule):
    return Topic(id=name, title=name, query="a", schedule=schedule, feeds=("https://example.org/feed",))


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("*", "*"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("mon-fri", "mon,tue,wed,thu,fri"),
        ("0", "sun"),
        ("7", "sun"),
        ("0,3", "wed,sun"),
        ("5-7", "fri,sat,sun"),
        ("sat-mon", "mon,sat,sun"),
        ("0-6", "mon,tue,wed,thu,fri,sat,sun"),
        ("0-7", "mon,tue,wed,thu,fri,sat,sun"),
        ("*/2", "mon,wed,fri,sun"),
    ],
)
def test_weekdays_count_as_in_crontab(field, days):
    assert days == weekdays(field)


@pytest.mark.parametrize(
    ("schedule", "after", "fires"),
    [
        (Schedule("every 10 minutes", every=timedelta(minutes=10)), NOON, NOON + timedelta(minutes=10)),
        (cron("*/10 * * * *"), NOON, NOON + timedelta(minutes=10)),
        (cron("*/10 * * * *"), NOON + timedelta(minutes=3), NOON + timedelta(minutes=10)),
        # 22:50 in Berlin is the last time of the day; the next is 06:00, 05:00 UTC in winter
        (cron("*/10 6-22 * * mon-fri", "Europe/Berlin"), datetime(2026, 3, 2, 21, 55, tzinfo=UTC),
         datetime(2026, 3, 3, 5, 0, tzinfo=UTC)),
        (cron("0 9 * * 0"), NOON, datetime(2026, 3, 8, 9, tzinfo=UTC)),
        # either day of the month or day of the week is enough, as in crontab(5)
        (cron("0 9 4 * sun"), NOON, datetime(2026, 3, 4, 9, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_schedule_names_its_next_time(schedule, after, fires):
    assert fires == next_fire(schedule, after)


@pytest.mark.parametrize(
    "start", [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]
)
@pytest.mark.parametrize("line", ["30 2 * * *", "*/10 * * * *", "15 1-3 * * *"])
def test_r32_times_only_go_forward_over_a_change_of_the_clocks(start, line):
    times = [start]
    for _ in range(30):
        times.append(next_fire(cron(line, "Europe/Berlin"), times[-1]))

    assert times == sorted(set(times))


def test_a_feed_is_wanted_when_the_first_of_its_topics_wants_it():
    topics = {
        "slow": topic("slow", Schedule("every hour", every=timedelta(hours=1))),
        "quick": topic("quick", Schedule("every 5 minutes", every=timedelta(minutes=5))),
    }
    feed = Feed(id=1, url="https://example.org/feed", outlet_id="example.org", topics=("slow", "quick"))

    assert NOON + timedelta(minutes=5) == wanted(feed, topics, NOON)


async def beats(timetable, seconds):
    timetable.start()
    await asyncio.sleep(seconds)
    timetable.stop()


async def test_the_beat_goes_on_when_a_job_fails():
    heard = []

    def on_beat():
        heard.append(1)
        raise RuntimeError("a job that fails")

    await beats(Timetable([], on_topic=print, on_beat=on_beat, chores={}, beat=timedelta(seconds=0.05)), 0.4)

    assert len(heard) >= 3


async def test_r30_a_blocked_loop_skips_no_beat_for_good():
    import time

    heard = []
    timetable = Timetable(
        [], on_topic=print, on_beat=lambda: heard.append(1), chores={}, beat=timedelta(seconds=0.1)
    )
    timetable.start()
    time.sleep(1.2)  # noqa: ASYNC251  longer than APScheduler's own grace of one second
    await asyncio.sleep(0.25)
    timetable.stop()

    assert heard


async def test_jobs_run_on_the_loop_not_in_a_thread():
    heard = {}
    watched = topic("quick", Schedule("every 0.1 seconds", every=timedelta(seconds=0.1)))

    def note(kind):
        heard[kind] = asyncio.get_running_loop()

    timetable = Timetable(
        [watched],
        on_topic=note,
        on_beat=lambda: note("beat"),
        chores={"sweep": (timedelta(seconds=0.1), lambda: note("chore"))},
        beat=timedelta(seconds=0.05),
    )
    await beats(timetable, 0.4)

    assert dict.fromkeys(("quick", "beat", "chore"), asyncio.get_running_loop()) == heard


async def test_a_topics_job_hands_on_its_name():
    heard = []
    watched = topic("quick", Schedule("every 0.1 seconds", every=timedelta(seconds=0.1)))
    timetable = Timetable([watched], on_topic=heard.append, on_beat=lambda: None, chores={})
    await beats(timetable, 0.35)

    assert {"quick"} == set(heard)


async def test_r27_a_scheduler_that_fell_silent_beats_again_when_rearmed():
    heard = []
    timetable = Timetable(
        [], on_topic=print, on_beat=lambda: heard.append(1), chores={}, beat=timedelta(seconds=0.05)
    )
    timetable.start()
    timetable._scheduler._timeout = lambda *_: None
    for job in timetable._scheduler.get_jobs():
        job.remove()
    await asyncio.sleep(0.2)
    silent = len(heard)
    timetable.rearm()
    await asyncio.sleep(0.2)
    timetable.stop()

    assert len(heard) > silent
