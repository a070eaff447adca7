"""Sudden rises: against the topic's own rhythm, not for what had piled up, told once."""

from datetime import timedelta

import pytest
from office_scene import DAY, HOUR, Clock, bridges, desk, opened
from receiver import Receiver
from store_scene import ALONE, FEED_A, NOON, Changes, all_rows, article, match, minutes, poll

from monitor.core.rises import in_words, is_rise, usual
from monitor.outputs.dispatch import dispatch
from monitor.outputs.rises import look_for_rises

RISING = bridges(rise=True)


@pytest.mark.parametrize(
    ("count", "history", "weekday", "expected"),
    [
        (31, [4] * 28, 2, True),
        (31, [4] * 6, 2, False),  # too little is known
        (7, [0] * 28, 2, False),  # too few to be a rise
        (8, [0] * 28, 2, True),
        (31, [12] * 28, 2, False),  # not three times as many
        (40, [4, 60, 5, 55, 3, 58, 4] * 4, 2, False),  # that much comes every other day
        (31, [4] * 10 + [None] * 18, 2, True),
        (20, [None if day % 7 not in (5, 6) else 2 for day in range(28)], 4, True),
    ],
)
def test_a_rise_is_far_above_what_these_days_had(count, history, weekday, expected):
    assert expected == is_rise(count, history, weekday)


def test_weekends_are_compared_with_weekends():
    monday = 0
    history = [1 if (monday - day) % 7 >= 5 else 10 for day in range(1, 29)]

    assert (10, 1) == (usual(history, monday)[0], usual([1] * 28, 5)[0])
    assert usual([1 if (5 - day) % 7 >= 5 else 10 for day in range(1, 29)], 5)[0] == 1


def test_a_rise_is_said_in_one_line():
    assert "31 articles in 3 h, usually 4" == in_words(31, 3.7)


def history(store, counts, end, *, watched=True):
    """So many articles in the three hours before `end` on each day, today first; and polls that show it was watched."""
    number = 0
    for days, count in enumerate(counts):
        for item in range(count):
            number += 1
            at = end - days * DAY - minutes(5 + item)
            one = article(f"a{number}", url=f"https://harbour.test/{number}", first_seen=at, fingerprint=None)
            store.run(lambda books, one=one, at=at: books.add_article(one, ALONE, [match()], at))
    if watched:
        (feed, _) = store.run(lambda books: books.due_feeds(NOON + timedelta(days=400)))
        before = end - 3 * HOUR - minutes(20)
        store.run(lambda books: books.save_poll(poll(feed, before, "not_modified"), Changes(), None))


async def test_a_rise_is_a_row_and_an_alert_where_the_topic_asks_for_one(tmp_path):
    clock = Clock(NOON - 20 * DAY)
    async with (
        Receiver() as hook,
        opened(tmp_path / "m.db", clock, desk(hook.url), topics=(RISING,)) as (store, office),
    ):
        clock.at = NOON
        history(store, [31] + [4] * 20, NOON)
        for _ in range(3):
            store.run(lambda books: look_for_rises(books, office.topics, clock()))
            clock.go(minutes(5))
        await dispatch(office)
        rows = all_rows(store, "select topic_id, from_at, to_at, articles, because from rises")

    assert [
        ("bridges", "2026-06-01T09:00:00Z", "2026-06-01T12:00:00Z", 31, "31 articles in 3 h, usually 4")
    ] == rows
    ((_, key, body, _),) = hook.got
    assert ("bridges:rise:2026-06-01T12:00:00Z:desk", "rise") == (key, body["kind"])
    assert body["text"].startswith("Bridges: 31 articles in 3 h, usually 4\nThe story most of them carry:")


@pytest.mark.parametrize(
    "reason", ["not watched before", "a feed is new", "the topic is young", "nobody asked"]
)
async def test_what_only_looks_like_a_rise_is_none(tmp_path, reason):
    clock = Clock(NOON - (3 if reason == "the topic is young" else 20) * DAY)
    watched = bridges() if reason == "nobody asked" else RISING
    async with opened(tmp_path / "m.db", clock, desk(), topics=(watched,)) as (store, office):
        clock.at = NOON
        history(store, [31] + [4] * 15, NOON, watched=reason != "not watched before")
        if reason == "a feed is new":
            store.run(lambda books: books.conn.execute("update _feed_topics set since = '2026-06-01T10:00:00Z' where feed_id ="
                                                       " (select id from feeds where url = ?)", (FEED_A,)))  # fmt: skip
        found = store.run(lambda books: look_for_rises(books, office.topics, clock()))
        alerts = all_rows(store, "select kind from outbox")

    assert (1 if reason == "nobody asked" else 0) == len(found)
    assert [] == alerts
