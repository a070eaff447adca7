"""Cases of what goes in and out: patterns, file names, permissions; one article in many feeds, a topic that comes late."""

import stat
import tempfile
from pathlib import Path

import pytest
from receiver import Receiver
from store_scene import NOON, add, article, quick_store, settings
from test_alerts_journey import configured
from test_journey import poll, rows
from town import Town, sentences

from monitor import config
from monitor.core.items import TITLE
from monitor.core.parse import parse_feed
from monitor.core.topics import Matcher
from monitor.errors import ConfigError
from monitor.model import Page, Schedule, Topic
from monitor.outputs.feeds import written
from monitor.store import backup, lock
from monitor.store.opening import log_of
from monitor.store.pages import PageArchive


def load(folder, text, mode=0o640):
    path = folder / "monitor.yaml"
    path.write_text("version: 1\ndatabase: m.db\n" + text)
    path.chmod(mode)
    return config.load(path, {})


# ── S40: patterns ────────────────────────────────────────────────────────────────────────────────

TOPIC = "topics: {{t: {{query: '{}', feeds: ['https://a.test/feed'], schedule: every hour}}}}\n"


@pytest.mark.parametrize("pattern", ["(a+)+$", "a{1,5}", "[a-z]+", "/truce/", "(a|b", "^(.*)*$"])
def test_s40_a_pattern_is_no_query_and_is_refused_at_load(tmp_path, pattern):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, TOPIC.format(pattern))

    (finding,) = refused.value.findings
    assert finding.startswith(f"{tmp_path / 'monitor.yaml'}:3:")


def test_s40_of_a_title_without_end_only_the_beginning_is_ever_matched():
    endless = "a" * 1_000_000
    feed = f"<rss version='2.0'><channel><title>x</title><item><title>{endless}!</title><guid>1</guid></item></channel></rss>"
    document = parse_feed(feed.encode(), url="https://a.test/", content_type="text/xml", now=NOON)
    topic = Topic("t", "T", "truce OR aaaa*", Schedule("every hour"), ("https://a.test/feed",))
    (found,) = Matcher([topic]).match([article(title=document.entries[0].title)], [("t",)])

    assert TITLE >= len(document.entries[0].title)
    assert ["t"] == [one.topic_id for one in found.matches]


# ── S43: names of files ──────────────────────────────────────────────────────────────────────────

NASTY = ["../../etc/x", "..", ".hidden", "a/b", "a\\\\b", "x" * 300, "\\0", "", "a b", "~", "*"]


@pytest.mark.parametrize("name", NASTY)
def test_s43_what_would_lead_elsewhere_is_no_name_of_a_topic_or_search(tmp_path, name):
    body = "{query: truce, feeds: ['https://a.test/feed'], schedule: every hour}"
    for text in (f'topics: {{"{name}": {body}}}\n', f'topics: {{t: {body}}}\nsaved: {{"{name}": truce}}\n'):
        with pytest.raises(ConfigError):
            load(tmp_path, text)


@pytest.mark.parametrize("name", ["CON", "truce", "übung", "a.b-c_d", "x" * 64])
def test_s43_every_name_that_is_taken_stays_inside_its_folder(tmp_path, name):
    folder = tmp_path / "feeds"
    load(tmp_path, f"topics: {{{name}: {{query: truce, feeds: ['https://a.test/feed'], schedule: every hour}}}}\n")  # fmt: skip

    assert 2 == written(folder, name, "../../etc/passwd\0\n", [])
    assert {folder / f"{name}.atom", folder / f"{name}.json"} == set(folder.iterdir())


