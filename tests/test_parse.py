"""Feed bytes → entries: formats, charsets, hostile bytes."""

import random
import sys
from datetime import UTC, datetime, timedelta

import pytest
from feed_texts import ITEM, NOON, URL, atom, jsonfeed, only, read, rss

from monitor.core import feedbytes, urls
from monitor.core.parse import parse_feed
from monitor.errors import ParseError

# ── formats ──────────────────────────────────────────────────────────────────────────────────────


def test_an_rss_item_is_read_whole():
    document = read(
        rss(
            ITEM
            + "<description>&lt;p&gt;One &amp;amp; two&lt;/p&gt;&lt;p&gt;three&lt;/p&gt;</description>"
            + "<dc:creator>A. Author</dc:creator><dc:creator>B. Author</dc:creator>"
            + "<pubDate>Sat, 28 Feb 2026 10:00:00 +0100</pubDate>"
            + "<content:encoded><![CDATA[<p onclick='x()'>Long <b>text</b></p><script>x</script>]]></content:encoded>",
            channel="<language>de-DE</language><ttl>30</ttl>",
        )
    )
    entry = only(document)

    assert (document.title, document.link, document.language) == ("News", "https://example.org/", "de")
    assert document.warnings == ()
    assert (entry.key, entry.guid, entry.url) == ("guid:g1", "g1", "https://example.org/a-1")
    assert (entry.title, entry.summary) == ("A title", "One & two\nthree")
    assert entry.author == "A. Author, B. Author"
    assert entry.published == datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert entry.published_raw == "Sat, 28 Feb 2026 10:00:00 +0100"
    assert entry.content == "<p>Long <b>text</b></p>"
    assert entry.language == "de"


def test_without_a_link_the_description_is_all_there_is_to_read():
    item = "<item><title>T</title><guid isPermaLink='false'>g</guid>{link}<description>A brief of few words.</description></item>"

    assert only(read(rss(item.format(link="")))).content == "A brief of few words."
    assert only(read(rss(item.format(link="<link>https://example.org/b</link>")))).content == ""


def test_an_atom_entry_is_read_whole():
    entry = only(
        read(
            atom(
                "<id>tag:example.org,2026:1</id><title type='html'>A &amp;lt;b&amp;gt; &lt;i&gt;title&lt;/i&gt;</title>"
                "<link rel='enclosure' href='https://example.org/sound.mp3'/><link href='/a-1'/>"
                "<author><name>A. Author</name></author><updated>2026-02-28T11:00:00Z</updated>"
                "<content type='xhtml' xml:lang='en'><div xmlns='http://www.w3.org/1999/xhtml'><p>Text</p></div></content>"
            )
        )
    )

    assert (entry.guid, entry.url, entry.title) == (
        "tag:example.org,2026:1",
        "https://example.org/a-1",
        "A <b> title",
    )
    assert (entry.summary, entry.content, entry.author) == ("Text", "<p>Text</p>", "A. Author")
    assert entry.published == entry.updated == datetime(2026, 2, 28, 11, tzinfo=UTC)


