"""Events across languages with a model: what it adds to names, what it may not, and that it holds over restarts."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from events_texts import AT, report
from model_scene import INSTALL, told, written
from store_scene import all_rows, quick_store, value

from monitor.core import events, meanings, reports
from monitor.core.topics import Found
from monitor.model import Account, Counts, Near, NearEvent, Placing, Reported, Standard, Term, Traits, Verdict
from monitor.settle import place
from monitor.store.meanings import ABROAD, NAMED
from monitor.vectors import Meanings

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


# ── in the database, with a real model ───────────────────────────────────────────────────────────


@pytest.fixture
def model(tmp_path):
    pytest.importorskip("model2vec", reason=INSTALL)
    opened = Meanings(written(tmp_path / "tiny"), 0.8)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        yield opened


def bring(store, name, model, *, hours=0.0):
    """Place a report as the journey does; gives the article's id."""
    world = SimpleNamespace(now=lambda: AT, topics={}, meanings=model)
    return store.run(lambda books: place(books, told(name, hours=hours), Found((), ""), world)[0])


def together(store, *names, model, hours=1.0):
    """Whether these, brought one after the other, are all in one event."""
    articles = [bring(store, name, model, hours=hours * place) for place, name in enumerate(names)]
    return 1 == value(
        store, f"select count(distinct event_id) from articles where id in ({','.join(map(str, articles))})"
    )


def because_of(store, outlet):
    return value(
        store,
        "select event_stories.because from event_stories join stories on stories.id = event_stories.story_id"
        f" join articles on articles.id = stories.original_id where outlet_id = '{outlet}'",
    )


@pytest.mark.parametrize(
    ("names", "joins"),
    [
        (("ferries de", "ferries en"), True),
        (("ferries en", "ferries de"), True),
        (("ferries de", "cup en"), False),
        (("ferries de", "half en"), False),
        (("ferries de", "elsewhere en"), False),
    ],
)
def test_two_languages_meet_where_names_and_meaning_do_and_not_where_one_of_them_is_missing(
    store, model, names, joins
):
    assert together(store, *names, model=model) is joins


def test_without_a_model_the_same_two_stay_apart(store):
    assert not together(store, "ferries de", "ferries en", model=None)
    assert 0 == value(store, "select count(*) from _event_vectors")


def test_the_reason_says_how_close_by_which_model_and_which_names(store, model):
    assert together(store, "ferries de", "ferries en", model=model)

    assert (
        "reports the same as ferries-de.test: “Tarnowski verspricht Lerwik neue Fähren”, 1 hour later (in de, by meaning and"
        " names): means much the same (closeness 0.88 by the model tiny, where 0.80 is asked for), and both name"
    ) in because_of(store, "ferries-en.test")
    assert "Tarnowski" in because_of(store, "ferries-en.test").split("both name")[1]
    assert "Lerwik" in because_of(store, "ferries-en.test").split("both name")[1]


def test_the_reason_of_a_story_alone_says_how_close_the_closest_in_another_language_came(store, model):
    assert not together(store, "ferries de", "cup en", model=model)

    assert because_of(store, "cup-en.test") == (
        "the first report of its event: nearest is ferries-de.test: “Tarnowski verspricht Lerwik neue Fähren”, but both name"
        " Tarnowski, Lerwik, with a closeness of 0.15 in meaning (in de) by the model tiny, where 0.80 is asked for"
    )


def test_the_closest_in_another_language_is_named_beside_the_nearest_of_all(store, model):
    bring(store, "ferries de", model)
    world = SimpleNamespace(now=lambda: AT, topics={}, meanings=model)
    near = replace(report("other talks en"), text="Tarnowski is no farmer. " + report("other talks en").text)
    store.run(lambda books: place(books, near, Found((), ""), world))
    bring(store, "cup en", model, hours=1)

    assert "the closest in another language is ferries-de.test" in because_of(store, "cup-en.test")
    assert "closeness of 0.15 in meaning (in de) by the model tiny" in because_of(store, "cup-en.test")


def test_a_standard_that_is_never_reached_joins_nothing(tmp_path, store, model):
    strict = Meanings(tmp_path / "tiny", 0.99)

    assert not together(store, "ferries de", "ferries en", model=strict)
    assert "where 0.99 is asked for" in because_of(store, "ferries-en.test")
    strict.close()


def test_meanings_of_another_model_are_kept_and_never_compared(tmp_path, store, model):
    """Not even where both give the same directions: only one model's word is known to be comparable."""
    folder = written(tmp_path / "twin")
    (folder / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes() + b"\n")
    twin = Meanings(folder, 0.8)
    bring(store, "ferries de", model)
    bring(store, "ferries en", twin, hours=1)

    assert closeness_of(model, "ferries de", "ferries en") > 0.8
    assert model.of(told("ferries en")).vector == twin.of(told("ferries en")).vector
    assert 2 == value(store, "select count(distinct event_id) from articles")
    assert 2 == value(store, "select count(distinct model) from _event_vectors")
    ours, theirs = (one.of(told("ferries en")).model for one in (model, twin))
    assert [[1], [2]] == [
        store.run(lambda books, m=m: list(books.meanings_of([1, 2], m))) for m in (ours, theirs)
    ]
    assert [[1], []] == [found_by(store, one, "ferries en") for one in (model, twin)]
    twin.close()


def closeness_of(model, *names):
    return meanings.closeness(*(model.of(told(name)) for name in names))


