"""Cases of care: who writes holds the lock, damage is seen before the first write, pruning goes in small steps."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from store_scene import FEED_A, NOON, add, article, entry, fresh, poll, quick_store, settings, value

from monitor.cli import cli, errand
from monitor.model import KeepRules, Page
from monitor.store import Store, diagnosis, lock, pagefile, prune
from monitor.store.firstlook import first_look
from monitor.store.opening import log_of
from monitor.store.pages import PageArchive
from monitor.store.searchindex import faults_of_index

ROOT = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "monitor.db"


@pytest.fixture
def store(path, tmp_path):
    with quick_store(path) as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


CONFIG = f'version: 1\ndatabase: data/monitor.db\ntopics: {{b: {{query: bridge*, feeds: ["{FEED_A}"]}}}}\n'


# ── R11: who writes holds the lock ───────────────────────────────────────────────────────────────

WRITING = [
    ["poll"], ["verify"], ["reextract", "--apply"], ["doctor", "--mend-index"], ["run"],
]  # fmt: skip
ASKING = [["import", "seeds"], ["prune"], ["story", "merge", "1", "2"]]  # a running monitor does it for them


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_r11_whatever_writes_takes_the_lock_or_names_who_has_it(tmp_path, path, words, store):
    configured(tmp_path)
    with closing(PageArchive(pagefile.archive_of(path))) as archive:
        archive.add(Page(f"{FEED_A}/1", f"{FEED_A}/1", 200, {}, b"<p>kept", NOON), article_id=1)
    changes = value(store, "pragma data_version"), value(store, "select total_changes()")
    with lock.hold(path) as held:
        held.beat("3 feeds, 0 of them failing")
        done = CliRunner().invoke(cli, ["-c", str(tmp_path / "monitor.yaml"), *words])

    if words == ["verify"]:  # looks on beside a daemon, and changes nothing
        assert 0 == done.exit_code, done.output
    else:
        assert f"process {os.getpid()} is at work on this database" in str(done.exception or "") + done.output
        assert 11 == getattr(done.exception, "exit_code", done.exit_code)
    assert changes == (value(store, "pragma data_version"), value(store, "select total_changes()"))


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (None, f"process {os.getpid()} is at work on this database", 11),
        ("3 feeds, 0 of them failing", "the running monitor did not come to it", 1),
    ],
    ids=["another command", "a monitor"],
)
@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_r11_what_a_running_monitor_does_for_a_command_is_done_or_not_at_all(
    tmp_path, path, words, store, status, said, code, monkeypatch
):
    """Here somebody holds the lock and does nothing."""
    monkeypatch.setattr(errand, "PATIENCE", 0.3)
    monkeypatch.setattr(errand, "A_MOMENT", 0.1)
    configured(tmp_path)
    changes = value(store, "pragma data_version"), value(store, "select total_changes()")
    words = [str(tmp_path / "seeds") if word == "seeds" else word for word in words]
    with lock.hold(path) as held:
        if status:
            held.beat(status)
        done = CliRunner().invoke(cli, ["-c", str(tmp_path / "monitor.yaml"), *words])

    assert said in str(done.exception or "") + done.output
    assert code == getattr(done.exception, "exit_code", done.exit_code)
    assert changes == (value(store, "pragma data_version"), value(store, "select total_changes()"))


def configured(folder):
    (folder / "monitor.yaml").write_text(CONFIG)
    (folder / "seeds").mkdir()
    (folder / "seeds" / "one.txt").write_text("Bridge\n\nThe bridge is closed.")


# ── R14: damage ──────────────────────────────────────────────────────────────────────────────────


def overwritten(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        for page in range(4, size // 4096, 3):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
    return "the database is damaged"


def another_file(path):
    path.write_bytes(b"Dear diary, " * 5000)
    return "not an SQLite database"


def foreign_log(path):
    """The log of another database of ours: SQLite takes it for this one's own."""
    other = path.with_name("other.db")
    with quick_store(other):
        pass
    with quick_store(other) as store:
        for number in range(30):
            add(store, article(f"x{number}", number))
        shutil.copy(log_of(other), log_of(path))
    return "is the log of another database"


