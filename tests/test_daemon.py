"""The process: started, stopped, killed, reloaded, locked; as its user sees it."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import time

import pytest
from town import Town, sentences

from monitor import config, daemon, logs
from monitor.attendant import REFUSED
from monitor.cli.watch import import_seeds
from monitor.store import lock

MONITOR = [sys.executable, "-m", "monitor"]


@contextlib.asynccontextmanager
async def running(path, *words, command="run", program=("-m", "monitor"), output=None, **more):
    """`monitor run`, its log in a file beside the configuration; killed at the end if it is still there."""
    with (path.parent / "run.log").open("ab") as log:
        to = log if output is None else output
        process = await asyncio.create_subprocess_exec(
            sys.executable, *program, command, *words, "-c", str(path), stdout=to, stderr=to, **more
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def ask(path, sql, *values):
    conn = sqlite3.connect(path.parent / "data" / "monitor.db", timeout=10)
    try:
        return conn.execute(sql, values).fetchall()
    finally:
        conn.close()


async def until(check, seconds=20):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(sqlite3.OperationalError):
            if found := check():
                return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that in time")


def count(path, table):
    return ask(path, f"select count(*) from {table}")[0][0]


async def test_run_watches_and_sigterm_ends_it_cleanly(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        async with running(path) as process:
            await until(lambda: count(path, "articles") == 1)
            outlet.publish("/b", "Waffenstillstand, die zweite", sentences("b", 12))
            await until(lambda: count(path, "articles") == 2)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    assert "Traceback" not in (tmp_path / "run.log").read_text()
    assert [("ok",)] == ask(path, "pragma integrity_check")


READY = "watching 1 feeds"


@pytest.mark.parametrize("delay", [0, 0.05, 0.15, 0.4])
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_r47_ended_while_it_opens_it_ends_in_peace_with_the_code_of_the_signal(tmp_path, delay, name):
    async with Town(1) as town:
        path = town.config(tmp_path)
        async with running(path) as process:
            await until((tmp_path / "data" / "metadata.yaml").exists)
            await asyncio.sleep(delay)
            process.send_signal(name)
            code = await asyncio.wait_for(process.wait(), 20)

    said = (tmp_path / "run.log").read_text()
    assert (0 if READY in said else 128 + name) == code, said
    assert "Traceback" not in said
    assert lock.last_holder(tmp_path / "data" / "monitor.db") is None


@pytest.mark.parametrize("delay", [0.2, 0.5, 0.8, 1.1])
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_r47_a_signal_for_all_its_processes_while_they_begin_is_no_fault_either(tmp_path, delay, name):
    async with Town(1) as town:
        path = town.config(tmp_path)
        async with running(path, start_new_session=True) as process:
            await until((tmp_path / "data" / "metadata.yaml").exists)
            await asyncio.sleep(delay)
            os.killpg(process.pid, name)
            code = await asyncio.wait_for(process.wait(), 30)

    said = (tmp_path / "run.log").read_text()
    assert (0 if READY in said else 128 + name) == code, said
    assert "Traceback" not in said


LOADING = """
import os, sys
from monitor.__main__ import main

class Signals:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))

class Finder:
    def find_spec(self, name, path, target=None):
        if name == os.environ["WHILE"]:
            class Made:
                field = Signals()

