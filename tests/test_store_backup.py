"""Copies of a database in use: whole, checked, kept in turn; and the copy that a migration leaves."""

import sqlite3
import stat
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sqlite_utils import Database
from store_scene import NOON, add, article, quick_store, settings, value

from monitor.errors import NotFoundError, StoreError
from monitor.store import Store, backup, opening
from monitor.store.opening import SCHEMA_VERSION, open_for_writing
from monitor.store.tables import migrations


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "monitor.db"


@pytest.fixture
def store(path, tmp_path):
    with quick_store(path) as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def articles_in(file):
    with closing(sqlite3.connect(file)) as conn:
        return conn.execute("select count(*) from articles").fetchone()[0]


def test_a_backup_is_a_whole_database_with_what_still_stands_in_the_log(store, path):
    add(store, article())

    made = backup.back_up(path, backup.dated(path, NOON))

    assert path.parent / "backups" / "monitor-20260601T120000Z.db" == made.path
    assert (1, 1) == (made.counts["articles"], articles_in(made.path))
    assert 0o640 == stat.S_IMODE(made.path.stat().st_mode)
    assert [made.path] == list(made.path.parent.iterdir())


def test_a_restored_backup_is_used_on_with_its_log(store, path, tmp_path):
    add(store, article())
    made = backup.back_up(path, tmp_path / "copy.db")

    with Store.open(made.path) as restored:
        add(restored, article("second", 2))
        assert (2, "wal") == (
            value(restored, "select count(*) from articles"),
            value(restored, "pragma journal_mode"),
        )


