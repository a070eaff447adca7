"""What waits to be read, in which order, and what became of it."""

from dataclasses import replace

import pytest
from store_scene import (
    FEED_A,
    FEED_B,
    NOON,
    add,
    all_rows,
    article,
    entry,
    fresh,
    minutes,
    poll,
    quick_store,
    settings,
    topic,
    value,
)

from monitor.model import Changes, Outcome, Page, Task
from monitor.store.reading import FRESH

NOBODY = frozenset()


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def feed_of(store, url):
    return next(
        feed for feed in store.run(lambda books: books.due_feeds(NOON, regardless=True)) if feed.url == url
    )


def seen(store, *entries, url=FEED_A, at=NOON):
    feed = feed_of(store, url)
    store.run(lambda books: books.save_poll(poll(feed, at=at, entries=entries), fresh(*entries), None))


def settled(store, entry_id, state, because="it was so", **changed):
    store.run(lambda books: books.set_entry(entry_id, Outcome(state, because, **changed), NOON))


def waiting(store, now=NOON, limit=10, busy=NOBODY, **how):
    return store.run(lambda books: books.waiting(now, limit, busy, **how))


def keys(tasks):
    return [task.key or f"article {task.article_id}" for task in tasks]


def page(name, status=200, **headers):
    url = f"https://harbour.test/{name}"
    return Page(url, url, status, headers, b"", NOON)


def test_a_waiting_entry_is_a_task_with_all_that_the_feed_said(store):
    one = entry("a", author="Ada", published=NOON - minutes(9), content="<p>all</p>", guid="guid-a")
    seen(store, one)

    task = waiting(store)[0]

    assert (1, FEED_A, "a", "guid-a", one.url) == (
        task.entry_id,
        task.feed_url,
        task.key,
        task.guid,
        task.url,
    )
    assert (
        task.title,
        task.summary,
        task.author,
        task.content,
        task.language,
    ) == ("Title of a", "Lead.", "Ada", "<p>all</p>", "en")
    assert (NOON - minutes(9), NOON, 0, ("bridges",)) == (
        task.published,
        task.first_seen,
        task.tries,
        task.topics,
    )


def test_the_oldest_comes_first_whatever_the_feed(store):
    seen(store, entry("a"), entry("b"))
    seen(store, entry("c", url="https://meadow.test/c"), url=FEED_B)
    seen(store, entry("d"))

    assert keys(waiting(store)) == ["a", "b", "c", "d"]
    assert keys(waiting(store, limit=2)) == ["a", "b"]
    assert waiting(store, limit=0) == []


def test_of_what_one_pass_brought_the_first_published_comes_first_whatever_the_feed(store):
    seen(store, entry("copy", published=NOON - minutes(10)), entry("undated", published=None))
    seen(store, entry("wire", url="https://meadow.test/wire", published=NOON - minutes(40)), url=FEED_B)
    seen(store, entry("later", published=NOON - minutes(90)), at=NOON + minutes(1))
    settled(store, 2, "waiting", next_try_at=NOON)

    assert ["undated", "wire", "copy", "later"] == keys(waiting(store, now=NOON + minutes(2)))


def test_the_oldest_are_found_without_sorting_the_backlog(store):
    plan = [
        row[3]
        for row in store.run(lambda books: books.conn.execute(f"explain query plan {FRESH}").fetchall())
    ]

    assert any("entries_fresh" in step for step in plan), plan
    assert not any("ORDER BY" in step for step in plan), plan


def test_pages_that_are_being_read_are_left_alone(store):
    seen(store, entry("a"), entry("b"))

    assert keys(waiting(store, busy=frozenset({"https://harbour.test/news/a"}))) == ["b"]


def test_the_same_page_is_read_once_at_a_time_however_it_is_spelled(store):
    seen(store, entry("a"))
    seen(store, entry("z", url="https://harbour.test/news/a?utm_source=other"), url=FEED_B)

    assert keys(waiting(store)) == ["a"]
    assert waiting(store, busy=frozenset({"https://harbour.test/news/a"})) == []


def test_entries_without_a_link_come_together_but_not_while_such_are_being_read(store):
    seen(store, entry("a", url=None), entry("b", url=None), entry("c"))

    assert keys(waiting(store)) == ["a", "b", "c"]
    assert [task.url for task in waiting(store)] == ["", "", "https://harbour.test/news/c"]
    assert keys(waiting(store, busy=frozenset({""}))) == ["c"]


