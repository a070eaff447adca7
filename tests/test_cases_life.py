"""Cases of the process: no room on the disk, its own file never opened, logs that go nowhere, few files, no shared memory."""

import asyncio
import contextlib
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_cases_clock import until as holds
from test_cases_clock import watching
from test_daemon import ask, count, running, until
from test_process_life import attendant, free_port, get, hear, heard, manager  # noqa: F401  a fixture
from town import Town, sentences

from monitor import config, daemon, pause
from monitor.attendant import Attendant
from monitor.core.vitals import Vitals
from monitor.notify import Notifier
from monitor.pipeline import poll_all
from monitor.store import lock
from monitor.store.invariants import violations

MONITOR = [sys.executable, "-m", "monitor"]


# ── R03, R05: a database that cannot be written for a while ──────────────────────────────────────


def full(books):
    pages = books.conn.execute("pragma page_count").fetchone()[0]
    books.conn.execute(f"pragma max_page_count = {pages}")


def room(books):
    books.conn.execute("pragma max_page_count = 1000000")


async def test_r03_a_full_disk_stops_the_fetching_says_why_and_work_goes_on_by_itself(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(pause, "EVERY", 0.2)
    caplog.set_level(logging.INFO, "monitor")
    async with Town(2) as town:
        one, two = town.outlets
        one.publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        async with watching(path) as watcher:
            store = watcher.house.store
            await holds(lambda: two.asked and ask(path, "select count(*) from articles")[0][0] == 1)
            await store.write(full)
            for number in range(6):
                one.publish(
                    f"/b{number}", f"Waffenstillstand, zu viel {number}", sentences(f"b{number}", 300)
                )
            await holds(lambda: watcher.paused)
            assert "the disk is full" in watcher.motion().paused
            await holds(lambda: not watcher.under_way())
            stored = ask(path, "select count(*) from entries")
            asked = len(one.asked), len(two.asked)
            for _ in range(3):  # tries that fail, each told once and asking nobody
                before = store.pulse.failures
                await holds(lambda n=before: store.pulse.failures > n)
            assert asked == (len(one.asked), len(two.asked))
            assert stored == ask(path, "select count(*) from entries")
            await store.write(room)
            await holds(lambda: ask(path, "select count(*) from articles")[0][0] == 7)
            assert watcher.motion().paused is None
            found = await store.write(lambda books: violations(books.conn, now=daemon.now()))
            left = await store.write(
                lambda books: books.conn.execute("select count(*) from _imports").fetchone()[0]
            )

    assert ([], 0) == (found, left)
    assert 1 == len([one for one in caplog.records if one.message.startswith("paused: ")])
    assert "the pause is over" in caplog.text


# ── R10: the daemon's own file ───────────────────────────────────────────────────────────────────

AUDITED = """
import sys
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
if __name__ == "__main__":
    from monitor import attendant
    from monitor.cli import main
    attendant.PRUNE_FIRST, attendant.CHORES_EVERY, attendant.LOOK_EVERY, attendant.GAUGES_EVERY = 0.0, 0.1, 0.1, 0.1
    attendant.prune.need_plausible = lambda *_: None
    report, sys.argv = sys.argv[1], ["monitor", *sys.argv[2:]]
    try:
        main()
    finally:
        open(report, "w").write("\\n".join(opened))
"""


async def test_r10_over_a_whole_run_the_daemon_never_opens_its_own_file_but_through_sqlite(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Waffenstillstand", sentences("a", 12))
        port = free_port()
        more = f"backup: {{every: 1 day, keep: 2}}\nkeep: {{pages: 30 days}}\nmetrics: 127.0.0.1:{port}\nalerts: {{desk: {{to: 'http://127.0.0.1:9/hook'}}}}\n"
        path = town.config(tmp_path, more=more)
        path.write_text(path.read_text().replace("    schedule:", "    alert: [desk]\n    schedule:"))
        (tmp_path / "audited.py").write_text(AUDITED)
        said = (tmp_path / "run.log").read_text
        async with running(path, program=[str(tmp_path / "audited.py"), str(tmp_path / "opened")]) as process:
            await until(lambda: count(path, "articles") == 1)
            await until(lambda: [*(tmp_path / "data").glob("backups/monitor-*Z.db")])
            await until(lambda: "raw pages removed" in said())
            process.send_signal(signal.SIGHUP)
            await until(lambda: "configuration reloaded" in said())
            for page in ("metrics", "health"):
                assert await asyncio.to_thread(get, f"http://127.0.0.1:{port}/{page}")
            doctor = await asyncio.to_thread(subprocess.run, [*MONITOR, "doctor", "--alive", "-c", str(path)], capture_output=True, check=False)  # fmt: skip
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20), said()

    assert 0 == doctor.returncode
    opened = set((tmp_path / "opened").read_text().split("\n"))
    ours = {str(tmp_path / "data" / f"{name}.db{end}") for name in ("monitor", "archive") for end in ("", "-wal", "-shm")}  # fmt: skip
    assert set() == opened & ours
    assert str(tmp_path / "data" / "monitor.db.lock") in opened
    assert (tmp_path / "data" / "archive.db").exists()


# ── R46 ──────────────────────────────────────────────────────────────────────────────────────────


async def test_r46_a_loop_that_is_stuck_feeds_no_watchdog(tmp_path, manager):  # noqa: F811
    end, address = manager
    with lock.hold(tmp_path / "monitor.db") as held:
        watcher = attendant(tmp_path, held, Notifier(address, 0.15))
        async with watcher.beside():
            await hear(end, "WATCHDOG=1", [])
            heard(end)
            time.sleep(0.5)  # noqa: ASYNC251  the loop does not come round
            assert [] == heard(end)


class NoPulse(Attendant):
    """Its own look fails."""

    def vitals(self):
        raise RuntimeError("a fault in the look itself")


async def test_r46_who_cannot_feel_the_pulse_feeds_no_watchdog(tmp_path, manager, caplog):  # noqa: F811
    end, address = manager
    with lock.hold(tmp_path / "monitor.db") as held:
        healthy = attendant(tmp_path, held, Notifier(address, 0.15), motion=Vitals())
        watcher = NoPulse(healthy._watched, held, Notifier(address, 0.15))
        async with watcher.beside():
            await until(lambda: "while it looked at itself" in caplog.text)

    assert [] == heard(end)


async def test_r46_the_watchdogs_sigabrt_leaves_every_stack_in_the_log(tmp_path):
    async with Town(1) as town:
        path = town.config(tmp_path)
        async with running(path) as process:
            await until(lambda: count(path, "polls"))
            process.send_signal(signal.SIGABRT)
            assert -signal.SIGABRT == await asyncio.wait_for(process.wait(), 20)

    said = (tmp_path / "run.log").read_text()
    assert "Fatal Python error: Aborted" in said
    assert "most recent call first" in said
    assert "_next_batch" in said  # the writer's thread
    assert "daemon.py" in said  # the loop's


# ── R47, R49: streams that end ───────────────────────────────────────────────────────────────────


def broken_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


STREAMS = {
    "a pipe that nobody reads": broken_pipe,
    "a disk that is full": lambda: os.open("/dev/full", os.O_WRONLY),
}


@pytest.mark.parametrize("stream", STREAMS)
async def test_r47_r49_a_log_that_goes_nowhere_costs_no_poll(tmp_path, stream):
    descriptor = STREAMS[stream]()
    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        async with running(path, output=descriptor) as process:
            os.close(descriptor)
            await until(lambda: count(path, "articles") == 1)
            town.outlets[0].publish("/b", "Waffenstillstand, noch einer", sentences("b", 12))
            await until(lambda: count(path, "articles") == 2)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)


