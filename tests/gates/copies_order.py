"""Does the order of arrival matter, and what is left of an import that is killed a hundred times?

    python tests/gates/copies_order.py shuffle ROWS.jsonl.gz [--hours 6]
    python tests/gates/copies_order.py kill ROWS.jsonl.gz [--kills 100] [--articles 2000]

`shuffle` compares the joined pairs of the stream in its order with those of a stream whose articles arrive
up to so many hours late. `kill` imports with the real command, kills it again and again, lets it finish, and
compares every table with those of an import that nobody disturbed.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from copies_stream import Shelf, article_of, rows_of

CONFIG = """
version: 1
contact: newsdesk@example.org
database: stream.db
topics:
  all: {title: All, query: "die OR the", feeds: ["https://feeds.example.org/a.xml"], schedule: every 1 hours}
"""
# Whose rows are the same stories in another wrapping: ids of rows that nobody refers to, SQLite's own.
LEFT_OUT = ("sqlite_", "articles_fts", "_sqlite_migrations")
CLOCKS = {"at", "seen_at", "changed_at", "since", "next_poll_at", "applied_at"}  # when, by the wall clock


def joined_pairs(rows, hours, seed):
    """The pairs of rows in one story, when each arrives up to so many hours after its date; and all verdicts."""
    rng = random.Random(seed)
    articles = [(row.get("id", n), article_of(row)) for n, row in enumerate(rows)]
    late = [
        (article.published + timedelta(hours=hours * rng.random()), n)
        for n, (_, article) in enumerate(articles)
    ]
    shelf = Shelf()
    for at, n in (
        sorted(late) if hours else [(article.published, n) for n, (_, article) in enumerate(articles)]
    ):
        key, article = articles[n]
        shelf.add(key, article_of(rows[n], first_seen=at) if hours else article)
    shelf.settle()
    pairs = {frozenset(pair) for keys in shelf.members.values() for pair in combinations(keys, 2)}
    shelf.close()
    return pairs


def shuffled(rows, hours=6, seed="late"):
    """The pairs that are in one story in both orders, and those that are in either."""
    usual, late = joined_pairs(rows, 0, seed), joined_pairs(rows, hours, seed)
    return usual & late, usual | late


def imported(folder, path, kills=0, seed=1):
    """The database that `monitor import` leaves, killed so often on its way; and how often it was."""
    folder.mkdir()
    config = folder / "monitor.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "monitor", "-c", str(config), "import", str(path)]
    rng, done = random.Random(seed), 0
    while done < kills:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        started = count_of(folder / "stream.db")
        wanted = started + rng.choice((0, 1, 1, 60))  # at once, at the next commit, or two later
        while process.poll() is None and count_of(folder / "stream.db") < wanted:
            time.sleep(0.005 + 0.02 * rng.random())
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done += 1
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "stream.db", done


def count_of(path):
    """How many articles there are; none while there is no database."""
    if not path.exists():
        return 0
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return conn.execute("select count(*) from articles").fetchone()[0]
    except sqlite3.Error:
        return 0
    finally:
        conn.close()


def dumped(path):
    """Table → its rows, sorted, without the wall clock's times."""
    conn = sqlite3.connect(path)
    names = [name for (name,) in conn.execute("select name from sqlite_master where type = 'table'")]
    tables = {}
    for table in sorted(name for name in names if not name.startswith(LEFT_OUT)):
        columns = [row[1] for row in conn.execute(f"pragma table_info({table})") if row[1] not in CLOCKS]
        rows = conn.execute(f"select {', '.join(columns)} from {table}").fetchall()
        tables[table] = sorted(map(repr, rows))
    tables["found by search"] = [
        repr(row)
        for row in conn.execute("select count(*) from articles_fts where articles_fts match 'die OR the'")
    ]
    conn.close()
    return tables


def differing(folder, path, kills):
    """Tables that differ between an import killed so often and one that was not; and the number of kills."""
    whole, _ = imported(folder / "whole", path)
    broken, done = imported(folder / "broken", path, kills)
    one, other = dumped(whole), dumped(broken)
    return (
        [name for name in one if one[name] != other.get(name)],
        done,
        {name: len(r) for name, r in one.items()},
    )


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["shuffle", "kill"])
    parser.add_argument("rows")
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--articles", type=int, default=2000)
    options = parser.parse_args()
    rows = rows_of(options.rows)
    if options.what == "shuffle":
        for seed in ("late", "later"):
            same, either = shuffled(rows, options.hours, seed)
            print(
                f"{len(either)} pairs in one story in either order, {len(either - same)} in only one: "
                f"{1 - len(same) / len(either):.2%}"
            )
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows[: options.articles]), encoding="utf-8")
        tables, done, sizes = differing(Path(folder), path, options.kills)
        print(f"{done} kills; rows: {sizes}")
        print(f"tables that differ: {tables or 'none'}")


if __name__ == "__main__":
    main()