@pytest.mark.parametrize(
    ("state", "next_try", "now", "anything"),
    [
        ("waiting", None, True, True),
        ("waiting", minutes(5), False, True),
        ("waiting", minutes(-5), True, True),
        ("quarantined", minutes(-5), True, True),
        ("quarantined", minutes(5), False, True),
        ("quarantined", None, False, False),
        ("failed", minutes(-5), True, True),
        ("failed", None, False, False),
        ("stored", None, False, False),
        ("off_topic", None, False, False),
        ("off_topic", minutes(-5), False, False),
        ("skipped", None, False, False),
    ],
    ids=str,
)
def test_what_is_tried_now_and_what_when_times_do_not_matter(store, state, next_try, now, anything):
    seen(store, entry("a"))
    settled(store, 1, state, next_try_at=next_try and NOON + next_try, tries=1)

    assert now == bool(waiting(store))
    assert anything == bool(waiting(store, anything=True))


def test_a_retry_that_is_due_takes_its_place_by_age(store):
    seen(store, entry("a"), entry("b"), entry("c"))
    settled(store, 2, "quarantined", next_try_at=NOON)

    assert keys(waiting(store)) == ["a", "b", "c"]


def test_a_long_queue_is_walked_in_order_past_what_is_busy(store):
    many = [entry(f"e{i:04}") for i in range(450)]
    seen(store, *many)
    busy = frozenset(one.url for one in many[:420])

    assert [f"e{i:04}" for i in range(420, 450)] == keys(waiting(store, limit=50, busy=busy))


def test_what_became_of_an_entry_is_kept_with_the_reason(store):
    seen(store, entry("a", content="<p>all</p>"))
    settled(
        store, 1, "quarantined", "consent: the page asks for cookies", next_try_at=NOON + minutes(60), tries=1
    )

    row = all_rows(store, "select state, because, tries, next_try_at, decided_at from entries")

    assert row == [
        (
            "quarantined",
            "consent: the page asks for cookies",
            1,
            "2026-06-01T13:00:00Z",
            "2026-06-01T12:00:00Z",
        )
    ]


@pytest.mark.parametrize(
    ("state", "next_try", "kept"),
    [
        ("quarantined", minutes(60), True),
        ("waiting", None, True),
        ("waiting", minutes(1), True),
        ("stored", None, False),
        ("failed", None, False),
        ("off_topic", None, False),
    ],
    ids=str,
)
def test_the_feeds_own_content_is_kept_until_there_is_nothing_left_to_try(store, state, next_try, kept):
    seen(store, entry("a", content="<p>all</p>"))
    settled(store, 1, state, next_try_at=next_try and NOON + next_try)

    assert kept == bool(value(store, "select count(*) from _entry_content"))


# ── articles read again ──────────────────────────────────────────────────────────────────────────


def test_an_article_is_read_again_when_its_time_has_come(store):
    article_id = add(store, article())
    store.run(lambda books: books.reread(article_id, NOON + minutes(60), page("bridge", etag='"e"'), 0))

    assert waiting(store, now=NOON + minutes(59)) == []
    assert waiting(store, now=NOON, anything=True) == []

    task = waiting(store, now=NOON + minutes(60))[0]

    assert (article_id, None, "https://harbour.test/bridge", '"e"') == (
        task.article_id,
        task.entry_id,
        task.url,
        task.etag,
    )
    assert (task.title, task.first_seen, task.tries) == ("The bridge", NOON, 0)


def test_an_article_to_read_again_knows_the_topics_of_the_feeds_that_led_to_it(store, tmp_path):
    store.run(
        lambda books: books.sync(
            settings(tmp_path, topic("a b", feeds=(FEED_A,)), topic("c", feeds=(FEED_B,))), NOON
        )
    )
    seen(store, entry("a"))
    seen(store, entry("z", url="https://harbour.test/z"), url=FEED_B)
    article_id = add(store, article())
    for entry_id in (1, 2):
        settled(store, entry_id, "stored", article_id=article_id)
    store.run(lambda books: books.reread(article_id, NOON, page("bridge"), 0))

    assert waiting(store)[0].topics == ("a b", "c")


def test_a_304_keeps_what_it_does_not_repeat_and_a_new_page_replaces_all(store):
    article_id = add(store, article())
    steps = [
        (page("bridge", etag='"1"', **{"last-modified": "Mon"}), ('"1"', "Mon")),
        (page("bridge", 304, etag='"2"'), ('"2"', "Mon")),
        (None, ('"2"', "Mon")),
        (page("bridge"), (None, None)),
    ]
    for number, (one, expected) in enumerate(steps):
        store.run(lambda books, one=one, number=number: books.reread(article_id, NOON, one, number))

        assert [(*expected, number)] == all_rows(store, "select etag, last_modified, rereads from _rereads")


def test_never_again_is_never(store):
    article_id = add(store, article())
    store.run(lambda books: books.reread(article_id, None, page("bridge"), 4))

    assert waiting(store, now=NOON + minutes(10**6)) == []


