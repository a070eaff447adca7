"""How many polls start in a second: a handful, or what the schedules need."""

from datetime import timedelta

import pytest

from monitor.handful import LEAST, Handful, size_for
from monitor.model import Schedule, Topic


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
