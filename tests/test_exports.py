"""What goes out: rows that no spreadsheet runs, what they cover, web archives; and what another reading brings."""

import asyncio
import csv
import gzip
import io
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from store_scene import NOON
from town import Town, sentences

from monitor import config, daemon, warc
from monitor.model import KeptPage, Page
from monitor.outputs.exports import harmless, write
from monitor.pipeline import poll_all, read_waiting
from monitor.store import pagefile, queries
from monitor.store.invariants import violations

WARC = pytest.importorskip("warcio.archiveiterator")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two outlets with the same text, one with its own, one wall; polled once, raw pages kept."""
    place = tmp_path_factory.mktemp("export")

    async def watch():
        async with Town(3) as town:
            first, second, third = town.outlets
            text = sentences("agency", 12)
            first.publish("/a", "=Waffenstillstand", text)
            second.publish("/b", "Waffenstillstand in Genf", text)
            third.publish("/c", "Anderer Waffenstillstand", sentences("own", 12))
            third.publish("/wall", "Waffenstillstand, hinter der Wand", "Bitte stimmen Sie zu.")
            path = town.config(place, more="keep: {pages: 30 days}\n")
            settings = config.load(path, os.environ)
            async with daemon.house(settings) as opened:
                at = daemon.now()
                feeds = await opened.store.write(lambda books: books.due_feeds(at))
                await poll_all(feeds, opened.world, at)
                await read_waiting(opened.world)

    asyncio.run(watch())
    return place


def monitor(*words, cwd, code=0):
    """Run a command on the configuration of a folder; what it printed."""
    from monitor.cli import cli

    done = CliRunner().invoke(cli, ["-c", str(cwd / "monitor.yaml"), *map(str, words)])
    assert code == done.exit_code, done.output
    return done.stdout, done.stderr


def test_articles_go_out_as_csv_with_what_they_cover(folder):
    out, said = monitor("export", "articles", "--topic", "truce", cwd=folder)

    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert ["truce"] * 3 == [row["topics"] for row in rows]
    assert ["original", "original", "identical"] == sorted((row["copy"] for row in rows), reverse=True)
    assert "'=Waffenstillstand" in [row["title"] for row in rows]
    assert "text" not in rows[0]
    assert "3 articles, first seen from the beginning" in said
    assert "Topic: Truce (truce): waffenstillstand* OR ceasefire OR truce" in said
    assert "Feeds: 3 watched; failing now: 0" in said
    assert "100.0% of them answered" in said
    assert "Of the entries seen in that time, 3 became articles, 1 showed no article" in said
    assert "Gaps: none known." in said


def test_only_what_may_have_been_missed_counts_as_a_gap(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    with sqlite3.connect(next((tmp_path / "copy").rglob("monitor.db"))) as conn:
        conn.executemany(
            "insert into gaps (feed_id, from_at, to_at, kind, because, bridged) values (1, ?, ?, 'outage', 'down', ?)",
            [
                ("2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z", 0),
                ("2026-06-02T12:00:00Z", "2026-06-02T13:00:00Z", 1),
            ],
        )
    conn.close()
    _, said = monitor("export", "articles", cwd=tmp_path / "copy")

    assert "Gaps: 1 times in which something may have been missed" in said
    assert "2026-06-01T12:00:00Z" in said
    assert "2026-06-02T12:00:00Z" not in said


@pytest.mark.parametrize(
    ("what", "count", "told"),
    [("articles", 3, "3 articles"), ("stories", 2, "2 stories"), ("copies", 1, "1 copy,")],
)
def test_rows_go_into_a_file_of_json_lines_with_the_statement_beside_it(folder, tmp_path, what, count, told):
    target = tmp_path / ("out.JSON" if what == "stories" else "out.jsonl")

    monitor("export", what, "-o", target, "--text", cwd=folder)

    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert count == len(rows)
    assert all("Waffenstillstand" in row["text"] for row in rows)
    assert told in (tmp_path / f"{target.name}.coverage.txt").read_text()
    assert {target.name, f"{target.name}.coverage.txt"} == {path.name for path in tmp_path.iterdir()}


def test_what_was_first_seen_at_another_time_stays_in(folder):
    out, said = monitor("export", "articles", "--until", "2020-01-01", cwd=folder)

    assert ["article_id,url,outlet"] == [
        line[:21] for line in out.splitlines()
    ]  # the header alone: a table of no rows
    assert "No polls of that time are on record" in said


@pytest.mark.parametrize("name", ["data/monitor.db", "data/monitor.db-wal", "monitor.yaml", "notes"])
def test_an_export_takes_the_place_of_nothing_but_an_earlier_export(folder, name):
    place = folder / name
    place.touch()
    before = place.read_bytes()

    monitor("export", "articles", "-o", place, cwd=folder, code=1)

    assert before == place.read_bytes()
    assert not [path for path in place.parent.iterdir() if path.name.endswith(".new")]


def test_an_export_is_made_anew_under_its_name_and_a_dash_is_stdout(folder, tmp_path):
    target = tmp_path / "rows.csv"
    for _ in range(2):
        monitor("export", "articles", "-o", target, cwd=folder)

    assert monitor("export", "articles", "-o", "-", cwd=folder)[0].replace("\r", "") == target.read_text(
        "utf-8"
    )


def test_a_topic_that_is_none_is_told(folder):
    _, said = monitor("export", "articles", "--topic", "trouce", cwd=folder, code=2)

    assert "There are: truce" in said


CELLS = {
    "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM": "'@SUM", "\tx": "'\tx", "\rx": "'\rx", "\0x": "'\0x", "a=b": "a=b", "": "",
}  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_s35_no_cell_is_a_formula(cell):
    assert CELLS[cell] == harmless(cell)


def test_s35_quotes_line_ends_and_numbers_come_back_as_they_were():
    out = io.StringIO(newline="")
    row = {"title": 'He said "no",\nthen left', "share": -0.5, "empty": None}

    write([row], out, "csv", list(row))

    assert '"He said ""no"",\nthen left",-0.5,\r\n' == out.getvalue().partition("\r\n")[2]
    assert 'He said "no",\nthen left' == next(csv.DictReader(io.StringIO(out.getvalue(), newline="")))["title"]  # fmt: skip


# ── raw pages ────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_of_articles_and_walls_are_kept_and_verified(folder):
    with closing(pagefile.open_to_read(folder / "data" / "archive.db")) as conn:
        kept = list(pagefile.kept_pages(conn))
    out, _ = monitor("verify", cwd=folder)

    assert 4 == len(kept)
    assert 1 == sum(page.article_id is None for page in kept)
    assert re.search(r"sound  the raw pages: every hash computed again, up to page 4, [0-9a-f]{64}", out)
    assert 6 == out.count("sound  ")


@pytest.mark.parametrize("name", ["pages.warc.gz", "pages.warc"])
def test_a_web_archive_goes_out_and_comes_in_elsewhere_as_the_same_articles(folder, tmp_path, name):
    monitor("export", "--warc", tmp_path / name, cwd=folder)
    with (tmp_path / name).open("rb") as file:
        records = [
            (r.rec_type, r.rec_headers.get_header("WARC-Target-URI"))
            for r in WARC.ArchiveIterator(file, check_digests="raise")
        ]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "monitor.yaml").write_text((folder / "monitor.yaml").read_text())

    out, _ = monitor("import", "--json", tmp_path / name, cwd=elsewhere, code=3)

    assert ["warcinfo", "response", "response", "response", "response"] == [kind for kind, _ in records]
    report = json.loads(out)
    assert (3, 1) == (report["imported"], report["copies"])
    (failure,) = report["failed"]
    assert "/wall" in failure
    texts = "select url, text from articles join article_text on article_id = id order by url"
    both = []
    for place in (folder, elsewhere):
        with closing(queries.connect(place / "data" / "monitor.db")) as conn:
            both.append([tuple(row) for row in conn.execute(texts)])
            assert [] == violations(conn)
    assert both[0] == both[1]
    again, _ = monitor("import", "--json", tmp_path / name, cwd=elsewhere, code=3)
    assert (0, 3) == (json.loads(again)["imported"], json.loads(again)["known"])


def kept(number, body=b"<p>x", kind="text/html; charset=iso-8859-1", url="https://a.test/x"):
    headers = {"content-type": kind, "content-encoding": "gzip", "x-note": "two\r\nlines"}
    return KeptPage(number, Page(url, url, 200, headers, body, NOON), "", "")


def written(path, *pages, packed=True):
    with path.open("wb") as out:
        warc.write(pages, out, gzip=packed, name=path.name)
    return path


def test_what_described_the_transfer_is_not_handed_on(tmp_path):
    path = written(tmp_path / "x.warc", kept(1, "ö".encode("latin-1")), packed=False)

    text = path.read_bytes()
    assert b"Content-Encoding" not in text
    assert b"X-Note: two lines\r\n" in text
    (page,) = warc.read(path, [])
    assert ("ö".encode("latin-1"), NOON) == (page.body, page.at)
    assert "text/html; charset=iso-8859-1" == page.headers["content-type"]


def test_what_is_no_page_of_html_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(warc, "LARGEST", 1000)
    complain = []
    path = written(
        tmp_path / "x.warc.gz", kept(1, kind="image/png"), kept(2), kept(3, b"x" * 1001, url="https://a.test/long")
    )  # fmt: skip

    assert ["https://a.test/x"] == [page.url for page in warc.read(path, complain)]
    assert [f"{path}: https://a.test/long: larger than 0 MB"] == complain


def test_a_damaged_end_costs_only_what_comes_after_it(tmp_path):
    path = written(tmp_path / "x.warc.gz", *(kept(n, os.urandom(4000)) for n in range(3)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    complain = []

    assert 1 <= len(list(warc.read(path, complain))) <= 2


def test_what_is_no_archive_is_told(tmp_path):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(b"Dear diary\n" * 100))
    complain = []

    assert [] == list(warc.read(path, complain))
    assert 1 == len(complain)


# ── another reading ──────────────────────────────────────────────────────────────────────────────


def test_the_same_extractor_sees_the_same(folder):
    found = json.loads(monitor("reextract", "--json", cwd=folder)[0])

    assert (4, 0, []) == (found["pages"], found["applied"], found["differences"])


@pytest.fixture
def poorer(folder, tmp_path):
    """The archive as an older extractor would have left it: a text without its end, a wall that is none."""
    for name in ("monitor.db", "archive.db"):
        with closing(pagefile.sqlite3.connect(folder / "data" / name)) as conn:
            (tmp_path / "data").mkdir(exist_ok=True)
            conn.execute("vacuum into ?", (str(tmp_path / "data" / name),))
    (tmp_path / "monitor.yaml").write_text((folder / "monitor.yaml").read_text())
    with closing(pagefile.sqlite3.connect(tmp_path / "data" / "monitor.db", isolation_level=None)) as conn:
        (text,) = conn.execute("select text from article_text where article_id = 3").fetchone()
        short = "\n".join(text.split("\n")[:-1])
        conn.execute("update article_text set text = ? where article_id = 3", (short,))
        conn.execute("update revisions set text = ? where article_id = 3", (short,))
        conn.execute("insert into articles_fts (articles_fts) values ('rebuild')")
    with closing(pagefile.sqlite3.connect(tmp_path / "data" / "archive.db", isolation_level=None)) as conn:
        (body,) = conn.execute("select body_id from pages where article_id = 2").fetchone()
        conn.execute("update pages set body_id = ? where article_id is null", (body,))
    return tmp_path


def test_a_better_extractor_is_reported_and_stored_only_when_told(poorer):
    out, _ = monitor("reextract", cwd=poorer)

    assert "4 pages read again, 2 differ" in out
    assert re.search(r"/\w: read again by trafilatura \S+.*: \d+ words added, 0 removed", out)
    assert "it is readable now" in out
    applied = json.loads(monitor("reextract", "--apply", "--json", cwd=poorer)[0])
    assert 2 == applied["applied"]
    with closing(queries.connect(poorer / "data" / "monitor.db")) as conn:
        rows = conn.execute(
            "select number, because from revisions where article_id = 3 order by number"
        ).fetchall()
        wall = conn.execute("select state, because from entries where article_id is null").fetchone()
        assert [] == violations(conn)
    assert [(1, None), 2] == [tuple(rows[0]), rows[1][0]]
    assert rows[1][1].startswith("read again by trafilatura")
    assert ("waiting", True) == (wall[0], "readable now" in wall[1])
    left = json.loads(monitor("reextract", "--json", cwd=poorer)[0])["differences"]
    assert [None] == [one["article_id"] for one in left]


def test_pages_that_were_kept_before_an_article_was_seen_are_not_its_own(poorer):
    """As after an older database was put back: the number of a page's article is another article's now."""
    with closing(pagefile.sqlite3.connect(poorer / "data" / "monitor.db", isolation_level=None)) as conn:
        conn.execute("update articles set first_seen_at = '2099-01-01T00:00:00Z' where id = 3")

    found = json.loads(monitor("reextract", "--json", cwd=poorer)[0])["differences"]

    assert [None] == [one["article_id"] for one in found]
