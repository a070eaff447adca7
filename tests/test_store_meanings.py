"""Events across languages in the database, with a real model: found, kept, explained, and the same after a restart."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest
from events_texts import AT, report
from model_scene import INSTALL, told, written
from store_scene import all_rows, quick_store, value

from monitor.core import meanings, reports
from monitor.core.topics import Found
from monitor.model import Counts, Placing, Verdict
from monitor.settle import place
from monitor.store.meanings import ABROAD, NAMED
from monitor.vectors import Meanings

NOBODY = Counts(0, {}, 0)


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
