"""The database file: who may read it, what is refused, and that nothing is overwritten."""

import os
import sqlite3
import stat
import subprocess
import sys

import pytest
from store_scene import NOON, add, article, settings, value

from monitor.errors import NotFoundError, StoreError
from monitor.store import Store, opening
from monitor.store.opening import APPLICATION_ID, SCHEMA_VERSION, log_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "monitor.db"


@pytest.fixture
def store(path, tmp_path):
    with Store.open(path) as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def name_outlet(outlet, name):
    return lambda books: books.add_outlet_names({outlet: name})


def outlets(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as conn:
        rows = [name for (name,) in conn.execute("select name from outlets order by name")]
    conn.close()
    return rows


# ── the file ─────────────────────────────────────────────────────────────────────────────────────


def test_s44_a_new_database_is_readable_by_its_owner_and_group_only(store, path):
    modes = {stat.S_IMODE(one.stat().st_mode) for one in (path, log_of(path))}

    assert {0o640} == modes


def test_the_recipe_of_the_connection(store):
    pragmas = {
        name: value(store, f"pragma {name}")
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    assert (
        value(store, "pragma application_id"),
        value(store, "pragma user_version"),
    ) == (APPLICATION_ID, SCHEMA_VERSION)


def test_r10_python_itself_never_opens_the_database(path):
    """One `open(database).close()` would drop SQLite's locks. The audit hook sees Python's opens, not SQLite's."""
    script = f"""
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from pathlib import Path
from monitor.store import Store, lock
path = Path({str(path)!r})
with lock.hold(path), Store.open(path) as store:
    store.run(lambda books: books.counts())
    store.log_bytes()
bad = [name for name in opened if name.startswith(str(path)) and not name.endswith(".lock")]
assert not bad, bad
assert any(name.endswith(".lock") for name in opened)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 0, done.stderr


def test_what_is_there_stays_and_is_opened_again(path):
    with Store.open(path) as store:
        store.run(name_outlet("x.test", "X"))
    with Store.open(path) as store:
        assert value(store, "select count(*) from outlets") == 1


def test_no_database_and_none_to_be_made(path):
    with pytest.raises(NotFoundError, match="there is no database yet"):
        Store.open(path, create=False)
    with pytest.raises(NotFoundError, match="there is no database yet"):
        opening.open_for_reading(path)

    assert not path.exists()


def make(path, *statements):
    path.parent.mkdir(parents=True, exist_ok=True)
    conn = sqlite3.connect(path)
    for statement in statements:
        conn.execute(statement)
    conn.commit()
    conn.close()


REFUSED = {
    "a newer version": (
        [f"pragma application_id = {APPLICATION_ID}", "pragma user_version = 999", "create table t (x)"],
        "newer",
    ),
    "another program's": (["pragma application_id = 1", "create table t (x)"], "another program"),
    "nobody's tables": (["create table t (x)"], "another program"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_ours_is_refused_and_left_alone(path, case):
    statements, sentence = REFUSED[case]
    make(path, *statements)
    before = path.read_bytes()

    for attempt in (Store.open, opening.open_for_reading):
        with pytest.raises(StoreError, match=sentence):
            attempt(path)

    assert before == path.read_bytes()


def test_r14_what_is_no_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, " * 1000)

    with pytest.raises(StoreError, match="not an SQLite database"):
        Store.open(path)

    assert path.read_bytes().startswith(b"Dear diary")


def test_a_directory_is_refused(path):
    path.mkdir(parents=True)

    with pytest.raises(StoreError, match="directory"):
        Store.open(path)


def test_r14_a_log_without_its_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    path.touch()
    log_of(path).write_bytes(b"x" * 5000)

    with pytest.raises(StoreError, match="log"):
        Store.open(path)

    assert log_of(path).stat().st_size == 5000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_r05_a_directory_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(StoreError, match="permission"):
        Store.open(tmp_path / "monitor.db")


def test_r14_a_damaged_page_is_told_and_nothing_is_overwritten(path):
    with Store.open(path) as store:
        add(store, article())
    data = bytearray(path.read_bytes())
    data[100:4096] = os.urandom(3996)
    path.write_bytes(data)

    with pytest.raises(StoreError, match="damaged"):
        Store.open(path)

    assert bytes(data) == path.read_bytes()
