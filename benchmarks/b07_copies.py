"""B7: the copy stage at 10,000, 100,000 and a million archived stories.

    python benchmarks/run.py B7                 # up to 100,000 stories
    python benchmarks/b07_copies.py --million   # the whole; --svg FILE draws the growth

One archive grows to each size through the store's own sketches; then generated articles are decided against
it, stage by stage. What fills the archive has the text of one of a few thousand made articles and a sketch of
random hashes, a part of them those of common phrases, so that filling a million does not take a day.
"""

import argparse
import gc
import random
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from measure import Row
from presstext import Made, Press

from monitor.core.copies import decide
from monitor.core.fingerprint import HASH_BITS, fingerprint
from monitor.model import Article, Fingerprint
from monitor.store import sketches
from monitor.store.books import Books
from monitor.store.opening import open_for_writing

SIZES = (10_000, 100_000, 1_000_000)
STAGES = ("fingerprint", "look-up", "judge", "keep", "commit")
BATCH = 50
TEMPLATES = 3000  # articles whose texts fill the archive
MANY_AT_ONCE = 200_000
COMMON = 0.06  # of the hashes of a filler are those of common phrases


class Archive:
    """A database that grows."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "copies.db"
        self.conn = open_for_writing(self.path)
        self.conn.execute("pragma synchronous = off")
        self.books = Books(self.conn)
        self.press, self.rng = Press(), random.Random(7)
        self.stories = 0
        self.rows = 0
        made = [self.press.article() for _ in range(TEMPLATES)]
        self.templates = [(one, len(found.hashes)) for one in made if (found := fingerprint(one.text))]
        self.common = [self.rng.getrandbits(HASH_BITS) for _ in range(4000)]
        self.conn.executemany(
            "insert into outlets (id, name) values (?1, ?1)", {(one.outlet,) for one in made}
        )

    def grow(self, size: int) -> None:
        """Add stories until there are so many; many at once, in the order of their hashes, where it would take long."""
        if size - self.stories > MANY_AT_ONCE:
            self._pour(size)
        while self.stories < size:
            self.conn.execute("begin immediate")
            for _ in range(min(BATCH, size - self.stories)):
                self._filler()
            self.settle()
        self.conn.execute("pragma wal_checkpoint(truncate)")

    def _pour(self, size: int) -> None:
        keys: list[int] = []
        self.conn.execute("begin immediate")
        while self.stories < size:
            made, hashes = self._made_up()
            self.insert(made, 400)
            # Without common phrases: all that could be known of them is background by now.
            keys += [(hash_ << sketches.STORY_BITS | self.stories) - sketches.OFFSET for hash_ in hashes]
        keys.sort()
        self.conn.executemany("insert or ignore into _sketches (key) values (?)", ((key,) for key in keys))
        self.conn.execute("commit")

    def _filler(self) -> None:
        made, hashes = self._made_up()
        hashes += self.rng.choices(self.common, k=max(1, round(len(hashes) * COMMON)))
        self.insert(made, 400)
        found = Fingerprint(f"{self.stories:032x}", 400, tuple(sorted(set(hashes))))
        self.books.add_sketch(self.stories, found)

    def _made_up(self) -> tuple[Made, list[int]]:
        """A text, and as many random hashes as it would have, but for common ones."""
        made, rows = self.rng.choice(self.templates)
        self.rows += rows
        own = rows - max(1, round(rows * COMMON))
        return made, [self.rng.getrandbits(HASH_BITS) for _ in range(own)]

    def insert(self, made: Made, words: int) -> int:
        """The rows of an article that starts a story; not part of the copy stage."""
        self.stories += 1
        n, at = self.stories, made.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.conn.execute(
            "insert into stories (id, title, original_id, first_seen_at, last_seen_at) values (?1, ?2, ?1, ?3, ?3)",
            (n, made.title, at),
        )
        self.conn.execute(
            "insert into articles (id, url, outlet_id, title, first_seen_at, words, story_id)"
            " values (?1, ?2, ?3, ?4, ?5, ?6, ?1)",
            (n, f"https://{made.outlet}/{n}", made.outlet, made.title, at, words),
        )
        self.conn.execute("insert into article_text (article_id, text) values (?, ?)", (n, made.text))
        return n

    def settle(self) -> None:
        """Commit."""
        self.books.settle()
        self.conn.execute("commit")

    def index_bytes(self) -> int:
        """What the sketches take on the disk, with what is still on its way."""
        sql = "select pgsize from dbstat where name = ? and aggregate = true"
        return sum(self.conn.execute(sql, (name,)).fetchone()[0] for name in ("_sketches", "_sketches_new"))


def decided(archive: Archive, count: int) -> tuple[dict[str, list[float]], Counter[str]]:
    """Decide so many new articles; milliseconds by stage, and what became of them."""
    spent: dict[str, list[float]] = {stage: [] for stage in STAGES}
    verdicts: Counter[str] = Counter()
    gc.collect()
    for _ in range(count // BATCH):
        archive.conn.execute("begin immediate")
        for _ in range(BATCH):
            made = archive.press.article()
            verdicts[one(archive, made, spent)] += 1
        began = time.process_time()
        archive.settle()
        spent["commit"] += [1000 * (time.process_time() - began) / BATCH] * BATCH
    return spent, verdicts


def one(archive: Archive, made: Made, spent: dict[str, list[float]]) -> str:
    """One article through the copy stage; a copy keeps its row, but is a story here, for the count's sake."""
    books, marks = archive.books, [time.process_time()]
    found = fingerprint(made.text)
    marks.append(time.process_time())
    candidates = books.candidates(found, language=None, outlet=made.outlet)
    marks.append(time.process_time())
    article = Article(
        url=f"https://{made.outlet}/new", outlet_id=made.outlet, title=made.title, text=made.text,
        words=found.words, first_seen=made.at, fingerprint=found,
    )  # fmt: skip
    verdict = decide(article, candidates)
    marks.append(time.process_time())
    number = archive.insert(made, found.words)
    marks.append(time.process_time())
    if verdict.copy:
        books.save_copy(number, verdict.copy)
    books.add_links(number, verdict.links)
    books.add_near_misses(number, verdict.near_misses)
    books.add_standing(made.outlet, verdict.standing, made.at)
    books.add_sketch(verdict.copy.story_id if verdict.copy else number, found)
    marks.append(time.process_time())
    for stage, start, end in (("fingerprint", 0, 1), ("look-up", 1, 2), ("judge", 2, 3), ("keep", 4, 5)):
        spent[stage].append(1000 * (marks[end] - marks[start]))
    return f"{made.kind} → {'copy' if verdict.copy else 'link' if verdict.links else 'story'}"


