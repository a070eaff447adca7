"""Sitemaps: what they list, which are asked, and what is no sitemap at all."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.sitemap import (
    LONGEST,
    MOST_LISTED,
    _unpacked,
    parse_sitemap,
    promising,
    time_of,
    usual_places,
    worth_asking,
)
from monitor.errors import ParseError
from monitor.model import Submap

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SITE = "https://paper.test/"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
)


def news(loc, when="2026-03-02T13:00:00+01:00", title="A &amp; B", extra=""):
    return (
        f"<url><loc>{loc}</loc>{extra}<news:news><news:publication><news:name>Paper</news:name>"
        f"<news:language>de</news:language></news:publication><news:publication_date>{when}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>"
    )


def read(body):
    return parse_sitemap(body if isinstance(body, bytes) else body.encode(), url=SITE + "sitemap.xml")


def test_a_news_sitemap_gives_address_time_in_utc_title_and_language():
    (one,) = read(HEAD + news("https://paper.test/a") + "</urlset>").listings

    assert ("https://paper.test/a", NOON, "A & B", "de") == (one.url, one.published, one.title, one.language)


def test_a_picture_in_the_page_does_not_become_its_address_or_title():
    picture = (
        "<image:image><image:loc>https://cdn.test/x.jpg</image:loc><image:title>X</image:title></image:image>"
    )
    before = read(HEAD + news("https://paper.test/a", extra=picture) + "</urlset>").listings
    loose = "<image:loc>https://cdn.test/y.jpg</image:loc><image:title>Y</image:title>"
    within = read(HEAD + news("https://paper.test/a", extra=loose) + "</urlset>").listings

    assert ["https://paper.test/a"] * 2 == [one.url for one in before + within]
    assert ["A & B"] * 2 == [one.title for one in before + within]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', ""),
        (
            "http://www.google.com/schemas/sitemap-news/0.9",
            "https://www.google.com/schemas/sitemap-news/0.84",
        ),
    ],
)
def test_misspelt_namespaces_are_read_all_the_same(wrong, right):
    assert 1 == len(read((HEAD + news("/a") + "</urlset>").replace(wrong, right)).listings)


def test_a_packed_sitemap_is_unpacked_and_a_bomb_is_cut():
    packed = gzip.compress((HEAD + news("/a") + "</urlset>").encode())
    bomb = gzip.compress(b"x" + b" " * (LONGEST + 5_000_000))

    assert 1 == len(read(packed).listings)
    assert LONGEST == len(_unpacked(bomb))


def test_lone_ampersands_stay_in_addresses_and_titles():
    body = HEAD + news("https://paper.test/?id=5&lang=de&copy=1", title="S&P 500 &amp; Q&A") + "</urlset>"
    (listing,) = read(body).listings

    assert ("https://paper.test/?id=5&lang=de&copy=1", "S&P 500 & Q&A") == (listing.url, listing.title)


def test_what_breaks_off_is_read_up_to_there():
    assert 2 == len(read(HEAD + news("/a") + news("/b") + "<url><loc>https://pap").listings)


def test_of_an_endless_sitemap_a_bounded_number_is_read():
    many = HEAD + "".join(f"<url><loc>/p{n}</loc></url>" for n in range(MOST_LISTED + 500))

    assert MOST_LISTED == read(many).undated


@pytest.mark.parametrize("body", [b"", b"<html><title>404</title></html>", b"\x1f\x8bnonsense", b'{"a": 1}'])
def test_what_is_no_sitemap_is_said_to_be_none(body):
    with pytest.raises(ParseError, match="sitemap"):
        read(body)


def test_entities_are_not_resolved_and_nothing_is_fetched():
    body = '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + HEAD.partition("?>")[2]
    found = read(body + news("/a", title="&x;") + "</urlset>")

    assert all("root:" not in one.title for one in found.listings)


def test_pages_without_a_publication_date_are_no_news():
    found = read(HEAD + "<url><loc>/a</loc><lastmod>2026-03-02</lastmod></url></urlset>")

    assert ((), 1) == (found.listings, found.undated)


def test_an_index_gives_its_sitemaps_with_their_times():
    found = read(
        "<sitemapindex><sitemap><loc>/news-1.xml</loc><lastmod>2026-03-02</lastmod></sitemap></sitemapindex>"
    )

    assert (Submap("https://paper.test/news-1.xml", NOON - timedelta(hours=12)),) == found.submaps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T12:00", NOON),
        ("2026-03-02T13:00:00.000+01:00", NOON),
        ("2026-03-02", NOON - timedelta(hours=12)),
        ("yesterday", None),
        ("0001-01-01", None),
        ("", None),
    ],
)
def test_times_are_those_of_the_w3c_profile(text, expected):
    assert expected == time_of(text)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["/sitemap.xml", "/news.xml"], ["/news.xml"]),
        (["/sitemap.xml", "/image-sitemap.xml"], ["/sitemap.xml"]),
        (["/newsletter.xml", "/all.xml"], ["/newsletter.xml", "/all.xml"]),
        (["/news-video.xml"], []),
        ([f"/s{n}.xml" for n in range(9)], [f"/s{n}.xml" for n in range(4)]),
        ([], []),
    ],
)
def test_of_a_robots_txt_the_sitemaps_of_news_are_asked(named, expected):
    assert [SITE + path[1:] for path in expected] == promising(named, SITE)


def test_of_an_index_those_are_asked_that_may_hold_what_is_looked_for():
    since = NOON - timedelta(days=1)
    old, new = NOON - timedelta(days=9), NOON
    plain = [Submap(SITE + "1.xml", old), Submap(SITE + "2.xml", new), Submap(SITE + "3.xml")]
    news_too = [*plain, Submap(SITE + "news.xml"), Submap(SITE + "news-old.xml", old)]

    assert [SITE + "2.xml"] == worth_asking(plain, since)
    assert [SITE + "news.xml"] == worth_asking(news_too, since)
    assert SITE + "sitemap-news.xml" == usual_places(SITE + "some/page")[0]


@pytest.mark.parametrize(
    ("general", "news"),
    [
        ("/sitemaps/sitemap/sitemap.xml", "/sitemaps/newssitemap/newssitemap.xml"),  # welt.de
        ("/sitemap-index-100.xml", "/news-sitemap.xml"),  # mdr.de
        ("/sitemap-index.xml", "/sitemap-news.xml"),  # faz.net, bild.de
        ("/sitemap-index.xml", "/news.xml"),  # merkur.de, n-tv.de
        ("/sitemap.xml", "/sitemaps/news-de.xml"),  # spiegel.de
        ("/de/article-sitemap.xml", "/de/news-sitemap.xml"),  # dw.com
        ("/sitemap112-sitemap.xml", "/sitemap112-newssitemap.xml"),  # ndr.de
        ("/sitemap-index.xml", "/sitemap-google-news.xml"),  # taz.de
        ("/sitemaps/archive/sitemap-2021-03-p00.xml.gz", "/sitemaps/news.xml"),  # waz.de
        ("/sitemap/sitemaps/sitemap_index.xml", "/sitemap/google-news-sitemap/sitemap_index.xml"),  # apnews.com
        ("/sitemapAll.xml", "/sitemap_news.xml"),  # cnbc.com
        ("/sitemap.xml", "/sitemap.xml?type=news"),  # foxnews.com
        ("/sitemap.xml", "/feed/google-news-sitemap-feed/sitemap-google-news"),  # newyorker.com
        ("/arc/outboundfeeds/sitemap-index/?outputType=xml", "/arc/outboundfeeds/news-sitemap-index/?outputType=xml"),
        ("/post_sitemap.xml", "/post_google_news.xml"),  # freebeacon.com
        ("/sitemap_index.xml", "/sitemap_news.xml"),  # lemonde.fr, lesechos.fr
        ("/sitemaps/fr/articles.xml", "/sitemaps/fr/latest-news.xml"),  # euronews.com
        ("/nachrichten/sitemapIndex.xml", "/googlenews.xml"),  # mallorcamagazin.com
        ("/sitemap-noticias-202103.xml.gz", "/sitemap-google-news.xml"),  # lavanguardia.com
        ("/sitemap-noticias-202102.xml.gz", "/sitemap-news-agencias.xml"),
    ],
)  # fmt: skip
def test_the_news_sitemap_of_a_known_outlet_is_asked_first_whatever_robots_names_before_it(general, news):
    named = [SITE + general[1:], SITE + "sitemap-video.xml", SITE + news[1:]]

    assert SITE + news[1:] == promising(named, SITE)[0]


@pytest.mark.parametrize("path", ["/montag-news.xml", "/news/stage/sitemap.xml", "/news-vintage.xml"])
def test_a_word_that_only_contains_tag_is_no_list_of_tags(path):
    assert [SITE + path[1:]] == promising([SITE + path[1:]], SITE)


@pytest.mark.parametrize(
    "path", ["/news-tags.xml", "/sitemap_tag_news.xml", "/news/author/1.xml", "/news-podcasts.xml"]
)
def test_lists_of_tags_authors_and_podcasts_are_left_out(path):
    assert [] == promising([SITE + path[1:]], SITE)
