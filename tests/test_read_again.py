"""Articles that are read again: what stands in their place for a while, or for good, is none of their versions."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta

import time_machine
from aiohttp import web
from test_journey import poll, rows
from town import Town, sentences

from monitor.store import pagefile

VERSIONS = "select number, title from revisions where article_id = 1 order by number"


def redirect_to(place):
    async def answer(_):
        return web.Response(status=302, headers={"Location": place})

    return answer


def versions(path):
    return [tuple(row.values()) for row in rows(path, VERSIONS)]


async def read_once(town, folder, more=""):
    """An article of the first outlet, published and read; gives the outlet, the text, the configuration."""
    outlet, text = town.outlets[0], sentences("one", 20)
    outlet.publish("/a", "Waffenstillstand hält", text)
    path = town.config(folder, more=more)
    await poll(path)
    return outlet, text, path


async def test_a_redirect_to_a_wall_or_an_error_page_is_over_with_it(tmp_path):
    """What is corrected after it is seen: the article is asked for where it was, not where the redirect led."""
    async with Town(1) as town:
        outlet, text, path = await read_once(town, tmp_path)
        for place in ("/einwilligung", "/nirgends"):
            outlet.publish("/einwilligung", "Ihre Privatsphäre", "Bitte stimmen Sie zu.", listed=False)
            outlet.pages["/a"] = redirect_to(place)
            outlet.items = [("/a", "Waffenstillstand hält", f"Neu: {place}")]
            await poll(path)
        outlet.publish("/a", "Waffenstillstand hält nicht", text + "\nDas war falsch.")
        await poll(path)

    assert [(1, "Waffenstillstand hält"), (2, "Waffenstillstand hält nicht")] == versions(path)


async def test_what_a_redirect_leads_to_is_no_version_where_it_is_another_text(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Waffenstillstand hält", sentences("one", 20))
        outlet.publish("/b", "Ein anderer Waffenstillstand", sentences("two", 20))
        path = town.config(tmp_path, more="keep: {pages: 30 days}\n")
        await poll(path)
        outlet.publish("/neu", "Der neuste Waffenstillstand", sentences("three", 20), listed=False)
        for place in ("/b", "/neu"):
            outlet.pages["/a"] = redirect_to(place)
            outlet.items = [("/a", "Waffenstillstand hält", f"Neu: {place}")]
            await poll(path)

    assert [(1, "Waffenstillstand hält")] == versions(path)
    with closing(pagefile.open_to_read(path.parent / "data" / "archive.db")) as kept:
        assert [(1, f"{outlet.address}/a"), (2, f"{outlet.address}/b")] == [
            (one.article_id, one.page.final_url) for one in pagefile.kept_pages(kept)
        ]


async def test_an_article_that_moves_with_its_text_is_followed(tmp_path):
    async with Town(1) as town:
        outlet, text, path = await read_once(town, tmp_path)
        outlet.publish("/b", "Waffenstillstand hält nicht", text + "\nDas war falsch.", listed=False)
        outlet.pages["/a"] = redirect_to("/b")
        outlet.items = [("/a", "Waffenstillstand hält", "Neu")]
        await poll(path)

    assert [(1, "Waffenstillstand hält"), (2, "Waffenstillstand hält nicht")] == versions(path)


async def test_a_fault_of_ours_makes_no_article_be_asked_for_without_end(tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("a fault")

    async with Town(1) as town:
        outlet, _, path = await read_once(town, tmp_path)
        monkeypatch.setattr("monitor.settle.revise", broken)
        outlet.publish("/a", "Waffenstillstand hält nicht", sentences("two", 20))
        async with asyncio.timeout(20):
            await poll(path)

    assert 2 == outlet.paths_asked().count("/a")
    (again,) = rows(
        path, "select next_read_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now') as later from _rereads"
    )
    assert 1 == again["later"]


async def test_a_ticker_whose_page_is_here_is_read_again_for_each_new_headline(tmp_path):
    """But not for one that another feed has as well, nor for one that came before the page was read."""
    text, headline = sentences("one", 20), "Die Waffen schweigen"
    async with Town(2) as town:
        one, two = town.outlets
        two.rss = one.rss
        one.publish("/live", "Waffenstillstand im Ticker", text)
        one.items.append(("/live#1", "Beide Seiten beraten", ""))
        path = town.config(tmp_path, more="keep: {reread: [3 days]}\n")
        asked = []
        with time_machine.travel(datetime.now(UTC), tick=True) as clock:
            await poll(path)
            for items in ([("/live#2", headline, "")], [("/live#3", headline, "Noch einmal")]):
                asked.append(one.paths_asked().count("/live"))
                clock.shift(timedelta(minutes=10))
                one.publish("/live", "Waffenstillstand im Ticker", f"{text}\n{headline}.", listed=False)
                one.items += items
                await poll(path)
        asked.append(one.paths_asked().count("/live"))

    assert [1, 2, 2] == asked
    assert [1, 2] == [number for number, _ in versions(path)]
    told = rows(path, "select because from entries where title = ? order by id", headline)
    assert [True, False] == ["read again for this headline" in row["because"] for row in told[::2]]
