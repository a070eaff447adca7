"""Precision and recall with their intervals."""

import pytest

from monitor.core.score import score, wilson

# Values of the Wilson score interval as statistics packages give them.
INTERVALS = [
    (0, 10, 0.0, 0.0, 0.278),
    (10, 10, 1.0, 0.722, 1.0),
    (8, 10, 0.8, 0.490, 0.943),
    (50, 100, 0.5, 0.404, 0.596),
    (1, 1, 1.0, 0.207, 1.0),
]


@pytest.mark.parametrize(("hits", "of", "value", "low", "high"), INTERVALS)
def test_a_share_has_its_interval(hits, of, value, low, high):
    share = wilson(hits, of)

    assert (value, low, high) == (
        share.value,
        pytest.approx(share.low, abs=0.001),
        pytest.approx(share.high, abs=0.001),
    )


def test_nothing_of_nothing_is_unknown():
    assert (None, 0.0, 1.0) == (wilson(0, 0).value, wilson(0, 0).low, wilson(0, 0).high)
    assert "unknown" in str(wilson(0, 0))


def test_precision_is_asked_of_what_matched_and_recall_of_what_is_wanted():
    labels = {"a": True, "b": True, "c": True, "d": False, "e": False}

    found = score(labels, ["a", "b", "d", "unlabelled"])

    assert ((2, 3), (2, 3), 5) == (
        (found.precision.hits, found.precision.of),
        (found.recall.hits, found.recall.of),
        found.labels,
    )
