"""B9: articles a second on two cores against one: the journey, its workers and the server on the same cores.

Wall time, but without what other programs took of these cores meanwhile (/proc/stat): a core that stood
idle while work waited counts, a core that was somebody else's does not.
"""

import os
import time
from collections.abc import Collection
from pathlib import Path

import desk
import papers
from b04_article import served
from measure import PROC, TICKS, Row, cpu, descendants
from newsweb import trusted

from monitor.pipeline import read_waiting

LEAST = 1.8


def pin(cores: Collection[int]) -> None:
    """Keep this process, its workers and the server, every thread of them, on these cores."""
    for pid in descendants(os.getpid()):
        for thread in (PROC / str(pid) / "task").iterdir():
            try:
                os.sched_setaffinity(int(thread.name), cores)
            except ProcessLookupError:  # it has ended since it was listed
                continue


def busy(cores: Collection[int]) -> float:
    """Seconds that these cores have worked since the machine started, for whomever (proc_stat(5))."""
    total = 0
    for line in (PROC / "stat").read_text().splitlines():
        name, *spent = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, spent[:8])
            total += user + nice + system + irq + softirq + steal
    return total / TICKS


class Watch:
    """A stopwatch that stands still for the part of these cores that others use."""

    def __init__(self, cores: Collection[int]) -> None:
        self.cores = cores
        self.began = time.monotonic(), busy(cores), cpu()

    def seconds(self) -> float:
        """Seconds since the start, of the part of the cores that was there for us."""
        at, before, own = self.began
        theirs = (busy(self.cores) - before) - (cpu() - own)
        return time.monotonic() - at - max(0.0, theirs) / len(self.cores)


async def measured(folder: Path, *, quick: bool) -> list[Row]:
    """The same pages, read into an empty archive, in turn on one core and on two."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        return []
    count, rounds, tls = (8, 1, bool(trusted())) if quick else (160, 3, bool(trusted()))
    with served(folder, papers.pages(count), tls=tls) as (web, tasks):
        chosen = desk.settings(folder, [web.host(0, tls=tls) + "/feed.rss"], allowed=web.allowed)
        async with desk.opened(chosen) as rooms:

            async def pace(some: list[int]) -> float:
                with rooms.fresh() as (world, store):
                    desk.fill(store, tasks)
                    pin(some)
                    watch = Watch(some)
                    tally = await read_waiting(world)
                    return tally["stored"] / watch.seconds()

            await pace(cores)  # also reads every host's robots.txt
            one, two = [], []
            for _ in range(rounds):
                one.append(await pace(cores[:1]))
                two.append(await pace(cores))
    values = tuple(both / alone for both, alone in zip(two, one, strict=True))
    note = f"{sorted(two)[len(two) // 2]:.0f} against {sorted(one)[len(one) // 2]:.0f} articles a second"
    return [Row("B9", "articles a second on two cores / on one", values, LEAST, at_least=True, note=note)]


def work(quick: bool) -> list[Row]:
    """One row; none on a machine with one core."""
    return desk.run(lambda folder: measured(folder, quick=quick))
