"""What systemd and Prometheus see of a daemon: readiness, progress, reload, the end."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from aiohttp import web
from test_daemon import count
from town import Town, sentences

from monitor import metrics
from monitor.attendant import Attendant, Tally, Watched
from monitor.core.vitals import Vitals
from monitor.metrics import answer, door
from monitor.notify import Notifier
from monitor.processes import ECHO
from monitor.store import lock
from monitor.store.pagefile import faults_of_archive, head, open_to_read
from monitor.store.pulse import Pulse

MONITOR = [sys.executable, "-m", "monitor"]


@pytest.fixture
def manager(tmp_path):
    """The service manager's end of the notification socket."""
    path = str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(path)
        end.setblocking(False)
        yield end, path


def heard(end):
    """Every datagram that has come."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(end.recv(4096).decode())
    return found


async def hear(end, wanted, known, seconds=20):
    """Wait until such a datagram comes; `known` collects everything."""
    async with asyncio.timeout(seconds):
        while not any(wanted in message for message in known):
            known += heard(end)
            await asyncio.sleep(0.02)


async def until(check, seconds=20):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that in time")


@contextlib.asynccontextmanager
async def running(path, *words, **environ):
    with (path.parent / "run.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *MONITOR, "run", *words, "-c", str(path), stdout=output, stderr=output, env={**os.environ, **environ}
        )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(address):
    with urllib.request.urlopen(address, timeout=5) as page:
        return page.read().decode()


async def test_r45_a_life_as_systemd_sees_it(tmp_path, manager):
    end, address = manager
    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand", sentences("a", 12))
        port = free_port()
        path = town.config(tmp_path, more=f"metrics: 127.0.0.1:{port}\n")
        told = []
        async with running(path, NOTIFY_SOCKET=address, WATCHDOG_USEC="1500000") as process:
            await hear(end, "READY=1", told)
            assert (tmp_path / "data" / "monitor.db").exists()
            await hear(end, "WATCHDOG=1", told)
            await hear(end, "STATUS=1 feeds, 0 of them failing", told)
            numbers = await asyncio.to_thread(get, f"http://127.0.0.1:{port}/metrics")
            while "monitor_entries_total{" not in numbers:
                await asyncio.sleep(0.1)
                numbers = await asyncio.to_thread(get, f"http://127.0.0.1:{port}/metrics")
            assert "ok\n" == await asyncio.to_thread(get, f"http://127.0.0.1:{port}/health")
            assert lock.last_holder(tmp_path / "data" / "monitor.db").status.startswith("1 feeds")
            told.clear()
            process.send_signal(signal.SIGHUP)
            await hear(end, "RELOADING=1", told)
            await hear(end, "READY=1", told)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)
            told += heard(end)

    reloading = next(message for message in told if "RELOADING" in message)
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", reloading)
    assert "STOPPING=1" in told
    for family in (
        'monitor_feeds{state="ok"} 1', 'monitor_polls_total{outcome="new"} 1', 'monitor_entries_total{state="stored"} 1',
        "monitor_most_overdue_feed_seconds ", 'monitor_queue_length{queue="writer"} ', "monitor_writer_seconds_count ",
        "monitor_wal_bytes ", "monitor_worker_restarts_total 0", "monitor_outbox_oldest_seconds 0", "monitor_paused 0",
    ):  # fmt: skip
        assert family in numbers


async def test_r47_told_to_stop_twice_it_ends_at_once(tmp_path, manager):
    end, address = manager
    async with Town(1) as town:
        (outlet,) = town.outlets

        async def never(_):
            await asyncio.sleep(60)

        outlet.publish("/a", "Waffenstillstand", "x")
        outlet.pages["/a"] = never
        path = town.config(tmp_path)
        async with running(path, NOTIFY_SOCKET=address) as process:
            await until(lambda: "/a" in outlet.paths_asked())
            process.send_signal(signal.SIGTERM)
            await hear(end, "STOPPING=1", [])
            await asyncio.sleep(2 * ECHO)
            process.send_signal(signal.SIGTERM)
            assert 1 == await asyncio.wait_for(process.wait(), 3)

    assert "ending now: told to stop twice" in (tmp_path / "run.log").read_text()
    assert not lock.last_holder(tmp_path / "data" / "monitor.db").alive


async def test_r47_a_process_whose_group_is_told_to_stop_with_it_finishes_what_it_has_in_hand(tmp_path):
    """As `timeout` does it, in less time."""
    async with Town(1) as town:
        (outlet,) = town.outlets

        async def slow(_):
            await asyncio.sleep(1)
            return web.Response(text=page, content_type="text/html")

        outlet.publish("/a", "Waffenstillstand", sentences("a", 12))
        page, outlet.pages["/a"] = outlet.pages["/a"], slow
        path = town.config(tmp_path)
        async with running(path) as process:
            await until(lambda: "/a" in outlet.paths_asked())
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(ECHO / 5)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    assert 1 == count(path, "articles")


async def test_r47_a_hangup_before_there_is_anything_to_reload_ends_nothing(tmp_path, manager):
    end, address = manager
    async with Town(1) as town:
        path = town.config(tmp_path)
        async with running(path, NOTIFY_SOCKET=address) as process:
            await until((tmp_path / "data" / "monitor.db.lock").exists)
            process.send_signal(signal.SIGHUP)
            await hear(end, "READY=1", [])
            await until(
                lambda: town.outlets[0].asked
            )  # it watches: until then it ends with the signal's code
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)


async def test_a_backup_is_made_while_the_watch_runs(tmp_path):
    async with Town(1) as town:
        path = town.config(tmp_path, more="backup: {every: 1 day, keep: 2}\n")
        async with running(path) as process:
            await until(lambda: [*(tmp_path / "data").glob("backups/monitor-*Z.db")])
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    assert "read back and sound" in (tmp_path / "run.log").read_text()


async def test_the_daemons_backup_has_the_raw_pages(tmp_path):
    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path, more="keep: {pages: 30 days}\n")
        polled = await asyncio.create_subprocess_exec(*MONITOR, "poll", "-c", str(path), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
        assert 0 == await asyncio.wait_for(polled.wait(), 30)
        path.write_text(path.read_text() + "backup: {every: 1 day, keep: 2}\n")
        async with running(path) as process:
            await until(lambda: [*(tmp_path / "data").glob("backups/monitor-*Z.db")])
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    (copy,) = (tmp_path / "data").glob("backups/monitor-*Z-archive.db")
    with contextlib.closing(open_to_read(copy)) as conn:
        assert ([], 1) == (list(faults_of_archive(conn)), head(conn)[0])
    assert "with raw pages up to number 1, read back and sound" in (tmp_path / "run.log").read_text()


HANGING = """
import time
from monitor.processes import last_word
with last_word(0.1) as begin:
    begin()
