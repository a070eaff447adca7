"""`backup`, `verify`, `prune` and `status` as a user calls them."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner
from store_scene import FEED_A, NOON, add, article, entry, fresh, poll, quick_store, settings

from monitor import daemon
from monitor.cli import cli
from monitor.model import Outcome
from monitor.store import lock

CONFIG = f"""
version: 1
database: data/monitor.db
topics: {{bridges: {{title: Bridges, query: bridge*, feeds: ["{FEED_A}"]}}}}
keep: {{entries: 30 days}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Polls of three days; one entry that left the feed half a year ago, one that is new."""
    folder = tmp_path_factory.mktemp("care")
    (folder / "monitor.yaml").write_text(CONFIG)
    with quick_store(folder / "data" / "monitor.db") as store:
        store.run(lambda books: books.sync(settings(folder), NOON))
        feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
        for days, key in ((0, "old"), (198, "a"), (199, "b"), (200, "new")):
            answer, served = poll(feed, NOON + timedelta(days=days), entries=[entry(key)]), entry(key)
            store.run(
                lambda books, answer=answer, served=served: books.save_poll(answer, fresh(served), None)
            )
        for number in range(1, 5):
            store.run(lambda books, n=number: books.set_entry(n, Outcome("off_topic", "no topic"), NOON))
        add(store, article())
    return folder


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    monkeypatch.setattr(daemon, "now", lambda: NOON + timedelta(days=200, minutes=1))
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def monitor(home, *words, code=0):
    done = CliRunner().invoke(cli, ["-c", str(home / "monitor.yaml"), *map(str, words)])
    assert code == done.exit_code, (done.output, done.exception)
    return done.stdout


def test_backup_makes_a_dated_file_and_says_what_is_in_it(home):
    (home / "monitor.yaml").write_text(CONFIG + "backup: {keep: 1}\n")
    old = home / "data" / "backups" / "monitor-20250101T000000Z.db"
    old.parent.mkdir()
    old.touch()

    told = monitor(home, "backup")

    (copy,) = (home / "data" / "backups").iterdir()
    assert "monitor-20261218T120100Z.db" == copy.name
    assert f"{copy}: " in told
    assert "1 articles; read back and sound" in told


def test_a_backup_goes_where_it_is_told_and_can_be_verified_and_put_back(home):
    target = home / "mine.db"
    told = json.loads(monitor(home, "backup", target, "--json"))
    db = home / "data" / "monitor.db"
    db.unlink()

    verified = monitor(home, "verify", target)
    target.rename(db)

    assert (str(target), 1) == (told["path"], told["counts"]["articles"])
    assert 5 == verified.count("sound  ")
    assert 1 == json.loads(monitor(home, "status", "--json"))["counts"]["articles"]


def test_verify_names_what_is_wrong_and_exits_with_1(home):
    with closing(sqlite3.connect(home / "data" / "monitor.db", isolation_level=None)) as conn:
        conn.execute("update article_text set text = 'other words'")

    told = monitor(home, "verify", code=1)

    assert "WRONG  the search index: every word compared" in told
    assert 4 == told.count("sound  ")
    assert [False] == [check["ok"] for check in json.loads(monitor(home, "verify", "--json", code=1)) if not check["ok"]]  # fmt: skip


def test_beside_a_running_monitor_verify_looks_at_a_sample(home):
    with lock.hold(home / "data" / "monitor.db"):
        told = monitor(home, "verify")

    assert "a running monitor keeps the whole from being compared" in told


def test_prune_lets_go_of_what_keep_says_is_old(home):
    told = monitor(home, "prune")

    assert "1 entries, 1 polls and 0 raw pages removed\n" == told
    assert "0 entries, 0 polls and 0 raw pages removed\n" == monitor(home, "prune")


def test_prune_believes_no_clock_that_contradicts_the_archive(home, monkeypatch):
    monkeypatch.setattr(daemon, "now", lambda: NOON + timedelta(days=900))

    refused = CliRunner().invoke(cli, ["prune", "-c", str(home / "monitor.yaml")])
    assert "nothing is pruned yet" in str(refused.exception)
    assert "4 entries" in monitor(home, "prune", "--anyway")


def test_status_tells_what_the_daemon_last_said(home):
    with lock.hold(home / "data" / "monitor.db") as held:
        held.beat("1 feeds, 0 of them failing; 0 polls under way; 2 entries wait")

        assert "2 entries wait" in monitor(home, "status")
    assert "running: no" in monitor(home, "status")
