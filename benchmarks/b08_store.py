"""B8: an article with its text and index into the store, in batches of fifty, against the bulk floor."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import desk
import texts
from measure import Row, cpu, interleaved, ratio

from monitor.model import Article, Match, Outcome, Verdict
from monitor.seams import Books
from monitor.store import Store
from monitor.store.opening import open_for_writing
from monitor.store.times import stamp

LIMIT = 1.3
BATCH = 50
BECAUSE = "no earlier story shares passages with it"
STORY = (
    "insert into stories (title, original_id, first_seen_at, last_seen_at, because) values (?, ?, ?, ?, ?)"
)
REVISION = (
    "insert into revisions (article_id, number, seen_at, title, text, words_added) values (?, 1, ?, ?, ?, ?)"
)
ADDRESS = "insert into addresses (url, article_id) values (?, ?)"
MATCHED = "insert into matches (article_id, topic_id, at, because) values (?, ?, ?, ?)"
REREAD = "insert into _rereads (article_id, next_read_at) values (?, ?)"
SETTLED = "update entries set state = 'stored', because = ?, decided_at = ?, article_id = ? where id = ?"
SKETCH = "insert into _sketches_new (keys) values (?)"
ENTRY = (
    "insert into entries (feed_id, key, url, address, title, digest, first_seen_at, last_seen_at)"
    " values (1, ?, ?, ?, ?, 'digest', '2025-06-02T08:00:00Z', '2025-06-02T08:00:00Z')"
)
Bulk = Callable[[sqlite3.Connection, Sequence[Article], int], None]
MATCH = Match("everything", "a [word] of the text and some words around it, as a snippet has them")


async def measured(folder: Path, *, quick: bool) -> list[Row]:
    """The same articles: through the writer, one by one; and as statements over fifty rows each."""
    count, rounds = (100, 1) if quick else (1000, 4)
    found = texts.articles(count)
    chosen = desk.settings(folder, ["http://127.0.0.1/feed.rss"], allowed=frozenset())
    numbers = iter(range(1000))

    async def ours() -> float:
        compared = Stopwatch()
        with Store.open(folder / f"ours-{next(numbers)}.db") as store:
            store.run(lambda books: books.sync(chosen, texts.BEGAN))
            desk.fill(store, [(article.url, article.title) for article in found])
            began = cpu()
            for start in range(0, count, BATCH):
                some = found[start : start + BATCH]
                await asyncio.gather(
                    *(store.write(kept(n, one, compared)) for n, one in enumerate(some, start + 1))
                )
            return (cpu() - began - compared.spent) / count

    async def floor(bulk: Bulk) -> float:
        conn = open_for_writing(folder / f"floor-{next(numbers)}.db")
        conn.execute("pragma foreign_keys = off")  # outlets, topics and feeds are not written here
        conn.executemany(ENTRY, [(n, a.url, a.url, a.title) for n, a in enumerate(found, 1)])
        began = cpu()
        for start in range(0, count, BATCH):
            conn.execute("begin immediate")
            bulk(conn, found[start : start + BATCH], start + 1)
            conn.execute("commit")
        spent = (cpu() - began) / count
        conn.close()
        return spent

    mine, theirs = await interleaved(rounds, ours, lambda: floor(all_rows))
    mine_too, bare = await interleaved(rounds, ours, lambda: floor(text_and_index))
    note = f"batches of {BATCH}"
    return [
        ratio("B8", "an article into the store / the same rows and index in bulk", mine, theirs, LIMIT, note),
        ratio("B8", "the same / article, text and index alone, in bulk", mine_too, bare, LIMIT, note),
    ]


class Stopwatch:
    """CPU time of the writer's thread that belongs to another budget."""

    spent = 0.0

    def stop(self, began: float) -> None:
        """Count the time since then."""
        self.spent += time.thread_time() - began


def kept(number: int, article: Article, compared: Stopwatch | None = None):
    """All that is written for a new article, as the journey writes it.

    There, the text was compared with earlier ones when it comes to be stored, and what was found is at hand. To look
    it up is the copy stage's work, and its budget's (B7).
    """

    def work(books: Books) -> None:
        if compared and article.fingerprint:
            began = time.thread_time()
            books.seen(article.fingerprint)
            compared.stop(began)
        article_id = books.add_article(article, Verdict(BECAUSE), [MATCH], texts.BEGAN)
        books.reread(article_id, texts.BEGAN, None, 0)
        books.set_entry(number, Outcome("stored", BECAUSE, article_id), texts.BEGAN)

    return work


def text_and_index(conn: sqlite3.Connection, some: Sequence[Article], first: int) -> None:
    """The article's row and its text, all at once, then the index in one statement."""
    conn.executemany(
        "insert into articles (id, url, outlet_id, title, byline, published_at, first_seen_at, language, words,"
        " agency, story_id, access, extractor) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (n, a.url, a.outlet_id, a.title, a.byline, stamp(a.published), stamp(a.first_seen), a.language, a.words,
             None, n, a.access, a.extractor)
            for n, a in enumerate(some, first)
        ],
    )  # fmt: skip
    conn.executemany(
        "insert into article_text (article_id, text) values (?, ?)",
        [(n, a.text) for n, a in enumerate(some, first)],
    )
    conn.execute(
        "insert into articles_fts (rowid, title, text) select id, title, text from _searchable"
        " where id between ? and ? order by id",
        (first, first + len(some) - 1),
    )


def all_rows(conn: sqlite3.Connection, some: Sequence[Article], first: int) -> None:
    """Every row that the store writes for these articles, table by table; nothing is looked up."""
    at, numbered = stamp(texts.BEGAN), list(enumerate(some, first))
    for sql, rows in (
        (STORY, [(a.title, n, stamp(a.first_seen), stamp(a.first_seen), BECAUSE) for n, a in numbered]),
        (REVISION, [(n, stamp(a.first_seen), a.title, a.text, a.words) for n, a in numbered]),
        (ADDRESS, [(a.url, n) for n, a in numbered]),
        (MATCHED, [(n, MATCH.topic_id, at, MATCH.because) for n, _ in numbered]),
        (REREAD, [(n, at) for n, _ in numbered]),
        (SETTLED, [(BECAUSE, at, n, n) for n, _ in numbered]),
        (SKETCH, [(bytes(8 * len(a.fingerprint.hashes if a.fingerprint else ())),) for _, a in numbered]),
    ):
        conn.executemany(sql, rows)
    text_and_index(conn, some, first)


def work(quick: bool) -> list[Row]:
    """One row."""
    return desk.run(lambda folder: measured(folder, quick=quick))
