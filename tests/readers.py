"""Datasette read twenty times a second while a daemon takes in all it can: nobody waits for anybody.

    python tests/readers.py --for 10m [--rate 20] [--articles 8]      (`make readers ARGS="--for 10m"`)

A real daemon watches a town of outlets that publish without end; its Datasette (`run --serve`) is asked for
the pages that people open. Wrong are: `database is locked` on either side, an answer that is an error, a
transaction in a hundred that took 100 ms and more, a write-ahead log beyond its limit. Exit code 1 then.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiohttp
from soak import span
from soak_town import WildTown

from monitor.processes import free_port
from monitor.store.invariants import violations
from monitor.store.opening import WAL_LIMIT, open_for_reading

PAGES = (
    "/",
    "/monitor",
    "/monitor/latest",
    "/monitor/latest?_facet=agency&language=de",
    "/monitor/latest.json?_shape=array&_size=100",
    "/monitor/articles",
    "/monitor/articles?_search=waffenstillstand&_sort_desc=first_seen_at",
    "/monitor/articles?_search=Genf+Unterh%C3%A4ndler",
    "/monitor/articles/{number}",
    "/monitor/stories/{number}",
    "/monitor/story_copies",
    "/monitor/current_events",
    "/monitor/topic?topic=truce",
    "/monitor/search?q=waffenstillstand*",
    "/monitor/decisions",
    "/monitor/decisions?_search=Genf",
    "/monitor/corrections",
    "/monitor/feed_health",
    "/monitor/coverage",
    "/monitor/politeness",
    "/monitor/entries.json?_size=100&_sort_desc=id",
    "/monitor?sql=select+count(*)+from+article_text+where+text+like+%27%25Ankara%25%27",
    "/-/feeds/truce.atom",
)
SLOWEST = 0.1  # seconds, of 99 transactions in 100
PATIENCE = 60  # seconds until both must answer
LOCKED = re.compile("database (table )?is locked|keeps the database locked|SQLITE_BUSY", re.IGNORECASE)


class Readers:
    """What is asked of Datasette, and what it answered."""

    def __init__(self, session, address, dice):
        self.session, self.address, self.dice = session, address, dice
        self.seconds, self.statuses, self.faults = [], Counter(), []
        self.articles = 1
        self.open = set()

    async def read(self, seconds, rate):
        """So many requests a second, whether the earlier ones are answered or not."""
        begun = time.monotonic()
        for number, page in enumerate(itertools.cycle(PAGES)):
            at = begun + number / rate
            if at > begun + seconds:
                break
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            path = page.format(number=self.dice.randint(1, max(1, self.articles)))
            task = asyncio.create_task(self.ask(path))
            self.open.add(task)
            task.add_done_callback(self.open.discard)
        await asyncio.gather(*self.open)

    async def ask(self, path):
        began = time.monotonic()
        try:
            async with self.session.get(self.address + path) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.faults.append(f"{path}: {type(error).__name__}: {error}")
            return
        self.seconds.append(time.monotonic() - began)
        self.statuses[answer.status] += 1
        locked = answer.status != 200 and LOCKED.search(text)
        if locked or answer.status >= 500:
            words = " ".join(re.sub("<[^>]*>", " ", text).split())
            self.faults.append(f"{path}: {answer.status}: {words[:200]}")


async def publish(town, seconds, rate):
    """Somebody publishes something, so many times a second."""
    begun = time.monotonic()
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        town.grow()


async def watch_files(database, readers, seconds, found, syncs):
    """Now and then, how large the log is, how many articles there are, and how long this disk takes for one page."""
    until = time.monotonic() + seconds
    log = database.with_name(database.name + "-wal")
    while time.monotonic() < until:
        found.append(log.stat().st_size if log.exists() else 0)
        syncs.append(await asyncio.to_thread(sync_a_page, database.with_name("probe")))
        readers.articles = await asyncio.to_thread(count, database, "articles") or 1
        await asyncio.sleep(0.5)


def sync_a_page(path):
    """Seconds that the disk takes to keep 4 kB: what no database on it can go below."""
    began = time.monotonic()
    with path.open("wb") as file:
        file.write(b"x" * 4096)
        file.flush()
        os.fdatasync(file.fileno())
    return time.monotonic() - began


def count(database, table):
    with contextlib.closing(open_for_reading(database)) as conn:
        return conn.execute(f"select count(*) from {table}").fetchone()[0]


def quantile(buckets, part):
    """Seconds that this part of all transactions stayed under: the upper bound of its bucket, and a guess inside it."""
    total = buckets[-1][1]
    below = (0.0, 0)
    for bound, reached in buckets:
        if reached >= part * total:
            inside = (part * total - below[1]) / max(1, reached - below[1])
            return bound, below[0] + (bound - below[0]) * inside
        below = (bound, reached)
    return float("inf"), float("inf")


def numbers(text, name):
    """The samples of a metric in Prometheus' text: (labels, value)."""
    return [
        (m[1] or "", float(m[2])) for m in re.finditer(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
    ]


def transactions(text):
    """[(upper bound in seconds, transactions up to it), …] of the writer."""
    found = [(float(re.search('le="([^"]+)"', labels)[1]), value) for labels, value in numbers(text, "monitor_writer_seconds_bucket")]  # fmt: skip
    return sorted(found)


def cpu(pid):
    """Seconds of CPU of a process and its children that have ended."""
    with contextlib.suppress(OSError):
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])) / 100
    return 0.0


