"""What it costs to give a story its event, at 1,000, 10,000 and 50,000 archived stories.

    python benchmarks/b_events.py [--quick]

The texts are made up: words by Zipf's law, and for every happening some of its own, so that stories have
others near them. Two thousand stories come a day. Only the event stage is measured: reading the words,
counting, looking up, comparing, writing, and its part of the commit.
"""

import argparse
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from measure import Row

from monitor.happenings import place_in_event
from monitor.model import Article, Verdict
from monitor.store.books import Books
from monitor.store.opening import open_for_writing

SIZES, QUICK = (1_000, 10_000, 50_000), (200, 400)
MEASURED, QUICK_MEASURED = 1_000, 100
BATCH = 50
A_DAY = 2_000
REPORTS = 3  # stories of one happening, on average
VOCABULARY = 60_000
START = datetime(2026, 1, 1, tzinfo=UTC)
GROWTH = 1.2


class Wire:
    """Invents stories, one after the other, the same on every machine."""

    def __init__(self) -> None:
        self.rng = random.Random(7)
        self.words = [self.word() for _ in range(VOCABULARY)]
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
        self.recent: list[list[str]] = []
        self.count = 0

    def word(self) -> str:
        syllables = (
            "ba",
            "der",
            "ni",
            "ol",
            "kra",
            "sen",
            "tu",
            "mi",
            "gas",
            "lor",
            "ve",
            "pan",
            "ruk",
            "sti",
        )
        return "".join(self.rng.choice(syllables) for _ in range(self.rng.randint(1, 5)))

    def happening(self) -> list[str]:
        """People, things and figures of a new happening, or of one of the last fifty."""
        if self.recent and self.rng.random() > 1 / REPORTS:
            return self.rng.choice(self.recent)
        own = [self.word().capitalize() + self.word() for _ in range(6)]
        own += [self.word() + self.word() for _ in range(12)] + [
            str(self.rng.randint(13, 9999)) for _ in range(4)
        ]
        self.recent = [*self.recent[-49:], own]
        return own

    def story(self) -> Article:
        own = self.happening()
        picked = self.rng.choices(self.words, cum_weights=self.weights, k=420)
        text = " ".join(self.rng.choice(own) if self.rng.random() < 0.12 else word for word in picked)
        title = " ".join([*self.rng.sample(own, 4), *picked[:3]])
        seen = START + timedelta(days=self.count / A_DAY)
        self.count += 1
        return Article(
            url=f"https://outlet{self.count % 40}.test/{self.count}", outlet_id=f"outlet{self.count % 40}.test",
            title=title, text=text, words=420, first_seen=seen, language="de",
        )  # fmt: skip


class Archive:
    """A database that holds what the event stage needs of a story, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.conn = open_for_writing(path)
        self.conn.execute("pragma synchronous = normal")
        self.books = Books(self.conn)
        self.path = path

    def add(self, articles: list[Article]) -> float:
        """Add stories in batches; gives the seconds of CPU that their events cost."""
        spent = 0.0
        for start in range(0, len(articles), BATCH):
            self.conn.execute("begin immediate")
            ids = [self.row(article) for article in articles[start : start + BATCH]]
            began = time.process_time()
            for article_id, article in zip(ids, articles[start : start + BATCH], strict=True):
                place_in_event(self.books, article, article_id, Verdict("alone"))
            self.conn.execute("commit")
            spent += time.process_time() - began
        return spent

    def row(self, article: Article) -> int:
        self.books.outlet(article.outlet_id)
        seen = article.first_seen.isoformat()[:19] + "Z"
        story = self.conn.execute(
            "insert into stories (title, first_seen_at, last_seen_at) values (?, ?, ?)",
            (article.title, seen, seen),
        ).lastrowid
        key = self.conn.execute(
            "insert into articles (url, outlet_id, title, first_seen_at, language, words, story_id)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (article.url, article.outlet_id, article.title, seen, article.language, article.words, story),
        ).lastrowid
        self.conn.execute("update stories set original_id = ? where id = ?", (key, story))
        return int(key or 0)

    def bytes_of_events(self) -> int:
        """Bytes of the tables and indexes that events alone need, as far as SQLite can tell."""
        return sum(
            size or 0
            for (size,) in self.conn.execute(
                "select sum(length(traits)) + 12 * count(*) from _event_traits"
                " union all select 14 * count(*) from _event_terms union all select 9 * count(*) from _event_words"
            )
        )


def work(quick: bool) -> list[Row]:
    """Milliseconds an article at each size, and how much they grow from the first to the last."""
    sizes, measured = (QUICK, QUICK_MEASURED) if quick else (SIZES, MEASURED)
    rows, costs = [], {}
    with tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder:
        archive, wire = Archive(Path(folder) / "events.db"), Wire()
        for size in sizes:
            while wire.count < size:
                archive.add([wire.story() for _ in range(min(1000, size - wire.count))])
            rounds = [
                1000 * archive.add([wire.story() for _ in range(measured // 5)]) / (measured // 5)
                for _ in range(5)
            ]
            costs[size] = sorted(rounds)[2]
            each = archive.bytes_of_events() / wire.count
            note = f"{A_DAY} stories a day; about {each:.0f} bytes of index a story"
            rows.append(
                Row("events", f"an article's event at {size} stories", tuple(rounds), unit="ms", note=note)
            )
        archive.conn.close()
    # The first size has its words counted in full and has no four days behind it: growth is told from the second on.
    early, late = (sizes[1], sizes[-1]) if len(sizes) > 2 else (sizes[0], sizes[-1])
    growth = (costs[late] / costs[early],)
    return [*rows, Row("events", f"the same, {late} stories / {early}", growth, GROWTH)]


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few stories: does it run at all?")
    for row in work(parser.parse_args().quick):
        print(
            f"{row.what}: {row.median:.2f} {row.unit} ({min(row.values):.2f} to {max(row.values):.2f}) {row.verdict} {row.note}"
        )


if __name__ == "__main__":
    sys.exit(main())
