"""What the commands ask: status, search, explanations, a story on its timeline."""

import subprocess
import sys
from datetime import timedelta

import pytest
from store_scene import (
    ALONE,
    FEED_A,
    FEED_B,
    NOON,
    add,
    article,
    copy_of,
    dpa,
    entry,
    following,
    fresh,
    match,
    minutes,
    poll,
    quick_store,
    settings,
    story_of,
    text,
    topic,
)

from monitor.errors import NotFoundError, QueryError, StoreError
from monitor.model import Cooldown, Gap, Link, Outcome, Verdict
from monitor.store import Store, queries


def test_a_database_from_before_an_update_is_told_instead_of_asked(tmp_path):
    with quick_store(tmp_path / "old.db") as store:
        store.run(lambda books: books.conn.execute("pragma user_version = 8"))

    with pytest.raises(StoreError, match=r"has version 8, .* brings it up to date"):
        queries.connect(tmp_path / "old.db")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "monitor.db"


@pytest.fixture
def store(path, tmp_path):
    with quick_store(path) as opened:
        opened.run(
            lambda books: books.sync(settings(tmp_path, topic(), topic("ferries", query="ferr*")), NOON)
        )
        yield opened


@pytest.fixture
def conn(store, path):
    opened = queries.connect(path)
    yield opened
    opened.close()


@pytest.fixture
def scene(store):
    """An original, its copy seven minutes later and edited since, a story of its own with a link to it."""
    feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
    served = [entry("a"), entry("b"), entry("c")]
    store.run(lambda books: books.save_poll(poll(feed, entries=served), fresh(*served), None))
    first = add(store, article(credit=dpa(), addresses=("https://harbour.test/news/a",)), matches=[match()])
    second = add(
        store,
        article("b", outlet_id="meadow.test", first_seen=NOON + minutes(7)),
        copy_of(first, story_of(store, first), "shortened", share=0.9),
    )
    tie = Link(first, "partial", 0.2, "one passage is shared", {"passages": [[3, 40, 8]]})
    add(
        store,
        article("c", 3, first_seen=NOON + minutes(3), language="de", title="Fähre"),
        Verdict("its own story", links=(tie,)),
    )
    revised = article("b", text=text(1) + " added words")
    store.run(lambda books: books.add_revision(books.article(second), revised, None, NOON + minutes(90)))
    store.run(lambda books: books.set_entry(1, Outcome("stored", "nothing like it", first), NOON))
    store.run(lambda books: books.set_entry(2, Outcome("off_topic", "no topic matched"), NOON))
    store.run(lambda books: books.announce("bridges", first, "desk", NOON))
    return store


# ── search ───────────────────────────────────────────────────────────────────────────────────────


def ids(conn, query, limit=20, **how):
    return [row["article_id"] for row in queries.search(conn, query, limit, **how)]


def test_search_gives_the_newest_first_with_the_words_marked(scene, conn):
    rows = queries.search(conn, "bridge", 10)

    assert [row["article_id"] for row in rows if row["title"] != "Fähre"] == [2, 1]
    assert "[bridge" in rows[0]["snippet"]
    assert tuple(rows[-1][key] for key in ("outlet", "agency", "story_id", "copy")) == (
        "Harbour Post",
        "dpa",
        1,
        None,
    )
    assert next(row["copy"] for row in rows if row["article_id"] == 2) == "shortened"


def test_search_gives_the_newest_first_whenever_they_were_stored(store, conn, monkeypatch):
    monkeypatch.setattr(queries, "HITS_AT_ONCE", 4)
    ages = [30, 5, 90, 1, 60, 2, 45, 3, 75, 4, 120, 6]  # days; imported in the order of their files
    for number, days in enumerate(ages):
        add(store, article(f"bridge-{number}", number, first_seen=NOON - timedelta(days=days)))

    rows = queries.search(conn, "bridge", 5)

    expected = [(NOON - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (1, 2, 3, 4, 5)]
    assert expected == [row["first_seen_at"] for row in rows]


def test_search_speaks_the_query_language_of_topics(scene, conn):
    assert [3] == ids(conn, "fahre") == ids(conn, "title : FÄHRE") == ids(conn, "fäh*")
    assert ids(conn, "title : bridge OR title : b") == [2, 1]
    assert ids(conn, "fahre NOT fahre") == []
    assert ids(conn, '"added words"') == [2]


def test_search_can_be_narrowed(scene, conn):
    assert ids(conn, "council*", language="de") == [3]
    assert ids(conn, "council*", topic="bridges") == [1]
    assert ids(conn, "council*", outlet="meadow.test") == [2]
    assert ids(conn, "council*", outlet="Harbour Post") == [3, 1]
    assert ids(conn, "council*", since=NOON + minutes(1)) == [2, 3]
    assert ids(conn, "council*", 1) == [2]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ('"unbalanced', "never closed"),
        ("AND", "this AND that"),
        ("NEAR(", "the query ends where a word should follow"),
        ("-x", "cannot be used"),
        ("(", "cannot be used"),
        ("a:b", "no column 'a'"),
        ("outlet_id:b", "no column 'outlet_id'"),
        ("*", "cannot be used"),
        ("*x", "after the beginning of a word"),
        ("';drop table articles", "cannot be used"),
        ("", "empty"),
        ("  \0 ", "empty"),
        ("\ud800", "no text"),
        ("a AND " * 3000, "cannot be used"),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_with_advice(scene, conn, query, sentence):
    with pytest.raises(QueryError, match=sentence) as caught:
        queries.search(conn, query, 5)

    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "query", ["^bridge", "bridge\0x", "🌉", "x" * 10_000, "' OR 1=1", "%", "bridge " * 500]
)
def test_s38_odd_queries_give_a_result_or_a_refusal_and_never_an_accident(scene, conn, query):
    try:
        answer = f"{len(queries.search(conn, query, 5))} found"
    except QueryError as error:
        answer = str(error)

    assert 0 < len(answer) < 300
    assert len(queries.search(conn, "bridge", 5)) > 0  # whatever was asked before


