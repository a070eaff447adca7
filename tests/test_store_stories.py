"""Articles, their stories, copies and revisions; what a new one may be a copy of; the search index."""

import sqlite3
from dataclasses import replace

import pytest
from store_scene import (
    ALONE,
    NOON,
    add,
    all_rows,
    article,
    copy_of,
    dpa,
    found,
    index_is_in_step,
    match,
    minutes,
    quick_store,
    settings,
    story_of,
    text,
    value,
)

from monitor.core.fingerprint import fingerprint
from monitor.model import Link, Verdict
from monitor.store.revisions import words_changed

LATER = NOON + minutes(60)


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def candidates(store, body):
    return store.run(lambda books: books.candidates(fingerprint(body), language="en"))


def revise(store, article_id, verdict=None, at=LATER, **changed):
    existing = store.run(lambda books: books.article(article_id))
    one = article(**{"title": existing.title, "text": existing.text, "url": existing.url} | changed)
    store.run(lambda books: books.add_revision(existing, one, verdict, at))


# ── a new article ────────────────────────────────────────────────────────────────────────────────


def test_an_article_that_is_nobodys_copy_starts_a_story(store):
    one = article(byline="Ada", published=NOON - minutes(5), credit=dpa(), access="free")
    article_id = add(store, one, matches=[match()])

    row = all_rows(
        store,
        "select url, outlet_id, title, byline, published_at, first_seen_at, language, words, agency, revisions, access, extractor from articles",
    )
    story = all_rows(
        store,
        "select title, original_id, first_seen_at, last_seen_at, articles, outlets, agency, because from stories",
    )

    assert [
        (
            one.url,
            "harbour.test",
            "The bridge",
            "Ada",
            "2026-06-01T11:55:00Z",
            "2026-06-01T12:00:00Z",
            "en",
            200,
            "dpa",
            1,
            "free",
            "by hand",
        )
    ] == row
    assert [
        ("The bridge", article_id, "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z", 1, 1, "dpa", ALONE.because)
    ] == story
    assert one.text == value(store, "select text from article_text")
    assert [(1, "The bridge", one.text, 200, 0)] == all_rows(
        store, "select number, title, text, words_added, words_removed from revisions"
    )
    assert all_rows(store, "select topic_id, because from matches") == [("bridges", "the oldest [bridge] of")]
    assert [article_id] == found(store, "title : bridge")


def test_an_outlet_that_nobody_named_is_called_by_its_domain(store):
    add(store, article(outlet_id="unknown.test"))

    assert value(store, "select name from outlets where id = 'unknown.test'") == "unknown.test"


def test_a_copy_joins_its_story_and_is_counted(store):
    first = add(store, article())
    story = story_of(store, first)
    others = [
        article("b", outlet_id="meadow.test", first_seen=NOON + minutes(5), credit=dpa()),
        article("c", outlet_id="meadow.test", first_seen=NOON + minutes(9)),
        article("d", outlet_id="harbour.test", first_seen=NOON - minutes(9)),
    ]
    ids = [add(store, one, copy_of(first, story, "shortened", share=0.9)) for one in others]

    row = all_rows(
        store, "select id, original_id, articles, outlets, agency, first_seen_at, last_seen_at from stories"
    )

    assert [(story, first, 4, 2, "dpa", "2026-06-01T11:51:00Z", "2026-06-01T12:09:00Z")] == row
    assert {story} == {story_of(store, one) for one in ids}
    assert [(ids[0], first, "shortened", 0.9, 1.0, "the same words", '{"passages":[[0,200,0]]}')] == all_rows(
        store, "select * from copies where article_id = ?", ids[0]
    )


def test_links_are_kept_and_join_nothing(store):
    first = add(store, article())
    tie = Link(first, "partial", 0.2, "one passage is shared", {"passages": [[3, 40, 8]]})
    second = add(store, article("b", 2), Verdict("its own story", links=(tie,)))

    assert [(second, first, "partial", 0.2, "one passage is shared", '{"passages":[[3,40,8]]}')] == all_rows(
        store, "select * from links"
    )
    assert story_of(store, first) != story_of(store, second)


