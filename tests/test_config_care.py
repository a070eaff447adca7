"""`backup:` and `metrics:` as they are written."""

from datetime import timedelta

import pytest

from monitor import config
from monitor.config.care_values import Rhythm, count, loopback, rhythm
from monitor.model import BackupRules

DAY = timedelta(days=1)
RHYTHMS = {
    '1 day at "03:00"': Rhythm(DAY, "03:00"),
    "every day at 3:05": Rhythm(DAY, "03:05"),
    "2 days at '23:59'": Rhythm(2 * DAY, "23:59"),
    "12 hours": Rhythm(DAY / 2),
    "every week": Rhythm(7 * DAY),
}
WRONG = {
    "12 hours at 03:00": "whole days",
    "1 day at 24:00": "no such time of day",
    "5 minutes": "between 1 hour and 31 days",
    "40 days": "between 1 hour and 31 days",
    "now and then": "not understood",
}


@pytest.mark.parametrize("text", RHYTHMS)
def test_how_often(text):
    assert RHYTHMS[text] == rhythm(text)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_rhythm_is_told(text):
    with pytest.raises(ValueError, match=WRONG[text]):
        rhythm(text)


@pytest.mark.parametrize("text", ["127.0.0.1:9100", "localhost:9100", "[::1]:9100", "127.8.0.1:1"])
def test_metrics_are_told_on_this_machine(text):
    assert text == loopback(text)


@pytest.mark.parametrize(
    "text", ["0.0.0.0:9100", "192.168.1.2:9100", "monitor.example.org:9100", "127.0.0.1:*"]
)
def test_metrics_are_told_nowhere_else(text):
    with pytest.raises(ValueError, match="9100"):
        loopback(text)


@pytest.mark.parametrize("text", ["0", "-1", "many", "2000"])
def test_what_is_no_number_of_copies(text):
    with pytest.raises(ValueError, match="no number from 1 to 1000"):
        count(text)


BASE = """
version: 1
database: data/monitor.db
topics: {one: {query: a, feeds: ["https://example.org/feed"]}}
"""
FILES = {
    "": (None, None),
    'backup: {every: 1 day at "03:00", keep: 7}\nmetrics: 127.0.0.1:9100': (BackupRules(DAY, "03:00", 7), "127.0.0.1:9100"),
    "backup: 12 hours": (BackupRules(DAY / 2), None),
    "backup: {}": (BackupRules(), None),
}  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_the_file_says_it(tmp_path, text):
    path = tmp_path / "monitor.yaml"
    path.write_text(BASE + text)
    settings = config.load(path, {})

    assert FILES[text] == (settings.backup, settings.metrics)
