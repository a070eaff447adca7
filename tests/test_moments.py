"""Dates that keep to no standard: zones by name, months in their own language."""

from datetime import UTC, datetime

import pytest
from feed_texts import ITEM, jsonfeed, only, read, rss

from monitor.core.moments import LONGEST, moment
from monitor.core.pagedates import read_date


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("GMT", "10:00"), ("", "10:00"), ("EST", "15:00"), ("PDT", "17:00"), ("CET", "09:00"), ("CEST", "08:00"), ("MESZ", "08:00"),
        ("BST", "09:00"), ("EET", "08:00"), ("EEST", "07:00"), ("MSK", "07:00"), ("МСК", "07:00"), ("IST", "04:30"),
        ("SGT", "02:00"), ("JST", "01:00"), ("AEST", "00:00"), ("NST", "13:30"), ("+0200", "08:00"), ("+02:00", "08:00"),
        ("-03", "13:00"), ("GMT+2", "08:00"), ("GMT+0200 (CEST)", "08:00"), ("UTC-3", "13:00"), ("(MEZ)", "09:00"), ("Uhr", "10:00"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("date", ["Mon, 12 Oct 2020 10:00:00", "2020-10-12T10:00:00", "12 Okt 2020, 10:00"])
def test_a_zone_is_known_by_its_name_or_distance(date, zone, hour):
    found = moment(f"{date} {zone}")

    assert f"2020-10-12 {hour}:00+00:00" == str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mo, 12 Okt 2020 10:00:00 +0200", "2020-10-12 08:00"),
        ("lun., 12 oct. 2020 10:00:00 +0200", "2020-10-12 08:00"),
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15 23:38"),
        ("12. März 2020 um", None),
        ("12. März 2020", "2020-03-12 00:00"),
        ("1 août 2020 9:05", "2020-08-01 09:05"),
        ("14 juin 2020 09:05", "2020-06-14 09:05"),
        ("14 juillet 2020 09:05", "2020-07-14 09:05"),
        ("12 de octubre de 2020 10:00", "2020-10-12 10:00"),
        ("Пн, 12 окт 2020 10:00:00 +0300", "2020-10-12 07:00"),
        ("12 жовтня 2020 10:00", "2020-10-12 10:00"),
        ("12 Ekim 2020 10:00 +03:00", "2020-10-12 07:00"),
        ("12.10.2020 10:00 Uhr", "2020-10-12 10:00"),
        ("2020年10月12日 10:00", "2020-10-12 10:00"),
        ("2020/10/12 10:00", "2020-10-12 10:00"),
        ("Monday, October 12, 2020 - 10:00", "2020-10-12 10:00"),
        ("Oct 12, 2020 10:00 PM EST", "2020-10-13 03:00"),
        ("Oct 12, 2020 12:15 a.m.", "2020-10-12 00:15"),
        ("Mon, 12 Oct 2020 22:00:00 PM +0200", "2020-10-12 20:00"),
        ("Mon Oct 12 10:00:00 CEST 2020", "2020-10-12 08:00"),
        ("Mon, 12 Oct 2020 24:00:00 GMT", "2020-10-13 00:00"),
        ("31 Feb 2020 10:00:00 GMT", None),
        ("12 Oct 2020 25:00 GMT", None),
        ("12 Oct 2020 10:61 GMT", None),
        ("12 Oct 2020 10:00 Europe/Berlin", None),
        ("12 Oct 2020 10:00 +9900", None),
        ("12 lip 2020 10:00", None),  # July in Polish, June in Croatian
        ("10/12/2020 10:00", None),  # October or December
        ("1 Jan 0001 00:00 +0500", None),
        ("yesterday", None),
        ("", None),
        ("12 Oct 2020 10:00 " + "x" * LONGEST, None),
    ],
)
def test_a_date_is_read_as_it_is_written_or_not_at_all(text, expected):
    found = moment(text)

    assert expected == (f"{found:%Y-%m-%d %H:%M}" if found else None)


@pytest.mark.parametrize(
    "text", ["Sun, 01 Feb 2026 10:00:00 CEST", "So, 1 Feb 2026 10:00:00 +0200", "2026-02-01 10:00:00 MESZ"]
)
def test_feeds_and_pages_are_read_by_the_same_clock(text):
    now, expected = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, 8, tzinfo=UTC)
    feeds = [
        rss(ITEM + f"<pubDate>{text}</pubDate>"),
        jsonfeed({"id": "1", "title": "A", "date_published": text}),
    ]

    assert [expected] * 3 == [only(read(feed)).published for feed in feeds] + [read_date(text, now)]


def test_what_no_one_can_read_is_asked_of_the_parser_of_feeds():
    entry = only(read(rss(ITEM + "<pubDate>Sun, 01 Feb 26 10:00:00 Europe/Berlin</pubDate>")))

    assert datetime(2026, 2, 1, 10, tzinfo=UTC) == entry.published
