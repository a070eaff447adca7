"""Cases of time: a scheduler that dies, a wall clock that is set, a machine that sleeps, polls without end, the end."""

import asyncio
import contextlib
import logging
import os
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from aiohttp import web
from crash_scene import FEEDS, Press
from store_scene import (
    FEED_A,
    FEED_B,
    NOON,
    add,
    all_rows,
    article,
    entry,
    fresh,
    poll,
    quick_store,
    settings,
    value,
)
from town import Town

from monitor import config, daemon, handful, schedule, vigil
from monitor.core.cadence import FARTHEST, brought_back
from monitor.core.topics import Matcher
from monitor.fetch.address import parse
from monitor.fetch.politeness import Cooldowns
from monitor.model import Cooldown, FeedSource, KeepRules, Schedule, Settings, Topic
from monitor.pipeline import poll_all
from monitor.schedule import Forward, Timetable
from monitor.seams import World
from monitor.store.invariants import violations
from monitor.store.times import stamp

MINUTE, HOUR, DAY, YEAR = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture
def quick(monkeypatch):
    """A daemon that beats ten times a second, and a guard that looks as often."""
    given = {**Timetable.__init__.__kwdefaults__, "beat": timedelta(seconds=0.1)}
    monkeypatch.setattr(Timetable.__init__, "__kwdefaults__", given)
    monkeypatch.setattr(vigil, "EVERY", 0.05)
    monkeypatch.setattr(vigil, "SILENT_BEATS", 0.5)


@contextlib.asynccontextmanager
async def watching(path):
    """A daemon in this process."""
    loaded = config.load(path, os.environ)
    async with daemon.house(loaded) as opened:
        watcher = daemon.Daemon(opened, load=lambda: loaded, tell=lambda _: None)
        begun = asyncio.Event()
        run = asyncio.create_task(watcher.run(lambda _: begun.set()))
        await begun.wait()
        try:
            yield watcher
        finally:
            if not watcher._stop.is_set():  # said twice, it would end this process
                watcher.stop()
            await run


async def until(check):
    for _ in range(4000):
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


# ── R27 ──────────────────────────────────────────────────────────────────────────────────────────


async def test_r27_polling_goes_on_after_the_job_store_has_failed(tmp_path, quick, caplog):
    async with Town(1) as town:
        (outlet,) = town.outlets
        async with watching(town.config(tmp_path)) as watcher:
            await until(lambda: outlet.paths_asked().count("/feed.xml") >= 2)
            store = watcher._timetable._scheduler._jobstores["default"]

            def fails(_):
                store.update_job = type(store).update_job.__get__(store)
                raise OSError("the job store is gone")

            store.update_job = fails
            await until(lambda: "the scheduler starts afresh" in caplog.text)
            before = outlet.paths_asked().count("/feed.xml")
            await until(lambda: outlet.paths_asked().count("/feed.xml") > before)
            assert "the scheduler starts afresh" in caplog.text


# ── R28, R29: the wall clock ─────────────────────────────────────────────────────────────────────


async def test_r28_polling_goes_on_whatever_the_wall_clock_does(tmp_path, quick):
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        async with Town(1) as town, watching(town.config(tmp_path)) as watcher:

            def polls():
                return watcher.house.store.run(
                    lambda books: books.conn.execute("select count(*) from polls").fetchone()[0]
                )

            await until(lambda: polls() >= 1)
            for leap in (-HOUR, -DAY, datetime(1970, 1, 2, tzinfo=UTC), NOON + YEAR, -YEAR):
                if isinstance(leap, timedelta):
                    clock.shift(leap)
                else:
                    clock.move_to(leap)
                before = polls()
                await until(lambda n=before: polls() > n)
            found = await watcher.house.store.write(lambda books: violations(books.conn, now=daemon.now()))

    assert [] == found


class Counted:
    """A trigger that counts how often it is asked."""

    def __init__(self, inner):
        self.inner = inner
        self.asked = 0

    def get_next_fire_time(self, previous, now):
        self.asked += 1
        return self.inner.get_next_fire_time(previous, now)