@pytest.mark.parametrize("broken", [overwritten, another_file, foreign_log], ids=lambda one: one.__name__)
def test_r14_damage_is_told_at_the_start_and_nothing_is_overwritten(tmp_path, path, broken):
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    with quick_store(path) as store:
        store.run(lambda books: books.sync(settings(tmp_path), NOON))
        for number in range(40):
            add(store, article(f"a{number}", number))
    cause = broken(path)
    before = {file.name: file.read_bytes() for file in (path, log_of(path)) if file.exists()}
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "run", "-c", str(tmp_path / "monitor.yaml")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert 1 == done.returncode, done.stderr
    assert cause in done.stderr
    assert "move it" in done.stderr
    assert "Traceback" not in done.stderr
    assert before == {name: path.with_name(name).read_bytes() for name in before}


def test_r14_an_empty_file_is_a_new_database(path):
    path.parent.mkdir()
    path.touch()
    first_look(path)

    with Store.open(path) as store:
        assert 0 == value(store, "select count(*) from articles")


def test_r14_a_file_too_large_to_read_through_in_time_is_believed(path, store, monkeypatch):
    monkeypatch.setattr("monitor.store.firstlook.PATIENCE", -1.0)
    monkeypatch.setattr("monitor.store.firstlook.STEPS", 1)

    assert first_look(path) is None


# ── R12, R17, R18 ────────────────────────────────────────────────────────────────────────────────


def test_r12_an_sqlite_that_can_lose_commits_is_told_at_the_start_and_by_doctor(path, store, monkeypatch, caplog):  # fmt: skip
    caplog.set_level("INFO", "monitor")
    for version, told_of in (((3, 40, 1), True), ((3, 51, 3), False), ((3, 50, 7), False)):
        caplog.clear()
        monkeypatch.setattr(diagnosis.sqlite3, "sqlite_version_info", version)
        first_look(path)
        assert told_of == ("can lose commits when two programs write at once" in caplog.text)
        assert told_of == ("sqlite" in [finding.about for finding in diagnosis.surroundings(path)])


@pytest.mark.parametrize(("folder", "works"), [(0o750, False), (0o770, True)])
def test_r17_a_reader_of_another_user_is_thought_of(path, store, folder, works):
    path.parent.chmod(folder)

    found = [finding for finding in diagnosis.surroundings(path) if finding.about == "readers"]

    assert works == (not found)
    assert works or "chmod g+wx" in found[0].advice


def test_r18_pruning_goes_in_small_transactions_and_leaves_the_index_in_step(path, store):
    feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
    served = [entry(f"e{number:04}") for number in range(1050)]
    store.run(lambda books: books.save_poll(poll(feed, entries=served), fresh(*served), None))
    store.run(lambda books: books.conn.execute("update entries set state = 'off_topic'"))
    today = entry("today")
    later = poll(feed, NOON + timedelta(days=399), entries=[today])
    store.run(lambda books: books.save_poll(later, fresh(today), None))
    for number in range(20):
        add(store, article(f"a{number}", number))
    sizes = []

    def write(work):
        before = value(store, "select total_changes()")
        sizes.append(store.run(work))
        assert value(store, "select total_changes()") - before < 12 * prune.ENTRIES_AT_ONCE
        return sizes[-1]

    gone = prune.prune(path, write, KeepRules(entries=timedelta(days=365)), NOON + timedelta(days=400))

    assert 1050 == gone.entries
    assert max(sizes) <= max(prune.ENTRIES_AT_ONCE, prune.POLLS_AT_ONCE)
    assert len(sizes) >= 11
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        assert [] == list(faults_of_index(conn))
