"""Which stories report the same happening: words within a language, names and numbers across languages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from events_texts import AT, report

from monitor.core import events, reports
from monitor.model import Counts, Near, NearEvent, Reported, Traits

COMMON = {
    "en": "the that said for and with was about over after but have from not all some tuesday foreign minist",
    "de": "der die das und nach mit ist bei sich nicht wird war im in am den dem eine einen uber sagte auch",
    "uk": "також були після назвала про",
}
COUNTED = Counts(
    1000,
    {reports.key_of(code, word): 300 for code, words in COMMON.items() for word in words.split()},
    1000,
)


def traits(name, **changed):
    return reports.weigh(reports.report(report(name, **changed)), COUNTED)


def reported(name, story_id=1, **changed):
    article = report(name, **changed)
    return Reported(story_id, article.title, article.outlet_id, traits(name, **changed))


def event(*names, id_=1, **changed):
    sample = tuple(reported(name, number, **changed) for number, name in enumerate(names, 10 * id_))
    return NearEvent(id_, sample[0].title, len(sample), sample)


def placing(name, *near, **changed):
    known = changed.pop("near", {})
    article = report(name, **changed)
    told = reports.report(article)
    return events.place(told, told and reports.weigh(told, COUNTED), Near(events=near, **known))


@pytest.mark.parametrize(
    ("name", "known", "joins"),
    [
        ("bridge 2", "bridge 1", True),
        ("bridge 3", "bridge 1", True),
        ("bridge 3", "bridge 2", True),
        ("other bridge", "bridge 1", False),
        ("strike", "bridge 1", False),
        ("talks de", "bridge 1", False),
        ("talks en", "talks de", True),
        ("talks uk", "talks de", True),
        ("talks uk", "talks en", True),
        ("other talks en", "talks en", False),
        ("other talks en", "talks de", False),
        ("other talks en", "talks uk", False),
    ],
)
def test_reports_of_one_happening_belong_together_and_others_do_not(name, known, joins):
    assert (placing(name, event(known), hours=5).event_id == 1) is joins


@pytest.mark.parametrize(
    ("shared", "first", "joins"), [(4, 4, True), (3, 3, False), (4, 1, False), (4, 2, True)]
)
def test_across_languages_enough_names_have_to_be_shared_and_the_strongest_among_them(shared, first, joins):
    """`shared` names in common, the strongest ones of each side but for `first` of them ranked behind others."""
    own = {"de": 1000, "en": 2000}
    sides = []
    for code, start in own.items():
        weak = dict.fromkeys(range(first, shared), 0.2)
        strong = dict.fromkeys(range(first), 0.5)
        between = {start + key: 0.21 for key in range(8 - first)} if first < shared else {}
        sides.append(Traits(code, AT, {}, {**strong, **between, **weak}, frozenset()))

    assert (events.likeness(*sides) > 0) is joins


def test_names_count_double_and_numbers_more():
    told = reports.report(report("bridge 1", title="", text="Eine Havarie im Norden: Nordersiel zählt 2300 gezählte Autos und gezählt wurden sie von Martens am Morgen im Hafen bei Regen und Wind."))  # fmt: skip
    weights = reports.weigh(told, Counts(10_000, {}, 10_000)).terms
    by_word = {
        term.word: weights[term.key] / term.count * (term.count + 3.0)
        for term in told.terms
        if term.key in weights
    }

    assert by_word["Martens"] == pytest.approx(2.0 / 4.0 * by_word["2300"], rel=0.1)
    assert by_word["Martens"] > 1.7 * by_word["zählt"]


def test_the_reason_names_the_story_the_distance_and_the_shared_words():
    found = placing("bridge 2", event("bridge 1"), hours=3)

    assert found.because.startswith(
        "reports the same as bridge-1.test: “Baggerschiff rammt Hafenbrücke in Nordersiel”"
    )
    assert "3 hours later" in found.because
    assert {"Nordersiel", "Martens", "Hafenbrücke"} <= set(found.shared)
    assert found.nearest_id == 10
    assert found.likeness >= events.JOIN


def test_across_languages_the_reason_says_so():
    found = placing("talks uk", event("talks de"))

    assert "(in de, by names and numbers)" in found.because
    assert "Вантерпул" in found.shared


def test_the_reason_of_an_event_of_its_own_names_what_came_nearest():
    found = placing("other bridge", event("bridge 1"))

    assert found.event_id is None
    assert found.because.startswith("the first report of its event: nearest is bridge-1.test")
    assert "where 0.24 is asked for" in found.because


def test_nothing_near_is_an_event_of_its_own():
    assert placing("bridge 1").because == "the first report of its event: nothing like it in the days around"


@pytest.mark.parametrize(("hours", "joins"), [(0, True), (90, True), (97, False), (-90, True), (-97, False)])
def test_reports_join_within_four_days_in_either_direction(hours, joins):
    assert (placing("bridge 1", event("bridge 1"), hours=hours).event_id == 1) is joins


@pytest.mark.parametrize(("hours", "joins"), [(47, True), (49, False)])
def test_reports_of_two_languages_join_within_two_days(hours, joins):
    near = event("talks de", "talks en") if hours < 0 else event("talks de")

    assert (placing("talks en", near, hours=hours).event_id == 1) is joins


def test_the_nearest_event_is_chosen_whatever_their_order():
    near = event("bridge 1", "bridge 3"), event("other bridge", id_=2), event("strike", id_=3)

    assert placing("bridge 2", *near).event_id == 1
    assert placing("bridge 2", *reversed(near)) == placing("bridge 2", *near)


def test_one_story_that_fits_a_mixed_event_does_not_join_it():
    mixed = event("bridge 1", "strike", "talks de", "other bridge")

    assert placing("bridge 2", mixed).event_id is None


@pytest.mark.parametrize(("second", "joins"), [(0.0, False), (0.2, True)])
def test_a_likeness_to_one_story_of_several_is_not_counted_twice(second, joins):
    """The first of three stories is .6 like the new one, the second so much, the third not at all."""
    own = {place: (1 - likeness**2) ** 0.5 for place, likeness in enumerate((0.6, second, 0.0), 1)}
    sample = tuple(
        Reported(place, "", "", Traits("de", AT, {0: (1 - rest**2) ** 0.5, place: rest}, {}, frozenset()))
        for place, rest in own.items()
    )
    new = Traits("de", AT, {0: 1.0}, {}, frozenset())
    fit = events._fit(new, NearEvent(1, "", 3, sample), Near())

    assert (fit.likeness >= events.JOIN) is joins


def test_events_become_one_when_a_story_fits_both_and_so_do_their_stories():
    found = placing("bridge 3", event("bridge 1"), event("bridge 2", id_=2))

    assert found.event_id in {1, 2}
    assert {merging.event_id for merging in found.merging} == {1, 2} - {found.event_id}
    assert "100 % of the pairs" in found.merging[0].because


def test_events_whose_stories_do_not_fit_each_other_stay_two():
    lead = report("bridge 1").text + " " + report("strike").text
    both = placing("bridge 1", event("bridge 1"), event("strike", id_=2), text=lead,
                   title="Nordersiel ohne Brücke, Sandbrook ohne Kitas: Warnstreik der Gewerkschaft Verdi")  # fmt: skip

    assert both.event_id == 1
    assert both.merging == ()


def test_another_edition_of_a_series_never_joins_its_event():
    near = {"series": frozenset({10})}

    assert placing("bridge 2", event("bridge 1"), near=near).event_id is None


def test_a_new_edition_names_the_last_one_not_what_is_a_little_like_it():
    found = placing("bridge 2", event("strike", id_=2), event("bridge 1"), near={"series": frozenset({10})})

    assert "Baggerschiff rammt Hafenbrücke" in found.because
    assert "another day's edition" in found.because


def test_shared_passages_count_for_a_join():
    plain = placing("bridge 2", event("bridge 1"))
    related = placing("bridge 2", event("bridge 1"), near={"related": frozenset({10})})

    assert related.likeness == pytest.approx(plain.likeness + events.RELATED, abs=0.002)


def test_what_the_user_says_goes_first():
    assert placing("strike", event("bridge 1"), near={"chosen": 7}).event_id == 7
    kept = placing("bridge 2", event("bridge 1"), near={"apart": frozenset({1})})

    assert kept.event_id is None
    assert "kept apart by hand" in kept.because


FIGURES = "Das Institut Nordwest meldete am {day} {a} neue Fälle und {b} Genesene. Im Kreis Emsmark waren es {c}, in Harburg {d}, in Verden {e}, in Uelzen {f}. Die Quote der Belegung lag bei {g} Prozent."


def figures(seed, hours):
    numbers = {key: str((seed * 7919 + place * 104729) % 90000 + 100) for place, key in enumerate("abcdefg")}
    return {"text": FIGURES.format(day="Montag", **numbers), "title": "Institut meldet neue Fälle im Nordwesten", "hours": hours}  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "hours", "joins"), [(1, 1, True), (2, 5, True), (2, 24, False), (2, 48, False), (1, 24, True)]
)
def test_figures_of_another_day_are_another_event(seed, hours, joins):
    first = event("strike", **figures(1, 0))

    assert (placing("strike", first, **figures(seed, hours)).event_id == 1) is joins


def test_round_ups_and_headlines_have_events_of_their_own():
    round_up = report("bridge 1", words=reports.LONGEST + 1)
    headline = report("bridge 1", title="Brücke zu", text="Brücke zu.", words=2)

    assert reports.report(round_up) is None
    assert reports.report(headline) is None
    assert "too short" in events.place(None, None, Near()).because


def test_the_headline_is_not_read_twice():
    plain = report("bridge 1")
    twice = replace(plain, text=f"{plain.title} {plain.title} {plain.text}")

    assert reports.report(twice).terms == reports.report(plain).terms


def test_a_word_tells_the_more_the_fewer_stories_have_it():
    told = reports.report(report("bridge 1"))
    common = next(term.key for term in told.terms if term.word == "Nordersiel")
    rare = reports.weigh(told, Counts(1000, {}, 1000)).terms
    worn = reports.weigh(told, Counts(1000, {common: 900}, 1000)).terms

    assert rare[common] == max(rare.values())
    assert common not in worn


def test_texts_without_a_declared_language_are_read_for_it():
    long = report("bridge 1").text + " " + report("bridge 2").text

    assert reports.report(report("bridge 1", language=None, text=long)).language == "de"


@pytest.mark.parametrize(
    ("number", "same"),
    [("1.350", "1,350"), ("1350", "1.350"), ("9,3", "9.3"), ("2.340.000", "2,340,000")],
)
def test_numbers_are_one_however_a_language_writes_them(number, same):
    assert reports._telling(number) == reports._telling(same) != ""


@pytest.mark.parametrize("number", ["3", "12", "2026", "1999", "24.03.2021"])
def test_small_numbers_and_dates_tell_nothing_across_languages(number):
    assert reports._telling(number) == ""


def test_scripts_without_spaces_are_compared_in_pairs_of_signs():
    text = (
        "北海道の港町で水曜日の朝、作業船が橋脚に衝突し、二人の船員がけがをした。橋は三か月間通行止めになる。"
    )
    told = reports.report(report("bridge 1", title="作業船が橋に衝突", text=text, language="ja", words=40))

    assert {"作業", "業船"} <= {term.word for term in told.terms}


def test_likeness_is_the_same_from_both_sides():
    pairs = [("bridge 1", "bridge 2"), ("talks de", "talks uk"), ("strike", "talks en")]

    for one, other in pairs:
        assert events.likeness(traits(one), traits(other)) == events.likeness(traits(other), traits(one))


def test_a_later_report_is_a_little_less_like():
    now, later = (placing("bridge 2", event("bridge 1"), hours=hours).likeness for hours in (0, 48))

    assert later == pytest.approx(now * 0.8, abs=0.002)
    assert AT + timedelta(hours=48) == report("bridge 2", hours=48).first_seen
