"""A real monitor at work beside commands, on an archive of five stories."""

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from test_cli_story import fill

from monitor import wishes
from monitor.cli import cli
from monitor.errors import MonitorError
from monitor.store import Store

CONFIG = """version: 1
database: monitor.db
topics:
  bridges: {title: Bridges, query: "bridge* OR brücke* OR waffenstillstand*", feeds: ["http://127.0.0.1:9/feed"]}
fetch: {allow_private: ["127.0.0.1:*"]}
keep: {entries: 1 days}
"""
OLD_POLLS = """
with recursive n(n) as (select 1 union all select n + 1 from n where n < 600)
insert into polls (feed_id, at, outcome, ms) select 1, '2025-01-01T00:00:00Z', 'unchanged', 1 from n
"""
MONITOR = [sys.executable, "-m", "monitor"]


def made(home):
    """An archive of five stories and two events; gives its configuration."""
    home.mkdir()
    path = home / "monitor.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    with Store.open(home / "monitor.db") as store:
        store.run(lambda books: fill(books, home))
        store.run(lambda books: books.conn.execute(OLD_POLLS))
    return path


@pytest.fixture
def path(tmp_path):
    return made(tmp_path / "one")


def database(path):
    return path.parent / "monitor.db"


def ask(path, sql, *values):
    with contextlib.closing(sqlite3.connect(database(path), timeout=10)) as conn:
        return conn.execute(sql, values).fetchall()


def until(check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to that in time")


@contextlib.contextmanager
def watching(path):
    """`monitor run` at work; killed at the end if it is still there."""
    with (path.parent / "run.log").open("ab") as log:
        process = subprocess.Popen([*MONITOR, "run", "-c", str(path)], stdout=log, stderr=log)
    try:
        until(lambda: "watching 1 feeds" in (path.parent / "run.log").read_text())
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def call(path, *words):
    """A command's exit code and what it says, without what differs from archive to archive."""
    found = CliRunner().invoke(cli, [*map(str, words), "-c", str(path)])
    refused = isinstance(found.exception, MonitorError)
    said = found.stderr + (str(found.exception) if refused else "")
    code = found.exception.exit_code if refused else found.exit_code
    told = (re.sub(r"\d{4}-\d\d-\d\d[ T][0-9:.Z+]+", "THEN", text) for text in (found.stdout, said))
    return code, *(text.replace(str(path.parent), "HOME") for text in told)


def begun(path, *words):
    """A command in a process of its own."""
    given = [*MONITOR, *map(str, words), "-c", str(path)]
    return subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def asked(path, *words):
    """The same, once it has left its wish."""
    process = begun(path, *words)
    until(lambda: left(path))
    return process


def ended(process):
    """Its exit code, and all that it said."""
    out, err = process.communicate(timeout=60)
    return process.returncode, (out + err).strip()


@contextlib.contextmanager
def stopped(process):
    """The running monitor does nothing, while inside."""
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def at_work(tmp_path_factory):
    """One monitor at work, for all tests that leave it so: its process and its configuration."""
    path = made(tmp_path_factory.mktemp("shared") / "one")
    with watching(path) as process:
        yield process, path


@pytest.fixture
def watched(at_work):
    """The same, with nothing said yet."""
    _, path = at_work
    while call(path, "story", "undo")[0] == 0:
        pass
    return at_work


def left(path):
    """The wishes that lie there."""
    return [file for file in wishes.folder_of(database(path)).glob("*") if file.suffix != ".part"]
