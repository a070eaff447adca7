"""The matcher: which topics an article belongs to, because."""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from monitor.core import query
from monitor.core.query import small_operators
from monitor.core.textindex import TextIndexes
from monitor.core.topics import Found, Matcher, check, from_words
from monitor.errors import QueryError
from monitor.model import Article, Match, Schedule, Topic

NOON = datetime(2025, 8, 7, 12, tzinfo=UTC)
TALKS = '(ukrain* OR kyjiw) AND (waffenstillstand* OR "peace talks")'


def topic(text=TALKS, *, id="talks", **more):  # noqa: A002  the field's name
    return Topic(id, id.title(), text, Schedule("every hour"), ("https://a.example/rss",), **more)


def article(text, *, title="A headline", outlet="taz.de", language=None):
    return Article(
        "https://taz.de/1", outlet, title, text, len(text.split()), first_seen=NOON, language=language
    )


def found(text, *topics, **more):
    topics = topics or (topic(),)
    return Matcher(topics).match([article(text, **more)], [tuple(t.id for t in topics)])[0]


# ── queries ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "offset", "sentence"),
    [
        ("", 0, "no word"),
        ("  ", 0, "no word"),
        ('"!?" OR "…"', 0, "no word"),
        ("🎉", 0, "no word"),
        ("a AND", 2, "should follow 'AND'"),
        ("a AND AND b", 6, "AND stands where a word is meant"),
        ("AND a", 0, "AND stands where a word is meant"),
        ("a AND NOT b", 6, "NOT stands alone"),
        ('a OR "b c', 5, "never closed"),
        ('a AND (b OR "c) OR d', 12, "never closed"),
        ("a AND (b OR c", 6, "never closed"),
        ("a OR b) AND c", 6, "never opened"),
        ("a OR ()", 6, "missing before ')'"),
        ("(a OR b) c", 9, "missing before 'c'"),
        ("peace (a OR b)", 0, "between 'peace' and the parenthesis"),
        ("covid-19 OR a", 0, 'write "covid-19"'),
        ("ukraine -sport", 8, "as in: this NOT sport"),
        ("it's OR a", 2, 'write "it\'s"'),
        ("a, b", 1, "quotation marks"),
        ("a && b", 2, "quotation marks"),
        ("https://taz.de", 0, "no column 'https'"),
        ("a OR author : b", 5, "no column 'author'"),
        ("NEAR(a b, c)", 10, "NEAR takes a number"),
        ("*foo", 0, "after the beginning"),
        ("a\0b", 1, "no text holds"),
        ("a \ud800", 2, "no text holds"),
        ("(" * 300 + "a" + ")" * 300, 0, "too deeply"),
        ("(" * 50 + "a" + ")" * 50, 0, "too deeply"),
        ("\n  a\n  OR\n  ?", 12, "cannot stand in a query"),
    ],
)
def test_s40_a_query_that_cannot_be_used_says_where_and_why(text, offset, sentence):
    with pytest.raises(QueryError) as error:
        check(text)

    assert sentence in str(error.value)
    assert offset == error.value.offset


@pytest.mark.parametrize(
    "text",
    [
        TALKS,
        "a b NOT c",
        "title : a OR {title text} : (b AND c)",
        "- title : a",
        'NEAR(a "b c" d*, 5) OR ^e + f*',
        '"" AND a',
        "перемир* AND Україн*",
        " OR ".join(f"w{n}" for n in range(3000)),
        "(" * 30 + "a" + ")" * 30,
    ],
)
def test_what_fts5_accepts_is_accepted_and_matched(text):
    check(text)
    found = Matcher([topic(text)]).match([article("nothing of it")], [("talks",)])

    assert 1 == len(found)


@pytest.mark.parametrize(
    ("any_", "all_", "none", "expected"),
    [
        (["a"], [], [], "a"),
        (["a", "peace talks"], [], [], '(a OR "peace talks")'),
        (["ukrain*"], ["x", "y"], [], "ukrain* AND x AND y"),
        ([], ["x"], ["sport"], "x NOT sport"),
        (["a"], ["b"], ["c", "d"], "(a AND b) NOT (c OR d)"),
        (['say "hi"', "NOT", "covid-19", "peace talk*"], [], [], None),
    ],
)
def test_lists_of_words_become_a_query(any_, all_, none, expected):
    made = from_words(any_, all_, none)

    check(made)
    assert made == (expected or '("say ""hi""" OR "NOT" OR "covid-19" OR "peace talk"*)')