@pytest.mark.parametrize(
    "of",
    [
        Schedule("every second", every=timedelta(seconds=1)),
        Schedule("* * * * *", cron="* * * * *"),
        Schedule("30 2 * * *", cron="30 2 * * *", timezone="Europe/Berlin"),
    ],
    ids=lambda one: one.text,
)
def test_r28_a_leap_of_ten_years_is_one_run_and_no_list_of_millions(of):
    from apscheduler.job import Job
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    counted = Counted(schedule.trigger(of))
    job = Job(AsyncIOScheduler(timezone=UTC), id="x", func=print, trigger=Forward(counted), next_run_time=NOON,
              executor="default", args=(), kwargs={}, misfire_grace_time=None, coalesce=True, max_instances=1, name="x")  # fmt: skip
    later = NOON + 10 * YEAR + timedelta(seconds=0.3)

    assert [NOON] == job._get_run_times(later)
    assert later < job.trigger.get_next_fire_time(NOON, later) <= later + DAY
    assert counted.asked <= 4


@pytest.mark.parametrize(
    ("at", "asked", "expected"),
    [
        (NOON + HOUR, NOON - HOUR, NOON + HOUR),  # all is well
        (NOON + 30 * DAY, NOON - HOUR, NOON + 30 * DAY),  # a long Retry-After stands
        (NOON + YEAR, NOON - HOUR, NOON),  # absurd
        (NOON + YEAR, None, NOON),
        (NOON + YEAR + 2 * HOUR, NOON + YEAR, NOON + 2 * HOUR),  # set back by a year: its own wait, once more
        (NOON + DAY + 3 * HOUR, NOON + DAY, NOON + 2 * HOUR),
        (NOON + 61 * MINUTE, NOON + HOUR, NOON + MINUTE),  # set back by an hour while it was asked
        (NOON + HOUR, NOON + DAY, NOON + HOUR),  # brought back already
        (NOON + HOUR, NOON + timedelta(seconds=20), NOON + HOUR),  # a correction, no leap
    ],
)
def test_r28_a_next_time_that_a_wrong_clock_left_is_brought_back(at, asked, expected):
    assert expected == brought_back(at, asked=asked, wait=2 * HOUR, now=NOON)
    assert NOON + FARTHEST == brought_back(NOON + FARTHEST, asked=None, wait=HOUR, now=NOON)


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def test_r28_everything_that_waits_for_a_day_years_away_is_brought_back(store):
    far = NOON + YEAR
    feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
    store.run(lambda books: books.save_poll(poll(feed, far, entries=[entry("a")]), fresh(entry("a")), None))
    store.run(lambda books: books.cool(Cooldown("meadow.test", far, "asked to wait")))
    store.run(lambda books: books.cool(Cooldown("harbour.test", NOON + 30 * DAY, "asked to wait")))
    add(store, article(first_seen=far))
    store.run(lambda books: books.announce("bridges", 1, "desk", far))
    for sql in ("update entries set state = 'quarantined', next_try_at = ?", "update outbox set next_try_at = ?",
                "insert or replace into _rereads (article_id, next_read_at) values (1, ?)",
                "insert into _event_looks (story_id, due_at) values (1, ?)",
                f"update feeds set next_poll_at = ? where url = '{FEED_B}'"):  # fmt: skip
        store.run(lambda books, sql=sql: books.conn.execute(sql, (stamp(far),)))

    counts = [store.run(lambda books: books.set_right(NOON)) for _ in range(2)]

    assert [2, 0] == counts
    assert {FEED_A: stamp(NOON + timedelta(minutes=10)), FEED_B: stamp(NOON)} == dict(all_rows(store, "select url, next_poll_at from feeds"))  # fmt: skip
    assert "the clock was set back" in value(store, f"select because from feeds where url = '{FEED_A}'")
    assert {"meadow.test": stamp(NOON + DAY), "harbour.test": stamp(NOON + 30 * DAY)} == dict(all_rows(store, "select scope, until from _hosts"))  # fmt: skip
    for table, column in (
        ("entries", "next_try_at"),
        ("outbox", "next_try_at"),
        ("_rereads", "next_read_at"),
        ("_event_looks", "due_at"),
    ):
        assert stamp(NOON) == value(store, f"select {column} from {table}"), table


