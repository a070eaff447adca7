"""Entries in the database: rows when seen, known again, changed."""

import pytest
from store_scene import (
    FEED_A,
    FEED_B,
    NOON,
    all_rows,
    entry,
    fresh,
    minutes,
    poll,
    quick_store,
    settings,
    value,
)

from monitor.model import Changes

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


# ── entries ──────────────────────────────────────────────────────────────────────────────────────


def test_entries_are_rows_when_seen(store):
    one = entry("a", url="HTTPS://Harbour.test/news/a?utm_source=rss", author="Ada", published=NOON - minutes(3),
                published_raw="Mon, 01 Jun", content="<p>All of it</p>")  # fmt: skip
    save(store, feed_of(store), fresh(one), entries=[one])

    row = all_rows(
        store,
        "select url, address, title, author, published_at, published_raw, first_seen_at, last_seen_at, state, language from entries",
    )

    assert row == [("HTTPS://Harbour.test/news/a?utm_source=rss", "https://harbour.test/news/a", "Title of a", "Ada",
             "2026-06-01T11:57:00Z", "Mon, 01 Jun", "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z", "waiting", "en")]  # fmt: skip
    assert value(store, "select html from _entry_content") == "<p>All of it</p>"


def test_tracking_parameters_of_the_settings_are_taken_out_of_addresses(store, tmp_path):
    store.run(lambda books: books.sync(settings(tmp_path, tracking_parameters=("wt_x",)), NOON))
    save(
        store,
        feed_of(store),
        fresh(entry("a", url="https://harbour.test/a?wt_x=1&id=2")),
        entries=[entry("a")],
    )

    assert value(store, "select address from entries") == "https://harbour.test/a?id=2"


def test_an_entry_that_cannot_be_stored_as_it_is_costs_only_its_odd_signs(store):
    odd = entry("odd", title="half \ud83d a pair, and \0 a NUL", summary="\udc00")
    save(store, feed_of(store), fresh(odd, entry("good")), entries=[odd, entry("good")])

    assert [t for (t,) in all_rows(store, "select title from entries order by id")] == [
        "half \ufffd a pair, and \ufffd a NUL",
        "Title of good",
    ]


def test_the_same_key_twice_is_one_entry(store):
    save(store, feed_of(store), fresh(entry("a"), entry("a", title="Again")), entries=[entry("a")])
    save(store, feed_of(store), fresh(entry("a", title="And again")), at=LATER, entries=[entry("a")])

    assert all_rows(store, "select title from entries") == [("Title of a",)]
    assert [n for (n,) in all_rows(store, "select new_entries from polls order by id")] == [1, 0]


def test_two_feeds_may_use_the_same_key(store):
    for url in (FEED_A, FEED_B):
        save(store, feed_of(store, url), fresh(entry("a")), entries=[entry("a")])

    assert value(store, "select count(*) from entries") == 2


def test_known_entries_are_found_by_key_and_by_address_within_their_feed(store):
    a, b = feed_of(store, FEED_A), feed_of(store, FEED_B)
    save(store, a, fresh(entry("a"), entry("b"), entry("c")), entries=[entry("a")])
    save(store, b, fresh(entry("a", url="https://harbour.test/news/c")), entries=[entry("a")])

    known = store.run(
        lambda books: books.known_entries(
            a.id, [("a", None), ("new key", "https://harbour.test/news/c"), ("x", None)]
        )
    )

    assert [one.key for one in known] == ["a", "c"]
    assert (
        known[0].digest,
        known[0].state,
        known[0].address,
    ) == ("digest of a", "waiting", "https://harbour.test/news/a")


def test_a_seen_entry_is_as_it_was_but_for_when_it_was_seen_last(store):
    feed = feed_of(store)
    save(store, feed, fresh(entry("a")), entries=[entry("a")])
    save(store, feed, Changes(seen=(1,)), at=LATER, entries=[entry("a")])

    assert all_rows(store, "select first_seen_at, last_seen_at, state from entries") == [
        ("2026-06-01T12:00:00Z", "2026-06-01T12:05:00Z", "waiting")
    ]


@pytest.mark.parametrize(
    ("state", "afterwards"),
    [
        ("off_topic", "waiting"),
        ("quarantined", "waiting"),
        ("failed", "waiting"),
        ("skipped", "waiting"),
        ("waiting", "waiting"),
        ("stored", "stored"),
    ],
)
def test_a_changed_entry_is_read_again(store, state, afterwards):
    feed = feed_of(store)
    save(store, feed, fresh(entry("a")), entries=[entry("a")])
    store.run(
        lambda books: books.conn.execute(
            "update entries set state = ?, because = 'it was so', tries = 3", (state,)
        )
    )

    changed = entry("a", title="Other title", summary="Other lead", content="<p>other</p>")
    save(store, feed, Changes(changed=((1, changed, "d2"),)), at=LATER, entries=[changed])

    assert [(afterwards, "Other title", "Other lead", "d2")] == all_rows(
        store, "select state, title, summary, digest from entries"
    )
    if state != afterwards:
        assert value(store, "select because from entries") == "it changed in the feed; before: it was so"
        assert value(store, "select tries from entries") == 0
