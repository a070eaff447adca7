"""The journey from a feed's bytes to a row that says why, on real sockets, real workers and a real database."""

import asyncio
import json
import os
import sqlite3
from pathlib import Path

import pytest
from town import Town, sentences

from monitor import config, daemon
from monitor.cli.watch import one_pass

SEED = Path(__file__).parents[2] / "shared" / "seeds" / "000_ddb36c65fc6c5aec.txt"


async def poll(path, **options):
    """What `monitor poll --all` does, as a summary."""
    settings = config.load(path, os.environ)
    return await one_pass(settings, None, **{"regardless": True, "force": False, **options})


def rows(path, sql, *values):
    conn = sqlite3.connect(path.parent / "data" / "monitor.db")
    conn.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in conn.execute(sql, values)]
    finally:
        conn.close()


async def test_every_entry_becomes_an_article_or_has_a_reason(tmp_path):
    async with Town(2) as town:
        one, two = town.outlets
        one.publish("/a", "Der Waffenstillstand hält", sentences("a", 18))
        one.publish("/b", "Kürbisse im Garten", sentences("b", 18).replace("Waffenstillstand", "Garten"))
        one.items.append(("/missing", "Nicht mehr da", ""))
        two.robots = "User-agent: *\nDisallow: /closed"
        two.publish("/closed", "Hinter der Schranke", sentences("c", 18))
        summary = await poll(town.config(tmp_path))

    found = {row["title"]: row for row in rows(tmp_path / "monitor.yaml", "select * from decisions")}
    assert 0 == summary["feeds_failed"]
    assert "stored" == found["Der Waffenstillstand hält"]["state"]
    assert "truce" == found["Der Waffenstillstand hält"]["topics"]
    assert "off_topic" == found["Kürbisse im Garten"]["state"]
    assert "truce" in found["Kürbisse im Garten"]["because"]
    missing = found["Nicht mehr da"]
    assert ("waiting", "HTTP 404: there is nothing at this address") == (missing["state"], missing["because"])
    assert found["Nicht mehr da"]["next_try_at"]
    assert "failed" == found["Hinter der Schranke"]["state"]
    assert "robots.txt" in found["Hinter der Schranke"]["because"]
    assert all(row["because"] for row in found.values())


def at_once(path):
    """Let everything be due that waits."""
    with sqlite3.connect(path.parent / "data" / "monitor.db") as conn:
        conn.execute("update entries set next_try_at = '2020-01-01T00:00:00Z' where next_try_at is not null")


async def test_a_page_that_comes_hours_after_its_entry_is_read(tmp_path):
    async with Town(1) as town:
        one = town.outlets[0]
        one.items = [("/late", "Der Waffenstillstand hält", ""), ("/never", "Nie da", "")]
        path = town.config(tmp_path)
        for _ in range(3):
            await poll(path)
            at_once(path)
        one.publish("/late", "Der Waffenstillstand hält", sentences("a", 18), listed=False)
        for _ in range(3):
            await poll(path)
            at_once(path)

    found = {row["title"]: row for row in rows(path, "select * from decisions")}
    assert "stored" == found["Der Waffenstillstand hält"]["state"]
    assert ("failed", "HTTP 404: there is nothing at this address; given up after 6 tries") == (
        found["Nie da"]["state"],
        found["Nie da"]["because"],
    )


async def test_a_page_that_is_not_there_twice_is_taken_from_the_feed_where_that_says_enough(tmp_path):
    async with Town(1) as town:
        town.outlets[0].items = [("/missing", "Der Waffenstillstand hält", sentences("a", 18))]
        path = town.config(tmp_path)
        for _ in range(2):
            await poll(path)
            at_once(path)

    found = rows(path, "select state, because from entries")[0]
    assert "stored" == found["state"]
    assert "the feed's own content, because: HTTP 404: there is nothing at this address; " in found["because"]


async def test_a_second_poll_stores_nothing_and_downloads_no_article_again(tmp_path):
    async with Town(2) as town:
        for number, outlet in enumerate(town.outlets):
            outlet.publish("/a", "Waffenstillstand", sentences(f"a{number}", 12))
            outlet.publish("/b", "Anderes", sentences(f"b{number}", 12).replace("Waffenstillstand", "Garten"))
        path = town.config(tmp_path)
        await poll(path)
        before = rows(path, "select (select count(*) from articles) a, (select count(*) from entries) e")
        for outlet in town.outlets:
            outlet.asked.clear()
        again = await poll(path)
        asked = [outlet.paths_asked() for outlet in town.outlets]

    assert [["/feed.xml"], ["/feed.xml"]] == asked
    assert {"not_modified": 2} == again["outcomes"]
    assert before == rows(path, "select (select count(*) from articles) a, (select count(*) from entries) e")


