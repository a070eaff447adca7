"""Stories merged, split and put back in the database; what was said outlives a re-run; agencies inherited."""

import pytest
from store_scene import (  # fmt: skip
    ALONE,
    NOON,
    add,
    all_rows,
    article,
    copy_of,
    dpa,
    match,
    minutes,
    quick_store,
    settings,
    text,
    value,
)

from monitor.core import copies, overrides
from monitor.core.fingerprint import fingerprint
from monitor.errors import MonitorError
from monitor.model import Candidates, Credit, Override, Update
from monitor.store.invariants import violations
from monitor.store.opening import open_for_writing

LATER = NOON + minutes(60)


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), NOON))
        yield opened


@pytest.fixture
def scene(store):
    """Story 1: article 1 and its copies 2 and 3 (3 is a copy of 2); story 2: article 4 and its copy 5."""
    add(store, article("a", 1), matches=[match()])
    add(store, article("b", 1, outlet_id="meadow.test", first_seen=NOON + minutes(1)), copy_of(1, 1))
    add(store, article("c", 1, outlet_id="ridge.test", first_seen=NOON + minutes(2)), copy_of(2, 1))
    add(store, article("d", 2, first_seen=NOON + minutes(3)))
    add(store, article("e", 2, outlet_id="meadow.test", first_seen=NOON + minutes(4)), copy_of(4, 2))
    return store


def stories(store):
    """Story → (original, its articles, what the row counts)."""
    found = {}
    for story_id, original, articles, outlets in all_rows(
        store, "select id, original_id, articles, outlets from stories order by id"
    ):
        members = [
            row[0]
            for row in all_rows(store, "select id from articles where story_id = ? order by id", story_id)
        ]
        found[story_id] = (original, members, (articles, outlets))
    return found


def copied(store):
    return dict(all_rows(store, "select article_id, original_id from copies"))


BEFORE = {1: (1, [1, 2, 3], (3, 3)), 2: (4, [4, 5], (2, 2))}


def test_merged_stories_are_one_and_come_apart_again(scene):
    assert stories(scene) == BEFORE

    scene.run(lambda books: books.join(1, 2, LATER))

    assert stories(scene) == {1: (1, [1, 2, 3, 4, 5], (5, 3))}
    assert copied(scene) == {2: 1, 3: 2, 4: 1, 5: 4}
    assert value(scene, "select because from copies where article_id = 4").startswith(
        "you said so on 1 June 2026; "
    )
    assert value(scene, "select count(*) from pragma_foreign_key_check") == 0

    assert 2 == scene.run(lambda books: books.take_out(4, None))

    assert stories(scene) == BEFORE
    assert copied(scene) == {2: 1, 3: 2, 5: 4}


def test_a_story_that_comes_apart_again_has_its_own_number_also_among_several(scene):
    scene.run(lambda books: books.take_out(5, LATER))
    before = stories(scene)
    third = max(before)
    for gone in (2, third):
        scene.run(lambda books, gone=gone: books.join(1, gone, LATER))

    assert 2 == scene.run(lambda books: books.take_out(4, None))
    assert third == scene.run(lambda books: books.take_out(5, None))
    assert before == stories(scene)
    assert [] == all_rows(scene, "select * from _united")


def test_what_was_announced_of_a_merged_story_stays_announced(scene):
    scene.run(lambda books: books.announce("bridges", 4, "desk", NOON))
    scene.run(lambda books: books.join(1, 2, LATER))

    assert all_rows(scene, "select story_id, article_id from outbox") == [(1, 4)]


TOLD = "select key, story_id, article_id from outbox order by article_id"


def announce(store, *articles):
    for article_id in articles:
        store.run(lambda books, one=article_id: books.announce("bridges", one, "desk", NOON))


def test_two_stories_that_were_announced_and_became_one_are_sound(scene):
    announce(scene, 1, 4)
    scene.run(lambda books: books.join(1, 2, LATER))

    assert all_rows(scene, TOLD) == [("bridges:1:desk", 1, 1), ("bridges:2:desk", 1, 4)]
    assert [fault for fault in scene.run(lambda books: violations(books.conn)) if fault.rule == "I2"] == []


def test_a_merge_that_is_undone_leaves_both_stories_announced_and_neither_twice(scene):
    announce(scene, 1, 4)
    scene.run(lambda books: books.join(1, 2, LATER))
    new = scene.run(lambda books: books.take_out(4, None))
    announce(scene, 3, 5)

    assert all_rows(scene, TOLD) == [("bridges:1:desk", 1, 1), (f"bridges:{new}:desk", new, 4)]


