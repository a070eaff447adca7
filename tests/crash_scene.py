"""A morning of three feeds, played in one process on a real database; it can be ended at any system call.

    python tests/crash_scene.py FOLDER      plays on from where an earlier play in this folder ended

The web and the workers are played: what they give depends on the round alone. What the database says in
the end must not depend on how often the play was ended before (`told`).
"""

import asyncio
import json
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.core.agencies import credit
from monitor.core.fingerprint import fingerprint
from monitor.core.topics import Matcher
from monitor.errors import FetchError
from monitor.model import (
    Entry,
    Extract,
    FeedDocument,
    FeedSource,
    KeepRules,
    Page,
    Quality,
    Schedule,
    Settings,
    Topic,
)
from monitor.pipeline import poll_all, read_waiting
from monitor.seams import World
from monitor.store import Store

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROUNDS = 4
FEEDS = tuple(f"https://{name}.test/feed" for name in ("harbour", "meadow", "summit"))
WORDS = [
    "bridge",
    "council",
    "harbour",
    "tram",
    "lorry",
    "engineer",
    "pillar",
    "rust",
    "ferry",
    "northern",
    "island",
    "winter",
    "guest",
    "shipyard",
    "morning",
    "crowd",
    "cyclist",
    "river",
    "repair",
    "monday",
    "vote",
    "mayor",
    "budget",
    "question",
    "answer",
    "evening",
    "light",
    "water",
    "stone",
    "market",
]


def text(seed, words=160):
    """A text that no other seed shares five words in a row with."""
    return " ".join(
        WORDS[(i * 7 + seed * 3) % len(WORDS)] + (f"{seed}x{i // 9}" if i % 3 == 0 else "")
        for i in range(words)
    )


