"""Reading a page: the text, what is refused, what the feed's own content gives."""

import json
from datetime import UTC, datetime

import pytest

from monitor.core.charset import to_utf8
from monitor.core.extract import read_content, read_page
from monitor.core.fulltext import TRAFILATURA
from monitor.errors import ExtractError
from monitor.model import Page, Task

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://news.example.org/2026/quay"

STORY = (
    "The harbour council met on Tuesday evening to decide how the old quay should be rebuilt after the storm.",
    "Its chairwoman said that the money would come from the region and from a small levy on berths.",
    "Fishermen from the eastern pier had asked for a wider slipway and for lights along the whole wall.",
    "Work is to begin in spring, as soon as the winter storms have passed and the divers are back.",
)
PARAGRAPHS = "".join(f"<p>{line}</p>" for line in STORY)


def read(html, *, content_type="text/html", **hint):
    body = html if isinstance(html, bytes) else html.encode()
    return read_page(Page(URL, URL, 200, {"content-type": content_type}, body, NOON), Task(url=URL, **hint))


def page_of(body, head="<title>Old quay</title>"):
    return (
        f"<html lang='en'><head>{head}</head><body><article><h1>Old quay</h1>{body}</article></body></html>"
    )


def test_paragraphs_are_separated_by_one_newline():
    extract = read(page_of(PARAGRAPHS))

    assert extract.text == "\n".join(STORY)
    assert extract.title == "Old quay"
    assert extract.language == "en"
    assert extract.extractor == f"{TRAFILATURA} fast"


def test_an_article_carries_its_fingerprint_and_a_wall_none():
    article = read(page_of(PARAGRAPHS))
    wall = read(
        "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1><p>Nothing.</p></body></html>"
    )

    assert article.fingerprint is not None
    assert article.fingerprint.words == len(article.text.replace("\n", " ").split())
    assert (wall.quality.kind, wall.fingerprint, wall.credit) == ("error_page", None, None)


def test_the_agency_that_a_text_credits_is_found():
    extract = read(page_of(f"<p>Riverton (dpa) - {STORY[0]}</p>{PARAGRAPHS}"))

    assert extract.credit is not None
    assert extract.credit.agency == "dpa"


def test_the_same_page_reads_the_same_every_time():
    once, often = read(page_of(PARAGRAPHS)), [read(page_of(PARAGRAPHS)) for _ in range(5)]

    assert often == [once] * 5


def test_comments_of_readers_are_left_out():
    comments = f"<div id='comments' class='comments'><h2>Comments</h2>{'<p>I have never seen such a quay in all my life, friends.</p>' * 5}</div>"

    assert "friends" not in read(page_of(PARAGRAPHS + comments)).text


def test_a_text_that_the_fast_mode_misses_is_read_again():
    """An offer stands in what looks like the article, the article in what looks like nothing."""
    lines = [
        f"{line} {STORY[n % 4]} This is paragraph number {n} of the longer story."
        for n, line in enumerate(STORY * 5)
    ]
    offer = (
        "<p>Readers of the paper get the weekend edition at home for a small price, with a map of the coast.</p>"
        * 6
    )
    story = "".join(f"<p>{line}</p>" for line in lines)

    extract = read(
        f"<html><body><div class='article-body'>{offer}</div><div class='zz'>{story}</div></body></html>"
    )

    assert "paragraph number 19" in extract.text
    assert extract.extractor == TRAFILATURA


def test_a_guide_told_in_a_list_is_read_whole():
    told = "When you lead a blind guest through the old mill, table {}, say where plates, glasses and potatoes stand."
    rows = "".join(f"<li>{told.format(n)}</li>" for n in range(14))
    body = (
        f"<html lang=en><title>Potatoes at six</title><body><h1>Potatoes at six</h1><div class=related><ul>{rows}</ul></div>"
        "<div class=article_body><p>People who see little:</p><p>Deaf people and people who hear little were asked for "
        "their advice as well, says the guide of the ministry.</p></div></body></html>"
    )

    assert told.format(13) in read(body.encode()).text