async def test_r49_a_log_that_is_taken_away_costs_no_poll(tmp_path):
    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        async with running(path) as process:
            await until(lambda: count(path, "polls"))
            (tmp_path / "run.log").unlink()
            await until(lambda: count(path, "articles") == 1)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
async def test_r47_without_streams_it_runs_all_the_same(tmp_path, closed):
    async with Town(1) as town:
        path = town.config(tmp_path)
        words = f'exec "$0" -m monitor run -c "$1" {closed}'
        process = await asyncio.create_subprocess_exec("sh", "-c", words, sys.executable, str(path))
        try:
            await until(lambda: count(path, "polls"))
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    assert [("ok",)] == ask(path, "pragma integrity_check")


def test_r47_a_reader_that_has_seen_enough_is_no_failure(tmp_path):
    listing = f"{sys.executable} -m monitor --help | head -1; {sys.executable} -m monitor schema | head -c 10"
    done = subprocess.run(["bash", "-c", listing], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert ("", 0) == (done.stderr, done.returncode)


# ── R48 ──────────────────────────────────────────────────────────────────────────────────────────


def test_r48_a_number_that_was_given_out_again_keeps_nobody_out(tmp_path):
    database = tmp_path / "monitor.db"
    lock.lock_of(database).write_text(f"{os.getppid()}\n3 feeds, 0 of them failing\n")  # alive, and not ours

    assert lock.last_holder(database).alive is False
    with lock.hold(database):
        assert os.getpid() == lock.holder(database)


# ── R50 ──────────────────────────────────────────────────────────────────────────────────────────


async def test_r50_with_64_files_every_feed_is_polled_in_the_end(tmp_path):
    async with Town(40) as town:
        for number, outlet in enumerate(town.outlets):
            outlet.publish("/a", f"Waffenstillstand {number}", sentences(f"a{number}", 9))
        path = town.config(tmp_path)

        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        async with running(path, preexec_fn=few) as process:
            await until(lambda: count(path, "articles") == 40, 40)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    assert "Traceback" not in (tmp_path / "run.log").read_text()
    assert [] == ask(path, "select url from feeds where next_poll_at is null")


def mounts_allowed():
    words = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "/dev/shm"]
    return shutil.which("unshare") and subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not mounts_allowed(), reason="needs the right to mount, to take /dev/shm away")
