"""Copies recognised on a stream, oldest first, through the program's own store and verdicts.

    python tests/gates/copies_stream.py ROWS.jsonl.gz [--pairs PAIRS.jsonl] [--from 2021-03] [--show 20]

Prints joins and links by label, and a sample to read. Nothing stands in the place of the archive here: it
is the real database, in a folder that goes away, without waiting for the disk.
"""

import argparse
import gzip
import json
import lzma
import random
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from monitor.core.copies import decide, refreshed
from monitor.core.fingerprint import fingerprint
from monitor.core.kinship import judge
from monitor.core.pairs import read
from monitor.model import Article, Candidates, Verdict
from monitor.store.books import Books
from monitor.store.opening import open_for_writing

BATCH = 50  # works to a commit, as the writer has them at most


class Shelf:
    """An archive that is filled article by article, as an import does it."""

    def __init__(self, folder=None):
        self._folder = tempfile.TemporaryDirectory() if folder is None else None
        self.conn = open_for_writing(Path(folder or self._folder.name) / "stream.db")
        self.conn.execute("pragma synchronous = off")
        self.books = Books(self.conn)
        self.ids = {}  # key of a row → article
        self.story_of = {}
        self.verdicts = {}
        self.compared = 0
        self._waiting = 0

    def add(self, key, article):
        """Decide about one article and keep it; gives the verdict, None for what is known already."""
        if not self._waiting:
            self.conn.execute("begin immediate")
        existing = self.books.article_at((article.url,))
        if existing is not None:
            self._revise(existing, article)
            self.ids[key], self.story_of[key] = existing.id, existing.story_id
            verdict = None
        else:
            verdict = self._place(key, article)
        self._waiting += 1
        if self._waiting == BATCH:
            self.settle()
        return verdict

    def _place(self, key, article):
        candidates = Candidates()
        if article.fingerprint:
            candidates = self.books.candidates(article.fingerprint, language=None, outlet=article.outlet_id)
        self.compared += len(candidates.known)
        verdict = decide(article, candidates)
        self.ids[key] = self.books.add_article(article, verdict, (), article.first_seen)
        self.story_of[key] = self.books.article(self.ids[key]).story_id
        for story in verdict.unites:
            self.books.unite(self.ids[key], story)
        for other in [other for other, story in self.story_of.items() if story in verdict.unites]:
            self.story_of[other] = self.books.article(self.ids[other]).story_id
        self.verdicts[key] = verdict
        return verdict

    def _revise(self, existing, article):
        if article.text.split() == existing.text.split() and article.title == existing.title:
            return
        known = self.books.known(existing.original_id).known if existing.original_id else ()
        copy = refreshed(article, known[0], revision=existing.revisions + 1) if known else None
        verdict = Verdict(copy.because, copy) if copy else None
        self.books.add_revision(existing, article, verdict, article.first_seen)

    def settle(self):
        """Commit what is open."""
        if self._waiting:
            self._waiting = 0
            self.books.settle()
            self.conn.execute("commit")

    @property
    def members(self):
        """Story → keys of its articles."""
        found = defaultdict(list)
        for key, story in self.story_of.items():
            found[story].append(key)
        return found

    def linked(self, a, b):
        """The kind of the link between two rows, None where there is none."""
        ids = self.ids[a], self.ids[b]
        row = self.conn.execute(
            "select kind from links where (article_id, other_id) in ((?1, ?2), (?2, ?1))", ids
        ).fetchone()
        return row[0] if row else None

    def close(self):
        """The archive goes away."""
        self.conn.close()
        if self._folder:
            self._folder.cleanup()


def outlet_of(row):
    return row.get("outlet") or row["url"].split("/")[2]


def article_of(row, first_seen=None):
    """One row of the corpus as an article, first seen when it was published."""
    at = datetime.fromisoformat(row["published"])
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return Article(
        url=row["url"],
        outlet_id=outlet_of(row),
        title=row["title"],
        text=row["text"],
        words=len(row["text"].split()),
        first_seen=first_seen or at,
        published=at,
        fingerprint=fingerprint(row["text"]),
    )


def dated(row):
    """The row with its date in ISO 8601, whatever its file calls it."""
    given = row.get("published") or row.get("date") or ""
    return row | {"published": parsedate_to_datetime(given).isoformat() if "," in given else given}


