"""Real pages as a floor: how well they are read, and that articles and walls are told apart."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.core.extract import read_page
from monitor.model import Page, Task

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real pages is not on this machine")


def rows_of(folder):
    return [json.loads(line) for line in (CORPUS / folder / "index.jsonl").read_text().splitlines()]


def with_gold(folder):
    """Rows with the article's full text; a few golds of the corpus are teasers and say so."""
    rows = rows_of(folder)
    return [row for row in rows if row["gold_text"] and "gold-short" not in (row.get("gold_flags") or [])]


def read(folder, row):
    url = row["url"] or "https://news.example.org/a/b"
    body = gzip.decompress((CORPUS / folder / row["file"]).read_bytes())
    hint = Task(url=url, title=row.get("title") or "", published=NOON)
    return read_page(Page(url, url, 200, {"content-type": "text/html"}, body, NOON), hint)


def words_of(text):
    return Counter("".join(mark if mark.isalnum() else " " for mark in text.lower()).split())


def word_f1(gold, got):
    shared = sum((words_of(gold) & words_of(got)).values())
    return 2 * shared / max(1, sum(words_of(gold).values()) + sum(words_of(got).values()))


def test_real_pages_are_read_as_well_as_they_were():
    """Every fourth page of two collections; the floor is what is reached today, less a hundredth."""
    scores = [
        word_f1(row["gold_text"], read(folder, row).text)
        for folder in ("pages/fundus", "pages/scrapinghub")
        for row in with_gold(folder)[::4]
    ]

    assert sum(scores) / len(scores) >= 0.95


def test_no_wall_of_the_corpus_passes_for_an_article():
    kinds = {row["file"]: read("hard", row).quality.kind for row in rows_of("hard")}

    assert [file for file, kind in kinds.items() if kind == "article"] == []


def test_real_articles_are_not_taken_for_walls():
    """Of every third page with gold text, none; the whole corpus is for the gates."""
    qualities = [
        (row["file"], read(folder, row).quality)
        for folder in ("pages/fundus", "pages/scrapinghub", "pages/newspaper4k")
        for row in with_gold(folder)[::3]
    ]

    assert [quality for quality in qualities if quality[1].kind not in {"article", "live_blog"}] == []
