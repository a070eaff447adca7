"""What `keep:` lets go: entries that are old and in no feed any more; and that they stay old news."""

from contextlib import closing
from datetime import timedelta

import pytest
from store_scene import (
    FEED_A,
    NOON,
    all_rows,
    entry,
    fresh,
    poll,
    quick_store,
    settings,
    value,
)

from monitor.core.entries import address_of, digest, reconcile
from monitor.errors import StoreError
from monitor.model import Changes, KeepRules, Outcome
from monitor.store.invariants import violations
from monitor.store.opening import open_for_reading
from monitor.store.prune import ENTRIES_AT_ONCE, need_plausible, prune

YEAR = timedelta(days=365)
LATER = NOON + timedelta(days=400)
KEEP = KeepRules(entries=YEAR)


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def harbour(store):
    feeds = store.run(lambda books: books.due_feeds(LATER, regardless=True))
    return next(feed for feed in feeds if feed.url == FEED_A)


def serve(store, *entries, at=NOON):
    """A poll whose answer had these entries, compared with what is known and written as the journey does."""
    feed = harbour(store)

    def record(books):
        changes = reconcile(books.known_entries(feed.id, [(e.key, address_of(e)) for e in entries]), entries)
        outcome = "new" if changes.new or changes.changed else "unchanged"
        answer = poll(feed, at, outcome, entries=entries)
        books.save_poll(answer, changes, None)
        return answer

    return store.run(record)


def settle_all(store):
    ids = [row[0] for row in all_rows(store, "select id from entries")]
    for entry_id in ids:
        store.run(
            lambda books, i=entry_id: books.set_entry(i, Outcome("off_topic", "no topic matched"), NOON)
        )


def titles(store):
    return [row[0] for row in all_rows(store, "select key from entries order by key")]


def test_old_entries_go_and_their_keys_are_remembered(store):
    serve(store, entry("old"), entry("older"))
    settle_all(store)
    serve(store, entry("new"), at=LATER - timedelta(days=1))

    gone = prune(store.path, store.run, KEEP, LATER)

    assert (2, ["new"]) == (gone.entries, titles(store))
    assert [("old",), ("older",)] == all_rows(store, "select key from _tombstones order by key")
    assert [] == check(store)


def check(store, **more):
    with closing(open_for_reading(store.path)) as conn:
        return violations(conn, **more)


def test_entries_that_wait_to_be_read_stay_however_old(store):
    serve(store, entry("waiting"))
    serve(store, entry("new"), at=LATER)

    assert 0 == prune(store.path, store.run, KEEP, LATER).entries


def test_r22_what_an_unchanged_feed_still_serves_stays(store):
    serve(store, entry("one"), entry("two"))
    settle_all(store)
    unchanged = poll(harbour(store), LATER - timedelta(hours=1), "not_modified", status=304)
    store.run(lambda books: books.save_poll(unchanged, Changes(), None))

    assert 0 == prune(store.path, store.run, KEEP, LATER).entries


def test_what_a_silent_feed_served_goes(store):
    serve(store, entry("one"))
    settle_all(store)

    assert 1 == prune(store.path, store.run, KEEP, LATER).entries


def test_r21_a_feed_that_serves_its_whole_archive_brings_nothing_back(store):
    archive = [entry(f"e{n:03}") for n in range(500)]
    serve(store, *archive)
    settle_all(store)
    serve(store, entry("today"), at=LATER - timedelta(days=2))
    assert 500 == prune(store.path, store.run, KEEP, LATER).entries

    for hours in (0, 1):
        answer = serve(store, *archive, entry("today"), at=LATER + timedelta(hours=hours))

        assert "unchanged" == answer.outcome
        assert ["today"] == titles(store)
    assert [(0, 501)] * 2 == all_rows(
        store, "select new_entries, known_entries from polls order by id desc limit 2"
    )
    assert [] == all_rows(store, "select because from gaps")
    assert [] == check(store, served={FEED_A: [e.key for e in archive]})


def test_a_pruned_entry_with_another_guid_at_its_old_address_is_known(store):
    serve(store, entry("a"))
    settle_all(store)
    prune(store.path, store.run, KEEP, LATER)

    serve(store, entry("renamed", url="https://harbour.test/news/a", title="Title of a"), at=LATER)

    assert [] == titles(store)


