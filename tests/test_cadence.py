"""When to ask again: the cases of freshness, throttling and back-off, at their borders."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.core.cadence import freshness, host_wait, next_look, next_poll, next_try, retry_after
from monitor.errors import SlowError, UnreachableError, WaitError
from monitor.model import Feed, Hints, Page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
URL = "https://a.tumblr.test/rss"
FEED = Feed(1, URL, "tumblr.test")


def minutes(count):
    return timedelta(minutes=count)


def hours(count):
    return timedelta(hours=count)


def page(status=200, url=URL, **headers):
    return Page(url, url, status, {k.replace("_", "-"): v for k, v in headers.items()}, b"", NOON)


HOUR = hours(1)


def asked(answer=None, *, base=HOUR, failures=0, chance=0.0, hints=None, **more):
    """The next poll after an answer; `base` counts from noon."""
    feed = Feed(1, URL, "tumblr.test", failures=failures)
    ok = isinstance(answer, Page) and answer.status in {200, 304}
    given = {"ok": ok, "private": False, "hints": hints or Hints(), "now": NOON, "chance": chance, **more}
    return next_poll(feed, answer, base=given["now"] + base, **given)


def wait(*args, **more):
    return asked(*args, **more).at - more.get("now", NOON)


# ── freshness ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 0),
        ({"cache-control": "max-age=43200"}, 43200),
        ({"cache-control": 'public, MAX-AGE = "600"'}, 600),
        ({"cache-control": "max-age=3600", "age": "3000"}, 600),
        ({"cache-control": "max-age=3600", "age": "5000"}, 0),
        ({"cache-control": "max-age=3600", "age": "old"}, 3600),
        ({"cache-control": "s-maxage=86400, max-age=60"}, 60),
        ({"cache-control": "s-maxage=86400"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"cache-control": "no-cache, max-age=9999"}, 0),
        ({"cache-control": "max-age=abc"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=1.5"}, 0),
        ({"cache-control": "max-age=60, max-age=600"}, 60),
        ({"cache-control": "max-age=abc", "expires": "Sun, 01 Mar 2026 13:00:00 GMT"}, 0),
        ({"cache-control": "max-age=31536000"}, 7 * 86400),
        ({"cache-control": "max-age=" + "9" * 30}, 7 * 86400),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": "Sun, 01 Mar 2026 13:00:00 GMT"}, 3600),
        ({"expires": "Sun, 01 Mar 2026 13:00:00 GMT", "date": DATE, "age": "600"}, 3000),
        ({"expires": "Wed, 25 Feb 2026 14:00:00 GMT", "date": "Wed, 25 Feb 2026 12:00:00 GMT"}, 7200),
        ({"expires": "Sun, 01 Mar 2026 11:00:00 GMT", "date": DATE}, 0),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"expires": "Sun, 99 Foo 2026 99:00:00 GMT"}, 0),
    ],
)
def test_freshness_is_what_the_headers_say_and_never_an_exception(headers, expected):
    assert timedelta(seconds=expected) == freshness(headers, NOON)


@pytest.mark.parametrize("status", [200, 304])
def test_a_fresh_answer_is_not_asked_for_again(status):
    found = asked(page(status, cache_control="max-age=43200", age="3600"))

    assert found.at == NOON + hours(11)
    assert "fresh for 11 hours" in found.because


def test_less_freshness_than_the_schedule_changes_nothing():
    found = asked(page(cache_control="max-age=3600", age="3000"))

    assert (found.at, found.because) == (NOON + hours(1), "as scheduled")
    assert (found.state, found.failures, found.interval_s) == ("ok", 0, 3600)


# ── Retry-After ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7200", 7200),
        (" 120 ", 120),
        ("Sun, 01 Mar 2026 14:00:00 GMT", 7200),
        ("Sunday, 01-Mar-26 14:00:00 GMT", 7200),
        ("3000000", 31 * 86400),
        ("-5", None),
        ("1.5", None),
        ("0", None),
        ("abc", None),
        ("", None),
        ("120, 120", None),
        ("99999999999", None),
        ("9" * 400, None),
        ("Sun, 01 Mar 2026 11:59:59 GMT", None),
        ("Sun, 01 Mar 99999 14:00:00 GMT", None),
        ("²", None),
    ],
)
def test_retry_after_has_two_forms_and_everything_else_is_ignored(value, expected):
    found = retry_after({"retry-after": value, "date": DATE}, NOON)

    assert found == (None if expected is None else NOON + timedelta(seconds=expected))


def test_a_retry_after_date_counts_from_the_servers_own_clock():
    headers = {"retry-after": "Wed, 25 Feb 2026 14:00:00 GMT", "date": "Wed, 25 Feb 2026 12:00:00 GMT"}

    assert retry_after(headers, NOON) == NOON + hours(2)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["7200", "Sun, 01 Mar 2026 14:00:00 GMT"])
def test_retry_after_is_obeyed_to_the_second(status, value):
    found = asked(page(status, retry_after=value, date=DATE), base=minutes(10), chance=1.0)

    assert found.at == found.cooldown.until == NOON + hours(2)
    assert "wait 2 hours" in found.because


@pytest.mark.parametrize(
    "value", ["-5", "1.5", "abc", "99999999999", "120, 120", "Sun, 01 Mar 2026 11:00:00 GMT"]
)
def test_a_senseless_retry_after_leaves_our_own_back_off(value):
    assert wait(page(503, retry_after=value, date=DATE), base=minutes(10)) == minutes(10)
    assert wait(page(503, retry_after=value, date=DATE), base=minutes(10), failures=3) == minutes(80)


def test_a_429_without_retry_after_waits_for_its_freshness():
    found = asked(page(429, cache_control="max-age=172800"))

    assert found.at >= NOON + timedelta(days=2)
    assert found.cooldown.until >= NOON + timedelta(days=2)


@pytest.mark.parametrize(
    ("status", "private", "headers", "scope"),
    [
        (429, False, {"retry_after": "60"}, "tumblr.test"),
        (429, False, {}, "tumblr.test"),
        (429, True, {"retry_after": "60"}, URL),
        (503, False, {"retry_after": "60"}, "a.tumblr.test"),
        (503, True, {"retry_after": "60"}, URL),
    ],
)
def test_a_wait_has_the_scope_of_who_asked_for_it(status, private, headers, scope):
    answer = page(status, **headers)

    assert scope == asked(answer, private=private).cooldown.scope
    assert scope == host_wait(answer, private=private, now=NOON).scope


@pytest.mark.parametrize(
    ("status", "private"), [(503, False), (500, False), (404, False), (403, False), (200, False), (429, True)]
)
def test_other_answers_ask_nothing_of_the_host(status, private):
    assert host_wait(page(status), private=private, now=NOON) is None


def test_the_host_that_answered_is_the_one_that_waits():
    answer = Page(URL, "https://cdn.other.test/rss", 429, {"retry-after": "60"}, b"", NOON)

    assert host_wait(answer, private=False, now=NOON).scope == "other.test"


# ── hints ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Hints(ttl=hours(24)), hours(24)),
        (Hints(ttl=minutes(10)), hours(1)),
        (Hints(ttl=timedelta(days=31)), timedelta(days=7)),
        (Hints(update_period=hours(2)), hours(2)),
        (Hints(update_period=timedelta(seconds=12)), hours(1)),
        (Hints(ttl=hours(3), update_period=hours(2)), hours(3)),
    ],
)
def test_hints_of_the_feed_only_lengthen(hints, expected):
    assert expected == wait(page(), hints=hints)


def test_the_reason_names_the_hint():
    assert "24 hours" not in asked(page(), hints=Hints(ttl=hours(24))).because
    assert "1 day between polls (ttl)" in asked(page(), hints=Hints(ttl=hours(24))).because


@pytest.mark.parametrize(
    ("now", "hints", "expected"),
    [
        ((2, 2, 0), Hints(skip_hours=frozenset(range(7))), (2, 7, 0)),
        ((2, 22, 30), Hints(skip_hours=frozenset({23, 0, 1})), (3, 2, 0)),
        ((2, 5, 59), Hints(skip_hours=frozenset(range(7))), (2, 7, 0)),
        ((2, 6, 0), Hints(skip_hours=frozenset(range(7))), (2, 7, 0)),
        ((1, 8, 15), Hints(skip_days=frozenset({6})), (2, 0, 0)),
        ((1, 8, 15), Hints(skip_days=frozenset({6}), skip_hours=frozenset({0})), (2, 1, 0)),
        ((2, 8, 15), Hints(skip_days=frozenset({6})), (2, 9, 15)),
        ((2, 8, 15), Hints(skip_hours=frozenset(range(24))), (2, 9, 15)),
        ((2, 8, 15), Hints(skip_days=frozenset(range(7))), (2, 9, 15)),
        ((2, 8, 15), Hints(skip_days=frozenset(range(6)), skip_hours=frozenset(range(23))), (8, 23, 0)),
    ],
)
def test_a_poll_in_a_skipped_hour_or_day_moves_to_the_first_allowed_minute(now, hints, expected):
    day, hour, minute = now
    found = asked(page(), hints=hints, now=datetime(2026, 3, day, hour, minute, tzinfo=UTC))

    assert found.at == datetime(2026, 3, expected[0], expected[1], expected[2], tzinfo=UTC)
    assert ("skipHours" in found.because) is (
        found.at != datetime(2026, 3, day, hour + 1, minute, tzinfo=UTC)
    )


# ── floor ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "private", "expected"),
    [
        ({}, False, minutes(5)),
        ({"cache_control": "max-age=60"}, False, minutes(1)),
        ({"cache_control": "max-age=10"}, False, minutes(1)),
        ({"cache_control": "max-age=120"}, False, minutes(2)),
        ({"cache_control": "no-cache"}, False, minutes(5)),
        ({"cache_control": "max-age=0"}, False, minutes(5)),
        ({}, True, timedelta(seconds=2)),
        ({"cache_control": "max-age=60"}, True, minutes(1)),
    ],
)
def test_a_public_feed_has_a_floor_and_a_private_one_has_none(headers, private, expected):
    assert expected == wait(page(**headers), base=timedelta(seconds=2), private=private)


def test_a_base_that_has_passed_is_never_taken_for_the_future():
    assert asked(page(), base=-hours(5), private=True).at > NOON


# ── errors ───────────────────────────────────────────────────────────────────────────────────────

ERRORS = [
    page(404),
    page(500),
    page(403),
    page(429),
    page(304),
    page(204),
    SlowError(URL, "no whole answer within 20 seconds"),
    UnreachableError(URL, "the host name is not known"),
    WaitError(URL, "the host cools", until=NOON + hours(9)),
    None,
]


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("answer", ERRORS, ids=str)
def test_every_failure_has_a_finite_next_time_and_a_reason(answer, private):
    for failures in (0, 1, 2, 9, 10_000):
        found = asked(answer, ok=False, failures=failures, private=private, why_not="it broke")

        assert NOON < found.at <= NOON + timedelta(days=1)
        assert (found.state, found.failures) == ("failing", failures + 1)
        assert found.because.startswith("it broke")


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_back_off_grows_is_capped_and_spread(chance):
    waits = [wait(page(500), base=minutes(10), failures=n, chance=chance) for n in range(20)]

    assert waits[0] == minutes(10) * (1 + 0.09 * chance)
    assert all(earlier < later for earlier, later in pairwise(waits[:9]))
    assert hours(21) < waits[-1] <= hours(24)
    assert len(set(waits[9:])) == 1


def test_chance_spreads_feeds_that_failed_together():
    assert len({wait(page(500), failures=9, chance=n / 10) for n in range(11)}) == 11


def test_a_success_ends_the_back_off():
    assert asked(page(304), failures=12).failures == 0
    assert wait(page(304), failures=12) == hours(1)


def test_a_schedule_slower_than_the_cap_stays_slower():
    assert wait(page(500), base=timedelta(days=7), failures=5) == timedelta(days=7)


def test_back_off_on_a_private_host_starts_from_seconds_and_ends_at_an_hour():
    waits = [
        wait(page(500), base=timedelta(seconds=2), failures=n, private=True).total_seconds()
        for n in range(14)
    ]

    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 3600


@pytest.mark.parametrize(
    "answer",
    [
        page(401),
        page(403),
        page(451),
        page(503, cf_mitigated="challenge"),
        page(200, cf_mitigated="challenge"),
    ],
)
def test_who_is_refused_waits_four_hours_at_least(answer):
    found = asked(answer, ok=False, base=minutes(10))

    assert found.at == NOON + hours(4)
    assert "refused" in found.because


def test_404_is_soft():
    assert wait(page(404), base=minutes(10)) == minutes(10)


def test_410_ends_the_asking():
    found = asked(page(410))

    assert (found.at, found.state) == (None, "gone")
    assert "gone for good" in found.because


def test_an_error_page_that_is_fresh_is_not_asked_for_again():
    assert wait(page(500, cache_control="max-age=43200")) == hours(12)


def test_the_reason_of_a_failure_says_what_how_often_and_until_when():
    found = asked(SlowError(URL, "no whole answer within 20 seconds"), failures=2, base=minutes(10))

    assert (
        found.because == "no whole answer within 20 seconds (3 times in a row); asked again after 40 minutes"
    )


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_tried_eight_times_over_days_and_then_given_up():
    delays = []
    while (again := next_try(len(delays), NOON)) is not None:
        delays.append(again - NOON)

    assert delays == [minutes(5), minutes(30), hours(2), hours(8), hours(24), hours(24), hours(24)]


def test_a_page_that_is_not_there_yet_is_tried_for_a_day_and_a_half():
    delays = []
    while (again := next_try(len(delays), NOON, status=404)) is not None:
        delays.append(again - NOON)

    assert [minutes(5), minutes(30), hours(2), hours(8), hours(24)] == delays


def test_a_page_that_is_gone_for_good_is_tried_twice():
    assert next_try(0, NOON, status=410) == NOON + minutes(5)
    assert next_try(1, NOON, status=410) is None


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_page_that_is_refused_is_tried_later(status):
    assert next_try(0, NOON, status=status) == NOON + hours(4)
    assert next_try(5, NOON, status=status) == NOON + hours(24)


def test_a_quarantined_page_is_looked_at_for_ever():
    looks = [next_look(n, NOON) - NOON for n in (0, 1, 2, 3, 4, 400)]

    assert looks == [hours(1), hours(6), hours(24), timedelta(days=3), timedelta(days=7), timedelta(days=7)]
