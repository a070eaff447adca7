"""Leave a real daemon running among bad servers; kill it, set its clock, fill its disk; see that nothing is lost.

    python tests/soak.py --for 1h [--seed 1] [--feeds 24]      (`make soak ARGS="--for 1h"`)

The first third of the time is for kills: after each, with nobody at work, the invariants are asked of the
database. For the rest one daemon lives on, among the same troubles but for the kills, and its memory and open
files are measured. In the end all is calm, and what every feed shows must be stored, once. Exit
code 1 when anything was wrong. A disk is filled where this user may mount one.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from soak_town import WildTown

from monitor.store.invariants import violations
from monitor.store.opening import open_for_reading

DAEMON = Path(__file__).with_name("soak_daemon.py")
DISK = 800  # MB
LEAPS = (-90, -3600, -86_400, 3600, 8 * 3600, 40 * 86_400, -41 * 86_400)  # seconds


class Soak:
    """One soak: the town, the daemon's process, what was done to it and what was found."""

    def __init__(self, folder, town, dice):
        self.folder, self.town, self.dice = folder, town, dice
        self.database = folder / "data" / "monitor.db"
        self.process = None
        self.ahead = 0.0  # seconds that the daemon's clock is ahead
        self.done = {
            "kills": 0,
            "ends": 0,
            "sleeps": 0,
            "leaps": 0,
            "full disks": 0,
            "starts": 0,
            "checks": 0,
        }
        self.faults = town.faults
        self.samples = []  # (seconds of life, RSS in MB, open files, MB of the write-ahead log)
        self.can_fill = False

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def command(self, *words):
        """A command of `monitor` on the daemon's clock."""
        return [
            sys.executable, str(DAEMON), str(self.folder / "ahead"), *words, "-c", str(self.folder / "monitor.yaml"),
        ]  # fmt: skip

    async def start(self):
        """Start the daemon, its clock as it stands."""
        (self.folder / "ahead").write_text(str(self.ahead))
        with (self.folder / "run.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*self.command("run"), stdout=log, stderr=log)
        self.begun = time.monotonic()
        self.done["starts"] += 1

    async def kill(self):
        """SIGKILL at any moment; then look."""
        self.process.kill()
        await self.process.wait()
        self.done["kills"] += 1
        await self.check("after a kill")

    async def end(self):
        """SIGTERM: it ends in time, in peace."""
        self.process.terminate()
        try:
            code = await asyncio.wait_for(self.process.wait(), 40)
        except TimeoutError:
            self.faults.append("SIGTERM: it did not end within 40 seconds")
            self.process.kill()
            code = await self.process.wait()
        if code != 0:
            self.faults.append(f"SIGTERM: exit code {code}")
        self.done["ends"] += 1
        await self.check("after its end")

    async def sleep(self):
        """Stopped for a while, as a machine that sleeps."""
        self.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self.dice.uniform(2, 8))
        self.process.send_signal(signal.SIGCONT)
        self.done["sleeps"] += 1

    async def leap(self):
        """The daemon's wall clock is set."""
        self.ahead += self.dice.choice(LEAPS)
        (self.folder / "ahead").write_text(str(self.ahead))
        self.done["leaps"] += 1

    async def fill(self):
        """No room on the disk for a while."""
        filler = self.folder / "data" / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(b"\0" * 1_000_000)
        await asyncio.sleep(self.dice.uniform(5, 15))
        filler.unlink(missing_ok=True)
        self.done["full disks"] += 1

    async def check(self, when, **more):
        """The invariants, asked of the database."""
        found = await asyncio.to_thread(self.violations, more)
        self.done["checks"] += 1
        self.faults += [f"{when} ({self.done}): {rule}: {what}" for rule, what in found]

    def violations(self, more):
        with contextlib.closing(open_for_reading(self.database)) as conn:
            return violations(conn, **more)

    def sample(self):
        """Memory, open files and write-ahead log of the daemon, while it lives."""
        proc = Path(f"/proc/{self.process.pid}")
        with contextlib.suppress(OSError, StopIteration):
            line = next(one for one in (proc / "status").read_text().splitlines() if one.startswith("VmRSS"))
            files = len(list((proc / "fd").iterdir()))
            ahead = self.database.with_name("monitor.db-wal").stat().st_size / 1e6
            self.samples.append((time.monotonic() - self.begun, int(line.split()[1]) / 1024, files, ahead))

    def alive(self):
        if self.process.returncode is not None:
            self.faults.append(f"the daemon ended by itself, exit code {self.process.returncode}")
        return self.process.returncode is None

    # ── the course of it ─────────────────────────────────────────────────────────────────────────

    async def storm(self, seconds, deeds):
        """Publish all the time, and do one of these deeds every now and then; gives when time is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            act = time.monotonic() + min(self.dice.uniform(3, 25), max(0.0, until - time.monotonic()))
            while time.monotonic() < act:
                await asyncio.sleep(0.5)
                self.town.grow()
                self.sample()
            if self.alive():
                await self.dice.choice(deeds)()
            if self.process.returncode is not None:
                await self.start()

    async def calm(self):
        """No more trouble: what every feed shows is stored in the end, once; what was announced has arrived."""
        self.town.trouble(0.0)
        shown = self.town.shown()
        for _ in range(300):
            await asyncio.sleep(1)
            with contextlib.suppress(Exception):
                if self.is_settled(shown):
                    break
        else:
            self.faults.append("after five minutes of calm there was still something to do")
        await self.check("in the end, beside the daemon", now=self.now(), served=shown)

    def is_settled(self, shown):
        """Whether everything shown is known, and nothing waits."""
        if self.violations({"served": shown}):
            return False
        with contextlib.closing(open_for_reading(self.database)) as conn:
            fresh = "select count(*) from entries where state = 'waiting' and next_try_at is null"
            unsent = "select count(*) from outbox where state in ('waiting', 'refused')"
            return conn.execute(fresh).fetchone()[0] == 0 and conn.execute(unsent).fetchone()[0] == 0

    async def run(self, seconds, killing):
        deeds = [self.leap, self.sleep] + [self.fill] * self.can_fill
        self.town.trouble(0.25)
        for _ in range(60):
            self.town.grow()
        await self.start()
        await self.storm(seconds * killing, [self.kill, self.kill, self.kill, self.end, *deeds])
        self.samples.clear()
        await self.storm(seconds * (1 - killing), deeds)
        lived = list(self.samples)
        await self.calm()
        await self.end()
        checked = await asyncio.to_thread(subprocess.run, self.command("verify", "--all"), capture_output=True, text=True, check=False)  # fmt: skip
        if checked.returncode != 0:
            self.faults.append(f"monitor verify: {checked.stdout[-900:]} {checked.stderr[-500:]}")
        self.read_log()
        return self.report(lived)

    def read_log(self):
        """Whatever the daemon took for a fault of its own is one."""
        log = (self.folder / "run.log").read_text(errors="replace").splitlines()
        faults = [line for line in log if "a fault in monitor itself" in line or line.startswith("Traceback")]
        self.faults += faults[:5]

    def report(self, lived):
        """The figures."""
        with contextlib.closing(open_for_reading(self.database)) as conn:
            given_up = conn.execute("select count(*) from outbox where state = 'expired'").fetchone()[0]
            rows = {name: conn.execute(f"select count(*) from {name}").fetchone()[0] for name in ("polls", "entries", "articles", "stories", "outbox")}  # fmt: skip
        warm = [one for one in lived if one[0] > lived[-1][0] / 2] if lived else []
        return {
            **self.done, **rows, "requests": self.town.counts["requests"], "troubles": sum(self.town.counts.values()) - self.town.counts["requests"],
            "announcements": len(self.town.keys), "announcements given up": given_up, "announced again": sum(count - 1 for count in self.town.keys.values()),
            "hours of the last life": round(lived[-1][0] / 3600, 3) if lived else 0,
            "RSS MB": [round(min(w[1] for w in warm), 1), round(max(w[1] for w in warm), 1)] if warm else None,
            "RSS MB per hour": round(slope([(w[0] / 3600, w[1]) for w in warm]), 2) if len(warm) > 2 else None,
            "RSS MB, by tenths of the last life": medians([one[1] for one in lived]),
            "open files": [min(w[2] for w in warm), max(w[2] for w in warm)] if warm else None,
            "open files, by tenths": medians([one[2] for one in lived]),
            "most MB of write-ahead log": round(max(one[3] for one in lived), 1) if lived else None,
            "faults": len(self.faults),
        }  # fmt: skip


def slope(points):
    """Of the line that fits best (least squares)."""
    mean_x, mean_y = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def medians(values, parts=10):
    """The median of each part of a row of values, to see how it goes."""
    cuts = [len(values) * part // parts for part in range(parts + 1)]
    found = [sorted(values[a:b]) for a, b in itertools.pairwise(cuts) if a < b]
    return [round(part[len(part) // 2], 1) for part in found]


@contextlib.contextmanager
def small_disk(folder):
    """A disk of its own for the data, where this user may mount one; gives whether it is."""
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


async def soak(given, folder):
    dice = random.Random(given.seed)
    async with WildTown(given.feeds, dice) as town:
        with small_disk(folder / "data") as can_fill:
            more = f'alerts: {{desk: {{to: "{town.hook}", at_most: 1000 per minute}}}}\nbackup: {{every: 1 hour, keep: 2}}\nkeep: {{pages: 30 days}}\n'
            path = town.config(folder, more=more, schedule="every 2 seconds")
            text = path.read_text().replace("    schedule:", "    alert: [desk]\n    schedule:", 1)
            place = town.hook.removeprefix("http://").partition("/")[0]
            path.write_text(text.replace("allow_private: [", f'allow_private: ["{place}", '))
            one = Soak(folder, town, dice)
            one.can_fill = can_fill
            try:
                return await one.run(given.time, given.killing), one.faults
            finally:
                if one.process is not None and one.process.returncode is None:
                    one.process.kill()
                    await one.process.wait()


def span(text):
    """Seconds of `90s`, `10m`, `1h`."""
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--for", dest="time", type=span, default=600.0, metavar="TIME", help="such as 10m (default), 1h"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--feeds", type=int, default=24)
    parser.add_argument("--killing", type=float, default=1 / 3, metavar="PART", help="of the time; a third")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where the daemon's log goes in the end")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitor-soak-") as name:
        report, faults = asyncio.run(soak(given, Path(name)))
        if given.log:
            shutil.copy(Path(name) / "run.log", given.log)
    print(json.dumps(report, indent=2))
    print(*faults[:40], sep="\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
