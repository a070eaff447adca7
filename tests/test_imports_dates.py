"""Dates and headlines of earlier stories, however tables write them."""

import json
import sqlite3

import pytest
from click.testing import CliRunner
from town import sentences

from monitor.cli import cli


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "monitor.yaml").write_text("version: 1\ndatabase: m.db\ntopics: {}\n")
    return tmp_path


def bring(desk, *files):
    return CliRunner().invoke(cli, ["import", "-c", str(desk / "monitor.yaml"), *map(str, files)])


def rows(desk, query):
    with sqlite3.connect(desk / "m.db") as conn:
        return conn.execute(query).fetchall()


def line(text, **more):
    return json.dumps({"url": "https://paper.test/1", "title": "One", "text": text, **more})


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2021-01-05", "2021-01-05T00:00:00Z"),
        ("2021-01-05 10:00:00+01:00", "2021-01-05T09:00:00Z"),
        ("5. Januar 2021, 10:00 MEZ", "2021-01-05T09:00:00Z"),
        ("05.01.2021 10:00", "2021-01-05T10:00:00Z"),
        (1609840800, "2021-01-05T10:00:00Z"),
        (1609840800000, "2021-01-05T10:00:00Z"),
        (1609840800.0, "2021-01-05T10:00:00Z"),
    ],
)
def test_a_date_is_taken_however_tables_write_it(desk, published, expected):
    path = desk / "a.jsonl"
    path.write_text(line(sentences("one", 12), published=published))
    bring(desk, path)

    assert [(expected, expected)] == rows(desk, "select published_at, first_seen_at from articles")


@pytest.mark.parametrize("nothing", ["", None, float("nan")])
def test_a_story_without_a_date_is_of_the_time_of_the_import(desk, nothing):
    path = desk / "a.jsonl"
    path.write_text(line(sentences("one", 12), published=nothing))

    assert 0 == bring(desk, path).exit_code
    assert [(None,)] == rows(desk, "select published_at from articles")


def test_a_story_whose_date_nobody_can_read_is_refused_and_not_taken_for_one_of_today(desk):
    table, text = desk / "a.jsonl", desk / "b.txt"
    table.write_text(
        line(sentences("one", 12), published="10/12/2020")
        + "\n"
        + line(sentences("two", 12), url="https://paper.test/2")
    )
    text.write_text(f"Title: Three\nPublished: last week\n\n{sentences('three', 12)}")
    came = bring(desk, table, text)

    assert 3 == came.exit_code
    assert f"{table}:1: “10/12/2020” is no date: write 2026-06-01 or 2026-06-01T12:00" in came.output
    assert f"{text}: “last week” is no date" in came.output
    assert [("https://paper.test/2",)] == rows(desk, "select url from articles")


def test_markup_in_a_headline_is_left_out_but_in_an_export_of_ours(desk):
    path = desk / "a.jsonl"
    path.write_text("\n".join((
        line(sentences("one", 12), title="<b>Vatertag</b> &amp; mehr", byline="Ann&nbsp;Onym"),
        line(sentences("two", 12), url="https://paper.test/2", title="The <b> tag is dead", extractor="x"),
    )))  # fmt: skip
    bring(desk, path)

    assert [("The <b> tag is dead", None), ("Vatertag & mehr", "Ann Onym")] == rows(
        desk, "select title, byline from articles order by title"
    )
