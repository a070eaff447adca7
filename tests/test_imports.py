"""Earlier stories from files: nothing twice, nothing of the live web overwritten."""

import sqlite3
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from town import Town, sentences

from monitor.cli import cli
from monitor.imports import Report, Story, outlet_of, read_file


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "monitor.yaml").write_text(
        "version: 1\ndatabase: data/monitor.db\ntopics:\n  t: {title: T, query: genf OR wien OR doha, "
        "feeds: ['https://example.org/feed.xml'], schedule: every 10 minutes}\n"
    )
    return tmp_path


def bring(desk, *files):
    found = CliRunner().invoke(cli, ["import", "-c", str(desk / "monitor.yaml"), *map(str, files)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def rows(desk, query):
    with sqlite3.connect(desk / "data" / "monitor.db") as conn:
        return conn.execute(query).fetchall()


def line(text, **more):
    import json

    return json.dumps({"url": "https://paper.test/1", "title": "One", "text": text, **more})


def test_the_same_address_twice_is_one_article_with_a_revision_and_stays_so(desk):
    path = desk / "a.jsonl"
    path.write_text(line(sentences("one", 12)) + "\n" + line(sentences("two", 12)) + "\n")
    bring(desk, path)
    before = rows(desk, "select number, title, words_added, words_removed from revisions order by number")
    again = bring(desk, path)

    assert [1, 2] == [row[0] for row in before]
    assert before == rows(
        desk, "select number, title, words_added, words_removed from revisions order by number"
    )
    assert "2 known already" in again.output


def test_an_edited_seed_is_a_revision(desk):
    path = desk / "one.txt"
    path.write_text(f"Title: One\n\n{sentences('one', 12)}")
    bring(desk, path)
    path.write_text(f"Title: One, corrected\n\n{sentences('one', 12)}")
    bring(desk, path)

    assert [("One, corrected", 2)] == rows(desk, "select title, revisions from articles")


async def test_an_import_never_overwrites_what_was_read_from_the_web(tmp_path):
    import asyncio

    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand in Genf", sentences("wire", 24))
        path = town.config(tmp_path)
        await asyncio.to_thread(CliRunner().invoke, cli, ["poll", "--all", "-c", str(path)])
        older = tmp_path / "older.jsonl"
        older.write_text(
            line(sentences("older", 24), url=f"{town.outlets[0].address}/a", title="Waffenstillstand")
        )
        found = await asyncio.to_thread(CliRunner().invoke, cli, ["import", "-c", str(path), str(older)])
    with sqlite3.connect(next(tmp_path.rglob("monitor.db"))) as conn:
        told = conn.execute("select title, revisions from articles").fetchall()

    assert [("Waffenstillstand in Genf", 1)] == told
    assert "1 known already" in found.output


@pytest.mark.parametrize(
    ("outlet", "expected"),
    [
        (None, "seed"),
        ("taz.de", "taz.de"),
        ("www.taz.de", "taz.de"),
        ("The Paper", "the-paper"),
        ("Süddeutsche", "süddeutsche"),
        ("a, b & c", "a-b-c"),
        ("!", "seed"),
    ],
)
def test_an_outlet_is_told_by_its_domain_or_by_its_name(outlet, expected):
    assert expected == outlet_of(Story("file", "file", outlet=outlet), None)


def test_the_name_of_an_outlet_is_kept_where_it_has_none(desk):
    path = desk / "a.jsonl"
    path.write_text(line(sentences("one", 12), outlet="The Paper") + "\n")
    bring(desk, path)

    assert [("paper.test", "The Paper")] == rows(desk, "select id, name from outlets where id = 'paper.test'")


def test_lines_come_oldest_first_and_bad_ones_cost_only_themselves(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        line("Later.", published="2025-08-07T06:00:00+02:00")
        + "\n{broken\n[1]\n"
        + line("Earlier.", published="2025-08-06")
        + "\n"
        + line("")
    )
    report = Report()
    stories = list(read_file(path, report))

    assert ["Earlier.", "Later."] == [story.text for story in stories]
    assert datetime(2025, 8, 7, 4, tzinfo=UTC) == stories[1].published
    assert [":2:", ":3:", ":5:"] == [":" + failure.split(":")[1] + ":" for failure in report.failed]