def test_r13_a_backup_under_heavy_writes_is_sound_and_lies_between_before_and_after(store, path):
    done = threading.Event()

    def write():
        number = 0
        while not done.is_set():
            number += 1
            add(store, article(f"a{number}", number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = []
        for number in range(3):
            before = value(store, "select count(*) from articles")
            made = backup.back_up(path, path.with_name(f"copy{number}.db"))
            copies.append((before, made, value(store, "select count(*) from articles")))
    finally:
        done.set()
        writer.join()

    for before, made, after in copies:
        assert before <= articles_in(made.path) <= after
    assert copies[0][0] < copies[-1][2]


def test_a_file_that_is_there_stays_as_it_is(store, path, tmp_path):
    target = tmp_path / "mine.db"
    target.write_text("my own")

    with pytest.raises(StoreError, match="stays as it is"):
        backup.back_up(path, target)

    assert "my own" == target.read_text()


def test_only_the_newest_copies_stay_and_only_ours_are_counted(store, path):
    folder = backup.folder_of(path)
    folder.mkdir(parents=True)
    for name in ("monitor-notes.db", "other-20260101T000000Z.db"):
        (folder / name).touch()
    for day in range(4):
        backup.back_up(path, backup.dated(path, NOON + timedelta(days=day)), keep=2)

    assert [
        "monitor-20260603T120000Z.db", "monitor-20260604T120000Z.db", "monitor-notes.db", "other-20260101T000000Z.db",
    ] == sorted(one.name for one in folder.iterdir())  # fmt: skip
    assert NOON + timedelta(days=3) == backup.backups(path)[-1][0]


def test_without_a_database_there_is_nothing_to_copy(path):
    with pytest.raises(NotFoundError):
        backup.back_up(path, backup.dated(path, NOON))

    assert not backup.folder_of(path).exists()


def test_r03_a_full_disk_is_told_before_anything_is_written(store, path, monkeypatch):
    monkeypatch.setattr(backup, "ROOM", 1e12)

    with pytest.raises(StoreError, match=r"MB are free. Nothing was written"):
        backup.back_up(path, backup.dated(path, NOON))

    assert [] == list(backup.folder_of(path).iterdir())


def test_a_backup_that_is_stopped_leaves_nothing_behind(store, path, monkeypatch):
    add(store, article())
    monkeypatch.setattr(backup, "STEPS", 1)

    with pytest.raises(StoreError, match="interrupted"):
        backup.back_up(path, backup.dated(path, NOON), stopped=lambda: True)

    assert [] == list(backup.folder_of(path).iterdir())


def test_a_copy_whose_index_is_out_of_step_is_no_backup(store, path):
    add(store, article())
    store.run(lambda books: books.conn.execute("update article_text set text = 'something else'"))

    with pytest.raises(StoreError, match="the search index and the texts differ"):
        backup.back_up(path, backup.dated(path, NOON))

    assert [] == list(backup.folder_of(path).iterdir())


# ── before a migration ───────────────────────────────────────────────────────────────────────────


def old_database(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    db = Database(path)
    migrations.apply(db, stop_before="m002_views")
    db.conn.execute("insert into outlets values ('a.test', 'A')")
    db.conn.commit()
    db.close()


def test_r15_an_older_database_is_copied_whole_before_it_is_changed(path):
    old_database(path)
    half = path.with_name(f"monitor.before-{SCHEMA_VERSION}-was-1.db{backup.UNFINISHED}")
    half.write_text("what a killed process left")

    open_for_writing(path).close()

    (kept,) = path.parent.glob("*.before-*")
    with closing(sqlite3.connect(kept)) as conn:
        assert (1, "A") == (
            conn.execute("pragma user_version").fetchone()[0],
            conn.execute("select name from outlets").fetchone()[0],
        )
    with closing(sqlite3.connect(path)) as conn:
        assert SCHEMA_VERSION == conn.execute("pragma user_version").fetchone()[0]


def test_r15_without_room_for_the_copy_nothing_is_migrated(path, monkeypatch):
    old_database(path)
    monkeypatch.setattr(backup, "ROOM", 1e12)

    with pytest.raises(StoreError, match="MB are free"):
        open_for_writing(path)

    with closing(sqlite3.connect(path)) as conn:
        assert 1 == conn.execute("pragma user_version").fetchone()[0]


@pytest.mark.parametrize("step", range(4))
def test_r15_a_migration_killed_at_any_step_is_completed_at_the_next_start(path, step, tmp_path):
    """The process ends at once, as by SIGKILL, when it has made so many of the migrations."""
    import subprocess
    import sys

    old_database(path)
    script = f"""
import os
from pathlib import Path
from monitor.store import opening
from monitor.store.tables import migrations
todo = migrations._migrations[1:]
for number, one in enumerate(todo):
    def fn(db, work=one.fn, number=number):
        if number == {step}: os._exit(9)
        work(db)
        if number == len(todo) - 1 and number < {step}: os._exit(9)
    one.fn = fn
opening.open_for_writing(Path({str(path)!r}))
"""
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert 9 == killed.returncode, killed.stderr

    with Store.open(path) as store:
        assert "ok" == value(store, "pragma integrity_check")
        assert SCHEMA_VERSION == value(store, "pragma user_version")
        assert "A" == value(store, "select name from outlets")
    assert 1 == len(list(path.parent.glob("*.before-*")))


def test_r15_a_newer_database_is_refused_by_every_way_in(path, monkeypatch):
    with Store.open(path):
        pass
    monkeypatch.setattr(opening, "SCHEMA_VERSION", SCHEMA_VERSION - 1)

    for way in (Store.open, opening.open_for_reading):
        with pytest.raises(StoreError, match="written by a newer monitor"):
            way(path)
    with pytest.raises(StoreError, match="written by a newer monitor"):
        backup.back_up(path, backup.dated(path, NOON))


def test_r10_python_opens_no_database_file_for_backup_prune_gauges_or_doctor(path):
    """The audit hook sees Python's own opens, not SQLite's. One of them would drop SQLite's locks."""
    import subprocess
    import sys

    script = f"""
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from datetime import UTC, datetime
from pathlib import Path
from monitor import doctor
from monitor.model import KeepRules
from monitor.store import Store, backup, diagnosis, lock, prune
from monitor.store.gauges import gauges
path, now = Path({str(path)!r}), datetime(2026, 6, 1, tzinfo=UTC)
with lock.hold(path) as held, Store.open(path) as store:
    store.run(lambda books: books.counts())
    held.beat("at work")
    backup.back_up(path, backup.dated(path, now), keep=1)
    prune.prune(path, store.run, KeepRules(), now)
    gauges(path)
    conn = diagnosis.opened(path)
    list(doctor.contents(path, conn, now)), list(doctor.process(path, now)), list(diagnosis.place(path))
    conn.close()
    bad = [name for name in opened if name in {{str(path), f"{{path}}-wal", f"{{path}}-shm"}}]
    assert not bad, bad
assert any(name.endswith(".lock") for name in opened)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
