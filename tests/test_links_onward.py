"""Links of search services: resolved to the outlet's page where a request can, with the reason where not."""

import os
import sqlite3
from base64 import urlsafe_b64encode

import pytest
from aiohttp import web
from badserver import BadServer, answer, redirect
from town import Town, sentences
from watch import Watch, at, item_of, rss

from monitor import config
from monitor.cli.watch import one_pass
from monitor.core.redirects import LONGEST, dead_end, onward
from monitor.core.urls import canonical
from monitor.model import Page


def page_of(body, url="https://search.test/go", status=200):
    headers = {"content-type": "text/html; charset=utf-8"}
    return Page(url, url, status, headers, body.encode(), None)


REFRESH = '<meta http-equiv="refresh" content="{}">'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (REFRESH.format("0;url=https://paper.test/a"), "https://paper.test/a"),
        (REFRESH.format("0; URL='https://paper.test/a?x=1&amp;y=2'"), "https://paper.test/a?x=1&y=2"),
        ("<META content='1,/there' HTTP-EQUIV=Refresh>", "https://search.test/there"),
        ("<script>window.location.replace('https://paper.test/a')</script>", "https://paper.test/a"),
        ('<script>location.href = "https:\\/\\/paper.test\\/a";</script>', "https://paper.test/a"),
        ('<script>var u; top.location="//paper.test/a"</script>', "https://paper.test/a"),
        (REFRESH.format("300;url=https://paper.test/a"), None),  # a page that reloads, or shows itself first
        (REFRESH.format("0"), None),
        (REFRESH.format("0;url=https://search.test/go"), None),  # itself
        (REFRESH.format("0;url=https://search.test/go?utm_source=x"), None),
        (REFRESH.format("0;url=javascript:alert(1)"), None),
        (REFRESH.format("0;url=file:///etc/passwd"), None),
        (f"<noscript>{REFRESH.format('0;url=/nojs')}</noscript>", None),
        (f"<!-- {REFRESH.format('0;url=/old')} -->", None),
        (REFRESH.format("0;url=/a") + "<p>" + "word " * 61, None),  # meant to be read
        (REFRESH.format("0;url=/a") + "<!--" + "x" * 33_000 + "-->", None),
        ("<script>if (x) { allocation.href = 'https://paper.test/' }</script>", None),
        ("<script>let where = location.href; f('https://paper.test/')</script>", None),
        ("", None),
    ],
)
def test_a_page_that_only_passes_on_is_recognised(body, expected):
    assert expected == onward(page_of(body))


@pytest.mark.parametrize(
    "piece",
    ["<noscript>", "<script>", "<!--", "<meta ", "<", "location='//", "<meta http-equiv=refresh content='0;"],
)
def test_a_hostile_page_passes_nobody_on(piece):
    """In some milliseconds each; expressions whose time grows with the square took seconds."""
    assert onward(page_of((piece * LONGEST)[:LONGEST])) is None


def packed(url, amp=b"\xd2\x01\x00"):
    inner = b'\x08\x13"' + bytes([len(url) % 128]) + url.encode() + amp
    return "https://news.google.com/rss/articles/" + urlsafe_b64encode(inner).rstrip(b"=").decode() + "?oc=5"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (packed("https://www.taz.de/!6012345/"), "https://www.taz.de/!6012345/"),
        (packed("https://a.test/x", b"\xd2\x01\x14https://a.test/x/amp"), "https://a.test/x"),
        (packed("AU_yqLOpaque"), packed("AU_yqLOpaque")),
        (
            "https://news.google.com/rss/articles/CBMi%%%",
            "https://news.google.com/rss/articles/CBMi%25%25%25",
        ),
        (
            "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fa.test%2fx&c=1",
            "https://a.test/x",
        ),
    ],
)
def test_an_address_inside_a_link_is_read_from_it(link, expected):
    assert expected == canonical(link)


@pytest.mark.parametrize(
    ("asked", "final", "said"),
    [
        ("https://news.google.com/rss/articles/AU_y", "https://news.google.com/articles/AU_y", "coded form"),
        (
            "https://news.google.com/rss/articles/AU_y",
            "https://consent.google.com/m?continue=x",
            "asks for consent",
        ),
        ("https://news.google.com/rss/articles/AU_y", "https://taz.de/!1/", None),
        ("https://taz.de/!1/", "https://taz.de/!1/", None),
    ],
)
def test_a_link_that_ends_at_the_service_itself_is_a_dead_end(asked, final, said):
    found = dead_end(asked, final)

    assert (said is None) == (found is None)
    assert found is None or said in found


