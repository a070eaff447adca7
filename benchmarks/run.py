"""The budgets: each measured as a ratio to its baseline in the same run, in a table.

    python benchmarks/run.py [B1 B3 …] [--quick | --long] [--json]

Every budget is measured in a process of its own, one after the other; all together in less than five minutes
on two cores, but for those that have to be named. This file imports nothing heavy:
worker processes import the program that started them once more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FILES = {
    "B1": "b01_unchanged_poll",
    "B2": "b02_same_body",
    "B3": "b03_changed_poll",
    "B4": "b04_article",
    "B5": "b05_off_topic",
    "B6": "b06_topics",
    "B7": "b07_copies",
    "B8": "b08_store",
    "B9": "b09_two_cores",
    "B10": "b10_growth",
    "B11": "b11_many_feeds",
    "B12": "b12_memory",
    "B13": "b13_commands",
    "B14": "b14_delay",
    "B15": "b15_a_days_work",
    "EVENTS": "b_events",
}
LONG = {"B10", "B12"}  # have a long form
LATER = {"B7", "EVENTS"}  # take a minute and more: only when named, or with --long
TITLES = ("budget", "what", "measured", "range", "budget is", "verdict", "remarks")


def main() -> None:
    """Measure what is named, nearly all by default, and print it. The exit code says nothing about budgets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "budgets",
        nargs="*",
        metavar="BUDGET",
        help=f"of {', '.join(FILES)}; default: all but {' and '.join(sorted(LATER))}",
    )
    parser.add_argument("--quick", action="store_true", help="a few pieces, one round: does it run at all?")
    parser.add_argument(
        "--long", action="store_true", help="everything, B10 and B12 at full size: about an hour"
    )
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(rows_of(asked.one, quick=asked.quick, long=asked.long)))
        return
    usual = [name for name in FILES if asked.long or name not in LATER]
    chosen = [name.upper() for name in asked.budgets] or usual
    if unknown := [name for name in chosen if name not in FILES]:
        parser.error(f"there is no benchmark for {', '.join(unknown)}; there are {', '.join(FILES)}")
    if not Path("/proc/self/stat").exists():
        parser.error("the benchmarks read CPU time from /proc, which this system does not have")
    rows = measured(chosen, [f"--{size}" for size in ("quick", "long") if getattr(asked, size)])
    print(json.dumps(rows, indent=1, ensure_ascii=False) if asked.json else table(rows))


def measured(chosen: list[str], options: list[str]) -> list[dict[str, object]]:
    """The rows of these budgets. A benchmark that fails says so on stderr and costs no other."""
    from newsweb import HOSTS, addresses, certificate

    rows = []
    with tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder:
        pem = certificate(Path(folder), addresses(HOSTS))
        trusting = os.environ | ({"SSL_CERT_FILE": str(pem)} if pem else {})
        for name in chosen:
            print(f"{name} …", file=sys.stderr)
            command = [sys.executable, __file__, "--one", name, *options]
            done = subprocess.run(command, env=trusting, stdout=subprocess.PIPE, check=False)
            rows += json.loads(done.stdout) if done.returncode == 0 else []
    return rows


def rows_of(name: str, *, quick: bool, long: bool) -> list[dict[str, object]]:
    """Measure one budget in this process."""
    import importlib

    module = importlib.import_module(FILES[name])
    rows = module.work(quick, long=long) if name in LONG else module.work(quick)
    return [row.told() for row in rows]


def table(rows: list[dict[str, object]]) -> str:
    """Rows for people."""
    lines = [TITLES, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(TITLES) - 1)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]
        ).rstrip()
        for line in lines
    )


def cells(row: dict[str, object]) -> tuple[str, ...]:
    """One row, in words."""
    unit = row["unit"]
    sign = "" if row["limit"] is None else ("≥" if row["at_least"] else "≤")
    limit = "none" if row["limit"] is None else f"{sign} {row['limit']:g} {unit}"
    return (
        str(row["budget"]),
        str(row["what"]),
        f"{row['median']:.2f} {unit}",
        f"{row['low']:.2f} to {row['high']:.2f}",
        limit,
        str(row["verdict"]),
        str(row["note"]),
    )


if __name__ == "__main__":
    main()
