"""`feeds discover|add|import|export`: what a page leads to, and a configuration that stays the user's."""

import asyncio
import difflib
import json

import pytest
from aiohttp import web
from click.testing import CliRunner
from town import Town, sentences

from monitor import config
from monitor.cli import cli
from monitor.config import openness
from monitor.core.discover import feeds_on
from monitor.core.opml import ListedFeed, feeds_of, opml_of
from monitor.errors import ConfigError

YAML = """# The desk's own file
version: 1
database: data/monitor.db   # beside it
topics:
  one:   # first
    title: "One"
    query: >-
      (a OR b)
      AND c
    feeds: [taz]   # flow

    schedule: every 10 minutes
  two:
    query: x
    schedule: {cron: "*/10 6-22 * * mon-fri"}
    feeds:
      - 'https://b.test/feed'   # quoted
      # the last word
feeds:
  taz: {url: "https://taz.de/!p4608;rss/", outlet: taz}
"""


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "monitor.yaml"
    found.write_text(YAML, encoding="utf-8")
    return found


def run(path, *words):
    return CliRunner().invoke(cli, [*map(str, words), "-c", str(path)])


def changes(before, after):
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_feed_is_added_and_every_other_line_stays(path):
    done = run(path, "feeds", "add", "https://c.test/rss", "--topic", "two", "--offline")

    assert 0 == done.exit_code, done.output
    assert ["+      - https://c.test/rss"] == changes(YAML, path.read_text())
    assert ("https://b.test/feed", "https://c.test/rss") == config.load(path, {}).topics[1].feeds


def test_a_named_feed_gets_its_own_line(path):
    done = run(path, "feeds", "add", "https://c.test/rss", "--topic", "one", "--name", "C: daily", "--outlet", "C",
               "--offline")  # fmt: skip

    assert 0 == done.exit_code, done.output
    settings = config.load(path, {})
    assert ("https://taz.de/!p4608;rss/", "https://c.test/rss") == settings.topics[0].feeds
    assert ("C: daily", "C") == (settings.feeds[1].name, settings.feeds[1].outlet)
    assert "# the last word" in path.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["https://c.test/rss"], "--topic is needed"),
        (["https://c.test/rss", "--topic", "three"], "there is no topic 'three'"),
        (["ftp://c.test/rss", "--topic", "one"], "only http"),
        (["https://c.test/rss", "--topic", "one", "--outlet", "C"], "--outlet needs --name"),
        (["https://b.test/feed", "--topic", "two"], "already"),
    ],
)
def test_what_cannot_be_added_changes_nothing(path, words, said):
    done = CliRunner().invoke(cli, ["feeds", "add", "--offline", *words, "-c", str(path)])

    assert said in done.output + str(done.exception)
    assert YAML == path.read_text()
    assert ["monitor.yaml"] == [file.name for file in path.parent.iterdir()]


def test_a_name_that_a_feed_has_is_not_given_to_another(path):
    done = run(path, "feeds", "add", "https://c.test/rss", "--topic", "two", "--offline", "--name", "taz")

    assert isinstance(done.exception, ConfigError)
    assert "a feed is called 'taz' already" in str(done.exception)
    assert YAML == path.read_text()


def test_a_password_is_not_written_into_a_file_that_everybody_may_read(path, monkeypatch):
    monkeypatch.setattr(openness, "readable_by_all", lambda found: found == path)
    done = run(path, "feeds", "add", "https://u:pw@c.test/rss", "--topic", "two", "--offline")

    assert isinstance(done.exception, ConfigError)
    assert "a password stands here" in str(done.exception)
    assert "chmod o-r monitor.yaml" in str(done.exception)
    assert YAML == path.read_text()


def test_a_feed_that_is_watched_already_is_said_to_be_so_and_nothing_else(path):
    done = run(path, "feeds", "add", "https://b.test/feed", "--topic", "two", "--offline")

    assert (0, "", "https://b.test/feed is watched for two already\n") == (
        done.exit_code,
        done.stdout,
        done.stderr,
    )
    assert YAML == path.read_text()


def test_a_list_comes_in_whatever_its_feeds_are_called(path, tmp_path):
    rows = {
        "https://taz.de/!p4608;rss/": "The paper",  # has a name of its own here
        "https://c.test/1": "taz",  # another feed's name
        "https://c.test/2": "News: the world",
        "https://c.test/3": "mailto: us",  # reads like an address
        "https://c.test/4": "News: the world",
        "ftp://c.test/5": "No feed of the web",
    }
    outlines = "".join(f'<outline type="rss" text="{t}" xmlUrl="{u}"/>' for u, t in rows.items())
    listed = tmp_path / "x.opml"
    listed.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', encoding="utf-8")

    done = run(path, "feeds", "import", listed, "--topic", "two")

    assert 3 == done.exit_code, done.output
    assert "5 are watched for two now" in done.stdout
    assert "left out: " in done.stderr
    settings = config.load(path, {})
    assert {"https://b.test/feed", *list(rows)[:5]} == set(settings.topics[1].feeds)
    names = {feed.url: feed.name for feed in settings.feeds}
    assert ["taz", None, "News: the world", None, None] == [names[url] for url in list(rows)[:5]]


