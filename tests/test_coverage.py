"""Gaps: what may have been missed, said with the time and the reason."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.coverage import (
    asks_without_conditions,
    clock,
    false_304,
    found,
    gap,
    outage,
    over,
    silence,
    statement,
)
from monitor.model import Changes, Entry, Feed, Gap, Rhythm

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = NOON - timedelta(hours=3)
POLLED = Feed(
    1, "https://example.org/f", "example.org", last_poll_at=BEFORE, last_ok_at=BEFORE, body_digest="x"
)
NEW = tuple((Entry(str(n), None, None, "T"), "d") for n in range(3))


def feed(**changes):
    fields = {name: getattr(POLLED, name) for name in POLLED.__slots__}
    return Feed(**{**fields, **changes})


def test_a_feed_that_is_all_new_since_the_last_poll_has_a_possible_gap():
    found = gap(POLLED, Changes(new=NEW), NOON)

    assert (found.kind, found.from_at, found.to_at) == ("possible_gap", BEFORE, NOON)
    assert "none of the 3 entries" in found.because
    assert "2026-03-01 09:00 UTC" in found.because


@pytest.mark.parametrize(
    ("why", "of", "changes"),
    [
        ("an entry was there before", POLLED, Changes(new=NEW, seen=(7,))),
        ("an edited entry was there before", POLLED, Changes(new=NEW, changed=((7, NEW[0][0], "d"),))),
        ("a feed of two is always all new", POLLED, Changes(new=NEW[:2])),
        ("nothing came", POLLED, Changes()),
        (
            "the first poll has nothing to overlap with",
            feed(last_poll_at=None, body_digest=None),
            Changes(new=NEW),
        ),
        ("nothing was ever stored of it", feed(body_digest=None), Changes(new=NEW)),
    ],
)
def test_there_is_no_gap(why, of, changes):
    assert gap(of, changes, NOON) is None, why


@pytest.mark.parametrize(("failures", "words"), [(1, "1 poll failed"), (4, "4 polls in a row failed")])
def test_a_feed_that_can_be_read_again_tells_its_outage(failures, words):
    found = outage(feed(failures=failures, last_poll_at=NOON - timedelta(minutes=10)), NOON)

    assert (found.kind, found.from_at, found.to_at) == ("outage", BEFORE, NOON)
    assert words in found.because


def test_an_outage_from_the_start_is_told_from_the_first_failure_known():
    found = outage(feed(failures=2, last_ok_at=None), NOON)

    assert found.from_at == BEFORE
    assert "had not been read before" in found.because


@pytest.mark.parametrize("of", [POLLED, feed(failures=3, last_ok_at=None, last_poll_at=None)])
def test_there_is_no_outage_without_failures_or_without_a_time(of):
    assert outage(of, NOON) is None


# ── the end of an outage ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "bridged", "words"),
    [
        (None, True, "the feed is as it was before"),
        (Changes(seen=(1, 2)), True, "the feed is as it was before"),
        (Changes(new=NEW, seen=(1, 2)), True, "2 of its 5 entries were known"),
        (Changes(new=NEW), False, "what came and went in between was not seen"),
    ],
)
def test_an_outage_is_bridged_by_what_the_feed_shows_afterwards(changes, bridged, words):
    past = over(feed(failures=3), changes, NOON)

    assert (past.kind, past.from_at, past.bridged) == ("outage", BEFORE, bridged)
    assert words in past.because
    assert f"it was last read {clock(BEFORE)}" in past.because


def test_an_outage_that_lasts_is_told_from_the_first_failure_on():
    first = found(POLLED, None, "error", NOON)
    second = found(feed(failures=1), None, "error", NOON + timedelta(hours=1))

    assert (first.from_at, second.from_at) == (BEFORE, BEFORE)
    assert "1 poll failed" in first.because
    assert "2 polls in a row failed" in second.because


# ── silence ──────────────────────────────────────────────────────────────────────────────────────

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)


def lively(since_weeks=4, a_day=14):
    """A feed that brings so many entries a day, by day only, last seen with news on Tuesday at 4 o'clock."""
    day = [since_weeks * a_day // 14 if 6 <= hour < 20 else 0 for hour in range(24)]
    rhythm = Rhythm(
        TUESDAY - timedelta(weeks=since_weeks), tuple(day * 7), tuple(min(n, since_weeks) for n in day * 7)
    )
    return feed(rhythm=rhythm, last_new_at=TUESDAY + timedelta(hours=4))


def test_a_silence_is_told_with_what_is_usual_and_how_sure_we_are():
    told = silence(lively(), TUESDAY + timedelta(hours=20))

    assert (told.kind, told.from_at) == ("silence", TUESDAY + timedelta(hours=4))
    assert told.because.startswith(
        "usually 14 entries between 04:00 and 20:00 UTC on a Tuesday, today none (confidence 99"
    )


def test_a_silence_of_days_says_so():
    told = silence(lively(), TUESDAY + timedelta(days=2))

    assert "in such 1 day 20 hours up to Thursday" in told.because
    assert "now none" in told.because


@pytest.mark.parametrize(
    ("why", "of", "hours"),
    [
        ("at night nothing is usual", lively(), 5),
        ("a few hours are nothing yet", lively(), 9),
        ("a feed of a few days has no habits", lively(since_weeks=1), 20),
        ("a feed that never had news is not silent", feed(rhythm=lively().rhythm), 20),
        ("a feed without rhythm is not judged", feed(last_new_at=TUESDAY), 20),
    ],
)
def test_there_is_no_silence(why, of, hours):
    assert silence(of, TUESDAY + timedelta(hours=hours)) is None, why


def test_a_silence_is_judged_when_the_hour_turns():
    evening = TUESDAY + timedelta(hours=20)
    of = lively()
    quiet = {name: getattr(of, name) for name in of.__slots__}
    turned = Feed(**{**quiet, "last_poll_at": evening - timedelta(minutes=10)})
    same = Feed(**{**quiet, "last_poll_at": evening})

    assert found(turned, None, "not_modified", evening).kind == "silence"
    assert found(same, None, "not_modified", evening + timedelta(minutes=10)) is None


# ── "not modified" ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"full_at": TUESDAY - timedelta(days=7)}, True),
        ({"full_at": TUESDAY - timedelta(days=6)}, False),
        ({"full_at": None}, False),
        ({"full_at": TUESDAY - timedelta(days=7), "etag": None}, False),
        ({"full_at": TUESDAY - timedelta(days=7), "rhythm": lively(a_day=0).rhythm}, False),
    ],
)
def test_not_modified_is_doubted_after_seven_days_where_news_was_usual(changes, expected):
    of = feed(**{"etag": '"a"', "rhythm": lively().rhythm, **changes})

    assert asks_without_conditions(of, TUESDAY) is expected


