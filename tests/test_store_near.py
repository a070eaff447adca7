"""What stands around a story, in a real database: kept from both sides, looked at again, let go of in time."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from events_texts import AT
from store_scene import all_rows, quick_store, value
from test_store_events import COUNTED_ANEW, bring, event_of

from monitor.core.surroundings import AGAIN
from monitor.happenings import look_again, look_at_all
from monitor.store.event_near import KEPT
from monitor.store.times import stamp

SIDES = ("bridge 1", "strike", "talks de", "other bridge")  # four happenings
LATER = AT + AGAIN[0]


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        yield opened


def story_of(store, article_id):
    return value(store, f"select story_id from articles where id = {article_id}")


def tie(store, articles, likeness=0.24):
    """Every two of these stand near each other, whatever they say; all are to be looked at again."""
    stories = [story_of(store, article_id) for article_id in articles]

    def write(books):
        for place_ in range(len(stories)):
            earlier = dict.fromkeys(stories[:place_], likeness)
            if earlier:
                books.remember_near(articles[place_], earlier, AT)
        return stories

    return store.run(write)


def look(store, now=LATER, most=50):
    return store.run(lambda books: look_again(books, now, most))


def test_what_is_near_is_kept_from_both_sides_with_its_likeness(store):
    bring(store, "bridge 1")
    bring(store, "bridge 2", hours=1)

    (one,) = all_rows(store, "select other_id, likeness from _event_near where story_id = 1")
    (other,) = all_rows(store, "select other_id, likeness from _event_near where story_id = 2")
    assert (one[0], other[0]) == (2, 1)
    assert one[1] == other[1] >= 0.1


def test_a_story_is_looked_at_again_six_hours_and_a_day_after_it_came(store):
    bring(store, "bridge 1")
    bring(store, "bridge 2", hours=1)
    assert all_rows(store, "select story_id, due_at from _event_looks") == [
        (2, stamp(AT + timedelta(hours=1) + AGAIN[0]))
    ]

    assert look(store, LATER) == 0
    assert look(store, LATER + timedelta(hours=1)) == 1
    assert look(store, LATER + timedelta(hours=18)) == 0
    assert look(store, LATER + timedelta(hours=19)) == 1
    assert look(store, LATER + timedelta(days=9)) == 0


def test_the_next_story_is_occasion_enough(store):
    bring(store, "bridge 1")
    bring(store, "bridge 2", hours=1)
    due = []
    for hours, name in ((6, "strike"), (7, "other bridge"), (24, "talks en"), (25, "other talks en")):
        bring(store, name, hours=hours)
        due.append(value(store, "select due_at from _event_looks where story_id = 2"))

    assert due == [
        stamp(AT + timedelta(hours=7)),
        stamp(AT + timedelta(hours=25)),
        stamp(AT + timedelta(hours=25)),
        None,
    ]


def test_events_that_stand_among_the_same_reports_become_one_and_say_why(store):
    articles = [bring(store, name) for name in SIDES]
    assert len({event_of(store, one) for one in articles}) == 4
    tie(store, articles)

    look(store)

    assert len({event_of(store, one) for one in articles}) == 1
    moved = [row[0] for row in all_rows(store, "select moved from event_stories where moved is not null")]
    assert len(moved) == 3
    assert all("stand among the same reports" in because for because in moved)
    assert all_rows(store, COUNTED_ANEW) == []
    assert value(store, "select count(*) from events") == 1


def test_what_is_looked_at_changes_nothing_where_nothing_has_come(store):
    articles = [bring(store, name) for name in SIDES]
    tie(store, articles[:2], 0.2)
    before = all_rows(store, "select * from event_stories"), all_rows(store, "select * from events")

    assert look(store) == 1
    assert before == (all_rows(store, "select * from event_stories"), all_rows(store, "select * from events"))


def test_the_user_takes_apart_and_it_stays_so_when_looked_at_again(store):
    articles = [bring(store, name) for name in SIDES]
    tie(store, articles)
    for other in articles[1:]:
        store.run(lambda books, other=other: books.correct_event("apart", articles[0], other, AT))
    look(store)

    assert len({event_of(store, one) for one in articles[1:]}) == 1
    assert event_of(store, articles[0]) != event_of(store, articles[1])


def test_events_that_the_user_took_apart_are_not_joined_by_a_story_that_fits_both(store):
    one, other = bring(store, "bridge 1"), bring(store, "bridge 2", hours=1)
    store.run(lambda books: books.correct_event("apart", other, one, AT))
    bring(store, "bridge 3", hours=2)

    assert event_of(store, one) != event_of(store, other)


def test_a_story_moves_alone_where_it_stands_among_others_and_both_events_are_counted(store):
    articles = [bring(store, name) for name in SIDES]
    store.run(lambda books: books._merge_events(1, 2, "as a test"))
    tie(store, [articles[2], articles[1], articles[3]], 0.4)

    look(store)

    assert event_of(store, articles[1]) == event_of(store, articles[2]) != event_of(store, articles[0])
    assert "moved from “Baggerschiff" in value(
        store, "select moved from event_stories where moved like 'moved from%'"
    )
    assert all_rows(store, COUNTED_ANEW) == []


def test_a_story_that_the_user_put_into_an_event_stays_there_when_looked_at_again(store):
    articles = [bring(store, name) for name in SIDES]
    store.run(lambda books: books.correct_event("together", articles[1], articles[0], AT))
    tie(store, [articles[2], articles[1], articles[3]], 0.4)

    look(store)

    assert event_of(store, articles[1]) == event_of(store, articles[0]) != event_of(store, articles[2])


def test_what_goes_with_its_story_goes_from_both_sides(store):
    articles = [bring(store, name) for name in SIDES]
    stories = tie(store, articles)
    store.run(lambda books: books.withdraw(articles[1]))

    assert value(store, f"select count(*) from _event_near where {stories[1]} in (story_id, other_id)") == 0
    assert value(store, "select count(*) from _event_near") == 6
    assert value(store, f"select count(*) from _event_looks where story_id = {stories[1]}") == 0


def test_what_is_past_is_let_go_of_two_stories_at_a_time(store):
    articles = [bring(store, name) for name in SIDES]
    tie(store, articles)
    assert value(store, "select count(distinct story_id) from _event_near") == 4

    left = []
    for hours, name in enumerate(("bridge 2", "talks en", "other talks en")):
        bring(store, name, hours=KEPT / timedelta(hours=1) + hours)
        left.append(value(store, "select count(distinct story_id) from _event_near where story_id <= 4"))
    assert left == [4, 2, 0]


async def test_all_that_is_due_is_looked_at_some_in_each_transaction(store):
    articles = [bring(store, name) for name in SIDES]
    tie(store, articles)
    done = []

    async def write(work):
        done.append(store.run(work))
        return done[-1]

    world = SimpleNamespace(archive=SimpleNamespace(write=write), now=lambda: LATER)
    await look_at_all(world)

    assert done == [3, 0]


def test_a_second_look_that_fails_leaves_everything_as_it_was(store):
    articles = [bring(store, name) for name in SIDES]
    tie(store, articles)
    tables = ("events", "event_stories", "_event_near", "_event_looks")
    before = [all_rows(store, f"select * from {table}") for table in tables]

    def broken(books):
        look_again(books, LATER, 50)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.run(broken)
    assert before == [all_rows(store, f"select * from {table}") for table in tables]


def test_a_copy_is_not_looked_at_again(store):
    bring(store, "talks de")
    bring(store, "talks de", hours=1, url="https://copy.test/x", outlet_id="copy.test")

    assert value(store, "select count(*) from _event_looks") == 0
    assert store.run(lambda books: books.second_look(1)) is None