def test_r28_what_waits_waits_as_long_when_the_clock_is_set_back(store):
    """Set back by a day, while this and that waits for three seconds, or for ten minutes."""
    then = NOON + DAY
    feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
    store.run(lambda books: books.save_poll(poll(feed, then, entries=[entry("a")]), fresh(entry("a")), None))
    store.run(lambda books: books.cool(Cooldown("meadow.test", then + timedelta(seconds=3), "asked to wait")))
    add(store, article())
    store.run(lambda books: books.announce("bridges", 1, "desk", then))
    for sql in ("update entries set next_try_at = ?", "update outbox set next_try_at = ?, sent_at = ?1",
                "insert into _event_looks (story_id, due_at) values (1, ?)"):  # fmt: skip
        store.run(lambda books, sql=sql: books.conn.execute(sql, (stamp(then + 10 * MINUTE),)))

    assert DAY == store.run(lambda books: books.behind(NOON))
    store.run(lambda books: books.set_back(DAY, NOON))

    assert {"meadow.test": stamp(NOON + timedelta(seconds=3))} == dict(all_rows(store, "select scope, until from _hosts"))  # fmt: skip
    for table, column in (("feeds", "next_poll_at"), ("entries", "next_try_at"), ("outbox", "next_try_at"), ("outbox", "sent_at"), ("_event_looks", "due_at")):  # fmt: skip
        assert stamp(NOON + 10 * MINUTE) == value(store, f"select {column} from {table}"), table
    assert 0 == store.run(lambda books: books.set_right(NOON))
    store.run(lambda books: books.save_poll(poll(feed, NOON), fresh(), None))
    assert timedelta(0) == store.run(lambda books: books.behind(NOON))


def test_r28_hosts_are_waited_for_as_long_when_the_clock_is_set_back():
    known = Cooldowns([Cooldown("a.test", NOON + DAY + MINUTE, "wait")])
    known.set_back(DAY)
    here = parse("https://a.test/")

    assert [True, False] == [
        known.of("https://a.test/", here, at) is not None for at in (NOON, NOON + MINUTE)
    ]


def test_r28_nobody_is_waited_for_beyond_all_measure_in_memory_either():
    known = Cooldowns([Cooldown("a.test", NOON + YEAR, "wait"), Cooldown("b.test", NOON + 30 * DAY, "wait")])

    assert [False, True] == [
        known.of(f"https://{host}/", parse(f"https://{host}/"), NOON) is not None for host in ("a.test", "b.test")
    ]  # fmt: skip


def test_r36_what_was_announced_while_the_clock_stood_in_1970_is_not_too_old(store):
    add(store, article())
    store.run(lambda books: books.announce("bridges", 1, "desk", datetime(1970, 1, 1, tzinfo=UTC)))

    store.run(lambda books: books.set_right(datetime(1970, 1, 1, 1, tzinfo=UTC)))
    assert "1970-01-01T00:00:00Z" == value(store, "select at from outbox")
    store.run(lambda books: books.set_right(NOON))

    assert 0 == store.run(lambda books: books.expire("desk", 7 * DAY, NOON))
    assert stamp(NOON) == value(store, "select at from outbox")


async def test_r29_after_eight_hours_of_sleep_each_feed_is_asked_once_in_handfuls(
    tmp_path, quick, monkeypatch
):
    monkeypatch.setattr(handful, "LEAST", 3)
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        async with Town(8) as town, watching(town.config(tmp_path, schedule="every 1 hour")) as watcher:
            await until(lambda: all("/feed.xml" in outlet.paths_asked() for outlet in town.outlets))
            begun = []
            beats = watcher.on_beat
            watcher._timetable._on_beat = lambda: (begun.append(0), beats())
            ask = watcher.poll

            async def counted(feed, at):
                begun[-1] += 1
                await ask(feed, at)

            watcher.poll = counted
            clock.shift(8 * HOUR)
            await until(lambda: all(o.paths_asked().count("/feed.xml") >= 2 for o in town.outlets))
            count = len(begun)
            await until(lambda: len(begun) >= count + 5)

    assert [2] * 8 == [outlet.paths_asked().count("/feed.xml") for outlet in town.outlets]
    assert 8 == sum(begun)
    assert max(begun) <= 3 + 1  # a topic that fires in the same moment may add one


