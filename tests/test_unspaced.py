"""Words in scripts without blanks are found wherever they stand, by topics as by the first look at a page."""

import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.complaints import INDEX, check
from monitor.core.needles import is_met
from monitor.core.query import SCRIPTS
from monitor.core.sieve import scraps
from monitor.core.textindex import LONG, TextIndexes
from monitor.core.tokens import Tokens
from monitor.core.topics import Matcher
from monitor.core.unspaced import JOINT, asked, cut, whole
from monitor.core.why import why
from monitor.errors import QueryError
from monitor.model import Article, Schedule, Topic

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://news.example.org/2026/quay"
TRUCE = "美国总统周一宣布，乌克兰与俄罗斯将于周三在日内瓦举行停火谈判。AI技术公司iPhone手机销量下降20%。"


def topic(query, name="t"):
    return Topic(name, name.title(), query, Schedule("every hour"), ())


def article(text, title=""):
    return Article(URL, "news.example.org", title, text, len(text.split()), NOON)


def because(query, text, title=""):
    found = Matcher([topic(query)]).match([article(text, title)], [("t",)])[0]
    return found.matches[0].because if found.matches else None


MATCHING = [
    (TRUCE, "停火"),
    (TRUCE, "停火*"),
    (TRUCE, '"停火谈判"'),
    (TRUCE, "停火 AND 日内瓦 NOT 北京"),
    (TRUCE, "NEAR(日内瓦 停火, 3)"),
    (TRUCE, "text : 乌克兰"),
    (TRUCE, "AI"),
    (TRUCE, "AI技术"),
    (TRUCE, "iphone*"),
    (TRUCE, "停 + 火谈"),
    (TRUCE, "^美国"),
    ("停戦交渉がジュネーブで始まった。", "停戦"),
    ("停戦交渉がジュネーブで始まった。", "ジュネーブ"),
    ("ｼﾞｭﾈｰﾌﾞで停戦", "ｼﾞｭﾈｰﾌﾞ"),
    ("การเจรจาหยุดยิงในกรุงเจนีวา", "หยุดยิง"),
    ("การเจรจาหยุดยิงในกรุงเจนีวา", '"กรุงเจนีวา"'),
    ("ການເຈລະຈາຢຸດຍິງທີ່ເຈນີວາ", "ຢຸດຍິງ"),
    ("កិច្ចចរចាឈប់បាញ់នៅទីក្រុងហ្សឺណែវ", "ឈប់បាញ់"),
    ("ဂျနီဗာမြို့တွင်အပစ်အခတ်ရပ်စဲရေးဆွေးနွေး", "အပစ်အခတ်"),
    ("𠮷野家で会談", "𠮷野家"),
]
OTHER = [
    (TRUCE, "火停"),
    (TRUCE, "日俄"),
    (TRUCE, "停谈"),
    (TRUCE, "title : 停火"),
    (TRUCE, "停火 NOT 日内瓦"),
    (TRUCE, "A"),
    (TRUCE, "NEAR(美国 停火, 3)"),
]


@pytest.mark.parametrize(("text", "query"), MATCHING)
def test_a_word_is_found_wherever_it_stands(text, query):
    assert because(query, text)
    assert because(query, "", title=text) or "text" in query


@pytest.mark.parametrize(("text", "query"), OTHER)
def test_other_signs_or_another_order_are_another_word(text, query):
    assert because(query, text) is None


def test_the_passage_shows_the_words_as_written():
    assert "在日内瓦举行[停火]谈判" in because("停火", TRUCE)
    assert "[AI技术]公司iPhone手机" in because('"AI技术"', TRUCE)
    (told,) = why([topic("停火 OR iphone")], article(f"标题。\n{TRUCE}", title="停火"))

    assert [("headline", ("停火",)), ("paragraph 2", ("停火", "iPhone"))] == [
        (place.where, place.words) for place in told.places
    ]


def test_in_a_long_text_the_passage_is_found_as_well():
    assert "[停火]" in because("停火", f"{'天气晴朗。 ' * LONG}{TRUCE}{'天气晴朗。 ' * LONG}")


def test_what_is_missing_is_quoted_as_written():
    found = Matcher([topic("停火 AND 北京")]).match([article(TRUCE)], [("t",)])[0]

    assert "t: nothing of 北京 in the text" == found.because


def test_among_many_topics_none_is_passed_over():
    """With few topics each is asked; with many, only those whose words the text has."""
    words = [TRUCE[at : at + size] for at in range(28) for size in (2, 3, 4)]
    topics = [topic(f'"{word}"', f"t{n}") for n, word in enumerate(words) if any(map(str.isalnum, word))]
    topics += [topic(f"北京{n}", f"n{n}") for n in range(40)]
    found = Matcher(topics).match([article(TRUCE)], [tuple(t.id for t in topics)])[0]

    assert [t.id for t in topics if t.id[0] == "t"] == [match.topic_id for match in found.matches]


def test_texts_and_queries_without_such_signs_are_left_as_they_are():
    for text in ("plain", "Über „Kürbis“ – 1 €", "한국어 뉴스", "ბიძინა", "אבג ابت", "", "\ud800é"):
        assert text == cut(text) == asked(text)


