"""`monitor event`: what several stories report, shown and put right by hand."""

import json

import pytest
from click.testing import CliRunner
from events_texts import report

from monitor.cli import cli

ROWS = ("bridge 1", "strike", "bridge 2", "other bridge")


@pytest.fixture
def ask(tmp_path):
    """An archive of four imported reports; gives what a command prints and its exit code."""
    config = tmp_path / "monitor.yaml"
    config.write_text(
        "version: 1\ndatabase: monitor.db\ntopics:\n  bridges: {title: Bridges, query: brücke*, "
        "feeds: ['https://example.org/feed.xml'], schedule: every 10 minutes}\n",
        encoding="utf-8",
    )
    rows = tmp_path / "rows.jsonl"
    reports = [report(name, hours=hour) for hour, name in enumerate(ROWS)]
    rows.write_text(
        "\n".join(
            json.dumps({"url": one.url, "title": one.title, "text": one.text, "language": "de",
                        "published": one.first_seen.isoformat()})
            for one in reports
        ),
        encoding="utf-8",
    )  # fmt: skip

    def run(*words):
        found = CliRunner().invoke(cli, [*words, "-c", str(config)])
        return found.output + (str(found.exception) if found.exit_code == 1 else ""), found.exit_code

    assert run("import", str(rows))[1] == 0
    return run


def test_show_lists_the_stories_of_an_event_and_why_each_is_there(ask):
    text, code = ask("event", "show", "1")

    assert code == 0
    assert "2 stories, 2 articles, 2 outlets, 1 language\n" in text
    assert "+2 h  bridge-2.test: Nordersiel steht still" in text
    assert "reports the same as bridge-1.test" in text


def test_show_gives_json_for_scripts(ask):
    found = json.loads(ask("event", "show", "1", "--json")[0])

    assert [one["story_id"] for one in found["reports"]] == [1, 3]
    assert "Nordersiel" in found["reports"][1]["shared"]


def test_an_event_that_is_not_there_is_said_so(ask):
    assert ask("event", "show", "99")[1] == 1


def test_explain_and_story_name_the_event(ask):
    assert "event 1: Baggerschiff rammt" in ask("explain", report("bridge 2").url)[0]
    assert "event 1: Baggerschiff rammt" in ask("story", "3")[0]


def test_two_reports_are_put_together_and_taken_apart_by_hand(ask):
    together = ask("event", "together", report("strike").url, "4", "--because", "one night")
    show = ask("event", "show", "2")[0]
    apart = ask("event", "apart", "article:4", report("strike").url)

    assert together == ("event 2 has both now. `monitor event undo` takes it back.\n", 0)
    assert "put together by hand: one night" in show
    assert apart[1] == 0
    assert "1 story, 1 article" in ask("event", "show", "2")[0]


def test_an_article_that_is_not_there_cannot_be_put_anywhere(ask):
    assert ask("event", "apart", "77", "1")[1] == 1
    assert ask("event", "together", "1", "https://nobody.test/x")[1] == 1


def test_what_was_put_together_is_listed_and_comes_apart_again_under_its_own_number(ask):
    before = ask("event", "show", "2", "--json"), ask("event", "show", "3", "--json")
    ask("event", "together", report("strike").url, "4", "--because", "one night")
    line = (
        f"1: {report('strike').url} and https://other-bridge.test/br%C3%BCcke report the same, you said on 20"
    )
    listed, shown, explained = ask("event", "list"), ask("event", "show", "2"), ask("explain", "4")
    undone = ask("event", "undo")

    assert listed[0].startswith(line)
    assert listed[0].endswith(" (one night)\n")
    assert f"Your word (`monitor event undo NUMBER` takes it back)\n  {line}" in shown[0]
    assert f"your word on its event {line}" in explained[0]
    assert undone[0].startswith("taken back: together of 20")
    assert before == (ask("event", "show", "2", "--json"), ask("event", "show", "3", "--json"))
    assert ask("event", "list") == ("nothing was said\n", 0)


def test_what_was_taken_apart_goes_home_again(ask):
    before = ask("event", "show", "1", "--json")
    ask("event", "apart", "3", "1")
    assert "1 story, 1 article" in ask("event", "show", "1")[0]
    said = json.loads(ask("event", "undo", "1", "--json")[0])

    assert ("apart", report("bridge 2").url) == (said["kind"], said["url"])
    assert before == ask("event", "show", "1", "--json")


def test_a_word_that_had_nothing_to_move_is_taken_back_by_its_number(ask):
    ask("event", "together", "1", "3")
    ask("event", "apart", "1", "2")
    before = [ask("event", "show", number, "--json")[1] for number in ("1", "2")]

    assert 0 == ask("event", "undo", "1")[1]
    assert [("apart", 2)] == [
        (row["kind"], row["id"]) for row in json.loads(ask("event", "list", "--json")[0])
    ]
    assert before == [ask("event", "show", number, "--json")[1] for number in ("1", "2")]


@pytest.mark.parametrize(("words", "said"), [((), "nothing was said"), (("5",), "there is no number 5")])
def test_what_was_not_said_cannot_be_taken_back(ask, words, said):
    told, code = ask("event", "undo", *words)

    assert (1, True) == (code, said in told)