def test_an_rdf_item_takes_its_time_from_dublin_core():
    body = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>News</title></channel>
      <item rdf:about="https://example.org/a-1"><title>T</title><link>https://example.org/a-1</link>
      <dc:date>2026-02-28T10:00:00+01:00</dc:date></item></rdf:RDF>"""

    assert only(read(body)).published == datetime(2026, 2, 28, 9, tzinfo=UTC)


def test_a_json_feed_item_is_read_whole():
    document = read(
        jsonfeed(
            {
                "id": "x1", "url": "/a-1", "title": "A title", "summary": "Short",
                "content_html": "<p>Text<script>x</script></p>", "date_published": "2026-02-28T10:00:00+01:00",
                "date_modified": "2026-02-28T10:30:00Z", "authors": [{"name": "A"}, {"name": "B"}], "language": "en-GB",
            },
            home_page_url="https://example.org", language="de",
        )
    )  # fmt: skip
    entry = only(document)

    assert (document.title, document.link, document.language) == ("News", "https://example.org", "de")
    assert (entry.key, entry.url, entry.title) == ("guid:x1", "https://example.org/a-1", "A title")
    assert (entry.summary, entry.content, entry.author) == ("Short", "<p>Text</p>", "A, B")
    assert entry.published == datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert entry.updated == datetime(2026, 2, 28, 10, 30, tzinfo=UTC)
    assert entry.language == "en"


@pytest.mark.parametrize("body", [rss(), atom(), jsonfeed()], ids=["rss", "atom", "json"])
def test_an_empty_feed_is_a_feed(body):
    document = read(body)

    assert (document.title, document.entries) == ("News", ())


def test_the_publishers_own_link_goes_before_that_of_a_relay():
    item = ITEM + "<feedburner:origLink>https://example.org/own-1</feedburner:origLink>"

    assert only(read(rss(item))).url == "https://example.org/own-1"


def test_a_long_description_stands_for_the_content():
    text = "Many words. " * 300
    entry = only(read(rss(ITEM + f"<description>&lt;p&gt;{text}&lt;/p&gt;</description>")))

    assert entry.content == f"<p>{text}</p>"
    assert len(entry.summary) == 2000
    assert entry.summary.endswith("…")


# ── what is no feed ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "nothing: the body is empty"),
        (b" \r\n\x00", "nothing: the body is empty"),
        ("<!DOCTYPE html><html><head><title>Access &amp; denied</title>", "an HTML page titled “Access & denied”"),
        ("<html><body>503</body></html>", "an HTML page"),
        ("<html><body>An <rss version='2.0'> example <item><title>x</title></item></body></html>", "an HTML page"),
        ("<html><rss version='2.0'><channel><item><title>x</title></item></channel></rss></html>", "an HTML page"),
        ("null", "text that begins “null”"),
        ("[]", "JSON without items: a list"),
        ("{}", "JSON without items"),
        ('{"items": 5}', "JSON without items: they are a number"),
        ('{"items": [{"price": 1}]}', "JSON whose items have no id"),
        ('{"items": [', "broken JSON"),
        ('{"items": ' + "[" * 100_000, "nested too deeply"),
        (b"\x1f\x8b\x08\x00\x00", "gzip-compressed data"),
        (b"%PDF-1.7 ...", "a PDF document"),
        ('<?xml version="1.0"?><urlset><url/></urlset>', "a sitemap"),
        ("<opml version='2.0'></opml>", "an OPML list"),
        ("<soap:Envelope xmlns:soap='x'/>", "XML whose root is <Envelope>"),
        ("<!-- nothing in it -->", "XML without elements"),
        ("Just a moment...", "text that begins “Just a moment...”"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_named(body, words):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:9/x", b"/dev/zero", b"."]
)
def test_s22_a_body_that_names_a_file_or_address_opens_neither(body):
    read(rss(ITEM))  # whatever is imported lazily is imported now
    seen = []
    sys.addaudithook(lambda event, args: seen.append((event, args)) if watching else None)
    watching = True
    try:
        with pytest.raises(ParseError):
            read(body)
    finally:
        watching = False

    assert [event for event, _ in seen if event in {"open", "socket.connect", "socket.getaddrinfo"}] == []


# ── charsets ─────────────────────────────────────────────────────────────────────────────────────

UMLAUT = "<guid>g</guid><title>Grüße aus Köln – „Київ“</title>"


@pytest.mark.parametrize(
    ("encoding", "start", "content_type"),
    [
        ("utf-8", '<?xml version="1.0" encoding="utf-8"?>', "application/rss+xml"),
        ("utf-8", "", "text/html; charset=iso-8859-1"),
        ("utf-8", '<?xml version="1.0" encoding="iso-8859-1"?>', "text/xml"),
        ("utf-8", '<?xml version="1.0" encoding="windows-1252"?>', "text/xml; charset=us-ascii"),
        ("utf-8-sig", '<?xml version="1.0"?>', "text/plain"),
        ("utf-16", '<?xml version="1.0" encoding="utf-16"?>', "application/xml"),
        ("utf-16", '<?xml version="1.0" encoding="utf-8"?>', "text/html; charset=utf-8"),
        ("utf-16-be", '<?xml version="1.0" encoding="utf-16"?>', ""),
    ],
)
def test_the_bytes_speak_louder_than_what_is_said_of_their_encoding(encoding, start, content_type):
    document = read(rss(UMLAUT, start=start).encode(encoding), content_type=content_type)

    assert only(document).title == "Grüße aus Köln – „Київ“"


@pytest.mark.parametrize(
    ("encoding", "start", "content_type"),
    [
        ("windows-1251", '<?xml version="1.0" encoding="windows-1251"?>', "text/xml; charset=iso-8859-1"),
        ("windows-1251", '<?xml version="1.0" encoding="undefined"?>', "text/xml; charset=windows-1251"),
        ("koi8-u", '<?xml version="1.0"?>', 'text/xml; charset="koi8-u"'),
    ],
)
def test_where_bytes_do_not_tell_the_document_is_asked_before_the_server(encoding, start, content_type):
    body = rss("<guid>g</guid><title>Новини з Києва</title>", start=start).encode(encoding)

    assert only(read(body, content_type=content_type)).title == "Новини з Києва"


def test_one_broken_byte_does_not_spoil_the_umlauts():
    filler = "<guid>f</guid><title>" + "ä" * 3000 + "</title>"
    body = rss(UMLAUT, filler).encode().replace(b"f</guid>", b"f\xff</guid>")

    assert read(body).entries[1].title.startswith("Grüße aus Köln")


# ── hostile bytes ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        rss(ITEM, "<guid>2</guid><title>half &#xD800; pair</title>"),
        rss(ITEM, "<guid>2</guid><title>beyond &#x110000; unicode</title>"),
        rss(ITEM, "<guid>2</guid><title>far &#99999999999; beyond</title>"),
        rss(ITEM, "<guid>2</guid><title>a <a:b:c>name</a:b:c></title>"),
        rss(ITEM, "<guid>2</guid><title>x</title>", start='<?xml version="1.0" encoding="undefined"?>'),
        rss(ITEM, "<guid>2</guid><title>x</title>", start='<?xml version="1.0" encoding="utf\x00-8"?>'),
        rss(ITEM, "<guid>2</guid><title>x</title>", start='<?xml version="1.0" encoding="unicode_escape"?>'),
        rss(ITEM, "<guid>2</guid><title>x</title>", start='<!DOCTYPE rss SYSTEM "C:\\data\\x.dtd">'),
        rss(ITEM, "<guid>2</guid><title>A &undefined; entity & more</title>"),
        rss(ITEM, "<guid>2</guid><title>\x00\x01\x1b[2Jcontrols</title>"),
        "\n\n  " + rss(ITEM, "<guid>2</guid><title>blanks before the start</title>"),
        rss(ITEM, "<guid>2</guid><title>cut off</title>")[:-23],
    ],
)
def test_what_makes_parsers_raise_costs_no_item(broken):
    document = read(broken.encode("utf-8", "surrogatepass"))

    assert sorted(entry.key for entry in document.entries) == ["guid:2", "guid:g1"]
    assert all(entry.title for entry in document.entries)


BOMB = '<!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        BOMB,
        '<!DOCTYPE rss [<!ENTITY j SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        f'<!DOCTYPE rss [<!ENTITY j "{"x" * 100_000}">]>',
    ],
    ids=["billion laughs", "file", "network", "long"],
)
def test_entities_neither_grow_nor_open_anything(head):
    body = rss(ITEM + "<description>" + "&j;" * 40 + "</description>", start=head)
    try:
        document = read(body)
    except ParseError:
        return

    assert len(only(document).summary) <= 2000
    assert "root:" not in only(document).summary


def test_an_enormous_field_is_cut():
    entry = only(
        read(
            rss(
                f"<guid>{'g' * 100_000}</guid><title>{'t' * 2_000_000}</title><author>{'a' * 100_000}</author>"
            )
        )
    )

    assert (len(entry.title), len(entry.author)) == (500, 200)
    assert len(entry.guid) < 600
    assert len(entry.key) < 100


def test_one_bad_json_item_costs_no_other():
    good = [{"id": str(n), "title": f"Title {n}"} for n in range(10)]
    bad = [None, 7, "x", [], {}, {"id": {}, "title": []}, {"date_published": "x"}]

    document = read(jsonfeed(*good, *bad))

    assert len(document.entries) == 10
    assert len(document.warnings) == len(bad)
    assert "item 11 dropped: null instead of an object" in document.warnings


def test_odd_json_values_become_text_that_can_be_stored():
    body = r'{"items": [{"id": 1%s, "title": "half \ud800 pair\u0000", "content_text": "One\nTwo <b>"}]}' % (
        "0" * 5000
    )
    entry = only(read(body))

    assert entry.title == "half pair"
    assert entry.content == "<p>One</p><p>Two &lt;b&gt;</p>"
    assert len(entry.key) < 100 or entry.guid is None
    entry.title.encode()


@pytest.mark.parametrize("number", ["5", "5.5", "NaN", "-1e9"])
def test_a_number_is_an_id_or_a_title_and_no_address(number):
    body = '{"next_url": %s, "items": [{"id": %s, "title": %s, "url": %s, "external_url": "/a"}]}' % (
        (number,) * 4
    )
    document = read(body)

    assert [(number, number, "https://example.org/a")] == [(e.guid, e.title, e.url) for e in document.entries]
    assert document.older is None


def test_a_link_that_is_too_long_is_remarked_upon():
    remarks = [
        only(read(jsonfeed({"id": "x", "title": "One", "url": link}))).remark
        for link in ("/a?" + "x" * 2100, "mailto:desk@example.org", "/a", None)
    ]

    assert [urls.TOO_LONG, None, None, None] == remarks


def test_of_a_crowd_the_newest_two_thousand_are_kept(monkeypatch):
    monkeypatch.setattr(feedbytes, "MOST_ITEMS", 2200)

    def item(n):
        time = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
        return f"<guid>n{n}</guid><pubDate>{time:%a, %d %b %Y %H:%M:%S GMT}</pubDate>"

    for numbers in (range(2500), reversed(range(2500))):
        document = read(rss(*map(item, numbers)))

        assert document.entries[-1].guid == "n2499"
        assert {f"n{n}" for n in range(1400, 2500)} <= {entry.guid for entry in document.entries}
        assert len(document.entries) == 2000
        assert "300 items" in document.warnings[0]
        assert "only the newest 2000" in document.warnings[1]


def test_a_crowd_of_json_items_is_cut_too():
    document = read(jsonfeed(*({"id": f"n{n}"} for n in range(20_000))))

    assert len(document.entries) == 2000


def test_s32_mutated_feeds_give_entries_or_a_parse_error():
    chance = random.Random(7)
    seeds = [rss(ITEM, UMLAUT, channel="<ttl>5</ttl>").encode(), atom(f"<id>1</id>{ITEM}").encode(), jsonfeed({"id": "1"}).encode()]  # fmt: skip
    pieces = [b"&#xD800;", b"<![CDATA[", b"]]>", b"<!--", b"<a:b:c>", b"\xff\xfe", b"&x;", b"<item>", b"</item>", b"\x00", b'"']  # fmt: skip
    for _ in range(600):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(body) + 1)
            body[at : at + chance.randint(0, 4)] = chance.choice([*pieces, bytes([chance.randrange(256)])])
        try:
            document = parse_feed(bytes(body), url=URL, now=NOON)
        except ParseError:
            continue
        for entry in document.entries:
            assert entry.key
            repr(entry).encode()