# ── S44: who may read ────────────────────────────────────────────────────────────────────────────


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_s44_no_file_of_ours_is_for_everybody(tmp_path):
    path = tmp_path / "data" / "monitor.db"
    with quick_store(path) as store, lock.hold(path):
        store.run(lambda books: books.sync(settings(tmp_path), NOON))
        add(store, article())
        archive = PageArchive(path.with_name("archive.db"))
        archive.add(Page("https://a.test/", "https://a.test/", 200, {}, b"<p>x", NOON), article_id=1)
        archive.close()
        made = backup.back_up(path, backup.dated(path, NOON))
        modes = {file.name: mode(file) for file in path.parent.rglob("*.db*") if file.is_file()}
        assert {path.name, log_of(path).name, "archive.db", lock.lock_of(path).name, made.path.name} <= set(
            modes
        )

    assert {} == {name: oct(bits) for name, bits in modes.items() if bits & 0o007}


LITERAL = {
    "a feed": "topics: {t: {query: truce, feeds: ['https://desk:hunter2@a.test/feed'], schedule: every hour}}\n",
    "a proxy": "topics: {}\nfetch: {proxy: 'http://desk:hunter2@a.test:3128'}\n",
    "mail": "topics: {}\nsmtp: {host: a.test, sender: a@b.test, user: desk, password: hunter2}\n",
    "a signature": "topics: {}\nalerts: {desk: {to: 'https://a.test/hook', secret: hunter2}}\n",
}


@pytest.fixture
def public():
    """A folder that everybody on this machine may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        if not all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents):
            pytest.skip("the folder of temporary files is private here")
        yield folder


@pytest.mark.parametrize("where", LITERAL)
def test_s44_a_configuration_with_a_password_that_everybody_may_read_is_refused(public, where):
    with pytest.raises(ConfigError) as refused:
        load(public, LITERAL[where], 0o644)

    (finding,) = refused.value.findings
    assert "a password stands here, and everybody on this machine may read the file" in finding
    assert "hunter2" not in finding
    assert load(public, LITERAL[where], 0o640)


def test_s44_without_a_password_everybody_may_read_it(public):
    (public / "hook").write_text("https://a.test/hook")
    fine = "topics: {t: {query: truce, feeds: ['https://a.test/feed?id=1'], schedule: every hour}}\nalerts: {d: {to_file: hook}}\n"

    assert load(public, fine, 0o644)


# ── R23, R24 ─────────────────────────────────────────────────────────────────────────────────────


async def test_r23_one_article_in_four_feeds_is_one_article_seen_four_times_and_told_once(tmp_path):
    async with Receiver() as hook, Town(4) as town:
        first, *others = town.outlets
        first.publish("/a", "Waffenstillstand in Genf", sentences("a", 12))
        for other in others:
            other.rss = first.rss
        path = configured(town, tmp_path, hook)
        await poll(path)
        await poll(path)

    assert [(1, 4)] == [
        tuple(row.values())
        for row in rows(
            path, "select count(distinct article_id), count(*) from entries where state = 'stored'"
        )
    ]
    assert 1 == rows(path, "select count(*) as n from articles")[0]["n"]
    assert ["truce:1:desk"] == hook.keys
    assert 1 == first.paths_asked().count("/a")


async def test_r24_a_topic_that_comes_late_tells_of_what_comes_then_and_floods_nobody(tmp_path):
    async with Receiver() as hook, Town(1) as town:
        (outlet,) = town.outlets
        for number in range(12):
            outlet.publish(f"/{number}", f"Waffenstillstand {number}", sentences(f"s{number}", 9))
        path = configured(town, tmp_path, hook, query="nichtdergleichen")
        await poll(path)
        text = path.read_text()
        late = f"  late:\n    query: waffenstillstand*\n    feeds: ['{outlet.feed}']\n    schedule: every 1 second\n    alert: [desk]\n"
        path.write_text(text.replace("fetch:", late + "fetch:", 1))
        await poll(path)
        assert [] == hook.got
        outlet.publish("/new", "Waffenstillstand, heute", sentences("new", 9))
        await poll(path)

    assert 1 == len(hook.keys)
    assert [("late", "Waffenstillstand, heute")] == [
        (row["topic_id"], row["title"])
        for row in rows(
            path, "select topic_id, articles.title from matches join articles on articles.id = article_id"
        )
    ]