def test_newest_first_reads_no_more_than_it_shows(scene, conn):
    traced = [row[3] for row in conn.execute(
        "explain query plan select articles.id from articles_fts cross join articles on articles.id = articles_fts.rowid"
        " where articles_fts match 'x' order by articles_fts.rowid desc limit 5")]  # fmt: skip

    assert [step for step in traced if "TEMP B-TREE" in step] == []


# ── explain ──────────────────────────────────────────────────────────────────────────────────────


def test_an_address_is_explained_from_where_it_was_seen_to_what_it_is_a_copy_of(scene, conn):
    told = queries.explain(conn, ("https://nowhere.test/", "https://harbour.test/news/a"))

    assert [(e["title"][-1], e["state"], e["because"], e["feed"], e["topics"]) for e in told["entries"]] == [
        ("a", "stored", "nothing like it", "harbour", "bridges, ferries")
    ]
    article = told["article"]

    assert (article["title"], article["agency"], article["story_id"]) == ("The bridge", "dpa", 1)
    assert article["matches"] == [
        {"topic_id": "bridges", "at": "2026-06-01T12:00:00Z", "because": "the oldest [bridge] of"}
    ]
    assert (None, ALONE.because) == (article["copy"], article["story"]["because"])
    assert article["addresses"] == ["https://harbour.test/bridge", "https://harbour.test/news/a"]
    assert [(tie["kind"], tie["article_id"], tie["title"]) for tie in article["linked_from"]] == [
        ("partial", 3, "Fähre")
    ]
    assert [(a["topic_id"], a["target"], a["state"]) for a in article["announced"]] == [
        ("bridges", "desk", "waiting")
    ]


def test_a_copy_is_explained_with_its_evidence_and_its_revisions(scene, conn):
    article = queries.explain(conn, 2)["article"]

    assert tuple(
        article["copy"][key] for key in ("kind", "share", "original_title", "original_outlet", "evidence")
    ) == ("shortened", 0.9, "The bridge", "Harbour Post", {"passages": [[0, 200, 0]]})
    assert [(r["number"], r["words_added"]) for r in article["revisions"]] == [(1, 200), (2, 2)]


def test_a_link_is_explained_from_its_side(scene, conn):
    assert [
        (tie["kind"], tie["article_id"], tie["evidence"])
        for tie in queries.explain(conn, 3)["article"]["links"]
    ] == [("partial", 1, {"passages": [[3, 40, 8]]})]


def test_an_entry_that_was_left_out_is_explained(scene, conn):
    for reference, kind in (("https://harbour.test/news/b", None), (2, "entry")):
        told = queries.explain(conn, reference, kind=kind)

        assert [(e["state"], e["because"]) for e in told["entries"]] == [("off_topic", "no topic matched")]
        assert (told["found"], told["article"]) == (True, None)


def test_a_number_is_an_article_or_else_an_entry(scene, conn):
    assert [e["title"][-1] for e in queries.explain(conn, 1)["entries"]] == ["a"]
    assert queries.explain(conn, 1, kind="entry")["article"]["article_id"] == 1
    assert not queries.explain(conn, 99)["found"]
    assert not queries.explain(conn, 99, kind="article")["found"]


def test_the_first_address_that_leads_anywhere_counts(scene, conn):
    addresses = ("https://harbour.test/c", "https://harbour.test/bridge")

    assert queries.explain(conn, addresses)["article"]["article_id"] == 3
    assert queries.explain(conn, addresses[::-1])["article"]["article_id"] == 1


def test_what_was_never_seen_is_not_found(scene, conn):
    assert queries.explain(conn, "https://nowhere.test/") == {"found": False, "entries": [], "article": None}


