"""B12: the memory of the whole daemon, its two workers included, while articles come as fast as it can read."""

import gzip
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import papers
from measure import Row, descendants, memory
from newsweb import FLOW, NewsWeb, Sheet, on_the_air

LIMIT, GROWTH = 500, 1.05
ENOUGH = 30_000  # articles, from which on growth is judged: before, caches are still filling
FEEDS = 8  # each lists 120 addresses that nobody has seen, every ten seconds
PATIENCE = 50.0  # seconds; on a busy machine it ends with fewer pages
CONFIG = """\
version: 1
database: monitor.db
contact: newsdesk@example.org
topics:
  everything:
    title: Everything
    query: the OR die OR la OR el OR de OR et OR och OR i OR и OR в
    schedule: every 10 seconds
    feeds:
{feeds}
fetch: {{per_host_delay: 0s, allow_private: [{hosts}]}}
workers: 2
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """How many articles there were, and how many megabytes daemon and workers had."""

    articles: int
    daemon: float
    all: float


def measured(folder: Path, *, target: int, patience: float) -> list[Row]:
    """Let `monitor run` read a flow of pages until it has so many articles, and look at it twice a second."""
    sheets = {
        f"/page{n}.html": Sheet(gzip.compress(page.body, 6), gzipped=True)
        for n, page in enumerate(papers.pages(160))
    }
    with on_the_air(folder, sheets) as web:
        (folder / "monitor.yaml").write_text(config(web))
        command = [sys.executable, "-m", "monitor", "--config", str(folder / "monitor.yaml"), "run"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
            try:
                samples = watched(daemon, folder / "monitor.db", target, time.monotonic() + patience)
            finally:
                daemon.send_signal(signal.SIGTERM)
    return rows(samples)


def config(web: NewsWeb) -> str:
    """A configuration whose feeds flow."""
    feeds = "\n".join(f"      - {web.host(n)}{FLOW}" for n in range(FEEDS))
    return CONFIG.format(feeds=feeds, hosts=", ".join(f'"{place}"' for place in sorted(web.allowed)))


def watched(daemon: subprocess.Popen[bytes], database: Path, target: int, until: float) -> list[Sample]:
    """Samples until there are `target` articles or the time is up; those before the first article are left out."""
    samples: list[Sample] = []
    while time.monotonic() < until and (not samples or samples[-1].articles < target):
        time.sleep(0.5)
        assert daemon.poll() is None, "the daemon ended"
        if articles := counted(database):
            shares = {pid: memory(pid) for pid in descendants(daemon.pid)}
            samples.append(Sample(articles, shares[daemon.pid], sum(shares.values())))
    return samples


def counted(database: Path) -> int:
    """How many articles there are; 0 while there is no database yet."""
    try:
        conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            return int(conn.execute("select coalesce(max(id), 0) from articles").fetchone()[0])
        finally:
            conn.close()
    except sqlite3.OperationalError:
        return 0


def rows(samples: list[Sample]) -> list[Row]:
    """The most it ever had; and what the second half of the articles added to the first."""
    last = samples[-1].articles
    early = [one for one in samples if 0.25 * last <= one.articles <= 0.5 * last] or samples
    late = [one for one in samples if one.articles > 0.75 * last]
    before = statistics.median(one.all for one in early)
    growth = tuple(one.all / before for one in late)
    most = max(samples, key=lambda one: one.all)
    return [
        Row(
            "B12",
            "memory of daemon and two workers, at most",
            (most.all,),
            LIMIT,
            "MB",
            note=f"{most.daemon:.0f} MB of it the daemon's; {last} articles",
        ),
        Row(
            "B12",
            "memory over the last quarter of these articles / over the second",
            growth,
            GROWTH if last >= ENOUGH else None,
            note=f"{statistics.median(one.all for one in late):.0f} MB against {before:.0f} MB; "
            f"from {early[0].articles}–{early[-1].articles} to {late[0].articles}–{last} articles",
        ),
    ]


def work(quick: bool, *, long: bool = False) -> list[Row]:
    """Two rows; with `long`, over as many pages as the budget speaks of (20,000 a worker)."""
    target, patience = (40, 30.0) if quick else (40_000, 3600.0) if long else (3000, PATIENCE)
    with tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder:
        return measured(Path(folder), target=target, patience=patience)
