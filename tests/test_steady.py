"""R36: by what clock announcements grow old, when the wall clock is set."""

from dataclasses import replace
from datetime import timedelta

import pytest
from office_scene import DAY, HOUR, NOON, Clock, bridges, desk, opened, tell
from receiver import Receiver
from store_scene import poll, quick_store, settings, value

from monitor.house import open_house, rounds_of
from monitor.model import Changes, FetchRules
from monitor.outputs.dispatch import dispatch
from monitor.outputs.feeds import Rack
from monitor.outputs.rounds import Rounds
from monitor.outputs.steady import Steady

MONTH, NONE = timedelta(days=40), timedelta()


class Times:
    """A wall clock that is set, and a count of seconds that goes on."""

    def __init__(self):
        self.wall, self.passed = Clock(), 0.0
        self.steady = Steady(self.wall, lambda: self.passed)

    def go(self, span, leap=timedelta()):
        self.wall.go(span + leap)
        self.passed += span.total_seconds()
        return self.steady() - NOON


# (how long, by how much the clock is set in it) … → what the steady clock says in the end, since noon
COURSES = {
    "nobody sets it": ([(HOUR, NONE), (9 * DAY, NONE)], 9 * DAY + HOUR),
    "a little is no leap": ([(HOUR, timedelta(seconds=20))], HOUR + timedelta(seconds=20)),
    "ahead": ([(HOUR, MONTH), (HOUR, NONE)], 2 * HOUR),
    "ahead, and back again": ([(HOUR, MONTH), (HOUR, -MONTH), (HOUR, NONE)], 3 * HOUR),
    "ahead, and so it stays": ([(HOUR, MONTH), (DAY, NONE)], MONTH + DAY + HOUR),
    "ahead twice within the day": ([(HOUR, MONTH), (HOUR, MONTH), (HOUR, NONE)], 3 * HOUR),
    "back": ([(HOUR, -MONTH), (HOUR, NONE)], 2 * HOUR - MONTH),
    "asleep for a week": ([(7 * DAY, NONE)], 7 * DAY),
}


@pytest.mark.parametrize("course", COURSES)
def test_r36_the_steady_clock(course):
    times, (steps, expected) = Times(), COURSES[course]
    for span, leap in steps:
        said = times.go(span, leap)

    assert expected == said


async def test_r36_a_clock_that_leaps_ahead_by_a_month_gives_no_announcement_up(tmp_path):
    times = Times()
    async with Receiver() as hook:
        hook.mood = 503
        async with opened(tmp_path / "m.db", times.wall, desk(hook.url)) as (store, office):
            rounds = Rounds(replace(office, steady=times.steady), Rack(tmp_path / "feeds", (), ()))
            for name in ("a", "b"):
                tell(store, name, times.wall())
            await rounds.go(everything=True)
            rounds.replace(
                office, rounds.rack
            )  # the configuration is read anew: what it knew of the clock stays
            times.go(HOUR, MONTH)
            await rounds.go(everything=True)
            states = store.run(lambda books: books.conn.execute("select state from outbox").fetchall())
            hook.mood = 200
            times.go(2 * HOUR)
            await rounds.go(everything=True)

            assert [("waiting",), ("waiting",)] == [tuple(row) for row in states]
            assert 2 == value(store, "select count(*) from outbox where state = 'sent'")


async def test_what_has_waited_too_long_by_every_clock_is_given_up_all_the_same(tmp_path):
    times = Times()
    async with opened(tmp_path / "m.db", times.wall, desk(max_age=DAY)) as (store, office):
        tell(store, "a", times.wall())
        times.go(2 * DAY)
        await dispatch(replace(office, steady=times.steady))

        assert "expired" == value(store, "select state from outbox order by id limit 1")


async def test_r36_a_start_under_a_clock_that_is_ahead_gives_nothing_up_before_it_is_tried(tmp_path):
    clock = Clock()
    async with Receiver() as hook:
        with quick_store(tmp_path / "monitor.db") as store:
            store.run(lambda books: books.sync(settings(tmp_path, bridges()), clock()))
            store.run(
                lambda books: books.save_poll(
                    poll(books.due_feeds(clock(), feeds=None)[0], clock()), Changes(), None
                )
            )
            tell(store, "a", clock())
        clock.go(MONTH)
        rules = FetchRules(allow_private=frozenset({"127.0.0.1:*"}))
        ours = settings(tmp_path, bridges(), alerts=(desk(hook.url),), fetch=rules)
        async with open_house(ours, now=clock, chance=lambda: 0.5) as house:
            await rounds_of(house).go(everything=True)

            assert ("sent", None) == tuple(
                house.store.run(
                    lambda books: books.conn.execute("select state, last_error from outbox").fetchone()
                )
            )