async def test_r50_without_shared_memory_the_cause_is_named(tmp_path):
    async with Town(1) as town:
        path = town.config(tmp_path)
        script = f"mount -t tmpfs -o ro tmpfs /dev/shm && exec {sys.executable} -m monitor"
        said = []
        for words in ("run", "doctor"):
            done = await asyncio.to_thread(
                subprocess.run, ["unshare", "-m", "sh", "-c", f"{script} {words} -c {path}"],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            said.append((words, done.returncode, done.stdout + done.stderr))

    for words, code, text in said:
        assert 1 == code, (words, text)
        assert "Traceback" not in text
        assert "/dev/shm" in text


async def test_r50_a_name_that_does_not_resolve_and_no_ipv6_are_reasons_in_a_row(tmp_path):
    async with Town(1) as town:
        path = town.config(tmp_path)
        text = path.read_text().replace(
            f'"{town.outlets[0].feed}"', '"http://[::1]:9/feed", "http://nobody.invalid:9/feed"'
        )
        path.write_text(text.replace("allow_private: [", 'allow_private: ["[::1]:9", "nobody.invalid:9", '))
        async with watching(path):
            await until(lambda: count(path, "polls") >= 2)

    rows = dict(
        ask(path, "select url, last_error from feeds where state = 'failing' and next_poll_at is not null")
    )
    assert {"http://[::1]:9/feed", "http://nobody.invalid:9/feed"} == set(rows)
    assert all(rows.values())


async def test_r50_polls_leave_no_descriptor_behind(tmp_path):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    async with Town(3) as town:
        town.outlets[1].feed_status = 500
        path = town.config(tmp_path)
        async with daemon.house(config.load(path, os.environ)) as opened:

            async def polls(times):
                for _ in range(times):
                    feeds = await opened.store.write(
                        lambda books: books.due_feeds(daemon.now(), regardless=True)
                    )
                    await poll_all(feeds, opened.world, daemon.now())

            await polls(10)
            before = descriptors()
            await polls(100)
            after = descriptors()

    assert after <= before
