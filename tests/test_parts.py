"""Articles that an outlet cuts into pages are read whole, where it has a page with all of it."""

import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from aiohttp import web
from lxml.html import fromstring
from town import Town, sentences

from monitor import config
from monitor.cli.watch import one_pass
from monitor.core.parts import named_parts
from monitor.model import Extract, KeptPage, Page, Quality
from monitor.pieces import MOST_PARTS, together
from monitor.reextract import difference

URL = "https://www.paper.test/politik/2026-03/waffenruhe-genf-gespraeche"


def page_with(*links):
    return fromstring(f"<html><body>{''.join(f'<a href={link!r}>x</a>' for link in links)}</body></html>")


@pytest.mark.parametrize(
    ("url", "link", "expected"),
    [
        (URL, f"{URL}/komplettansicht", f"{URL}/komplettansicht"),
        (URL, "/politik/2026-03/waffenruhe-genf-gespraeche/komplettansicht#comments", f"{URL}/komplettansicht"),
        (f"{URL}/seite-1", f"{URL}/komplettansicht", f"{URL}/komplettansicht"),
        (f"{URL}.html", "?seite=all", f"{URL}.html?seite=all"),
        (f"{URL}.html?page=1", "?singlepage=1", f"{URL}.html?singlepage=1"),
        (f"{URL}.html", "?printPagedArticle=true#pageIndex_2", f"{URL}.html?printPagedArticle=true"),
        (URL, "/politik/2026-03/another-story-altogether/komplettansicht", None),
        (URL, "https://elsewhere.test/politik/2026-03/waffenruhe-genf-gespraeche/komplettansicht", None),
        (URL, f"{URL}/seite-2", None),
        (URL, "/politik/index?view=all", None),
        (f"{URL}/komplettansicht", f"{URL}/komplettansicht", None),
        (f"{URL}/komplettansicht", f"{URL}?singlepage=1", None),
        (URL, "javascript:komplettansicht", None),
        (URL, "http://[/komplettansicht", None),
    ],
)  # fmt: skip
def test_a_page_names_the_one_with_all_of_its_article(url, link, expected):
    assert named_parts(page_with("/politik", link, "/sport"), url).whole == expected


def page_naming(link):
    return fromstring(
        f"<html><head><link rel='next' href={link!r}></head><body><a href='/2'>2</a></body></html>"
    )


@pytest.mark.parametrize(
    ("url", "link", "expected"),
    [
        (URL, f"{URL}/seite-2", f"{URL}/seite-2"),
        (f"{URL}/seite-2", f"{URL}/seite-3", f"{URL}/seite-3"),
        (f"{URL}/", f"{URL}/2/", f"{URL}/2/"),
        (f"{URL}.html", "?page=2", f"{URL}.html?page=2"),
        ("https://paper.test/news/a-story,nId,5222535", "https://paper.test/news/a-story,nId,5222535,nPack,2",
         "https://paper.test/news/a-story,nId,5222535,nPack,2"),
        ("https://paper.test/a/2023/43/b", "/a/2023/43/b?page=0%2C%2C1", "https://paper.test/a/2023/43/b?page=0%2C%2C1"),
        ("https://paper.test/c/20260302/123.shtml", "/c/20260302/123_2.shtml", "https://paper.test/c/20260302/123_2.shtml"),
        (URL, "/politik/2026-03/the-next-story-of-the-day", None),
        (URL, f"{URL}/comment-page-2", None),
        (f"{URL}/seite-2", f"{URL}/seite-2", None),
        (f"{URL}/seite-3", f"{URL}/seite-2", None),
        ("https://paper.test/story/12", "https://paper.test/story/14", None),
        (URL, URL, None),
        (URL, "javascript:next(2)", None),
    ],
)  # fmt: skip
def test_a_page_names_the_part_that_follows(url, link, expected):
    assert named_parts(page_naming(link), url).following == expected


PATH = "/politik/2026-03/waffenruhe-genf-gespraeche"
PART, REST = sentences("part", 24), sentences("rest", 24)


async def read(town, tmp_path, **more):
    path = town.config(tmp_path, **more)
    await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
    with sqlite3.connect(tmp_path / "data" / "monitor.db") as conn:
        rows = conn.execute(
            "select articles.url, text from articles join article_text on article_id = articles.id"
        ).fetchall()
    conn.close()
    return rows


