"""One spelling per address: tables of what merges, what stays apart, and what a page may say of itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core import urls
from monitor.core.tracking import is_tracking
from monitor.core.urls import article_address, canonical, equivalents, redacted, registrable, resolved


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ("HTTP://Example.COM:80/a/../b/?utm_source=rss&b=2&a=1#frag", "http://example.com/b/?a=1&b=2"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("https://münchen.example/ä b", "https://xn--mnchen-3ya.example/%C3%A4%20b"),
        ("https://user:secret@example.org/x", "https://example.org/x"),
        ("https://example.org./x", "https://example.org/x"),
        ("https://example.org/#!/story/1", "https://example.org/#!/story/1"),
        ("https://example.org/a/%2e%2e/b%7Ec%2fd", "https://example.org/b~c%2Fd"),
        ("https://example.org/?b=1&a=2&b=0", "https://example.org/?a=2&b=1&b=0"),
        ("https://example.org/?id=1", "https://example.org/?id=1"),
        ("https://example.org/?id=1&id=2&&x", "https://example.org/?id=1&id=2&x"),
        ("https://example.org/a;jsessionid=0A/b?PHPSESSID=9&p=7", "https://example.org/a/b?p=7"),
        ("https://example.org/x?UTM_Medium=a&at_custom1=b&xtor=RSS-1&wt.mc_id=c", "https://example.org/x"),
        ("https://example.org/x?partner=rss&emc=rss", "https://example.org/x"),
        ("https://example.org/x?partner=acme", "https://example.org/x?partner=acme"),
        ("https://example.org/x?ref=home&source=5", "https://example.org/x?ref=home&source=5"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        (" https://exam\nple.org/x\t\n", "https://example.org/x"),
    ],
)
def test_an_address_has_one_spelling(served, expected):
    assert expected == canonical(served)
    assert expected == canonical(expected)


@pytest.mark.parametrize(
    "served",
    [
        "",
        " ",
        "example.org/x",
        "//example.org/x",
        "/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:desk@example.org",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://exam ple.org/",
        "https://exam\x00ple.org/",
        "https://example.org/\ud800",
        "https://a..b/",
        "https://example.org:99999/",
        "https://example.org\\@evil.example/",
        "https://example.org/" + "x" * 2048,
    ],
)
def test_what_is_no_address_of_a_page_has_no_spelling(served):
    assert canonical(served) is None
    assert equivalents(served) == ()


@given(st.text(max_size=60), st.sampled_from(["https://example.org/", "http://", "", "https://a.example/?"]))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_stable_spelling_or_none(text, start):
    spelled = canonical(start + text)

    assert spelled is None or canonical(spelled) == spelled
    assert spelled is None or equivalents(spelled)[0] == spelled


@given(st.from_regex(urls._PLAIN, fullmatch=True))
def test_what_is_right_at_first_sight_is_right_at_the_second(url):
    assert urls.plain_host(url) == urls._host(urls._parsed(url))
    assert canonical(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://example.org/",
        "https://user:secret@example.org/",
        "https://example.org:8443/",
        "https://127.0.0.1/",
        "https://1.2.3.999/",
        "https://[2001:db8::1]/",
        "https://münchen.example/",
        "https://a..b.example/",
        "https://-a.example/",
        "https://localhost/",
        "https://example.org/a b",
        "https://example.org./",
        "https://example.org?x",
        "ftp://example.org/",
        "https://example.org/" + "x" * urls.LONGEST,
    ],
)
def test_what_asks_for_a_second_look_gets_one(url):
    assert urls.plain_host(url) == ""


def test_parameters_of_the_configuration_add_to_the_list():
    url = "https://example.org/x?campaign_7=1&fbclid=2&id=3&lane=fast&lane=slow"

    assert canonical(url, ("campaign_*", "lane=fast")) == "https://example.org/x?id=3&lane=slow"


@pytest.mark.parametrize(
    "name", ["id", "p", "page", "ref", "source", "cid", "tid", "sid", "q", "v", "article", "mod"]
)
def test_names_that_may_say_what_is_read_are_never_tracking(name):
    assert not is_tracking(name, "123")


PAIRS = [
    ("taz: slug and id", "https://taz.de/Krieg-in-der-Ukraine/!6051234/", "https://taz.de/!6051234/", True),
    ("zeit: wt_zmc", "https://www.zeit.de/a/b-c?wt_zmc=sm.int", "https://www.zeit.de/a/b-c", True),
    (
        "heise: wt_mc",
        "https://www.heise.de/news/X-1.html?wt_mc=rss",
        "https://www.heise.de/news/X-1.html",
        True,
    ),
    (
        "BBC: at_*",
        "https://www.bbc.co.uk/news/c1?at_medium=RSS&at_campaign=K",
        "https://www.bbc.co.uk/news/c1",
        True,
    ),
    ("fragment", "https://example.org/a-1#comments", "https://example.org/a-1", True),
    (
        "sz: reduced",
        "https://www.sueddeutsche.de/a-1.2?reduced=true",
        "https://www.sueddeutsche.de/a-1.2",
        True,
    ),
    (
        "tagesschau: ~amp",
        "https://www.tagesschau.de/a/b-100~amp.html",
        "https://www.tagesschau.de/a/b-100.html",
        True,
    ),
    ("m. host", "https://m.example.org/a-1", "https://www.example.org/a-1", True),
    ("trailing slash", "https://example.org/a-1/", "https://example.org/a-1", True),
    ("case of the path", "https://example.org/AbC", "https://example.org/abc", False),
    ("ids", "https://example.org/x?id=1", "https://example.org/x?id=2", False),
    ("news. and blog.", "https://news.example.org/a-1", "https://blog.example.org/a-1", False),
    ("scheme", "http://example.org/a-1", "https://example.org/a-1", True),
    ("/amp", "https://example.org/2026/a-b-c/amp/", "https://example.org/2026/a-b-c", True),
    ("?amp=1", "https://example.org/a-b-c?amp=1", "https://www.example.org/a-b-c", True),
    ("print", "https://example.org/a-b-c/print", "https://example.org/a-b-c/", True),
    ("?view=print", "https://example.org/x-1.html?view=print", "https://example.org/x-1.html", True),
    ("a section about amplifiers", "https://example.org/guitars/amp", "https://example.org/guitars", False),
    ("taz: two ids", "https://taz.de/Slug/!6051234/", "https://taz.de/Slug/!6051235/", False),
    ("the page and its parent", "https://example.org/a/b-1", "https://example.org/a", False),
    ("a file is no folder", "https://example.org/a.html", "https://example.org/a.html/", False),
    ("an owner's m.", "https://m.de/a-1", "https://de/a-1", False),
    ("a hash-bang page and its shell", "https://example.org/#!/a", "https://example.org/", False),
    ("hash-bang pages", "https://example.org/#!/a", "https://example.org/#!/b", False),
]


@pytest.mark.parametrize(
    ("one", "other", "same"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS]
)
def test_pairs_merge_or_stay_apart(one, other, same):
    merged = canonical(other) in equivalents(one) or canonical(one) in equivalents(other)

    assert merged is same


def test_equivalents_are_canonical_distinct_and_few():
    found = equivalents("http://www.example.org/2026/a-b-c.html?id=1&b=2")

    assert found[0] == "http://www.example.org/2026/a-b-c.html?b=2&id=1"
    assert len(found) == len(set(found)) <= 64
    assert list(found) == [canonical(address) for address in found]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://feeds.news.bbc.co.uk/x.xml", "bbc.co.uk"),
        ("a.tumblr.com", "tumblr.com"),
        ("https://someone.blogspot.com/", "blogspot.com"),
        ("a.news.test", "news.test"),
        ("EXAMPLE.org:8080", "example.org"),
        ("https://www.münchen.de/", "xn--mnchen-3ya.de"),
        ("127.0.0.1:8765", "127.0.0.1"),
        ("http://[::1]:8765/x", "::1"),
        ("localhost:8765", "localhost"),
        ("co.uk", "co.uk"),
        ("", ""),
        ("no host here", ""),
    ],
)
def test_the_registrable_domain_ignores_what_hosting_companies_call_a_suffix(given, expected):
    assert expected == registrable(given)


READ = "https://www.example.org/politics/a-long-story-123.html"


@pytest.mark.parametrize(
    ("why", "link", "og", "expected"),
    [
        ("nothing is declared", None, None, READ),
        ("a declaration of another section is taken", "https://example.org/world/a-story-123.html", None,
         "https://example.org/world/a-story-123.html"),
        ("a relative declaration is resolved", "/world/a-story-123.html", None,
         "https://www.example.org/world/a-story-123.html"),
        ("tracking goes from it too", READ + "?utm_source=x", None, READ),
        ("og:url stands in", None, "https://example.org/b-story-9", "https://example.org/b-story-9"),
        ("og:url stands in for one that is not believed", "https://www.example.org/", "https://example.org/b-story-9",
         "https://example.org/b-story-9"),
        ("not another site", "https://elsewhere.test/a-long-story-123.html", None, READ),
        ("not the front page", "https://www.example.org", None, READ),
        ("not the section above", "https://www.example.org/politics/", None, READ),
        ("not some other section", "https://www.example.org/world", None, READ),
        ("not a script", "javascript:alert(1)", "mailto:x@example.org", READ),
        ("not nothing", "", " ", READ),
    ],
)  # fmt: skip
def test_a_page_is_believed_about_its_address_within_reason(why, link, og, expected):
    address, others = article_address(READ, READ, link, og)

    assert expected == address, why
    assert (READ in others) is (address != READ), why


def test_a_blog_may_not_speak_for_its_neighbour():
    read = "https://mine.blogspot.com/2026/a-story.html"

    assert article_address(read, read, "https://yours.blogspot.com/2026/b-story.html", None) == (read, ())


def test_a_part_of_a_live_blog_is_not_declared_to_be_the_whole():
    read = "https://example.org/live-blog-2026/entry-from-noon-17"

    assert article_address(read, read, "https://example.org/live-blog-2026", None) == (read, ())


def test_an_id_in_the_query_is_not_declared_away():
    read = "https://example.org/index.php?id=17"

    assert article_address(read, read, "https://example.org/index.php", None) == (read, ())
    assert article_address(read, read, "https://example.org/news/story-17.html", None)[0].endswith(
        "story-17.html"
    )


def test_a_parameter_that_is_no_id_is_declared_away():
    read = "https://example.org/a-story-1?campaign=spring"

    assert article_address(read, read, "https://example.org/a-story-1", None) == (
        "https://example.org/a-story-1",
        (read,),
    )


def test_every_address_on_the_way_is_remembered():
    address, others = article_address(
        "http://relay.test/r/9?utm_source=rss", "https://taz.de/Ein-Titel/!6051234/", None, None
    )

    assert address == "https://taz.de/Ein-Titel/!6051234/"
    assert others == ("http://relay.test/r/9", "https://taz.de/!6051234/")


def test_two_slugs_of_one_id_lead_to_the_same_article():
    stored = article_address(*["https://taz.de/Erster-Titel/!6051234/"] * 2, None, None)

    assert set(equivalents("https://taz.de/Neuer-Titel/!6051234/")) & {stored[0], *stored[1]}


def test_an_article_that_was_sent_home_does_not_become_the_front_page():
    asked = "https://example.org/gone-story-1"

    assert article_address(asked, "https://example.org/", None, None) == (asked, ())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@example.org/f?token=T&page=2", "https://example.org/f?token=***&page=2"),
        ("https://TOKEN@example.org/f", "https://example.org/f"),
        ("https://example.org/f?api_key=1&sig=2&id=3#x", "https://example.org/f?api_key=***&sig=***&id=3#x"),
        ("https://example.org/f?k=8f7a6c5d4e3f2a1b0c9d8e7f", "https://example.org/f?k=***"),
        ("https://example.org/f?page=2&q=ukraine", "https://example.org/f?page=2&q=ukraine"),
        ("http://u:p@[::1]:80/?auth=", "http://[::1]:80/?auth="),
        ("https://u:p@ss@example.org/", "https://example.org/"),
        ("not an address", "not an address"),
    ],
)
def test_no_secret_survives_redaction(url, expected):
    assert expected == redacted(url)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("/a/b", "https://example.org/a/b"),
        ("c?x=1#y", "https://example.org/feeds/c?x=1#y"),
        ("//other.test/z", "https://other.test/z"),
        (" https://example.org/%7Ea%2b \n", "https://example.org/%7Ea%2b"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://bücher.example/ü", "https://bücher.example/ü"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:,x", None),
        ("http://[broken/", None),
        ("/" + "x" * 100_000, None),
        ("", None),
    ],
)
def test_links_become_absolute_as_they_were_served(reference, expected):
    assert expected == resolved(reference, "https://example.org/feeds/news.xml")
