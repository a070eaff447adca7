"""Agencies inherited and the user's word respected on the whole journey, from feed to row."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from test_journey import poll, rows
from town import Town, sentences

from monitor.model import Override
from monitor.store import Store

SAID = datetime(2026, 6, 1, tzinfo=UTC)
TEXT = sentences("wire", 20)
CREDITED = f"Genf (dpa) - {TEXT}"


@pytest.mark.parametrize(("first", "second"), [(CREDITED, TEXT), (TEXT, CREDITED)])
async def test_an_uncredited_text_inherits_the_agency_of_its_copy_in_either_order(tmp_path, first, second):
    async with Town(2) as town:
        one, two = town.outlets
        path = town.config(tmp_path)
        one.publish("/genf-a-1", "Waffenstillstand in Genf", first)
        await poll(path)
        two.publish("/genf-b-1", "Genfer Waffenstillstand", second)
        await poll(path)

    found = rows(path, "select agency, agency_because from articles order by id")
    assert [row["agency"] for row in found] == ["dpa", "dpa"]
    because = sorted(row["agency_because"] for row in found)
    assert because[0].startswith("by overlap: ")
    assert because[0].endswith(", which credits dpa")
    assert because[1] == "dateline 'Genf (dpa)'"
    assert [row["agency"] for row in rows(path, "select agency from stories")] == ["dpa"]


async def said_then_polled(tmp_path, kind, **fields):
    """What becomes of a copy when the user said something before it came: stories, and its `because`."""
    async with Town(2) as town:
        one, two = town.outlets
        path = town.config(tmp_path)
        one.publish("/genf-a-1", "Waffenstillstand in Genf", TEXT)
        await poll(path)
        addresses = {"url": f"{one.address}/genf-a-1", "other_url": f"{two.address}/genf-b-1"}
        with Store.open(tmp_path / "data" / "monitor.db") as store:
            store.run(lambda books: books.say(Override(kind, SAID, **(fields or addresses))))
        two.publish("/genf-b-1", "Genfer Waffenstillstand", TEXT)
        await poll(path)
    because = rows(path, "select because from entries order by id desc limit 1")[0]["because"]
    return rows(path, "select id, articles from stories order by id"), because


async def test_a_later_article_is_kept_apart_when_the_user_said_so(tmp_path):
    stories, because = await said_then_polled(tmp_path, "never_merge")

    assert [story["articles"] for story in stories] == [1, 1]
    assert "you said so on 1 June 2026" in because


async def test_a_later_article_of_a_topic_switched_off_stands_alone(tmp_path):
    stories, because = await said_then_polled(tmp_path, "off", topic_id="truce")

    assert [story["articles"] for story in stories] == [1, 1]
    assert "copies are switched off for the topic truce" in because


async def test_a_later_article_joins_the_story_the_user_named(tmp_path):
    stories, because = await said_then_polled(tmp_path, "merge")

    assert [story["articles"] for story in stories] == [2]
    assert because.startswith("you said so on 1 June 2026; the same text as")


async def test_a_copy_made_by_hand_says_so_still_after_it_was_edited(tmp_path):
    async with Town(2) as town:
        one, two = town.outlets
        path = town.config(tmp_path)
        one.publish("/genf-a-1", "Waffenstillstand in Genf", TEXT)
        two.publish("/genf-b-1", "Genfer Waffenstillstand", TEXT)
        pair = {"url": f"{one.address}/genf-a-1", "other_url": f"{two.address}/genf-b-1"}
        await poll(path)
        with Store.open(tmp_path / "data" / "monitor.db") as store:
            store.run(lambda books: books.say(Override("merge", SAID, **pair)))
        two.publish("/genf-b-1", "Genfer Waffenstillstand", TEXT + "\nEin Satz dazu.", summary="neu")
        await poll(path)

    (copy,) = rows(path, "select because, evidence from copies")
    assert copy["because"].startswith("you said so on 1 June 2026; ")
    assert '"revision":2' in copy["evidence"]


async def test_a_word_that_only_the_fifth_paragraph_has_makes_the_match_and_explain_says_where(tmp_path):
    paragraphs = [
        *(sentences(f"quay {n}", 2).replace("Waffenstillstand", "Kai") for n in range(4)),
        "Am Rand der Sitzung fiel auch das Wort Kürbiszoll, das bisher niemand in der Stadt gehört hatte.",
        sentences("quay 6", 2).replace("Waffenstillstand", "Kai"),
    ]
    async with Town(1) as town:
        (one,) = town.outlets
        path = town.config(tmp_path, query="kürbiszoll")
        one.publish(
            "/kai-1", "Der Kai am Hafen", "\n".join(paragraphs), summary="Der Rat tagte über den Kai."
        )
        one.publish("/kai-2", "Der Kai bleibt", sentences("other", 12).replace("Waffenstillstand", "Kai"))
        await poll(path)
        command = [sys.executable, "-m", "monitor", "explain", f"{one.address}/kai-1", "-c", str(path)]
        told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)

    matched = rows(
        path, "select articles.title, matches.because from matches join articles on articles.id = article_id"
    )
    assert ["Der Kai am Hafen"] == [row["title"] for row in matched]
    assert "[Kürbiszoll]" in matched[0]["because"]
    assert "paragraph 5" in told.stdout
