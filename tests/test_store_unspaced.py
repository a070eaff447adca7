"""The archive finds words of scripts without blanks, and shows them as they are written."""

import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from sqlite_utils import Database
from store_scene import (
    ALONE,
    NOON,
    add,
    all_rows,
    article,
    found,
    index_is_in_step,
    match,
    quick_store,
    settings,
    value,
)

from monitor.cli import cli
from monitor.core.unspaced import JOINT
from monitor.store import queries, searchindex
from monitor.store.opening import open_for_reading, open_for_writing
from monitor.store.tables import migrations
from monitor.store.verify import verify

TRUCE = "美国总统周一宣布，乌克兰与俄罗斯将于周三在日内瓦举行停火谈判。AI技术公司的手机。"
THAI = "การเจรจาหยุดยิงในกรุงเจนีวา"


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def chinese(name="a", **changed):
    return article(
        name, **{"text": TRUCE, "title": "日内瓦谈判", "language": "zh", "fingerprint": None, **changed}
    )


def search(tmp_path, query):
    with closing(queries.connect(tmp_path / "monitor.db")) as conn:
        return queries.search(conn, query)


@pytest.mark.parametrize(
    ("query", "snippet"),
    [
        ("停火", "在日内瓦举行[停火]谈判。AI技术公司的手"),
        ('"停火谈" AND 俄罗斯', "与[俄罗斯]将于周三在日内瓦举行[停火谈]判"),
        ("ai*", "停火谈判。[AI]技术公司"),
        ("title : 谈判", "日内瓦[谈判]"),
    ],
)
def test_a_word_is_found_in_the_middle_of_a_run_and_shown_as_written(store, tmp_path, query, snippet):
    add(store, chinese())
    (row,) = search(tmp_path, query)

    assert snippet in row["snippet"]
    assert (TRUCE, "日内瓦谈判") == (value(store, "select text from article_text"), row["title"])
    assert index_is_in_step(store)


def test_what_does_not_stand_there_is_not_found(store, tmp_path):
    add(store, chinese())

    assert [[], [], []] == [search(tmp_path, query) for query in ("火停", "停谈", "title : 停火")]


def test_texts_in_other_scripts_are_kept_once(store):
    add(store, article("b", text="Київ і Łódź – ein „Treffen“"))

    assert 0 == value(store, "select count(*) from _cut")
    assert [1] == found(store, "treffen")


def test_a_new_version_is_found_by_its_own_words_only(store, tmp_path):
    add(store, chinese())
    versions = ("双方在维也纳继续谈判。", "Talks go on in Vienna.", THAI)
    seen = []
    for text in versions:
        store.run(
            lambda books, text=text: books.add_revision(books.article(1), chinese(text=text), None, NOON)
        )
        assert index_is_in_step(store)
        seen.append([bool(search(tmp_path, query)) for query in ("停火", "维也纳", "vienna", "หยุดยิง")])

    assert [[False, True, False, False], [False, False, True, False], [False, False, False, True]] == seen
    assert [("日内瓦谈判",)] == [(row[0].replace(JOINT, ""),) for row in all_rows(store, "select title from _cut")]  # fmt: skip


def test_several_changes_in_one_transaction_leave_the_index_in_step(store):
    def work(books):
        books.add_article(chinese(), ALONE, (), NOON)
        books.add_revision(books.article(1), chinese(text="双方在维也纳谈判。"), None, NOON)
        books.add_article(chinese("c", text=THAI), ALONE, (), NOON)

    store.run(work)
    store.run(
        lambda books: books.add_revision(books.article(2), chinese("c", text="Wien", title="x"), None, NOON)
    )

    assert [["1"], []] == [[str(row) for row in found(store, query)] for query in ('"维 也 纳"', '"ห ย"')]
    assert index_is_in_step(store)


def test_an_article_that_is_withdrawn_leaves_nothing_behind(store):
    add(store, chinese())
    store.run(lambda books: books.withdraw(1))

    assert [(0,), (0,)] == all_rows(
        store, "select count(*) from _cut union all select count(*) from articles_fts_docsize"
    )
    assert index_is_in_step(store)


def test_the_index_made_anew_is_the_same(store, tmp_path):
    add(store, chinese())
    store.run(lambda books: searchindex.rebuild(books.conn))

    assert search(tmp_path, "停火")
    assert index_is_in_step(store)


def test_verify_finds_nothing_wrong(store, tmp_path):
    add(store, chinese())
    add(store, chinese("long", text=TRUCE * 40))
    with closing(open_for_reading(tmp_path / "monitor.db")) as conn:
        (index,) = [
            check for check in verify(conn, now=NOON, evidence=10) if check.name == "the search index"
        ]

    assert index.ok


def test_beside_a_running_monitor_a_text_without_blanks_is_looked_up_as_well(store, tmp_path):
    add(store, chinese(text=TRUCE * 40))
    taken_out = "insert into articles_fts (articles_fts, rowid, title, text) select 'delete', id, title, text from _searchable"
    store.run(lambda books: books.conn.execute(taken_out))
    store.run(
        lambda books: books.conn.execute("insert into articles_fts (rowid, title, text) values (1, 'x', 'y')")
    )
    with closing(open_for_reading(tmp_path / "monitor.db")) as conn:
        faults = list(searchindex.faults_of_sample(conn))

    assert ["1 of the newest 200 articles are not found by their own words (first: 1)"] == faults


def test_feeds_of_a_search_and_trials_of_a_query_find_it_as_well(store, tmp_path):
    add(store, chinese(), matches=[match()])
    config = tmp_path / "monitor.yaml"
    config.write_text(
        "version: 1\ndatabase: monitor.db\ntopics:\n  bridges: {title: B, query: 停火, feeds: ['https://example.org/f.xml'],"
        " schedule: every 10 minutes}\n",
        encoding="utf-8",
    )
    told = CliRunner().invoke(cli, ["topics", "test", "停火", "-c", str(config)])
    checked = CliRunner().invoke(cli, ["check", "-c", str(config)])

    assert [1] == [story.id for story in store.run(lambda books: books.stories_found("停火", 5))]
    assert "在日内瓦举行[停火]谈判" in told.output
    assert "停火" not in checked.output


def test_an_older_database_finds_what_is_in_it_after_the_update(tmp_path):
    path = tmp_path / "monitor.db"
    db = Database(path)
    migrations.apply(db, stop_before="m016_unspaced")
    db.conn.executescript(
        f"""
        insert into outlets values ('a.test', 'A');
        insert into stories (id, title, first_seen_at, last_seen_at) values (1, 't', '2026-01-01', '2026-01-01');
        insert into articles (id, url, outlet_id, title, first_seen_at, words, story_id) values
            (1, 'https://a.test/1', 'a.test', '日内瓦谈判', '2026-01-01T00:00:00Z', 1, 1),
            (2, 'https://a.test/2', 'a.test', 'Talks', '2026-01-01T00:00:00Z', 1, 1),
            (3, 'https://a.test/3', 'a.test', 'Тези', '2026-01-01T00:00:00Z', 1, 1);
        insert into article_text values (1, 'Latin'), (2, '{TRUCE}'), (3, 'Переговори');
        insert into articles_fts (articles_fts) values ('rebuild');
        """
    )
    db.close()
    open_for_writing(path).close()

    assert [[2], [1, 2], [3]] == [
        sorted(row["article_id"] for row in search(tmp_path, query))
        for query in ("停火", "谈判", "переговори")
    ]
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        assert [1, 2] == [row[0] for row in conn.execute("select article_id from _cut order by 1")]
        assert [] == list(searchindex.faults_of_index(conn))