async def test_one_article_in_two_feeds_is_read_once(tmp_path):
    async with Town(2) as town:
        one, two = town.outlets
        one.publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        two.items.append(("/a?utm_source=two", "Waffenstillstand", ""))
        two.rss = lambda: one.rss().replace("/a<", "/a?utm_source=two<")
        await poll(path)

    assert [1] == [row["n"] for row in rows(path, "select count(*) n from articles")]
    assert ["stored", "stored"] == [row["state"] for row in rows(path, "select state from entries")]
    assert 1 == sum(p.startswith("/a") for p in one.paths_asked() + two.paths_asked())


@pytest.mark.skipif(not SEED.exists(), reason="the real seed is not here: ../shared/seeds")
async def test_the_real_seed_comes_back_whole_shortened_and_extended(tmp_path):
    text = SEED.read_text(encoding="utf-8").partition("|")[2].strip()

    assert AS_KINDS == await told_thrice(tmp_path, SEED, [part.strip() for part in text.split("\n\n")])


async def test_a_seed_comes_back_whole_shortened_and_extended(tmp_path):
    seed = tmp_path / "earlier.txt"
    paragraphs = sentences("wire", 36).split("\n")
    seed.write_text("\n\n".join(paragraphs), encoding="utf-8")

    assert AS_KINDS == await told_thrice(tmp_path, seed, paragraphs)


AS_KINDS = {
    "Waffenstillstand: Treffen angekündigt": "identical",
    "Kurz gemeldet: Treffen zum Waffenstillstand": "shortened",
    "Was hinter dem Treffen steckt": "extended",
}


async def told_thrice(tmp_path, seed, paragraphs):
    """What kind of copy each of three papers has, all of one story that begins with the seed."""
    words, half = 0, []
    for paragraph in paragraphs:
        if words < sum(len(p.split()) for p in paragraphs) / 2:
            half.append(paragraph)
            words += len(paragraph.split())
    own = sentences("own", 15).split("\n")
    async with Town(4) as town:
        whole, short, long, other = town.outlets
        whole.publish("/w", "Waffenstillstand: Treffen angekündigt", "\n".join(paragraphs))
        short.publish("/s", "Kurz gemeldet: Treffen zum Waffenstillstand", "\n".join(half))
        long.publish("/l", "Was hinter dem Treffen steckt", "\n".join([own[0], *paragraphs, *own[1:]]))
        other.publish("/o", "Eigener Bericht zum Waffenstillstand", sentences("independent", 24))
        path = town.config(
            tmp_path,
            query="waffenstillstand* OR waffenstillstandsabkommen OR treffen",
            more=f"seeds: ['{seed}']\n",
        )
        await poll(path)

    copies = {
        row["title"]: row
        for row in rows(
            path, "select a.title, a.story_id, c.* from copies c join articles a on a.id = c.article_id"
        )
    }
    (original,) = rows(path, "select * from articles where url like 'seed:%'")
    assert {original["story_id"]} == {row["story_id"] for row in copies.values()}
    assert {original["id"]} == {row["original_id"] for row in copies.values()}
    short = copies["Kurz gemeldet: Treffen zum Waffenstillstand"]
    assert short["share"] >= 0.97
    assert 0.4 < short["share_of_original"] < 0.65
    long = copies["Was hinter dem Treffen steckt"]
    assert long["share_of_original"] >= 0.97
    assert long["share"] < 0.85
    for row in copies.values():
        check_evidence(path, row, original["id"])
    assert 2 == rows(path, "select count(*) n from stories")[0]["n"]
    return {title: row["kind"] for title, row in copies.items()}


def check_evidence(path, copy, original_id):
    """The passages stand word for word in both texts, and add up to the share."""
    from monitor.core.fingerprint import words

    text = {row["article_id"]: words(row["text"]) for row in rows(path, "select * from article_text")}
    evidence = json.loads(copy["evidence"])
    mine, theirs = text[copy["article_id"]], text[original_id]
    for start, length, other in evidence["passages"]:
        assert mine[start : start + length] == theirs[other : other + length]
    assert copy["share"] == pytest.approx(sum(p[1] for p in evidence["passages"]) / len(mine), abs=0.002)


