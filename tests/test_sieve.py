"""What a page could hold: whatever an extractor makes of its texts, no word of it is missed."""

import html
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core import glance
from monitor.core.extract import read_page
from monitor.core.head import Head
from monitor.core.jsonld import read_nodes
from monitor.core.markup import read_markup
from monitor.core.needles import Needles
from monitor.core.sieve import Sieve, scraps
from monitor.core.tokens import Tokens
from monitor.core.topics import Matcher
from monitor.errors import ExtractError
from monitor.model import Article, Page, Schedule, Task, Topic

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://news.example.org/2026/quay"
TOKENS = Tokens()


def sieve(*queries):
    return Sieve(Needles({query: query for query in queries}, TOKENS.words))


def held(texts, *queries):
    """Which of the queries a page of these texts may match; all of them where that cannot be told."""
    found = sieve(*queries).held(scraps(texts), frozenset())
    return set(queries) if found is None else found.topics


def texts_of(body):
    tree = read_markup(body.encode("utf-8", "replace"), "text/html; charset=utf-8")
    if glance._has_words_in_attributes(tree):
        return None
    return [*glance._texts(tree), *glance._texts_in_json(Head(tree, {}, tuple(read_nodes(tree)), {}))]


def queries_for(text):
    """Every word of a text, and its beginning, each as a query."""
    words = set(TOKENS.words(text))
    return {f'"{word}"' for word in words} | {f'"{word[: max(1, len(word) - 1)]}"*' for word in words}


# ── one by one ───────────────────────────────────────────────────────────────────────────────────

FOUND = {
    "a word in a text": ("<p>Die Ukraine heute</p>", "ukraine"),
    "a drop capital": ("<p><b>U</b>kraine heute</p>", "ukraine"),
    "a word in three pieces": ("<p>U<b>krai</b>ne heute</p>", "ukraine"),
    "a word around something that may be dropped": ("<p>Ukra<sup>12</sup>ine heute</p>", "ukraine"),
    "a word around a script": ("<p>Ukra<script>x()</script>ine heute</p>", "ukraine"),
    "a word around a comment": ("<p>Ukra<!-- x -->ine heute</p>", "ukraine"),
    "a soft hyphen": ("<p>Ukra&shy;ine heute</p>", "ukraine"),
    "a zero-width space": ("<p>Ukra\u200bine heute</p>", "ukraine"),
    "a soft hyphen and a piece of markup": ("<p>Uk&shy;ra<i>ine</i> heute</p>", "ukraine"),
    "a sign that trafilatura leaves out": ("<p>Ukra\u2424ine heute</p>", "ukraine"),
    "a beginning after a sign that nobody sees": ("<p><b>Ukra</b>&shy; ine heute</p>", "ukraine"),
    "a reference": ("<p>M&uuml;nchen heute</p>", "munchen"),
    "a reference written twice": ("<p>M&amp;uuml;nchen heute</p>", "munchen"),
    "a reference with a sign in it that nobody sees": ("<p>Stra&amp;s&shy;zlig;e heute</p>", "straße"),
    "a reference that falls apart": ("<p>Stra&amp;sz<b>lig;</b>e heute</p>", "straße"),
    "a reference in JSON-LD, written thrice": (
        """<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"Stra&amp;amp;szlig;e"}</script><p>x</p>""",
        "straße",
    ),
    "a reference by number, written twice": ("<p>M&amp;#252;nchen heute</p>", "munchen"),
    "a reference without its semicolon": ("<p>M&amp;uumlnchen heute</p>", "munchen"),
    "an accent of its own": ("<p>Mu\u0308nchen heute</p>", "munchen"),
    "capitals with accents": ("<p>ÉLYSÉE heute</p>", "elysee"),
    "a beginning": ("<p>Waffenstillstandsabkommen</p>", "waffenstillstand*"),
    "a beginning over two pieces": ("<p>Waffen<b>stillstands</b>abkommen</p>", "waffenstillstand*"),
    "a beginning that ends in the last of three": ("<p>Waf<i>fen</i>stillstand</p>", "waffensti*"),
    "a run of Chinese": ("<p>中国经济增长</p>", "中国*"),
    "a run of Chinese in two pieces": ("<p>中<b>国经济</b>增长</p>", "中国*"),
    "a word of Thai": ("<p>กรุงเทพ</p>", "กรุงเทพ*"),
    "a phrase": ("<p>Rat der <b>Stadt</b></p>", '"rat der stadt"'),
    "a text in JSON-LD": (
        """<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"Aus M\\u00fcn<b>chen</b> und &amp;Ouml;l"}</script><p>x</p>""",
        "munchen AND ol",
    ),
    "half a character in JSON-LD": (
        """<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"Ukraine \\ud800"}</script><p>x</p>""",
        "ukraine",
    ),
    "a formula, whose words stand elsewhere": ("<p>x <math alttext='ukraine'></math></p>", "ukraine"),
    "a reference that runs over two texts": ("<p>M&amp;<b>uuml;nchen</b></p>", "munchen"),
}  # fmt: skip

