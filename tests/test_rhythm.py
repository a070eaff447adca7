"""When a feed usually brings news: what is learned of it, and what follows for the pace of polls."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core import rhythm
from monitor.core.cadence import slot
from monitor.model import Changes, Entry, Feed, Rhythm

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
FEED = Feed(
    1, "https://paper.example/rss", "paper.example", last_poll_at=MONDAY, last_ok_at=MONDAY, body_digest="x"
)


def news(count=1, published=None, seen=0):
    entries = tuple((Entry(f"n{n}", None, None, "T", published=published), "d") for n in range(count))
    return Changes(new=entries, seen=tuple(range(seen)))


def office_hours(weeks=4, entries=3):
    """Three entries in every hour from 8 to 18 UTC on weekdays, none at night and none on Sundays."""
    days = [[entries * weeks if 8 <= hour < 18 else 0 for hour in range(24)]] * 6 + [[0] * 24]
    counts = tuple(count for day in days for count in day)
    return Rhythm(MONDAY - timedelta(weeks=weeks), counts, tuple(min(count, weeks) for count in counts))


# ── learning ─────────────────────────────────────────────────────────────────────────────────────


def test_the_first_poll_only_begins_the_count():
    assert rhythm.learned(FEED, news(50), MONDAY) == rhythm.begun(MONDAY)


def test_entries_count_in_their_own_hour_where_it_lies_between_the_polls():
    feed = replace(FEED, rhythm=rhythm.begun(MONDAY))

    after = rhythm.learned(feed, news(3, MONDAY + timedelta(hours=5, minutes=7)), MONDAY + timedelta(hours=6))
    late = rhythm.learned(feed, news(3, MONDAY - timedelta(days=9)), MONDAY + timedelta(hours=6))

    assert (after.entries[5], after.hours[5], sum(after.entries)) == (3, 1, 3)
    assert (late.entries[6], late.hours[6], sum(late.entries)) == (3, 1, 3)


def test_an_hour_that_brings_news_at_several_polls_counts_once():
    feed = replace(FEED, rhythm=rhythm.begun(MONDAY))
    first = rhythm.learned(feed, news(), MONDAY + TEN)
    feed = replace(feed, rhythm=first, last_new_at=MONDAY + TEN, last_ok_at=MONDAY + TEN)

    second = rhythm.learned(feed, news(), MONDAY + 2 * TEN)

    assert (second.entries[0], second.hours[0]) == (2, 1)


def test_nothing_new_teaches_nothing():
    assert rhythm.learned(replace(FEED, rhythm=rhythm.begun(MONDAY)), Changes(), MONDAY + TEN) is None


def test_after_eight_weeks_old_habits_count_half():
    feed = replace(FEED, rhythm=office_hours(weeks=8))

    after = rhythm.learned(feed, news(), MONDAY)

    assert after.since == MONDAY - timedelta(weeks=4)
    assert after.entries[9] == 12
    assert after.hours[9] == 4


# ── expecting ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [(8, 1, 3), (8, 0.5, 1.5), (17, 2, 3), (2, 4, 0), (0, 24, 30), (0, 168, 180)],
)
def test_what_is_usual_is_counted_by_the_hours_of_the_week(start, hours, expected):
    begin = MONDAY + timedelta(hours=start)

    assert expected == pytest.approx(
        rhythm.expected(office_hours(), begin, begin + timedelta(hours=hours)), rel=0.15
    )


def test_news_is_likely_by_day_and_unlikely_at_night():
    by_day = rhythm.chance_of_news(office_hours(), MONDAY + 9 * HOUR, MONDAY + 10 * HOUR)
    at_night = rhythm.chance_of_news(office_hours(), MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)

    assert by_day > 0.9
    assert at_night < 0.05


# ── pace ─────────────────────────────────────────────────────────────────────────────────────────


def paced(changes, *, at=MONDAY + 12 * HOUR, pace_s=None, habits=None, interval=TEN, since=TEN):
    feed = replace(FEED, pace_s=pace_s, last_ok_at=at - since if since else None)
    return rhythm.pace(feed, changes, interval, at, habits)[0]


@pytest.mark.parametrize(
    ("before", "changes", "expected"),
    [
        (None, Changes(), 20), (1200, Changes(), 30), (1800, Changes(), 30), (1800, news(1, seen=9), 10),
        (600, news(7, seen=3), 5), (600, news(10), 5), (300, news(10), 5), (1800, news(7, seen=3), 15),
        (1200, news(5, seen=5), 10), (300, news(5, seen=5), 5), (300, Changes(), 10), (300, news(1, seen=9), 10),
        (600, news(2), 10), (99_999, Changes(), 30),
    ],
)  # fmt: skip
def test_the_pace_follows_what_the_polls_show(before, changes, expected):
    assert timedelta(minutes=expected) == paced(changes, pace_s=before)


def test_the_first_poll_and_one_after_a_long_pause_say_nothing_of_the_pace():
    assert (TEN, TEN) == (paced(news(10), since=None), paced(news(10), since=9 * HOUR))


def test_where_news_is_likely_the_schedule_holds_even_after_a_quiet_poll():
    assert paced(Changes(), at=MONDAY + 9 * HOUR, habits=office_hours()) == TEN
    assert paced(Changes(), at=MONDAY + 2 * HOUR, habits=office_hours()) == 2 * TEN


def test_a_rhythm_of_a_few_days_is_no_habit():
    young = replace(office_hours(), since=MONDAY - timedelta(days=3))

    assert paced(Changes(), at=MONDAY + 9 * HOUR, habits=young) == 2 * TEN


@pytest.mark.parametrize(("interval", "slowest"), [(5, 15), (10, 30), (60, 120), (240, 240)])
def test_nothing_learned_is_slower_than_three_steps_or_two_hours_or_the_schedule(interval, slowest):
    pace, interval = None, timedelta(minutes=interval)
    for _ in range(10):
        pace = paced(Changes(), pace_s=pace and round(pace.total_seconds()), interval=interval)

    assert pace == timedelta(minutes=slowest)


@pytest.mark.parametrize(("interval", "fastest"), [(3, 3), (10, 5), (60, 20)])
def test_nothing_learned_is_faster_than_five_minutes_or_a_third_of_the_schedule(interval, fastest):
    pace, interval = None, timedelta(minutes=interval)
    for _ in range(10):
        pace = paced(news(10), pace_s=pace and round(pace.total_seconds()), interval=interval)

    assert pace == timedelta(minutes=fastest)


# ── phases ───────────────────────────────────────────────────────────────────────────────────────


def test_grids_of_a_doubled_pace_share_their_points():
    for name in ("a", "b", "https://paper.example/rss"):
        wide = slot(name, MONDAY, TEN, 2 * TEN)
        narrow = {slot(name, MONDAY + n * TEN, TEN, TEN) for n in range(5)}

        assert wide in narrow


def test_a_slot_is_never_before_the_schedule_and_at_most_a_step_after_it():
    for second in range(0, 1200, 7):
        after = MONDAY + timedelta(seconds=second)
        wait = slot("x", after, TEN, TEN) - after
        assert TEN - timedelta(seconds=5) <= wait < 2 * TEN