# ── by chance ────────────────────────────────────────────────────────────────────────────────────

SIGNS = "aBé1_ \n-'.,&\u200b\u0308\U0001f600\ue000中国停火あアｱ々กรุำเမြက្សອ한𠮷"
TEXTS = st.text(st.sampled_from(SIGNS), max_size=14)


@given(TEXTS)
def test_a_text_that_was_cut_is_whole_again(text):
    assert text == whole(cut(text))


def by_fts5(text):
    db = sqlite3.connect(":memory:")
    db.execute(INDEX)
    db.execute("INSERT INTO batch (rowid, title, text) VALUES (1, '', ?)", (cut(text),))
    db.execute("CREATE VIRTUAL TABLE places USING fts5vocab(batch, 'instance')")
    found = [word for (word,) in db.execute("SELECT term FROM places ORDER BY offset")]
    db.close()
    return found


TOKENS = Tokens()


@given(TEXTS)
def test_the_words_of_a_text_are_those_that_fts5_finds(text):
    assert by_fts5(text) == TOKENS.words(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.booleans())
def test_what_stands_in_a_text_is_found_there(before, word, after, prefix):
    """Where letters of other scripts touch it, it is another word, as ever."""
    phrase = word.replace('"', "").strip()
    if not any(map(str.isalnum, phrase)):
        return
    text = f"{before}. {phrase} .{after}"

    assert because(f'"{phrase}"{"*" * prefix}', text) is not None


UNSPACED_WORDS = st.text(st.sampled_from("中国停火あアｱ々กรງနខ𠮷"), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(TEXTS, UNSPACED_WORDS, TEXTS, st.booleans())
def test_a_word_without_blanks_is_found_whatever_touches_it(before, word, after, quoted):
    query = f'"{word}"' if quoted else word

    assert because(query, before + word + after) is not None


QUERY_TERMS = st.sampled_from(
    ["停火", "停*", '"停火 谈判"', "中国", "ก", "AI技术", "NEAR(停 火, 2)", "NEAR(停火 中国)", "title : 停火", "{title text} : 中", "^停火", "停 + 火", "alpha", "al*"]
)  # fmt: skip
QUERIES = st.recursive(
    QUERY_TERMS,
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR", "NOT"]), inner).map(
        lambda got: f"({got[0]}) {got[1]} ({got[2]})"
    ),
    max_leaves=5,
)
SAID = st.lists(
    st.sampled_from(["停火", "停", "火", "中国", "谈判", "AI", "技术", "alpha", "กา", "。", " ", "-"]),
    max_size=9,
).map("".join)
PIECES = st.lists(SAID, min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(QUERIES)
def test_a_query_that_can_be_used_stays_one(query):
    assert (None, None) == (check(query), check(asked(query)))


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('停火中ก a"*()+^:-,'), max_size=10))
def test_a_query_that_cannot_be_used_stays_none(query):
    def is_one(text):
        try:
            with TextIndexes().of([article("停")]) as index:
                index._db.execute("SELECT 1 FROM batch WHERE batch MATCH ?", (text,)).fetchall()
        except sqlite3.OperationalError:
            return False
        return True

    assert is_one(query) == is_one(asked(query))


@settings(max_examples=300, deadline=None)
@given(st.lists(QUERIES, min_size=1, max_size=4, unique=True), PIECES, SAID)
def test_the_first_look_passes_over_no_page_that_a_topic_matches(queries, pieces, title):
    """The text is put together of the page's pieces, with and without blanks between them."""
    topics = [topic(query, str(n)) for n, query in enumerate(queries)]
    matcher = Matcher(topics)
    ids = tuple(one.id for one in topics)
    possible = matcher.sieve.held(scraps([title, *pieces]), frozenset())

    assert possible is not None
    for text in ("".join(pieces), " ".join(pieces)):
        (found,) = matcher.match([article(text, title)], [ids])
        matched = {match.topic_id for match in found.matches}
        assert matched <= possible.topics
        for one in topics:
            is_possible = is_met(one.query, TOKENS.words, possible.words, possible.beginnings)
            assert is_possible or one.id not in matched


@settings(max_examples=150, deadline=None)
@given(QUERIES, SAID, SAID)
def test_one_among_many_topics_is_answered_as_if_it_were_alone(query, text, title):
    others = [topic(f"word{n}", f"n{n}") for n in range(60)]
    (found,) = Matcher([topic(query), *others]).match(
        [article(text, title)], [("t", *(one.id for one in others))]
    )

    assert (because(query, text, title) is not None) == (["t"] == [match.topic_id for match in found.matches])


def test_no_letter_of_these_scripts_is_forgotten_by_the_quick_look():
    for first, last in zip(SCRIPTS[::3], SCRIPTS[2::3], strict=True):
        for code in range(ord(first), ord(last) + 1):
            assert f"x{JOINT}{chr(code)}{JOINT}x" == cut(f"x{chr(code)}x")


def test_a_broken_query_is_refused_as_before():
    with pytest.raises(QueryError):
        check("停火 AND (")