def test_the_same_address_cannot_be_two_articles(store):
    add(store, article())

    with pytest.raises(sqlite3.IntegrityError):
        add(store, article(seed=2))

    assert value(store, "select count(*) from stories") == 1
    assert index_is_in_step(store)


def test_every_known_address_leads_to_the_article(store):
    article_id = add(store, article(addresses=("https://harbour.test/amp/bridge",)))
    store.run(
        lambda books: books.add_addresses(article_id, ("https://hbr.test/1", "https://harbour.test/bridge"))
    )

    for address in ("https://harbour.test/bridge", "https://harbour.test/amp/bridge", "https://hbr.test/1"):
        existing = store.run(
            lambda books, address=address: books.article_at(("https://nowhere.test/", address))
        )

        assert (article_id, "The bridge", text(1), 1, None, 0) == (
            existing.id, existing.title, existing.text, existing.revisions, existing.original_id, existing.rereads
        )  # fmt: skip
        assert (existing.outlet_id, existing.language, existing.first_seen) == ("harbour.test", "en", NOON)
    assert store.run(lambda books: books.article_at(("https://nowhere.test/",))) is None


def test_an_address_stays_with_the_article_that_had_it_first(store):
    first = add(store, article(addresses=("https://hbr.test/1",)))
    add(store, article("b", 2, addresses=("https://hbr.test/1",)))

    assert first == store.run(lambda books: books.article_at(("https://hbr.test/1",))).id


def test_a_topic_matches_an_article_once(store):
    article_id = add(store, article(), matches=[match()])
    store.run(
        lambda books: books.add_matches(
            article_id, [replace(match(), because="other words")], NOON + minutes(1)
        )
    )

    assert all_rows(store, "select at, because from matches") == [
        ("2026-06-01T12:00:00Z", "the oldest [bridge] of")
    ]


def test_a_story_is_announced_once_to_each_target_whichever_of_its_articles_matched(store):
    first = add(store, article())
    second = add(store, article("b"), copy_of(first, story_of(store, first)))
    for article_id, target in ((first, "desk"), (second, "desk"), (second, "phone")):
        store.run(lambda books, a=article_id, t=target: books.announce("bridges", a, t, NOON))

    rows = all_rows(store, "select key, state, tries, article_id from outbox order by id")

    assert [("bridges:1:desk", "waiting", 0, first), ("bridges:1:phone", "waiting", 0, second)] == rows


def test_an_import_is_remembered(store):
    assert not store.run(lambda books: books.import_known("abc"))
    store.run(lambda books: books.import_done("abc", None, NOON))
    assert store.run(lambda books: books.import_known("abc"))


# ── revisions ────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_text_is_a_revision_beside_the_old_one(store):
    first = add(store, article())
    longer = text(1) + " and nobody was hurt"
    revise(store, first, text=longer, title="The bridge, closed")

    assert [(1, text(1), "The bridge", 200, 0), (2, longer, "The bridge, closed", 4, 0)] == all_rows(
        store, "select number, text, title, words_added, words_removed from revisions order by number"
    )
    assert all_rows(store, "select title, words, revisions from articles") == [("The bridge, closed", 204, 2)]
    assert longer == value(store, "select text from article_text")
    assert value(store, "select title from stories") == "The bridge, closed"
    assert value(store, "select seen_at from revisions where number = 2") == "2026-06-01T13:00:00Z"


def test_a_changed_headline_alone_is_a_revision_of_no_words(store):
    first = add(store, article())
    revise(store, first, title="Other")

    assert all_rows(store, "select number, words_added, words_removed from revisions where number > 1") == [
        (2, 0, 0)
    ]


def test_nothing_changed_is_no_revision(store):
    first = add(store, article())
    revise(store, first)

    assert value(store, "select count(*) from revisions") == 1


def test_the_headline_of_a_copy_is_not_the_storys(store):
    first = add(store, article())
    second = add(store, article("b"), copy_of(first, story_of(store, first)))
    revise(store, second, title="Local words")

    assert value(store, "select title from stories") == "The bridge"


