"""`topics test`, `show`, `diff`, `score`, `apply`, `label` and `explain`, on an archive of real rows."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys

import pytest
from click.testing import CliRunner
from test_daemon import count, running, until
from town import Town, sentences

from monitor.cli import cli

CONFIG = """version: 1
database: m.db
topics:
  ruhe:
    title: Ruhe
    query: {query}
    feeds: [https://a.example/feed]
  andere:
    query: kürbis*
    feeds: [https://a.example/feed]
"""


GUESTS = ("mayor", "baker", "captain", "teacher", "ferryman", "council")


def call(*words):
    """A command's result, in this process."""
    return CliRunner().invoke(
        cli, [str(word) for word in words], catch_exceptions=False, standalone_mode=False
    )


def told(*words):
    """What a command prints as JSON."""
    return json.loads(call(*words, "--json").stdout)


def ask(path, sql, *values):
    conn = sqlite3.connect(path.parent / "m.db")
    try:
        return conn.execute(sql, values).fetchall()
    finally:
        conn.close()


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    """Thirty stories in a file: every third about a truce, every fifth about pumpkins."""
    path = tmp_path_factory.mktemp("stories") / "stories.jsonl"
    rows = []
    for n in range(30):
        words = ["Waffenruhe in Kiew" if n % 3 == 0 else "Regen", "Kürbisse" if n % 5 == 0 else "Äpfel"]
        text = sentences(f"s{n}", 6).replace("Waffenstillstand", "Apfelbaum").replace("Kyjiw", "Bonn")
        if n % 2 == 0:
            text = " ".join(
                f"The {who} said on day {n} that they would not be there, and that it was {n} again."
                for who in GUESTS
            )
        rows.append({"url": f"https://a.example/{n}", "title": f"Bericht {n}", "language": "de" if n % 2 else "en",
                     "text": f"{text}\n{' und '.join(words)}.", "published": f"2026-11-{n % 28 + 1:02}"})  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def archive(tmp_path, stories):
    """A configuration and its archive; entries that were not kept are put in by hand."""
    path = tmp_path / "m.yaml"
    path.write_text(CONFIG.format(query="waffenruhe*"), encoding="utf-8")
    result = call("import", stories, "-c", path)
    assert "30 imported" in result.stdout
    conn = sqlite3.connect(tmp_path / "m.db")
    conn.executemany(
        "insert into entries (feed_id, url, title, summary, first_seen_at, last_seen_at, state, because, key, digest, address)"
        " values (1, ?1, ?2, ?3, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z', 'off_topic', 'no', ?1, ?1, ?1)",
        [
            ("https://a.example/x", "Sturm", "Ein Wort zur Waffenruhe"),
            ("https://a.example/y", "Gipfel in Lissabon", ""),
        ],
    )
    conn.commit()
    conn.close()
    return path


def changed(path, query, name="new.yaml"):
    new = path.with_name(name)
    new.write_text(CONFIG.format(query=query), encoding="utf-8")
    return new


def test_a_query_is_tried_on_articles_in_full_and_on_entries_by_title_and_summary(archive):
    found = told("topics", "test", "waffenruhe*", "-c", archive)

    assert (10, 30) == (found["articles"]["count"], found["articles"]["asked"])
    assert (1, 2, "title and summary") == tuple(
        found["entries"][key] for key in ("count", "asked", "judged_by")
    )
    assert all(
        "[Waffenruhe]" in row["because"] for row in found["articles"]["rows"] + found["entries"]["rows"]
    )
    assert "judged by title and summary only" in call("topics", "test", "waffenruhe*", "-c", archive).stdout


def test_a_trial_may_be_narrowed_and_widened(archive):
    assert 5 == told("topics", "test", "waffenruhe*", "--language", "de", "-c", archive)["articles"]["count"]
    assert (
        0
        == told("topics", "test", "waffenruhe*", "--exclude", "a.example", "-c", archive)["articles"]["count"]
    )
    assert 0 == told("topics", "test", "kyiv", "-c", archive)["articles"]["count"]
    wide = told("topics", "test", "kyiv", "--spellings", "-c", archive)
    assert (10, "kyiv") == (wide["articles"]["count"], wide["query"])
    assert "Kiew" in wide["looked_for"]
    assert 10 == told("topics", "test", "--topic", "ruhe", "-c", archive)["articles"]["count"]


def test_a_broken_query_is_refused_at_its_place(archive):
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "topics", "test", "a AND (", "-c", str(archive)],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip

    assert 2 == done.returncode
    assert "(character 7)" in done.stderr


def test_a_diff_shows_what_a_changed_query_gains_and_loses(archive):
    new = changed(archive, "kürbisse OR lissabon")
    (change,) = told("topics", "diff", archive, new)["topics"]

    both = {0, 15}  # about a truce and about pumpkins
    assert ("ruhe", "changed") == (change["topic"], change["change"])
    assert len(both) == change["kept"]
    assert {f"Bericht {n}" for n in range(0, 30, 5) if n not in both} == {
        r["title"] for r in change["gained"]["rows"]
    }
    assert {f"Bericht {n}" for n in range(0, 30, 3) if n not in both} == {
        r["title"] for r in change["lost"]["rows"]
    }
    assert ["Gipfel in Lissabon"] == [row["title"] for row in change["gained_by_title_and_summary"]["rows"]]
    assert ["Sturm"] == [row["title"] for row in change["lost_by_title_and_summary"]["rows"]]
    text = call("topics", "diff", archive, new, "-n", "1").stdout
    assert "ruhe (changed): 4 gained, 8 lost, 2 stay" in text
    assert "and 7 more" in text


def test_topics_that_come_and_go_are_differences_too(archive):
    new = changed(archive, "waffenruhe*")
    new.write_text(new.read_text().replace("andere", "neu"))

    assert {"andere": "removed", "neu": "added"} == {
        change["topic"]: change["change"] for change in told("topics", "diff", archive, new)["topics"]
    }
    assert "no topic has changed" in call("topics", "diff", archive, archive).stdout


def test_a_changed_topic_is_applied_to_what_is_stored_and_nothing_is_announced(archive):
    before = ask(archive, "select count(*) from matches where topic_id = 'ruhe'")
    archive.write_text(CONFIG.format(query="kürbisse") + "alerts: {desk: {to: 'https://d.example/x'}}\n")
    archive.write_text(archive.read_text().replace("    feeds", "    alert: [desk]\n    feeds"))

    dry = told("topics", "apply", "--dry-run", "-c", archive)
    assert [(10,)] == before == ask(archive, "select count(*) from matches where topic_id = 'ruhe'")
    done = told("topics", "apply", "ruhe", "-c", archive)

    assert (
        {"topic": "ruhe", "articles": 6, "gained": 4, "lost": 8, "restated": 2, "unkept": 0}
        == done[0]
        == dry[0]
    )
    assert [(6,)] == ask(archive, "select count(*) from matches where topic_id = 'ruhe'")
    assert [(0,)] == ask(archive, "select count(*) from outbox")
    late = "select url from matches join articles on id = article_id where topic_id = 'ruhe' and at > first_seen_at"
    assert {"https://a.example/0", "https://a.example/15"} == {url for (url,) in ask(archive, late)}
    assert [("[Kürbisse]",)] == ask(
        archive,
        "select distinct substr(because, instr(because, '['), 10) from matches where topic_id = 'ruhe'",
    )
    assert 0 == told("topics", "apply", "ruhe", "-c", archive)[0]["gained"]


def test_applying_says_how_many_entries_match_whose_text_was_not_kept(archive):
    archive.write_text(CONFIG.format(query="waffenruhe* OR regen*"))
    result = call("topics", "apply", "ruhe", "--dry-run", "-c", archive)

    assert "ruhe: 1 more match by title or summary, but their text was not kept" in result.stderr


def test_labels_give_precision_and_recall(archive):
    for number, answer in ((0, "yes"), (3, "yes"), (6, "no"), (1, "yes"), (2, "no")):
        call("label", f"https://a.example/{number}", answer, "--topic", "ruhe", "-c", archive)
    call("label", "https://a.example/y", "yes", "--topic", "ruhe", "-c", archive)

    (score,) = told("topics", "score", "-c", archive)
    assert (6, 2, 3, 2, 4) == (
        score["labels"], score["precision"]["hits"], score["precision"]["of"], score["recall"]["hits"], score["recall"]["of"],
    )  # fmt: skip
    assert ["https://a.example/6"] == score["wrongly_matched"]
    assert ["https://a.example/1", "https://a.example/y"] == score["missed"]
    (listed, _) = told("topics", "list", "-c", archive)
    assert 0.667 == listed["precision"]["value"]
    assert "0.67 (0.21 to 0.94, of 3)" in call("topics", "list", "-c", archive).stdout

    call("label", "https://a.example/6", "yes", "--topic", "ruhe", "-c", archive)
    assert 3 == told("topics", "score", "-c", archive)[0]["precision"]["hits"]


def test_show_tells_conditions_and_spellings(archive):
    archive.write_text(CONFIG.format(query="kyiv AND waffenruhe*\n    spellings: true"))
    shown = told("topics", "show", "ruhe", "-c", archive)

    assert "kyiv AND waffenruhe*" == shown["query"]
    assert "Kiew" in shown["spellings"]["kyiv"]
    assert ["waffenruhe*"] == [c["clause"] for c in shown["conditions"]][1:]
    assert "kyiv also as: Kyjiw, Kiew" in call("topics", "show", "ruhe", "-c", archive).stdout


def test_explain_tells_every_topic_that_did_not_match_and_for_lack_of_what(archive):
    text = call("explain", "https://a.example/3", "-c", archive).stdout

    assert "ruhe matches: paragraph 3: Waffenruhe" in text
    assert "andere does not match: nothing of kürbis* in the text" in text
    found = told("explain", "https://a.example/y", "-c", archive)
    assert "title and summary" in found["judged_by"]
    assert [("andere", False), ("ruhe", False)] == [(t["topic_id"], t["matched"]) for t in found["topics"]]


def bad_wish(folder):
    """A wish that nobody can grant, and the folder it lies in."""
    place = folder / "data" / "monitor.db.wishes"
    place.mkdir(exist_ok=True)
    (place / "bad.wish").write_text("[]")
    return place


async def test_a_running_daemon_grants_what_commands_wish_for(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        async with running(path):
            await until(lambda: count(path, "articles") == 1)
            place = bad_wish(tmp_path)
            done = await asyncio.to_thread(call, "label", "1", "no", "--topic", "truce", "-c", path)
            await until(lambda: not list(place.iterdir()))

    assert "does not belong to truce" in done.stdout
    assert 1 == count(path, "labels")
    assert "bad.wish could not be granted" in (tmp_path / "run.log").read_text()
