"""B11: `monitor run` with a hundred thousand feeds: the first poll after a start, memory, and a beat with nothing due."""

import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from measure import Row, cpu, descendants, memory
from newsweb import NewsWeb, Sheet, on_the_air

FEEDS = 100_000
FIRST_POLL, MEMORY, BEAT = 5.0, 400, 1.0  # seconds, megabytes, percent of a core
ON_THE_AIR = 20_000  # more than are asked while this runs
OUTLETS = 30_000
QUIET = b"<rss version='2.0'><channel><title>Quiet</title></channel></rss>"  # no items: no page is asked for
PATIENCE = 120.0  # seconds that a start may take before it is given up
CONFIG = """\
version: 1
database: monitor.db
contact: newsdesk@example.org
feed_lists: [many.opml]
topics:
  everything:
    title: Everything
    query: news
    schedule: every 10 minutes
    feeds: [many.opml]
fetch: {{per_host_delay: 0s, allow_private: [{hosts}]}}
keep: {{articles: matched}}
workers: 2
"""
LATER = "update feeds set next_poll_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 day')"  # farther away would be an error
DUE = "update feeds set next_poll_at = '2025-01-01T00:00:00Z'"


def measured(folder: Path, *, feeds: int, seconds: float) -> list[Row]:
    """Three lives of one daemon: with everything new, with everything due, with nothing due."""
    with on_the_air(folder, {"/feed.rss": Sheet(QUIET, "application/rss+xml")}) as web:
        (folder / "monitor.yaml").write_text(CONFIG.format(hosts=hosts_of(web)))
        (folder / "many.opml").write_text(listed(web, feeds))
        database = folder / "monitor.db"
        with alive(folder) as daemon:
            first, _ = after(daemon, lambda: polls(database) > 0)
            asking = watched(daemon, seconds)
        before = polls(database)
        change(database, DUE)
        with alive(folder) as daemon:
            again, _ = after(daemon, lambda: polls(database) > before)
        change(database, LATER)
        with alive(folder) as daemon:
            _, busy = after(daemon, lambda: is_calm(daemon))
            asked = polls(database)
            idle = watched(daemon, seconds)
            assert asked == polls(database), "something was due"
    return rows(feeds, (first, again), busy, asking, idle)


def rows(
    feeds: int,
    starts: tuple[float, float],
    busy: float,
    asking: tuple[float, float],
    idle: tuple[float, float],
) -> list[Row]:
    """What was promised for so many feeds; a start with an empty database is told beside it."""
    note = f"{feeds:,} feeds"
    first, again = starts
    return [
        Row("B11", "from the start of the process to the first poll", (again,), FIRST_POLL, "s", note=note),
        Row("B11", "the same with an empty database", (first,), FIRST_POLL, "s", note=note),
        Row("B11", "CPU of a start", (busy,), None, "s", note=f"{note}, none due"),
        Row("B11", "memory of daemon and two workers", (max(asking[1], idle[1]),), MEMORY, "MB", note=note),
        Row("B11", "beats while nothing is due, of a core", (idle[0] * 100,), BEAT, "%", note=f"{note}, chores included"),
    ]  # fmt: skip


def hosts_of(web: NewsWeb) -> str:
    """The web's hosts as `allow_private` has them."""
    return ", ".join(f'"{place}"' for place in sorted(web.allowed))


def listed(web: NewsWeb, feeds: int) -> str:
    """So many feeds as OPML. Those that are asked first are on the air; the others' turn does not come."""
    places = (
        f"{web.host(n)}/feed.rss?number={n}"
        if n < ON_THE_AIR
        else f"https://www.paper{n % OUTLETS}.example/feeds/{n}.xml"
        for n in range(feeds)
    )
    outlines = "\n".join(
        f'<outline type="rss" text="Feed {n}" xmlUrl="{url}"/>' for n, url in enumerate(places)
    )
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>\n{outlines}\n</body></opml>\n'


@contextmanager
def alive(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon, told to stop when the block ends, and waited for."""
    command = [sys.executable, "-m", "monitor", "--config", str(folder / "monitor.yaml"), "run"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            yield daemon
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)


def after(daemon: subprocess.Popen[bytes], is_so: Callable[[], bool]) -> tuple[float, float]:
    """Seconds since now until this is so, and the CPU that the daemon has used by then."""
    began = time.monotonic()
    while not is_so():
        assert daemon.poll() is None, "the daemon ended"
        assert time.monotonic() < began + PATIENCE, f"not within {PATIENCE:.0f} seconds"
        time.sleep(0.02)
    return time.monotonic() - began, cpu(root=daemon.pid)


def is_calm(daemon: subprocess.Popen[bytes]) -> bool:
    """Whether a started daemon has nothing left to do: its workers are there, and it hardly uses the processor."""
    before = cpu(root=daemon.pid)
    time.sleep(1.0)
    return len(descendants(daemon.pid)) > 2 and cpu(root=daemon.pid) - before < 0.05


def watched(daemon: subprocess.Popen[bytes], seconds: float) -> tuple[float, float]:
    """What part of a core daemon and workers use over this time, and how many megabytes they have at its end."""
    began, used = time.monotonic(), cpu(root=daemon.pid)
    time.sleep(seconds)
    spent = (cpu(root=daemon.pid) - used) / (time.monotonic() - began)
    return spent, sum(memory(pid) for pid in descendants(daemon.pid))


def polls(database: Path) -> int:
    """How many polls there were; 0 while there is no database yet."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
            return int(conn.execute("select coalesce(max(id), 0) from polls").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def change(database: Path, sql: str) -> None:
    """Set the times of all feeds, between two lives of the daemon."""
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute(sql)


def work(quick: bool) -> list[Row]:
    """Five rows."""
    feeds, seconds = (500, 1.0) if quick else (FEEDS, 20.0)
    with tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder:
        return measured(Path(folder), feeds=feeds, seconds=seconds)
