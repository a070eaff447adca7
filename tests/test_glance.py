"""What a look at a page may conclude: nothing that reading it would not, and in every doubt nothing at all."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.core.extract import read_page, read_wanted
from monitor.core.needles import Needles
from monitor.core.quality import is_off_subject
from monitor.core.sieve import Sieve
from monitor.core.tokens import Tokens
from monitor.core.topics import UNWATCHED, Matcher
from monitor.errors import ExtractError
from monitor.model import Article, Extract, Glance, Page, Schedule, Task, Topic

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://news.example.org/2026/quay"
TOKENS = Tokens()
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
TITLE = "Council decides on the old quay"
SENTENCES = (
    "The harbour council met on Tuesday evening to decide how the old quay should be rebuilt.",
    "Its chairwoman said that the money would come from the region and from a small levy on berths.",
    "Fishermen from the eastern pier had asked for a wider slipway and for lights along the wall.",
)


def topic(name, query, **limits):
    return Topic(name, name.title(), query, Schedule("every hour"), (), **limits)


def article(paragraphs=14, head="<meta property='og:type' content='article'>", around="article", more=""):
    text = "".join(f"<p>{SENTENCES[n % 3]} {SENTENCES[(n + 1) % 3]}</p>" for n in range(paragraphs))
    return (
        f"<html lang='en'><head><title>{TITLE}</title>{head}</head><body><main><{around}><h1>{TITLE}</h1>{text}"
        f"</{around}></main>{more}</body></html>"
    )


def looked_at(html, query="glacier", *, came=URL, **hint):
    sieve = Sieve(Needles({"ice": query}, TOKENS.words))
    page = Page(URL, came, 200, {"content-type": "text/html; charset=utf-8"}, html.encode(), NOON)
    return read_wanted(page, Task(URL, topics=("ice",), **{"title": TITLE, **hint}), sieve)


@pytest.mark.parametrize(
    "link", [f"<a href='{URL}-4711/komplettansicht'>All</a>", f"<a rel=next href='{URL}-4711/2'>Next</a>"]
)
def test_the_first_part_of_an_article_is_read_since_a_glance_tells_nothing_of_the_others(link):
    told = looked_at(article(more=link), came=f"{URL}-4711")

    assert isinstance(told, Extract)
    assert told.whole or told.next_part


def test_an_article_that_no_topic_can_match_is_only_looked_at():
    links = "<link rel=canonical href='/quay'><meta property='og:url' content='https://m.example.org/quay'>"
    head = f"<meta property='og:type' content='article'>{links}"

    told = looked_at(article(head=head), "glacier OR (quay AND iceberg)")

    assert isinstance(told, Glance)
    assert (TITLE, "https://news.example.org/quay") == (told.title, told.canonical)
    assert "https://m.example.org/quay" == told.og_url
    assert ({"quay"}, set()) == (set(told.words), set(told.beginnings))


IN_DOUBT = {
    "the topic's word is in the text": (article(), "slipway", {}),
    "it is in the headline alone": (article(), "decides", {}),
    "it is in what the feed says": (article(), "glacier", {"summary": "Of a glacier"}),
    "it is in the description alone": (article(head="<meta property='og:type' content='article'><meta name=description content='A glacier'>"), "glacier", {}),
    "it stands elsewhere on the page": (article(more="<div>Glacier</div>"), "glacier", {}),
    "it is the right side of NOT that is missing": (article(), "quay NOT glacier", {}),
    "the article is short": (article(4), "glacier", {}),
    "it must be paid for": (article(head="<meta property='article:content_tier' content='locked'><meta property='og:type' content='article'>"), "glacier", {}),
    "it says that it has more words": (article(head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council decides on the old quay","isAccessibleForFree":"metered","wordCount":5000}</script><meta property="article:content_tier" content="metered">'), "glacier", {}),
    "it does not say that it is an article": (article(head=""), "glacier", {"title": "Another headline altogether"}),
    "the text is about something else": (article(), "glacier", {"title": "Minister travels to Lisbon for talks"}),
    "the text is what the summary says, and not the headline": (article(), "glacier", {"title": "Minister travels to Lisbon for talks", "summary": " ".join(SENTENCES)}),
    "the headline is too short to tell": (article().replace(TITLE, "Yes"), "glacier", {"title": "Yes"}),
    "the text stands in the page's margin": (article(around="aside"), "glacier", {}),
    "the text is links": (article().replace("<p>", "<p><a href='/x'>").replace("</p>", "</a></p>"), "glacier", {}),
    "it has formulas": (article(more="<math alttext='glacier'></math>"), "glacier", {}),
    "it has no title": (article().replace(TITLE, ""), "glacier", {"title": ""}),
    "a topic that cannot be told": (article(more="<p>H&amp;</p>"), "glacier", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_DOUBT)
def test_in_doubt_the_page_is_read(case):
    html, query, hint = IN_DOUBT[case]

    assert isinstance(looked_at(html, query, **hint), Extract)


def test_what_is_read_after_a_look_is_what_is_read_without_one():
    page = Page(URL, URL, 200, {"content-type": "text/html"}, article().encode(), NOON)
    hint = Task(URL, title=TITLE, author="Jane Doe", published=NOON)

    assert read_page(page, hint) == looked_at(article(), "quay", author="Jane Doe", published=NOON)


def test_pages_that_cannot_be_read_are_refused_as_before():
    with pytest.raises(ExtractError, match="PDF"):
        looked_at("%PDF-1.7 <p>")


# ── why ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_reason_names_the_conditions_for_which_the_page_has_no_words():
    matcher = Matcher(
        [
            topic("ice", "(glacier OR iceberg) AND quay AND melt*"),
            topic("port", "quay NOT harbour", outlets=("other.example",)),
            topic("two", '"old quay wall" AND summit'),
            topic("three", "x"),
        ]
    )
    glance = Glance("", words=frozenset({"quay", "harbour", "old", "wall"}))
    because = matcher.ruled_out("news.example.org", glance, ("ice", "port", "two", "three", "gone"))

    assert (
        "ice: nothing of (glacier OR iceberg) and nothing of melt* on the page"
        " · port: news.example.org is not among its outlets · two: nothing of summit on the page"
        " · nor did 1 more topic match"
    ) == because


def test_without_topics_the_reason_is_that_nobody_watches():
    assert UNWATCHED == Matcher([topic("ice", "x")]).ruled_out("news.example.org", Glance(""), ("gone",))


# ── real pages ───────────────────────────────────────────────────────────────────────────────────

with_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of real pages is not on this machine"
)


def pages_of(folder, step=1):
    rows = [json.loads(line) for line in (CORPUS / folder / "index.jsonl").read_text().splitlines()]
    for row in rows[::step]:
        url = row["url"] or "https://news.example.org/a/b"
        body = gzip.decompress((CORPUS / folder / row["file"]).read_bytes())
        page = Page(url, url, 200, {"content-type": "text/html"}, body, NOON)
        yield page, Task(url, title=row.get("title") or "")


def conclusion(page, hint, topics):
    """What reading says, and what a look says, with these topics."""
    matcher = Matcher(topics)
    ids = tuple(one.id for one in topics)
    watched = Task(page.url, title=hint.title, topics=ids)
    return read_wanted(page, watched, matcher.sieve), matcher, ids


def read_pages():
    """Real pages of newspapers that can be read, with a few long words of each."""
    for folder, step in (("pages/fundus", 2), ("pages/scrapinghub", 2), ("pages/trafilatura-eval", 6)):
        for page, hint in pages_of(folder, step):
            try:
                full = read_page(page, hint)
            except ExtractError:
                continue
            words = sorted(word for word in set(TOKENS.words(full.text)) if len(word) > 6)
            if words:
                yield page, hint, full, words[:: max(1, len(words) // 9)]


@with_corpus
def test_on_real_pages_a_look_concludes_what_reading_does():
    """A topic of a word on the page, one of words that stand in other pages, and one of both."""
    strange, told = ["waffenstillstand"], Counter()
    for read, (page, hint, full, words) in enumerate(read_pages()):
        own, other = words[read % len(words)], strange[read % len(strange)]
        topics = [
            topic("own", f'"{own}" AND "{other}"'),
            topic("other", f'"{other[:7]}"* OR "{other} {own}"'),
        ]
        check(page, hint, full, topics, told)
        assert isinstance(conclusion(page, hint, [topic("own", f'"{own}"')])[0], Extract)
        strange = (words + strange)[:60]

    assert told["off topic"] > told["read"]
    assert told.total() > 150


def check(page, hint, full, topics, told):
    look, matcher, ids = conclusion(page, hint, topics)
    if isinstance(look, Extract):
        assert look == full
        told["read"] += 1
        return
    article = Article(page.url, "news.example.org", full.title or hint.title, full.text, 0, NOON)
    (found,) = matcher.match([article], [ids])
    assert () == found.matches
    assert full.quality.kind in {"article", "live_blog"}
    assert (full.title, full.canonical, full.og_url) == (look.title, look.canonical, look.og_url)
    assert not is_off_subject(hint.title or full.title, full.text)
    told["off topic"] += 1


@with_corpus
def test_no_real_wall_is_passed_over():
    sieve = Sieve(Needles({}, TOKENS.words))
    looks = []
    for page, hint in pages_of("hard"):
        try:
            looks.append(read_wanted(page, hint, sieve))
        except ExtractError:
            continue

    assert [] == [look for look in looks if isinstance(look, Glance)]
    assert len(looks) > 5
