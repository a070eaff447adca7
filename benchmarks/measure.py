"""What was measured, and how: CPU seconds of a whole process tree, interleaved repeats, medians.

CPU time, because other programs on the machine change wall time and not what the work costs; the whole
tree, because parsing and reading happen in worker processes. Reads /proc: Linux only.
"""

import gc
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `values` are those of the rounds; `limit` is None where nothing was promised."""

    budget: str
    what: str
    values: tuple[float, ...]
    limit: float | None = None
    unit: str = "×"
    at_least: bool = False  # the limit is a floor, not a ceiling
    note: str = ""

    @property
    def median(self) -> float:
        """The value that stands for the rounds."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the budget holds, in one word."""
        if self.limit is None:
            return "told"
        held = self.median >= self.limit if self.at_least else self.median <= self.limit
        return "holds" if held else "misses"

    def told(self) -> dict[str, object]:
        """The row as JSON has it."""
        return asdict(self) | {
            "median": self.median,
            "low": min(self.values),
            "high": max(self.values),
            "verdict": self.verdict,
        }


Span = Callable[[], float]
Side = Callable[[], Awaitable[float]]  # does the work once; gives what it cost a piece


def descendants(root: int, without: Collection[int] = ()) -> list[int]:
    """The processes of a tree; those in `without` and all below them are left out."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := stat_of(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, to_visit = [], [root]
    while to_visit:
        pid = to_visit.pop()
        if pid not in without:
            found.append(pid)
            to_visit += children.get(pid, [])
    return found


def stat_of(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (proc(5)); None when the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def cpu(without: Collection[int] = (), root: int | None = None) -> float:
    """Seconds of CPU (user and system) that a process, by default this one, and all its descendants have used."""
    total = 0.0
    for pid in descendants(root or os.getpid(), without):
        fields = stat_of(pid)
        if fields is None:
            continue
        total += (int(fields[13]) + int(fields[14])) / TICKS  # of children that have ended
        try:
            total += time.clock_gettime((~pid << 3) | 2)  # the process's own clock, clock_getcpuclockid(3)
        except OSError:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def memory(pid: int) -> float:
    """Megabytes of a process: its proportional share (PSS) where that can be read, else what is resident."""
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    fields = stat_of(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if fields else 0.0


async def interleaved(rounds: int, ours: Side, bare: Side) -> tuple[list[float], list[float]]:
    """Both sides in turn, `rounds` times; what a piece cost on each."""
    mine, theirs = [], []
    for _ in range(rounds):
        gc.collect()
        mine.append(await ours())
        gc.collect()
        theirs.append(await bare())
    return mine, theirs


def ratio(
    budget: str, what: str, mine: list[float], theirs: list[float], limit: float | None, note: str = ""
) -> Row:
    """A row from seconds a piece on both sides."""
    told = f"{statistics.median(mine) * 1000:.2f} ms against {statistics.median(theirs) * 1000:.2f} ms"
    values = tuple(a / b for a, b in zip(mine, theirs, strict=True))
    return Row(budget, what, values, limit, note=f"{told}; {note}" if note else told)
