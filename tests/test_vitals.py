"""Progress, in words; when a backup is due; numbers as Prometheus reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.exposition import by_label, exposition, gauge, histogram
from monitor.core.vitals import Vitals, backup_is_due, standstill
from monitor.model import BackupRules

STILL = {
    "all moves": (Vitals(1, 2, 3, 0), None),
    "scheduler dead": (Vitals(beat=31), "the scheduler has not beaten for 31 seconds"),
    "writer stuck": (Vitals(writer=61), "the writer has not come round for 61 seconds"),
    "nothing is asked": (
        Vitals(poll=601, overdue=901),
        "a feed is due for 15 minutes, and no poll has ended for 10 minutes",
    ),
    "late, and working": (Vitals(poll=1, overdue=8 * 3600), None),
    "idle, and nothing due": (Vitals(poll=8 * 3600), None),
    "paused with a reason": (Vitals(poll=601, overdue=901, paused="the disk is full"), None),
}


@pytest.mark.parametrize("case", STILL)
def test_what_stands_still(case):
    vitals, because = STILL[case]

    assert because == standstill(vitals)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DAY = timedelta(days=1)
DUE = {
    "never made": (BackupRules(DAY, "03:00"), None, "2026-06-01 12:00", True),
    "made today": (BackupRules(DAY, "03:00"), "2026-06-01 03:00", "2026-06-01 12:00", False),
    "before the hour": (BackupRules(DAY, "03:00"), "2026-05-31 03:00", "2026-06-01 02:59", False),
    "at the hour": (BackupRules(DAY, "03:00"), "2026-05-31 03:00", "2026-06-01 03:00", True),
    "missed while off": (BackupRules(DAY, "03:00"), "2026-05-28 03:00", "2026-06-01 09:00", True),
    "by hand in the evening": (BackupRules(DAY, "03:00"), "2026-05-31 22:00", "2026-06-01 03:00", True),
    "every two days, one ago": (BackupRules(2 * DAY, "03:00"), "2026-05-31 03:01", "2026-06-01 03:05", False),
    "every two days, two ago": (BackupRules(2 * DAY, "03:00"), "2026-05-30 03:01", "2026-06-01 03:05", True),
    "twelve hours, eleven ago": (BackupRules(DAY / 2), "2026-06-01 00:00", "2026-06-01 11:00", False),
    "twelve hours, twelve ago": (BackupRules(DAY / 2), "2026-06-01 00:00", "2026-06-01 12:00", True),
}


@pytest.mark.parametrize("case", DUE)
def test_when_a_backup_is_due(case):
    rules, last, now, due = DUE[case]

    assert due == backup_is_due(rules, last and at(last), at(now))


def test_numbers_are_told_in_the_format_of_prometheus():
    text = exposition([
        gauge("a_bytes", "How\nmuch.", 3.5),
        by_label("counter", "b_total", "By kind.", "kind", {'x"y': 2, "a": 1}),
        histogram("c_seconds", "How long.", {0.1: 3, 0.01: 2}, 1.25, 6),
    ])  # fmt: skip

    assert (
        "# HELP a_bytes How\\nmuch.\n# TYPE a_bytes gauge\na_bytes 3.5\n"
        "# HELP b_total By kind.\n# TYPE b_total counter\n"
        'b_total{kind="a"} 1\nb_total{kind="x\\"y"} 2\n'
        "# HELP c_seconds How long.\n# TYPE c_seconds histogram\n"
        'c_seconds_bucket{le="0.01"} 2\nc_seconds_bucket{le="0.1"} 5\nc_seconds_bucket{le="+Inf"} 6\n'
        "c_seconds_sum 1.25\nc_seconds_count 6\n"
    ) == text
