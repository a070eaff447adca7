"""Sixty pairs of addresses: what is one article, and, counting double, what must be kept apart."""

import pytest

from monitor.core.urls import article_address, canonical, equivalents, own_address, resolved, same_number

SAME = {
    "AMP as a last segment": ("https://example.org/world/a-b-c/amp", "https://example.org/world/a-b-c"),
    "AMP as a first segment": ("https://example.org/amp/world/a-b-c", "https://example.org/world/a-b-c"),
    "AMP in the file's name": ("https://example.org/a-b-9.amp.html", "https://example.org/a-b-9.html"),
    "AMP as an ending": ("https://example.org/news/world-90.amp", "https://example.org/news/world-90"),
    "amphtml as an ending": ("https://example.org/world-90.amphtml", "https://example.org/world-90"),
    "AMP as a host": ("https://amp.example.org/a-b-c", "https://www.example.org/a-b-c"),
    "AMP in the query": ("https://example.org/a-b-c?outputType=amp", "https://example.org/a-b-c"),
    "AMP in the query, bare": ("https://example.org/a-b-c?amp", "https://example.org/a-b-c"),
    "Google's AMP viewer": ("https://www.google.com/amp/s/www.example.org/a-b-c", "https://www.example.org/a-b-c"),
    "the AMP cache": ("https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a-b-c", "https://www.example.org/a-b-c"),
    "the AMP cache without TLS": ("https://example-org.cdn.ampproject.org/v/example.org/a-b-c?usqp=mq331", "http://example.org/a-b-c"),
    "a Google Alert": ("https://www.google.com/url?rct=j&sa=t&url=https://example.org/a-b-c&ct=ga&usg=AOv", "https://example.org/a-b-c"),
    "a link that Facebook counts": ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa-b-c&h=AT0", "https://example.org/a-b-c"),
    "mobile. host": ("https://mobile.example.org/a-b-c", "https://www.example.org/a-b-c"),
    "mobil. host": ("https://mobil.example.org/a-b-c", "https://www.example.org/a-b-c"),
    "touch. host": ("https://touch.example.org/a-b-c", "https://example.org/a-b-c"),
    "m. behind the language": ("https://de.m.example.org/wiki/A_b_c", "https://de.example.org/wiki/A_b_c"),
    "mobile as a first segment": ("https://example.org/mobile/world/a-b-c", "https://example.org/world/a-b-c"),
    "m=1, as blogs have it": ("https://one.blogspot.com/2026/05/a-b-c.html?m=1", "https://one.blogspot.com/2026/05/a-b-c.html"),
    "mobile in the query": ("https://example.org/a-b-c?view=mobile", "https://example.org/a-b-c"),
    "print as a last segment": ("https://example.org/a-b-c/print/", "https://example.org/a-b-c/"),
    "drucken as a last segment": ("https://example.org/politik/a-b-c/drucken", "https://example.org/politik/a-b-c"),
    "the printer's version": ("https://example.org/a-b-9,print.html", "https://example.org/a-b-9.html"),
    "print in the query": ("https://example.org/a-b-9.html?printPagedArticle=true", "https://example.org/a-b-9.html"),
    "print as a service": ("https://example.org/a-b-9.html?service=print", "https://example.org/a-b-9.html"),
    "all pages": ("https://example.org/a-b-c/komplettansicht", "https://example.org/a-b-c"),
    "all pages in the query": ("https://example.org/a-b-9.html?page=all", "https://example.org/a-b-9.html"),
    "all pages, wanted": ("https://example.org/2026/05/01/a-b-c.html?pagewanted=all", "https://example.org/2026/05/01/a-b-c.html"),
    "a single page": ("https://example.org/a-b-c?singlepage=true", "https://example.org/a-b-c"),
    "the second page": ("https://example.org/a-b-c/seite-2", "https://example.org/a-b-c"),
    "the second page, in folders": ("https://example.org/a-b-c/page/2/", "https://example.org/a-b-c/"),
    "the second page in the query": ("https://example.org/artikel/A-9.html?seite=2", "https://example.org/artikel/A-9.html"),
    "index.html": ("https://example.org/2026/a-b-c/index.html", "https://example.org/2026/a-b-c/"),
    "two slashes": ("https://example.org//world//a-b-c", "https://example.org/world/a-b-c"),
    "order of the query": ("https://example.org/x?b=2&a=1", "https://example.org/x?a=1&b=2"),
    "www and none": ("https://www.example.org/a", "https://example.org/a"),
    "the default port": ("https://example.org:443/a-b-c", "https://example.org/a-b-c"),
    "a dot at the end of the host": ("https://example.org./a-b-c", "https://example.org/a-b-c"),
    "letters of a host": ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    "encoded letters": ("https://example.org/m%C3%BCnchen", "https://example.org/münchen"),
    "dots in the path": ("https://example.org/x/../a-b-c", "https://example.org/a-b-c"),
    "a session": ("https://example.org/a-b-c;jsessionid=9F?PHPSESSID=1", "https://example.org/a-b-c"),
    "a newsletter": ("https://example.org/a-b-c?mc_cid=1&mc_eid=2&nlid=9", "https://example.org/a-b-c"),
    "a click": ("https://example.org/a-b-c?fbclid=1&gclid=2&msclkid=3", "https://example.org/a-b-c"),
    "taz with tracking and without slash": ("https://taz.de/Ein-Titel/!6051234?utm_source=rss", "https://taz.de/!6051234/"),
    "all at once": ("http://m.example.org/a-b-c/amp/?utm_source=x#top", "https://www.example.org/a-b-c"),
}  # fmt: skip