def test_the_body_in_json_is_the_text_where_the_page_shows_far_less():
    body = "\n".join(f"{line} This is paragraph number {n}." for n, line in enumerate(STORY * 3))
    head = f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'headline': 'Old quay', 'articleBody': body})}</script>"

    extract = read(page_of(PARAGRAPHS, head))

    assert extract.text == body
    assert extract.extractor == "JSON-LD articleBody"


# ── encodings ────────────────────────────────────────────────────────────────────────────────────

GERMAN = (
    "Der Bürgermeister grüßt die Gäste aus Köln, und die Straße über die Brücke bleibt für alle geöffnet."
)
RUSSIAN = (
    "Совет гавани собрался во вторник вечером, чтобы решить, как восстановить старую набережную после шторма."
)
GREEK = "Το συμβούλιο του λιμανιού συνεδρίασε την Τρίτη το βράδυ για την παλιά προβλήτα της πόλης και τους ψαράδες."
JAPANESE = "港の評議会は火曜日の夕方に集まり、嵐の後の古い岸壁をどのように再建するかを決めた。漁師たちは広い斜路を求めた。"


@pytest.mark.parametrize(
    ("text", "encoding", "header", "meta"),
    [
        (GERMAN, "utf-8", "", ""),
        (GERMAN, "utf-8", "iso-8859-1", "iso-8859-1"),  # a lie that bytes disprove
        (GERMAN, "utf-8-sig", "windows-1252", ""),
        (GERMAN, "cp1252", "iso-8859-1", ""),
        (GERMAN, "cp1252", "", "windows-1252"),
        (GERMAN, "cp1252", "", ""),
        (GERMAN, "cp1252", "nonsense-8", "unicode_escape"),
        (GERMAN, "utf-16", "", ""),
        (GERMAN, "utf-16-le", "utf-16", ""),
        (GERMAN, "utf-16-be", "", ""),
        (RUSSIAN, "cp1251", "", "windows-1251"),
        (RUSSIAN, "cp1251", "", ""),
        (RUSSIAN, "koi8-r", "koi8-r", ""),
        (GREEK, "iso8859-7", "", "iso-8859-7"),
        (JAPANESE, "cp932", "", "shift_jis"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", ""),
        (JAPANESE, "euc_jp", "", "euc-jp"),
    ],
)
def test_r42_bytes_become_text_whatever_they_were_written_in(text, encoding, header, meta):
    declared = f"<meta charset='{meta}'>" if meta else ""
    html = f"<html><head>{declared}<title>x</title></head><body><article>{f'<p>{text}</p>' * 4}</article></body></html>"
    content_type = f"text/html; charset={header}" if header else "text/html"

    extract = read(html.encode(encoding), content_type=content_type)

    assert extract.text.split("\n")[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Совет порта собрался во вторник вечером", "koi8-r"),
        ("Президент заявил, что переговоры продолжаются в Женеве", "koi8-r"),
    ],
)
def test_the_guess_is_among_what_pages_are_written_in(text, encoding):
    """Among all that Python knows, a line of KOI8-R looks like a Japanese encoding that no page has."""
    assert text == to_utf8(f"<p>{text}</p>".encode(encoding)).decode()[3:-4]


def test_a_headline_cut_by_bytes_leaves_the_rest_as_it_is():
    cut = RUSSIAN[:30].encode()[:-1]  # in the middle of a letter
    page = b"<p>" + RUSSIAN.encode() + b"</p><p>" + cut + b"...</p>"

    assert f"<p>{RUSSIAN}</p><p>{cut.decode(errors='ignore')}\ufffd...</p>" == to_utf8(page).decode()


def test_broken_characters_cost_only_themselves():
    extract = read(page_of(PARAGRAPHS).encode() + b"<p>\xff\xfe</p>", content_type="text/html; charset=utf-8")

    assert STORY[0] in extract.text


def test_r42_nul_and_control_characters_are_gone():
    extract = read(page_of(PARAGRAPHS).encode().replace(b"harbour", b"har\x00bo\x0bur"))

    assert extract.text == "\n".join(STORY)


