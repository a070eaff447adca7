"""B13: `monitor --help` and `monitor status`, against a Python that imports what any command line needs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import desk
from measure import Row, interleaved, ratio

from monitor.store import Store

HELP, STATUS = 0.15, 0.3  # seconds of CPU
FEEDS = 200
BARE = "import click, sqlite3, yaml"
CONFIG = """\
version: 1
database: monitor.db
contact: newsdesk@example.org
topics:
  everything:
    title: Everything
    query: news
    schedule: every 10 minutes
    feeds:
"""


def cpu_of(command: Sequence[str], folder: Path) -> float:
    """Seconds of CPU (user and system) that a command took, from the start of its process to its end."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} failed"
    return used.ru_utime + used.ru_stime


async def measured(folder: Path, *, quick: bool) -> list[Row]:
    """Each command in turn with the bare interpreter; the first of each only warms the disk's cache."""
    feeds = [f"https://paper{n}.example/feed.rss" for n in range(FEEDS)]
    (folder / "monitor.yaml").write_text(CONFIG + "".join(f"      - {url}\n" for url in feeds))
    with Store.open(folder / "monitor.db") as store:
        settings = desk.settings(folder, feeds, allowed=frozenset())
        store.run(lambda books: books.sync(settings, desk.Clock()()))
    rows = []
    for words, limit in (("--help", HELP), ("status", STATUS)):
        command = [sys.executable, "-m", "monitor", *words.split()]

        async def ours(command: Sequence[str] = command) -> float:
            return cpu_of(command, folder)

        async def bare() -> float:
            return cpu_of([sys.executable, "-c", BARE], folder)

        await interleaved(1, ours, bare)
        mine, theirs = await interleaved(1 if quick else 15, ours, bare)
        against = ratio("B13", words, mine, theirs, None)
        note = f"{against.median:.2f} × python -c '{BARE}'"
        rows.append(Row("B13", f"monitor {words}, CPU", tuple(mine), limit, "s", note=note))
    return rows


def work(quick: bool) -> list[Row]:
    """One row a command."""
    return desk.run(lambda folder: measured(folder, quick=quick))
