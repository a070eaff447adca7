"""A wall that no rule knows gives itself away: its host serves the same text for different articles."""

import sqlite3

import pytest
from test_journey import poll, rows
from town import Town, sentences

from monitor import daemon
from monitor.core.quality import is_off_subject, is_served_alike
from monitor.store import queries

GARDEN = (
    "Dieser Verlag pflegt seit 1911 die Kunst des Setzens, und wer uns besucht, findet im Innenhof alte Pressen, "
    "Kästen voller Lettern und einen Meister, der gern erzählt.\nFührungen gibt es samstags um zehn, für Gruppen nach "
    "Absprache, und ein Plakat darf jeder mit nach Hause nehmen, solange der Vorrat reicht und die Farbe trocken ist."
)
HEADLINES = (
    "Minister reist nach Lissabon",
    "Kurse an der Börse fallen deutlich",
    "Neuer Trainer für den Pokalsieger",
)

ALIKE = [
    (GARDEN, HEADLINES[:1], False, "one headline is no proof"),
    (GARDEN, HEADLINES[:2], True, "two headlines that announce different things"),
    (GARDEN, (HEADLINES[0], "Minister reist wieder nach Lissabon"), False, "one article under two headlines"),
    (GARDEN, ("Alte Pressen und Lettern im Innenhof", HEADLINES[0]), False, "the text is one of the two"),
    ("Minister reist nach Lissabon. " + GARDEN, HEADLINES[:2], False, "the text fits the first"),
    (GARDEN, ("Ja", "Nein"), False, "headlines too short to tell"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "titles", "expected"), [row[:3] for row in ALIKE], ids=[r[3] for r in ALIKE]
)
def test_one_text_for_different_headlines_is_a_wall(text, titles, expected):
    assert expected == is_served_alike(text, titles)


def test_a_bent_word_is_still_the_same_subject():
    assert not is_off_subject("Streit um die Brücken der Stadt", "Der Stadtrat stritt über eine Brücke.")


def forward(path):
    conn = sqlite3.connect(path.parent / "data" / "monitor.db")
    conn.execute("update entries set next_try_at = '2020-01-01T00:00:00Z' where next_try_at is not null")
    conn.commit()
    conn.close()


def states(path):
    return {row["title"]: row["state"] for row in rows(path, "select title, state from entries")}


async def test_the_first_one_it_passed_for_is_reconsidered_and_the_articles_come_by_themselves(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path, query="minister* OR waffenstillstand*", more="keep: {articles: all}\n")
        outlet.publish("/1", HEADLINES[0], GARDEN)
        await poll(path)
        assert {HEADLINES[0]: "stored"} == states(path)
        assert ["truce"] == [row["topic_id"] for row in rows(path, "select topic_id from matches")]

        outlet.publish("/2", HEADLINES[1], GARDEN)
        await poll(path)
        assert {HEADLINES[0]: "quarantined", HEADLINES[1]: "quarantined"} == states(path)
        for table in ("articles", "stories", "matches", "article_text", "outbox", "addresses"):
            assert not rows(path, f"select * from {table}"), table
        assert not rows(path, "select rowid from articles_fts where articles_fts match 'lettern'")
        assert all("for 2 articles" in row["because"] for row in rows(path, "select because from entries"))

        outlet.publish("/1", HEADLINES[0], f"Der Minister reist nach Lissabon.\n{sentences('a', 12)}")
        outlet.publish("/2", HEADLINES[1], f"Die Kurse an der Börse fallen.\n{sentences('b', 12)}")
        forward(path)
        await poll(path)

    assert {HEADLINES[0]: "stored", HEADLINES[1]: "stored"} == states(path)
    assert 2 == len(rows(path, "select * from articles"))


async def test_an_article_that_turns_into_the_wall_keeps_its_text(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path, more="keep: {articles: all}\n")
        text = f"Der Minister reist nach Lissabon.\n{sentences('a', 12)}"
        outlet.publish("/1", HEADLINES[0], text)
        await poll(path)
        outlet.publish("/2", HEADLINES[1], GARDEN)
        outlet.publish("/1", HEADLINES[0], GARDEN)
        conn = sqlite3.connect(path.parent / "data" / "monitor.db")
        conn.execute("update _rereads set next_read_at = '2020-01-01T00:00:00Z', etag = null")
        conn.commit()
        conn.close()
        await poll(path)
        forward(path)
        await poll(path)

    (kept,) = rows(
        path, "select text from article_text join articles on id = article_id where title = ?", HEADLINES[0]
    )
    assert "Waffenstillstand" in kept["text"]


async def test_an_article_that_is_renamed_wholly_is_not_taken_for_two(tmp_path):
    """Columns have headlines of which nothing stands in the text, and a changed one is no second article."""
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path, more="keep: {articles: all}\n")
        outlet.publish("/1", HEADLINES[0], GARDEN)
        await poll(path)
        outlet.publish("/1", HEADLINES[1], GARDEN)
        await poll(path)

    assert [(1, HEADLINES[0]), (2, HEADLINES[1])] == [
        (row["number"], row["title"])
        for row in rows(path, "select number, title from revisions order by number")
    ]
    assert 2 == outlet.paths_asked().count("/1")


async def test_a_wire_text_that_a_site_carries_twice_is_no_wall(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path)
        text = sentences("wire", 18)
        outlet.publish("/1", "Waffenstillstand hält", text)
        outlet.publish("/2", "Beobachter: Waffenstillstand geblieben", text)
        await poll(path)

    assert {"stored"} == set(states(path).values())


async def test_a_host_that_only_serves_walls_is_named_once_with_what_to_do(tmp_path):
    wall = "<html><title>Anmelden</title><h1>Anmelden</h1><form><input type=password></form>"
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path)
        for number, title in enumerate(HEADLINES):
            outlet.publish(f"/{number}", title, "")
            outlet.pages[f"/{number}"] = wall
        await poll(path)

    (health,) = rows(path, "select walls from feed_health")
    assert health["walls"].startswith("3 of the last 3 pages are no articles, the latest: login: ")
    with queries.connect(path.parent / "data" / "monitor.db") as conn:
        (told,) = queries.status(conn, daemon.now())["walls"]
    assert ("127.0.0.21", [outlet.feed]) == (told["outlet_id"], told["feeds"])
    assert "registered readers" in told["advice"]