# ── what is refused (R37, R40, R42) ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"%PDF-1.7 stuff", "PDF"),
        (b"\x1f\x8b\x08\x00abc", "gzip"),
        (b"\x89PNG\r\n", "PNG"),
        (b"<?xml version='1.0'?><rss version='2.0'></rss>", "a feed"),
        (b'{"error": "gone"}', "no HTML"),
        (b"<html>" + b"x" * 10_000_001, "too large"),
        (b"<p>" + b"word " * 1_200_000, "too much text"),
        (b"<html><body>" + b"<i>x</i>" * 80_000, "too many tags"),
        (b"<html><body><div " + b" ".join(b"a%d='x'" % n for n in range(9_000)) + b">x</div>", "attributes"),
        (b"<html><body>" + b"<div>" * 3_000 + b"<p>deep</p>", "nested too deeply"),
    ],
    ids=[
        "empty",
        "blank",
        "pdf",
        "gzip",
        "png",
        "feed",
        "json",
        "large",
        "text",
        "tags",
        "attributes",
        "deep",
    ],
)
def test_r40_r42_what_is_no_page_or_too_much_of_one_is_refused_with_a_sentence(body, says):
    with pytest.raises(ExtractError, match=says):
        read(body)


@pytest.mark.parametrize("levels", [253, 254, 255, 256, 1_500])
def test_r40_a_deep_page_is_read_and_never_silently_nothing(levels):
    extract = read(page_of("<div>" * levels + PARAGRAPHS + "</div>" * levels))

    assert STORY[0] in extract.text


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "'
        + '\\"' * 50_000
        + '"}</script>',
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
        '<script type="application/ld+json">{"@type": "NewsArticle", "wordCount": '
        + "9" * 5_000
        + "}</script>",
        "<title>" + "a | " * 100_000 + "</title>",
    ],
    ids=["quotes", "brackets", "number", "title"],
)
def test_r37_hostile_metadata_costs_nothing_but_itself(head):
    assert STORY[0] in read(page_of(PARAGRAPHS, head)).text


def test_r42_an_absurd_colspan_is_harmless():
    table = "<table><tr><td colspan=9007199254740991>one<td>two</table>"

    assert STORY[0] in read(page_of(PARAGRAPHS + table)).text


def test_a_script_full_of_less_than_signs_is_no_tag_full_of_attributes():
    script = "<script>for(var i=0;i<b.length &&" + " x = y +" * 4_000 + " 1;i++){}</script>"

    assert STORY[0] in read(page_of(PARAGRAPHS + script)).text


# ── the feed's own content ───────────────────────────────────────────────────────────────────────


def test_the_feeds_own_content_is_an_article():
    task = Task(
        url=URL,
        title="Old quay",
        author="Ann Lee",
        content=f"{PARAGRAPHS}<ul><li>one</li><li>two</li></ul>a<br>b<script>x</script>",
        published=NOON,
        language="en-GB",
    )

    extract = read_content(task)

    assert extract.text == "\n".join([*STORY, "one", "two", "a", "b"])
    assert (extract.title, extract.byline, extract.published, extract.language) == (
        "Old quay",
        "Ann Lee",
        NOON,
        "en",
    )
    assert (extract.quality.kind, extract.extractor) == ("article", "feed content")
    assert extract.fingerprint is not None


@pytest.mark.parametrize(
    ("content", "summary", "kind"),
    [
        ("", " ".join(STORY) * 2, "article"),
        ("", " ".join(STORY[:2]), "teaser"),
        (PARAGRAPHS + "<p>And then the council…</p>", "", "teaser"),
        ("<p>Seven words are not enough for anyone.</p>", "", "empty"),
        ("<p>Short.</p>", " ".join(STORY) * 2, "article"),
    ],
)
def test_what_a_feed_gives_is_judged_by_how_much_it_is(content, summary, kind):
    assert (
        read_content(Task(url=URL, title="Old quay", content=content, summary=summary)).quality.kind == kind
    )


def test_a_feed_without_any_text_is_an_error():
    with pytest.raises(ExtractError, match="no text of its own"):
        read_content(Task(url=URL, title="Old quay"))