# ── R31, R33, R34: polls ─────────────────────────────────────────────────────────────────────────


class Played:
    """The scene's feeds under a clock of the test's own, in whole seconds."""

    def __init__(self, store, every, chance=0.5):
        self.store, self.press, self.clock = store, Press(), NOON
        self.topic = Topic("bridges", "Bridges", "bridge*", Schedule("every", every), FEEDS)
        self.settings = Settings(store.path, store.path, (self.topic,), tuple(map(FeedSource, FEEDS)))
        store.run(lambda books: books.sync(self.settings, NOON))
        self.world = World(
            web=self.press, workers=self.press, archive=store, topics={"bridges": self.topic},
            matcher=Matcher((self.topic,)), now=lambda: self.clock, chance=lambda: chance,
            wanted=lambda feed, at: schedule.wanted(feed, {"bridges": self.topic}, at), private=lambda _: True,
            keep=KeepRules(reread=()),
        )  # fmt: skip

    async def beat(self):
        """Poll what is due now; gives the addresses."""
        feeds = await self.store.write(lambda books: books.due_feeds(self.clock))
        return [one.feed.url for one in await poll_all(feeds, self.world, self.clock)]


@pytest.fixture
def bare(tmp_path):
    with quick_store(tmp_path / "bare.db") as opened:
        yield opened


async def test_r31_a_poll_that_never_returns_is_ended_and_its_feed_is_asked_the_next_time(bare, monkeypatch):
    monkeypatch.setattr("monitor.pipeline.PATIENCE", timedelta(seconds=0.05))
    played = Played(bare, HOUR)
    answers, played.press.get = played.press.get, lambda *_, **__: asyncio.get_running_loop().create_future()
    await played.beat()
    said = all_rows(bare, "select distinct outcome, error from polls")
    waits = {moment for (moment,) in all_rows(bare, "select next_poll_at from feeds")}

    played.press.get = answers
    played.clock += 2 * HOUR
    asked = await played.beat()

    assert [("error", "no end after 0 s")] == said
    assert all(stamp(NOON) < moment < stamp(NOON + 2 * HOUR) for moment in waits)
    assert (set(FEEDS), {"ok"}) == (set(asked), {s for (s,) in all_rows(bare, "select state from feeds")})


async def test_r33_over_a_day_with_late_beats_the_mean_period_is_the_schedules(bare):
    """Beats come with up to two seconds of lateness; what is late once does not push all the rest."""
    every = timedelta(minutes=10)
    played = Played(bare, every)
    asked = Counter()
    number = 0
    while played.clock < NOON + DAY:
        asked.update(await played.beat())
        due = min(moment for (moment,) in all_rows(bare, "select next_poll_at from feeds"))
        number += 1
        played.clock = max(played.clock, datetime.fromisoformat(due)) + timedelta(seconds=number % 3)

    periods = [DAY / (count - 1) for count in asked.values()]
    assert set(FEEDS) == set(asked)
    assert all(abs(period / every - 1) < 0.01 for period in periods), periods


class Endless(web.StreamResponse):
    """An answer whose body never comes."""

    def __init__(self):
        super().__init__(headers={"Content-Length": "5"})

    async def write_eof(self, data=b""):
        await asyncio.sleep(60)


def endless(_):
    return Endless()


async def test_r34_the_end_comes_in_time_while_twenty_polls_hang_and_none_counts_as_failed(
    tmp_path, quick, monkeypatch, caplog
):
    monkeypatch.setattr(daemon, "DRAIN", timedelta(seconds=0.2))
    caplog.set_level(logging.WARNING)

    async with Town(20) as town:
        for outlet in town.outlets:
            outlet.feed_answer = endless
        path = town.config(tmp_path)
        async with watching(path) as watcher:
            await until(lambda: watcher.under_way() >= 15)
            watcher.stop()
        rest = watcher.under_way()

    assert 0 == rest
    assert [] == [one.message for one in caplog.records if one.levelno >= logging.ERROR]
    with quick_store(tmp_path / "data" / "monitor.db") as store:
        assert [] == store.run(lambda books: violations(books.conn, now=daemon.now()))
        assert 0 == value(store, "select count(*) from polls where outcome = 'error'")
