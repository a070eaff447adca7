"""`monitor story`: the timeline as people read it, and their word on what is one story."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from store_scene import article, settings, text

from monitor.cli import cli
from monitor.cli.timeline import lag_in_words
from monitor.core import copies
from monitor.model import Candidates, Credit
from monitor.store import Store, lock

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
OLD = text(1) + " the council counts fifteen ships " + text(4, 40)
NEW = OLD.replace("fifteen", "fifty")
CONFIG = """version: 1
database: monitor.db
topics:
  bridges: {title: Bridges, query: bridge*, feeds: [https://feeds.harbour.test/all.xml], schedule: every 10 minutes}
"""


def at(minute):
    return NOON + timedelta(minutes=minute)


def place(books, one):
    """Give an article its place as the journey does."""
    candidates = (
        books.candidates(one.fingerprint, language="en") if one.fingerprint else None
    ) or Candidates()
    return books.add_article(one, copies.decide(one, candidates), (), one.first_seen)


def revise(books, article_id, body, minute):
    existing = books.article(article_id)
    one = article(url=existing.url, title=existing.title, text=body, outlet_id=existing.outlet_id)
    books.add_revision(existing, one, None, at(minute))


def fill(books, tmp_path):
    """A wire text that is corrected, one paper that follows, one that never does; another story."""
    books.sync(settings(tmp_path), NOON)
    place(books, article("a", text=OLD, title="Ships wait", credit=Credit("AP", "dateline 'Kiel (AP)'")))
    extended = OLD + " " + text(9, 60)
    place(books, article("b", text=extended, title="Ships wait here", outlet_id="meadow.test", first_seen=at(2)))  # fmt: skip
    place(books, article("c", text=OLD, title="Harbour closed", outlet_id="ridge.test", first_seen=at(3)))
    revise(books, 1, NEW, 5)
    revise(books, 2, extended.replace("fifteen", "fifty"), 40)
    place(books, article("d", 2, title="Another", outlet_id="ridge.test", first_seen=at(50)))


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Call the program on this archive; gives exit code and output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "monitor.yaml").write_text(CONFIG, encoding="utf-8")
    with Store.open(tmp_path / "monitor.db") as store:
        store.run(lambda books: fill(books, tmp_path))

    def call(*words):
        monkeypatch.setitem(os.environ, "MONITOR_CONFIG", str(tmp_path / "monitor.yaml"))
        found = CliRunner().invoke(cli, [*words], catch_exceptions=True)
        return found.exit_code or (1 if found.exception else 0), found.output or str(found.exception)

    return call


def test_the_timeline_reads_from_top_to_bottom(ask):
    code, told = ask("story", "1")

    assert code == 0, told
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    assert lines[:3] == [
        "Story 1: Ships wait",
        "Harbour Post had it first; 3 articles in 3 outlets carry this text.",
        "Wire service: AP (Harbour Post: dateline 'Kiel (AP)')",
    ]
    wanted = [
        "Monday, 1 June 2026 (times are UTC)",
        "12:00:00     first  Harbour Post: “Ships wait”  [article 1]",
        "12:02:00    +2 min  meadow.test: “Ships wait here”  [article 2]",
        "added: “",
        "12:03:00    +3 min  ridge.test: “Harbour closed”  [article 3]",
        "the same text, from Harbour Post; new headline",
        "12:05:00    +5 min  Harbour Post changes its text (revision 2)",
        "“the council counts fifteen ships",
        "12:40:00   +40 min  meadow.test changes its text (revision 2)",
        "Who corrected, and who followed",
        "12:05:00  Harbour Post corrected it",
        "12:40:00  meadow.test followed, 35 min later",
        "never     ridge.test still has the old wording",
    ]
    places = [next((n for n, line in enumerate(lines) if line.startswith(one)), one) for one in wanted]
    assert places == sorted(places, key=lambda place: (isinstance(place, str), place)), told


def test_explain_tells_when_it_was_seen_and_whether_it_was_announced(ask, tmp_path):
    with Store.open(tmp_path / "monitor.db") as store:
        store.run(lambda books: books.announce("bridges", 1, "desk", NOON))
    lines = [line.strip() for line in ask("explain", "article:1")[1].splitlines()]

    assert "undated, first seen 2026-06-01T12:00:00Z" in lines
    assert "announced for bridges to desk 2026-06-01T12:00:00Z, waiting" in lines


def test_an_article_without_a_link_is_found_by_the_address_it_was_given(ask, tmp_path):
    address = "https://feeds.harbour.test/all.xml#note-3"
    with Store.open(tmp_path / "monitor.db") as store:
        store.run(lambda books: place(books, article("e", text=OLD, title="A note", url=address)))

    assert address in ask("explain", address)[1]
    assert (0, True) == (ask("story", "split", address)[0], "never seen" not in ask("explain", address)[1])
    assert address in ask("story", "list", "--json")[1]


def test_nobody_is_called_the_first_alone_where_others_came_at_the_same_time(ask, tmp_path):
    with Store.open(tmp_path / "monitor.db") as store:
        again = article("f", text=text(9, 90), title="At once", outlet_id="meadow.test", first_seen=at(90))
        store.run(
            lambda books: (
                place(books, again),
                place(books, replace(again, url=again.url + "g", outlet_id="ridge.test")),
            )
        )
    lines = [line.strip() for line in ask("story", "3")[1].splitlines()]

    assert (
        "meadow.test is taken for the first, and 1 more came at the same time; 2 articles in 2 outlets carry this text."
        in lines
    )
    assert [True, True] == [
        any(line.startswith(f"13:30:00 {label:>9}  ") for line in lines) for label in ("first", "same time")
    ]


def test_a_story_of_one_article_says_so(ask):
    assert "Only ridge.test carries this text." in ask("story", "2")[1]


def test_the_same_as_json(ask):
    story = json.loads(ask("story", "1", "--json")[1])

    (found,) = story["corrections"]
    assert (found["outlet"], found["revision"], found["at"]) == ("Harbour Post", 2, "2026-06-01T12:05:00Z")
    assert [(one["outlet"], one["lag_s"]) for one in found["followed"]] == [("meadow.test", 2100)]
    assert [one["outlet"] for one in found["kept"]] == ["ridge.test"]
    assert [member["lag_s"] for member in story["members"]] == [0, 120, 180]
    assert story["members"][1]["added"]
    assert story["members"][0]["revisions"][1]["changes"][0]["before"] == "fifteen"


def test_stories_are_merged_listed_and_taken_apart_again(ask):
    assert ask("story", "merge", "2", "1", "--because", "the same ships")[0] == 0
    assert "4 articles" in ask("story", "1")[1]
    assert "you said on 20" in ask("story", "1")[1]
    listed = json.loads(ask("story", "list", "--json")[1])
    assert [(row["kind"], row["because"]) for row in listed] == [("merge", "the same ships")]
    assert "you said so on" in ask("explain", "4")[1]
    assert "taken back: merge" in ask("story", "undo")[1]
    assert "3 articles" in ask("story", "1")[1]
    assert "nothing was said" in ask("story", "list")[1]


def test_an_article_is_split_off_by_number_or_address_and_goes_home_again(ask):
    assert ask("story", "split", "3")[0] == 0
    assert "2 articles" in ask("story", "1")[1]
    assert "your word 1:" in ask("explain", "3")[1]
    assert ask("story", "undo", "1")[0] == 0
    assert "3 articles" in ask("story", "1")[1]
    assert ask("story", "split", "https://harbour.test/c?utm_source=x")[0] == 0
    assert "2 articles" in ask("story", "1")[1]


def test_switches_and_never_merge_are_kept(ask):
    assert ask("story", "apart", "1", "2")[0] == 0
    assert ask("story", "off", "www.meadow.test")[0] == 0
    assert ask("story", "off", "--topic", "bridges")[0] == 0
    told = ask("story", "list")[1]
    assert "never become one story" in told
    assert "not looked for in articles of meadow.test" in told
    assert "not looked for in articles of the topic bridges" in told
    assert "switched on" in ask("story", "on", "meadow.test")[1]
    assert "was not switched off" in ask("story", "on", "meadow.test")[1]


def test_an_outlet_is_switched_off_by_the_name_that_every_command_prints(ask):
    assert ask("story", "off", "harbour post")[0] == 0
    assert "not looked for in articles of harbour.test" in ask("story", "list")[1]
    assert "switched on" in ask("story", "on", "Harbour Post")[1]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Harbor Post", "Did you mean Harbour Post (harbour.test)?"),
        ("medow.test", "Did you mean meadow.test"),
        ("quite another", "`monitor search WORDS` shows outlets by name."),
    ],
)
def test_an_outlet_that_nobody_knows_is_refused_with_what_is_near_it(ask, name, hint):
    code, told = ask("story", "off", name)

    assert code == 1
    assert f"there is no outlet '{name}' in the archive. {hint}" in told
    assert ask("story", "list", "--json")[1].strip() == "[]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["99"], "no story 99"),
        (["merge", "1", "99"], "no story 99"),
        (["merge", "1", "1"], "one story already"),
        (["apart", "1", "1"], "one story"),
        (["split", "4"], "the only one"),
        (["split", "77"], "no article 77"),
        (["undo"], "nothing was said"),
        (["undo", "5"], "no number 5"),
        (["off"], "name an outlet"),
        (["off", "a.test", "--topic", "t"], "name an outlet"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(ask, words, said):
    before = ask("story", "1", "--json")
    code, told = ask("story", *words)

    assert code != 0
    assert said in told
    assert ask("story", "1", "--json") == before


def test_while_another_monitor_works_nothing_is_written(ask, tmp_path):
    with lock.hold(tmp_path / "monitor.db"):
        code, told = ask("story", "split", "3")

    assert code != 0
    assert "is at work on this database" in told
    assert "3 articles" in ask("story", "1")[1]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (9, "9 s"), (90, "1 min"), (7300, "2 h 1 min"), (41_000_000, "474 d 12 h")],
)
def test_a_lag_is_told_in_two_units(seconds, expected):
    assert lag_in_words(seconds) == expected


HUGE = "9" * 24


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("story", HUGE), "there is no story"),
        (("story", "merge", "1", HUGE), "there is no story"),
        (("story", "split", HUGE), "there is no article"),
        (("story", "undo", HUGE), "there is no number"),
        (("event", "show", HUGE), "there is no event"),
        (("event", "apart", HUGE, "1"), "there is no such article"),
        (("event", "apart", "1", "1"), "both are one article"),
        (("explain", HUGE), "never seen"),
        (("explain", f"entry:{HUGE}"), "never seen"),
        (("explain", "https://feeds.harbour.test/all.xml"), "this is a feed's own address"),
        (("story", "off", "--topic", "bridgs"), "there is no topic 'bridgs'. There are: bridges."),
        (("search", "ships", "--topic", "bridgs"), "there is no topic 'bridgs'"),
        (("search", "ships", "--outlet", "harbor post"), "Did you mean Harbour Post (harbour.test)?"),
        (("search", "ships", "--language", "english"), "'english' is no language"),
        (("topics", "test", "ships", "--language", "english"), "'english' is no language"),
        (("topics", "test", "ships", "--outlet", "Harbour Post"), "write its domain"),
    ],
)
def test_what_leads_nowhere_is_said_in_a_sentence(ask, words, said):
    code, told = ask(*words)

    assert 0 < code < 3
    assert said in told


@pytest.mark.parametrize(
    "outlet", ["Harbour Post", "harbour post", "harbour.test", "https://www.harbour.test/x"]
)
def test_an_outlet_is_searched_by_whatever_it_is_called(ask, outlet):
    code, told = ask("search", "ships", "--outlet", outlet, "--language", "eng", "--json")

    assert (0, ["Harbour Post"]) == (code, [row["outlet"] for row in json.loads(told)])


def test_an_operator_in_small_letters_is_told_of(ask):
    _, told = ask("search", "ships or bridges")

    assert "'or' is looked for as a word; the operator is OR, in capitals" in told


@pytest.mark.parametrize(
    "written", ["harbour.test/a", "https://harbour.test/a", "HTTP://www.harbour.test/a#top"]
)
def test_an_address_is_taken_as_browsers_show_it(ask, written):
    code, told = ask("explain", written)

    assert (0, True) == (code, "Ships wait" in told)


@pytest.mark.parametrize("command", [("search",), ("topics", "test")])
def test_a_query_needs_no_quotation_marks_of_the_shell(ask, command):
    typed, quoted = (
        ask(*command, "ships", "NOT", "bridges", "--json"),
        ask(*command, "ships NOT bridges", "--json"),
    )

    assert typed == quoted
    assert 0 == typed[0]