APART = {
    "a section and its second page": ("https://example.org/politics?page=2", "https://example.org/politics"),
    "a section and its second page, in folders": ("https://example.org/politics/page/2", "https://example.org/politics"),
    "a script that shows by number": ("https://example.org/index.php?page=7", "https://example.org/index.php?page=8"),
    "a script's page and the script": ("https://example.org/article.php?page=7", "https://example.org/article.php"),
    "numbers that are no parts": ("https://example.org/a-b-c?page=1204", "https://example.org/a-b-c"),
    "p is an article in some places": ("https://example.org/?p=4711", "https://example.org/?p=4712"),
    "an article number": ("https://example.org/a-b-90001.html", "https://example.org/a-b-90002.html"),
    "the same headline on another day": ("https://example.org/2026/05/01/weather", "https://example.org/2026/05/02/weather"),
    "the same path of two languages": ("https://de.example.org/a-b-c", "https://fr.example.org/a-b-c"),
    "the same path in two editions": ("https://example.org/uk/a-b-c", "https://example.org/us/a-b-c"),
    "two sites of one publisher": ("https://sport.example.org/a-b-c", "https://www.example.org/a-b-c"),
    "two blogs of one host": ("https://one.blogspot.com/2026/a-b-c.html", "https://two.blogspot.com/2026/a-b-c.html"),
    "two countries of one name": ("https://example.co.uk/a-b-c", "https://example.de/a-b-c"),
    "another port": ("https://example.org:8443/a-b-c", "https://example.org/a-b-c"),
    "a wrapped address of another page": ("https://www.google.com/url?url=https://example.org/a-b-c", "https://example.org/a-b-d"),
    "a parameter nobody knows": ("https://example.org/a-b-c?variant=long", "https://example.org/a-b-c"),
    "the case of a query": ("https://example.org/x?id=Ab", "https://example.org/x?id=aB"),
    "a page about print": ("https://example.org/print", "https://example.org/"),
    "a post below a live blog": ("https://example.org/live-blog-9/post-17", "https://example.org/live-blog-9"),
    "an amp among instruments": ("https://example.org/guitars/amp/", "https://example.org/guitars/"),
    "a two-letter host with m": ("https://tv.m.example/a-b-c", "https://www.m.example/a-b-c"),
    "underscore and hyphen": ("https://example.org/a_b_c", "https://example.org/a-b-c"),
    "an image of a gallery": ("https://example.org/gallery-900123?image=2", "https://example.org/gallery-900123?image=3"),
}  # fmt: skip


def are_one(one, other):
    """Whether either is found when the other is stored with what is known to lead to it."""
    stored = [
        {address, *others} for address, others in (article_address(a, a, None, None) for a in (one, other))
    ]
    return bool(set(equivalents(one)) & stored[1] or set(equivalents(other)) & stored[0])


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_one_article_has_many_addresses(one, other):
    assert are_one(one, other)


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
def test_two_articles_stay_apart(one, other):
    assert not are_one(one, other)


def test_every_form_is_spelled_as_it_will_be_looked_up():
    for one, other in [*SAME.values(), *APART.values()]:
        for address in (*equivalents(one), *equivalents(other)):
            assert canonical(address) == address
        assert len(equivalents(one)) <= 64


def test_a_wrapped_link_is_followed_to_what_it_wraps():
    link = "https://www.google.com/url?rct=j&url=https://example.org/a%20b&usg=1"

    assert resolved(link, "https://www.google.com/alerts/feeds/1") == "https://example.org/a%20b"
    assert resolved("https://www.google.com/url?url=javascript:x", "https://x.test/") == (
        "https://www.google.com/url?url=javascript:x"
    )


def test_the_address_that_was_read_is_told_apart_from_the_one_declared():
    asked, final = "https://example.org/r/9", "https://example.org/world/a-b-c.html"

    assert own_address(asked, final) == final
    assert own_address("https://example.org/gone-9", "https://example.org/") == "https://example.org/gone-9"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("https://example.org/old-words-101234567.html", "https://www.example.org/new-words-101234567.html", True),
        ("https://example.org/old-words-101234567.html", "https://example.org/old-words-101234568.html", False),
        ("https://example.org/20260501/a.html", "https://example.org/20260501/b.html", False),
        ("https://example.org/a-1234", "https://example.org/b-1234", False),
        ("https://example.org/a-101234567", "https://other.test/a-101234567", False),
        ("https://example.org/a-0f8fad5b-d9cb-469f-a165-70867728950e", "https://example.org/b-0F8FAD5B-d9cb-469f-a165-70867728950e", True),
        ("seed:101234567.txt", "https://example.org/a-101234567", False),
    ],
)  # fmt: skip
def test_the_number_of_an_article_outlives_its_headline(one, other, expected):
    assert expected is same_number(one, other)
