"""Hours of the day in a zone, clocks that change included."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.hours import is_quiet, last_due, length

BERLIN = "Europe/Berlin"


def utc(*fields):
    return datetime(*fields, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (("22:00", "07:00"), utc(2026, 6, 1, 19, 59, 59), False),
        (("22:00", "07:00"), utc(2026, 6, 1, 20, 0), True),
        (("22:00", "07:00"), utc(2026, 6, 1, 22, 30), True),
        (("22:00", "07:00"), utc(2026, 6, 2, 4, 59, 59), True),
        (("22:00", "07:00"), utc(2026, 6, 2, 5, 0), False),
        (("22:00", "07:00"), utc(2026, 1, 2, 5, 30), True),  # winter: 06:30
        (("12:00", "14:00"), utc(2026, 6, 1, 10, 0), True),
        (("12:00", "14:00"), utc(2026, 6, 1, 12, 0), False),
        (None, utc(2026, 6, 1, 22, 0), False),
    ],
)
def test_quiet_hours_begin_and_end_on_the_minute_of_the_zone(hours, at, expected):
    assert expected == is_quiet(hours, BERLIN, at)


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        ("07:00", utc(2026, 6, 1, 5, 0), utc(2026, 6, 1, 5, 0)),
        ("07:00", utc(2026, 6, 1, 4, 59, 59), utc(2026, 5, 31, 5, 0)),
        ("07:00", utc(2026, 1, 10, 6, 30), utc(2026, 1, 10, 6, 0)),
        ("02:30", utc(2026, 3, 29, 5, 0), utc(2026, 3, 29, 1, 30)),  # does not exist that night
        ("02:30", utc(2026, 10, 25, 5, 0), utc(2026, 10, 25, 0, 30)),  # exists twice
    ],
)
def test_a_digest_is_due_at_its_time_of_the_day(at, now, expected):
    assert expected == last_due(at, BERLIN, now)


@pytest.mark.parametrize("start", [utc(2026, 3, 27), utc(2026, 10, 23)])
@pytest.mark.parametrize("at", ["02:30", "03:00", "00:00", "23:59"])
def test_r32_over_a_change_of_clocks_each_day_has_one_time_and_none_runs_backwards(start, at):
    dues = [last_due(at, BERLIN, start + timedelta(minutes=10 * step)) for step in range(144 * 5)]

    assert sorted(dues) == dues
    assert 6 == len(set(dues))


def test_hours_over_midnight_have_a_length():
    assert (timedelta(hours=9), timedelta(hours=2)) == (
        length(("22:00", "07:00")),
        length(("12:00", "14:00")),
    )
