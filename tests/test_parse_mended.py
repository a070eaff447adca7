"""Feeds that are not as their formats ask: lone ampersands, items that break off, captions in the place of texts."""

import pytest
from feed_texts import ITEM, read, rss

CAPTION = '<media:content url="https://example.org/a.jpg"><media:description type="plain">A bridge.</media:description></media:content>'
TEXT = "<description>The council votes.</description>"
MEDIA = '<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><item>{}</item></channel></rss>'


@pytest.mark.parametrize(
    ("item", "summary"),
    [
        (ITEM + CAPTION + TEXT, "The council votes."),
        (ITEM + TEXT + CAPTION + CAPTION, "The council votes."),
        (ITEM + "<media:description/>" + TEXT + CAPTION, "The council votes."),
        (ITEM + f"<media:group>{CAPTION}</media:group>", "A bridge."),
        (ITEM + TEXT + "<media:description>cut", "The council votes."),
    ],
)
def test_the_caption_of_a_picture_is_an_items_text_only_where_it_has_no_other(item, summary):
    entry = next(entry for entry in read(MEDIA.format(item)).entries if entry.guid == "g1")

    assert summary == entry.summary
    assert "bridge" not in entry.content


# ── broken feeds ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("S&P 500 falls", "S&P 500 falls"),
        ("H&M", "H&M"),
        ("Q&A: Johnson & Johnson", "Q&A: Johnson & Johnson"),
        ("Gr&uuml;&szlig;e &amp; K&#252;sse", "Grüße & Küsse"),
        ("AT&T <![CDATA[and &lt;R&D&gt;]]>", "AT&T and <R&D>"),
        ("A&O; B <!-- R&D -->", "A&O; B"),
    ],
)
def test_a_lone_ampersand_and_letters_of_html_stay_what_they_are(written, title):
    link = "https://example.org/a?id=5&lang=de&copy=1&section=2"
    document = read(rss(f"<guid>{link}</guid><link>{link}</link><title>{written}</title>", ITEM))

    assert (title, link, link) == (
        document.entries[1].title,
        document.entries[1].url,
        document.entries[1].guid,
    )
    assert document.warnings == ()


def test_an_address_is_the_same_whether_or_not_a_neighbour_is_broken():
    item = "<guid>https://example.org/?a=1&amp;b=2</guid><title>A</title>"

    before, after = (read(rss(item, f"<guid>2</guid><title>{other}</title>")) for other in ("B", "B & C"))

    assert {entry.key for entry in before.entries} == {entry.key for entry in after.entries}


@pytest.mark.parametrize(
    ("half", "kept"),
    [
        ("<title>Cut off</title><link>https://example.org/cut?id=12", []),
        ("<title>Cut off</title><guid>2</guid><link>https://example.org/cut?id=12", [("2", "Cut off", None)]),
        ("<guid>2</guid><title>Cut of", [("2", "", None)]),
        ("<link>https://example.org/b</link><title>B</title><description><![CDATA[<p>Half</p> a te",
         [(None, "B", "https://example.org/b")]),
    ],
)  # fmt: skip
def test_of_an_item_that_breaks_off_only_what_is_whole_is_believed(half, kept):
    document = read(rss(ITEM, half).removesuffix("</item></channel></rss>"))

    assert kept == [(entry.guid, entry.title, entry.url) for entry in document.entries if entry.guid != "g1"]
    assert "g1" in {entry.guid for entry in document.entries}


def test_a_feed_that_breaks_off_before_its_first_item_is_an_empty_feed():
    document = read(rss(channel="<ttl>5</ttl>").removesuffix("</channel></rss>"))

    assert ("News", ()) == (document.title, document.entries)
