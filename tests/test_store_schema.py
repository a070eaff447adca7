"""The tables that others rely on: names, columns, indexes; migrations; views that stay quick."""

import sqlite3

import pytest
from sqlite_utils import Database
from store_scene import (
    FEED_A,
    NOON,
    add,
    all_rows,
    article,
    copy_of,
    dpa,
    entry,
    fresh,
    match,
    minutes,
    poll,
    quick_store,
    settings,
    story_of,
    value,
)

from monitor.model import Gap, Outcome
from monitor.store.opening import SCHEMA_VERSION, open_for_writing
from monitor.store.tables import migrations
from monitor.store.views import VIEWS

CONTRACT = {
    "outlets": "id name",
    "feeds": "id url effective_url title outlet_id state next_poll_at last_poll_at last_ok_at last_new_at interval_s "
    "failures last_error etag last_modified",
    "polls": "id feed_id at outcome status bytes entries new_entries known_entries ms error",
    "gaps": "id feed_id from_at to_at kind because",
    "entries": "id feed_id guid url title summary author published_at first_seen_at last_seen_at state because tries "
    "next_try_at article_id",
    "articles": "id url outlet_id title byline published_at first_seen_at language words agency story_id event_id "
    "revisions access extractor gone_at gone_because",
    "article_text": "article_id text",
    "addresses": "url article_id",
    "revisions": "id article_id number seen_at title text words_added words_removed",
    "stories": "id title original_id first_seen_at last_seen_at articles outlets agency event_id",
    "copies": "article_id original_id kind share share_of_original because evidence",
    "links": "article_id other_id kind share because evidence",
    "labels": "url topic_id wanted at",
    "events": "id title first_seen_at last_seen_at stories articles outlets languages",
    "event_stories": "story_id event_id likeness nearest_id because shared moved",
    "event_overrides": "id kind url other_url at because moved",
    "topics": "id title query schedule active",
    "matches": "article_id topic_id at because",
    "outbox": "id key topic_id story_id target state tries next_try_at sent_at last_error",
    "digests": "id key target due_at state tries next_try_at sent_at last_error",
    "rises": "id topic_id from_at to_at articles usual because",
    "politeness": "host day kind requests not_modified bytes throttled refused held errors",
    "overrides": "id",
    "latest": "story_id title url outlets topics articles copies agency language first_seen_at last_seen_at",
    "story_copies": "story_id article_id title outlet kind share because first_seen_at",
    "current_events": "event_id title stories articles outlets languages reported_by first_seen_at last_seen_at",
    "feed_health": "feed_id feed outlet state failures last_error next_poll_at",
    "decisions": "entry_id title state because outlet feed topics copy first_seen_at next_try_at url article_id story_id",
    "coverage": "feed_id feed polls overlap gaps",
}
LONG_TEXT = {"_cut", "article_text", "revisions"}


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def tables(store):
    return [n for (n,) in all_rows(store, "select name from sqlite_master where type = 'table' and sql not like '%virtual%'")
            if not n.startswith(("articles_fts", "sqlite_"))]  # fmt: skip


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_that_others_rely_on_are_there(store, name):
    columns = {row[1] for row in all_rows(store, f"pragma table_info({name})")}

    assert set(CONTRACT[name].split()) <= columns


def test_every_table_of_ours_is_strict(store):
    strict = {row[1]: row[5] for row in all_rows(store, "pragma table_list")}

    assert [name for name in tables(store) if not strict[name] and name != "_sqlite_migrations"] == []


def test_internal_tables_begin_with_an_underscore(store):
    assert [name for name in tables(store) if name not in CONTRACT and not name.startswith("_")] == []


def test_every_foreign_key_is_indexed(store):
    bare = []
    for table in tables(store):
        first = {row[0] for index in all_rows(store, f"pragma index_list({table})")
                 for row in all_rows(store, f"select name from pragma_index_info('{index[1]}') where seqno = 0")}  # fmt: skip
        key = {row[1] for row in all_rows(store, f"pragma table_info({table})") if row[5] == 1}
        bare += [
            f"{table}.{fk[3]}"
            for fk in all_rows(store, f"pragma foreign_key_list({table})")
            if fk[3] not in first | key
        ]

    assert bare == []


def test_long_text_stands_only_where_nobody_browses(store):
    assert {
        t for t in tables(store) for row in all_rows(store, f"pragma table_info({t})") if row[1] == "text"
    } == LONG_TEXT


def test_the_version_is_the_number_of_the_last_migration(store):
    numbers = [int(m.name[1:4]) for m in migrations._migrations]

    assert SCHEMA_VERSION == numbers[-1] == value(store, "pragma user_version")
    assert sorted(set(numbers)) == numbers


def test_migrations_replay_one_by_one_to_the_same_schema(tmp_path, store):
    path = tmp_path / "step.db"
    for stop in [*(m.name for m in migrations._migrations[1:]), None]:
        db = Database(path)
        migrations.apply(db, stop_before=stop)
        db.close()
    conn = sqlite3.connect(path)
    stepwise = conn.execute(
        "select name, sql from sqlite_master where name not like 'sqlite%' order by name"
    ).fetchall()
    conn.close()

    assert stepwise == all_rows(
        store, "select name, sql from sqlite_master where name not like 'sqlite%' order by name"
    )


