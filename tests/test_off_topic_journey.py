"""Pages that no topic can match, from the feed to the row: the same rows as if every page were read."""

import asyncio
import os
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from test_journey import poll, rows
from town import Town, sentences

from monitor import config, daemon, passing, pipeline
from monitor.core.topics import Matcher
from monitor.errors import ExtractError
from monitor.model import Extract, Glance, Outcome, Page, Schedule, Task, Topic
from monitor.notify import Notifier
from monitor.workers import Workers

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEAD = "<meta property='og:type' content='article'>"
GARDEN = sentences("garden", 24).replace("Waffenstillstand", "Garten")
WALL = (
    "<html><head><title>Ihre Privatsphäre</title></head><body><h1>Wir brauchen Ihre Zustimmung</h1>"
    "<p>Wir und unsere 182 Partner verwenden Cookies und ähnliche Technologien, um Informationen auf Ihrem Gerät "
    "zu speichern und abzurufen, für Werbung und zur Messung der Reichweite.</p>"
    "<button>Alle akzeptieren</button><button>Einstellungen</button></body></html>"
)


@pytest.fixture
def looks(monkeypatch):
    """How often a look was enough and how often it was not, and how often none was taken."""
    counted = Counter()
    for name in ("extract", "extract_wanted"):
        monkeypatch.setattr(Workers, name, counting(getattr(Workers, name), name, counted))
    return counted


def counting(method, name, counted):
    async def told(self, *args, **options):
        result = await method(self, *args, **options)
        counted[name, type(result).__name__] += 1
        return result

    return told


def publish(outlet, *, garden="Kürbisse: Gesandte und Vermittler im Garten"):
    outlet.publish("/truce", "Waffenstillstand hält", sentences("truce", 24), head=HEAD)
    outlet.publish("/garden", garden, GARDEN, head=HEAD)
    outlet.publish("/short", "Kürbisse kurz", GARDEN[:400], head=HEAD)
    outlet.publish("/wall", "Hinter der Wand: Kürbisse", GARDEN, head=HEAD)
    outlet.pages["/wall"] = WALL
    outlet.publish("/late", "Beobachter und Generäle", GARDEN + "\nEin Waffenstillstand.", head=HEAD)


async def states(tmp_path, *, more=""):
    """The rows that a town leaves: what became of each entry."""
    tmp_path.mkdir()
    async with Town(1) as town:
        publish(town.outlets[0])
        path = town.config(tmp_path, more=more)
        await poll(path)
        return path, {
            row["title"]: (row["state"], row["because"].partition(" of ")[0], row["article_id"] is None)
            for row in rows(path, "select * from entries")
        }


async def test_the_rows_are_those_of_reading_every_page(tmp_path, looks, monkeypatch):
    _, quick = await states(tmp_path / "quick")
    seen = dict(looks)
    monkeypatch.setattr(pipeline, "may_pass", lambda *_: False)
    _, slow = await states(tmp_path / "slow")

    assert slow == quick
    assert Counter({"stored": 2, "off_topic": 2, "quarantined": 1}) == Counter(
        state for state, *_ in quick.values()
    )
    assert {("extract_wanted", "Glance"): 1, ("extract_wanted", "Extract"): 4} == seen


async def test_the_reason_says_what_the_page_has_not(tmp_path):
    path, _ = await states(tmp_path / "one")
    (row,) = rows(path, "select because from entries where url like '%/garden'")

    assert "truce: nothing of waffenstillstand* OR ceasefire OR truce on the page" == row["because"]


async def test_where_all_is_kept_every_page_is_read(tmp_path, looks):
    _, found = await states(tmp_path / "all", more="keep: {articles: all}\n")

    assert {"stored", "quarantined"} == {state for state, *_ in found.values()}
    assert {("extract", "Extract"): 5} == dict(looks)


async def test_a_page_of_an_article_that_is_here_is_read_for_its_revision(tmp_path, looks):
    """Another entry leads to the stored article, whose text has lost the topic's word meanwhile."""
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Gesandte und Vermittler in Genf berichteten", sentences("a", 24), head=HEAD)
        path = town.config(tmp_path)
        await poll(path)
        outlet.publish(
            "/b?from=app",
            "Gesandte und Vermittler in Genf berichteten, neu",
            sentences("a", 24).replace("Waffenstillstand", "Garten"),
            head=HEAD,
        )
        outlet.pages["/b?from=app"] = outlet.pages["/b?from=app"].replace("/b?from=app", "/a")
        outlet.publish("/c", "Vermittler in Wien", sentences("c", 24), head=HEAD)
        await poll(path)

    assert {
        ("extract_wanted", "Extract"): 2,
        ("extract_wanted", "Glance"): 1,
        ("extract", "Extract"): 1,
    } == dict(looks)
    (one, two) = rows(path, "select * from articles order by id")
    assert (2, "Gesandte und Vermittler in Genf berichteten, neu", 1) == (
        one["revisions"],
        one["title"],
        two["revisions"],
    )
    assert {"stored"} == {row["state"] for row in rows(path, "select state from entries")}


