"""Imports through a running monitor: parcel by parcel, the same as alone, and nothing twice."""

import json
import re
import signal

import pytest
from at_work import ask, at_work, begun, call, ended, left, made, path, stopped, until, watched, watching
from town import sentences

from monitor.cli import errand

__all__ = ["at_work", "path", "watched"]  # fixtures


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty stories in a file, of which two cannot be read; a page; what is no story."""
    place = tmp_path_factory.mktemp("stories")
    rows = [
        {"url": f"https://a.example/{n}", "title": f"Report {n}", "text": sentences(f"s{n // 2}", 12),
         "published": f"2026-03-{n % 28 + 1:02}"} for n in range(60)
    ]  # fmt: skip
    (place / "rows.jsonl").write_text("\n".join([*map(json.dumps, rows), "{", '{"title": "no text"}']))
    text = "".join(f"<p>{line}</p>" for line in sentences("page", 20).splitlines())
    (place / "page.html").write_text(
        f"<html><title>A page</title><article><h1>A page</h1>{text}</article></html>"
    )
    (place / "note.txt").write_text("Title: Note\nPublished: 2026-01-02\n\n" + sentences("note", 8))
    return place


def test_an_import_through_a_running_monitor_is_the_import_of_a_command_alone(tmp_path, folder):
    alone, watched = made(tmp_path / "alone"), made(tmp_path / "watched")
    with watching(watched):
        for _ in range(2):
            expected, found = (call(one, "import", folder, "--json") for one in (alone, watched))
            assert expected[:2] == found[:2]
            assert 4 == found[2].count(" of them copies")  # how far it has come, parcel by parcel
        names = "select url, story_id, title, outlet_id, published_at, agency, language, words from articles order by url"
        assert ask(alone, names) == ask(watched, names)
    assert [] == left(watched)


def test_an_import_goes_on_alone_where_the_monitor_ends(path, folder):
    with watching(path) as daemon:
        importing = begun(path, "import", folder)
        until(lambda: ask(path, "select count(*) from articles")[0][0] > 10)
        daemon.kill()
        code, said = ended(importing)
    assert 3 == code
    # A parcel that was stored when the monitor was killed may be asked for again, and is known then.
    imported, known = re.search(
        r"^(\d+) imported, \d+ of them copies; 0 revised(?:, (\d+) known)?", said, re.MULTILINE
    ).groups()
    assert 62 == int(imported) + int(known or 0), said
    assert [(66,)] == ask(path, "select count(*) from articles")
    assert [] == left(path)


def test_an_import_that_is_interrupted_says_what_came_and_what_becomes_of_the_rest(watched, folder):
    daemon, path = watched
    importing = begun(path, "import", folder)
    until(lambda: ask(path, "select count(*) from articles")[0][0] > 30)
    with stopped(daemon):
        importing.send_signal(signal.SIGINT)
        code, said = ended(importing)
    assert 130 == code
    becomes = ("Nothing of the next 20 stories was changed.", errand.IN_HAND, errand.DONE)
    assert any(one in said for one in becomes), said
    assert "the same command again goes on from there" in said
    assert (3, []) == (call(path, "import", folder)[0], left(path))
    assert [(66,)] == ask(path, "select count(*) from articles")