async def test_every_kind_of_detour_leads_to_the_outlets_page_which_is_stored_once(tmp_path):
    async with Town(2) as town:
        search, paper = town.outlets
        for name in ("moved", "refresh", "script", "direct"):
            paper.publish(f"/{name}", f"Waffenstillstand {name}", sentences(name, 18), listed=False)

        async def moved(_):
            raise web.HTTPFound(paper.address + "/moved")

        search.pages["/go/moved"] = moved
        search.pages["/go/refresh"] = REFRESH.format(f"0;url={paper.address}/refresh")
        search.pages["/go/script"] = f"<script>location.replace('{paper.address}/script')</script>"
        search.pages["/go/again"] = REFRESH.format(f"0;url={paper.address}/direct")
        for name in ("moved", "refresh", "script", "again"):
            search.items.append((f"/go/{name}", f"Waffenstillstand {name}", ""))
        paper.items.append(("/direct", "Waffenstillstand direct", ""))
        path = town.config(tmp_path)
        await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
        with sqlite3.connect(tmp_path / "data" / "monitor.db") as conn:
            found = conn.execute("select url, outlet_id from articles order by url").fetchall()
            states = conn.execute("select state, count(*) from entries group by state").fetchall()
            ways = {url for (url,) in conn.execute("select url from addresses")}
        conn.close()

    assert [
        (paper.address + f"/{name}", paper.host) for name in ("direct", "moved", "refresh", "script")
    ] == found
    assert [("stored", 5)] == states
    assert search.address + "/go/refresh" in ways


async def test_a_detour_goes_only_where_robots_txt_and_the_guard_allow(tmp_path):
    async with Town(2) as town:
        search, paper = town.outlets
        paper.robots = "User-agent: *\nDisallow: /closed"
        search.pages["/go/closed"] = REFRESH.format(f"0;url={paper.address}/closed")
        search.pages["/go/inside"] = REFRESH.format("0;url=http://10.0.0.1/secret")
        search.pages["/go/round"] = REFRESH.format("0;url=/go/round2")
        search.pages["/go/round2"] = REFRESH.format("0;url=/go/round3")
        search.pages["/go/round3"] = REFRESH.format("0;url=/go/round")
        for name in ("closed", "inside", "round"):
            search.items.append((f"/go/{name}", name, ""))
        path = town.config(tmp_path)
        await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
        with sqlite3.connect(tmp_path / "data" / "monitor.db") as conn:
            found = {
                title: (state, why)
                for title, state, why in conn.execute("select title, state, because from entries")
            }
        conn.close()
        asked = search.paths_asked()

    assert "failed" == found["closed"][0]
    assert "robots.txt" in found["closed"][1]
    assert "private" in found["inside"][1] or "not public" in found["inside"][1]
    assert "/closed" not in paper.paths_asked()
    assert 4 == sum(path.startswith("/go/round") for path in asked)
    assert found["round"][0] in {"quarantined", "waiting"}


async def test_a_coded_link_fails_at_once_with_its_reason(tmp_path):
    async with BadServer() as server:
        links = [at(server, "news.google.com", f"/rss/articles/AU_{n}") for n in range(2)]
        server["/feed"] = answer(rss(*(item_of(f"n{n}", link=link) for n, link in enumerate(links))))
        server["/rss/articles/AU_0"] = answer(b"<html><script>var coded = 1</script></html>")
        server["/rss/articles/AU_1"] = redirect(at(server, "consent.google.com", "/m?continue=x"))
        server["/m?continue=x"] = answer(b"<html><body>Before you continue</body></html>")
        names = {"news_google_com": ["127.0.0.1"], "consent_google_com": ["127.0.0.1"]}
        allow = [f"{name}.google.com:{server.port}" for name in ("news", "consent")]
        async with Watch(tmp_path, [at(server)], also=names, allow=allow) as watch:
            await watch.poll()
            await watch.read()
            found = watch.ask("select state, next_try_at, because from entries order by title")

    assert [("failed", None), ("failed", None)] == [row[:2] for row in found]
    assert "coded form" in found[0][2]
    assert "asks for consent" in found[1][2]
