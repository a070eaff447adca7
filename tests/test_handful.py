"""How many polls start in a second: a handful, or what the schedules need."""

from dataclasses import replace
from datetime import timedelta

import pytest
from test_cases_clock import until, watching
from town import Town

from monitor import daemon, vigil
from monitor.handful import LEAST, Handful, size_for
from monitor.model import Schedule, Settings, Topic
from monitor.schedule import Timetable


def topic(feeds, minutes=10, name="a"):
    every = None if minutes is None else timedelta(minutes=minutes)
    urls = tuple(f"https://example.org/{number}" for number in range(feeds))
    return Topic(name, name, "a", Schedule("as said", every, None if every else "0 7 * * *"), urls)


@pytest.mark.parametrize(
    ("topics", "size"),
    [
        ([], LEAST),
        ([topic(15)], LEAST),
        ([topic(4_700)], LEAST),
        ([topic(100_000)], 334),  # 167 a second, and as many again
        ([topic(130_000, minutes=15)], 289),
        ([topic(100_000, minutes=None)], 334),
        ([topic(100_000), topic(100_000, name="b")], 334),
        ([topic(100_000, minutes=60), topic(50_000, minutes=10, name="b")], 195),
    ],
)
def test_as_many_polls_may_start_as_the_schedules_ask_for_and_as_many_again(topics, size):
    assert size == size_for(topics)


def test_a_second_has_room_for_a_handful_and_the_next_one_for_another():
    handful = Handful([])

    assert [True] * LEAST + [False] * 4 == [handful.may_start(7.0 + n / 100) for n in range(LEAST + 4)]
    assert handful.may_start(8.0)


async def test_a_start_asks_what_is_due_without_waiting_for_the_first_beat(tmp_path, monkeypatch):
    given = {**Timetable.__init__.__kwdefaults__, "beat": timedelta(hours=1)}
    monkeypatch.setattr(Timetable.__init__, "__kwdefaults__", given)
    monkeypatch.setattr(vigil, "SILENT_BEATS", 7200)
    async with Town(1) as town, watching(town.config(tmp_path, schedule="every 1 hour")):
        (outlet,) = town.outlets
        await until(outlet.paths_asked)

        assert "/feed.xml" in outlet.paths_asked()


async def test_a_changed_configuration_changes_how_many_polls_may_start(tmp_path):
    every = Schedule("every 1 hour", timedelta(hours=1))
    begun = Settings(
        tmp_path / "monitor.yaml", tmp_path / "monitor.db", (Topic("a", "A", "a", every, ()),), ()
    )
    urls = tuple(f"https://example.org/{number}" for number in range(30))
    more = Topic("more", "More", "a", Schedule("every 1 second", timedelta(seconds=1)), urls)
    async with daemon.house(begun) as opened:
        watcher = daemon.Daemon(opened, load=lambda: begun, tell=lambda _: None)
        before = watcher._handful.size
        await watcher.take_over(replace(begun, topics=(more,)))

        assert (before, watcher._handful.size) == (LEAST, 60)