def test_import_takes_lists_of_feeds_too(path, tmp_path):
    listed = tmp_path / "x.opml"
    listed.write_text(opml_of("x", {"F": [ListedFeed("https://c.test/rss", "C")]}), encoding="utf-8")

    which = run(path, "import", listed)
    done = run(path, "import", listed, "--topic", "two")
    told = json.loads(run(path, "import", listed, "--topic", "two", "--json").stdout)

    assert (2, "--topic is needed") == (
        which.exit_code,
        which.output[which.output.index("--topic is") :][:17],
    )
    assert (0, f"1 feed in {listed}: all are watched for two now.\n") == (done.exit_code, done.stdout)
    assert "https://c.test/rss" in config.load(path, {}).topics[1].feeds
    assert ([1], 0) == ([one["feeds"] for one in told["feeds"]], told["imported"])


def test_lists_go_out_and_come_back_in(path, tmp_path):
    run(
        path,
        "feeds",
        "add",
        "https://c.test/rss?a=1&b=2",
        "--topic",
        "two",
        "--name",
        "C <daily>",
        "--offline",
    )
    exported = run(path, "feeds", "export")
    (tmp_path / "list.opml").write_text(exported.output, encoding="utf-8")
    fresh = tmp_path / "fresh.yaml"
    fresh.write_text(
        "version: 1\ndatabase: m.db\ntopics:\n  t: {query: a, schedule: every 10 minutes, feeds: [https://b.test/feed]}\n"
    )
    done = run(fresh, "feeds", "import", tmp_path / "list.opml")
    again = run(fresh, "feeds", "import", tmp_path / "list.opml")

    assert 0 == exported.exit_code == done.exit_code == again.exit_code, done.output
    assert ["One", "two"] == [folder for feed in feeds_of(exported.output) for folder in feed.folders[:1]][:2]
    assert ["https://b.test/feed", "https://taz.de/!p4608;rss/", "https://c.test/rss?a=1&b=2"] == list(
        config.load(fresh, {}).topics[0].feeds
    )
    assert "C <daily>" in [feed.name for feed in config.load(fresh, {}).feeds]


def test_an_exported_list_holds_no_secret(path):
    path.write_text(YAML.replace("https://b.test/feed", "https://me:geheim99@b.test/feed"), encoding="utf-8")

    assert "geheim99" not in run(path, "feeds", "export").output
    assert [ListedFeed("https://a.test/?a&b", "Ä & ö", ("F",))] == feeds_of(
        opml_of("x", {"F": [ListedFeed("https://a.test/?a&b", "Ä & ö")]})
    )


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/f">', ["http://a.test/f"]),
        ('<link rel="alternate" type="application/feed+json" href="f.json">', ["http://a.test/n/f.json"]),
        (
            '<base href="/b/"><link rel="alternate" type="application/atom+xml" href="f">',
            ["http://a.test/b/f"],
        ),
        ('<link rel="alternate" hreflang="en" href="/en/">', []),
        ('<a href="/rss/politik">RSS</a>', ["http://a.test/rss/politik"]),
        ("<p>nothing", []),
        ("", []),
    ],
)
def test_the_feeds_that_a_page_links_to(html, expected):
    assert expected == feeds_on(f"<html><head>{html}</head><body></body></html>", "http://a.test/n/page")


async def test_discover_asks_what_a_page_links_to_and_add_takes_the_one(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/a", "Waffenstillstand", sentences("a", 12))
        link = '<link rel="alternate" type="application/rss+xml" href="{}">'
        outlet.pages["/"] = f"<html><head>{link.format('/feed.xml')}{link.format('/gone.xml')}</head></html>"
        path = town.config(tmp_path)
        text = (
            path.read_text()
            .replace(outlet.feed, "https://elsewhere.test/feed")
            .replace("every 1 second", "every 10 minutes")
        )
        path.write_text(text)
        found = await asyncio.to_thread(run, path, "feeds", "discover", f"{outlet.address}/", "--json")
        added = await asyncio.to_thread(run, path, "feeds", "add", f"{outlet.address}/")
        nothing = await asyncio.to_thread(run, path, "feeds", "discover", f"{outlet.address}/a")

    assert found.exception is None, found.exception
    rows = json.loads(found.stdout)
    assert [(outlet.feed, 1, None), (f"{outlet.address}/gone.xml", 0, "HTTP 404")] == [
        (row["url"], row["entries"], row["error"]) for row in rows
    ]
    assert 0 == added.exit_code, added.output
    assert outlet.feed in config.load(path, {}).topics[0].feeds
    assert outlet.feed in nothing.output  # /feed.xml is one of the usual places


async def test_several_feeds_are_a_choice_for_the_user(tmp_path):
    async with Town(1) as town:
        (outlet,) = town.outlets

        async def second(_):
            return web.Response(text=outlet.rss(), content_type="application/rss+xml")

        outlet.pages["/second.xml"] = second
        outlet.pages["/"] = '<a href="/feed.xml">a</a> <a href="/second.xml">RSS</a>'
        outlet.pages["/"] = outlet.pages["/"].replace(
            "<a ", '<link rel="alternate" type="application/rss+xml" '
        )
        path = town.config(tmp_path)
        before = path.read_text()
        added = await asyncio.to_thread(run, path, "feeds", "add", f"{outlet.address}/")

    assert "several feeds" in str(added.exception)
    assert before == path.read_text()