def test_after_a_merge_is_undone_what_was_never_announced_still_is(scene):
    announce(scene, 4)
    scene.run(lambda books: books.join(1, 2, LATER))
    new = scene.run(lambda books: books.take_out(4, None))
    announce(scene, 5, 1)

    assert all_rows(scene, TOLD) == [("bridges:1:desk", 1, 1), (f"bridges:{new}:desk", new, 4)]


def test_what_stays_of_a_merged_story_is_not_announced_again_when_the_other_part_is_split_off(scene):
    announce(scene, 1, 4)
    scene.run(lambda books: books.join(1, 2, LATER))
    new = scene.run(lambda books: books.take_out(1, LATER))
    announce(scene, 1, 2, 5)

    assert all_rows(scene, TOLD) == [(f"bridges:{new}:desk", new, 1), ("bridges:1:desk", 1, 4)]


def test_an_update_goes_with_the_story_that_it_tells_of(scene):
    announce(scene, 1, 4)
    for story, reporter in ((1, 2), (2, 5)):
        update = Update(story, "bridges", "desk", "own", "an own report", reporter)
        scene.run(lambda books, one=update: books.add_updates([one], NOON))
    scene.run(lambda books: books.join(1, 2, LATER))
    new = scene.run(lambda books: books.take_out(4, None))

    assert all_rows(scene, TOLD + ", id") == [
        ("bridges:1:desk", 1, 1),
        ("bridges:1:desk:own", 1, 2),
        (f"bridges:{new}:desk", new, 4),
        (f"bridges:{new}:desk:own", new, 5),
    ]


def test_a_story_of_three_that_were_announced_comes_apart_soundly(scene):
    add(scene, article("f", 3, first_seen=NOON + minutes(5)))
    announce(scene, 1, 4, 6)
    scene.run(lambda books: books.join(2, 3, LATER))
    scene.run(lambda books: books.join(1, 2, LATER))
    two = scene.run(lambda books: books.take_out(4, None))

    assert all_rows(scene, TOLD) == [
        ("bridges:1:desk", 1, 1),
        (f"bridges:{two}:desk", two, 4),
        ("bridges:3:desk", two, 6),
    ]
    assert [fault for fault in scene.run(lambda books: violations(books.conn)) if fault.rule == "I2"] == []


def test_a_merged_story_is_found_by_the_texts_of_both(scene):
    scene.run(lambda books: books.join(1, 2, LATER))

    for seed in (1, 2):
        found = scene.run(lambda books, s=seed: books.candidates(fingerprint(text(s)), language="en"))
        assert {known.story_id for known in found.known} == {1}


def test_an_article_split_off_takes_its_own_copies_along_and_a_tie_stays(scene):
    new = scene.run(lambda books: books.take_out(2, LATER))

    assert stories(scene) == {1: (1, [1], (1, 1)), 2: BEFORE[2], new: (2, [2, 3], (2, 2))}
    assert copied(scene) == {3: 2, 5: 4}
    assert all_rows(scene, "select article_id, other_id, kind from links") == [(2, 1, "partial")]
    assert value(scene, "select because from stories where id = ?", new) == (
        "starts a story: you said so on 1 June 2026"
    )


def test_when_the_original_is_split_off_the_next_article_takes_its_place(scene):
    new = scene.run(lambda books: books.take_out(1, LATER))

    assert stories(scene) == {1: (2, [2, 3], (2, 2)), 2: BEFORE[2], new: (1, [1], (1, 1))}
    assert copied(scene) == {3: 2, 5: 4}
    assert value(scene, "select title from stories where id = 1") == "The b"


def test_an_article_that_stands_alone_cannot_be_split_off(scene):
    add(scene, article("f", 3))

    with pytest.raises(MonitorError, match="the only one"):
        scene.run(lambda books: books.take_out(6, LATER))


def test_a_story_that_is_not_there_cannot_be_merged(scene):
    with pytest.raises(MonitorError, match="no story 99"):
        scene.run(lambda books: books.join(1, 99, LATER))


def test_events_of_merged_stories_are_counted_anew(scene):
    for sql in (
        "insert into events (id, title, first_seen_at, last_seen_at) values (1, 'x', '', ''), (2, 'y', '', '')",
        "update stories set event_id = id",
        "update articles set event_id = story_id",
    ):
        scene.run(lambda books, sql=sql: books.conn.execute(sql))
    scene.run(lambda books: books.join(1, 2, LATER))

    assert all_rows(scene, "select id, stories, articles, outlets, languages from events") == [
        (1, 1, 5, 3, 1)
    ]
    assert all_rows(scene, "select distinct event_id from articles") == [(1,)]


