"""Events placed on a stream, oldest first, through the real books in a real database.

    python tests/gates/events_stream.py press ROWS.jsonl.gz LABELS.jsonl [--from 2021-02-20] [--until 2021-03-28]
    python tests/gates/events_stream.py ecb ECBPLUS.jsonl.gz [--topics odd|even]

`press` rows are articles (`id url title text published outlet`), labels name the event of some of them
(`id event`). Prints BCubed and pairwise scores over the labelled articles, and what went wrong.
"""

import argparse
import gzip
import json
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NamedTuple

from monitor.core.agencies import credit
from monitor.core.fingerprint import fingerprint
from monitor.core.surroundings import AGAIN
from monitor.core.topics import Found
from monitor.happenings import look_again
from monitor.model import Article
from monitor.settle import place, revise
from monitor.store import opening
from monitor.store.books import Books

EPOCH = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
NOTHING = Found((), "")


class Scores(NamedTuple):
    """BCubed (Bagga and Baldwin 1998) and pairwise precision, recall and F1."""

    precision: float
    recall: float
    f1: float
    pair_precision: float
    pair_recall: float
    pair_f1: float

    def __str__(self):
        bcubed, pairs = self[:3], self[3:]
        return "BCubed {:.3f} {:.3f} F1 {:.3f}, pairs {:.3f} {:.3f} F1 {:.3f}".format(*bcubed, *pairs)


def scores(gold, found):
    """Compare two ways to put the same things into groups: thing → label, for the labelled things."""
    true, ours = defaultdict(set), defaultdict(set)
    for thing, label in gold.items():
        true[label].add(thing)
        ours[found[thing]].add(thing)
    both = {thing: len(true[gold[thing]] & ours[found[thing]]) for thing in gold}
    precision = sum(both[thing] / len(ours[found[thing]]) for thing in gold) / len(gold)
    recall = sum(both[thing] / len(true[gold[thing]]) for thing in gold) / len(gold)
    hits = sum(count - 1 for count in both.values()) / 2
    said, meant = (sum(len(group) * (len(group) - 1) / 2 for group in way.values()) for way in (ours, true))
    return Scores(
        precision,
        recall,
        f1_of(precision, recall),
        hits / said if said else 1.0,
        hits / meant if meant else 1.0,
        2 * hits / (said + meant) if said + meant else 1.0,
    )


def f1_of(precision, recall):
    return 2 * precision * recall / (precision + recall)


class Archive:
    """A database in a folder of its own, into which articles are placed as the journey places them."""

    def __init__(self, path):
        self.conn = opening.open_for_writing(path)
        self.books = Books(self.conn)
        self.now = EPOCH
        self.world = SimpleNamespace(now=lambda: self.now, topics={}, meanings=None)
        self.numbers = {}

    def add_all(self, rows, batch=200):
        """Place rows in their order; gives row id → event."""
        for start in range(0, len(rows), batch):
            self.conn.execute("begin immediate")
            for row in rows[start : start + batch]:
                article = article_of(row)
                self.now = article.first_seen
                self.numbers[row["id"]] = self.add(article)
            self.books.settle()
            self.conn.execute("commit")
        self.conn.execute("begin immediate")
        while look_again(self.books, self.now + AGAIN[-1], batch):
            pass
        self.conn.execute("commit")
        events = dict(self.conn.execute("select id, event_id from articles").fetchall())
        return {row: events[number] for row, number in self.numbers.items()}

    def add(self, article):
        """One article; one whose address is known is a new version of it, as in an import."""
        existing = self.books.article_at((article.url,))
        if existing is None:
            return place(self.books, article, NOTHING, self.world)[0]
        revise(self.books, existing, article, self.world)
        return existing.id


def placed(rows):
    """Row id → event, in a database that is thrown away."""
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder) / "events.db")
        archive.conn.execute("pragma synchronous = off")
        found = archive.add_all(rows)
        archive.conn.close()
    return found


def article_of(row):
    """One row as an article, first seen when it was published; undated ones at one moment."""
    at = datetime.fromisoformat(row["published"]).astimezone(UTC) if row.get("published") else EPOCH
    return Article(
        url=row["url"],
        outlet_id=row["outlet"],
        title=row["title"],
        text=row["text"],
        words=len(row["text"].split()),
        first_seen=at,
        published=at,
        language=row.get("language"),
        credit=credit(title=row["title"], text=row["text"]),
        fingerprint=fingerprint(row["text"]),
    )


def lines_of(path):
    raw = Path(path).read_bytes()
    return [
        json.loads(line) for line in (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).splitlines()
    ]


def press_rows(path, start="", until="9"):
    """Dated rows from `start` on and before `until`, oldest first."""
    rows = [row for row in lines_of(path) if start <= row["published"] < until]
    return sorted(rows, key=lambda row: (row["published"], row["url"]))


def labels_of(path):
    return {line["id"]: line["event"] for line in lines_of(path)}


def ecb_rows(path):
    """Documents of ECB+ as articles without date; their first sentence stands for a headline in the order of the file."""
    return [
        {
            "id": row["id"],
            "url": f"https://ecb.test/{row['id']}",
            "title": "",
            "text": "\n".join(row["sentences"]),
            "outlet": "ecb.test",
            "language": "en",
        }
        for row in lines_of(path)
    ]


def ecb_labels(path, topics):
    """Document → event, of the topics with even or odd numbers, or of all."""
    wanted = {"odd": {1}, "even": {0}, "all": {0, 1}}[topics]
    return {row["id"]: row["event"] for row in lines_of(path) if row["topic"] % 2 in wanted}


def mistakes(gold, found, rows):
    """What was split and what was mixed, for people."""
    titles = {
        row["id"]: f"{row.get('published', '')[:10]} {row['outlet']}: {row['title'] or row['text'][:80]}"[
            :110
        ]
        for row in rows
    }
    for what, by, other in (("split", gold, found), ("mixed", found, gold)):
        groups = defaultdict(list)
        for thing in gold:
            groups[by[thing]].append(thing)
        for label, things in groups.items():
            if len({other[thing] for thing in things}) > 1:
                yield f"{what}: {label}"
                yield from (f"    {other[thing]}  {titles[thing]}" for thing in things)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=("press", "ecb"))
    parser.add_argument("rows")
    parser.add_argument("labels", nargs="?")
    parser.add_argument("--from", dest="start", default="")
    parser.add_argument("--until", default="9")
    parser.add_argument("--topics", choices=("odd", "even", "all"), default="all")
    parser.add_argument("--mistakes", action="store_true")
    asked = parser.parse_args()
    if asked.kind == "press":
        rows, gold = press_rows(asked.rows, asked.start, asked.until), labels_of(asked.labels)
    else:
        rows, gold = ecb_rows(asked.rows), ecb_labels(asked.rows, asked.topics)
    began = time.process_time()
    found = placed(rows)
    print(
        f"{len(rows)} articles, {1000 * (time.process_time() - began) / len(rows):.2f} ms each, {len(set(found.values()))} events"
    )
    print(scores(gold, found))
    if asked.mistakes:
        print("\n".join(mistakes(gold, found, rows)))


if __name__ == "__main__":
    sys.exit(main())