def test_a_server_that_hid_old_entries_is_told_and_one_that_just_changed_is_not():
    of = feed(full_at=NOON - timedelta(days=8))
    old = tuple((Entry("k", None, None, "T", published=BEFORE - timedelta(hours=1)), "d") for _ in range(2))
    young = ((Entry("k", None, None, "T", published=BEFORE + timedelta(hours=1)), "d"),)

    told = false_304(of, Changes(new=old, seen=(1,)), NOON)

    assert (told.kind, told.from_at, told.bridged) == ("possible_gap", NOON - timedelta(days=8), True)
    assert "although 2 entries were new" in told.because
    assert false_304(of, Changes(new=young, seen=(1,)), NOON) is None


# ── the statement ────────────────────────────────────────────────────────────────────────────────


def of_the(day, kind="possible_gap", hours=3, **more):
    start = datetime(2026, 3, day, 6, tzinfo=UTC)
    return Gap(start, start + timedelta(hours=hours), kind, "because", **more)


@pytest.mark.parametrize(
    ("share", "gaps", "expected"),
    [
        (None, [], "taz: not read yet"),
        (1.0, [], "taz: 100 % overlap-proven in the last 30 days"),
        (0.99999, [], "taz: 99.9 % overlap-proven in the last 30 days"),
        (
            0.991,
            [of_the(12)],
            "taz: 99.1 % overlap-proven in the last 30 days; possible gap of 3 hours on the 12th",
        ),
        (1.0, [of_the(1, "outage", bridged=True)], "taz: 100 % overlap-proven in the last 30 days"),
        (
            0.9,
            [of_the(day, "outage", 1) for day in (1, 2, 3, 21, 22)],
            (
                "taz: 90.0 % overlap-proven in the last 30 days; outage of 1 hour on the 3rd; "
                "outage of 1 hour on the 21st; outage of 1 hour on the 22nd; and 2 more"
            ),
        ),
    ],
)
def test_the_statement_says_how_complete_the_watch_was(share, gaps, expected):
    assert expected == statement("taz", share, gaps)
