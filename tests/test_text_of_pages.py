"""The text of a page beyond what an extractor finds: its standfirst, its parts, and no pointers elsewhere."""

from datetime import UTC, datetime

import pytest
from lxml.html import fromstring

from monitor.core.extract import read_page
from monitor.core.pointers import without_pointers
from monitor.model import Page, Task

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://www.news.example.org/2026/quay"
HEADLINE = "Old quay to be rebuilt"
LEAD = "After three hours of debate the council of Riverton voted for a new wall of stone, and against steel."

OTHER = "Since Sunday it has rained in Vienna without end, and the river stands higher than in any spring."

STORY = (
    "The harbour council met on Tuesday evening to decide how the old quay should be rebuilt after the storm of last autumn.",
    "Its chairwoman said that the money would come from the region and from a small levy on berths, payable from the spring.",
    "Fishermen from the eastern pier had asked for a wider slipway and for lights along the whole wall, which they will get.",
    "Work is to begin in spring, as soon as the winter storms have passed and the divers are back from the northern yards.",
)
PARAGRAPHS = "".join(f"<p>{line}</p>" for line in STORY)


def text_of(body, *, head="", summary=""):
    html = f"<html lang='en'><head><title>{HEADLINE}</title>{head}</head><body>{body}</body></html>"
    page = Page(URL, URL, 200, {"content-type": "text/html"}, html.encode(), NOON)
    return read_page(page, Task(url=URL, title=HEADLINE, summary=summary)).text.split("\n")


def page(header, text=PARAGRAPHS):
    return f"<article><header><h1>{HEADLINE}</h1>{header}</header><div class='article-body'>{text}</div></article>"


def test_a_paragraph_is_one_however_its_source_is_wrapped():
    """The extractor takes line breaks of the source for the reader's where a paragraph has one of these."""
    wrapped = f"<p>\n{STORY[0].replace(' the', chr(10) + ' <i>the</i>')}\r\n<br>{STORY[1].replace(' ', chr(10))}</p>"

    assert text_of(page("", wrapped + PARAGRAPHS)) == [*STORY[:2], *STORY]


def test_preformatted_lines_stay_lines():
    found = text_of(page("", f"{PARAGRAPHS}<pre>Ebb 06:12\nFlow 12:31</pre>"))

    assert found[-2:] == ["Ebb 06:12", "Flow 12:31"]


# ── the standfirst ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["standfirst", "article-lead", "ContentHeaderDek", "c-article__standfirst", "entry-excerpt", "article__perex", "chapo", "intro-text",
     "sub-title", "leadtext", "teaser-text"],
)  # fmt: skip
def test_a_standfirst_is_known_by_what_the_page_calls_it(name):
    assert text_of(page(f"<div class='{name}'>{LEAD}</div>")) == [LEAD, *STORY]


@pytest.mark.parametrize(
    "told",
    [LEAD, f"{LEAD[:70]} …", "the council of Riverton voted for a new wall of stone, and against steel."],
    ids=["whole", "cut", "without its beginning"],
)
@pytest.mark.parametrize("where", ["og:description", "description"])
def test_a_standfirst_is_known_by_the_summary_of_the_page(told, where):
    head = f"<meta property='{where}' name='{where}' content='{told}'>"

    assert text_of(page(f"<div class='x7'>{LEAD}</div>"), head=head) == [LEAD, *STORY]


def test_a_page_reads_the_same_whatever_its_feed_says_of_it():
    body = page(f"<div class='x7'>{LEAD}</div>")

    assert text_of(body, summary=LEAD) == text_of(body)


def test_a_line_break_in_a_standfirst_parts_words():
    broken = LEAD.replace(" voted", "<br>voted").replace("Riverton", "<b>River</b>ton")

    assert text_of(page(f"<p class='standfirst'>{broken}</p>"))[0] == LEAD


def test_a_standfirst_stands_in_elements_of_a_pages_own_making_too():
    header = f"<x-part><x-html class='excerpt'><x-in><div>{LEAD}</div></x-in></x-html></x-part>"
    head = f"<meta name='description' content='{LEAD}'>"

    assert text_of(page(header), head=head) == [LEAD, *STORY]


def test_a_page_without_headline_of_the_first_rank_has_a_standfirst_too():
    body = f"<article><h2>{HEADLINE}</h2><div class='intro'>{LEAD}</div><div class='article-body'>{PARAGRAPHS}</div></article>"

    assert LEAD in text_of(body)


