"""Cases of SQLite: a log cut anywhere, files that cannot be written, readers and writers beside us, damage."""

import ast
import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import crash_scene
import pytest
from crash_scene import play, told
from store_scene import FEED_A, NOON, add, article, entry, fresh, poll, quick_store, settings, value

from monitor.errors import StoreError
from monitor.store import Store, lock, opening, writer
from monitor.store.invariants import violations
from monitor.store.opening import log_of, open_for_reading, open_for_writing
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


# ── R02: the log ends anywhere ───────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def torn(tmp_path_factory):
    """A database whose last poll and articles stand in its log alone, and how many entries there were at the end."""
    folder = tmp_path_factory.mktemp("torn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "SYNCHRONOUS", "off")
        patch.setattr(crash_scene, "ROUNDS", 2)
        asyncio.run(play(folder))
        with Store.open(folder / "monitor.db") as store:
            store.run(lambda books: books.sync(settings(folder), NOON))
            feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
            for number in range(3):
                pair = [entry(f"{number}a"), entry(f"{number}b")]
                answer = poll(feed, NOON + timedelta(minutes=number), entries=pair)
                store.run(lambda books, answer=answer, pair=pair: books.save_poll(answer, fresh(*pair), None))
                add(store, article(f"a{number}", number))
            for name in ("monitor.db", "monitor.db-wal"):
                shutil.copy(folder / name, folder / f"kept-{name}")
    return folder / "kept-monitor.db", folder / "kept-monitor.db-wal"


def test_r02_a_log_cut_at_any_512_bytes_leaves_whole_commits_and_work_goes_on(torn, tmp_path):
    database, log = torn
    whole, path = log.read_bytes(), tmp_path / "monitor.db"
    seen = []
    assert len(whole) > 100_000
    for end in (*range(0, len(whole), 512), len(whole)):
        shutil.copy(database, path)
        log_of(path).write_bytes(whole[:end])
        with closing(open_for_reading(path)) as conn:
            entries, pairs = conn.execute("select count(*), count(*) % 2 from entries where key glob '*[ab]'").fetchone()  # fmt: skip
            articles, texts = conn.execute("select (select count(*) from articles), (select count(*) from article_text)").fetchone()  # fmt: skip
        assert (0, articles) == (pairs, texts), end
        if not seen or (entries, articles) != seen[-1]:
            with closing(open_for_writing(path)) as conn:
                assert [] == violations(conn, now=NOON), end
                assert [] == list(faults_of_index(conn)), end
            seen.append((entries, articles))
        for left in (log_of(path), path.with_name(path.name + "-shm")):
            left.unlink(missing_ok=True)

    assert sorted(seen) == seen
    assert len(seen) == 7  # each of the six commits comes whole, one after the other


def test_r02_the_play_goes_on_after_its_log_was_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "SYNCHRONOUS", "off")
    quiet, cut = tmp_path / "quiet", tmp_path / "cut"
    quiet.mkdir()
    cut.mkdir()
    asyncio.run(play(quiet))

    async def cut_short():
        task = asyncio.create_task(play(cut))
        for _ in range(100_000):
            if (cut / "round").exists() and (cut / "round").read_text() == "1":
                break
            await asyncio.sleep(0)
        shutil.copy(cut / "monitor.db", cut / "kept.db")
        shutil.copy(cut / "monitor.db-wal", cut / "kept.db-wal")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cut_short())
    (cut / "kept.db").replace(cut / "monitor.db")
    log = (cut / "kept.db-wal").read_bytes()
    log_of(cut / "monitor.db").write_bytes(log[: len(log) // 1024 * 512])
    (cut / "round").write_text("0")
    asyncio.run(play(cut))

    assert told(quiet) == told(cut)


# ── R05: what cannot be written ──────────────────────────────────────────────────────────────────

WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
needs_setpriv = pytest.mark.skipif(
    bool(WITHOUT_PRIVILEGES) and shutil.which("setpriv") is None, reason="root may write anywhere without setpriv"
)  # fmt: skip
CONFIG = f'version: 1\ndatabase: data/monitor.db\ntopics: {{b: {{query: bridge*, feeds: ["{FEED_A}"]}}}}\n'


def monitor(*words, cwd):
    return subprocess.run(
        [*WITHOUT_PRIVILEGES, sys.executable, "-m", "monitor", *words, "-c", str(cwd / "monitor.yaml")],
        capture_output=True, text=True, timeout=60, check=False, cwd=cwd,
    )  # fmt: skip


@needs_setpriv
@pytest.mark.parametrize("what", ["the folder", "the file"])
@pytest.mark.parametrize("command", ["run", "poll"])
def test_r05_what_cannot_be_written_is_told_at_the_start(tmp_path, path, what, command):
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    with quick_store(path) as store:
        store.run(lambda books: books.sync(settings(tmp_path), NOON))
    for name in ("metadata.yaml", "datasette.yaml"):
        (path.parent / name).touch()
    lock.lock_of(path).touch()
    before = path.read_bytes()
    if what == "the folder":
        path.parent.chmod(0o500)
    else:
        path.chmod(0o400)
    done = monitor(command, cwd=tmp_path)
    path.parent.chmod(0o700)

    assert 1 == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert any(
        told in done.stderr.lower() for told in ("permission", "cannot be written", "cannot be opened")
    )
    assert before == path.read_bytes()
    assert [] == list(tmp_path.glob("**/*memory*"))


def test_r05_a_file_that_turns_read_only_is_told_and_written_again_when_it_can_be(store):
    store.run(lambda books: books.conn.execute("pragma query_only = on"))  # SQLite then answers as it would

    with pytest.raises(StoreError, match="the file or its directory cannot be written"):
        add(store, article())
    add(store, article())

    assert 1 == value(store, "select count(*) from articles")


# ── R06, R07, R16: others beside us ──────────────────────────────────────────────────────────────


def test_r06_a_reader_that_stays_costs_no_write_is_told_of_and_the_log_shrinks_after_it(
    path, tmp_path, monkeypatch, caplog
):
    for name, number in (("IDLE_SECONDS", 0.02), ("LOG_TO_TRUNCATE", 1000), ("LOG_TO_WARN_OF", 500_000)):
        monkeypatch.setattr(writer, name, number)
    monkeypatch.setattr(opening, "CHECKPOINT_PAGES", 50)
    with quick_store(path) as store, closing(open_for_reading(path)) as reader:
        store.run(lambda books: books.sync(settings(tmp_path), NOON))
        reader.execute("begin")
        before = reader.execute("select count(*) from articles").fetchone()[0]
        for number in range(60):
            add(store, article(f"a{number}", number))
        grown = store.log_bytes()
        assert before == reader.execute("select count(*) from articles").fetchone()[0]
        reader.execute("commit")
        for _ in range(500):
            if store.log_bytes() == 0:
                break
            threading.Event().wait(0.02)

        assert (0, 60) == (store.log_bytes(), value(store, "select count(*) from articles"))
    assert grown > 500_000
    assert 1 == len([one for one in caplog.records if "the log has grown to" in one.message])


OTHER = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("begin immediate")
print("held", flush=True)
sys.stdin.readline()
conn.execute("commit")
"""


def test_r07_another_process_that_holds_the_lock_is_waited_for_and_told_of(path, store, caplog):
    store.run(lambda books: books.conn.execute("pragma busy_timeout = 10"))
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert "held\n" == other.stdout.readline()
        waiting = threading.Thread(target=add, args=(store, article()))
        waiting.start()
        while "another program keeps the database locked; waiting" not in caplog.text:
            threading.Event().wait(0.01)
        assert waiting.is_alive()
        other.communicate("let go\n")
        waiting.join(10)

    assert 1 == value(store, "select count(*) from articles")
    assert "database is locked" not in caplog.text


READING = """
import sqlite3, sys
from pathlib import Path
from monitor.store.opening import open_for_reading
conn = open_for_reading(Path(sys.argv[1]))
done = 0
print("reading", flush=True)
while not Path(sys.argv[2]).exists():
    conn.execute("select count(*), max(length(text)) from article_text").fetchall()
    conn.execute("select articles.id from articles_fts join articles on articles.id = articles_fts.rowid"
                 " where articles_fts match 'bridge*' order by articles.id desc limit 50").fetchall()
    done += 1
print(done)
"""


def test_r16_readers_and_the_writer_never_stand_in_each_others_way(path, store, tmp_path, caplog):
    add(store, article())
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READING, str(path), str(tmp_path / "enough")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    for reader in readers:
        assert "reading\n" == reader.stdout.readline()
    largest = 0
    for number in range(250):
        add(store, article(f"a{number}", number))
        largest = max(largest, store.log_bytes())
    (tmp_path / "enough").touch()
    said = [reader.communicate(timeout=30) for reader in readers]

    assert [""] * 3 == [errors for _, errors in said]
    assert all(int(done) > 0 for done, _ in said)
    assert (0, []) == (store.pulse.failures, [one for one in caplog.records if "locked" in one.message])
    assert largest < 4 * opening.CHECKPOINT_PAGES * 4096
    assert 251 == value(store, "select count(*) from articles")


# ── R08: transactions ────────────────────────────────────────────────────────────────────────────

PROGRAM = sorted((ROOT / "monitor").rglob("*.py"))


def test_r08_no_transaction_in_the_program_begins_deferred():
    begins = {
        node.value.lower().partition(";")[0].strip()
        for path in PROGRAM
        if "core" not in path.parts  # in memory, of one thread
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"begin( immediate| exclusive| deferred| transaction)?(;|$)", node.value, re.IGNORECASE)
    }  # fmt: skip
    connects = [
        ast.unparse(node)
        for path in PROGRAM
        if "core" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sqlite3.connect"
    ]

    assert {"begin immediate"} == begins - {"begin"}
    assert {"replay.py"} == {
        path.name for path in PROGRAM if '"begin"' in path.read_text(encoding="utf-8")
    }  # it only reads
    assert [] == [call for call in connects if "isolation_level=None" not in call]


def test_r08_a_transaction_takes_no_more_work_when_its_time_is_over(store, monkeypatch):
    """A clock of the test's own: every piece of work takes 60 ms."""
    clock = [0.0]
    commits, begun = [], threading.Event()
    store.run(lambda books: books.conn.set_trace_callback(commits.append))

    async def many():
        first = asyncio.create_task(store.write(lambda _: begun.wait(5)))
        await asyncio.sleep(0.01)
        rest = [asyncio.create_task(store.write(lambda _: tick())) for _ in range(12)]
        await asyncio.sleep(0.01)
        begun.set()
        await asyncio.gather(first, *rest)

    def tick():
        clock[0] += 0.06

    with monkeypatch.context() as patch:
        patch.setattr(writer, "time", SimpleNamespace(monotonic=lambda: clock[0]))
        asyncio.run(many())
    store.run(lambda books: books.conn.set_trace_callback(None))

    shared = [part.count("SAVEPOINT job") for part in ";".join(commits).upper().replace("JOB", "job").split("COMMIT")]  # fmt: skip
    assert 2 >= max(shared[1:-1])
    assert 6 <= len(shared[1:-1])


async def test_r08_no_transaction_waits_for_anything_but_the_disk(store):
    """What a transaction is made of is a plain function: it cannot await a network."""

    async def asks_the_network(books):
        await asyncio.sleep(1)

    with pytest.raises(TypeError, match="a coroutine has no place in a transaction"):
        await store.write(asks_the_network)
