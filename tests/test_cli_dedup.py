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
    "words",
    [
        ("story", "merge", "1", "2"),
        ("story", "split", "4"),
        ("story", "split", "1"),
        ("story", "apart", "1", "2"),
        ("story", "off", "welt.test"),
        ("story", "off", "--topic", "t"),
    ],
    ids=" ".join,
)
def test_what_the_user_said_would_not_be_changed(desk, words):
    run(desk, *words)

    assert [] == replay(desk)["changes"]


def test_a_switch_concerns_what_came_after_it(desk):
    run(desk, "story", "off", "welt.test")
    conn = open_for_writing(desk / "monitor.db")
    conn.execute("update overrides set at = '2026-03-24T01:00:00Z'")
    conn.commit()
    conn.close()

    (change,) = replay(desk)["changes"]
    assert ("https://welt.test/1", "edited", "original") == (
        change["url"],
        change["kind"],
        change["would_be"],
    )
    assert change["would_be_copy_of"] is None


def test_stories_that_a_third_text_united_are_united_again(desk):
    """The last is a copy of the two before, which share too little to be copies of each other."""
    rows = [
        ("post", lines(*BRIDGE_PARAGRAPHS[:6], made(words_count=90, seed=1)).replace("Nordersiel", "Weststadt")),
        ("bote", lines(*BRIDGE_PARAGRAPHS[4:10], made(words_count=90, seed=2)).replace("Nordersiel", "Weststadt")),
        ("kurier", lines(*BRIDGE_PARAGRAPHS[2:9]).replace("Nordersiel", "Weststadt")),
    ]  # fmt: skip
    united = desk / "other"
    united.mkdir()
    (united / "monitor.yaml").write_text(
        (desk / "monitor.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    path = united / "rows.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"url": f"https://{name}.test/1", "title": f"Havarie, sagt {name}", "text": text,
                        "published": f"2026-03-24T0{n}:00:00Z"})
            for n, (name, text) in enumerate(rows)
        ),
        encoding="utf-8",
    )  # fmt: skip
    run(united, "import", str(path))

    assert {"articles": 3, "changes": [], "links_more": 0, "links_fewer": 0} == replay(united)
    assert 3 == json.loads(run(united, "story", "1", "--json"))["articles"]
    assert json.loads(run(united, "story", "1", "--json")) == json.loads(run(united, "story", "2", "--json"))
    conn = open_for_writing(united / "monitor.db")
    assert [(1, 3, 3)] == conn.execute("select stories, articles, outlets from events").fetchall()
    assert [(1,)] == conn.execute("select distinct story_id from event_stories").fetchall()
    conn.close()
    assert "every reference followed" in run(united, "verify")


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
