"""Other spellings of a query's words: what is added, that it stays a query, and that it is shown."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.core.complaints import check
from monitor.core.spellings import FAMILIES, spellings_of, widened
from monitor.core.topics import Matcher
from monitor.model import Article, Schedule, Topic

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

FOUND = [
    ("kyiv", "Gespräche in Kiew"),
    ("kyiv", "Розмови в Києві"),
    ("Kiew", "Talks in Kyiv"),
    ("kyjiw AND waffenruhe", "In Kiev gilt eine Waffenruhe"),
    ("zelensky", "Selenskyj reist nach Genf"),
    ("zelensk*", "Selenskyjs Reise nach Genf"),
    ("selenskyj", "President Zelenskyy spoke"),
    ("title : kyiv", "Kiew wartet"),
    ('"kyiv talks"', "The Kiev talks went on"),
    ("NEAR(kyiv putin, 3)", "Kiew hält Putin hin"),
    ("kyiv waits", "Kiew waits"),
    ("Straße", "Die Strasse ist gesperrt"),
    ("Strasse", "Die Straße ist gesperrt"),
    ("Müller", "Herr Mueller kam"),
    ("Mueller", "Herr Müller kam"),
    ("^kiew", "Kyiv is far"),
]


def found(query, title):
    topic = Topic("t", "t", query, Schedule("x"), ())
    article = Article(url="", outlet_id="a", title=title, text="", words=0, first_seen=NOON)
    return bool(Matcher([topic]).match([article], [("t",)])[0].matches)


@pytest.mark.parametrize(("query", "title"), FOUND)
def test_a_widened_query_finds_other_spellings_that_the_plain_one_misses(query, title):
    wide = widened(query).query

    check(wide)
    assert (False, True) == (found(query, title), found(wide, title))


@pytest.mark.parametrize(
    "query", ["Poet", "neue", "blue", "aktuell", "waffenruhe*", "ukrain*", '"peace talks"']
)
def test_words_without_other_spellings_stay_word_for_word(query):
    assert (query, ()) == (widened(query).query, widened(query).added)


def test_what_is_forbidden_is_forbidden_in_every_spelling():
    wide = widened("genf NOT kiew").query

    assert not found(wide, "Genf und Kyiv")
    assert found(wide, "Genf")


def test_what_was_added_is_told():
    assert ("Straße", ("Strasse",)) in widened("kyiv OR Straße").added
    assert "Kiew" in dict(widened("kyiv").added)["kyiv"]


def test_alternatives_that_are_there_already_are_not_written_twice():
    wide = widened("kyiv OR kyjiw OR kiew").query

    assert 1 == wide.lower().count("kiew")
    assert "((" not in wide


def test_a_beginning_stands_for_the_names_that_begin_so_but_a_short_one_does_not():
    assert "Selenskyj" in spellings_of("zelens", prefix=True)
    assert not any(other.lower().startswith("zelensk") for other in spellings_of("zelensk", prefix=True))
    assert () == spellings_of("put", prefix=True)
    assert () == spellings_of("mos", prefix=True)


def test_no_name_stands_in_two_families():
    names = [name.lower() for family in FAMILIES for name in set(family)]

    assert sorted(names) == sorted(set(names))


WORD = st.sampled_from(
    ["kyiv", "Straße", "zelensk*", "ruhe", '"kyiv talks"', "NEAR(kiew a, 2)", "title : kiev", "a b"]
)
QUERY = st.recursive(
    WORD,
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR", "NOT"]), inner).map(
        "({0[0]}) {0[1]} ({0[2]})".format
    ),
)


@given(QUERY)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_whatever_is_widened_stays_a_query(query):
    found = widened(query)

    check(found.query)
    assert all(others for _, others in found.added)


def test_a_topic_asks_for_spellings_in_the_file(tmp_path):
    path = Path(tmp_path / "m.yaml")
    path.write_text(
        "version: 1\ndatabase: m.db\ntopics:\n"
        "  a: {query: 'kiew AND x', spellings: true, feeds: ['https://a.example/x']}\n"
        "  b: {query: 'kiew AND x', feeds: ['https://a.example/x']}\n"
    )
    one, two = config.load(path, {}).topics

    assert ("kiew AND x", "") == (one.written, two.written)
    assert "Kyjiw" in one.query
    assert "kiew AND x" == two.query
