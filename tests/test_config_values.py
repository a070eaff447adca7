"""The values of a configuration, one by one: durations, sizes, cron lines, addresses."""

from datetime import UTC, datetime

import pytest

from monitor.config import schedules, values
from monitor.schedule import cron_trigger

NOON = datetime(2025, 8, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("0.5 s", 0.5), ("500ms", 0.5), ("90 seconds", 90), ("1 minute", 60), ("10min", 600),
     ("1h", 3600), ("24 hours", 86400), ("30 days", 2592000), ("2 weeks", 1209600), ("1 year", 31536000),
     ("2 Years", 63072000), ("0s", 0)],
)  # fmt: skip
def test_durations_have_units(text, seconds):
    assert values.duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("10MB", 10_000_000), ("5 MiB", 5_242_880), ("500kB", 500_000), ("20000", 20_000), ("1.5M", 1_500_000)],
)
def test_sizes_have_units_or_are_bytes(text, size):
    assert values.size(text) == size


@pytest.mark.parametrize(
    "text", ["every 0 minutes", "every", "minutes", "every 40 days", "every -1 hours", "10"]
)
def test_other_intervals_are_refused(text):
    with pytest.raises(ValueError, match=r"schedule|between"):
        schedules.schedule(text)


CRON = ["* * * * *", "*/10 6-22 * * mon-fri", "0 0 1,15 * *", "0 7 29 2 *", "0 0 31 2 mon", "5/15 * * * *",
        "0 0 * jan,mar-may sun", "0 0 * * 7", "0 0 * * fri-sun", "0 0 * * sat-mon", "0 0 * * sun-tue",
        "0 0 * * */2", "0 0 * * mon-sun/6", "0-30/10 * * * *", "0  7 * * *"]  # fmt: skip


@pytest.mark.parametrize("line", CRON)
def test_cron_lines_that_are_accepted_can_be_kept(line):
    assert cron_trigger(schedules.cron(line), "Europe/Berlin").get_next_fire_time(None, NOON) is not None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("* * * *", "five fields"),
        ("@daily", "five fields"),
        ("60 * * * *", "minute 60 is not between 0 and 59"),
        ("* 24 * * *", "hour 24"),
        ("* * 0 * *", "day 0"),
        ("* * * 13 *", "month 13"),
        ("* * * * 8", "weekday 8"),
        ("* * * jam *", "did you mean 'jan'"),
        ("* * * * fry", "did you mean 'fri'"),
        ("mon * * * *", "is no minute"),
        ("30-10 * * * *", "run backwards"),
        ("*/0 * * * *", "step of 0"),
        ("*/60 * * * *", "step of 60"),
        ("1,,2 * * * *", "is no minute"),
        ("1-2-3 * * * *", "is no minute"),
        ("0 0 31 2,4 *", "never comes due"),
    ],
)
def test_cron_lines_that_cannot_be_are_refused(line, sentence):
    with pytest.raises(ValueError, match=sentence):
        schedules.cron(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every story", values.Announce("story")),
        ("digest at 07:00", values.Announce("digest", "07:00")),
        ('digest at "7:30"', values.Announce("digest", "07:30")),
        ('every story | digest at "07:00"', values.Announce("story")),
    ],
)
def test_alerts_say_when(text, expected):
    assert values.announce(text) == expected


@pytest.mark.parametrize(
    "text", ["https://x.de", "http://x.de:8080/a?b=c#d", "https://u:p@x.de/%2b~", "http://[::1]/"]
)
def test_web_addresses_stay_as_they_are_written(text):
    assert values.address(text) == text


@pytest.mark.parametrize(
    "text",
    ["taz", "taz.de/rss", "file:///etc/passwd", "ftp://x.de/", "javascript:alert(1)", "data:text/plain,x", "https://",
     "https://x.de:99999/", "http://[::1/", "https://x y.de/", "https://x.de/a b", "http:/x.de", "//x.de/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(text):
    with pytest.raises(ValueError, match="web address"):
        values.address(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("de", "de"), ("de-AT", "de"), ("de_CH", "de"), ("DEU", "de"), ("eng", "en"), ("ua", "uk"), ("no", "no"), ("nb", "no")],
)  # fmt: skip
def test_a_language_is_written_as_articles_have_it(text, code):
    assert code == values.language(text)


@pytest.mark.parametrize("text", ["gr", "xx", "tur", "german", "deutsch", "1", "de de", "de, en"])
def test_what_no_article_is_written_in_is_no_language(text):
    with pytest.raises(ValueError, match="no language"):
        values.language(text)