sys.meta_path.insert(0, Finder())
main()
"""


@pytest.mark.parametrize("library", ["click", "pydantic", "uvloop", "monitor.attendant", "pebble"])
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_r47_ended_while_a_library_is_loaded_no_error_takes_the_place_of_the_signal(
    tmp_path, library, name
):
    """A signal while a class is being made: what its handler raises comes up as a RuntimeError, or is swallowed."""
    async with Town(1) as town:
        path = town.config(tmp_path)
        seen = {**os.environ, "WHILE": library, "SIGNAL": str(int(name))}
        async with running(path, program=("-c", LOADING), env=seen) as process:
            code = await asyncio.wait_for(process.wait(), 20)

    assert (128 + name, "") == (code, (tmp_path / "run.log").read_text())


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_r47_ended_while_it_imports_a_thousand_earlier_stories_it_does_not_first_import_them_all(
    tmp_path, name
):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number in range(1000):
        (seeds / f"{number}.txt").write_text(f"Waffenstillstand {number}\n\n" + sentences(f"s{number}", 9))
    async with Town(1) as town:
        path = town.config(tmp_path, more="seeds: [seeds]\n")
        async with running(path) as process:
            await until(lambda: count(path, "articles") > 10)
            process.send_signal(name)
            code = await asyncio.wait_for(process.wait(), 20)

    assert 128 + name == code
    assert 1000 > count(path, "articles")
    assert "Traceback" not in (tmp_path / "run.log").read_text()


async def test_r47_ctrl_c_ends_it_with_0_as_well(tmp_path):
    async with Town(1) as town:
        path = town.config(tmp_path)
        async with running(path) as process:
            await until(lambda: count(path, "polls"))
            process.send_signal(signal.SIGINT)
            assert 0 == await asyncio.wait_for(process.wait(), 20)


async def test_r01_r20_killed_in_the_middle_of_a_poll_nothing_is_lost_and_nothing_twice(tmp_path):
    async with Town(3) as town:
        for number, outlet in enumerate(town.outlets):
            for item in range(12):
                outlet.publish(
                    f"/{item}", f"Waffenstillstand {number}-{item}", sentences(f"{number}-{item}", 9)
                )
        path = town.config(tmp_path)
        for moment in (1, 10, 20):
            async with running(path) as process:
                await until(lambda: count(path, "articles") >= moment)  # noqa: B023
                process.kill()
                await process.wait()
        async with running(path) as process:
            await until(lambda: count(path, "articles") >= 36)
            await asyncio.sleep(1.5)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    assert (36, 36) == (count(path, "articles"), count(path, "entries"))
    assert [("stored", 36)] == ask(path, "select state, count(*) from entries group by state")
    assert [] == ask(path, "select url from articles group by url having count(*) > 1")
    assert 36 == ask(path, "select count(*) from article_text where length(text) > 100")[0][0]
    assert (
        36 == ask(path, "select count(*) from articles_fts where articles_fts match 'waffenstillstand'")[0][0]
    )
    assert [("ok",)] == ask(path, "pragma integrity_check")
    assert [] == ask(path, "pragma foreign_key_check")


async def test_r26_a_second_daemon_names_the_first_and_exits_with_11(tmp_path):
    async with Town(1) as town:
        path = town.config(tmp_path)
        async with running(path) as first:
            await until(lambda: count(path, "polls"))
            second = await asyncio.create_subprocess_exec(
                *MONITOR,
                "poll",
                "-c",
                str(path),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await second.communicate()

    assert 11 == second.returncode
    assert str(first.pid) in said.decode()


async def test_r35_a_changed_file_is_taken_over_and_a_bad_one_is_not(tmp_path):
    async with Town(2) as town:
        one, two = town.outlets
        two.publish("/a", "Waffenstillstand", sentences("a", 12))
        whole = town.config(tmp_path)
        text = whole.read_text()
        whole.write_text(text.replace(f', "{two.feed}"', "", 1))
        async with running(whole) as process:
            await until(lambda: count(whole, "polls"))
            whole.write_text("version: 1\ntopics: [")
            process.send_signal(signal.SIGHUP)
            await until(lambda: "not reloaded" in (tmp_path / "run.log").read_text())
            await until(lambda: REFUSED in lock.last_holder(tmp_path / "data" / "monitor.db").status)
            whole.unlink()
            process.send_signal(signal.SIGHUP)
            await until(lambda: "there is no such configuration" in (tmp_path / "run.log").read_text())
            whole.write_text(text)
            process.send_signal(signal.SIGHUP)
            await until(lambda: count(whole, "articles") == 1)
            await until(lambda: REFUSED not in lock.last_holder(tmp_path / "data" / "monitor.db").status)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    assert one.asked
    assert "Traceback" not in (tmp_path / "run.log").read_text()


HANGING = (
    "<html><head><title>x</title></head><body><p "
    + " ".join(f"a{n}='>'" for n in range(40_000))
    + ">x</p></body></html>"
)


async def test_r37_a_page_that_hangs_the_extractor_costs_that_page_only(tmp_path, monkeypatch):
    """The loop stays quick, the next article is fine, and the page has its reason."""
    from monitor.workers import Workers

    lags = []

    async def watch_lag():
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.02)
            lags.append(time.monotonic() - begun - 0.02)

    async with Town(1) as town:
        (outlet,) = town.outlets
        links = "<li><a href='/x'>Waffenstillstand in Genf und anderswo</a></li>" * 120_000
        outlet.publish("/hang", "Waffenstillstand, ewig", "x")
        outlet.pages["/hang"] = f"<html><body><ul>{links}</ul></body></html>"
        outlet.publish("/tags", "Waffenstillstand, viele Zeichen", "x")
        outlet.pages["/tags"] = HANGING
        outlet.publish("/fine", "Waffenstillstand, lesbar", sentences("fine", 12))
        settings = config.load(town.config(tmp_path), os.environ)
        monkeypatch.setattr(
            Workers.__init__, "__kwdefaults__", {**Workers.__init__.__kwdefaults__, "deadline": 2.0}
        )
        async with daemon.house(settings, logs.tell) as opened:
            await import_seeds(opened)
            watcher = daemon.Daemon(opened, load=lambda: settings, tell=logs.tell)
            lag = asyncio.create_task(watch_lag())
            run = asyncio.create_task(watcher.run())
            path = settings.path
            await until(
                lambda: (
                    ask(path, "select count(*) from entries where state <> 'waiting' or tries > 0")[0][0] == 3
                ),
                40,
            )
            watcher.stop()
            await run
            lag.cancel()

    states = dict(ask(path, "select title, state from entries"))
    assert "stored" == states["Waffenstillstand, lesbar"]
    reasons = dict(ask(path, "select title, because from entries"))
    assert "too many tags" in reasons["Waffenstillstand, ewig"]
    assert "more than 2 seconds" in reasons["Waffenstillstand, viele Zeichen"]
    assert max(lags) < 1  # half of the deadline: the loop itself never read a page