with last_word(0.1) as begin:
    begin(); begin()
    time.sleep(30)
"""


def test_what_does_not_end_in_time_is_ended():
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, check=False, timeout=20)  # fmt: skip

    assert 1 == done.returncode
    assert "something did not end in time" in done.stderr


# ── the watchdog ─────────────────────────────────────────────────────────────────────────────────


class Still:
    """A store and workers that only have numbers."""

    def __init__(self, path, silence=0.0):
        from time import monotonic

        self.path = path
        self.heartbeat = monotonic() - silence
        self.pulse = Pulse()
        self.restarts = 0

    def queued(self):
        return 0

    def log_bytes(self):
        return 0


def attendant(tmp_path, held, notifier, *, motion=Vitals(), silence=0.0):  # noqa: B008  frozen
    from datetime import UTC, datetime

    rooms = Still(tmp_path / "monitor.db", silence)
    watched = Watched(rooms, rooms, rooms, Tally(lambda _: None), lambda: None, lambda: motion, lambda: 0, lambda: datetime(2026, 6, 1, tzinfo=UTC))  # fmt: skip
    return Attendant(watched, held, notifier)


STUCK = {
    "scheduler": ({"motion": Vitals(beat=40)}, "the scheduler has not beaten"),
    "writer": ({"silence": 90}, "the writer has not come round"),
}


@pytest.mark.parametrize("part", STUCK)
async def test_r46_a_part_that_is_stuck_gets_no_food_for_the_watchdog(tmp_path, manager, part):
    end, address = manager
    stuck, because = STUCK[part]
    with lock.hold(tmp_path / "monitor.db") as held:
        watcher = attendant(tmp_path, held, Notifier(address), **stuck)
        await watcher.look()
        status, _, text = await watcher.health()
        beat = lock.last_holder(tmp_path / "monitor.db").status

    told = heard(end)
    assert not any("WATCHDOG=1" in message for message in told)
    assert any(message.startswith(f"STATUS=standing still: {because}") for message in told)
    assert (503, True, None) == (status, because in text, beat)


async def test_a_pause_with_a_reason_is_told_and_feeds_the_watchdog(tmp_path, manager):
    end, address = manager
    paused = Vitals(poll=3600, paused="the disk is full")
    with lock.hold(tmp_path / "monitor.db") as held:
        await attendant(tmp_path, held, Notifier(address), motion=paused).look()
        assert "paused: the disk is full" == lock.last_holder(tmp_path / "monitor.db").status

    assert ["WATCHDOG=1", "STATUS=paused: the disk is full"] == heard(end)


async def test_a_configuration_that_is_refused_is_told_with_how_it_goes(tmp_path, manager):
    with lock.hold(tmp_path / "monitor.db") as held:
        await attendant(tmp_path, held, Notifier(manager[1]), motion=Vitals(refused=True)).look()
        told = lock.last_holder(tmp_path / "monitor.db").status

    assert told.endswith(
        "; the changed configuration is refused and the old one followed: `monitor check` says why"
    )


def test_what_systemd_set_for_us_is_not_handed_on_to_children():
    environ = {"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7", "HOME": "/"}

    notifier = Notifier.of(environ, 7)

    assert (60.0, {"HOME": "/"}) == (notifier.watchdog_seconds, environ)
    assert Notifier.of({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "8"}, 7).watchdog_seconds is None


def test_without_a_manager_nothing_is_told():
    """Also where the manager's socket is gone: the watch goes on."""
    notifiers = [Notifier(), Notifier("/nowhere/at/all")]

    assert [None, None] == [notifier.ready() for notifier in notifiers]