def test_a_changed_entry_makes_its_article_due(store):
    seen(store, entry("a"))
    article_id = add(store, article())
    settled(store, 1, "stored", article_id=article_id)
    store.run(lambda books: books.reread(article_id, NOON + minutes(60), page("bridge", etag='"e"'), 2))
    changed = entry("a", title="Other")
    feed = feed_of(store, FEED_A)
    later = NOON + minutes(5)
    store.run(
        lambda books: books.save_poll(
            poll(feed, at=later, entries=[changed]), Changes(changed=((1, changed, "d2"),)), None
        )
    )

    task = waiting(store, now=later)[0]

    assert (article_id, '"e"', 2) == (task.article_id, task.etag, task.tries)


def test_articles_to_read_again_get_their_share_and_never_more_while_entries_wait(store):
    seen(store, *(entry(f"e{i}") for i in range(20)))
    for i in range(20):
        article_id = add(store, article(f"again{i}", i))
        store.run(lambda books, a=article_id, i=i: books.reread(a, NOON, page(f"again{i}"), 0))

    tasks = waiting(store, limit=8)

    assert len([task for task in tasks if task.entry_id]) == 6
    assert len([task for task in tasks if task.article_id]) == 2
    assert len(waiting(store, limit=100)) == 40
    assert len({task.url for task in waiting(store, limit=100)}) == 40


# ── off topic ────────────────────────────────────────────────────────────────────────────────────


def off_topic(store, topics, address="https://harbour.test/news/a", **more):
    return store.run(lambda books: books.off_topic_at(address, topics, **more))


def test_an_address_that_these_topics_left_out_is_known(store):
    seen(store, entry("a"))

    assert not off_topic(store, ("bridges",))

    settled(store, 1, "off_topic")

    assert off_topic(store, ("bridges",))
    assert not off_topic(store, ("bridges", "ferries"))
    assert not off_topic(store, ("bridges",), "https://harbour.test/other")


def test_what_came_after_the_page_was_read_is_judged_by_it_only_under_the_same_headline(store):
    seen(store, entry("a", title="Now: the bridge"))
    settled(store, 1, "off_topic")

    assert off_topic(store, ("bridges",), since=NOON, title="Something else")
    assert not off_topic(store, ("bridges",), since=NOON + minutes(600), title="Something else")
    assert off_topic(store, ("bridges",), since=NOON + minutes(600), title="Now: the bridge")


def test_topics_of_several_feeds_judge_together(store, tmp_path):
    two = settings(tmp_path, topic("a", feeds=(FEED_A,)), topic("b", feeds=(FEED_B,)))
    store.run(lambda books: books.sync(two, NOON))
    seen(store, entry("a"))
    seen(store, entry("a"), url=FEED_B)
    settled(store, 1, "off_topic")

    assert not off_topic(store, ("a", "b"))

    settled(store, 2, "off_topic")

    assert off_topic(store, ("a", "b"))


def test_a_topic_that_changed_since_has_not_judged_it(store, tmp_path):
    seen(store, entry("a"))
    settled(store, 1, "off_topic")
    changed = settings(tmp_path, topic(query="ferr*"))
    store.run(lambda books: books.sync(changed, NOON + minutes(1)))

    assert not off_topic(store, ("bridges",))


def test_a_topic_that_came_to_the_feed_since_has_not_judged_it(store, tmp_path):
    seen(store, entry("a"))
    settled(store, 1, "off_topic")
    without = settings(tmp_path, replace(topic(), feeds=(FEED_B,)))
    store.run(lambda books: books.sync(without, NOON + minutes(1)))
    store.run(lambda books: books.sync(settings(tmp_path), NOON + minutes(2)))

    assert not off_topic(store, ("bridges",))


@pytest.mark.parametrize(
    ("read_at", "entry_at", "title", "again"),
    [(1, 5, "Other words", True), (9, 5, "Other words", False), (1, 5, "An article", False), (1, 5, "Seen", False)],
)  # fmt: skip
def test_what_a_new_entry_says_is_read_where_the_page_was_not_read_since(store, read_at, entry_at, title, again):  # fmt: skip
    """In minutes; `Seen` is what the entry said that led to the article."""
    seen(store, entry("a", title="Seen"))
    article_id = add(store, article("bridge", title="An article"))
    settled(store, 1, "stored", article_id=article_id)
    came = replace(page("bridge"), at=NOON + minutes(read_at))
    store.run(lambda books: books.reread(article_id, None, came, 0))
    new = Task("https://harbour.test/bridge", title=title, first_seen=NOON + minutes(entry_at))

    assert again == store.run(lambda books: books.read_for(article_id, new, NOON + minutes(10)))
    assert ["article 1"] * again == keys(waiting(store, NOON + minutes(10)))
