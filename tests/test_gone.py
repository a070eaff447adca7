"""An article that its outlet took back: known, told everywhere in words, and looked for no longer than sensible."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from test_journey import poll, rows
from test_read_again import read_once
from town import Town

from monitor.cli import cli
from monitor.core.absence import NOT_THERE, PATIENCE, TAKEN_BACK, judged, next_look
from monitor.model import Absence

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOUBT = Absence(NOON)
GONE = Absence(NOON, NOON, NOT_THERE)

VERDICTS = [
    ("410 counts at once", Absence(), 410, False, NOON, Absence(NOON, NOON, TAKEN_BACK)),
    ("404 does not yet", Absence(), 404, False, NOON, DOUBT),
    ("404 hours later does not yet", DOUBT, 404, False, NOON + 23 * HOUR, DOUBT),
    ("404 for a day does, from the first on", DOUBT, 404, False, NOON + DAY, GONE),
    ("410 after 404 does, from the first on", DOUBT, 410, False, NOON + HOUR, Absence(NOON, NOON, TAKEN_BACK)),
    ("what is gone stays so since then", GONE, 410, False, NOON + 3 * DAY, GONE),
    ("a host that is down says nothing", DOUBT, None, False, NOON + 2 * DAY, DOUBT),
    ("nor does an error", GONE, 503, False, NOON + 2 * DAY, GONE),
    ("nor a wall", DOUBT, 200, False, NOON + 2 * DAY, DOUBT),
    ("the article does", GONE, 200, True, NOON + 2 * DAY, Absence()),
    ("and that it is as it was", DOUBT, 304, True, NOON + HOUR, Absence()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "status", "is_there", "now", "expected"), [v[1:] for v in VERDICTS], ids=[v[0] for v in VERDICTS]
)  # fmt: skip
def test_what_an_answer_says_of_an_article_s_absence(before, status, is_there, now, expected):
    assert expected == judged(before, status, now, is_there=is_there)


LOOKS = [
    ("what is there is asked for as planned", Absence(), NOON + HOUR, NOON, NOON + HOUR),
    ("and then no more", Absence(), None, NOON, None),
    ("doubt is settled a day later", DOUBT, None, NOON, NOON + DAY),
    ("or before, where that is planned", DOUBT, NOON + HOUR, NOON, NOON + HOUR),
    ("not every minute where no answer comes", DOUBT, None, NOON + DAY, NOON + DAY + 6 * HOUR),
    ("and not for ever", DOUBT, None, NOON + PATIENCE, None),
    ("what is gone is asked for as planned", GONE, NOON + HOUR, NOON, NOON + HOUR),
    ("and then no more either", GONE, None, NOON, None),
]


@pytest.mark.parametrize(
    ("absence", "planned", "now", "expected"), [v[1:] for v in LOOKS], ids=[v[0] for v in LOOKS]
)
def test_when_an_article_is_asked_for_again(absence, planned, now, expected):
    assert expected == next_look(absence, planned, now)


def answers(status):
    from aiohttp import web

    async def answer(_):
        return web.Response(status=status, text="<html><title>Nicht hier</title>", content_type="text/html")

    return answer


def said(path, *arguments):
    result = CliRunner().invoke(cli, ["-c", str(path), *arguments])
    assert 0 == result.exit_code, result.output
    return result.stdout


def gone_of(path):
    (row,) = rows(path, "select gone_at, gone_because from articles where id = 1")
    return row["gone_at"], row["gone_because"]


async def test_a_page_that_answers_410_is_taken_back_until_it_is_there_again(tmp_path):
    async with Town(1) as town:
        outlet, _, path = await read_once(town, tmp_path)
        page = outlet.pages["/a"]
        outlet.pages["/a"] = answers(410)
        outlet.items = [("/a", "Waffenstillstand hält", "Zurückgezogen")]
        await poll(path)
        at, because = gone_of(path)
        told = [said(path, *words) for words in (("explain", "1"), ("story", "1"))]
        (exported,) = [
            json.loads(line) for line in said(path, "export", "articles", "--format", "jsonl").splitlines()
        ]
        outlet.pages["/a"] = page
        outlet.items = [("/a", "Waffenstillstand hält", "Wieder da")]
        await poll(path)

    assert at
    assert TAKEN_BACK == because
    assert f"gone since {at}: {TAKEN_BACK}" in told[0]
    assert "has its article no more" in told[1]
    assert TAKEN_BACK in told[1]
    assert (at, TAKEN_BACK) == (exported["gone_at"], exported["gone_because"])
    assert (None, None) == gone_of(path)
    assert [1] == [row["number"] for row in rows(path, "select number from revisions")]


async def test_a_page_that_answers_404_is_gone_when_it_does_so_for_a_day(tmp_path):
    again = "select next_read_at from _rereads"
    async with Town(1) as town:
        outlet, _, path = await read_once(town, tmp_path, "keep: {reread: []}\n")
        del outlet.pages["/a"]
        outlet.items = [("/a", "Waffenstillstand hält", "Neu")]
        await poll(path)
        first, planned = gone_of(path), rows(path, again)[0]["next_read_at"]
        set_back(path, "2026-01-01T00:00:00Z")
        await poll(path)

    assert (None, None) == first
    assert planned
    assert ("2026-01-01T00:00:00Z", NOT_THERE) == gone_of(path)
    assert [{"next_read_at": None}] == rows(path, again)


def set_back(path, at):
    """The page is missing since then, and due to be asked for again."""
    with closing(sqlite3.connect(path.parent / "data" / "monitor.db")) as conn, conn:
        conn.execute("update _rereads set absent_since = ?1, next_read_at = ?1", (at,))


async def test_another_entry_that_finds_the_page_again_takes_the_word_back(tmp_path):
    """Its address is another by then, the text is the one that was gone."""
    async with Town(1) as town:
        outlet, text, path = await read_once(town, tmp_path)
        head = f'<link rel="canonical" href="{outlet.address}/a">'
        outlet.pages["/a"] = answers(410)
        outlet.items = [("/a", "Waffenstillstand hält", "Neu")]
        await poll(path)
        before = gone_of(path)
        outlet.publish("/b", "Waffenstillstand hält doch", text, head=head)
        outlet.pages["/b"] = outlet.pages["/b"].replace(
            f'href="{outlet.address}/b"', f'href="{outlet.address}/a"'
        )
        await poll(path)

    assert before[0]
    assert (None, None) == gone_of(path)
