"""Spans and moments as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.words import clock, span


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 seconds"), (-5, "0 seconds"), (1, "1 second"), (59.6, "1 minute"), (90, "1 minute 30 seconds"),
        (3600, "1 hour"), (3601, "1 hour"), (7260, "2 hours 1 minute"), (86400, "1 day"), (694861, "8 days 1 hour"),
    ],
)  # fmt: skip
def test_spans_are_said_in_words(seconds, expected):
    assert expected == span(timedelta(seconds=seconds))


def test_a_moment_is_said_in_utc():
    assert clock(datetime(2026, 3, 1, 12, tzinfo=UTC)) == "2026-03-01 12:00 UTC"
