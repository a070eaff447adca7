"""Events across languages with a model: what it adds to names, and what it may not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from events_texts import AT, report
from model_scene import told

from monitor.core import events, meanings, reports
from monitor.model import Account, Counts, Near, NearEvent, Reported, Standard, Term, Traits

STANDARD = Standard("tiny", 0.8)
NOBODY = Counts(0, {}, 0)
ACCOUNT = Account(
    "de", AT, (), tuple(Term(key, f"Name{key}", 1.0, name=True) for key in range(5)), frozenset()
)


def direction(*numbers, model=1):
    return meanings.meaning(model, meanings.kept(numbers))


def traits(language, names, meaning=None, *, hours=0.0, first=True):
    """A report of so many shared names, and ten of its own; with `first`, the shared ones are the strongest."""
    own = {1000 * (1 + ord(language[0])) + place: 0.2 for place in range(10)}
    shared = dict.fromkeys(range(names), 0.3)
    both = {**shared, **own} if first else {**own, **shared}
    return Traits(language, AT + timedelta(hours=hours), {}, both, frozenset(), meaning)


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "joins"),
    [
        ({}, True),
        ({"names": 1}, False),
        ({"names": 0}, False),
        ({"first": False}, False),
        ({"meaning": direction(1, 1.34)}, False),  # .79 close to (1, 0.2)
        ({"meaning": direction(1, 1.0)}, True),  # .83
        ({"meaning": direction(1, 0.2, model=2)}, False),
        ({"meaning": direction(1, 0.2, 0)}, False),
        ({"meaning": None}, False),
        ({"hours": 47}, True),
        ({"hours": 49}, False),
        ({"language": "de"}, False),
    ],
)
def test_two_names_are_enough_across_languages_where_a_model_says_the_texts_mean_the_same(changed, joins):
    one = traits("de", 2, direction(1, 0.2))
    other = traits(**({"language": "en", "names": 2, "meaning": direction(1, 0.2)} | changed))
    known = Reported(5, "Ferries", "the-paper.test", other)
    found = events.place(ACCOUNT, one, Near((NearEvent(1, "Ferries", 1, (known,)),)), STANDARD)

    assert (found.event_id == 1) is joins
    assert (events.likeness(one, other, STANDARD) >= events.JOIN) is joins


@pytest.mark.parametrize("alike", [0.3, 0.8, 1.0])
def test_no_closeness_makes_one_story_of_three_enough(alike):
    """However low the standard and however close the texts, an event of three needs more than one of them."""
    close = direction(1, 0.2)
    sample = tuple(
        Reported(number, "", "", traits("en", 2 if number == 1 else 0, close, first=True))
        for number in (1, 2, 3)
    )
    near = Near((NearEvent(1, "", 3, sample),))

    assert events.place(ACCOUNT, traits("de", 2, close), near, Standard("tiny", alike)).event_id is None


def test_without_a_standard_directions_count_nothing():
    close = direction(1, 0.2)

    assert 0.0 == events.likeness(traits("de", 2, close), traits("en", 2, close))


@pytest.mark.parametrize("name", ["bridge 2", "strike", "talks en"])
def test_what_names_and_words_join_is_as_like_with_a_model_that_sees_nothing_in_common(name):
    pair = [reports.weigh(reports.report(report(other)), NOBODY) for other in (name, "talks de")]
    far = [replace(one, meaning=direction(*way)) for one, way in zip(pair, ((1, 0), (0, 1)), strict=True)]

    assert events.likeness(*pair) == events.likeness(*far, STANDARD)


def test_within_a_language_a_model_changes_nothing():
    pair = [reports.weigh(reports.report(report(name)), NOBODY) for name in ("bridge 1", "bridge 2")]
    close = [replace(one, meaning=direction(1, 0.2)) for one in pair]

    assert events.likeness(*pair) == events.likeness(*close, STANDARD) > 0


def test_two_events_of_two_languages_are_compared_by_the_model_too():
    """A new story that fits both makes them one, where their stories mean the same."""
    close, far = direction(1, 0.2), direction(-0.2, 1)
    sides = [
        [Reported(n, "", "", traits(code, 2, meaning)) for n, code in ((1, "en"), (2, "uk"))]
        for meaning in (close, far)
    ]
    ours = [Reported(9, "", "", traits("de", 2, close))]

    assert [1.0, 0.0] == [events.agreement(ours, side, STANDARD) for side in sides]


def test_events_that_a_model_finds_alike_become_one_with_a_story_that_fits_both():
    close = direction(1, 0.2)
    near = Near(
        tuple(
            NearEvent(number, "", 1, (Reported(number, "", "", traits(code, 2, close)),))
            for number, code in ((1, "en"), (2, "uk"))
        )
    )
    found = events.place(ACCOUNT, traits("de", 2, close), near, STANDARD)

    assert (1, [2]) == (found.event_id, [merging.event_id for merging in found.merging])


def test_a_story_of_another_week_is_not_named_as_the_closest():
    known = [Reported(n, f"Title {n}", "", traits("en", 2, direction(1, n), hours=49 * n)) for n in (1, 2)]
    near = Near(tuple(NearEvent(one.story_id, one.title, 1, (one,)) for one in known))
    said = [
        events.place(ACCOUNT, traits("de", 2, direction(1, 0), hours=hours), near, STANDARD).because
        for hours in (49, 250)
    ]

    assert "closeness of 0.71 in meaning (in en)" in said[0]
    assert "closeness" not in said[1]


@pytest.mark.parametrize(
    ("numbers", "kept"),
    [((1.0, -2.0), b"\x40\x81"), ((0.0, 0.0), None), ((), None), ((1.0, float("nan")), None),
     ((float("inf"), 1.0), None), ((1e-30, 0.0), b"\x7f\x00")],
)  # fmt: skip
def test_a_direction_is_kept_in_signed_bytes_where_it_is_one(numbers, kept):
    assert kept == meanings.kept(numbers)


def test_the_bytes_keep_the_closeness():
    one, other = [0.3, -0.1, 0.8, 0.05] * 64, [0.25, 0.1, 0.7, -0.3] * 64
    exact = sum(a * b for a, b in zip(one, other, strict=True)) / (
        sum(a * a for a in one) * sum(b * b for b in other)
    ) ** 0.5  # fmt: skip

    assert meanings.closeness(direction(*one), direction(*other)) == pytest.approx(exact, abs=0.003)


def test_a_model_reads_the_headline_once_and_the_first_hundred_words():
    article = replace(told("ferries de"), text=told("ferries de").title + "\n" + "wort " * 300)

    assert meanings.beginning(article) == article.title + "\n" + " ".join(["wort"] * 100)


def test_of_a_script_without_spaces_no_more_is_read():
    article = replace(told("ferries de"), title="作業船が橋に衝突", text="作業船" * 5000)

    assert meanings.LONGEST == len(meanings.beginning(article))
