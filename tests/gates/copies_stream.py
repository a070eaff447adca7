"""Copies recognised on a stream, oldest first, with a small archive in memory in the store's place.

    python tests/gates/copies_stream.py ROWS.jsonl.gz [--pairs PAIRS.jsonl] [--from 2021-03] [--show 20]

The archive keeps what the store keeps: the sketch of every story, a count of the stories that a hash
stands in, the text of originals and last members. Prints joins by label, and a sample to read.
"""

import argparse
import gzip
import json
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from monitor.core.copies import decide
from monitor.core.fingerprint import fingerprint
from monitor.core.kinship import judge, read
from monitor.model import Article, Candidates, Known

MOST_STORIES = 3  # a hash in more stories than these is background
FEWEST_HITS = 2
MOST_CANDIDATES = 6


class Shelf:
    """What the archive knows, in dictionaries."""

    def __init__(self):
        self.stories_of = defaultdict(set)  # hash → stories
        self.members = defaultdict(list)  # story → Known, the original first
        self.story_of = {}
        self.verdicts = {}
        self.compared = 0

    def candidates(self, sketch):
        background = frozenset(h for h in sketch if len(self.stories_of[h]) > MOST_STORIES)
        hits = Counter(story for h in sketch if h not in background for story in self.stories_of[h])
        best = sorted((-count, story) for story, count in hits.items() if count >= FEWEST_HITS)[
            :MOST_CANDIDATES
        ]
        known = []
        for _, story in best:
            members = self.members[story]
            known.extend(members if len(members) < 3 else [members[0], members[-1]])
        self.compared += len(known)
        return Candidates(known=tuple(known), background=background)

    def add(self, key, article):
        """Decide about one article and keep it; gives the verdict."""
        sketch = article.fingerprint.hashes if article.fingerprint else ()
        verdict = decide(article, self.candidates(sketch))
        number = len(self.story_of) + 1
        story = verdict.copy.story_id if verdict.copy else number
        for hash_ in sketch:
            self.stories_of[hash_].add(story)
        self.members[story].append(
            Known(
                article_id=number,
                story_id=story,
                outlet_id=article.outlet_id,
                outlet=article.outlet_id,
                title=article.title,
                text=article.text,
                first_seen=article.first_seen,
                published=article.published,
                is_original=not verdict.copy,
            )
        )
        self.story_of[key] = story
        self.verdicts[key] = verdict
        return verdict


def outlet_of(row):
    return row.get("outlet") or row["url"].split("/")[2]


def article_of(row):
    """One row of the corpus as an article, first seen when it was published."""
    at = datetime.fromisoformat(row["published"]).astimezone(UTC)
    return Article(
        url=row["url"],
        outlet_id=outlet_of(row),
        title=row["title"],
        text=row["text"],
        words=len(row["text"].split()),
        first_seen=at,
        published=at,
        fingerprint=fingerprint(row["text"]),
    )


def rows_of(path):
    """The rows of a corpus file in the order of their dates."""
    raw = Path(path).read_bytes()
    lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode().strip().split("\n")
    rows = [json.loads(line) for line in lines]
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
            print(f"  {label}: {joined[label]} of {total[label]} in one story")
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
                    a["title"],
                    "|",
                    b["title"],
                )
    numbers = {known.article_id: known for members in shelf.members.values() for known in members}
    for key in list(joins)[:: max(1, len(joins) // options.show)] if options.show else ():
        row, copy = by_key[key], joins[key].copy
        known = numbers[copy.original_id]
        print(
            f"- {row['published'][:16]} {row['url'].split('/')[2]}: {row['title'][:70]}  <=  {known.outlet}: {known.title[:70]}"
        )
        print(f"    {copy.kind}: {copy.because[:260]}")


if __name__ == "__main__":
    main()
