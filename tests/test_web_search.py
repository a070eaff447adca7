"""Datasette finds what people type into its boxes: words of scripts without blanks, capitals of every alphabet."""

import json
import runpy
import shutil
from urllib.parse import quote

import pytest
from browser import PYTHONS, get, served
from store_scene import FEED_A, NOON, add, article, entry, fresh, poll, quick_store, settings

from monitor.core.query import SCRIPTS
from monitor.core.unspaced import asked
from monitor.store.opening import APPLICATION_ID
from monitor.web import write_files

TRUCE = "美国总统周一宣布，乌克兰与俄罗斯将于周三在日内瓦举行停火谈判。"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    with quick_store(folder / "monitor.db") as store:
        store.run(lambda books: books.sync(settings(folder), NOON))
        add(store, article("zh", text=TRUCE, title="日内瓦谈判", language="zh", fingerprint=None))
        feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
        served = [entry("a", title="ПЕРЕГОВОРИ У ЖЕНЕВІ"), entry("b", title="Other")]
        store.run(lambda books: books.save_poll(poll(feed, entries=served), fresh(*served), None))
    write_files(folder)
    return folder


@pytest.fixture(scope="module", params=PYTHONS)
def site(request, folder):
    with served(PYTHONS[request.param], [folder]) as address:
        yield address


def rows(address):
    return json.loads(get(f"{address}&_shape=array")[2])


@pytest.mark.parametrize("table", ["articles", "latest"])
@pytest.mark.parametrize(
    ("words", "count"), [("停火", 1), ("停火 日内瓦", 1), ('"停火谈判"', 1), ("火停", 0), ("日俄", 0)]
)
def test_the_search_box_finds_the_word_as_people_type_it(site, table, words, count):
    assert count == len(rows(f"{site}/monitor/{table}.json?_search={quote(words)}"))


@pytest.mark.parametrize(
    "path", ["search.json?words=停火", "search.json?words=停火*", 'search_fts5.json?query="停 火"']
)
def test_the_canned_searches_show_the_passage_as_written(site, path):
    (row,) = rows(f"{site}/monitor/{quote(path, safe='?=./')}")

    assert "在日内瓦举行[停火]谈判" in row["snippet"]


@pytest.mark.parametrize("words", ["переговори", "ПЕРЕГОВОРИ", "Женеві"])
def test_why_not_takes_capitals_of_every_alphabet_for_small_letters(site, words):
    assert ["ПЕРЕГОВОРИ У ЖЕНЕВІ"] == [
        row["title"] for row in rows(f"{site}/monitor/why_not.json?words={quote(words)}")
    ]


@pytest.mark.parametrize("words", [" ", '"', '""', "\t", "\0", '"\0"', "()", "-", '" "'])
@pytest.mark.parametrize("table", ["articles", "latest"])
def test_a_search_for_no_word_finds_nothing_and_is_no_error(site, table, words):
    assert [] == rows(f"{site}/monitor/{table}.json?_search={quote(words)}")


def test_other_databases_keep_what_is_datasettes(tmp_path, folder):
    import sqlite3

    with sqlite3.connect(tmp_path / "other.db") as conn:
        conn.execute("create table t (x)")
    conn.close()
    shutil.copytree(folder / "plugins", tmp_path / "plugins")
    with served(PYTHONS["0.65"], [tmp_path]) as address:
        (row,) = rows(f"{address}/other.json?sql={quote('select escape_fts(:q) as asked')}&q={quote('停火')}")

    assert '"停火"' == row["asked"]


def test_the_plugin_knows_the_scripts_that_the_archive_knows(folder):
    plugin = runpy.run_path(str(folder / "plugins" / "monitor_search.py"))

    assert f"([{SCRIPTS}])" == plugin["UNSPACED"].pattern
    assert APPLICATION_ID == plugin["OURS"]
    assert [asked('"停火AI"'), None, "5"] == [
        plugin["asked"]("停火AI"),
        plugin["lower"](None),
        plugin["lower"](5),
    ]
