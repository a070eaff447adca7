"""End the play at every N-th write and sync, by SIGKILL, EIO and ENOSPC; start again; compare.

    python tests/crash_sweep.py [--every N]      the whole sweep (`make sweep`); exit code 1 on a violation

Needs strace (Debian: apt-get install strace).
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from crash_scene import told

SCENE = Path(__file__).with_name("crash_scene.py")
FAULTS = {
    "kill": "inject=pwrite64,fdatasync:signal=KILL",
    "eio": "inject=fdatasync:error=EIO",
    "enospc": "inject=pwrite64:error=ENOSPC",
}
CALLS = {"kill": ("pwrite64", "fdatasync"), "eio": ("fdatasync",), "enospc": ("pwrite64",)}


def strace(folder, *expressions, log="/dev/null"):
    """Play under strace; gives the exit code."""
    words = ["strace", "-f", "-qq", "-o", str(log), *(f"--{one}" for one in expressions)]
    done = subprocess.run(
        [*words, sys.executable, str(SCENE), str(folder)], capture_output=True, timeout=120, check=False
    )
    return done.returncode


def calls(folder):
    """How often the writer's thread writes and syncs in an undisturbed play."""
    log = folder.with_suffix(".log")
    assert strace(folder, "trace=pwrite64,fdatasync", log=log) == 0
    names = [line.split(maxsplit=1)[1].partition("(")[0] for line in log.read_text().splitlines()]
    return {fault: sum(name in CALLS[fault] for name in names) for fault in FAULTS}


def ended(folder, expected, fault, number):
    """End the play at this call, play to the end, and compare. Gives what is wrong, or None."""
    home = folder / f"{fault}-{number}"
    home.mkdir()
    try:
        strace(home, f"{FAULTS[fault]}:when={number}")
        again = subprocess.run(
            [sys.executable, str(SCENE), str(home)], capture_output=True, text=True, timeout=120, check=False
        )
        if again.returncode != 0:
            return f"{fault} at {number}: it does not start again: {again.stderr[-500:]}"
        found = told(home)
        wrong = [name for name in expected if found[name] != expected[name]]
        return f"{fault} at {number}: other {', '.join(wrong)}" if wrong else None
    except AssertionError as error:
        return f"{fault} at {number}: {error}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def sweep(folder, points):
    """End the play at each of these (fault, number) points; what went wrong."""
    quiet = folder / "quiet"
    quiet.mkdir(exist_ok=True)
    subprocess.run([sys.executable, str(SCENE), str(quiet)], check=True, timeout=120)
    expected = told(quiet)
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda point: partial(ended, folder, expected)(*point), points)
        return [one for one in found if one]


def main():
    """The whole sweep, with its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th call")
    every = parser.parse_args().every
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="monitor-sweep-") as name:
        folder = Path(name)
        (folder / "count").mkdir()
        points = [
            (fault, number)
            for fault, count in calls(folder / "count").items()
            for number in range(1, count + 1, every)
        ]
        wrong = sweep(folder, points)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{len(points)} points, {len(wrong)} violations, {time.monotonic() - begun:.0f} s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