def rows_of(path):
    """The rows of a corpus file in the order of their dates; those without one are left out."""
    raw = Path(path).read_bytes()
    reader = {b"\x1f\x8b": gzip.decompress, b"\xfd7": lzma.decompress}.get(raw[:2], bytes)
    lines = reader(raw).decode().strip().split("\n")
    rows = [dated(row) for row in map(json.loads, lines)]
    rows = [row for row in rows if row["published"] and row["text"]]
    return sorted(rows, key=lambda row: (row["published"], row["url"]))


def pairs_of(path, rows, start="", end="9"):
    """The labelled pairs whose later article was published from `start` on and before `end`."""
    published = {row.get("id"): row["published"] for row in rows}
    pairs = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").strip().split("\n")]
    known = [pair for pair in pairs if pair["a"] in published and pair["b"] in published]
    return [pair for pair in known if start <= max(published[pair["a"]], published[pair["b"]]) < end]


def thinned(rows, pairs, every):
    """Keep the rows of labelled pairs, and every so many of the others, for a run of a few seconds."""
    labelled = {pair[side] for pair in pairs for side in ("a", "b")}
    return [row for number, row in enumerate(rows) if row["id"] in labelled or number % every == 0]


def run(rows):
    """Put a whole corpus on a shelf."""
    shelf = Shelf()
    for number, row in enumerate(rows):
        shelf.add(row.get("id", number), article_of(row))
    shelf.settle()
    return shelf


def joins_by_label(shelf, pairs):
    """Count, for each label, the pairs that ended in one story, and all."""
    joined, total = Counter(), Counter()
    for pair in pairs:
        total[pair["label"]] += 1
        joined[pair["label"]] += shelf.story_of[pair["a"]] == shelf.story_of[pair["b"]]
    return joined, total


def verdict_on(a, b):
    """What two rows are to each other, outside of any stream."""
    return judge(
        read(a["text"], title=a["title"], outlet=outlet_of(a), url=a["url"]),
        read(b["text"], title=b["title"], outlet=outlet_of(b), url=b["url"]),
        other_day=a["published"][:10] != b["published"][:10],
    )


def main():
    """Run a corpus and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows")
    parser.add_argument("--pairs")
    parser.add_argument("--from", dest="start", default="")
    parser.add_argument("--until", default="9")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    rows = rows_of(options.rows)
    by_key = {row.get("id", number): row for number, row in enumerate(rows)}
    started = time.process_time()
    shelf = run(rows)
    spent = time.process_time() - started
    joins = {key: verdict for key, verdict in shelf.verdicts.items() if verdict.copy}
    links = Counter(link.kind for verdict in shelf.verdicts.values() for link in verdict.links)
    print(
        f"{len(rows)} articles, {1000 * spent / len(rows):.2f} ms each, {shelf.compared / len(rows):.2f} comparisons"
    )
    print(f"{len(joins)} joins {dict(Counter(v.copy.kind for v in joins.values()))}, links {dict(links)}")
    print(f"largest story {max(map(len, shelf.members.values()))}")
    if options.pairs:
        pairs = pairs_of(options.pairs, rows, options.start, options.until)
        joined, total = joins_by_label(shelf, pairs)
        for label in sorted(total):
            linked = Counter(shelf.linked(p["a"], p["b"]) for p in pairs if p["label"] == label)
            print(f"  {label}: {joined[label]} of {total[label]} in one story; links {dict(linked)}")
        for pair in pairs:
            same = shelf.story_of[pair["a"]] == shelf.story_of[pair["b"]]
            if same != (pair["label"] == "D") and (pair["label"] != "P"):
                a, b = sorted((by_key[pair["a"]], by_key[pair["b"]]), key=lambda row: row["published"])
                judged = verdict_on(b, a)
                print(
                    pair["label"],
                    same,
                    judged.tie,
                    judged.containment,
                    judged.rule,
                    shelf.linked(pair["a"], pair["b"]),
                    a["title"],
                    "|",
                    b["title"],
                )
    key_of = {number: key for key, number in shelf.ids.items()}
    for key in random.Random(1).sample(sorted(joins), min(options.show, len(joins))):
        row, copy = by_key[key], joins[key].copy
        other = by_key[key_of[copy.original_id]]
        print(
            f"- {row['published'][:16]} {outlet_of(row)}: {row['title'][:90]}  <=  "
            f"{other['published'][:16]} {outlet_of(other)}: {other['title'][:90]}"
        )
        print(f"    {copy.kind}: {copy.because[:260]}")


if __name__ == "__main__":
    main()
