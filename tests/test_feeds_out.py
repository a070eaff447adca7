"""Feeds out: valid, one entry for each story, the same octets for the same stories, whole files."""

import json
import re
from dataclasses import replace
from datetime import datetime

import feedparser
import pytest
from office_scene import HOUR, Clock, bridges, desk, join, opened, tell
from store_scene import NOON, dpa, minutes, topic

from monitor.core.feedout import atom, json_feed
from monitor.model import Carrier, SavedSearch, StoryNews
from monitor.outputs.feeds import Rack, write_feeds
from monitor.settle import article_of

HOSTILE = 'A & B <script>alert("x")</script> \x08\x00\ufffe ]]> 🚢'


def rack(tmp_path, *topics, saved=()):
    return Rack(tmp_path / "feeds", topics or (bridges(),), saved)


def is_valid(feed):
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/: what must be there and of which kind."""
    assert "https://jsonfeed.org/version/1.1" == feed["version"]
    assert isinstance(feed["title"], str)
    for item in feed["items"]:
        assert {"id", "content_html"} <= item.keys()
        assert isinstance(item["id"], str)
        for key in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[key]).tzinfo
        assert all(set(author) <= {"name", "url", "avatar"} and author for author in item["authors"])
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
        assert item.keys() <= {"id", "url", "title", "content_html", "date_published", "date_modified", "authors", "language",
                               "tags"}  # fmt: skip
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])
    return True


async def test_a_topic_has_one_entry_for_each_story_in_both_kinds(tmp_path):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk()) as (store, _):
        first = tell(store, "bridge", NOON, credit=dpa(), title="Bridge closed & <b>reopened</b>")
        for number in range(5):
            join(store, first, f"outlet-{number}.test", NOON + minutes(number))
        tell(store, "tunnel", NOON + HOUR)
        assert 2 == await write_feeds(rack(tmp_path), store, None)
        before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "feeds").iterdir()}
        assert 0 == await write_feeds(rack(tmp_path), store, None)
        join(store, first, "late.test", NOON + 2 * HOUR)
        assert 2 == await write_feeds(rack(tmp_path), store, NOON)

    assert {"bridges.atom", "bridges.json"} == before.keys()
    parsed = feedparser.parse((tmp_path / "feeds" / "bridges.atom").read_bytes())
    feed = json.loads((tmp_path / "feeds" / "bridges.json").read_bytes())
    assert not parsed.bozo, parsed.bozo_exception
    assert is_valid(feed)
    assert ("atom10", "Bridges") == (parsed.version, parsed.feed.title)
    assert ["The tunnel", "Bridge closed & <b>reopened</b>"] == [entry.title for entry in parsed.entries]
    assert [entry.id for entry in parsed.entries] == [item["id"] for item in feed["items"]]
    older = parsed.entries[1]
    assert ("2026-06-01T12:00:00Z", "2026-06-01T14:00:00Z") == (older.published, older.updated)
    assert "https://harbour.test/bridge" == older.link
    assert 7 == len(older.authors)
    assert "<mark>bridge</mark>" in feed["items"][1]["content_html"]
    assert ["dpa"] == feed["items"][1]["tags"]


async def test_an_edited_story_is_written_anew_with_the_time_of_the_edit(tmp_path):
    """A feed reader shows an entry again where `updated` is later (RFC 4287, section 4.2.15)."""
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk()) as (store, _):
        first = tell(store, "bridge", NOON, title="Bridge closed")
        tell(store, "tunnel", NOON + minutes(1))
        await write_feeds(rack(tmp_path), store, None)

        def edit(books):
            there = books.article(first)
            books.add_revision(there, replace(article_of(there), title="Bridge open"), None, NOON + 3 * HOUR)

        await store.write(edit)
        assert 2 == await write_feeds(rack(tmp_path), store, NOON + 2 * HOUR)

    parsed = feedparser.parse((tmp_path / "feeds" / "bridges.atom").read_bytes())
    feed = json.loads((tmp_path / "feeds" / "bridges.json").read_bytes())
    edited = f"{NOON + 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert [("Bridge open", edited)] == [(e.title, e.updated) for e in parsed.entries if "Bridge" in e.title]
    assert edited == parsed.feed.updated
    assert [edited] == [item["date_modified"] for item in feed["items"] if "Bridge" in item["title"]]


async def test_ids_stay_when_copies_come_and_when_the_database_is_built_anew(tmp_path):
    ids = []
    for number in range(2):
        async with opened(tmp_path / f"{number}" / "m.db", Clock(), desk()) as (store, _):
            if number:
                tell(store, "another", NOON - HOUR)
            first = tell(store, "bridge", NOON)
            join(store, first, "copy.test", NOON)
            await write_feeds(rack(tmp_path / f"{number}"), store, None)
            items = json.loads((tmp_path / f"{number}" / "feeds" / "bridges.json").read_bytes())["items"]
            ids.append(items[0]["id"])

    assert ids[0] == ids[1]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", ids[0])


async def test_only_what_changed_is_written_and_what_is_gone_is_taken_away(tmp_path):
    watched = (bridges(), topic("rivers", title="Rivers"))
    async with opened(tmp_path / "m.db", Clock(), desk(), topics=watched) as (store, _):
        tell(store, "bridge", NOON)
        tell(store, "river", NOON, topics=("rivers",), targets=())
        assert 4 == await write_feeds(rack(tmp_path, *watched), store, None)
        (tmp_path / "feeds" / "rivers.atom").unlink()
        tell(store, "second", NOON + HOUR)
        assert 2 == await write_feeds(rack(tmp_path, *watched), store, NOON + HOUR)
        await write_feeds(rack(tmp_path, bridges()), store, None)

    assert ["bridges.atom", "bridges.json"] == sorted(path.name for path in (tmp_path / "feeds").iterdir())


async def test_a_saved_search_has_feeds_of_its_own(tmp_path):
    saved = (SavedSearch("ferries", "ferries OR council"),)
    async with opened(tmp_path / "m.db", Clock(), desk()) as (store, _):
        first = tell(store, "bridge", NOON, topics=(), targets=())
        join(store, first, "copy.test", NOON, topics=())
        await write_feeds(rack(tmp_path, saved=saved), store, None)

    feed = json.loads((tmp_path / "feeds" / "ferries.json").read_bytes())
    assert is_valid(feed)
    assert ["The bridge"] == [item["title"] for item in feed["items"]]


@pytest.mark.parametrize("text", [HOSTILE, "", "  ", "Переговори\nв Женеві"])
def test_whatever_a_page_says_the_feeds_stay_valid(text):
    carrier = Carrier(text, text, "javascript:alert(1)", "identical", NOON)
    story = StoryNews(7, text, f"https://e.test/?q={text}&a=<b>", NOON, NOON, 2, (text, "b"), text or None, "de", f"[{text}]",
                      (carrier, carrier), (carrier,))  # fmt: skip
    seed = StoryNews(8, text, "seed:a.txt", NOON, NOON, 1, ())
    octets = atom(text or "x", text, [story, seed])
    parsed = feedparser.parse(octets)

    assert not parsed.bozo, parsed.bozo_exception
    assert 2 == len({entry.id for entry in parsed.entries})
    assert is_valid(json.loads(json_feed("x", text, [story, seed])))
    assert b"<script" not in octets
    assert b"href=&quot;javascript" not in octets


def test_a_topic_without_stories_has_valid_feeds():
    parsed = feedparser.parse(atom("x", "Nothing yet", []))

    assert (False, []) == (bool(parsed.bozo), parsed.entries)
    assert is_valid(json.loads(json_feed("x", "Nothing yet", [])))