def written(folder: Path, stories: int) -> tuple[float, float]:
    """Bytes written a story for the sketches alone, log and database, in one whole round of moving; index bytes.

    A database of its own, filled in the order of the hashes to so many stories first.
    """
    archive = Archive(folder)
    rows = max(1, round(statistics.mean(rows for _, rows in archive.templates))) + 1
    keys = sorted(archive.rng.getrandbits(63) for _ in range(stories * rows))
    archive.conn.execute("begin")
    archive.conn.executemany("insert or ignore into _sketches (key) values (?)", ((key,) for key in keys))
    archive.conn.execute("commit")
    archive.conn.execute("pragma wal_checkpoint(truncate)")
    del keys
    began, story = bytes_written(), stories
    moved_at = story + sketches.MANY * (1 + 1 / sketches.PACE) + 2 * BATCH
    while story < moved_at:
        archive.conn.execute("begin immediate")
        for _ in range(BATCH):
            story += 1
            hashes = tuple(sorted(archive.rng.getrandbits(HASH_BITS) for _ in range(rows - 1)))
            archive.books.add_sketch(story, Fingerprint(f"{story:032x}", 400, hashes))
        archive.settle()
    archive.conn.execute("pragma wal_checkpoint(truncate)")
    spent = (bytes_written() - began) / sketches.MANY
    size = archive.index_bytes() / story
    archive.conn.close()
    return spent, size