# ── story ────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_told_in_the_order_it_was_told(scene, conn):
    told = queries.story(conn, 1)

    assert (
        told["title"],
        told["articles"],
        told["outlets"],
        told["agency"],
        told["topics"],
    ) == ("The bridge", 2, 2, "dpa", ["bridges"])
    assert [
        (m["article_id"], m["kind"], m["lag_s"], m["outlet"], len(m["revisions"])) for m in told["members"]
    ] == [(1, "original", 0, "Harbour Post", 1), (2, "shortened", 420, "meadow.test", 2)]
    assert [m["copy"] and m["copy"]["share"] for m in told["members"]] == [None, 0.9]


def test_there_is_no_such_story(scene, conn):
    assert queries.story(conn, 99) is None


def test_an_articles_text(scene, conn):
    assert text(1) == queries.article_text(conn, 1)
    assert queries.article_text(conn, 99) is None


# ── status ───────────────────────────────────────────────────────────────────────────────────────


def test_status_of_an_archive_without_anything(conn):
    told = queries.status(conn, NOON)

    assert ({"new": 2}, {}, None, NOON.isoformat()[:10]) == (
        told["feeds"],
        told["entries"],
        told["last_poll_at"],
        told["at"][:10],
    )
    assert (told["late"], told["failing"], told["gaps"], told["pauses"]) == ([], [], [], [])


def test_status_tells_what_is_late_what_fails_what_waits_and_where_gaps_are(scene, conn):
    feed = next(f for f in scene.run(lambda books: books.due_feeds(NOON, regardless=True)) if f.url == FEED_B)
    bad = following(
        NOON, state="failing", failures=3, cooldown=Cooldown("meadow.test", NOON + minutes(60), "429")
    )
    gap = Gap(NOON - minutes(90), NOON, "outage", "no answer for 90 minutes")
    scene.run(
        lambda books: books.save_poll(poll(feed, outcome="error", error="HTTP 429", next=bad), fresh(), gap)
    )

    told = queries.status(conn, NOON + minutes(16))

    assert told["feeds"] == {"ok": 1, "failing": 1}
    assert told["entries"] == {"waiting": 1, "stored": 1, "off_topic": 1}
    assert [row["feed"] for row in told["late"]] == ["harbour", FEED_B]
    assert [(row["last_error"], row["failures"], row["failing_since"]) for row in told["failing"]] == [
        ("HTTP 429", 3, "2026-06-01T12:00:00Z")
    ]
    assert [(row["kind"], row["because"]) for row in told["gaps"]] == [("outage", "no answer for 90 minutes")]
    assert [(row["scope"], row["because"]) for row in told["pauses"]] == [("meadow.test", "429")]
    assert told["polls"] == {"new": 1, "error": 1}
    assert told["outbox"] == {"waiting": 1}
    assert (
        told["oldest_waiting_at"],
        told["last_article_at"],
    ) == ("2026-06-01T12:00:00Z", "2026-06-01T12:07:00Z")
    assert queries.status(conn, NOON + timedelta(days=3))["gaps"] == []
    assert tuple(told["counts"][key] for key in ("articles", "stories", "copies")) == (3, 2, 1)


def test_nothing_is_late_that_is_due_for_a_moment_only(scene, conn):
    assert queries.status(conn, NOON + minutes(4))["late"] == []


def test_topics_and_feeds_are_listed_with_what_they_brought(scene, conn):
    assert [(t["id"], t["feeds"], t["articles"]) for t in queries.topics(conn)] == [
        ("bridges", 2, 1),
        ("ferries", 2, 0),
    ]
    assert [(f["name"], f["entries"], f["topics"]) for f in queries.feeds(conn)] == [
        ("harbour", 3, "bridges, ferries"),
        (None, 0, "bridges, ferries"),
    ]


def test_feeds_that_were_removed_are_listed_on_request(scene, conn, tmp_path):
    scene.run(lambda books: books.sync(settings(tmp_path, feeds=()), NOON))

    assert (len(queries.feeds(conn)), len(queries.feeds(conn, removed=True))) == (0, 2)


# ── the connection ───────────────────────────────────────────────────────────────────────────────


def test_an_empty_file_is_no_database_yet(tmp_path):
    (tmp_path / "empty.db").touch()

    with pytest.raises(NotFoundError, match="empty"):
        queries.connect(tmp_path / "empty.db")


def test_odd_paths_are_opened_as_they_are(tmp_path):
    path = tmp_path / "50% of #1?mode=rwc.db"
    Store.open(path).close()
    opened = queries.connect(path)

    assert queries.counts(opened)["articles"] == 0
    opened.close()


def test_reading_needs_none_of_the_heavy_libraries():
    script = (
        "import sys, monitor.store.queries, monitor.store.lock\n"
        "print([m for m in ('sqlite_utils', 'yarl', 'asyncio', 'monitor.store.writer', 'monitor.store.books') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
