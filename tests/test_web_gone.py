"""What Datasette shows of an article that its outlet took back."""

import json
import sqlite3

import pytest
from browser import PYTHONS, at, build, get, served, text_of

from monitor.core.absence import TAKEN_BACK
from monitor.web import write_files


@pytest.fixture(scope="module", params=PYTHONS)
def site(request, tmp_path_factory):
    """An archive whose second article is gone, on each version of Datasette."""
    folder = tmp_path_factory.mktemp("data")
    build(folder / "monitor.db", stories=2)
    conn = sqlite3.connect(folder / "monitor.db")
    with conn:
        conn.execute("update articles set gone_at = ?, gone_because = ? where id = 2", (at(90), TAKEN_BACK))
    conn.close()
    write_files(folder)
    with served(PYTHONS[request.param], [folder]) as address:
        yield address


def told(site, path):
    status, _, text = get(f"{site}/monitor/{path}")
    assert status == 200
    return " ".join(text_of(text).split())


def test_the_article_s_page_says_since_when_and_why(site):
    assert TAKEN_BACK in told(site, "articles/2")
    assert "Gone since" not in told(site, "articles/1")


def test_the_story_s_timeline_ends_with_it(site):
    story = told(site, "stories/2")

    assert "has its article no more" in story
    assert "1 h 10 min later" in story


def test_the_canned_query_of_a_story_tells_it_too(site):
    rows = json.loads(get(f"{site}/monitor/story.json?story=2&_shape=array")[2])

    assert [("original", None), ("gone", TAKEN_BACK)] == [(row["what"], row["because"]) for row in rows]


def test_articles_that_are_gone_can_be_listed(site):
    rows = get(f"{site}/monitor/articles.json?gone_at__notblank=1&_shape=array")[2]

    assert rows.count('"gone_at"') == 1
