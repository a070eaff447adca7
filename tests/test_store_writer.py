"""The one writer: what is acknowledged is durable, what fails is gone, and nobody else pays for it."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from store_scene import ALONE, NOON, add, article, found, index_is_in_step, settings, value

from monitor.errors import StoreError
from monitor.store import Store, opening, writer
from monitor.store.opening import log_of


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


# ── transactions ─────────────────────────────────────────────────────────────────────────────────


async def test_a_write_gives_what_its_work_gives(store):
    counts = await store.write(lambda books: books.counts())

    assert counts["feeds"] == 2


async def test_from_the_one_that_finds_no_room_nothing_of_a_row_is_stored(path, store, monkeypatch):
    """Each in a transaction of its own, as on a busy machine; there is room again at once."""
    monkeypatch.setattr(writer, "BATCH_SECONDS", 0.0)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    def no_room(_):
        raise full

    def wrong(_):
        raise ValueError("a text without words")

    names = [name_outlet(f"o{n}.test", f"O{n}") for n in range(5)]
    others = asyncio.create_task(store.write_in_order(names[3:]))
    found = await store.write_in_order([names[0], wrong, names[1], no_room, names[2]])
    await others

    assert [type(one) for one in found] == [type(None), ValueError, type(None), StoreError, StoreError]
    assert {"O0", "O1", "O3", "O4"} == set(outlets(path)) & {f"O{n}" for n in range(5)}


async def test_what_is_queued_together_is_committed_together(store):
    begun = threading.Event()
    commits = []
    store.run(
        lambda books: books.conn.set_trace_callback(
            lambda sql: commits.append(sql) if sql == "commit" else None
        )
    )
    commits.clear()

    def hold(books):
        begun.wait(5)

    first = asyncio.create_task(store.write(hold))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(store.write(name_outlet(f"o{i}.test", f"O{i}"))) for i in range(40)]
    await asyncio.sleep(0.01)
    begun.set()
    await asyncio.gather(first, *rest)
    store.run(lambda books: books.conn.set_trace_callback(None))

    assert len([sql for sql in commits if sql == "commit"]) + 1 == 3


async def test_r09_one_that_fails_is_undone_alone_and_its_caller_hears_of_it(store, path):
    def half(books):
        books.add_outlet_names({"half.test": "Half"})
        raise ValueError("broke half-way")

    results = await asyncio.gather(
        store.write(name_outlet("before.test", "Before")),
        store.write(half),
        store.write(name_outlet("after.test", "After")),
        return_exceptions=True,
    )

    assert str(results[1]) == "broke half-way"
    assert [results[0], results[2]] == [None, None]
    assert {"Before", "After"} <= set(outlets(path))
    assert "Half" not in outlets(path)


async def test_an_article_whose_work_fails_is_not_indexed(store):
    def add_and_fail(books):
        books.add_article(article("lost", 7), ALONE, (), NOON)
        raise ValueError("on purpose")

    await asyncio.gather(
        store.write(add_and_fail),
        store.write(lambda books: books.add_article(article("kept", 8), ALONE, (), NOON)),
        return_exceptions=True,
    )

    assert found(store, "title : lost") == []
    assert len(found(store, "title : kept")) == 1
    assert index_is_in_step(store)


async def test_a_wrong_row_is_its_callers_fault_not_the_databases(store):
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(
            lambda books: books.conn.execute("insert into feeds (url, outlet_id) values ('x', 'nobody')")
        )

    assert store.run(lambda books: books.counts())["feeds"] == 2


async def test_a_caller_who_was_cancelled_does_not_stop_the_writer(store, path):
    task = asyncio.create_task(store.write(name_outlet("late.test", "Late")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await store.write(lambda books: None)

    assert "Late" in outlets(path)


def test_results_come_after_the_commit(store, path):
    for i in range(20):
        store.run(name_outlet(f"n{i}.test", f"N{i}"))

        assert f"N{i}" in outlets(path)


def test_works_of_many_threads_are_all_answered(store):
    threads = [
        threading.Thread(target=store.run, args=(name_outlet(f"t{i}.test", f"T{i}"),)) for i in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert value(store, "select count(*) from outlets where name like 'T%'") == 30


def test_r08_every_transaction_takes_the_write_lock_at_its_beginning(store):
    seen = []
    store.run(lambda books: books.conn.set_trace_callback(seen.append))
    add(store, article())
    store.run(lambda books: books.conn.set_trace_callback(None))

    begins = {sql for sql in seen if sql.lower().startswith("begin")}

    assert {"begin immediate"} == begins


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────


def test_r03_a_full_disk_is_told_loses_nothing_and_ends_when_there_is_space(store, path):
    pages = value(store, "pragma page_count")
    store.run(lambda books: books.conn.execute(f"pragma max_page_count = {pages + 2}"))

    with pytest.raises(StoreError, match="the disk is full"):
        store.run(lambda books: [books.add_article(article(f"a{i}", i), ALONE, (), NOON) for i in range(50)])
    with pytest.raises(StoreError, match="the disk is full"):
        add(store, article("big", 60, text="word " * 50_000))
    store.run(lambda books: books.conn.execute("pragma max_page_count = 1000000"))
    add(store, article("after", 61))

    assert value(store, "select count(*) from articles") == 1
    assert index_is_in_step(store)


def test_works_that_shared_a_lost_transaction_all_hear_of_it(store):
    pages = value(store, "pragma page_count")
    store.run(lambda books: books.conn.execute(f"pragma max_page_count = {pages + 2}"))

    async def both():
        return await asyncio.gather(
            store.write(name_outlet("small.test", "Small")),
            store.write(
                lambda books: books.conn.execute(
                    "insert into outlets (id, name) values ('big', zeroblob(9) || ?)", ("x" * 99999,)
                )
            ),
            return_exceptions=True,
        )

    results = asyncio.run(both())
    stored = value(store, "select count(*) from outlets where name = 'Small'")

    assert isinstance(results[1], StoreError)
    assert isinstance(results[0], StoreError) == (stored == 0)


def test_r07_another_programs_lock_is_waited_for(store, path, monkeypatch):
    store.run(lambda books: books.conn.execute("pragma busy_timeout = 20"))
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    threading.Timer(0.3, lambda: other.execute("commit")).start()

    store.run(name_outlet("patient.test", "Patient"))
    other.close()

    assert "Patient" in outlets(path)


def test_r07_a_lock_that_is_never_let_go_is_an_error_in_the_end(store, path, monkeypatch):
    monkeypatch.setattr("monitor.store.writer.LOCK_PATIENCE", 0.1)
    store.run(lambda books: books.conn.execute("pragma busy_timeout = 20"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")

    with pytest.raises(StoreError, match="another program keeps the database locked"):
        store.run(name_outlet("patient.test", "Patient"))
    other.execute("commit")
    other.close()
    store.run(name_outlet("patient.test", "Patient"))

    assert "Patient" in outlets(path)


def test_r04_after_an_io_error_the_connection_is_made_anew(store, path):
    def broken(books):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    store.run(lambda books: books.conn.execute("create temp table old_connection (x)"))
    with pytest.raises(StoreError, match="could not be read or written"):
        store.run(broken)
    store.run(name_outlet("again.test", "Again"))

    assert "Again" in outlets(path)
    assert value(store, "select count(*) from temp.sqlite_master where name = 'old_connection'") == 0
    assert value(store, "pragma foreign_keys") == 1


def test_after_the_end_nothing_is_taken(path):
    store = Store.open(path)
    store.close()
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.run(lambda books: None)


# ── readers beside it ────────────────────────────────────────────────────────────────────────────


def test_a_reader_sees_commits_and_never_stops_the_writer(store, path):
    reader = opening.open_for_reading(path)
    reader.execute("begin")
    before = reader.execute("select count(*) from articles").fetchone()[0]

    add(store, article())
    during = reader.execute("select count(*) from articles").fetchone()[0]
    reader.execute("commit")
    after = reader.execute("select count(*) from articles").fetchone()[0]
    reader.close()

    assert (before, during, after) == (0, 0, 1)


def test_a_reader_cannot_write(store, path):
    reader = opening.open_for_reading(path)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("delete from feeds")
    reader.close()


def test_the_log_is_folded_in_at_the_end(path):
    with Store.open(path) as store:
        store.run(name_outlet("x.test", "X"))

        assert store.log_bytes() > 0

    assert not log_of(path).exists()
    assert "X" in outlets(path)


def test_a_large_log_is_cut_when_there_is_nothing_to_do(path, monkeypatch):
    monkeypatch.setattr("monitor.store.writer.IDLE_SECONDS", 0.05)
    monkeypatch.setattr("monitor.store.writer.LOG_TO_TRUNCATE", 1000)
    with Store.open(path) as store:
        store.run(name_outlet("x.test", "X"))
        for _ in range(100):
            if store.log_bytes() == 0:
                break
            threading.Event().wait(0.02)

        assert store.log_bytes() == 0


def test_r06_a_log_that_a_reader_keeps_large_is_warned_of_once(path, monkeypatch, caplog):
    monkeypatch.setattr("monitor.store.writer.LOG_TO_WARN_OF", 1000)
    with Store.open(path) as store:
        for i in range(3):
            store.run(name_outlet("x.test", f"X{i}"))
        store.run(lambda books: None)

    assert len([record for record in caplog.records if "log has grown" in record.message]) == 1


# ── the end without warning ──────────────────────────────────────────────────────────────────────

KILLED = """
import sys
from pathlib import Path
from monitor.store import Store
with Store.open(Path(sys.argv[1])) as store:
    for i in range(100000):
        store.run(lambda books: books.add_outlet_names({f"o{i}.test": f"{i:06}", f"p{i}.test": f"{i:06}"}))
        print(i, flush=True)
"""


@pytest.mark.parametrize("after", [1, 60])
def test_r01_after_kill_9_all_that_was_acknowledged_is_there_and_nothing_by_halves(path, after):
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if int(line) >= after:
            break
    child.send_signal(signal.SIGKILL)
    acknowledged = [after, *(int(line) for line in child.stdout.read().split("\n")[:-1])]
    child.wait()
    child.stdout.close()

    with Store.open(Path(path)) as store:
        names = [
            name
            for (name,) in store.run(
                lambda books: books.conn.execute("select name from outlets order by name").fetchall()
            )
        ]

    assert names[::2] == names[1::2]
    assert len(names[::2]) > acknowledged[-1]
    assert [f"{i:06}" for i in range(len(names[::2]))] == names[::2]