async def test_an_item_that_moved_with_its_article_is_read_and_known_again(tmp_path, looks):
    """One guid, another link and headline, the same text but for the topic's word."""
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Beobachter und Generäle", sentences("a", 24), head=HEAD)
        path = town.config(tmp_path)
        await poll(path)
        before = outlet.rss()
        outlet.publish(
            "/b",
            "Gesandte und Vermittler in Genf berichteten, neu",
            sentences("a", 24).replace("Waffenstillstand", "Garten"),
            head=HEAD,
        )
        guid = re.search(r"<guid[^>]*>[^<]*</guid>", before)
        assert guid, before
        fresh = re.findall(r"<item>.*?</item>", outlet.rss(), re.DOTALL)
        moved = [re.sub(r"<guid[^>]*>[^<]*</guid>", guid.group(), item) for item in fresh if "/b<" in item]
        assert len(moved) == 1
        outlet.rss = lambda: before[: before.index("<item>")] + moved[0] + "</channel></rss>"
        await poll(path)

    assert 1 == looks["extract", "Extract"]
    assert ["stored", "stored"] == [row["state"] for row in rows(path, "select state from entries")]
    assert 1 == len(rows(path, "select * from articles"))


async def test_an_address_that_was_passed_over_is_not_asked_for_again(tmp_path):
    async with Town(2) as town:
        one, two = town.outlets
        one.publish("/a", "Gesandte im Garten", GARDEN, head=HEAD)
        path = town.config(tmp_path)
        await poll(path)
        two.rss = one.rss
        one.asked.clear()
        await poll(path)

    found = rows(path, "select state, because from entries order by id")
    assert ["off_topic", "off_topic"] == [row["state"] for row in found]
    assert "its page was read for another entry, and no topic matched" == found[1]["because"]
    assert "/a" not in one.paths_asked()


# ── the order of settling ────────────────────────────────────────────────────────────────────────


def test_behind_a_reading_that_has_to_be_read_nothing_is_settled():
    turn, settled = passing.Turn(), []

    def work(n):
        return lambda _: None if n == 1 else settled.append(n) or Outcome("off_topic", str(n))

    got = [turn.take(n, work(n), None) for n in range(4)]
    again = [turn.take(n, work(n), None) for n in range(4)]  # as after a transaction that failed

    assert [Outcome("off_topic", "0"), None, None, None] == got == again
    assert [0, 0] == settled


# ── the workers ──────────────────────────────────────────────────────────────────────────────────

URL = "https://news.example.org/2026/quay"
LINE = "<p>The harbour council met on Tuesday evening to decide how the old quay should be rebuilt.</p>"
BODY = f"<html lang=en><head><title>Harbour council decides how the quay is rebuilt</title>{HEAD}</head><body><article>{LINE * 20}</article></body></html>"


def sieve(query):
    return Matcher([Topic("t", "T", query, Schedule("every hour"), ())]).sieve


async def look(pool, what):
    page = Page(URL, URL, 200, {"content-type": "text/html"}, BODY.encode(), NOON)
    return type(
        await pool.extract_wanted(
            page,
            hint=Task(URL, title="Harbour council decides how the quay is rebuilt", topics=("t",)),
            sieve=what,
        )
    )


async def test_the_workers_look_for_what_the_newest_configuration_wants():
    ice, council = sieve("glacier"), sieve("tuesday")
    async with Workers(2) as pool:
        first = await asyncio.gather(*(look(pool, ice) for _ in range(6)))
        changed = await asyncio.gather(*(look(pool, council) for _ in range(6)))
        mixed = await asyncio.gather(*(look(pool, what) for what in (ice, council) * 4))

    assert [Glance] * 6 == first
    assert [Extract] * 6 == changed
    assert [Glance, Extract] * 4 == mixed


async def test_a_new_worker_is_told_what_to_look_for(tmp_path):
    async with Workers(1, max_tasks=3) as pool:
        ice = sieve("glacier")
        told = [await look(pool, ice) for _ in range(8)]

    assert [Glance] * 8 == told


async def test_a_page_that_cannot_be_read_is_refused_by_a_look_too():
    async with Workers(1) as pool:
        refused = await pool.extract_wanted(
            Page(URL, URL, 200, {}, b"%PDF-1.7", NOON), hint=Task(URL, topics=("t",)), sieve=sieve("glacier")
        )

    assert isinstance(refused, ExtractError)
    assert "PDF" in str(refused)


async def test_a_reloaded_configuration_reaches_the_workers(tmp_path, looks):
    """Two passes by one daemon, with the same worker processes; between them a topic is changed."""
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path)
        async with daemon.house(config.load(path, os.environ)) as opened:
            watch = daemon.Daemon(
                opened, load=lambda: config.load(path, os.environ), tell=lambda _: None, notifier=Notifier()
            )
            for query in ("waffenstillstand*", "vermittler"):
                town.config(tmp_path, query=query)
                await watch.reload()
                outlet.publish(
                    f"/{query[:4]}", f"Gesandte und Beobachter im Garten: {query[:4]}", GARDEN, head=HEAD
                )
                feeds = await opened.store.write(lambda books: books.due_feeds(daemon.now(), regardless=True))
                await pipeline.poll_all(feeds, watch.world, daemon.now())
                await pipeline.read_waiting(watch.world)

    assert ["off_topic", "stored"] == [
        row["state"] for row in rows(path, "select state from entries order by id")
    ]
    assert {("extract_wanted", "Glance"): 1, ("extract_wanted", "Extract"): 1} == dict(looks)