def publish(outlet, whole):
    """The first part under its address, and `whole` under that of all of it."""
    outlet.publish(PATH, "Waffenstillstand in Genf", PART)
    outlet.pages[PATH] = outlet.pages[PATH].replace(
        "</article>", f"</article><a href='{PATH}/komplettansicht'>Auf einer Seite lesen</a>"
    )
    if whole is not None:
        outlet.publish(f"{PATH}/komplettansicht", "Waffenstillstand in Genf", whole, listed=False)


async def test_an_article_in_parts_is_stored_whole_under_its_own_address(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish(paper, f"{PART}\n{REST}")
        paper.pages[f"{PATH}/komplettansicht"] = paper.pages[f"{PATH}/komplettansicht"].replace(
            f"{paper.address}{PATH}/komplettansicht", f"{paper.address}{PATH}"
        )
        rows = await read(town, tmp_path)

    assert rows == [(paper.address + PATH, f"{PART}\n{REST}")]


async def test_a_topic_that_only_a_later_part_tells_of_finds_the_article(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish(paper, f"{PART}\n{REST}\nAm Ende sprach der Imker von Bienen und vom Honig des Sommers.")
        rows = await read(town, tmp_path, query="imker*")

    assert len(rows) == 1
    assert "Imker" in rows[0][1]


WALL = (
    "<html lang=de><head><title>Waffenstillstand in Genf</title></head><body><div class=consent><h2>Ihre Einwilligung</h2>"
    + "<p>Wir und unsere Partner verwenden Cookies und Tracker, um Ihre personenbezogenen Daten für Werbung und Analysen zu"
    " verarbeiten. Sie können Ihre Zustimmung jederzeit widerrufen.</p>"
    * 40
    + "<button>Alle akzeptieren</button><button>Mit Abo ohne Werbung lesen</button></div></body></html>"
)
LESS = f"<article><h1>Waffenstillstand in Genf</h1><p>{PART[:900]}</p></article>"


async def broken(_):
    text = "".join(f"<p>{line}</p>" for line in f"{PART}\n{REST}".split("\n"))
    page = f"<html lang=de><title>Waffenstillstand in Genf</title><main><article><h1>Waffenstillstand in Genf</h1>{text}</article>"
    return web.Response(status=500, text=page, content_type="text/html")


@pytest.mark.parametrize("answer", [None, WALL, broken, LESS], ids=["not there", "wall", "error", "less"])
async def test_the_part_stands_where_the_whole_cannot_be_had(tmp_path, answer):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish(paper, None)
        paper.pages[f"{PATH}/komplettansicht"] = answer
        rows = await read(town, tmp_path)

    assert rows == [(paper.address + PATH, PART)]


async def test_the_whole_is_not_asked_for_where_robots_txt_forbids_it(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        paper.robots = "User-agent: *\nDisallow: /*komplettansicht"
        publish(paper, f"{PART}\n{REST}")
        rows = await read(town, tmp_path)
        asked = paper.paths_asked()

    assert rows == [(paper.address + PATH, PART)]
    assert f"{PATH}/komplettansicht" not in asked


def publish_parts(outlet, texts, headlines=None):
    """An article in numbered parts, each naming the next."""
    for n, text in enumerate(texts, 1):
        head = f"<link rel='next' href='{PATH}/seite-{n + 1}'>" if n < len(texts) else ""
        path = PATH if n == 1 else f"{PATH}/seite-{n}"
        headline = (headlines or {}).get(n, "Waffenstillstand in Genf")
        outlet.publish(path, headline, text, head=head, listed=n == 1)
        outlet.pages[path] = outlet.pages[path].replace(f"{outlet.address}{path}", f"{outlet.address}{PATH}")


async def test_parts_without_a_page_of_all_are_put_together(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        every = "Der Waffenstillstand gilt seit Mitternacht, und alle Seiten halten sich bisher daran, sagte der Vermittler."
        publish_parts(
            paper,
            [f"{every}\n{PART}", f"{every}\n{REST}", sentences("third", 12)],
            {2: "Waffenstillstand in Genf (Seite 2)"},
        )
        rows = await read(town, tmp_path)

    assert rows == [(paper.address + PATH, "\n".join([every, PART, REST, sentences("third", 12)]))]
    with sqlite3.connect(tmp_path / "data" / "monitor.db") as conn:
        assert conn.execute("select extractor from articles").fetchone()[0].endswith(", 3 parts")
    conn.close()


def test_short_answers_that_recur_are_told_each_time():
    def part(*lines):
        return Extract(Quality("article", ""), "Waffenstillstand", "\n".join(lines))

    found = together(
        [
            part("Vorspann", "Hält er?", "Nein.", "Teilen"),
            part("Vorspann", "Und morgen?", "Nein.", "Gut.", "Teilen"),
        ]
    )

    assert found.text.split("\n") == [
        "Vorspann",
        "Hält er?",
        "Nein.",
        "Teilen",
        "Und morgen?",
        "Nein.",
        "Gut.",
    ]


async def test_a_next_page_under_another_headline_is_another_article(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish_parts(paper, [PART, REST], {2: "Regen in Wien"})
        rows = await read(town, tmp_path)

    assert rows == [(paper.address + PATH, PART)]


async def test_parts_without_end_come_to_one(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish_parts(paper, [sentences(f"part {n}", 12) for n in range(15)])
        ((_, text),) = await read(town, tmp_path)
        asked = [path for path in paper.paths_asked() if path.startswith(PATH)]

    assert len(asked) == MOST_PARTS
    assert text == "\n".join(sentences(f"part {n}", 12) for n in range(MOST_PARTS))


async def tired(_):
    return web.Response(status=429, headers={"Retry-After": "3600"}, text="Too many requests")


def said_anew(outlet):
    """What makes an article be read again: its feed tells of it with other words."""
    outlet.items = [(PATH, "Waffenstillstand in Genf", "Neu")]


@pytest.mark.parametrize(
    "answer", [None, WALL, broken, tired], ids=["not there", "wall", "error", "patience asked for"]
)
@pytest.mark.parametrize("lost", [f"{PATH}/komplettansicht", f"{PATH}/seite-3"])
async def test_what_cannot_be_read_this_time_is_not_taken_from_an_article(tmp_path, lost, answer):
    async with Town(1) as town:
        (paper,) = town.outlets
        third = sentences("third", 24)
        if lost.endswith("komplettansicht"):
            publish(paper, f"{PART}\n{REST}\n{third}")
        else:
            publish_parts(paper, [PART, REST, third])
        await read(town, tmp_path)
        paper.pages[lost] = answer
        said_anew(paper)
        rows = await read(town, tmp_path)

    assert paper.paths_asked().count(lost) == 2
    assert [text for _, text in rows] == [f"{PART}\n{REST}\n{third}"]
    assert stored(tmp_path, "select count(*) from revisions") == 1


def stored(tmp_path, query):
    with sqlite3.connect(tmp_path / "data" / "monitor.db") as conn:
        (value,) = conn.execute(query).fetchone()
    conn.close()
    return value


async def test_a_part_that_its_outlet_takes_back_is_a_change_of_the_article(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish_parts(paper, [PART, REST, sentences("third", 24)])
        await read(town, tmp_path)
        publish_parts(paper, [PART, REST])
        said_anew(paper)
        rows = await read(town, tmp_path)

    assert rows == [(paper.address + PATH, f"{PART}\n{REST}")]


async def test_an_article_of_which_one_part_alone_can_be_read_is_kept_up_to_date(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish_parts(paper, [f"Eine Zeile zu viel.\n{PART}", REST])
        paper.pages[f"{PATH}/seite-2"] = WALL
        await read(town, tmp_path)
        publish_parts(paper, [PART, REST])
        paper.pages[f"{PATH}/seite-2"] = WALL
        said_anew(paper)
        rows = await read(town, tmp_path)

    assert rows == [(paper.address + PATH, PART)]


async def test_a_host_that_asks_for_patience_at_a_part_is_left_alone(tmp_path):
    async with Town(1) as town:
        (paper,) = town.outlets
        publish_parts(paper, [PART, REST])
        paper.pages[f"{PATH}/seite-2"] = tired
        rows = await read(town, tmp_path)
        said_anew(paper)
        await read(town, tmp_path)

    assert rows == [(paper.address + PATH, PART)]
    assert paper.paths_asked().count(f"{PATH}/seite-2") == 1


@pytest.mark.parametrize("named", ["next_part", "whole"])
def test_a_kept_part_does_not_take_the_others_away_when_it_is_read_again(named):
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    kept = KeptPage(1, Page(URL, URL, 200, {}, b"", at), "", "", article_id=1)
    stored = SimpleNamespace(id=1, first_seen=at, title="Waffenstillstand", text=f"{PART}\n{REST}")
    read_again = Extract(Quality("article", "120 words of running text"), "Waffenstillstand", PART)

    assert difference(kept, read_again, stored) is not None
    assert difference(kept, replace(read_again, **{named: f"{URL}/seite-2"}), stored) is None
