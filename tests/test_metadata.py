"""What a page says of itself, claim by claim."""

import json
from datetime import UTC, datetime

import pytest

from monitor.core.head import read_head
from monitor.core.markup import read_markup
from monitor.core.metadata import read_metadata
from monitor.core.pagedates import read_date
from monitor.model import Task

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://news.example.org/2026/quay"


def told(head="", body="", *, url=URL, lang="", **hint):
    html = f"<html{lang and f' lang={lang}'}><head>{head}</head><body>{body}<p>Text of the page.</p></body></html>"
    return read_metadata(
        read_head(read_markup(html.encode()), url), url=url, hint=Task(url=url, **hint), now=NOW
    )


def ld(*nodes):
    return "".join(f"<script type='application/ld+json'>{json.dumps(node)}</script>" for node in nodes)


def news(**members):
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Old quay to be rebuilt",
        **members,
    }


def meta(**named):
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in named.items()
    )


# ── title ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld(news()), "<h1>Another</h1>", "Old quay to be rebuilt"),
        (ld(news(headline="Old &quot;quay&quot; to be <em>rebuilt</em>")), "", 'Old "quay" to be rebuilt'),
        (ld(news(headline="Old quay to be re…")) + meta(og__title="Old quay to be rebuilt"), "", "Old quay to be rebuilt"),
        (meta(og__title="Old quay to be rebuilt | The Post", og__site_name="The Post"), "", "Old quay to be rebuilt"),
        ("<title>Old quay to be rebuilt - Politics - The Harbour Post</title>" + meta(og__site_name="Harbour Post"), "", "Old quay to be rebuilt - Politics"),
        ("<title>Old quay - The Post</title>", "<h1>Log in</h1><h1>Old quay is to be rebuilt</h1>", "Old quay is to be rebuilt"),
        ("<title>Council – a history of the quay</title>", "", "Council – a history of the quay"),
        ("<title>Old quay is rebuilt</title>", "<h1>Har\xadbour: Old quay is rebuilt</h1>", "Old quay is rebuilt"),
        ("<title>Old quay is rebuilt - the mayor resigns | Post</title>", "<h1>Old quay is rebuilt - the mayor resigns</h1>", "Old quay is rebuilt - the mayor resigns"),
        ("", "<h1>Old quay</h1>", "Old quay"),
    ],
)  # fmt: skip
def test_the_headline_is_chosen_well(head, body, expected):
    assert told(head, body).title == expected


def test_the_feeds_title_stands_where_the_page_has_none():
    assert told(title="From the feed").title == "From the feed"


# ── JSON-LD ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "head",
    [
        ld([{"@type": "WebSite", "name": "x"}, news()]),
        ld({"@context": "https://schema.org", "@graph": [{"@type": "Organization"}, news()]}),
        ld({"@type": "WebPage", "mainEntity": news()}),
        ld(news(**{"@type": ["Article", "ReportageNewsArticle"]})),
        ld(news(**{"@type": "http://schema.org/NewsArticle"})),
        f"<script type='application/ld+json'><!-- {json.dumps(news())}; --></script>",
        f"<script type='application/ld+json'>//<![CDATA[\n{json.dumps(news())}\n//]]></script>",
        f'<script type=\'application/ld+json\'>{json.dumps(news())[:-1]},"description":"two\nlines"}}</script>',
        "<script type='application/ld+json'>{not json}</script>" + ld(news()),
    ],
    ids=["list", "graph", "inside", "types", "address", "comment", "cdata", "line feed", "after rubbish"],
)
def test_the_article_is_found_wherever_json_ld_puts_it(head):
    about = told(head)

    assert about.title == "Old quay to be rebuilt"
    assert about.is_article


def test_a_page_that_lists_articles_is_none_of_them():
    others = [news(headline=f"Story {n}", url=f"https://news.example.org/{n}") for n in range(4)]

    assert told(ld(*others), "<h1>World</h1>").title == "World"
    assert not told(ld(*others)).is_article