RULED_OUT = {
    "a word that is not there": ("<p>Die Ukraine heute</p>", "russland"),
    "a part of a word": ("<p>Die Ukraine heute</p>", "ukrain"),
    "one of two words": ("<p>Die Ukraine heute</p>", "ukraine AND nato"),
    "a word of a script": ("<p>heute</p><script>var ukraine</script>", "ukraine"),
    "the one that counts after NOT is there alone": ("<p>Die Ukraine heute</p>", "nato NOT ukraine"),
    "half of a word": ("<p><b>Ukra</b> heute</p>", "ukraine"),
    "a group without its second word": ("<p>Die Ukraine heute</p>", "NEAR(ukraine nato, 5)"),
    "a phrase with a word too many": ("<p>Rat der Stadt</p>", '"rat der hauptstadt"'),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_an_extractor_may_find_is_possible(case):
    body, query = FOUND[case]
    texts = texts_of(f"<html><body>{body}</body></html>")

    assert texts is None or {query} == held(texts, query)


@pytest.mark.parametrize("case", RULED_OUT)
def test_what_no_extractor_can_find_is_ruled_out(case):
    body, query = RULED_OUT[case]

    assert set() == held(texts_of(f"<html><body>{body}</body></html>"), query)


def test_where_too_much_can_be_put_together_nothing_is_told(monkeypatch):
    monkeypatch.setattr("monitor.core.sieve.MOST_STEPS", 10)
    letters = "abcdefghijklmnop"

    assert (
        sieve(*(a + b + c for a in letters for b in letters for c in "xyz")).held(
            scraps(letters), frozenset()
        )
        is None
    )


def test_many_words_that_begin_alike_are_put_together_like_few():
    letters = "abcdefghijklmnopqrstuvwxyz"
    queries = [f"q{a}{b}" for a in letters for b in letters]

    assert {f"q{a}{b}" for a in "aq" for b in "qab"} == held(["q", "a", "b and"], *queries)


# ── by chance ────────────────────────────────────────────────────────────────────────────────────

SIGNS = st.sampled_from("aabeou äöüßéИк中国ก\u0308\u0301\xad\u200b\ufeff\u2424\x07&;#-'.,1٣İıſﬁ\u1e9e한글")
PIECES = st.lists(st.text(SIGNS, min_size=1, max_size=7), min_size=1, max_size=6)
REFERENCES = st.sampled_from(["&uuml;", "&uuml", "&#252;", "&#xfc;", "&amp;", "&nbsp;", "&shy;"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(PIECES.map(" ".join), PIECES.map("".join), REFERENCES), min_size=1, max_size=8),
    st.data(),
)
def test_whatever_is_made_of_the_texts_holds_no_other_words(texts, data):
    """An extractor as bad as can be: it drops texts, glues the others, leaves out signs, resolves references."""
    kept = [text for text in texts if data.draw(st.booleans())] or texts
    if data.draw(st.booleans()):
        kept = ["".join(s for s in text if s.isprintable() and s != "\u2424") for text in kept]
    made = "".join(
        (text.strip() if data.draw(st.booleans()) else text) + data.draw(st.sampled_from(["", "", " ", "\n"]))
        for text in kept
    )
    made = html.unescape(made) if data.draw(st.booleans()) else made
    queries = queries_for(made)

    assert queries <= held(texts, *queries)


WORD = st.sampled_from(
    ["Hafen", "der", "Ukraine", "M&uuml;nchen", "M&amp;uuml;ller", "Waffen&shy;ruhe", "co\u200bop", "É", "中国", "R&amp;D", "12", "naïve", "I\u0307zmir"]
)  # fmt: skip
INLINE = st.tuples(
    st.sampled_from(["b", "i", "a href='/x'", "span", "sup", "em", "q", "code", "mark"]),
    st.lists(WORD, min_size=1, max_size=3),
).map(lambda got: f"<{got[0]}>{' '.join(got[1])}</{got[0].split()[0]}>")
DROPPED = st.sampled_from(["<br>", "<script>v()</script>", "<img alt='Bild'>", "<!-- x -->", "<button>Ok</button>", "<svg><title>t</title></svg>"])  # fmt: skip
RUN = st.lists(
    st.tuples(st.one_of(WORD, INLINE, DROPPED), st.sampled_from(["", " ", " ", "\n"])),
    min_size=3,
    max_size=25,
).map(lambda got: "".join(part + space for part, space in got))
BLOCK = st.tuples(
    st.sampled_from(["p", "p", "p", "div", "li", "h2", "blockquote", "td", "pre", "section", "figcaption"]),
    RUN,
).map(lambda got: f"<{got[0]}>{got[1]}</{got[0]}>")
BODIES = st.lists(
    st.one_of(BLOCK, st.lists(BLOCK, max_size=3).map(lambda got: f"<div>{''.join(got)}</div>")),
    min_size=1,
    max_size=8,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BODIES)
def test_no_word_of_what_is_extracted_was_ruled_out(blocks):
    body = f"<html><head><title>Der Hafen</title></head><body><article><h1>Der Hafen</h1>{''.join(blocks)}</article></body></html>"
    page = Page(URL, URL, 200, {"content-type": "text/html; charset=utf-8"}, body.encode(), NOON)
    try:
        extract = read_page(page, Task(url=URL))
    except ExtractError:
        return
    queries = queries_for(f"{extract.title}\n{extract.text}")
    texts = texts_of(body)

    assert texts is not None
    assert queries <= held(texts, *queries)


TERMS = st.sampled_from(["alpha", "beta", "gam*", '"alpha beta"', '"beta gam"*', "delta", "NEAR(alpha delta, 2)", "title : beta"])  # fmt: skip
QUERIES = st.recursive(
    TERMS, lambda inner: st.tuples(inner, st.sampled_from([" AND ", " OR ", " NOT ", " "]), inner).map(lambda got: f"({got[0]}){got[1] if got[1].strip() else ' AND '}({got[2]})"),
    max_leaves=6,
)  # fmt: skip
SAID = st.lists(st.sampled_from(["alpha", "beta", "gamma", "gam", "delta", "other"]), max_size=8).map(
    " ".join
)


@settings(max_examples=150, deadline=None)
@given(st.lists(QUERIES, min_size=1, max_size=4, unique=True), SAID, SAID)
def test_what_matches_was_possible(queries, title, text):
    topics = [Topic(str(n), str(n), query, Schedule("every hour"), ()) for n, query in enumerate(queries)]
    matcher = Matcher(topics)
    article = Article(URL, "news.example.org", title, text, 0, NOON)
    (found,) = matcher.match([article], [tuple(topic.id for topic in topics)])

    possible = matcher.sieve.held(scraps([title, text]), frozenset())

    assert possible is not None
    assert {match.topic_id for match in found.matches} <= possible.topics