def test_an_abstract_socket_is_told_as_well():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind("\0monitor-test")
        end.setblocking(False)
        Notifier("@monitor-test").status("two\nlines")

        assert ["STATUS=two lines"] == heard(end)


# ── the door for Prometheus ──────────────────────────────────────────────────────────────────────


async def page():
    return metrics.health_page(None)


REQUESTS = {
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:9100\r\n\r\n": 200,
    b"GET /health?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n": 200,
    b"HEAD /health HTTP/1.1\r\nHost: [::1]:9100\r\n\r\n": 200,
    b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n": 404,
    b"POST /health HTTP/1.1\r\nHost: localhost\r\n\r\n": 405,
    b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n": 403,
    b"GET /health HTTP/1.1\r\n\r\n": 403,
    b"\x16\x03\x01 hello\r\n\r\n": 400,
}


@pytest.mark.parametrize("head", REQUESTS)
async def test_only_this_machine_is_answered_and_only_what_it_may_ask(head):
    status, _, _ = await answer(head, {"/health": page})

    assert REQUESTS[head] == status


async def test_a_silent_or_endless_client_is_let_go(monkeypatch):
    monkeypatch.setattr(metrics, "PATIENCE", 0.2)
    port = free_port()
    async with door(f"127.0.0.1:{port}", {"/health": page}):
        for sent in (b"", b"GET /" + b"x" * 100_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            with contextlib.suppress(ConnectionError):
                assert b"" == await asyncio.wait_for(reader.read(), 5)
            writer.close()


async def test_a_port_that_is_taken_costs_only_the_metrics(caplog):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with door(f"127.0.0.1:{port}", {"/health": page}):
            pass

    assert "no metrics at" in caplog.text