# ── what was said ────────────────────────────────────────────────────────────────────────────────


def say(store, kind, one=None, other=None, **more):
    return store.run(lambda books: books.say(Override(kind, LATER, one, other, **more)))


def decided(store, one):
    """What becomes of an article that comes now, the user's word considered."""
    candidates = store.run(lambda books: books.candidates(one.fingerprint, language="en"))
    rulings = store.run(lambda books: books.rulings(one))
    return overrides.corrected(one, copies.decide(one, candidates), candidates, rulings, ["bridges"])


A, B, D = (f"https://harbour.test/{name}" for name in "abd")


def test_what_was_said_is_kept_over_a_re_run(tmp_path, store):
    say(store, "merge", A, D)
    say(store, "split", B, A)
    add(store, article("a", 1))

    assert decided(store, article("d", 2)).copy.story_id == 1
    assert decided(store, article("b", 1)).copy is None
    assert decided(store, article("c", 1)).copy.story_id == 1


def test_what_was_said_holds_in_either_order_and_under_every_spelling_of_an_address(store):
    say(store, "never_merge", A, B)
    add(store, article("b", 1))

    again = article("a", 1, url="http://www.harbour.test/a/")
    assert decided(store, again).copy is None
    assert "kept apart" in decided(store, again).because


def test_the_last_word_counts(store):
    say(store, "never_merge", A, B)
    say(store, "merge", B, A)
    add(store, article("a", 1))

    assert [said.kind for said in store.run(lambda books: books.overrides())] == ["merge"]
    assert decided(store, article("b", 1)).copy.because.startswith("you said so on 1 June 2026")


@pytest.mark.parametrize(
    "switch", [{"outlet_id": "harbour.test"}, {"outlet_id": "meadow.test"}, {"topic_id": "bridges"}]
)
def test_a_switch_stays_until_it_is_taken_back(store, switch):
    number = say(store, "off", **switch)
    assert say(store, "off", **switch) == number
    add(store, article("a", 1))
    late = article("b", 1, outlet_id="meadow.test")

    assert decided(store, late).copy is None
    store.run(lambda books: books.unsay(number))
    assert decided(store, late).copy.story_id == 1


def test_an_override_of_an_older_database_is_still_there_after_the_migration(tmp_path):
    from sqlite_utils import Database

    from monitor.store.tables import migrations

    path = tmp_path / "old.db"
    db = Database(path)
    migrations.apply(db, stop_before="m003_overrides")
    db.execute(
        "insert into overrides (id, kind, url, other_url, at) values (7, 'split', 'u', 'v', '2026-01-01T00:00:00Z')"
    )
    db.conn.commit()
    db.close()
    conn = open_for_writing(path)
    rows = conn.execute("select id, kind, url, other_url, outlet_id from overrides").fetchall()
    conn.close()

    assert rows == [(7, "split", "u", "v", None)]


# ── agencies ─────────────────────────────────────────────────────────────────────────────────────


def agencies(store):
    return all_rows(store, "select id, agency, agency_because from articles order by id")


def test_an_article_keeps_how_its_agency_was_recognised(store):
    add(store, article("a", 1, credit=dpa()))

    assert agencies(store) == [(1, "dpa", "dateline")]


def test_a_credit_found_later_is_inherited_by_the_copies_that_stand_in_the_text(scene):
    scene.run(
        lambda books: books.conn.execute(
            "update copies set share = 0.3, kind = 'edited' where article_id = 5"
        )
    )
    for article_id in (1, 4):
        scene.run(lambda books, one=article_id: books.credit(one, Credit("AFP", "credit line '(AFP)'")))

    inherited = "by overlap: all of this text stands in {}, which credits AFP"
    assert agencies(scene) == [
        (1, "AFP", "credit line '(AFP)'"),
        (2, "AFP", inherited.format("Harbour Post")),
        (3, "AFP", inherited.format("meadow.test")),
        (4, "AFP", "credit line '(AFP)'"),
        (5, None, None),
    ]
    assert all_rows(scene, "select agency from stories order by id") == [("AFP",), ("AFP",)]


def test_a_credit_of_its_own_is_never_replaced(store):
    add(store, article("a", 1, credit=dpa()))
    store.run(lambda books: books.credit(1, Credit("AFP", "by overlap")))

    assert agencies(store) == [(1, "dpa", "dateline")]


def test_no_candidates_no_ruling_no_cost(store):
    add(store, article("a", 1), ALONE)

    assert not store.run(lambda books: books.rulings(article("b", 1)))
    assert Candidates().known == ()