async def test_a_correction_is_a_revision_never_a_new_article(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        text = sentences("a", 18)
        outlet.publish("/a", "Waffenstillstand", text, summary="Erste Fassung")
        path = town.config(tmp_path)
        await poll(path)
        outlet.publish(
            "/a",
            "Waffenstillstand: korrigiert",
            text + "\nIn einer früheren Fassung fehlte ein Satz.",
            summary="Zweite",
        )
        await poll(path)

    assert [(1, "Waffenstillstand"), (2, "Waffenstillstand: korrigiert")] == [
        (row["number"], row["title"]) for row in rows(path, "select * from revisions order by number")
    ]
    (article,) = rows(path, "select * from articles")
    assert (2, "Waffenstillstand: korrigiert") == (article["revisions"], article["title"])
    found = rows(path, "select rowid from articles_fts where articles_fts match 'früheren'")
    assert [article["id"]] == [row["rowid"] for row in found]


async def test_a_consent_wall_is_quarantined_and_the_article_comes_when_it_lifts(tmp_path):
    wall = (
        "<html><head><title>Ihre Privatsphäre</title></head><body><h1>Wir brauchen Ihre Zustimmung</h1>"
        "<p>Wir und unsere 182 Partner verwenden Cookies und ähnliche Technologien, um Informationen auf Ihrem Gerät "
        "zu speichern und abzurufen, für Werbung und zur Messung der Reichweite.</p>"
        "<button>Alle akzeptieren</button><button>Einstellungen</button></body></html>"
    )
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Waffenstillstand", sentences("a", 18))
        page, outlet.pages["/a"] = outlet.pages["/a"], wall
        path = town.config(tmp_path)
        await poll(path)
        (held,) = rows(path, "select * from entries")
        assert ("quarantined", None) == (held["state"], held["article_id"])
        assert held["next_try_at"]
        assert not rows(path, "select * from articles")

        outlet.pages["/a"] = page
        conn = sqlite3.connect(path.parent / "data" / "monitor.db")
        conn.execute("update entries set next_try_at = '2020-01-01T00:00:00Z'")
        conn.commit()
        conn.close()
        await poll(path)

    assert ["stored"] == [row["state"] for row in rows(path, "select state from entries")]


async def test_the_order_of_arrival_decides_not_the_speed_of_the_server(tmp_path):
    async with Town(2) as town:
        slow, quick = town.outlets
        text = sentences("wire", 24)
        slow.publish("/first", "Waffenstillstand, die erste", text)
        quick.publish("/copy", "Waffenstillstand, die Kopie", text)
        page = slow.pages["/first"]

        async def late(request):
            from aiohttp import web

            await asyncio.sleep(1)
            return web.Response(text=page, content_type="text/html")

        slow.pages["/first"] = late
        path = town.config(tmp_path)
        await poll(path)

    (copy,) = rows(path, "select a.title from copies join articles a on a.id = copies.article_id")
    assert "Waffenstillstand, die Kopie" == copy["title"]


async def test_a_feed_that_fails_is_a_row_and_the_others_are_polled(tmp_path):
    async with Town(2) as town:
        broken, fine = town.outlets
        broken.feed_status = 500
        fine.publish("/a", "Waffenstillstand", sentences("a", 12))
        path = town.config(tmp_path)
        summary = await poll(path)

    assert (2, 1) == (summary["feeds_polled"], summary["feeds_failed"])
    health = {row["url"]: row for row in rows(path, "select * from feeds")}
    assert ("failing", 1) == (health[broken.feed]["state"], health[broken.feed]["failures"])
    assert health[broken.feed]["next_poll_at"]
    assert "500" in health[broken.feed]["last_error"]
    assert "ok" == health[fine.feed]["state"]


async def test_r24_a_topic_added_later_finds_an_article_read_for_another_feed(tmp_path):
    async with Town(2) as town:
        one, two = town.outlets
        one.publish("/a", "Waffenstillstand in Genf", sentences("a", 12))
        path = town.config(tmp_path)
        await poll(path)
        two.rss = one.rss
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace(
                "fetch:",
                f"  swiss:\n    title: Swiss\n    query: genf\n    feeds: ['{two.feed}']\n"
                "    schedule: every 1 second\nfetch:",
            ),
            encoding="utf-8",
        )
        await poll(path)

    assert ["swiss", "truce"] == sorted(row["topic_id"] for row in rows(path, "select topic_id from matches"))


async def test_every_outcome_leaves_a_next_time(tmp_path):
    async with Town(3) as town:
        for outlet, status in zip(town.outlets, (503, 404, 410), strict=True):
            outlet.feed_status = status
        path = town.config(tmp_path)
        await poll(path)

    feeds = {row["url"]: row for row in rows(path, "select * from feeds")}
    assert all(feeds[outlet.feed]["next_poll_at"] for outlet in town.outlets[:2])
    assert ("gone", None) == (
        feeds[town.outlets[2].feed]["state"],
        feeds[town.outlets[2].feed]["next_poll_at"],
    )


def test_the_clock_is_aware_and_in_utc():
    from datetime import timedelta

    assert timedelta(0) == daemon.now().utcoffset()