def test_a_pruned_entry_with_other_words_is_an_entry_again_once(store):
    serve(store, entry("a"))
    settle_all(store)
    prune(store.path, store.run, KEEP, LATER)

    for _ in range(2):
        serve(store, entry("a", title="Title of a, corrected"), at=LATER)

    assert [("a", "waiting")] == all_rows(store, "select key, state from entries")
    assert 0 == value(store, "select count(*) from _tombstones")
    assert [(0, 1), (0, 1)] == all_rows(store, "select new_entries, known_entries from polls")
    assert [] == check(store)


def test_a_new_time_stamp_alone_brings_nothing_back(store):
    serve(store, entry("a", updated=NOON))
    settle_all(store)
    prune(store.path, store.run, KEEP, LATER)

    serve(store, entry("a", updated=LATER), at=LATER)

    assert [] == titles(store)


def test_a_pruned_guid_that_another_item_has_now_keeps_nothing_out(store):
    serve(store, entry("1"))
    settle_all(store)
    prune(store.path, store.run, KEEP, LATER)

    other = entry("1", url="https://harbour.test/news/other", title="Something else altogether")
    serve(store, other, at=LATER)

    assert [("Something else altogether",)] == all_rows(store, "select title from entries")


def test_old_polls_go_and_those_that_coverage_tells_of_stay(store):
    feed = harbour(store)
    for days in (0, 330, 399):
        answer = poll(feed, NOON + timedelta(days=days), "not_modified", status=304)
        store.run(lambda books, answer=answer: books.save_poll(answer, Changes(), None))

    gone = prune(store.path, store.run, KeepRules(entries=timedelta(hours=1)), LATER)

    assert (1, 2) == (gone.polls, value(store, "select count(*) from polls"))


def test_r18_pruning_stops_when_it_is_told_to(store):
    serve(store, *(entry(f"e{n}") for n in range(600)))
    settle_all(store)
    asked = []

    def stopped():
        asked.append(1)
        return len(asked) > 1

    assert ENTRIES_AT_ONCE == prune(store.path, store.run, KEEP, LATER, stopped=stopped).entries


def test_r18_pruning_rests_after_every_handful(store):
    serve(store, *(entry(f"e{n}") for n in range(250)))
    settle_all(store)
    done = []

    gone = prune(store.path, lambda work: done.append("write") or store.run(work), KEEP, LATER, rest=lambda: done.append("rest"))  # fmt: skip

    assert 250 == gone.entries
    assert ["write", "rest"] * 3 + ["write"] == done


def test_digests_tell_an_edit_from_a_new_time_stamp():
    assert digest(entry("a")).partition("-")[0] == digest(entry("a", updated=NOON)).partition("-")[0]


# ── the clock ────────────────────────────────────────────────────────────────────────────────────


def polled_on(store, *moments):
    for at in moments:
        answer = poll(harbour(store), at, "not_modified", status=304)
        store.run(lambda books, answer=answer: books.save_poll(answer, fresh(), None))


DAY = timedelta(days=1)
CLOCKS = {
    "three days of polls": ((NOON, NOON + DAY, NOON + 2 * DAY), NOON + 3 * DAY, None),
    "a new installation": ((NOON,), NOON + DAY, "believed"),
    "a year ahead": ((NOON, NOON + DAY, NOON + 2 * DAY), NOON + YEAR, "believed"),
    "a year ahead, and polling": (
        (NOON, NOON + DAY, NOON + 2 * DAY, NOON + YEAR),
        NOON + YEAR,
        "believed",
    ),
    "back in 1970": ((NOON, NOON + DAY, NOON + 2 * DAY), NOON - 20_000 * DAY, "set the clock right"),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_r36_nothing_is_let_go_while_the_clock_contradicts_the_archive(store, case):
    moments, now, refused = CLOCKS[case]
    polled_on(store, *moments)
    with closing(open_for_reading(store.path)) as conn:
        if refused is None:
            need_plausible(conn, now)
        else:
            with pytest.raises(StoreError, match=refused):
                need_plausible(conn, now)