@pytest.mark.parametrize(
    "header",
    [
        "<div class='byline-text'>Jane Miller and John Carpenter, reporters in Riverton since many years</div>",
        "<figure><figcaption class='lead'>The old quay of Riverton, seen from the eastern pier in autumn</figcaption></figure>",
        "<div class='image-caption lead'>The old quay of Riverton, seen from the eastern pier in autumn</div>",
        "<div class='lead'>23/11/2026 12:00 (24/11/2026 08:15) 4031-7788-2026</div>",
        "<div class='standfirst'><a href='/a'>Read everything that we have ever written about the old quay</a></div>",
        "<div class='share'>Share this with all of your friends on the networks that you use</div>",
        "".join(f"<div class='cms teaser'>The {n} other thing that happened on the river this week</div>" for n in range(5)),
        f"<a href='/2026/rain'><h3>Rain in Vienna for a week</h3><p class='excerpt'>{OTHER}</p></a>",
        f"<div><h3><a href='/2026/rain'>Rain in Vienna for a week</a></h3><p class='teaser-text'>{OTHER}</p></div>",
        f"<h3><a href='/2026/rain'>Rain in Vienna for a week</a></h3><div><p class='intro'>{OTHER}</p></div>",
    ],
    ids=["byline", "caption", "named caption", "dates", "link", "sharing", "teasers", "linked card", "card", "card of two parts"],
)  # fmt: skip
def test_what_else_stands_above_a_text_is_no_standfirst(header):
    assert text_of(page(header)) == [*STORY]


def test_a_standfirst_may_stand_below_the_name_of_its_section():
    section = "<h3><a href='/politics'>Politics</a></h3>"

    assert text_of(page(f"{section}<p class='standfirst'>{LEAD}</p>")) == [LEAD, *STORY]


def test_what_the_text_holds_already_is_not_told_twice():
    found = text_of(page(f"<p class='standfirst'>{LEAD}</p>", f"{PARAGRAPHS}<p>{LEAD}</p>"))

    assert found == [*STORY, LEAD]


def test_what_follows_the_beginning_of_the_text_is_no_standfirst():
    body = (
        f"<div class='article-body'>{PARAGRAPHS}</div><h1>{HEADLINE}</h1><div class='standfirst'>{LEAD}</div>"
    )

    assert LEAD not in text_of(body)


# ── pointers ─────────────────────────────────────────────────────────────────────────────────────

ELSEWHERE = "Ceasefire talks begin again in Geneva on Monday"


def amid(line):
    return text_of(page("", PARAGRAPHS.replace(f"<p>{STORY[2]}", f"{line}<p>{STORY[2]}")))


@pytest.mark.parametrize(
    "line",
    [
        f"<p><a href='/2026/talks'>{ELSEWHERE}</a></p>",
        f"<p>Read more: <a href='https://news.example.org/2026/talks'>{ELSEWHERE}</a></p>",
        f"<p><strong>Lesen Sie auch:</strong> <a href='/2026/talks'><b>{ELSEWHERE}</b></a></p>",
        f"<h3><a href='/2026/talks'>{ELSEWHERE}</a></h3>",
        f"<ul><li><span>Middle East</span> <a href='/2026/talks'>{ELSEWHERE}</a></li></ul>",
    ],
    ids=["link", "read more", "lesen sie auch", "heading", "item under its section"],
)
def test_a_line_that_only_points_to_another_article_is_left_out(line):
    found = amid(line)

    assert not any(ELSEWHERE in paragraph for paragraph in found)
    assert set(STORY) <= set(found)


@pytest.mark.parametrize(
    "line",
    [
        f"<p><a href='https://elsewhere.example.com/talks'>{ELSEWHERE}</a></p>",
        f"<p><a href='#talks'>{ELSEWHERE}</a></p>",
        f"<p><a href='{URL}?part=2#talks'>{ELSEWHERE}</a>, the mayor said.</p>",
        f"<p>{ELSEWHERE}</p>",
        f"<p>The mayor says: in June <a href='/2026/talks'>{ELSEWHERE}</a></p>",
    ],
    ids=["another site", "the same page", "a sentence", "no link", "a clause before it"],
)
def test_other_lines_stay(line):
    assert any(ELSEWHERE in paragraph for paragraph in amid(line))


WINNERS = "These are the winners of the evening in the categories that count for the harbour:"


