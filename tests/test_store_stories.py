"""Articles, their stories, copies and revisions; what a new one may be a copy of; the search index."""

import sqlite3
from dataclasses import replace

import pytest
from store_scene import (
    ALONE,
    NOON,
    WORDS,
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
from monitor.store import Store, sketches
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


# ── candidates ───────────────────────────────────────────────────────────────────────────────────


def test_the_original_and_the_last_two_members_of_a_story_are_candidates(store):
    first = add(store, article(credit=dpa(), published=NOON - minutes(1)))
    story = story_of(store, first)
    ids = [
        add(store, article(f"c{i}", first_seen=NOON + minutes(i)), copy_of(first, story)) for i in range(4)
    ]

    known = candidates(store, text(1)).known

    assert [first, ids[3], ids[2]] == [one.article_id for one in known]
    assert [one.is_original for one in known] == [True, False, False]
    assert (story, "harbour.test", "Harbour Post", "The bridge", text(1), NOON, NOON - minutes(1), "en", "dpa", 1) == (
        known[0].story_id, known[0].outlet_id, known[0].outlet, known[0].title, known[0].text, known[0].first_seen,
        known[0].published, known[0].language, known[0].agency, known[0].revision,
    )  # fmt: skip


def test_texts_that_share_nothing_are_no_candidates(store):
    add(store, article())

    assert candidates(store, text(2)).known == ()


def test_half_a_text_finds_its_whole(store):
    first = add(store, article(text=text(1, 600)))

    assert [first] == [one.article_id for one in candidates(store, text(1, 600)[:1800]).known]


def test_the_stories_that_share_most_come_first_and_not_more_than_six(store):
    parts = [text(seed, 400) for seed in range(10, 18)]
    ids = [add(store, article(f"p{i}", text=part)) for i, part in enumerate(parts)]
    whole = " ".join(part[: 1200 + 100 * i] for i, part in enumerate(parts))

    known = [one.article_id for one in candidates(store, whole).known]

    assert len(known) == 6
    assert ids[7] in known[:3]


def test_a_text_of_the_very_same_words_is_a_candidate_however_short(store):
    body = " ".join(WORDS[:21])
    first = add(store, article(text=body))

    assert [first] == [one.article_id for one in candidates(store, body.upper().replace(" ", ", ")).known]


def test_what_stands_in_more_than_three_stories_is_background_and_leads_to_none(store):
    template = text(5, 2000)
    for i in range(3):
        add(store, article(f"t{i}", text=f"{template} {text(20 + i, 60)}"))

    assert frozenset() == candidates(store, template).background
    assert len(candidates(store, template).known) == 3

    add(store, article("t3", text=f"{template} {text(23, 60)}"))
    after = candidates(store, template)

    assert frozenset(fingerprint(template).hashes) == after.background
    assert after.known == ()


def test_many_copies_do_not_make_a_text_background(store):
    first = add(store, article())
    for i in range(6):
        add(store, article(f"c{i}"), copy_of(first, story_of(store, first)))

    assert frozenset() == candidates(store, text(1)).background
    assert first == candidates(store, text(1)).known[0].article_id


def test_background_takes_no_further_room(store):
    template = text(5, 300)
    for i in range(30):
        one = article(f"t{i}", text=template)
        store.run(
            lambda books, one=one: (
                books.candidates(one.fingerprint, language=None),
                books.add_article(one, ALONE, (), NOON),
            )
        )

    assert 4 * len(fingerprint(template).hashes) + sketches.MOST_SAME == value(
        store, "select count(*) from temp.recent"
    )


def test_one_article_as_a_candidate_for_its_own_copies(store):
    first = add(store, article())

    assert [first] == [one.article_id for one in store.run(lambda books: books.known(first)).known]
    assert store.run(lambda books: books.known(99)).known == ()


def test_sketches_are_there_after_a_new_start(store, tmp_path):
    first = add(store, article())
    store.close()

    with Store.open(tmp_path / "monitor.db") as again:
        assert [first] == [one.article_id for one in candidates(again, text(1)).known]


def test_a_rollback_takes_back_sketches_too(store):
    def fail(books):
        books.add_article(article(), ALONE, (), NOON)
        raise ValueError("on purpose")

    for _ in range(2):
        with pytest.raises(ValueError, match="on purpose"):
            store.run(fail)

        assert candidates(store, text(1)).known == ()
    first = add(store, article())

    assert [first] == [one.article_id for one in candidates(store, text(1)).known]


@pytest.mark.parametrize("interrupted", [False, True])
def test_rows_move_to_their_place_in_the_order_of_their_hashes_and_none_is_lost(
    store, monkeypatch, tmp_path, interrupted
):
    monkeypatch.setattr(sketches, "MANY", 20)
    monkeypatch.setattr(sketches, "LEAST_MOVED", 40)
    monkeypatch.setattr(sketches, "PACE", 1)
    ids, moved = [], []
    for i in range(90):
        ids.append(add(store, article(f"m{i}", text=f"{text(100 + i, 120)}")))
        moved.append(value(store, "select count(*) from _sketches"))
        if interrupted and i % 7 == 0:
            with pytest.raises(ValueError, match="on purpose"):
                store.run(
                    lambda books: (books.add_article(article("x", 9), ALONE, (), NOON), int("on purpose"))
                )
    missing = [
        i
        for i in range(90)
        if [ids[i]] != [k.article_id for k in candidates(store, text(100 + i, 120)).known]
    ]
    store.close()
    with Store.open(tmp_path / "monitor.db") as again:
        missing_later = [
            i
            for i in range(90)
            if [ids[i]] != [k.article_id for k in candidates(again, text(100 + i, 120)).known]
        ]

    assert [] == missing == missing_later
    assert any(0 < count < moved[-1] for count in moved)
    assert moved == sorted(moved)
    if not interrupted:
        assert value_in(tmp_path, "select count(*) from _sketches_new") < 90


def value_in(tmp_path, sql):
    conn = sqlite3.connect(tmp_path / "monitor.db")
    row = conn.execute(sql).fetchone()
    conn.close()
    return row[0]


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