def test_what_the_new_page_does_not_say_stays(store):
    first = add(store, article(byline="Ada", published=NOON - minutes(9), credit=dpa()))
    revise(store, first, title="Other", byline=None, published=NOON, credit=None)

    assert all_rows(store, "select byline, published_at, agency from articles") == [
        ("Ada", "2026-06-01T11:51:00Z", "dpa")
    ]


def test_a_verdict_brings_the_copys_row_up_to_date(store):
    first = add(store, article())
    story = story_of(store, first)
    second = add(store, article("b"), copy_of(first, story))
    revise(store, second, copy_of(first, story, "extended", share=0.8), text=text(1) + " " + text(2, 50))

    assert all_rows(store, "select kind, share from copies") == [("extended", 0.8)]
    assert value(store, "select articles from stories") == 2


def test_what_a_revision_says_new_can_be_found_as_a_copy(store):
    first = add(store, article())
    revise(store, first, text=text(2))

    assert [first] == [one.article_id for one in candidates(store, text(2)).known]
    assert candidates(store, text(2)).known[0].revision == 2


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a b c", (0, 0)),
        ("a b c", "c b a", (0, 0)),
        ("a b", "a b b", (1, 0)),
        ("one two", "three", (1, 2)),
        ("", "a b", (2, 0)),
        ("Der Zug, spät.", "der zug spät", (0, 0)),
    ],
)
def test_words_that_came_and_went(before, after, expected):
    assert expected == words_changed(before, after)


# ── the search index ─────────────────────────────────────────────────────────────────────────────


def test_the_index_follows_revisions(store):
    first = add(store, article(title="Old heading", text="ferry " + text(1)))
    revise(store, first, title="New heading", text="tram " + text(1))

    assert found(store, "title : old") + found(store, "ferry") == []
    assert [first] == found(store, "title : new") == found(store, "tram")
    assert index_is_in_step(store)


def test_an_article_added_and_revised_in_one_transaction_is_indexed_once_as_it_is(store):
    def both(books):
        article_id = books.add_article(article(title="Old heading"), ALONE, (), NOON)
        for title in ("Middle heading", "New heading"):
            books.add_revision(books.article(article_id), article(title=title), None, NOON)
        return article_id

    article_id = store.run(both)

    assert [article_id] == found(store, "title : new")
    assert found(store, "title : old OR title : middle") == []
    assert index_is_in_step(store)


def test_a_revision_that_is_rolled_back_leaves_the_index_as_it_was(store):
    first = add(store, article(title="Old heading"))

    def fail(books):
        books.add_revision(books.article(first), article(title="New heading"), None, NOON)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        store.run(fail)

    assert ([first], []) == (found(store, "title : old"), found(store, "title : new"))
    assert index_is_in_step(store)


def test_accents_do_not_matter_and_snippets_show_the_text(store):
    first = add(store, article(title="Brücke", text="Die Fähre nach Süden fährt wieder"))

    assert [first] == found(store, "fahre") == found(store, "FÄHRE") == found(store, "brucke")
    assert (
        value(
            store,
            "select snippet(articles_fts, 1, '[', ']', '…', 12) from articles_fts where articles_fts match 'fahre'",
        )
        == "Die [Fähre] nach Süden fährt wieder"
    )
    assert all_rows(store, "select title from articles_fts where articles_fts match 'fahre'") == [("Brücke",)]


def test_the_index_can_be_made_anew_from_the_tables(store):
    first = add(store, article())
    store.run(lambda books: books.conn.execute("insert into articles_fts (articles_fts) values ('rebuild')"))

    assert [first] == found(store, "title : bridge")
    assert index_is_in_step(store)


def test_index_check_notices_an_index_out_of_step(store):
    first = add(store, article())
    store.run(
        lambda books: books.conn.execute(
            "update article_text set text = 'other' where article_id = ?", (first,)
        )
    )

    with pytest.raises(Exception, match="malformed"):
        index_is_in_step(store)