@pytest.mark.parametrize(
    "lines",
    [
        f"<p>{WINNERS}</p><ul><li>Best boat: <a href='/boats/1'>{ELSEWHERE}</a></li></ul>",
        f"<ul><li>The bridge stays closed until the end of May, since it has no railing</li><li><a href='/1'>{ELSEWHERE}</a></li></ul>",
        f"<dl><dt>19:00</dt><dd><a href='/events/1'>{ELSEWHERE}</a></dd></dl>",
        f"<h3><a href='{URL}/entry-7'>{ELSEWHERE}</a></h3>",
        f"<h3><a href='{URL}?entry=7'>{ELSEWHERE}</a></h3>",
        f"<h3>{ELSEWHERE}</h3><aside><a href='/2026/talks'>{ELSEWHERE}</a></aside>",
        "<ul><li><a href='/a'>Wasserstraßenamt</a></li></ul>",
    ],
    ids=["introduced by a sentence", "amid other items", "programme", "entry", "entry in the query", "heading told elsewhere too",
         "one long word"],
)  # fmt: skip
def test_what_the_article_itself_tells_stays_though_it_is_a_link(lines):
    tree = fromstring(f"<article>{PARAGRAPHS}{lines}</article>")
    text = "\n".join(
        [*STORY, *(" ".join(one.text_content().split()) for one in tree.xpath("//li | //h3 | //dd"))]
    )

    assert without_pointers(tree, text, URL) == text


@pytest.mark.parametrize(
    ("url", "link", "is_elsewhere"),
    [
        ("https://one.blogspot.com/2026/quay.html", "https://two.blogspot.com/2026/talks.html", True),
        ("https://one.blogspot.com/2026/quay.html", "https://one.blogspot.com/2026/talks.html", False),
        ("https://web.archive.org/web/2026/http://a.test/quay", "https://web.archive.org/web/2026/http://b.test/talks", True),
        ("https://web.archive.org/web/2026/http://a.test/quay", "https://web.archive.org/web/2025/http://a.test/talks", False),
        ("https://sites.google.com/quay", "https://www.google.com/url?q=https://elsewhere.test/talks", True),
    ],
)  # fmt: skip
def test_the_same_site_is_that_of_who_writes_it(url, link, is_elsewhere):
    body = f"<article><p>{STORY[0]}</p><p><a href='{link}'>{ELSEWHERE}</a></p>{PARAGRAPHS}</article>"

    found = without_pointers(fromstring(body), f"{STORY[0]}\n{ELSEWHERE}\n{STORY[1]}\n{STORY[2]}", url)

    assert (ELSEWHERE in found) == is_elsewhere


def test_linked_headings_stay_where_each_of_many_has_its_paragraph():
    def digest(count):
        return "".join(
            f"<h3><a href='/2026/{n}'>{ELSEWHERE} {n}</a></h3><p>{line}</p>"
            for n, line in enumerate(lines(0, count))
        )

    assert [line for line in text_of(page("", digest(9))) if ELSEWHERE in line] == [
        f"{ELSEWHERE} {n}" for n in range(9)
    ]
    assert [line for line in text_of(page("", PARAGRAPHS + digest(3))) if ELSEWHERE in line] == []


def test_a_page_reads_the_same_whoever_led_to_it():
    entry = f"<h3><a href='{URL}?entry=7'>{ELSEWHERE}</a></h3>"
    tree = fromstring(f"<article>{entry}{PARAGRAPHS}</article>")
    text = "\n".join([ELSEWHERE, *STORY])

    assert without_pointers(tree, text, URL) == text
    assert without_pointers(tree, text, f"{URL}?utm_source=rss#comments") == text


def test_a_pointer_in_a_language_without_spaces_is_left_out():
    headline = "ジュネーブで停戦協議が再開される"

    assert headline not in " ".join(amid(f"<p>関連記事：<a href='/2026/talks'>{headline}</a></p>"))


@pytest.mark.parametrize("name", ["AFP Deutschland", "Margaret Haberman", "Agence France-Presse Paris"])
def test_a_name_that_is_a_link_stays(name):
    assert f"Translation: {name}" in amid(f"<p>Translation: <a href='/people/x'>{name}</a></p>")


def test_a_text_of_much_else_than_pointers_is_left_as_it_is():
    links = [f"Read also: {STORY[n % 4][:60]} Part {n} of them all" for n in range(4)]
    body = "".join(f"<p>Read also: <a href='/{n}'>{line[11:]}</a></p>" for n, line in enumerate(links))

    assert text_of(page("", PARAGRAPHS + body)) == [*STORY, *links]


# ── furniture ────────────────────────────────────────────────────────────────────────────────────

OFFER = "Sign up, and we send you the best of the river every morning before the tide comes in."