def test_only_stories_of_other_languages_are_looked_up_by_meaning(store, model):
    """Those of the own language are found by their words, and would take every place here."""
    bring(store, "ferries de", model)
    world = SimpleNamespace(now=lambda: AT, topics={}, meanings=model)
    words = told("ferries en").text.split()
    for number in range(12):
        random.Random(number).shuffle(words)
        url = f"https://local{number}.test/1"
        other = replace(
            told("ferries en"), url=url, outlet_id=url[8:-2], text=" ".join(words), fingerprint=None
        )
        store.run(lambda books, other=other: place(books, other, Found((), ""), world))

    assert 13 == value(store, "select count(*) from _event_vectors")
    assert [1] == found_by(store, model, "ferries en")


def found_by(store, model, name):
    """The stories that are looked up for this report by its meaning."""
    article = told(name, hours=1)

    def meant(books):
        weighed = books.weighed(reports.report(article))
        return books.stories_meant(replace(weighed, meaning=model.of(article)))

    return store.run(meant)


def test_two_more_events_are_looked_at_for_what_they_mean_and_their_closest_stories_first(store):
    """Stories 1 to 10 have events of their own, 11 to 13 are in the first one."""

    def begin(books):
        for number in range(1, 14):
            url = f"https://n{number}.test/1"
            one = replace(told("ferries de"), url=url, outlet_id=url[8:-2])
            key = books.add_article(one, Verdict("alone"), (), AT)
            books.begin_event(key, Placing("alone", 1 if number > 10 else None), None, None)
        return books._nearest_events([1, 2, 3, 4, 5, 6, 7, 11], [13, 10, 9, 8, 2])

    assert store.run(begin) == [(1, [13, 1, 11]), (2, [2]), (3, [3]), (4, [4]), (5, [5]), (6, [6]), (10, [10]), (9, [9])]  # fmt: skip


def test_what_was_joined_stays_when_the_model_goes(store, model):
    together(store, "ferries de", "ferries en", model=model)
    world = SimpleNamespace(now=lambda: AT, topics={}, meanings=None)
    store.run(lambda books: place(books, report("talks de", hours=2), Found((), ""), world))

    assert [(1, 2), (2, 1)] == all_rows(store, "select id, stories from events order by id")
    assert 2 == value(store, "select count(*) from _event_vectors")


def test_a_story_from_before_the_model_is_not_found_by_meaning(store, model):
    bring(store, "ferries de", None)
    bring(store, "ferries en", model, hours=1)

    assert 2 == value(store, "select count(distinct event_id) from articles")


def test_a_restart_in_between_changes_nothing(tmp_path):
    names = ("ferries de", "cup en", "elsewhere en", "ferries en", "half en")
    pytest.importorskip("model2vec", reason=INSTALL)
    folder = written(tmp_path / "tiny")
    for path, parts in (("one.db", [names]), ("two.db", [[name] for name in names])):
        for part in parts:
            opened = Meanings(folder, 0.8)
            with quick_store(tmp_path / path) as store:
                for name in part:
                    bring(store, name, opened, hours=names.index(name))
            opened.close()
    one, two = (
        {
            table: rows_of(tmp_path / path, f"select * from {table}")
            for table in ("events", "event_stories", "_event_terms", "_event_traits", "_event_vectors")
        }
        for path in ("one.db", "two.db")
    )

    assert one == two
    assert 3 == len(one["_event_vectors"])  # two of the five are copies


def rows_of(path, sql):
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchall()


def test_a_copy_has_no_meaning_of_its_own_and_a_story_that_goes_takes_its_along(store, model):
    """It costs nothing to be read again, and what is left are those of stories that are there."""
    bring(store, "ferries de", model)
    copy = replace(told("ferries de", hours=1), url="https://copy.test/1", outlet_id="copy.test")
    world = SimpleNamespace(now=lambda: AT, topics={}, meanings=model)
    store.run(lambda books: place(books, copy, Found((), ""), world))
    bring(store, "cup en", model, hours=2)
    before = all_rows(store, "select story_id from _event_vectors order by story_id")
    stories = all_rows(store, "select id from stories order by id")
    store.run(lambda books: books.join(stories[0][0], stories[1][0], AT))

    assert stories == before
    assert stories[:1] == all_rows(store, "select story_id from _event_vectors")


def test_two_names_are_found_however_many_stories_of_the_own_language_share_more(store, model):
    """The look-up by meaning has places of its own: reports that share many words do not take them."""
    bring(store, "ferries de", model)
    for number in range(30):
        lines = told("ferries en")
        words = [f"word{number}x{place_}" for place_ in range(60)]
        other = replace(
            lines,
            url=f"https://local{number}.test/1",
            outlet_id=f"local{number}.test",
            title=f"Ferries, says Tarnowski: Lerwik and Place{number} compared",
            text=f"Place{number} wants ferries as Lerwik has them. Reader {number} writes. {' '.join(words)}",
        )  # fmt: skip
        world = SimpleNamespace(now=lambda: AT, topics={}, meanings=None)
        store.run(lambda books, other=other, world=world: place(books, other, Found((), ""), world))
    bring(store, "ferries en", model, hours=1)

    assert "means much the same" in because_of(store, "ferries-en.test")


def test_a_look_up_by_meaning_reads_no_table_through(store):
    """What it costs does not grow with the archive."""
    for sql, values in ((NAMED, 2), (ABROAD, 3)):
        plan = [row[3] for row in all_rows(store, f"explain query plan {sql}", *["[]"] * values)]

        assert "PRIMARY KEY" in " ".join(plan)
        assert [step for step in plan if step.startswith(("SCAN _", "SCAN vectors", "SCAN traits"))] == []


def test_a_direction_goes_with_its_story(store):
    """As the traits do: both are rows of the story, and nothing else has to remember them."""
    for table in ("_event_traits", "_event_vectors"):
        assert [("stories", "CASCADE")] == [
            (row[2], row[6]) for row in all_rows(store, f"pragma foreign_key_list({table})")
        ]
