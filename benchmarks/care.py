"""How long writes take while the data is cared for: beside a prune, a backup, and nobody.

    python benchmarks/care.py [--entries 100000] [--rate 20]

A database of real texts, with entries and polls of two years ago; articles are stored as the journey stores
them, so many a second, on a disk that is waited for. Each write is timed from asking until it is answered.
A latency is no ratio: read it with what else the machine did (`load`).
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import desk
import texts
from b08_store import kept

from monitor.attendant import PRUNE_RESTS
from monitor.model import KeepRules
from monitor.store import Store, backup, prune
from monitor.store.times import stamp

ALONE = 20.0  # seconds
OLD = timedelta(days=730)
ENTRIES = """
insert into entries (feed_id, key, url, address, title, summary, digest, first_seen_at, last_seen_at, state, because, decided_at)
values (?, ?, ?, ?, 'An old headline of usual length, which nobody reads any more', ?, ?, ?, ?, 'off_topic', 'no topic wanted it', ?)
"""
POLLS = """
insert into polls (feed_id, at, outcome, status, bytes, entries, new_entries, known_entries, ms)
values (?, ?, 'not_modified', 304, 0, null, 0, 0, 40)
"""


def fill(store: Store, count: int, now: datetime, dice: random.Random) -> None:
    """Entries and polls of two years ago, in the order in which a year would bring them."""
    feeds = [row[0] for row in store.run(lambda books: books.conn.execute("select id from feeds").fetchall())]
    words = [article.text[:300] for article in texts.articles(50)]
    for start in range(0, count, 5000):
        made = []
        for number in range(start, min(start + 5000, count)):
            seen = stamp(now - OLD + timedelta(days=300) * number / count)
            url = f"https://paper{number % 40}.example/old/{dice.getrandbits(48):x}"
            made.append((dice.choice(feeds), url, url, url, dice.choice(words), f"{number:016x}-{number:08x}", seen, seen, seen))  # fmt: skip
        polls = [(dice.choice(feeds), row[6]) for row in made]
        store.run(lambda books, made=made: books.conn.executemany(ENTRIES, made) and None)
        store.run(lambda books, polls=polls: books.conn.executemany(POLLS, polls) and None)


async def timed(
    store: Store, articles: itertools.count, rate: float, going: Callable[[], bool]
) -> list[float]:
    """Store articles at this rate while `going`; milliseconds of each, shortest first."""
    found: list[float] = []

    async def one(number: int) -> None:
        work = kept(1, texts.article(number))
        began = time.perf_counter()
        await store.write(work)
        found.append(1000 * (time.perf_counter() - began))

    tasks, begun = set(), time.monotonic()
    for number in itertools.count():
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        if not going():
            break
        tasks.add(asyncio.create_task(one(next(articles))))
    await asyncio.gather(*tasks)
    return sorted(found)


def beside(work: Callable[[], object]) -> Callable[[], bool]:
    """Start this in a thread; gives the question whether it is still at it."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread.is_alive


def row(what: str, found: list[float], seconds: float, load: float) -> dict[str, object]:
    """The figures of one part."""
    at = [found[min(len(found) - 1, int(len(found) * part))] for part in (0.5, 0.99)]
    return {
        "beside": what, "seconds": round(seconds, 1), "writes": len(found), "median ms": round(at[0], 1),
        "p99 ms": round(at[1], 1), "most ms": round(found[-1], 1), "over 100 ms": sum(one > 100 for one in found), "load": round(load, 1),
    }  # fmt: skip


async def measured(folder: Path, count: int, rate: float) -> list[dict[str, object]]:
    """Writes beside nobody, a prune, nobody again, a backup."""
    now = desk.Clock()()
    chosen = desk.settings(folder, [f"http://127.0.0.1/{n}.rss" for n in range(50)], allowed=frozenset())
    rows: list[dict[str, object]] = []
    with Store.open(chosen.database) as store:
        store.run(lambda books: books.sync(chosen, now))
        desk.fill(store, [("https://paper1.example/a", "A")])
        fill(store, count, now, random.Random(1))
        numbers = itertools.count()
        gone: list[prune.Pruned] = []

        def let_go() -> None:
            gone.append(
                prune.prune(
                    chosen.database, store.run, KeepRules(), now, rest=lambda: time.sleep(PRUNE_RESTS)
                )
            )

        def copy() -> None:
            backup.back_up(chosen.database, backup.dated(chosen.database, now))

        def alone() -> Callable[[], bool]:
            until = time.monotonic() + ALONE
            return lambda: time.monotonic() < until

        async def part(what: str, begin: Callable[[], Callable[[], bool]]) -> None:
            began = time.monotonic()
            found = await timed(store, numbers, rate, begin())
            rows.append(row(what, found, time.monotonic() - began, os.getloadavg()[0]))

        await part("nobody", alone)
        await part("a backup", lambda: beside(copy))
        await part("a prune", lambda: beside(let_go))
        await part("nobody, afterwards", alone)
    rows[2] |= {"entries pruned": gone[0].entries, "polls pruned": gone[0].polls}
    return rows


def main() -> None:
    """Measure, and print a line of JSON for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=20.0)
    given = parser.parse_args()
    for found in desk.run(lambda folder: measured(folder, given.entries, given.rate)):
        print(json.dumps(found))


if __name__ == "__main__":
    main()
