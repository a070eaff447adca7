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
        return found.output, found.exit_code

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

    assert together == ("event 2 has both now\n", 0)
    assert "put together by hand: one night" in show
    assert apart[1] == 0
    assert "1 story, 1 article" in ask("event", "show", "2")[0]


def test_an_article_that_is_not_there_cannot_be_put_anywhere(ask):
    assert ask("event", "apart", "77", "1")[1] == 1
    assert ask("event", "together", "1", "https://nobody.test/x")[1] == 1
