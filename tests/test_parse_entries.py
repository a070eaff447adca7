"""What an entry is made of: dates, order, links, keys, hints, text; and real feeds whole."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from feed_texts import CORPUS, ITEM, NOON, atom, only, read, rss

from monitor.core import feedbytes
from monitor.core.plain import one_line, plain, safe_html
from monitor.errors import ParseError

# ── dates, order ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 01 Mar 2026 11:00:00 GMT", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("2026-03-01T11:00:00+01:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 23:00:00 GMT", NOON),
        ("9999-12-31T23:59:59Z", NOON),
        ("0001-01-01T00:00:00Z", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("99 Foo", None),
        ("", None),
    ],
)
def test_dates_are_clamped_and_the_original_is_kept(text, expected):
    entry = only(read(rss(ITEM + f"<pubDate>{text}</pubDate>")))

    assert expected == entry.published
    assert entry.published_raw == (text or None)


def test_an_update_time_in_the_future_is_none_of_ours():
    soon, late = (f"<id>{n}</id><updated>{time}</updated>" for n, time in ((1, "2026-03-02T00:00:00Z"), (2, "2031-01-01T00:00:00Z")))  # fmt: skip

    times = {entry.guid: entry.updated for entry in read(atom(soon, late)).entries}

    assert times == {"1": datetime(2026, 3, 2, tzinfo=UTC), "2": None}


def test_entries_come_oldest_first_by_date_else_by_place():
    def item(name, day=None):
        date = f"<pubDate>0{day} Feb 2026 10:00:00 GMT</pubDate>" if day else ""
        return f"<guid>{name}</guid><title>{name}</title>{date}"

    def order(*items):
        return "".join(entry.title for entry in read(rss(*items)).entries)

    assert order(item("c"), item("b"), item("a")) == "abc"
    assert order(item("a", 1), item("c", 3), item("b", 2)) == "abc"
    assert order(item("c", 2), item("b", 2), item("a", 2)) == "abc"
    assert order(item("d", 3), item("c"), item("b", 2), item("a", 1)) == "abcd"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<author>redaktion@taz.example (Hans Müller)</author>", "Hans Müller"),
        ("<author>redaktion@taz.example</author>", None),
        ("<author>a@b.example (A B), c@d.example (C D)</author>", "A B, C D"),
        ("<author>Ann Onym &lt;mailto:ann@x.example&gt;</author>", "Ann Onym"),
        ("<dc:creator>Ann Onym (mailto:ann@x.example)</dc:creator>", "Ann Onym"),
        ("<dc:creator>Hans Müller;Eva Muster ; Hans</dc:creator>", "Hans Müller, Eva Muster, Hans"),
        ("<dc:creator>Jo Doe (Paris)</dc:creator>", "Jo Doe (Paris)"),
        ("<dc:creator>(dpa)</dc:creator>", "dpa"),
        ("<dc:creator>O&amp;#039;Brien</dc:creator>", "O'Brien"),
        ("<dc:creator>https://x.example/people/1</dc:creator>", None),
        ("<dc:creator>admin</dc:creator>", None),
        ("<dc:creator>None</dc:creator>", None),
        ("", None),
    ],
)
def test_authors_are_named_as_people_write_them(written, expected):
    assert expected == only(read(rss(ITEM + written))).author


def test_an_entry_without_an_author_has_that_of_its_atom_feed_and_no_editor_of_rss():
    own = "<id>1</id><author><name>Ann Onym</name></author>"
    document = read(atom(own, "<id>2</id>", feed="<author><name>The Desk</name></author>"))
    edited = read(rss(ITEM, channel="<managingEditor>editor@x.example (The Editor)</managingEditor>"))

    assert {"1": "Ann Onym", "2": "The Desk"} == {entry.guid: entry.author for entry in document.entries}
    assert only(edited).author is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<![CDATA[&amp;quot;Ja&amp;quot; &amp;#8211; M&amp;uuml;ller]]>", '"Ja" – Müller'),
        ("Tom &amp;amp;amp; Jerry", "Tom & Jerry"),
        ("Why &amp;lt;b&amp;gt; is &amp;amp;lt; and &amp;amp;#60;", "Why <b> is &lt; and &#60;"),
    ],
)
def test_a_headline_that_was_encoded_twice_is_decoded_twice(written, expected):
    assert expected == only(read(rss(f"<guid>1</guid><title>{written}</title>"))).title


# ── links, keys ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/a-1", "https://example.org/a-1"),
        ("a-1?x=1&amp;y=2", "https://example.org/feeds/a-1?x=1&y=2"),
        ("//other.test/a", "https://other.test/a"),
        (" https://example.org/%7Ea b \n", "https://example.org/%7Ea%20b"),
        ("https://bücher.example/ü", "https://bücher.example/ü"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("mailto:x@y.z", None),
        ("http://[broken", None),
        ("/" + "x" * 100_000, None),
    ],
)
def test_links_are_resolved_and_only_pages_are_kept(link, expected):
    assert (
        expected
        == only(read(rss(f"<guid isPermaLink='false'>g</guid><title>T</title><link>{link}</link>"))).url
    )


def test_xml_base_goes_before_the_address_of_the_feed():
    feed = atom("<id>1</id><link href='a-1'/>").replace("<feed ", '<feed xml:base="https://base.test/x/" ')
    inner = atom("<id>1</id><link href='a-1'/>").replace("<entry>", '<entry xml:base="/y/">')

    assert only(read(feed)).url == "https://base.test/x/a-1"
    assert only(read(inner)).url == "https://example.org/y/a-1"


def test_links_of_a_feed_at_a_relay_mean_the_site():
    body = rss("<guid isPermaLink='false'>g</guid><link>/a-1</link>")

    assert only(read(body, url="https://feeds.feedburner.com/x")).url == "https://example.org/a-1"


@pytest.mark.parametrize(
    ("guid", "expected"),
    [
        ("<guid>https://example.org/a-1</guid>", "https://example.org/a-1"),
        ("<guid>12345</guid>", None),
        ("<guid>some name</guid>", None),
        ("<guid isPermaLink='false'>tag:x</guid>", None),
    ],
)
def test_a_guid_is_a_link_only_where_it_is_an_address(guid, expected):
    entry = only(read(rss(f"{guid}<title>T</title>")))

    assert expected == entry.url
    assert entry.guid


def keys(*items):
    return [entry.key for entry in reversed(read(rss(*items)).entries)]


def test_a_guid_of_its_own_is_the_key_whatever_its_scheme():
    assert keys("<guid>http://example.org/?p=1</guid>") == keys("<guid>https://example.org/?p=1</guid>")
    assert keys("<guid>a</guid><title>x</title>") == keys("<guid> a </guid><title>y</title>") == ["guid:a"]


def test_without_a_guid_of_its_own_the_link_is_the_key():
    one, other = "<link>https://example.org/a-1?utm_source=x</link>", "<link>https://example.org/b-2</link>"

    assert keys(one, other) == ["link:https://example.org/a-1", "link:https://example.org/b-2"]
    assert keys("<guid isPermaLink='false'>same</guid>" + one, "<guid isPermaLink='false'>same</guid>" + other) == keys(one, other)  # fmt: skip


def test_without_guid_and_link_of_its_own_the_words_are_the_key():
    link = "<link>https://example.org/</link>"
    found = keys(link + "<title>One</title>", link + "<title>Two</title>", "<description>Three</description>")

    assert len(set(found)) == 3
    assert all(key.startswith("text:") for key in found)
    assert found[0] == keys(link + "<title>One</title>", link + "<title>Other</title>")[0]


def test_an_item_with_nothing_in_it_is_dropped_with_the_reason():
    document = read(rss("<pubDate>x</pubDate>", ITEM))

    assert only(document).guid == "g1"
    assert document.warnings == ("item 1 dropped: it has no guid, link, title or text",)


# ── hints ────────────────────────────────────────────────────────────────────────────────────────


def hints(channel):
    return read(rss(ITEM, channel=channel)).hints


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [("1440", timedelta(days=1)), (" 30 ", timedelta(minutes=30)), ("0", None), ("-5", None), ("x", None), ("", None),
     ("nan", None), ("inf", None), ("99999999", timedelta(days=31)), ("9" * 400, None)],
)  # fmt: skip
def test_ttl_counts_minutes_and_nonsense_is_none(ttl, expected):
    assert expected == hints(f"<ttl>{ttl}</ttl>").ttl


def test_every_skipped_hour_and_day_is_read():
    found = hints(
        "<skipHours>" + "".join(f"<hour>{n}</hour>" for n in (0, 1, " 2 ", 24, 25, "x", -1)) + "</skipHours>"
        "<skipDays><day>Sunday</day><day>saturday</day><day>Feiertag</day></skipDays>"
    )

    assert (found.skip_hours, found.skip_days) == ({0, 1, 2}, {5, 6})


def test_hours_that_exclude_every_hour_are_no_hint():
    every = "".join(f"<hour>{n}</hour>" for n in range(1, 25))

    assert hints(f"<skipHours>{every}</skipHours>").skip_hours == frozenset()


def test_skip_hours_in_an_item_or_a_comment_are_words():
    assert hints("<!-- <skipHours><hour>3</hour></skipHours> -->").skip_hours == frozenset()


@pytest.mark.parametrize(
    ("period", "frequency", "expected"),
    [
        ("hourly", "1", timedelta(hours=1)), ("Daily", "2", timedelta(hours=12)), ("hourly", "0.1", timedelta(hours=10)),
        ("weekly", "", timedelta(weeks=1)), ("hourly", "300", timedelta(seconds=12)), ("daily", "0", timedelta(days=1)),
        ("daily", "-1", timedelta(days=1)), ("daily", "often", timedelta(days=1)), ("dayly", "1", None),
        ("always", "1", None), ("", "1", None), ("yearly", "1", timedelta(days=31)),
    ],
)  # fmt: skip
def test_update_periods_are_read_robustly(period, frequency, expected):
    found = hints(
        f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"
    )

    assert expected == found.update_period


# ── text ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("Plain", "Plain"),
        ("AT&amp;T &#8211; R&D", "AT&T – R&D"),
        ("Preis < 5 Euro, x<y", "Preis < 5 Euro, x<y"),
        ("<b>Bold</b> <script>alert(1)</script>word", "Bold word"),
        ("<p>One</p>\n<p>Two<br>three</p>", "One\nTwo\nthree"),
        ("<a title='a > b' href=x>Link</a>", "Link"),
        ("<svg><style>x</style><a>Pic</a></svg><!-- c -->Text<img src=x onerror=y>", "Text"),
        ("Ukrai\u00adne\u200b \u202eevil\x07\ud800", "Ukraine evil"),
        ("Cafe\u0301", "Café"),
        ("two\n lines\u00a0here", "two lines here"),
        ("<unclosed", "<unclosed"),
    ],
)
def test_markup_becomes_text(markup, expected):
    assert expected == plain(markup, 100)


def test_titles_are_one_line_of_text():
    titles = ["&lt;script&gt;x&lt;/script&gt;A", "<![CDATA[<b>A</b><br>B]]>", "A&#10;&#27;[2JB"]
    items = [f"<guid>k{n}</guid><title>{title}</title>" for n, title in enumerate(titles)]

    assert [e.title for e in reversed(read(rss(*items)).entries)] == ["A", "A B", "A [2JB"]
    assert one_line("<p>a</p><p>b</p>", 10) == "a b"


def test_kept_html_has_no_way_to_act():
    dirty = "<p style='x' onclick=y>T <a href='java\nscript:x'>l</a><math><mi>m</mi></math><svg/onload=x><iframe src=x></iframe></p>"

    assert safe_html(dirty, 1000) == "<p>T <a>l</a></p>"


def test_hostile_markup_takes_no_time():
    for markup in ("<" * 200_000, "<script>" * 50_000, "<a b='" * 50_000, "&" * 200_000, "<div>" * 50_000):
        assert len(plain(markup, 2000)) <= 2000


# ── real feeds ───────────────────────────────────────────────────────────────────────────────────


def real_feeds():
    for index in sorted(CORPUS.glob("*/index.jsonl")):
        for line in index.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if (
                row.get("real") == "real"
                and row.get("bytes", 0) < 400_000
                and row["file"].startswith("files/")
            ):
                yield index.parent / row["file"]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real feeds is not beside the project")
def test_real_feeds_are_read_whole_and_in_order():
    read_at_all = 0
    for path in real_feeds():
        body = path.read_bytes()
        try:
            document = read(gzip.decompress(body) if path.suffix == ".gz" else body)
        except ParseError:
            continue
        read_at_all += bool(document.entries)
        dates = [entry.published for entry in document.entries if entry.published]
        assert dates == sorted(dates), path
        assert len({entry.key for entry in document.entries}) == len(document.entries), path
        assert all(entry.title or not entry.summary for entry in document.entries), path

    assert read_at_all >= 20


def test_looks_like_reads_no_more_than_the_start():
    assert feedbytes.looks_like(b"<html>" + b"x" * 5_000_000) == "an HTML page"
