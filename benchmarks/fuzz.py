"""Mutated real feeds through the parser: no exception but ParseError, none over its deadline, memory flat.

    python benchmarks/fuzz.py                     # for ten minutes, on two processes
    python benchmarks/fuzz.py --minutes 60 --seed 3

Each input is a real feed with one to eight faults: bits, bytes, cuts, repetitions, swaps of pieces with
another feed, and the strings that parsers stumble over. Every process makes its own inputs from the seed
and its number, so a run can be repeated. An input that fails is written to `fuzz-failures/`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from monitor.core.entries import reconcile
from monitor.core.parse import parse_feed
from monitor.errors import ParseError

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "feeds"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONGEST = 60_000  # bytes of a feed that is mutated: longer ones teach nothing more
EVERY = 500  # inputs between two looks at the memory
DEADLINE = 5.0  # seconds of CPU time an input may take: a busy machine is nobody's fault
TYPES = (
    "application/rss+xml",
    "text/html; charset=iso-8859-1",
    "text/xml; charset=utf-16",
    "application/json",
    "",
)

STUMBLES = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        "&#xD800;", "&#x110000;", "&#99999999999;", "&#0;", "&undefined;", "<![CDATA[", "]]>", "<!--", "-->",
        "<a:b:c>", "</a:b:c>", "<!DOCTYPE x [", '<!ENTITY a "b">', "&a;", "\x00", "\ufeff", "\ud800", "<?xml",
        'encoding="undefined"', 'encoding="utf-7"', 'encoding="utf-16"', 'encoding="base64"', "<item>", "</item>",
        "<entry>", "</channel>", "<link>", 'href="', "http://[", "http://[::1", "javascript:", "file:///etc/passwd",
        "<ttl>-1</ttl>", "<skipHours><hour>99", "<pubDate>", "Mon, 99 Foo 99999 99:99:99 +9999", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59+99:99", "1e999", "-9223372036854775809", "null", "[[[[", "{{{{", '"\\ud800"', "\\", "\u202e",
    )
)  # fmt: skip


class TooSlowError(Exception):
    """An input took longer than its deadline."""


def feeds() -> list[bytes]:
    """The real and synthetic feeds of the corpus that are worth mutating."""
    found = (
        path
        for path in sorted(CORPUS.glob("*/files/**/*"))
        if path.suffix in {".xml", ".json", ".rss", ".atom"}
    )
    return [body for path in found if 0 < len(body := path.read_bytes()) <= LONGEST]


def mutated(body: bytes, other: bytes, dice: random.Random) -> bytes:
    """A feed with one to eight faults."""
    data = bytearray(body)
    for _ in range(dice.randint(1, 8)):
        data = fault(data, other, dice)
    return bytes(data)


def fault(data: bytearray, other: bytes, dice: random.Random) -> bytearray:
    """One fault more."""
    if not data:
        return bytearray(other)
    at, length = dice.randrange(len(data)), dice.choice((1, 4, 40, 400))
    match dice.randrange(8):
        case 0:
            data[at] ^= 1 << dice.randrange(8)
        case 1:
            data[at : at + length] = b""
        case 2:
            data[at:at] = dice.choice(STUMBLES)
        case 3:
            data[at : at + length] = dice.randbytes(length)
        case 4:
            data[at:at] = data[at : at + length] * dice.choice((2, 10, 100))
        case 5:
            there = dice.randrange(len(other))
            data[at : at + length] = other[there : there + length * 4]
        case 6:
            data = data[:at]
        case _:
            data = bytearray(
                data.replace(dice.choice((b">", b"<", b'"', b"/", b"&", b"=", b":")), b"", dice.randint(1, 3))
            )
    return data


def inputs(seed: int, bodies: list[bytes]) -> Iterator[tuple[bytes, str]]:
    """Mutated feeds without end, with the Content-Type each comes with."""
    dice = random.Random(seed)
    while True:
        yield mutated(dice.choice(bodies), dice.choice(bodies), dice), dice.choice(TYPES)


def too_slow(_number: int, _frame: object) -> None:
    raise TooSlowError


def tried(body: bytes, content_type: str) -> str:
    """What became of an input: "feed", "no feed"; everything else is a failure and raises."""
    signal.setitimer(signal.ITIMER_PROF, DEADLINE)
    try:
        document = parse_feed(body, url="https://paper.example/rss", content_type=content_type, now=NOW)
        reconcile([], document.entries)
        for entry in document.entries:
            f"{entry}".encode()
    except ParseError:
        return "no feed"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "feed"


def worked(seed: int, seconds: float, answers: multiprocessing.Queue[dict[str, float]]) -> None:
    """Try inputs until the time is up; tell what came of them."""
    signal.signal(signal.SIGPROF, too_slow)
    bodies, tally, slowest = feeds(), Counter[str](), 0.0
    end, sizes = time.monotonic() + seconds, list[int]()
    for number, (body, content_type) in enumerate(inputs(seed, bodies)):
        if time.monotonic() > end:
            break
        began = time.process_time()
        try:
            tally[tried(body, content_type)] += 1
        except Exception as error:  # noqa: BLE001  that is what is looked for
            tally["failed"] += 1
            kept(body, f"{seed}-{number}-{type(error).__name__}")
            traceback.print_exc(limit=4)
        slowest = max(slowest, time.process_time() - began)
        if number % EVERY == EVERY - 1:
            sizes.append(resident())
    tenths = {f"tenth {part}": size for part, size in enumerate(course(sizes))}
    answers.put({**tally, **tenths, "slowest": slowest, "grown": grown(sizes), "most": memory()})


def kept(body: bytes, name: str) -> None:
    """Keep an input that failed."""
    folder = ROOT / "fuzz-failures"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.bin").write_bytes(body)


def resident() -> int:
    """What this process has in memory now, in kB."""
    return (
        int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() // 1024
    )


def grown(sizes: list[int]) -> int:
    """By how much the middle of the last quarter is above that of the second, in kB; the first fills caches."""
    quarter = len(sizes) // 4
    if not quarter:
        return 0
    return round(median(sizes[-quarter:]) - median(sizes[quarter : 2 * quarter]))


def course(sizes: list[int], parts: int = 10) -> list[int]:
    """The median of each tenth of the looks, in kB."""
    cuts = [len(sizes) * part // parts for part in range(parts + 1)]
    return [round(median(sizes[a:b])) for a, b in pairwise(cuts) if a < b]


def memory() -> int:
    """The most memory this process ever used, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not feeds():
        raise SystemExit(f"no feeds in {CORPUS}")
    answers: multiprocessing.Queue[dict[str, float]] = multiprocessing.Queue()
    arguments = [
        (options.seed * 1000 + number, options.minutes * 60, answers) for number in range(options.processes)
    ]
    workers = [multiprocessing.Process(target=worked, args=each) for each in arguments]
    for worker in workers:
        worker.start()
    told = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    total = {name: sum(one.get(name, 0) for one in told) for name in ("feed", "no feed", "failed")}
    print(
        f"{sum(total.values()):,.0f} inputs: {total['feed']:,.0f} read as feeds, {total['no feed']:,.0f} named as none, "
        f"{total['failed']:,.0f} failed; slowest {max(one['slowest'] for one in told):.2f} s of CPU time; "
        f"memory of a process: at most {max(one['most'] for one in told) / 1000:.0f} MB, "
        f"{max(one['grown'] for one in told) / 1000:+.1f} MB from the second quarter of the time to the last"
    )
    for one in told:
        tenths = (size for name, size in one.items() if name.startswith("tenth"))
        print("MB of a process, by tenths of the time:", *(f"{size / 1000:.1f}" for size in tenths))
    sys.exit(1 if total["failed"] else 0)


if __name__ == "__main__":
    main()
