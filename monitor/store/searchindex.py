"""Whether the search index says what the texts say.

FTS5 can compare its index with the texts it stands for, but only on a connection that may write. Beside a
running daemon nobody else writes: there the rows are compared by number, and a sample by its words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from monitor.core.unspaced import JOINT

SAMPLE = 200
PROBE = 300  # characters of a text, to find it again by

MISSING = """
select count(*) from articles left join articles_fts_docsize on articles_fts_docsize.id = articles.id
where articles_fts_docsize.id is null
"""
LEFT_OVER = """
select count(*) from articles_fts_docsize left join articles on articles.id = articles_fts_docsize.id
where articles.id is null
"""


def faults_of_index(conn: sqlite3.Connection) -> Iterator[str]:
    """What FTS5 itself finds wrong, comparing every word. `conn` may write and is in no transaction."""
    conn.execute("begin immediate")
    try:
        conn.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        yield "the search index and the texts differ"
    finally:
        if conn.in_transaction:
            conn.execute("rollback")


def faults_of_sample(conn: sqlite3.Connection, sample: int = SAMPLE) -> Iterator[str]:
    """What a look from outside finds: articles not indexed, entries of none, texts not found by their words."""
    for sql, what in ((MISSING, "articles are not in the search index"), (LEFT_OVER, "articles that are gone are still in the search index")):  # fmt: skip
        (count,) = conn.execute(sql).fetchone()
        if count:
            yield f"{count} {what}"
    texts = conn.execute(
        "select id, substr(text, 1, ?) from _searchable order by id desc limit ?",
        (PROBE, sample),
    )
    lost = [article_id for article_id, text in texts if not _is_found(conn, article_id, text)]
    if lost:
        yield f"{len(lost)} of the newest {sample} articles are not found by their own words (first: {lost[0]})"


def rebuild(conn: sqlite3.Connection) -> None:
    """Make the index anew from the texts. `conn` may write."""
    conn.execute("insert into articles_fts (articles_fts) values ('rebuild')")


def _is_found(conn: sqlite3.Connection, article_id: int, text: str) -> bool:
    """Whether the beginning of its text leads to the article. FTS5 cuts it into words as it did before."""
    text = text.replace(JOINT, " ")
    whole = text if len(text) < PROBE else text.rpartition(" ")[0]
    if not any(sign.isalnum() for sign in whole):
        return True
    quoted = whole.replace('"', '""')
    found = conn.execute(
        "select 1 from articles_fts where articles_fts match ? and rowid = ?",
        (f'text : "{quoted}"', article_id),
    ).fetchone()
    return found is not None
