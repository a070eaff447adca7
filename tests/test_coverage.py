"""Gaps: what may have been missed, said with the time and the reason."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.coverage import gap, outage
from monitor.model import Changes, Entry, Feed

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
