"""What a new article may be a copy of: sketches, background, and how they find their place."""

import sqlite3

import pytest
from store_scene import (
    ALONE,
    NOON,
    WORDS,
    add,
    article,
    copy_of,
    dpa,
    minutes,
    quick_store,
    settings,
    story_of,
    text,
    value,
)

from monitor.core.fingerprint import fingerprint
from monitor.errors import StoreError
from monitor.store import Store, sketches


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


def candidates(store, body):
    return store.run(lambda books: books.candidates(fingerprint(body), language="en"))


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


def test_what_was_just_added_is_a_candidate_at_once(store):
    one = article()

    def twice(books):
        before = books.candidates(one.fingerprint, language="en").known
        books.add_article(one, ALONE, (), NOON)
        return before, books.candidates(one.fingerprint, language="en").known

    before, after = store.run(twice)

    assert (0, 1) == (len(before), len(after))


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


def lost(store, fingerprints):
    """Stories of which a hash is missing."""
    return store.run(
        lambda books: [s for s, one in fingerprints.items() if books.seen(one).hits[s] != len(one.hashes)]
    )


def break_off(store, how):
    """A piece of work that fails by itself, or one with which the commit fails."""
    statements = {
        "work": "select nonsense",
        "commit": "insert into stories values (999, 't', 999, '', '', 1, 1, null, null, '')",
    }

    def work(books):
        books.add_article(article("x", 9), ALONE, (), NOON)
        books.conn.execute(statements[how])

    with pytest.raises((sqlite3.OperationalError, StoreError)):
        store.run(work)


@pytest.mark.parametrize("how", [None, "work", "commit"])
def test_rows_move_to_their_place_in_the_order_of_their_hashes_and_none_is_lost(
    store, monkeypatch, tmp_path, how
):
    monkeypatch.setattr(sketches, "MANY", 20)
    monkeypatch.setattr(sketches, "LEAST_MOVED", 40)
    monkeypatch.setattr(sketches, "PACE", 1)
    fingerprints, moved, waiting = {}, [], []
    for i in range(90):
        one = article(f"m{i}", text=text(100 + i, 120))
        fingerprints[story_of(store, add(store, one))] = one.fingerprint
        moved.append(value(store, "select count(*) from _sketches"))
        waiting.append(value(store, "select count(*) from _sketches_new"))
        if how and i % 13 == 0:
            break_off(store, how)

    assert lost(store, fingerprints) == []
    assert moved == sorted(moved)
    assert how or max(waiting) > waiting[-1]  # at least once, all was moved
    store.close()
    with Store.open(tmp_path / "monitor.db") as again:
        assert lost(again, fingerprints) == []