@pytest.mark.parametrize("words", [([], [], ["a"]), ([], [], []), (["?"], [], []), (["a", " "], [], [])])
def test_lists_that_say_nothing_are_refused(words):
    with pytest.raises(QueryError):
        from_words(*words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", [("a", True)]),
        ("a b", [("a", True), ("b", True)]),
        ("a OR b AND c", [("a OR b AND c", True)]),
        ("a AND (b OR c)", [("a", True), ("(b OR c)", True)]),
        ("(a AND (b NOT (c OR d)))", [("a", True), ("b", True), ("(c OR d)", False)]),
        ("title : (a AND b) AND ^c", [("title : (a AND b)", True), ("^c", True)]),
        ('NEAR(a "b c", 5) AND d + e*', [('NEAR(a "b c", 5)', True), ("d + e*", True)]),
    ],
)
def test_a_query_falls_into_the_conditions_that_must_all_hold(text, expected):
    assert [(clause.text, clause.wanted) for clause in query.clauses(text)] == expected


# ── matches and reasons ──────────────────────────────────────────────────────────────────────────


def test_a_match_is_explained_by_its_passage_with_the_words_marked():
    text = "Seit Monaten verhandeln sie über ein Waffenstillstandsabkommen\nzwischen Moskau und Kyjiw."

    got = found(text)

    because = "Seit Monaten verhandeln sie über ein [Waffenstillstandsabkommen] zwischen Moskau und [Kyjiw]."
    assert got == Found((Match("talks", because),), "matches talks")


def test_the_passage_comes_from_the_column_that_says_most():
    got = found("One word about Ukraine.", title="Peace talks on Ukraine")

    assert got.matches[0].because == "[Peace talks] on [Ukraine]"


@pytest.mark.parametrize(
    ("text", "query_text", "expected"),
    [
        (
            "Regen in Kyjiw",
            TALKS,
            'talks: nothing of (waffenstillstand* OR "peace talks") in the text',
        ),
        (
            "Regen in Berlin",
            TALKS,
            'talks: nothing of (ukrain* OR kyjiw) and nothing of (waffenstillstand* OR "peace talks") in the text',
        ),
        (
            "Fußball in Kyjiw",
            "kyjiw NOT (sport OR fußball)",
            "talks: (sport OR fußball) is in the text, after NOT",
        ),
        (
            "nichts",
            " OR ".join(f"friedensverhandlung{n}" for n in range(9)),
            "talks: nothing of friedensverhandlung0 OR friedensverhandlung1 OR friedensverhandlung2 OR … in the text",
        ),
    ],
)
def test_a_text_that_does_not_match_says_which_condition_it_misses(text, query_text, expected):
    assert found(text, topic(query_text)) == Found((), expected)


def test_languages_and_outlets_are_part_of_the_reason():
    text = "Waffenstillstand in der Ukraine"
    french, excluded = topic(id="fr", languages=("fr", "it")), topic(id="ex", exclude=("taz.de",))
    other = topic(id="bbc", outlets=("bbc.co.uk",))

    got = found(text, french, excluded, other, topic(id="x"), language="de-AT")
    none = found(text, french, excluded, other, language="de-AT")

    assert [match.topic_id for match in got.matches] == ["x"]
    assert none.because == (
        "fr: it is in de, and only fr and it is wanted · ex: taz.de is excluded · "
        "bbc: taz.de is not among its outlets"
    )


def test_an_unknown_language_is_given_the_benefit_of_the_doubt():
    assert found("Waffenstillstand in der Ukraine", topic(languages=("fr",)), language=None).matches


def test_only_the_topics_that_watch_a_feed_are_asked():
    matcher = Matcher([topic("a", id="one"), topic("b", id="two")])

    got = matcher.match([article("a b")] * 4, [("one",), ("two", "gone"), ("two", "one", "two"), ("gone",)])

    assert [[m.topic_id for m in f.matches] for f in got] == [["one"], ["two"], ["two", "one"], []]
    assert got[3].because == "no topic watches its feed any more"


def test_many_topics_that_say_no_are_counted_not_listed():
    topics = [topic(f"word{n}", id=f"t{n}") for n in range(5)]

    assert found("nothing", *topics).because == (
        "t0: nothing of word0 in the text · t1: nothing of word1 in the text · "
        "t2: nothing of word2 in the text · nor did 2 more topics match"
    )


@pytest.mark.parametrize(
    "text", ["", "\0", "Ukraine\0peace talks \ud800\udfff", "peace talks Ukraine " * 60_000]
)
def test_odd_texts_cost_nobody_anything(text):
    matcher = Matcher([topic()])

    got = matcher.match([article(text), article("peace talks, Ukraine")], [("talks",), ("talks",)])

    assert bool(got[0].matches) == ("peace talks" in text)
    assert got[1].matches


def test_the_passage_of_a_very_long_text_is_found_in_reasonable_time():
    filler, start = "Regen und Sonne. " * 30_000, time.process_time()

    got = found(
        "Regen in Kyjiw " * 40_000 + filler + "Man spricht über Waffenstillstand in der Ukraine." + filler
    )

    assert got.matches[0].because.count("[Waffenstillstand]") == 1
    assert time.process_time() - start < 3


