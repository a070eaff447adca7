"""Addresses on the whole journey: what pages declare, what redirects lead to, what a headline's change does."""

import re
import sqlite3
from contextlib import closing

from aiohttp import web
from test_journey import poll, rows
from town import Town, sentences

from monitor.core.sameness import is_renamed, is_same_article
from monitor.core.urls import TOO_LONG


def declare(outlet, path, address):
    """Let the page at this path declare another address than its own."""
    outlet.pages[path] = outlet.pages[path].replace(f'href="{outlet.address}{path}"', f'href="{address}"')


async def test_an_address_that_a_site_declares_for_every_text_costs_no_text(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        for name in "abc":
            outlet.publish(f"/news/{name}-lang-genug-1", f"Waffenstillstand {name}", sentences(name * 3, 16))
            declare(outlet, f"/news/{name}-lang-genug-1", f"{outlet.address}/news/vorlage-lang-genug-0")
        await poll(town.config(tmp_path))
        address = outlet.address

    found = [row["url"] for row in rows(tmp_path / "monitor.yaml", "select url from articles order by id")]
    assert found == [
        f"{address}/news/vorlage-lang-genug-0",
        f"{address}/news/b-lang-genug-1",
        f"{address}/news/c-lang-genug-1",
    ]


async def test_a_page_read_elsewhere_is_what_it_declares_when_the_text_agrees(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        text = sentences("wire", 20)
        outlet.publish("/politik/waffenruhe-in-genf-7", "Waffenstillstand in Genf", text)
        path = town.config(tmp_path)
        await poll(path)
        outlet.publish("/share/9f", "Waffenstillstand in Genf, neue Fassung", text + "\nEin Satz kam dazu.")
        declare(outlet, "/share/9f", f"{outlet.address}/politik/waffenruhe-in-genf-7")
        await poll(path)
        address = outlet.address

    (article,) = rows(path, "select * from articles")
    assert (article["url"], article["revisions"]) == (f"{address}/politik/waffenruhe-in-genf-7", 2)
    assert f"{address}/share/9f" in [row["url"] for row in rows(path, "select url from addresses")]


async def test_a_new_headline_in_the_address_is_a_revision_where_number_and_text_agree(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        text = sentences("wire", 24)
        outlet.publish("/alte-worte-101234567", "Waffenstillstand rückt näher", text)
        path = town.config(tmp_path)
        await poll(path)
        outlet.publish("/neue-worte-101234567", "Waffenstillstand steht", text + "\nDas ist nun sicher.")
        outlet.publish("/neue-worte-101234568", "Waffenstillstand: was folgt", sentences("other", 24))
        await poll(path)

    found = rows(path, "select title, revisions from articles order by id")
    assert [tuple(row.values()) for row in found] == [
        ("Waffenstillstand steht", 2),
        ("Waffenstillstand: was folgt", 1),
    ]
    because = [row["because"] for row in rows(path, "select because from entries order by id")]
    assert "with the same number" in because[1]


def feed_with_one_guid(outlet):
    """Every item of the feed has this guid, whatever it is about."""
    plain = outlet.rss
    outlet.rss = lambda: re.sub(r"<guid>[^<]*</guid>", "<guid>lead</guid>", plain())


async def test_a_guid_that_is_given_again_costs_no_article(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        feed_with_one_guid(outlet)
        path = town.config(tmp_path)
        for name in ("erste", "zweite", "dritte"):
            outlet.items.clear()
            outlet.publish(f"/{name}-meldung", f"Waffenstillstand, {name} Meldung", sentences(name, 20))
            await poll(path)

    assert [
        ("Waffenstillstand, erste Meldung", 1),
        ("Waffenstillstand, zweite Meldung", 1),
        ("Waffenstillstand, dritte Meldung", 1),
    ] == [tuple(row.values()) for row in rows(path, "select title, revisions from articles order by id")]
    assert [1, 2, 3] == [
        row["article_id"] for row in rows(path, "select article_id from entries order by id")
    ]


async def test_an_item_whose_link_and_headline_change_stays_one_article(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        feed_with_one_guid(outlet)
        path = town.config(tmp_path)
        text = sentences("wire", 20)
        outlet.publish("/alte-worte", "Waffenstillstand rückt näher", text)
        await poll(path)
        outlet.items.clear()
        outlet.publish("/neue-worte", "Waffenstillstand steht", text + "\nDas ist nun sicher.")
        await poll(path)

    (article,) = rows(path, "select title, revisions from articles")
    assert ("Waffenstillstand steht", 2) == tuple(article.values())


async def test_a_ticker_is_read_again_for_what_was_added_to_it(tmp_path):
    """Its items link to one page, which no topic wanted before."""
    async with Town(1) as town:
        (outlet,) = town.outlets
        path = town.config(tmp_path, query="elch*")
        text = sentences("ticker", 20)
        outlet.publish("/ticker", "Der Tag im Ticker", text, listed=False)
        outlet.items += [("/ticker#1", "Der Morgen", ""), ("/ticker#2", "Der Vormittag", "")]
        await poll(path)
        asked = outlet.paths_asked().count("/ticker")
        with closing(sqlite3.connect(path.parent / "data" / "monitor.db")) as conn, conn:
            for column in ("entries set decided_at", "topics set changed_at", "_feed_topics set since"):
                conn.execute(f"update {column} = '2026-01-01T08:00:00Z'")  # some time passes
        outlet.publish(
            "/ticker", "Der Tag im Ticker", text + "\nEin Elch läuft über die Brücke.", listed=False
        )
        outlet.items.append(("/ticker#3", "Ein Elch in der Stadt", ""))
        await poll(path)

    assert 1 == asked
    assert ["off_topic", "off_topic", "stored"] == [
        row["state"] for row in rows(path, "select state from entries order by id")
    ]


async def test_the_same_text_under_another_number_is_a_copy_and_no_revision(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        text = sentences("wire", 24)
        outlet.publish("/worte-101234567", "Waffenstillstand rückt näher", text)
        path = town.config(tmp_path)
        await poll(path)
        outlet.publish("/worte-101234569", "Waffenstillstand rückt näher", text)
        await poll(path)

    found = rows(path, "select revisions, story_id from articles order by id")
    assert [tuple(row.values()) for row in found] == [(1, 1), (1, 1)]
    assert [row["kind"] for row in rows(path, "select kind from copies")] == ["identical"]


async def test_a_redirect_leads_to_the_article_under_both_addresses(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets

        async def moved(_):
            return web.Response(status=301, headers={"Location": "/politik/waffenruhe-lang-1"})

        outlet.publish("/politik/waffenruhe-lang-1", "Waffenstillstand", sentences("a", 18), listed=False)
        outlet.pages["/r/1"] = moved
        outlet.items.append(("/r/1", "Waffenstillstand", ""))
        path = town.config(tmp_path)
        await poll(path)
        address = outlet.address

    assert [row["url"] for row in rows(path, "select url from addresses order by url")] == [
        f"{address}/politik/waffenruhe-lang-1",
        f"{address}/r/1",
    ]


def test_only_the_text_says_whether_two_pages_of_one_address_are_one_article():
    old, other = sentences("one", 12), sentences("two", 12)

    assert is_same_article(old + "\nMehr.", old, title="A", other_title="B")
    assert not is_same_article(other, old, title="A", other_title="B")
    assert is_same_article(other, old, title="Live: A", other_title="live – a")
    assert is_renamed(old, old)
    assert not is_renamed(other, old)


async def test_a_feed_without_guids_that_goes_over_to_https_has_no_new_entries_and_no_gap(tmp_path):
    async with Town(1) as town:
        (one,) = town.outlets
        for name in "abcd":
            one.publish(f"/{name}", f"Waffenstillstand {name}", sentences(name, 12))
        path = town.config(tmp_path)
        plain = one.rss

        def without_guids():
            return re.sub("<guid>.*?</guid>", "", plain())

        one.rss = without_guids
        await poll(path)
        before = rows(path, "select id, article_id, state from entries order by id")
        one.rss = lambda: without_guids().replace("<link>http://", "<link>https://")
        await poll(path)
        one.publish("/e", "Waffenstillstand e", sentences("e", 12))
        await poll(path)

    assert before == rows(path, "select id, article_id, state from entries where id <= 4 order by id")
    assert [5] == [row["n"] for row in rows(path, "select count(*) as n from entries")]
    assert rows(path, "select 1 from entries where id <= 4 and url not like 'https:%'") == []
    assert rows(path, "select kind, because from gaps") == []
    assert [(4, 0), (0, 4), (1, 4)] == [
        (row["new_entries"], row["known_entries"])
        for row in rows(path, "select new_entries, known_entries from polls order by id")
    ]


async def test_a_feed_that_spells_its_links_now_so_now_so_has_every_entry_once(tmp_path):
    def spelt(text, path, way):
        return re.sub(rf"<link>http://([^<]*{path})</link>", rf"<link>{way}\1</link>", text)

    async with Town(1) as town:
        (one,) = town.outlets
        for name in "abcd":
            one.publish(f"/{name}", f"Waffenstillstand {name}", sentences(name, 12))
        path = town.config(tmp_path)
        plain = one.rss
        for secure in ("", "ab", "bc", "", "acd"):
            text = re.sub("<guid>.*?</guid>", "", plain())
            for name in secure:
                text = spelt(text, f"/{name}", "https://")
            one.rss = lambda text=text: text
            await poll(path)
        one.rss = lambda: re.sub("<guid>.*?</guid>", "", plain())
        one.publish("/e", "Waffenstillstand e", sentences("e", 12))
        await poll(path)

    assert [("stored", 5, 5)] == [
        tuple(row.values())
        for row in rows(
            path,
            "select state, count(*) as n, count(distinct article_id) as articles from entries group by 1",
        )
    ]
    assert [4, 0, 0, 0, 0, 1] == [
        row["new_entries"] for row in rows(path, "select new_entries from polls order by id")
    ]
    assert rows(path, "select kind from gaps") == []


async def test_an_item_beside_another_one_at_the_same_page_is_its_own_however_its_link_is_spelt(tmp_path):
    async with Town(1) as town:
        (one,) = town.outlets
        one.publish("/a", "Waffenstillstand a", sentences("a", 12))
        path = town.config(tmp_path)
        plain, one.rss = one.rss, lambda: re.sub("<guid>.*?</guid>", "<guid>g1</guid>", plain())
        await poll(path)
        item = f"<item><title>Noch einer</title><link>https{one.address[4:]}/a</link><guid>g2</guid></item>"
        one.rss = lambda: re.sub("<guid>.*?</guid>", "<guid>g1</guid>", plain()).replace(
            "<item>", item + "<item>", 1
        )
        await poll(path)

    assert ["g1", "g2"] == [row["guid"] for row in rows(path, "select guid from entries order by id")]


async def test_an_entry_whose_link_is_too_long_is_said_to_have_one(tmp_path):
    async with Town(1) as town:
        (one,) = town.outlets
        one.items = [("/a?" + "x" * 2100, "Waffenstillstand", "Kurz."), ("", "Ohne Link", "Kurz.")]
        path = town.config(tmp_path)
        plain = one.rss
        one.rss = lambda: re.sub(f"<link>{one.address}</link><guid>.*?</guid>", "<guid>b</guid>", plain())
        await poll(path)

    assert [("skipped", TOO_LONG), ("skipped", "the entry has no link to a web page")] == [
        tuple(row.values()) for row in rows(path, "select state, because from entries order by title desc")
    ]