class Press:
    """The web and the workers in one: feeds that grow by four items a round, copies, a correction, a wall."""

    def __init__(self):
        self.round = 0

    def items(self):
        """(number, version) of what every feed shows now."""
        return [(n, self.version(n)) for n in range(4 * (self.round + 1))][-12:]

    def version(self, number):
        """Some items are corrected when they are two rounds old."""
        return int(number % 5 == 0 and self.round >= number // 4 + 2)

    def page_text(self, feed, number, version):
        """Every third item is the first feed's text again: whole, or with words of its own."""
        seed = number if number % 3 == 0 else 1000 * (feed + 1) + number
        own = "" if feed == 0 else " " + text(5000 + feed * 100 + number, 40 * feed)
        return text(seed) + (own if number % 3 == 0 else "") + (" corrected on the same day" * version)

    async def get(self, url, **_):
        """Any page of the three sites."""
        host, _, path = url.removeprefix("https://").partition("/")
        feed = next(i for i, one in enumerate(FEEDS) if host in one)
        if path == "feed":
            body = json.dumps(self.items()).encode()
            return Page(url, url, 200, {"etag": f'"{self.round}"'}, body, now(self))
        if path.endswith("7") and self.round < 2:
            return FetchError(url, "the site does not answer")
        return Page(url, url, 200, {}, json.dumps([feed, int(path)]).encode(), now(self))

    def cool(self, *_):
        """Nobody asks for a pause here."""

    async def parse(self, body, *, url, **_):
        """The feed's items, oldest first; no two feeds publish at once, so that it is told which text came first."""
        own = FEEDS.index(url)
        entries = tuple(
            Entry(key=f"k{n}", guid=f"k{n}", url=f"{url.removesuffix('feed')}{n}", title=f"Bridge {n}.{version}",
                  published=NOON + timedelta(minutes=n, seconds=own))
            for n, version in json.loads(body)
        )  # fmt: skip
        return FeedDocument("Feed", entries)

    async def extract(self, page, *, hint):
        """The page's article; one page in eight is a wall."""
        feed, number = json.loads(page.body)
        if number % 8 == 6:
            return Extract(Quality("consent", "asks for consent"), "Cookies", "")
        body = self.page_text(feed, number, self.version(number))
        return Extract(
            Quality("article", "reads like one"), hint.title, body, language="en", extractor="played",
            credit=credit(title=hint.title, text=body), fingerprint=fingerprint(body),
        )  # fmt: skip

    async def extract_wanted(self, page, *, hint, sieve):
        """The same: every page of this play is read."""
        return await self.extract(page, hint=hint)

    async def extract_content(self, task):
        """The feeds of this play carry no content."""
        raise AssertionError(task)


def now(press):
    """The time of the round."""
    return NOON + timedelta(minutes=30 * press.round)


async def play(folder):
    """Play the rounds that are left."""
    topic = Topic("bridges", "Bridges", "bridge*", Schedule("every 10 minutes", timedelta(minutes=10)), FEEDS)
    settings = Settings(
        folder / "monitor.yaml", folder / "monitor.db", (topic,), tuple(map(FeedSource, FEEDS))
    )
    mark = folder / "round"
    press = Press()
    with Store.open(settings.database) as store:
        world = World(
            web=press, workers=press, archive=store, topics={topic.id: topic}, matcher=Matcher((topic,)),
            now=lambda: now(press), chance=lambda: 0.5, wanted=lambda _, at: at + timedelta(minutes=10),
            private=lambda _: False, keep=KeepRules(reread=()),
        )  # fmt: skip
        for number in range(int(mark.read_text()) if mark.exists() else 0, ROUNDS):
            mark.write_text(str(number))
            press.round = number
            await store.write(lambda books: books.sync(settings, now(press)))
            feeds = await store.write(lambda books: books.due_feeds(now(press), regardless=True))
            await poll_all(feeds, world, now(press))
            await read_waiting(world)
    mark.write_text(str(ROUNDS))


TOLD = {
    "entries": "select feeds.url, entries.key, entries.title, entries.state, entries.because, articles.url,"
    " entries.first_seen_at, entries.last_seen_at from entries join feeds on feeds.id = entries.feed_id"
    " left join articles on articles.id = entries.article_id",
    "articles": "select articles.url, articles.title, text, articles.revisions, articles.words, originals.url, stories.articles,"
    " stories.outlets from articles join article_text on article_text.article_id = articles.id"
    " join stories on stories.id = articles.story_id join articles as originals on originals.id = stories.original_id",
    "copies": "select articles.url, originals.url, kind, share, share_of_original, copies.because from copies"
    " join articles on articles.id = copies.article_id join articles as originals on originals.id = original_id",
    "revisions": "select articles.url, number, revisions.title, words_added, words_removed from revisions"
    " join articles on articles.id = revisions.article_id",
    "matches": "select articles.url, topic_id, because from matches join articles on articles.id = article_id",
    "links": "select articles.url, others.url, kind, share from links join articles on articles.id = article_id"
    " join articles as others on others.id = other_id",
    "search": "select articles.url from articles_fts join articles on articles.id = articles_fts.rowid"
    " where articles_fts match 'bridge*'",
}


def told(folder):
    """What the database says, ids aside; its health is checked on the way (I1, I3, I6, I7)."""
    conn = sqlite3.connect(folder / "monitor.db")
    try:
        assert [("ok",)] == conn.execute("pragma integrity_check").fetchall()
        assert [] == conn.execute("pragma foreign_key_check").fetchall()
        conn.execute("insert into articles_fts(articles_fts, rank) values ('integrity-check', 1)")
        assert (
            []
            == conn.execute("select url from feeds where next_poll_at is null and state <> 'gone'").fetchall()
        )
        assert (
            []
            == conn.execute(
                "select url from feeds where etag is not null and id not in (select feed_id from entries)"
            ).fetchall()
        )
        return {name: sorted(conn.execute(query).fetchall(), key=repr) for name, query in TOLD.items()}
    finally:
        conn.rollback()
        conn.close()


if __name__ == "__main__":
    asyncio.run(play(Path(sys.argv[1])))