def test_an_older_database_is_brought_up_to_date_with_a_copy_beside_it_and_a_word(tmp_path, caplog):
    path = tmp_path / "old.db"
    db = Database(path)
    migrations.apply(db, stop_before="m002_views")
    db.close()

    open_for_writing(path).close()
    conn = sqlite3.connect(path)
    version = conn.execute("pragma user_version").fetchone()[0]
    conn.close()
    copies = list(tmp_path.glob("old.before-*.db"))

    assert version == SCHEMA_VERSION
    assert [True] == [
        f"is copied as it was to {copy.name}, then brought up to date" in caplog.text for copy in copies
    ]


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    db = Database(path)
    migrations.apply(db, stop_before="m002_views")
    db.close()
    monkeypatch.setitem(VIEWS, "broken", "create view broken as select nonsense from")

    with pytest.raises(Exception, match="incomplete input"):
        open_for_writing(path)
    conn = sqlite3.connect(path)
    left = conn.execute(
        "select (select * from pragma_user_version), (select count(*) from sqlite_master where type = 'view')"
    ).fetchone()
    conn.close()

    assert left == (1, 1)


# ── views ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def scene(store):
    """A story of two outlets, a story of one, an entry that was left out, a feed that failed once."""
    feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
    served = [entry("a"), entry("b")]
    store.run(lambda books: books.save_poll(poll(feed, entries=served), fresh(*served), None))
    first = add(store, article(credit=dpa()), matches=[match()])
    add(
        store,
        article("b", outlet_id="meadow.test", first_seen=NOON + minutes(7)),
        copy_of(first, story_of(store, first), "shortened"),
    )
    add(store, article("c", 3, first_seen=NOON + minutes(3)))
    store.run(lambda books: books.set_entry(1, Outcome("stored", "nothing like it", first), NOON))
    store.run(lambda books: books.set_entry(2, Outcome("off_topic", "no topic matched"), NOON))
    gap = Gap(NOON, NOON + minutes(90), "outage", "no answer")
    store.run(lambda books: books.save_poll(poll(feed, outcome="error", error="HTTP 500"), fresh(), gap))
    return store


def view(store, name, columns, more=""):
    return all_rows(store, f"select {columns} from {name} {more}")


def test_latest_shows_each_story_once_the_newest_first(scene):
    rows = view(
        scene,
        "latest",
        "story_id, title, url, outlets, topics, articles, copies, agency, language, first_seen_at",
    )

    assert rows == [
        (2, "The c", "https://harbour.test/c", "Harbour Post", None, 1, 0, None, "en", "2026-06-01T12:03:00Z"),
        (1, "The bridge", "https://harbour.test/bridge", "Harbour Post, meadow.test", "bridges", 2, 1, "dpa", "en", "2026-06-01T12:00:00Z"),
    ]  # fmt: skip


def test_story_copies_shows_who_had_it_first(scene):
    rows = view(scene, "story_copies", "story_id, outlet, kind, minutes_after_first")

    assert rows == [(1, "Harbour Post", "original", 0), (1, "meadow.test", "shortened", 7)]


def test_decisions_shows_what_became_of_every_entry(scene):
    rows = view(scene, "decisions", "title, state, because, outlet, feed, topics, copy, story_id")

    assert rows == [
        ("Title of b", "off_topic", "no topic matched", "Harbour Post", "harbour", None, None, None),
        ("Title of a", "stored", "nothing like it", "Harbour Post", "harbour", "bridges", "original", 1),
    ]


def test_feed_health_shows_what_fails_and_what_is_watched(scene):
    rows = view(
        scene, "feed_health", "feed, outlet, state, topics, last_error, last_gap_at", "order by feed_id"
    )

    assert rows == [("harbour", "Harbour Post", "ok", "bridges", "HTTP 500", "2026-06-01T13:30:00Z"),
            ("https://www.meadow.test/rss", "meadow.test", "new", "bridges", None, None)]  # fmt: skip


def test_coverage_tells_how_much_of_the_time_was_covered(scene):
    scene.run(lambda books: books.conn.execute("update polls set at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"))
    scene.run(
        lambda books: books.conn.execute(
            "update gaps set from_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-90 minutes'), to_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
        )
    )
    scene.run(
        lambda books: books.conn.execute(
            "insert into polls (feed_id, at, outcome, known_entries) select feed_id, at, 'new', 3 from polls where outcome = 'new'"
        )
    )

    row = view(
        scene, "coverage", "polls, answered, overlap, gaps, gap_hours, last_gap", "where feed = 'harbour'"
    )

    assert row == [(3, 0.667, 0.5, 1, 1.5, "no answer")]


QUICK = [
    "select * from latest limit 50",
    "select * from latest order by first_seen_at desc limit 50",
    "select * from latest order by last_seen_at desc limit 50",
    "select * from story_copies limit 50",
    "select * from decisions limit 50",
    "select * from decisions where state = 'waiting' order by first_seen_at desc limit 50",
    "select * from decisions order by first_seen_at desc limit 50",
    "select * from articles where outlet_id = 'a' order by first_seen_at desc limit 50",
    "select * from articles where language = 'de' order by first_seen_at desc limit 50",
]


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("sql", QUICK)
def test_a_page_of_fifty_follows_an_index_and_sorts_nothing(scene, sql, analysed):
    if analysed:
        for i in range(60):
            add(scene, article(f"x{i}", outlet_id=f"outlet{i}.test"), copy_of(1, 1))
        scene.run(lambda books: books.conn.execute("analyze"))
    plan = [row[3] for row in all_rows(scene, f"explain query plan {sql}") if row[1] == 0]

    assert " USING INDEX " in plan[0]
    assert [
        step for step in plan if "TEMP B-TREE" in step or (step.startswith("SCAN") and "INDEX" not in step)
    ] == []
