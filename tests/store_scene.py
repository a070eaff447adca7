"""What the store's tests are played with: a morning in June, two feeds, and texts of one's own."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.fingerprint import fingerprint
from monitor.model import (
    Article,
    Changes,
    Copy,
    Credit,
    Entry,
    FeedDocument,
    FeedSource,
    Match,
    Next,
    Poll,
    Schedule,
    Settings,
    Topic,
    Verdict,
)
from monitor.store import Store, opening

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ALONE = Verdict("nothing like it is in the archive")
FEED_A = "https://feeds.harbour.test/all.xml"
FEED_B = "https://www.meadow.test/rss"

SENTENCE = """
the council of the harbour town has voted on monday to close its oldest bridge for repairs while engineers
measure how far rust has crept into the pillars that carry trams lorries and the morning crowd of cyclists who
cross the river on their way to the shipyard where new ferries are being built for the northern islands and
their few but stubborn winter guests
"""
WORDS = SENTENCE.split()


@contextmanager
def quick_store(path):
    """A store that does not wait for the disk: what is tested with it is not whether it survives a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "SYNCHRONOUS", "off")
        opened = Store.open(path)
    with opened:
        yield opened


def minutes(count):
    return timedelta(minutes=count)


def topic(id_="bridges", **changed):
    fields = {
        "title": "Bridges",
        "query": "bridge*",
        "schedule": Schedule("every 10 minutes", timedelta(minutes=10)),
        "feeds": (FEED_A, FEED_B),
    }
    return Topic(id=id_, **(fields | changed))


def settings(tmp_path, *topics, feeds=None, **changed):
    sources = (FeedSource(FEED_A, "harbour", "Harbour Post"), FeedSource(FEED_B)) if feeds is None else feeds
    return Settings(
        tmp_path / "monitor.yaml", tmp_path / "monitor.db", topics or (topic(),), sources, **changed
    )


def entry(key="one", **changed):
    fields = {
        "guid": key,
        "url": f"https://harbour.test/news/{key}",
        "title": f"Title of {key}",
        "summary": "Lead.",
    }
    return Entry(key=key, **(fields | changed))


def following(now, **changed):
    fields = {
        "at": now + minutes(10),
        "state": "ok",
        "failures": 0,
        "interval_s": 600,
        "because": "every 10 minutes",
    }
    return Next(**(fields | changed))


def poll(feed, at=NOON, outcome="new", entries=(), **changed):
    document = FeedDocument("Harbour Post", tuple(entries), language="en") if entries else None
    fields = {"next": following(at), "status": 200, "bytes": 1000, "ms": 80, "document": document}
    return Poll(feed=feed, at=at, outcome=outcome, **(fields | changed))


def fresh(*entries):
    return Changes(new=tuple((one, f"digest of {one.key}") for one in entries))


def text(seed, count=200):
    """A text of its own: no run of five words stands in the text of another seed."""
    marks = [f"{seed}x{i // 60}" if i % 4 == 0 else "" for i in range(count)]
    return " ".join(f"{WORDS[(i * 7 + seed) % len(WORDS)]}{mark}" for i, mark in enumerate(marks))


def article(name="bridge", seed=1, **changed):
    body = changed.pop("text", None) or text(seed)
    fields = {
        "url": f"https://harbour.test/{name}",
        "outlet_id": "harbour.test",
        "title": f"The {name}",
        "text": body,
        "words": len(body.split()),
        "first_seen": NOON,
        "language": "en",
        "extractor": "by hand",
        "fingerprint": fingerprint(body),
    }
    return Article(**(fields | changed))


def copy_of(original_id, story_id, kind="identical", **changed):
    fields = {
        "share": 1.0,
        "share_of_original": 1.0,
        "because": "the same words",
        "evidence": {"passages": [[0, 200, 0]]},
    }
    return Verdict("a copy", copy=Copy(original_id, story_id, kind, **(fields | changed)))


def match(topic_id="bridges"):
    return Match(topic_id, "the oldest [bridge] of")


def dpa():
    return Credit("dpa", "dateline")


def add(store, one, verdict=ALONE, matches=()):
    return store.run(lambda books: books.add_article(one, verdict, matches, NOON))


def story_of(store, article_id):
    return store.run(lambda books: books.article(article_id)).story_id


def value(store, sql, *values):
    row = store.run(lambda books: books.conn.execute(sql, values).fetchone())
    return row[0] if row else None


def all_rows(store, sql, *values):
    return store.run(lambda books: books.conn.execute(sql, values).fetchall())


def found(store, query):
    return [
        row[0] for row in all_rows(store, "select rowid from articles_fts where articles_fts match ?", query)
    ]


def index_is_in_step(store):
    """FTS5's own check of the index against what it reads texts from; raises when they differ."""
    store.run(
        lambda books: books.conn.execute(
            "insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)"
        )
    )
    return True