async def answered(session, address):
    """The text there, as soon as somebody answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            async with session.get(address) as answer:
                if answer.status == 200:
                    return await answer.text()
        except aiohttp.ClientError:
            pass
        if time.monotonic() > until:
            raise SystemExit(f"{address} does not answer")
        await asyncio.sleep(0.3)


async def run(given, folder):
    dice = random.Random(given.seed)
    async with WildTown(given.feeds, dice) as town, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)) as session:  # fmt: skip
        door, port = free_port(9109), free_port(8109)
        path = town.config(folder, more=f"metrics: 127.0.0.1:{door}\n", schedule="every 2 seconds")
        for _ in range(given.feeds * 5):
            town.grow()
        with (folder / "run.log").open("wb") as log:
            daemon = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "monitor", "run", "--serve", "--port", str(port), "-c", str(path), stdout=log, stderr=log
            )  # fmt: skip
        try:
            return await measured(given, folder, town, session, daemon, (door, port))
        finally:
            with contextlib.suppress(ProcessLookupError):
                daemon.send_signal(signal.SIGTERM)
                await asyncio.wait_for(daemon.wait(), 40)


async def measured(given, folder, town, session, daemon, places):
    """The figures and the faults of so much time."""
    door, port = places
    database = folder / "data" / "monitor.db"
    metrics = f"http://127.0.0.1:{door}/metrics"
    await answered(session, metrics)
    await answered(session, f"http://127.0.0.1:{port}/monitor/latest")
    readers = Readers(session, f"http://127.0.0.1:{port}", random.Random(given.seed))
    logs, syncs, before, stored = (
        [],
        [],
        cpu(daemon.pid),
        await asyncio.to_thread(count, database, "articles"),
    )
    await asyncio.gather(
        readers.read(given.time, given.rate),
        publish(town, given.time, given.articles),
        watch_files(database, readers, given.time, logs, syncs),
    )
    spent = cpu(daemon.pid) - before
    text = await answered(session, metrics)
    daemon.send_signal(signal.SIGTERM)
    code = await asyncio.wait_for(daemon.wait(), 40)
    done = await asyncio.to_thread(count, database, "articles")
    buckets = transactions(text)
    most, _ = quantile(buckets, 0.99)
    failures = sum(value for _, value in numbers(text, "monitor_writer_failures_total"))
    faults = list(readers.faults)
    said = (folder / "run.log").read_text(errors="replace").splitlines()
    faults += [
        f"log: {line[:300]}" for line in said if LOCKED.search(line) or "fault in monitor itself" in line
    ]
    faults += [f"exit code {code}"] * bool(code) + [f"{failures:.0f} transactions were refused"] * bool(
        failures
    )
    faults += [f"99 of 100 transactions took up to {most} s"] * (most > SLOWEST)
    faults += [f"the log grew to {max(logs)} bytes"] * (max(logs) > WAL_LIMIT)
    with contextlib.closing(open_for_reading(database)) as conn:
        faults += [f"{rule}: {what}" for rule, what in violations(conn)]
    waits, syncs = sorted(readers.seconds), sorted(syncs)
    report = {
        "seconds": given.time,
        "articles stored": done - stored, "articles a second": round((done - stored) / given.time, 2),
        "CPU of the daemon, cores": round(spent / given.time, 2),
        "requests": len(waits), "requests a second": round(len(waits) / given.time, 2),
        "answers": dict(sorted(readers.statuses.items())),
        "answer ms: median, p99": [round(1000 * waits[int(len(waits) * part)]) for part in (0.5, 0.99)],
        "transactions": int(buckets[-1][1]),
        "writer ms: median, p99, p99.9": [round(1000 * quantile(buckets, part)[1], 1) for part in (0.5, 0.99, 0.999)],
        "writer p99 is under ms": round(1000 * most),
        "transactions over 100 ms": int(buckets[-1][1] - dict(buckets)[SLOWEST]),
        "disk ms for one page: median, p99": [round(1000 * syncs[int(len(syncs) * part)], 1) for part in (0.5, 0.99)],
        "load": round(os.getloadavg()[0], 1),
        "most MB of write-ahead log": round(max(logs) / 1e6, 1),
        "faults": len(faults),
    }  # fmt: skip
    return report, faults


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--for", dest="time", type=span, default=60.0, metavar="TIME", help="such as 60s (default), 10m")  # fmt: skip
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second; 20")
    parser.add_argument("--articles", type=float, default=8.0, help="published a second; 8")
    parser.add_argument("--feeds", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitor-readers-") as name:
        report, faults = asyncio.run(run(given, Path(name)))
    print(json.dumps(report, indent=2))
    print(*faults[:40], sep="\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