def test_the_article_at_the_pages_own_address_is_the_pages():
    others = [news(headline=f"Story {n}", url=f"https://news.example.org/{n}") for n in range(4)]
    own = news(mainEntityOfPage={"@id": "https://news.example.org/2026/quay/"})

    assert told(ld(*others, own)).title == "Old quay to be rebuilt"


ORG = {"@type": "NewsMediaOrganization", "name": "The Tide News"}

# ── byline ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld(news(author="Ann Lee")), "", "Ann Lee"),
        (ld(news(author={"@type": "Person", "name": "Ann Lee"})), "", "Ann Lee"),
        (ld(news(author=[{"name": "Ann Lee"}, {"name": "By Bo Ek"}, {"name": "Ann Lee"}])), "", "Ann Lee, Bo Ek"),
        (ld({"@graph": [news(author={"@id": "#ann"}), {"@type": "Person", "@id": "#ann", "name": "Ann Lee"}]}), "", "Ann Lee"),
        (ld(news(author="https://facebook.com/ann")) + "<meta name=author content='Von Ann Lee'>", "", "Ann Lee"),
        (meta(article__author="https://facebook.com/ann"), "<a rel=author href=/ann>Ann Lee</a>", "Ann Lee"),
        ("", "<span class='article__byline'>Von Ann Lee</span>", "Ann Lee"),
        (ld(news(author=["Ann Lee", {"@type": "Person", "name": "ann-lee"}, "Bo Ek"])), "", "Ann Lee, Bo Ek"),
        (ld(news(author=["ann-lee", "Ann Lee", "ANN LEE"])), "", "Ann Lee"),
        ("", "<div class='author'>24 comments: read them</div>", None),
        ("", "<div class='author-box'>" + "She has written for this paper since long. " * 5 + "</div>", None),
        ("<meta name=author content='desk@example.org'>", "", None),
        (ld(news(author=ORG)), "<span class=author>Von Ann Lee, Lille</span>", "Ann Lee, Lille"),
        (ld(news(author=ORG)), "<h5 class=authorline>Von Ann Lee</h5>", "Ann Lee"),
        (ld(news(author=ORG)), "<div class=author-tools>Edit topics</div>", "The Tide News"),
        (ld(news(author=ORG)), "", "The Tide News"),
        (ld(news(author=ORG)) + "<meta name=author content='Ann Lee'>", "<a rel=author>Bo Ek</a>", "Ann Lee"),
        (ld(news(author=ORG)) + "<meta name=author content='The Tide News'>", "<a rel=author>Bo Ek</a>", "Bo Ek"),
        (ld(news(author={"@type": "Person", "name": "The Tide"}, publisher={"name": "The Tide"})), "<a rel=author>Bo Ek</a>", "Bo Ek"),
        (ld(news(author=[{"@type": "Person", "name": "Ann Lee"}, {"@type": "Organization", "name": "dpa"}])), "", "Ann Lee, dpa"),
        (ld(news(author=[{"@type": "Person", "name": "Ann Lee"}, ORG], publisher=ORG)), "", "Ann Lee"),
        ("<meta name=author content='By'>", "", None),
        ("", "<span class=author>Publiziert am</span>", None),
    ],
)  # fmt: skip
def test_who_is_named_as_the_author(head, body, expected):
    assert told(head, body).byline == expected


def test_an_agency_that_is_named_as_the_author_is_a_source():
    found = told(ld(news(author={"@type": "Organization", "name": "Reuters"})), "<a rel=author>Bo Ek</a>")

    assert (found.byline, found.sources) == ("Bo Ek", ("Reuters",))


def test_the_feeds_author_stands_where_the_page_names_none():
    assert told(author="By Ann Lee").byline == "Ann Lee"


# ── dates ────────────────────────────────────────────────────────────────────────────────────────

