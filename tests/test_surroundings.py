"""What stands around two stories: how alike that makes them, and what is put right by it some hours later."""

from datetime import timedelta

import pytest
from events_texts import AT

from monitor.core import surroundings
from monitor.core.surroundings import Surroundings, again, nearest
from monitor.model import Crowd, Member, Near, NearEvent, Reported, SecondLook, Traits


def both(*pairs):
    """(one, other, likeness)… as they are kept: from both sides."""
    found = {}
    for one, other, likeness in pairs:
        found.setdefault(one, {})[other] = likeness
        found.setdefault(other, {})[one] = likeness
    return found


def member(story, *, hours=0.0, language="de"):
    return Member(story, language, AT + timedelta(hours=hours))


def crowd(number, *stories, **changed):
    return Crowd(
        number, f"Event {number}", len(stories), tuple(member(story, **changed) for story in stories)
    )


def every(stories, likeness):
    return [(one, other, likeness) for one in stories for other in stories if one < other]


@pytest.mark.parametrize(
    ("likeness", "alike"), [(0.0, 0.0), (0.2, 0.417), (0.235, 0.480), (0.3, 0.587), (0.6, 0.895)]
)
def test_two_stories_without_neighbours_are_as_alike_as_their_texts(likeness, alike):
    around = Surroundings(both((1, 2, likeness)) if likeness else {})

    assert around.alike(1, 2) == pytest.approx(alike, abs=0.001)


def test_neighbours_in_common_make_two_stories_alike_and_others_make_them_less_so():
    alone = Surroundings(both((1, 2, 0.15))).alike(1, 2)
    among = Surroundings(both((1, 2, 0.15), *((one, n, 0.3) for one in (1, 2) for n in (3, 4, 5)))).alike(
        1, 2
    )
    apart = Surroundings(
        both((1, 2, 0.15), *((1, n, 0.3) for n in (3, 4, 5)), *((2, n, 0.3) for n in (6, 7, 8)))
    ).alike(1, 2)

    assert apart < alone < surroundings.SAME < among


def test_it_is_the_same_from_both_sides_and_a_story_is_wholly_like_itself():
    around = Surroundings(both((1, 2, 0.2), (2, 3, 0.4), (1, 4, 0.3), (3, 4, 0.12)))

    assert around.alike(1, 2) == pytest.approx(around.alike(2, 1))
    assert around.alike(3, 3) == pytest.approx(1.0)


def test_no_more_than_the_fifteen_nearest_neighbours_count():
    around = {story: story / 100 for story in range(10, 40)}

    assert nearest(around) == list(range(39, 24, -1))


def look(likenesses, own, *others, story=1, **changed):
    return SecondLook(member(story), own, others, likenesses, **changed)


SIDES = both(*every((1, 2, 3, 4, 5, 6), 0.2))  # six sides of one happening, none alike enough for itself
PARTS = crowd(1, 1, 2, 3), crowd(2, 4, 5, 6)


def test_two_parts_of_one_happening_become_one_event():
    moving = again(look(SIDES, *PARTS))

    assert (moving.event_id, moving.whole) == (2, True)
    assert moving.because.startswith(
        "one event with “Event 2”, seen again: the stories of both (3 and 3) stand among the same reports"
    )


def test_two_happenings_of_a_kind_stay_apart_however_alike_their_reports_are():
    """Each agrees within itself far more than with the other."""
    kinds = both(
        *every((1, 2, 3), 0.9), *every((4, 5, 6), 0.9), *((a, b, 0.2) for a in (1, 2, 3) for b in (4, 5, 6))
    )
    around = Surroundings(kinds)
    own, other = PARTS

    assert around.agreement(own.members, other.members) > surroundings.SAME
    assert again(look(kinds, own, other)) is None


def test_events_that_share_nothing_stay_apart():
    assert again(look(both(*every((1, 2, 3), 0.4), *every((4, 5, 6), 0.4), (1, 4, 0.11)), *PARTS)) is None


def test_what_the_user_took_apart_stays_apart():
    assert again(look(SIDES, *PARTS, distinct=frozenset({frozenset({1, 2})}))) is None


@pytest.mark.parametrize(
    ("changed", "becomes_one"), [({}, True), ({"hours": 97}, False), ({"language": "en"}, False)]
)
def test_other_languages_and_other_weeks_do_not_agree(changed, becomes_one):
    other = crowd(2, 4, 5, 6, **changed)

    assert (again(look(SIDES, PARTS[0], other)) is not None) is becomes_one


def test_a_day_between_two_stories_takes_a_tenth_off():
    around = Surroundings(both((1, 2, 0.3)))
    near, far = (around.agreement([member(1)], [member(2, hours=hours)]) for hours in (0, 24))

    assert far == pytest.approx(0.9 * near)


STRAY = both(*every((2, 3), 0.5), *every((4, 5, 6), 0.5), (1, 2, 0.15), *((1, n, 0.4) for n in (4, 5, 6)))


def test_a_story_moves_to_the_event_that_it_stands_among():
    moving = again(look(STRAY, crowd(1, 1, 2, 3), crowd(2, 4, 5, 6)))

    assert (moving.event_id, moving.whole) == (2, False)
    assert moving.because.startswith("moved from “Event 1”, seen again: it stands among the same reports as")


def test_a_story_that_the_user_placed_does_not_move():
    assert again(look(STRAY, crowd(1, 1, 2, 3), crowd(2, 4, 5, 6), by_hand=True)) is None


def test_a_story_does_not_move_for_a_little_more():
    close = both(*every((1, 2, 3), 0.4), *every((4, 5, 6), 0.9), *((1, n, 0.33) for n in (4, 5, 6)))
    stays, goes = (
        Surroundings(close).agreement([member(1)], [member(n) for n in some]) for some in ((2, 3), (4, 5, 6))
    )
    assert surroundings.SAME < stays < goes < stays + surroundings.BETTER

    assert again(look(close, crowd(1, 1, 2, 3), crowd(2, 4, 5, 6))) is None


def test_of_several_events_the_one_that_agrees_most_is_taken_and_the_older_of_two():
    weaker = both(*every((1, 2, 3, 4), 0.25), *((n, 9, 0.2) for n in (1, 2)))

    assert again(look(weaker, crowd(1, 1, 2), crowd(8, 9), crowd(7, 3, 4))).event_id == 7
    assert again(look(SIDES, crowd(1, 1, 2), crowd(9, 5, 6), crowd(8, 3, 4))).event_id == 8


def reported(story, likeness, *, hours=0.0, language="de"):
    return Reported(
        story, "", "", Traits(language, AT + timedelta(hours=hours), {1: likeness}, {}, frozenset())
    )


def test_neighbours_are_stories_of_one_language_and_two_days_that_are_like_the_new_one():
    new = Traits("de", AT, {1: 1.0}, {}, frozenset())
    event = NearEvent(1, "", 2, (reported(1, 0.5), reported(2, 0.09)))
    others = (
        reported(3, 0.1),
        reported(4, 0.5, hours=-47),
        reported(5, 0.5, hours=-49),
        reported(6, 0.5, language="en"),
    )
    near = Near((event,), others=others, related=frozenset({3}))

    assert surroundings.neighbours(new, near) == {1: 0.5, 3: 0.2, 4: 0.5}
