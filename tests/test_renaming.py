"""A topic whose key is another one in the configuration: nothing is announced twice, nothing is lost."""

import pytest
from receiver import Receiver
from store_scene import NOON, article, minutes, settings, text, topic
from test_alerts_journey import configured
from test_journey import poll
from town import Town, sentences

from monitor.core import copies
from monitor.model import Candidates, Match
from monitor.store import Store
from monitor.store.invariants import ANNOUNCED_TWICE

LATER = NOON + minutes(90)


@pytest.fixture
def store(tmp_path):
    """An archive in which the topic `bridges` found and announced two stories."""
    with Store.open(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        opened.run(found_two)
        yield opened


def found_two(books):
    for number, name in enumerate("ab"):
        one = article(name, text=text(number * 30 + 1, 40))
        verdict = copies.decide(one, Candidates())
        books.add_article(one, verdict, (Match("bridges", f"[bridge] {name}"),), NOON)
        books.announce("bridges", number + 1, "desk", NOON)
    books.label("https://harbour.test/a", "bridges", NOON, wanted=True)


def told(store, sql):
    return store.run(lambda books: books.conn.execute(sql).fetchall())


def reload(store, tmp_path, *topics, at=LATER):
    store.run(lambda books: books.sync(settings(tmp_path, *topics), at))


def test_a_renamed_topic_takes_everything_along(store, tmp_path):
    before = told(store, "select changed_at from topics")
    since = told(store, "select feed_id, since from _feed_topics order by 1")
    reload(store, tmp_path, topic("crossings", title="Crossings"))

    assert [("crossings:1:desk", "crossings"), ("crossings:2:desk", "crossings")] == told(
        store, "select key, topic_id from outbox order by id"
    )
    assert [("crossings", 2)] == told(store, "select topic_id, count(*) from matches group by 1")
    assert [("crossings",)] == told(store, "select topic_id from labels")
    assert since == told(store, "select feed_id, since from _feed_topics order by 1")
    assert [("bridges", 0, "Bridges"), ("crossings", 1, "Crossings")] == told(
        store, "select id, active, title from topics order by id"
    )
    assert before == told(store, "select changed_at from topics where active")
    store.run(lambda books: books.announce("crossings", 1, "desk", LATER))
    assert [(2,)] == told(store, "select count(*) from outbox")


def test_renamed_back_it_has_all_of_it_again(store, tmp_path):
    reload(store, tmp_path, topic("crossings"))
    store.run(lambda books: books.add_matches(2, [Match("bridges", "in flight")], LATER))
    store.run(lambda books: books.announce("bridges", 2, "desk", LATER))
    reload(store, tmp_path, topic())

    assert [("bridges:2:desk", "bridges"), ("crossings:2:desk", "crossings")] == told(
        store, "select key, topic_id from outbox where story_id = 2 order by key"
    )
    assert [] == told(store, ANNOUNCED_TWICE)
    assert [("bridges:1:desk",), ("bridges:2:desk",)] == told(
        store, "select key from outbox where topic_id = 'bridges' order by key"
    )
    assert [("bridges", 2)] == told(store, "select topic_id, count(*) from matches group by 1")
    assert [("bridges", 1), ("crossings", 0)] == told(store, "select id, active from topics order by id")


@pytest.mark.parametrize(
    "topics",
    [
        [topic("crossings", query="ferr*")],
        [topic("crossings", languages=("de",))],
        [topic("crossings", feeds=topic().feeds[:1])],
        [topic("crossings"), topic("spans")],
        [topic(), topic("crossings")],
    ],
    ids=["another query", "other languages", "another feed", "two that want the same", "the old one stays"],
)
def test_what_is_not_surely_the_same_topic_is_another_one(store, tmp_path, topics):
    reload(store, tmp_path, *topics)

    assert [("bridges", 2)] == told(store, "select topic_id, count(*) from matches group by 1")
    assert [("bridges:1:desk",), ("bridges:2:desk",)] == told(store, "select key from outbox order by id")


async def test_nothing_is_announced_twice_after_a_topic_was_renamed(tmp_path):
    async with Receiver() as hook, Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Der Waffenstillstand hält", sentences("a", 12))
        path = configured(town, tmp_path, hook)
        await poll(path)
        path.write_text(path.read_text().replace("  truce:", "  ceasefire:"))
        outlet.items[0] = ("/a", "Der Waffenstillstand hält noch", "")  # the article is read again
        outlet.publish("/b", "Waffenstillstand, die zweite", sentences("b", 12))
        await poll(path)

    assert ["truce:1:desk", "ceasefire:2:desk"] == hook.keys
