"""Feeds, topics and polls in the database: what is due, what a poll leaves behind."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from store_scene import (
    FEED_A,
    FEED_B,
    NOON,
    all_rows,
    entry,
    following,
    fresh,
    minutes,
    poll,
    quick_store,
    settings,
    topic,
    value,
)

from monitor.core.coverage import found
from monitor.model import Changes, Cooldown, FeedSource, Gap, Hints, Schedule
from monitor.store.times import stamp

LATER = NOON + minutes(5)
NOTHING = Changes()


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def feed_of(store, url=FEED_A):
    return next(
        feed
        for feed in store.run(lambda books: books.due_feeds(NOON, regardless=True, gone_too=True))
        if feed.url == url
    )


def save(store, feed, changes=NOTHING, gap=None, **changed):
    store.run(lambda books: books.save_poll(poll(feed, **changed), changes, gap))


def due(store, now=NOON, **how):
    return [feed.url for feed in store.run(lambda books: books.due_feeds(now, **how))]


def test_an_outage_of_a_feed_that_was_never_read_is_one_row(store):
    for minute in (0, 10, 20, 30):
        one, at = feed_of(store), NOON + timedelta(minutes=minute)
        outcome = "error" if minute < 30 else "new"
        failing = {"state": "failing", "failures": one.failures + 1} if outcome == "error" else {}
        changed = {"at": at, "outcome": outcome, "next": following(at, **failing)}
        save(store, one, gap=found(one, NOTHING, outcome, at), **changed)

    assert [(stamp(NOON), stamp(NOON + timedelta(minutes=30)))] == all_rows(
        store, "select from_at, to_at from gaps"
    )


# ── the configuration ────────────────────────────────────────────────────────────────────────────


def test_new_feeds_are_due_at_once_and_belong_to_the_outlet_that_registered_their_domain(store):
    assert due(store) == [FEED_A, FEED_B]
    assert all_rows(store, "select id, name from outlets order by id") == [
        ("harbour.test", "Harbour Post"),
        ("meadow.test", "meadow.test"),
    ]


def test_r35_a_second_sync_changes_nothing(store, tmp_path):
    save(store, feed_of(store))
    before = (
        all_rows(store, "select * from feeds"),
        all_rows(store, "select * from topics"),
        all_rows(store, "select * from _feed_topics"),
    )

    store.run(lambda books: books.sync(settings(tmp_path), LATER))

    assert before == (
        all_rows(store, "select * from feeds"),
        all_rows(store, "select * from topics"),
        all_rows(store, "select * from _feed_topics"),
    )


def test_an_outlet_loses_its_name_with_the_configuration_that_gave_it(store, tmp_path):
    def named(name, *urls):
        feeds = tuple(FeedSource(url, outlet=name) for url in urls or (FEED_A, FEED_B))
        store.run(lambda books: books.sync(settings(tmp_path, feeds=feeds), LATER))
        return [row[:2] for row in all_rows(store, "select * from outlets order by id")]

    assert [("harbour.test", "Post"), ("meadow.test", "Post")] == named("Post")
    assert [("harbour.test", "Post"), ("meadow.test", "meadow.test")] == named(
        None, FEED_B
    )  # A is watched no more
    assert [("harbour.test", "harbour.test"), ("meadow.test", "meadow.test")] == named(None)
    store.run(lambda books: books.name_outlet("meadow.test", "The Meadow"))  # as an import does
    assert [("harbour.test", "harbour.test"), ("meadow.test", "The Meadow")] == named(None)


def test_r35_a_feed_that_is_no_longer_configured_rests_and_comes_back_as_it_was(store, tmp_path):
    save(store, feed_of(store))
    only_b = settings(tmp_path, topic(feeds=(FEED_B,)), feeds=(FeedSource(FEED_B),))
    store.run(lambda books: books.sync(only_b, LATER))

    assert due(store, regardless=True) == [FEED_B]

    store.run(lambda books: books.sync(settings(tmp_path), LATER))

    assert NOON + minutes(10) == feed_of(store).next_poll_at
    assert feed_of(store).state == "ok"


def test_a_gone_feed_that_comes_back_to_the_configuration_stays_gone(store, tmp_path):
    save(store, feed_of(store), outcome="error", next=following(NOON, at=None, state="gone"))
    store.run(lambda books: books.sync(settings(tmp_path, feeds=(FeedSource(FEED_B),)), LATER))
    store.run(lambda books: books.sync(settings(tmp_path), LATER))

    assert (feed_of(store).state, feed_of(store).next_poll_at) == ("gone", None)


def test_names_given_later_are_taken_over(store, tmp_path):
    feeds = (FeedSource(FEED_A, "post", "The Post"), FeedSource(FEED_B, "meadow"))
    store.run(lambda books: books.sync(settings(tmp_path, feeds=feeds), LATER))

    assert [name for (name,) in all_rows(store, "select name from outlets order by id")] == [
        "The Post",
        "meadow.test",
    ]
    assert due(store, feeds=["meadow"]) == [FEED_B]


def test_a_topic_that_is_no_longer_configured_is_inactive_and_keeps_its_row(store, tmp_path):
    store.run(lambda books: books.sync(settings(tmp_path, topic("ferries")), LATER))

    assert all_rows(store, "select id, active from topics order by id") == [("bridges", 0), ("ferries", 1)]
    assert feed_of(store).topics == ("ferries",)


@pytest.mark.parametrize(
    ("changed", "moves"),
    [
        ({"query": "ferr*"}, True),
        ({"languages": ("de",)}, True),
        ({"exclude": ("tabloid.test",)}, True),
        ({"title": "Other words"}, False),
        ({"schedule": Schedule("every 2 hours", timedelta(hours=2))}, False),
    ],
    ids=str,
)
def test_a_topic_is_marked_as_changed_when_it_wants_something_else(store, tmp_path, changed, moves):
    store.run(lambda books: books.sync(settings(tmp_path, topic(**changed)), LATER))

    assert moves == (value(store, "select changed_at from topics") == "2026-06-01T12:05:00Z")


def test_a_feed_knows_its_topics_even_those_with_odd_names(store, tmp_path):
    store.run(lambda books: books.sync(settings(tmp_path, topic("b, c"), topic("a d")), LATER))

    assert feed_of(store).topics == ("a d", "b, c")


# ── due ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_longest_due_comes_first_and_what_is_not_due_does_not_come(store):
    save(store, feed_of(store), next=following(NOON, at=NOON - minutes(1)))

    assert due(store) == [FEED_A, FEED_B]
    assert due(store, limit=1) == [FEED_A]
    assert due(store, now=NOON - minutes(1)) == [FEED_A]
    assert due(store, now=NOON - minutes(2)) == []


def test_due_feeds_of_a_topic_of_names_and_of_addresses(store, tmp_path):
    store.run(
        lambda books: books.sync(
            settings(tmp_path, topic("a", feeds=(FEED_A,)), topic("b", feeds=(FEED_B,))), NOON
        )
    )

    assert due(store, topic="a") == [FEED_A]
    assert due(store, feeds=["harbour"]) == [FEED_A]
    assert due(store, feeds=[FEED_B]) == [FEED_B]
    assert due(store, feeds=["nobody"]) == []


def test_regardless_passes_over_our_own_cadence_but_not_over_gone(store):
    save(store, feed_of(store))
    save(store, feed_of(store, FEED_B), outcome="error", next=following(NOON, at=None, state="gone"))

    assert due(store) == []
    assert due(store, regardless=True) == [FEED_A]
    assert {FEED_A, FEED_B} == set(due(store, regardless=True, gone_too=True))


def test_when_the_next_feed_is_due(store):
    assert store.run(lambda books: books.next_due()) == NOON
    for url in (FEED_A, FEED_B):
        save(store, feed_of(store, url), outcome="error", next=following(NOON, at=None, state="gone"))
    assert store.run(lambda books: books.next_due()) is None


def test_a_postponed_feed_is_due_when_its_host_may_be_asked_again_and_no_poll_is_written(store):
    store.run(
        lambda books: books.postpone(feed_of_id(books), NOON + minutes(30), "the host asked for a pause")
    )

    assert due(store, now=NOON + minutes(29)) == [FEED_B]
    assert value(store, "select count(*) from polls") == 0


def feed_of_id(books):
    return books.conn.execute("select id from feeds where url = ?", (FEED_A,)).fetchone()[0]


# ── polls ────────────────────────────────────────────────────────────────────────────────────────


def test_a_poll_leaves_its_feed_as_the_next_poll_needs_it(store):
    hints = Hints(timedelta(hours=1), frozenset({1, 2}), frozenset({6}), timedelta(minutes=90))
    one = replace(feed_of(store), effective_url="https://harbour.test/new.xml")
    save(store, one, fresh(entry()), entries=[entry()], etag='"e"', last_modified="Mon", validators_url="https://x.test/",
         body_digest="d", hints=hints, effective_url=one.effective_url)  # fmt: skip

    after = feed_of(store)

    assert (
        after.state,
        after.etag,
        after.last_modified,
        after.validators_url,
        after.body_digest,
    ) == ("ok", '"e"', "Mon", "https://x.test/", "d")
    assert (
        after.effective_url,
        after.title,
        after.interval_s,
        after.failures,
    ) == ("https://harbour.test/new.xml", "Harbour Post", 600, 0)
    assert (NOON, NOON + minutes(10), hints) == (after.last_poll_at, after.next_poll_at, after.hints)
    assert (
        all_rows(store, "select last_ok_at, last_new_at from feeds where url = ?", FEED_A)[0]
        == ("2026-06-01T12:00:00Z",) * 2
    )


def test_an_error_is_a_row_and_keeps_when_things_were_well(store):
    save(store, feed_of(store), fresh(entry()), entries=[entry()], etag='"e"')
    for i in (1, 2):
        at = NOON + minutes(10 * i)
        feed = feed_of(store)
        save(store, feed, at=at, outcome="error", status=500, error="HTTP 500", etag=feed.etag,
             next=following(at, state="failing", failures=i))  # fmt: skip

    row = all_rows(
        store,
        "select state, failures, last_error, last_ok_at, failing_since, etag from feeds where url = ?",
        FEED_A,
    )

    assert row == [("failing", 2, "HTTP 500", "2026-06-01T12:00:00Z", "2026-06-01T12:10:00Z", '"e"')]
    assert all_rows(store, "select outcome, error from polls order by id") == [
        ("new", None),
        ("error", "HTTP 500"),
        ("error", "HTTP 500"),
    ]

    save(store, feed_of(store), at=NOON + minutes(30), outcome="not_modified", status=304)

    assert all_rows(store, "select last_error, failing_since from feeds where url = ?", FEED_A) == [
        (None, None)
    ]


def test_a_poll_row_counts_what_was_new_and_what_was_known(store):
    feed = feed_of(store)
    save(store, feed, fresh(entry("a"), entry("b")), entries=[entry("a"), entry("b")])
    known = store.run(lambda books: books.known_entries(feed.id, [("a", None), ("b", None)]))
    both = Changes(
        new=fresh(entry("c")).new,
        changed=((known[0].id, entry("a", title="New"), "d2"),),
        seen=(known[1].id,),
    )
    save(store, feed, both, at=LATER, entries=[entry("a"), entry("b"), entry("c")])
    save(store, feed, at=LATER, outcome="not_modified")

    rows = all_rows(store, "select entries, new_entries, known_entries from polls order by id")

    assert rows == [(2, 2, 0), (3, 1, 2), (None, 0, None)]


def test_r09_r20_all_of_a_poll_is_written_or_nothing(store):
    feed = feed_of(store)

    def half(books):
        books.save_poll(poll(feed, entries=[entry()], etag='"e"'), fresh(entry()), None)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        store.run(half)

    assert (
        value(store, "select count(*) from entries"),
        value(store, "select count(*) from polls"),
        feed_of(store).etag,
    ) == (0, 0, None)


# ── gaps and hosts ───────────────────────────────────────────────────────────────────────────────


def test_a_gap_that_goes_on_is_one_row(store):
    feed = feed_of(store)
    for end in (10, 20):
        gap = Gap(NOON, NOON + minutes(end), "outage", f"{end} minutes without an answer")
        save(store, feed, gap=gap, at=NOON + minutes(end))
    save(store, feed, gap=Gap(NOON, LATER, "silence", "nothing new"))

    rows = all_rows(store, "select kind, to_at, because from gaps order by id")

    assert rows == [
        ("outage", "2026-06-01T12:20:00Z", "20 minutes without an answer"),
        ("silence", "2026-06-01T12:05:00Z", "nothing new"),
    ]


def test_a_pause_that_a_host_asked_for_survives_and_is_never_shortened(store):
    feed = feed_of(store)
    save(store, feed, next=following(NOON, cooldown=Cooldown("harbour.test", NOON + minutes(60), "429")))
    store.run(lambda books: books.cool(Cooldown("harbour.test", LATER, "503")))
    store.run(lambda books: books.cool(Cooldown("short.test", LATER, "503")))

    assert [Cooldown("harbour.test", NOON + minutes(60), "429")] == store.run(
        lambda books: books.cooldowns(LATER)
    )
    assert len(store.run(lambda books: books.cooldowns(NOON))) == 2


@dataclass
class Robots:
    host: str
    fetched_at: datetime | None
    status: int | None
    body: str
    failures: int
    retry_at: datetime


def test_robots_txt_is_remembered_as_it_was_read(store):
    first = Robots(
        "harbour.test:443", NOON, 200, "User-agent: *\nDisallow: /x", 0, NOON + timedelta(hours=24)
    )
    second = replace(first, status=503, failures=1, retry_at=NOON + timedelta(hours=1))
    store.run(lambda books: books.put_robots(first))
    store.run(lambda books: books.put_robots(second))

    assert [second] == [Robots(**record) for record in store.run(lambda books: books.robots())]