FED = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld(news(datePublished="2026-11-19T08:00:00+01:00")), "", datetime(2026, 11, 19, 7, tzinfo=UTC)),
        (meta(article__published_time="2026-11-18T08:00:00Z"), "", datetime(2026, 11, 18, 8, tzinfo=UTC)),
        ("", "<time itemprop=datePublished datetime='2026-11-17T08:00Z'>", datetime(2026, 11, 17, 8, tzinfo=UTC)),
        ("", "<time datetime='2026-11-16'>an hour ago, in a teaser</time>", FED),
        (ld(news(datePublished="tomorrow")), "", FED),
        (ld(news(datePublished="2031-01-01T00:00:00Z")), "", NOW),
        (ld(news(datePublished="0001-01-01T00:00:00Z")), "", FED),
    ],
)  # fmt: skip
def test_when_it_was_published(head, body, expected):
    assert told(head, body, published=FED).published == expected


def test_without_any_other_claim_the_page_is_searched():
    assert told(url="https://news.example.org/2025/03/14/quay").published == datetime(2025, 3, 14, tzinfo=UTC)
    assert told(body="<time datetime='2026-11-16'>x</time>").published == datetime(2026, 11, 16, tzinfo=UTC)
    assert told().published is None


def test_when_it_was_changed():
    assert told(ld(news(dateModified="2026-11-19"))).modified == datetime(2026, 11, 19, tzinfo=UTC)
    assert told(meta(article__modified_time="2026-11-19")).modified == datetime(2026, 11, 19, tzinfo=UTC)
    assert told().modified is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-29T10:00:00+0100", datetime(2024, 1, 29, 9, tzinfo=UTC)),
        ("2024-01-29 10:00:00 +01:00", datetime(2024, 1, 29, 9, tzinfo=UTC)),
        ("2024-01-29T10:00:00.123Z", datetime(2024, 1, 29, 10, tzinfo=UTC)),
        ("20240129T100000Z", datetime(2024, 1, 29, 10, tzinfo=UTC)),
        ("Mon, 29 Jan 2024 10:00:00 GMT", datetime(2024, 1, 29, 10, tzinfo=UTC)),
        ("Mon Jan 29 2024 10:00:00 GMT+0100 (CET)", datetime(2024, 1, 29, 9, tzinfo=UTC)),
        ("2024-01-29", datetime(2024, 1, 29, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("99 Foo", None),
        ("", None),
        (None, None),
        ("2" * 100, None),
    ],
)
def test_dates_are_read_into_utc(text, expected):
    assert read_date(text, NOW) == expected


# ── language, addresses, access ──────────────────────────────────────────────────────────────────


def test_the_declared_language():
    assert told(lang="de-AT").declared == "de-AT"
    assert told(ld(news(inLanguage={"@type": "Language", "name": "fr"}))).declared == "fr"
    assert told(meta(og__locale="it_IT")).declared == "it_IT"
    assert told(language="pl").declared == "pl"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://news.example.org/quay?page=1", "https://news.example.org/quay?page=1"),
        ("/quay", "https://news.example.org/quay"),
        ("//cdn.example.org/quay", "https://cdn.example.org/quay"),
        ("javascript:alert(1)", None),
        ("http://[broken", None),
        ("/" + "x" * 3_000, None),
        ("", None),
    ],
)
def test_the_canonical_address_is_absolute_and_of_the_web(href, expected):
    assert told(f"<link rel='Canonical' href='{href}'>").canonical == expected
    assert told(f"<meta property='og:url' content='{href}'>").og_url == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (ld(news(isAccessibleForFree=True)), "free"),
        (ld(news(isAccessibleForFree="False")), "paywall"),
        (ld(news(isAccessibleForFree="http://schema.org/False")), "paywall"),
        (meta(article__content_tier="metered"), "metered"),
        (meta(article__content_tier="locked") + ld(news(isAccessibleForFree=True)), "paywall"),
        ("", "unknown"),
    ],
)
def test_whether_it_must_be_paid_for(head, expected):
    assert told(head).access == expected
