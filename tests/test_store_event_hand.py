"""The user's word on events taken back: what it had moved goes home, and what has been moved since stays."""

import pytest
from store_scene import all_rows, quick_store
from test_store_events import COUNTED_ANEW, bring, bring_all, correct, groups


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as found:
        yield found


def take_back(store):
    store.run(lambda books: books.unsay_of_event(books.event_overrides()[-1]))


def state(store):
    return all_rows(
        store,
        "select id, title, stories, articles, outlets, first_seen_at, last_seen_at from events order by id",
    ), all_rows(store, "select story_id, event_id, moved from event_stories order by story_id")


@pytest.mark.parametrize(
    ("kind", "one", "other"), [("together", "strike", "other bridge"), ("together", "bridge 3", "talks de"),
                               ("apart", "bridge 2", "bridge 1"), ("apart", "bridge 1", "bridge 3"),
                               ("apart", "strike", "bridge 1")],
)  # fmt: skip
def test_all_is_as_it_was(store, kind, one, other):
    articles = bring_all(store)
    before = state(store)
    correct(store, kind, articles[one], articles[other])
    take_back(store)

    assert before == state(store)
    assert all_rows(store, COUNTED_ANEW) == []


def test_what_came_to_the_moved_stories_goes_along_with_them(store):
    articles = {name: bring(store, name) for name in ("strike", "bridge 1")}
    correct(store, "together", articles["bridge 1"], articles["strike"])
    articles["bridge 2"] = bring(store, "bridge 2", hours=2)
    assert groups(store, articles) == {frozenset(articles)}
    take_back(store)

    assert groups(store, articles) == {frozenset({"strike"}), frozenset({"bridge 1", "bridge 2"})}
    assert all_rows(store, COUNTED_ANEW) == []


@pytest.mark.parametrize("gone", ["talks uk", "talks de"])
@pytest.mark.parametrize("named", [("bridge 1", "talks de"), ("talks de", "bridge 1")])
def test_what_was_moved_elsewhere_meanwhile_stays_there(store, gone, named):
    """The others go home, also where it is the one that was named."""
    articles = bring_all(store)
    correct(store, "together", *(articles[name] for name in named))
    said = store.run(lambda books: books.event_overrides()[0])
    correct(store, "apart", articles[gone], articles["bridge 2"])
    correct(store, "together", articles[gone], articles["strike"])
    store.run(lambda books: books.unsay_of_event(said))
    talks = {"talks de", "talks en", "talks uk"}

    assert {frozenset(talks - {gone}), frozenset({gone, "strike"})} <= groups(store, articles)
    assert frozenset({"bridge 1", "bridge 2", "bridge 3"}) in groups(store, articles)
    assert all_rows(store, COUNTED_ANEW) == []


def test_the_number_of_an_event_that_another_one_has_by_now_is_not_given_twice(store):
    articles = {name: bring(store, name) for name in ("bridge 1", "strike")}
    correct(store, "together", articles["bridge 1"], articles["strike"])
    articles["talks de"] = bring(store, "talks de")
    take_back(store)

    assert groups(store, articles) == {frozenset({name}) for name in articles}
    assert all_rows(store, COUNTED_ANEW) == []