@pytest.mark.parametrize(
    "name",
    ["Newsletter-container", "author-bio-box", "most-popular", "related_articles", "latest-news-box", "visually-hidden", "sr-only",
     "js-recommendations", "no-access-comments"],
)  # fmt: skip
def test_what_a_page_calls_furniture_is_not_read(name):
    assert amid(f"<div class='x {name} y'><p>{OFFER}</p><a href='/offers'>Yes</a></div>") == [*STORY]


@pytest.mark.parametrize("name", ["readmore_hidden", "signup-content", "design-update"])
def test_what_is_called_so_and_leads_nowhere_is_read(name):
    assert OFFER in amid(f"<div class='{name}'><p>{OFFER}</p></div>")


REMARKS = "".join(
    f"<p>Remark {n}: I have always said that the harbour deserves better than it gets.</p>" for n in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"<p class='newsletter-text'>{line} <a href='/quay'>More</a></p>" for line in STORY),
        f"<div class='is-trending'>{''.join(f'<div>{line}</div>' for line in STORY)}<a href='/quay'>More</a></div>",
        f"<section class='latest-news-item'>{PARAGRAPHS}<a href='/quay'>More</a></section><div class='remarks'>{REMARKS}</div>",
        f"<div class='tag-trending'><p>{'</p><p>'.join(STORY[:2])}</p><a href='/quay'>More</a></div><div class='remarks'>{REMARKS}</div>",
    ],
    ids=["each paragraph", "paragraphs of other elements", "a brief above many remarks", "what it is filed under"],
)  # fmt: skip
def test_an_article_that_is_called_furniture_is_read(text):
    assert STORY[1] in " ".join(text_of(f"<h1>{HEADLINE}</h1>{text}"))


@pytest.mark.parametrize("name", ["reviewed", "letters", "stories", "srs-only"])
def test_what_is_called_otherwise_is_read(name):
    assert OFFER in amid(f"<div class='{name}'><p>{OFFER}</p></div>")


def test_an_article_is_read_whatever_its_container_is_called():
    whole = f"<div class='has-newsletter'>{PARAGRAPHS}</div><p>{OFFER}</p>"
    broken = f"<div class='related-stories-below'>{'<br>'.join(STORY)}</div><p>{OFFER}</p>"

    assert text_of(page("", whole)) == [*STORY, OFFER]
    assert all(line in " ".join(text_of(page("", broken))) for line in STORY)


def test_a_headline_stays_whatever_it_stands_in():
    body = f"<div class='newsletter-page'><h1>{HEADLINE}</h1></div><div class='standfirst'>{LEAD}</div><div class='article-body'>{PARAGRAPHS}</div>"

    assert text_of(body) == [LEAD, *STORY]


# ── a body in parts ──────────────────────────────────────────────────────────────────────────────


def lines(first, last):
    return [
        f"In part {n} of the long evening at the harbour, where many had come, this was said. {STORY[n % 4]}"
        for n in range(first, last)
    ]


def chunk(first, last, name="article__body body__container"):
    held = "".join(f"<p>{line}</p>" for line in lines(first, last))
    return f"<div class='grid'><div class='{name}'>{held}</div></div><div class='ad'></div>"


def test_a_body_in_several_containers_is_read_whole():
    body = f"<main><h1>{HEADLINE}</h1><div class='chunks'>{chunk(0, 8)}{chunk(8, 14)}{chunk(14, 16)}</div></main>"

    assert text_of(body) == lines(0, 16)
    assert text_of(body.replace("<p>", "<h2 class='title'>Here begins another part</h2><p>", 1))[1:] == lines(
        0, 16
    )


def test_the_next_article_of_an_endless_page_is_not_read_with_it():
    body = "".join(
        f"<article><h1>{headline}</h1>{chunk(first, first + 8)}</article>"
        for headline, first in ((HEADLINE, 0), ("Another day at the market", 8))
    )

    found = text_of(f"<main>{body}</main>")

    assert found == lines(0, 8)


def test_the_next_article_is_known_where_its_headline_is_no_heading():
    body = "".join(
        f"<div class='story'><div class='story-headline'>{headline}</div>{chunk(first, first + 8)}</div>"
        for headline, first in ((HEADLINE, 0), ("Another day at the market", 8))
    )

    assert text_of(f"<main>{body}</main>") == lines(0, 8)


def test_teasers_of_other_articles_are_no_parts_of_one():
    teasers = "".join(f"<div class='article__body'><p>{line}</p></div>" for line in lines(8, 16))

    found = text_of(f"<h1>{HEADLINE}</h1><main><div class='article__body'>{PARAGRAPHS}</div>{teasers}</main>")

    assert found == [*STORY]
