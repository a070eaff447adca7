"""R52: each broken state is named in one line, with what to do, and exit code 1."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner
from store_scene import FEED_A, FEED_B, NOON, add, article, entry, fresh, minutes, poll, quick_store, settings

from monitor import doctor
from monitor.cli import cli
from monitor.doctor import examine, grave
from monitor.store import backup, diagnosis, lock
from monitor.store.opening import SCHEMA_VERSION, log_of
from monitor.store.pagefile import open_archive
from monitor.workers import Workers

CONFIG = f"""
version: 1
database: data/monitor.db
topics: {{bridges: {{title: Bridges, query: bridge*, feeds: ["{FEED_A}", "{FEED_B}"]}}}}
"""
NOW = NOON + minutes(5)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """An installation in good health: polled five minutes ago."""
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "monitor.yaml").write_text(CONFIG)
    with quick_store(folder / "data" / "monitor.db") as store:
        store.run(lambda books: books.sync(settings(folder), NOON))
        for feed in store.run(lambda books: books.due_feeds(NOON)):
            served = [entry("a"), entry("b")]
            answer = poll(feed, entries=served)
            store.run(
                lambda books, answer=answer, served=served: books.save_poll(answer, fresh(*served), None)
            )
        for number in range(30):
            add(store, article(f"a{number}", number))
    return folder


@pytest.fixture
def home(sound, tmp_path):
    """A copy of it, to break."""
    shutil.copytree(sound, tmp_path / "home")
    return tmp_path / "home"


def db(home):
    return home / "data" / "monitor.db"


def found(home, now=NOW):
    return list(examine(lambda: home / "monitor.yaml", {}, now, workers=False))


def run_sql(home, *statements):
    with closing(sqlite3.connect(db(home), isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def test_a_sound_installation_has_notes_at_most(home):
    assert [] == [finding for finding in found(home) if finding.grave]


# ── ways to break it: each gives how the cause begins ────────────────────────────────────────────


def no_configuration(home):
    (home / "monitor.yaml").unlink()
    return "there is no such configuration"


def invalid_configuration(home):
    (home / "monitor.yaml").write_text(CONFIG.replace("query", "qery"))
    return "the configuration is invalid: "


def missing_database(home):
    db(home).unlink()
    return "there is no database yet"


def log_without_database(home):
    db(home).unlink()
    log_of(db(home)).write_bytes(b"x" * 5000)
    return "is gone or empty, but its log monitor.db-wal is not"


def older_database(home):
    run_sql(home, "pragma user_version = 12")
    return "the database is from before an update: its tables have version 12"


def newer_database(home):
    run_sql(home, f"pragma user_version = {SCHEMA_VERSION + 1}")
    return "It was written by a newer monitor"


def another_programs_database(home):
    run_sql(home, "pragma application_id = 1")
    return "belongs to another program"


def no_database_at_all(home):
    db(home).write_bytes(b"Dear diary, " * 1000)
    return "this is not an SQLite database"


def damaged_database(home):
    size = db(home).stat().st_size
    with db(home).open("r+b") as file:
        for page in range(3, size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 2048)
    return "the database is damaged"


def index_out_of_step(home):
    run_sql(home, "insert into articles_fts (articles_fts) values ('delete-all')")
    return "the search index is out of step: 30 articles are not in the search index"


def clock_was_ahead(home):
    run_sql(home, "update feeds set next_poll_at = '2036-01-01T00:00:00Z' where id = 1")
    return "1 feeds are not asked before 2036-01-01T00:00:00Z: the clock was far ahead"


def clock_is_behind(home):
    run_sql(home, "update polls set at = '2026-06-02T00:00:00Z'")
    return "the last poll is dated 2026-06-02T00:00:00Z, the clock says 2026-06-01T12:05:00Z"


def all_feeds_fail(home):
    run_sql(home, "update feeds set state = 'failing', last_error = 'no such host'")
    return "none of the 2 feeds answers; 2 of them: no such host"


def all_feeds_gone(home):
    run_sql(home, "update feeds set state = 'gone', next_poll_at = null")
    return "none of the 2 feeds answers; 2 of them: gone"


def nothing_watched(home):
    run_sql(home, "update feeds set active = 0")
    return "no feed is watched"


def undelivered(home):
    run_sql(
        home,
        "insert into outbox (key, topic_id, story_id, target, last_error, at)"
        " values ('k', 'bridges', 1, 'desk', 'HTTP 500', '2026-05-20T00:00:00Z')",
    )
    return "announcements wait since 2026-05-20T00:00:00Z: HTTP 500"


def killed_monitor(home):
    lock.lock_of(db(home)).write_text("4194303\n1 feeds, 0 of them failing\n")
    return "monitor (process 4194303) was killed or crashed, and none runs"


def left_behind(home):
    (home / "data" / "backups").mkdir()
    half = home / "data" / "backups" / f"monitor-20260601T000000Z.db{backup.UNFINISHED}"
    half.touch()
    hour = (NOW - timedelta(hours=2)).timestamp()
    os.utime(half, (hour, hour))
    return "a command that was killed left behind: monitor-20260601T000000Z.db.unfinished"


def no_backup_made(home):
    (home / "monitor.yaml").write_text(CONFIG + "backup: 36 hours\n")
    return "there is no backup, though one is wanted every 36 hours"


def old_backup(home):
    (home / "monitor.yaml").write_text(CONFIG + "backup: 1 day\n")
    (home / "data" / "backups").mkdir()
    (home / "data" / "backups" / "monitor-20260501T000000Z.db").touch()
    return "the last backup is of 2026-05-01T00:00:00Z, though one is wanted every 1 day"


def pages_in_no_backup(home):
    (home / "monitor.yaml").write_text(CONFIG + "backup: 1 day\n")
    (home / "data" / "backups").mkdir()
    (home / "data" / "backups" / "monitor-20260601T110000Z.db").touch()
    open_archive(home / "data" / "archive.db").close()
    return "the raw pages are in no backup, though they are wanted there"


def pages_in_no_new_backup(home):
    pages_in_no_backup(home)
    (home / "data" / "backups" / "monitor-20260520T110000Z-archive.db").touch()
    return "the raw pages are in no backup since 2026-05-20T11:00:00Z"


def broken_page_archive(home):
    (home / "data" / "archive.db").write_bytes(b"Dear diary, " * 1000)
    return "the archive of raw pages cannot be read"


def folder_is_a_file(home):
    shutil.rmtree(home / "data")
    (home / "data").write_text("x")
    return "is a file, not a folder"


def folder_cannot_be_written(home):
    (home / "monitor.yaml").write_text(CONFIG.replace("data/monitor.db", "/proc/monitor.db"))
    return "/proc cannot be written"


BROKEN = [
    no_configuration, invalid_configuration, missing_database, log_without_database, newer_database, older_database,
    another_programs_database, no_database_at_all, damaged_database, index_out_of_step, clock_was_ahead, clock_is_behind,
    all_feeds_fail, all_feeds_gone, nothing_watched, undelivered, killed_monitor, left_behind, no_backup_made, old_backup,
    pages_in_no_backup, pages_in_no_new_backup, broken_page_archive, folder_is_a_file, folder_cannot_be_written,
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_r52_a_broken_state_is_named_in_one_line(home, broken):
    cause = broken(home)

    lines = [finding.cause for finding in found(home) if finding.grave]
    assert [True] == [cause in line for line in lines if cause in line], lines
    assert all("\n" not in line for line in lines)
    assert 1 == len(lines) or broken in {folder_cannot_be_written, folder_is_a_file}, lines


def test_r52_the_command_says_so_and_exits_with_1(home):
    index_out_of_step(home)
    told = CliRunner().invoke(cli, ["doctor", "-c", str(home / "monitor.yaml")])
    as_json = CliRunner().invoke(cli, ["doctor", "--json", "-c", str(home / "monitor.yaml")])

    assert (1, 1) == (told.exit_code, as_json.exit_code)
    assert "WRONG  the search index is out of step" in told.output
    assert "index" in [finding["about"] for finding in json.loads(as_json.stdout) if finding["grave"]]


def test_an_index_is_mended_on_request(home):
    index_out_of_step(home)
    CliRunner().invoke(cli, ["doctor", "--mend-index", "-c", str(home / "monitor.yaml")])

    assert [] == [finding for finding in found(home) if finding.grave]


# ── what needs another process, or another machine ───────────────────────────────────────────────

HOLD = """
import sys, time
from pathlib import Path
from monitor.store import lock
with lock.hold(Path(sys.argv[1])) as held:
    if len(sys.argv) > 2: held.beat(sys.argv[2])
    print("held", flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def another(*words, script=HOLD):
    process = subprocess.Popen([sys.executable, "-c", script, *map(str, words)], stdout=subprocess.PIPE, text=True)  # fmt: skip
    try:
        assert "held\n" == process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def now_and_then(home, process=None, later=timedelta()):
    """Findings about the process, with the real clock: heartbeats are times of a file."""
    from monitor.daemon import now

    return [finding.cause for finding in doctor.process(db(home), now() + later) if finding.grave]


def test_a_daemon_at_work_is_no_finding_and_a_silent_one_is(home):
    with another(db(home), "2 feeds, 0 of them failing") as process:
        assert [] == now_and_then(home)
        (cause,) = now_and_then(home, later=timedelta(minutes=20))

    assert f"monitor (process {process.pid}) has made no progress for 20 minutes" in cause
    assert cause.endswith("it last said: 2 feeds, 0 of them failing")


def test_a_paused_daemon_says_why_and_is_alive(home):
    with another(db(home), "paused: the disk is full") as process:
        (cause,) = now_and_then(home)
        alive = CliRunner().invoke(cli, ["doctor", "--alive", "-c", str(home / "monitor.yaml")])

    assert f"monitor (process {process.pid}) is paused: the disk is full" == cause
    assert (0, "paused: the disk is full\n") == (alive.exit_code, alive.output)


def test_a_command_that_holds_the_lock_for_hours_is_named(home):
    with another(db(home)) as process:
        assert [] == now_and_then(home)
        (cause,) = now_and_then(home, later=timedelta(hours=7))

    assert f"a command (process {process.pid}) holds the lock for 420 minutes" == cause


def test_alive_asks_for_a_daemon_and_for_progress(home):
    command = ["doctor", "--alive", "-c", str(home / "monitor.yaml")]
    nobody = CliRunner().invoke(cli, command)
    with another(db(home), "2 feeds") as process:
        somebody = CliRunner().invoke(cli, command)
        past = time.time() - 1000
        os.utime(lock.lock_of(db(home)), (past, past))
        silent = CliRunner().invoke(cli, command)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed = CliRunner().invoke(cli, command)

    assert [(1, "no monitor runs\n"), (0, "2 feeds\n")] == [
        (r.exit_code, r.output) for r in (nobody, somebody)
    ]
    assert (1, 1) == (silent.exit_code, killed.exit_code)
    assert "no progress" in silent.output
    assert "killed or crashed" in killed.output


LOCKING = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("begin immediate")
print("held", flush=True)
time.sleep(60)
"""


def test_another_program_that_locks_the_database_is_named(home, monkeypatch):
    monkeypatch.setattr(diagnosis, "LOCK_PATIENCE_MS", 50)
    with another(db(home), script=LOCKING) as process:
        lines = [finding.cause for finding in found(home) if finding.grave]

    (cause,) = lines
    assert cause.startswith("another program keeps the database locked: ")
    assert f"({process.pid})" in cause


def test_a_log_that_has_grown_is_named_with_who_holds_it(home):
    with closing(sqlite3.connect(db(home), isolation_level=None)) as conn:
        conn.execute("update feeds set title = 'x'")
        (finding,) = diagnosis.log_size(db(home), largest=1000)

    assert "the database's log has grown to" in finding.cause


def test_a_disk_nearly_full_is_named(home):
    (finding,) = diagnosis.place(db(home), least_free=10**18)

    assert "is nearly full" in finding.cause


def test_nothing_polled_for_days_is_named(home):
    lines = [finding.cause for finding in found(home, NOW + timedelta(days=9)) if finding.grave]

    assert ["nothing was polled for 9 days, and no monitor runs"] == lines


async def test_workers_that_cannot_work_are_named(monkeypatch):
    monkeypatch.setattr(
        Workers.__init__, "__kwdefaults__", {**Workers.__init__.__kwdefaults__, "deadline": 0.0}
    )

    (finding,) = await doctor.worker(NOW)

    assert finding.cause.startswith("worker processes cannot read a page: ")
    assert grave([finding])


async def test_workers_that_work_are_no_finding():
    assert [] == await doctor.worker(NOW)


def test_notes_are_no_failure(home, monkeypatch):
    monkeypatch.setattr(diagnosis.sqlite3, "sqlite_version_info", (3, 40, 1))
    (home / "data").chmod(0o750)

    notes = [finding for finding in found(home) if not finding.grave]

    assert {"sqlite", "readers", "process"} <= {finding.about for finding in notes}
    assert not grave(notes)