def bytes_written() -> int:
    """Bytes this process has handed to the system for writing (proc(5), wchar)."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("wchar")))


def work(quick: bool, *, million: bool = False) -> list[Row]:
    """CPU by stage, its tail, its growth, and what the index takes."""
    sizes = (1000, 4000) if quick else SIZES if million else SIZES[:2]
    count = 200 if quick else 3000
    rows: list[Row] = []
    medians = {}
    with tempfile.TemporaryDirectory(prefix="monitor-copies-") as folder:
        archive = Archive(Path(folder))
        for size in sizes:
            archive.grow(size)
            spent, verdicts = decided(archive, count)
            rows += told(size, spent, verdicts)
            medians[size] = statistics.mean(map(sum, zip(*spent.values(), strict=True)))
            index = archive.index_bytes() / archive.stories
            note = f"{archive.rows / max(1, archive.stories):.1f} hashes a story"
            rows.append(Row("B7", f"index a story at {size:,}", (index,), 350, "bytes", note=note))
        archive.conn.close()
        growth = medians[sizes[-1]] / medians[sizes[0]]
        rows.append(Row("B7", f"CPU at {sizes[-1]:,} / at {sizes[0]:,}", (growth,), 1.2, note=plot(medians)))
    with tempfile.TemporaryDirectory(prefix="monitor-copies-") as folder:
        largest = sizes[-1]
        if not quick:
            spent_bytes, size_bytes = written(Path(folder), largest)
            note = f"the index then takes {size_bytes:.0f} bytes a story"
            rows.append(
                Row("B7", f"written a story at {largest:,}", (spent_bytes / 1000,), 16, "kB", note=note)
            )
    return rows


def told(size: int, spent: dict[str, list[float]], verdicts: Counter[str]) -> list[Row]:
    """The rows of one size."""
    totals = sorted(map(sum, zip(*spent.values(), strict=True)))
    stages = ", ".join(f"{stage} {statistics.mean(values):.2f}" for stage, values in spent.items())
    became = ", ".join(f"{what} {number}" for what, number in sorted(verdicts.items()))
    return [
        Row("B7", f"CPU an article at {size:,}", (statistics.mean(totals),), 3, "ms", note=stages),
        Row(
            "B7",
            f"the slowest hundredth at {size:,}",
            (totals[int(0.99 * len(totals))],),
            15,
            "ms",
            note=became,
        ),
    ]


def plot(medians: dict[int, float]) -> str:
    """The growth as bars of text."""
    most = max(medians.values())
    return "; ".join(
        f"{size:,}: {'█' * round(16 * value / most)} {value:.2f} ms" for size, value in medians.items()
    )


def svg(rows: list[Row]) -> str:
    """The growth as a drawing."""
    values = {row.what.rsplit(" ", 1)[1]: row.median for row in rows if row.what.startswith("CPU an article")}
    most = max(values.values())
    bars = "".join(
        f'<rect x="90" y="{24 * n + 8}" width="{300 * value / most:.0f}" height="16" fill="#357"/>'
        f'<text x="84" y="{24 * n + 21}" text-anchor="end">{size}</text>'
        f'<text x="{96 + 300 * value / most:.0f}" y="{24 * n + 21}">{value:.2f} ms</text>'
        for n, (size, value) in enumerate(values.items())
    )
    height = 24 * len(values) + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="480" height="{height}" font-family="sans-serif" font-size="12">'
        f"<title>CPU of the copy stage, by stories in the archive</title>{bars}</svg>\n"
    )


def main() -> None:
    """Measure up to a million and print."""
    from run import table

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--million", action="store_true", help="a third size; about ten minutes")
    parser.add_argument("--quick", action="store_true", help="a few articles: does it run at all?")
    parser.add_argument("--svg", type=Path, help="draw the growth into this file")
    asked = parser.parse_args()
    rows = work(asked.quick, million=asked.million)
    print(table([row.told() for row in rows]))
    if asked.svg:
        asked.svg.write_text(svg(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