def test_a_word_without_end_does_not_fill_the_table():
    because = found("A" * 300_000 + " waffenstillstand ukraine " + "b" * 300_000).matches[0].because

    assert "[waffenstillstand]" in because
    assert len(because) < 600


def test_capitals_and_accents_make_no_difference():
    assert found("KYJIW: WAFFENSTILLSTÄNDE", topic("kyjíw AND waffenstillstande")).matches


def test_nothing_to_match_is_no_trouble():
    assert Matcher([]).match([], []) == []
    assert Matcher([]).match([article("a")], [()])[0].matches == ()


def test_a_topic_with_a_broken_query_is_named():
    with pytest.raises(QueryError, match=r"^bad: AND stands") as error:
        Matcher([topic("a", id="good"), topic("a AND AND b", id="bad")])

    assert error.value.offset == 6


def test_no_character_of_a_text_gets_lost_or_through():
    assert found("Ukraine\0peace talks").matches[0].because == "[Ukraine] [peace talks]"


@pytest.fixture
def hasty_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_several_threads_may_ask_at_once():
    matcher = Matcher([topic("a1", id="one"), topic("b1", id="two")])
    start = Barrier(4)

    def ask(name):
        text = "a1 " * 300 if name == "one" else "b1 " * 300
        start.wait()
        return {matcher.match([article(text)] * 3, [("one", "two")] * 3)[2].because for _ in range(50)}

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, ["one", "two", "one", "two"]))

    assert answers == [{"matches one"}, {"matches two"}] * 2


# ── many topics, random queries ──────────────────────────────────────────────────────────────────

WORDS = ["waffe", "waffen", "ruhe", "peace", "talks", "kyjiw", "kiew", "x"]


def random_query(chance, depth=3):
    word = chance.choice(WORDS)
    leaves = [word, f"{word[:3]}*", f'"{word} {chance.choice(WORDS)}"', f"title : {word}", f"^{word}",
              f"NEAR({word} {chance.choice(WORDS)}, 2)", f"{word} {chance.choice(WORDS)}*", '"!" OR ' + word]  # fmt: skip
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(leaves)
    sides = [random_query(chance, depth - 1) for _ in range(2)]
    return f"({sides[0]}) {chance.choice(['AND', 'OR', 'NOT'])} ({sides[1]})"


def random_articles(chance, count):
    return [
        article(" ".join(chance.choices(WORDS, k=4)), title=" ".join(chance.choices(WORDS, k=2)))
        for _ in range(count)
    ]


def test_the_conditions_of_a_query_together_are_the_query():
    chance = random.Random(7)
    with TextIndexes().of(random_articles(chance, 40)) as index:
        for _ in range(300):
            text = random_query(chance)
            rows = frozenset(range(40))
            for clause in query.clauses(text):
                rows = rows & index.rows(clause.text) if clause.wanted else rows - index.rows(clause.text)

            assert index.rows(text) == rows, text


def test_many_topics_give_the_answers_that_each_would_give_alone():
    chance = random.Random(8)
    topics = [topic(random_query(chance), id=f"t{n}") for n in range(400)]
    articles = random_articles(chance, 12)
    ids = tuple(t.id for t in topics)

    together = Matcher(topics).match(articles, [ids] * 12)

    alone = [Matcher([t]).match(articles, [(t.id,)] * 12) for t in topics]
    expected = [[m for answers in alone for m in answers[row].matches] for row in range(12)]
    assert [list(f.matches) for f in together] == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("kyiv or kiew", ["or"]),
        ("(kyiv OR kiew) and (truce not football)", ["and", "not"]),
        ('"kyiv" And kiew*', ["And"]),
        ("kyiv* or kiew", ["or"]),
        ('"kyiv or kiew" OR "or"', []),
        ("or OR and", []),
        ("oder AND or", []),
        ("title : or kiew", []),
        ("kyiv OR kiew AND truce NOT football", []),
    ],
)
def test_operators_in_small_letters_are_seen(query, words):
    assert words == [found.split("'")[1] for found in small_operators(query)]


@pytest.mark.parametrize(
    ("text", "wanted", "matches"),
    [
        ("乌克兰停火谈判", "停火", True),
        ("乌克兰 停火 谈判", "停火", True),
        ("乌克兰停战灭火", "停火", False),
        ("Ουκρανία", "ουκρανια", False),
        ("Ουκρανία", "ουκρανία", True),
        ("Łódź", "lodz", False),
        ("Київ", "КИЇВ", True),
        ("ёлка", "елка", False),
    ],
)
def test_what_the_page_on_queries_says_of_other_letters_is_so(text, wanted, matches):
    assert matches == bool(found(text, topic(wanted)).matches)
