"""`monitor dedup replay`: what the present code would decide otherwise; nothing of the archive changes."""

import json

import pytest
from click.testing import CliRunner
from copies_texts import BRIDGE, BRIDGE_PARAGRAPHS, EXTRA, OWN_PARAGRAPHS, lines, made

from monitor.cli import cli
from monitor.cli.dedup import told
from monitor.core import kinship
from monitor.store.opening import open_for_writing

ROWS = [
    ("faz", "Baggerschiff rammt Brücke", BRIDGE),
    ("taz", "Nordersiel steht still", lines(EXTRA[0], *BRIDGE_PARAGRAPHS[:7])),
    ("zeit", "Was nach der Havarie folgt", lines(*OWN_PARAGRAPHS, BRIDGE_PARAGRAPHS[5])),
    ("welt", "Halb so wild", lines(*BRIDGE_PARAGRAPHS[:5], made(words_count=150, seed=1))),
    ("taz", "Nordersiel steht noch immer still", lines(EXTRA[1], *BRIDGE_PARAGRAPHS[:6])),  # a revision
]


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "monitor.yaml").write_text(
        "version: 1\ndatabase: monitor.db\ntopics:\n  t: {title: T, query: brücke, "
        "feeds: ['https://example.org/feed.xml'], schedule: every 10 minutes}\n",
        encoding="utf-8",
    )
    path = tmp_path / "rows.jsonl"
    rows = [
        {
            "url": f"https://{outlet}.test/1",
            "title": title,
            "text": text,
            "published": f"2026-03-24T0{n}:00:00Z",
        }
        for n, (outlet, title, text) in enumerate(ROWS)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run(tmp_path, "import", str(path))
    return tmp_path


def run(desk, *words):
    done = CliRunner().invoke(cli, ["-c", str(desk / "monitor.yaml"), *words])
    assert done.exception is None, done.exception
    return done.stdout


def bytes_of(desk):
    conn = open_for_writing(desk / "monitor.db")
    found = "\n".join(conn.iterdump())
    conn.close()
    return found


def replay(desk):
    return json.loads(run(desk, "dedup", "replay", "--json"))


def test_the_code_that_made_the_archive_changes_nothing(desk):
    assert {"articles": 4, "changes": [], "links_more": 0, "links_fewer": 0} == replay(desk)


def test_another_threshold_is_told_article_by_article_and_changes_nothing(desk, monkeypatch):
    before = bytes_of(desk)
    monkeypatch.setattr(kinship, "COPY", 0.9)
    found = replay(desk)
    said = run(desk, "dedup", "replay")

    assert ["https://welt.test/1"] == [change["url"] for change in found["changes"]]
    assert ("edited", "original") == (found["changes"][0]["kind"], found["changes"][0]["would_be"])
    assert 1 == found["links_more"]
    assert "would start a story; is the edited copy of article 1 now" in said
    assert "4 articles decided again, 1 would change; 1 links more, 0 fewer" in said
    assert before == bytes_of(desk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"copy_of": None}, "would join article 2, as its edited copy; starts a story now"),
        ({"would_be_copy_of": None, "would_be": "original"}, "would start a story; is the edited copy of article 1 now"),
        ({}, "would be a copy of article 2, is one of article 1 now"),
        ({"would_be_copy_of": 1, "would_be": "identical"}, "would be the identical copy of article 1, is the edited one now"),
        ({"would_be_copy_of": 1}, "would go with article 8, is in the story of 7 now"),
        ({"overridden": 1}, "would be a copy of article 2, is one of article 1 now (you have said something of it)"),
    ],
)  # fmt: skip
def test_every_change_is_told_in_words(changes, words):
    change = {
        "copy_of": 1, "would_be_copy_of": 2, "kind": "edited", "would_be": "edited", "story_of": 7,
        "would_be_story_of": 8, "overridden": 0,
    }  # fmt: skip

    assert words == told(change | changes)


def test_near_misses_are_told_by_explain(desk):
    conn = open_for_writing(desk / "monitor.db")
    conn.execute("insert into _near_misses values (3, 1, 0.12, '12 % of it, but standing text')")
    conn.commit()
    conn.close()

    assert "no copy of article 1: 12 % of it, but standing text" in run(desk, "explain", "3")
    assert [1] == [
        near["other_id"] for near in json.loads(run(desk, "explain", "3", "--json"))["article"]["near_misses"]
    ]
