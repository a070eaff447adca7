"""A real Datasette of either version serves a real archive: every page, every query, hostile rows, other names."""

import json
import sqlite3
import urllib.error
import urllib.request
from urllib.parse import urlencode

import feedparser
import pytest
from browser import BREAKOUT, PYTHONS, SCRIPT, at, build, get, served, text_of
from lxml import html

from monitor.core.feedout import atom, json_feed
from monitor.web import command, write_files
from monitor.web.queries import QUERIES
from monitor.web.tables import TABLES

LISTED = [name for name, table in TABLES.items() if not table.get("hidden")]
LISTS = ["latest", "articles", "story_copies", "decisions"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as people have it: the archive, our files, raw pages, and a database of somebody else."""
    folder = tmp_path_factory.mktemp("data")
    build(folder / "monitor.db")
    write_files(folder, hosts=["desk.example"])
    for name, script in {
        "archive": "create table pages (body blob); insert into pages values ('secret page')",
        "other": "create table articles (id integer primary key, title text, article_id integer);"
        "insert into articles values (1, 'Theirs', 7); create view latest as select * from articles",
    }.items():
        conn = sqlite3.connect(folder / f"{name}.db")
        conn.executescript(script)
        conn.close()
    return folder


@pytest.fixture(scope="module", params=PYTHONS)
def site(request, folder):
    """`datasette data/`, on each version."""
    with served(PYTHONS[request.param], [folder]) as address:
        yield address


def page(address):
    status, _, text = get(address)
    assert status == 200, text_of(text)[:500]
    assert "timed out" not in text
    return text


def links(text):
    return [str(link) for link in html.fromstring(text).xpath("//a/@href")]


# ── every page ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", LISTED)
def test_every_table_and_view_shows_its_rows(site, name):
    text = page(f"{site}/monitor/{name}")

    if name not in ("links", "outbox", "digests", "rises"):  # empty in this archive
        assert html.fromstring(text).xpath(
            "//table[contains(@class, 'rows')]//td | //*[@class='monitor-list']/li"
        )


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_opens_without_parameters(site, name):
    assert "message-error" not in page(f"{site}/monitor/{name}")


@pytest.mark.parametrize("path", ["", "/monitor"])
def test_home_says_what_is_in_here_and_starts_with_the_latest_stories(site, path):
    text = page(site + path)

    assert "each text is shown once" in text
    mine = [link for link in links(text) if "monitor/" in link]
    assert mine[0].endswith("monitor/latest")


@pytest.mark.parametrize("path", ["", "/monitor", "/monitor/latest", "/monitor/search"])
def test_no_internal_table_is_listed(site, path):
    paths = [link.partition("?")[0] for link in links(page(site + path))]
    shown = [link for link in paths if "/_" in link or "articles_fts" in link or "sqlite" in link]

    assert shown == []


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_show_headlines_with_links_newest_first(site, name):
    rows = html.fromstring(page(f"{site}/monitor/{name}")).xpath("//*[@class='monitor-list']/li")

    titles = ["".join(row.xpath(".//*[@class='monitor-title']/text()")) for row in rows]
    times = [row.xpath(".//time/@datetime")[0] for row in rows]
    assert len(rows) >= 30
    assert all(titles)
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("argument", ["_nocol=title", "_nocol=url", "_col=title", "_plain=1", "_size=0"])
def test_the_lists_stand_whatever_columns_are_asked_for(site, name, argument):
    assert "</html>" in page(f"{site}/monitor/{name}?{argument}")


@pytest.mark.parametrize(("name", "facets"), [(name, TABLES[name]["facets"]) for name in LISTS])
def test_facets_are_counted(site, name, facets):
    found = html.fromstring(page(f"{site}/monitor/{name}")).xpath("//*[@class='facet-results']//@data-column")

    assert set(found) == set(facets)


@pytest.mark.parametrize("name", ["articles", "latest"])
def test_the_search_box_looks_into_the_texts(site, name):
    assert 'name="_search"' in page(f"{site}/monitor/{name}")
    found = html.fromstring(page(f"{site}/monitor/{name}?_search=pr%C3%A4sident")).xpath(
        "//*[@class='monitor-list']/li"
    )
    assert len(found) >= 30
    assert not html.fromstring(page(f"{site}/monitor/{name}?_search=xyzzy")).xpath(
        "//*[@class='monitor-list']/li"
    )


@pytest.mark.parametrize("words", ['"x', "AND", "NEAR(", "-x", "a:b", "^", "a\0b", "🚀", "';drop", "("])
def test_s38_a_search_is_never_an_error(site, words):
    page(f"{site}/monitor/search?{urlencode({'words': words})}")
    status, _, _ = get(f"{site}/monitor/articles?{urlencode({'_search': words.replace(chr(0), '')})}")
    assert status == 200


def test_a_wrong_query_in_the_full_language_is_told_on_the_page(site):
    status, _, text = get(f"{site}/monitor/search_fts5?{urlencode({'query': 'NEAR('})}")

    assert status in (200, 400)
    assert "fts5: syntax error" in text


def test_the_snippet_marks_the_words_and_the_numbers_lead_to_the_article(site):
    text = page(f"{site}/monitor/search?words=genf")

    assert "<mark>Genf</mark>" in text
    assert any(link.endswith("/monitor/articles/1") for link in links(text))


# ── an article, a story ──────────────────────────────────────────────────────────────────────────


def test_an_article_shows_its_text_in_paragraphs_and_marks_what_the_original_has_not(site):
    tree = html.fromstring(page(f"{site}/monitor/articles/4"))

    paragraphs = tree.xpath("//*[@class='monitor-text']/p[not(@class='monitor-by')]")
    assert [bool(p.get("class")) for p in paragraphs] == [False, False, True]
    assert (
        paragraphs[2].text_content()
        == "Kyjiw reagierte zurückhaltend auf die Ankündigung <b>aus</b> Washington."
    )


def test_an_article_shows_its_topics_its_story_and_the_shares_of_every_copy(site):
    text = text_of(page(f"{site}/monitor/articles/4"))

    assert "Ukraine ceasefire talks" in text
    assert "2 of 3 paragraphs stand in the original, word for word" in text
    assert [text.count(share) for share in ("67 %", "97 %")] == [2, 2]
    assert all(
        outlet in text for outlet in ("die tageszeitung", "Frankfurter Allgemeine", "Ukrajinska Prawda")
    )


def test_a_story_shows_who_carries_it_the_first_one_first(site):
    rows = html.fromstring(page(f"{site}/monitor/stories/3")).xpath(
        "//table[@class='monitor-members']/tbody/tr"
    )

    assert [row.xpath("string(td[4])") for row in rows] == ["original", "extended", "extended"]
    # Phones show no heads of columns: the numbers say themselves what they are.
    assert [["words"], *[["from the original", "of it kept", "words"]] * 2] == [
        row.xpath("td/@data-says") for row in rows
    ]


def test_a_story_is_told_as_it_went_with_lags_and_what_each_added(site):
    moments = html.fromstring(page(f"{site}/monitor/stories/3")).xpath(
        "//ol[contains(@class, 'monitor-timeline')]/li"
    )
    told = [" ".join(moment.text_content().split()) for moment in moments]

    assert ["first" in moment for moment in told] == [True, False, False]
    assert all("later" in moment for moment in told[1:])
    assert "has the original" in told[0]
    added = "added: “Kyjiw reagierte zurückhaltend auf die Ankündigung <b>aus</b> Washington.”"
    assert [added in moment for moment in told] == [False, True, True]
    assert ["left out: “" in moment for moment in told] == [False, True, True]


def test_a_later_version_stands_on_the_timeline_with_its_headline(site):
    told = text_of(page(f"{site}/monitor/stories/31"))

    assert "changed its text" in told
    assert "→ Corrected" in told
    assert "+12 −3 words" in told
    assert "10 min later" in told


@pytest.mark.parametrize(
    "path", ["articles/4?_plain=1", "stories/3?_plain=1", "feeds/1", "outlets/taz~2Eexample"]
)
def test_every_row_can_be_had_as_datasette_shows_it(site, path):
    assert "</html>" in page(f"{site}/monitor/{path}")


@pytest.mark.parametrize("path", ["articles/99999", "articles/x", "stories/-1"])
def test_a_row_that_is_not_there_is_not_found(site, path):
    assert get(f"{site}/monitor/{path}")[0] == 404


# ── hostile rows ─────────────────────────────────────────────────────────────────────────────────

HOSTILE_PAGES = ["", "/monitor/latest", "/monitor/latest?_plain=1", "/monitor/articles", "/monitor/articles?_plain=1",
                 "/monitor/decisions", "/monitor/entries", "/monitor/articles/51", "/monitor/stories/31",
                 "/monitor/articles/52", "/monitor/corrections", "/monitor/search?words=alert", "/monitor/why_not",
                 "/monitor/topic", "/monitor/matches", "/monitor/articles?_search=%3Cscript%3E%22"]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE_PAGES)
def test_s33_s34_hostile_titles_and_addresses_are_only_text(site, path):
    text = page(site + path)
    tree = html.fromstring(text)

    assert SCRIPT not in text
    assert "alert(" in tree.text_content() or path.endswith(("/52", "%22"))
    assert (
        tree.xpath(
            "//script[contains(., 'alert(')] | //img | //*[@onerror] | //*[@onmouseover] | //*[@onload]"
        )
        == []
    )
    hrefs = [link for link in links(text) if ":" in link.partition("?")[0].partition("/")[0]]
    assert [link for link in hrefs if not link.startswith(("http://", "https://"))] == []


def test_s34_an_address_with_a_quote_stays_inside_its_attribute(site):
    assert BREAKOUT in links(page(f"{site}/monitor/articles/51"))


# ── who may see what ─────────────────────────────────────────────────────────────────────────────


def test_s37_every_answer_confines_what_the_page_may_do(site):
    for path in ("/", "/monitor/latest", "/monitor/latest.json", "/static/monitor.css", "/nowhere"):
        _, headers, _ = get(site + path)

        assert "default-src 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert len(headers.get_all("referrer-policy")) == 1


@pytest.mark.parametrize(
    ("host", "status"), [("evil.example", 421), ("desk.example:8001", 200), ("[::1]:80", 200)]
)
def test_s37_a_name_that_is_not_ours_is_refused_with_the_way_to_allow_it(site, host, status):
    answer, headers, text = get(site + "/monitor/latest.json", host=host)

    assert answer == status
    assert ("MONITOR_HOSTS" in text) == (status == 421)
    assert headers["x-content-type-options"] == "nosniff"


def test_raw_pages_beside_the_archive_are_not_served(site):
    assert get(site + "/archive/pages")[0] in (403, 404)
    assert "secret page" not in get(site + "/archive.json?sql=select+*+from+pages")[2]
    assert not [link for link in links(page(site)) if link.endswith("/archive")]


@pytest.mark.parametrize("path", ["/other", "/other/articles", "/other/latest", "/other/articles/1"])
def test_a_database_of_somebody_else_is_shown_as_datasette_shows_it(site, path):
    text = page(site + path)

    assert "monitor-page" not in text
    assert not [link for link in links(text) if link.startswith("/other/articles/7")]


def test_s37_tracing_is_off(site):
    assert '"traces"' not in get(site + "/monitor/latest.json?_trace=1")[2]


def test_what_is_written_meanwhile_is_seen_at_once(site, folder):
    conn = sqlite3.connect(folder / "monitor.db")
    with conn:
        conn.execute("update stories set title = 'Written meanwhile ' || ? where id = 1", [site])
    conn.close()

    assert f"Written meanwhile {site}" in get(f"{site}/monitor/stories/1.json?_shape=array")[2]


# ── the other ways to serve ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("python", PYTHONS)
def test_the_database_with_its_metadata_alone_is_readable_too(python, folder):
    with served(PYTHONS[python], [folder / "monitor.db", "-m", folder / "metadata.yaml"]) as address:
        for name in LISTED:
            page(f"{address}/monitor/{name}")
        assert "each text is shown once" in page(address)
        assert "Treffen Nummer 29" in page(f"{address}/monitor/articles?_search=genf")
        assert python != "0.65" or "Genf" in page(f"{address}/monitor/search?words=genf")


@pytest.mark.parametrize("python", PYTHONS)
def test_the_command_of_monitor_serve_shows_the_same_under_any_name(python, tmp_path):
    database = build(tmp_path / "my news.2026.db", stories=3)
    write_files(tmp_path, database_stem=database.stem)
    argv = command(database, datasette_version={"0.65": "0.65.5", "1.0a": "1.0a41"}[python])

    with served(PYTHONS[python], argv[4:]) as address:
        start = next(link for link in links(page(address)) if link.endswith("/latest"))
        assert html.fromstring(page(f"{address}/{start.lstrip('/')}")).xpath("//*[@class='monitor-list']/li")
        assert "Genf" in page(f"{address}/{start.lstrip('/').replace('latest', 'search')}?words=genf")
        assert "monitor.css" in page(address)


@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_visitor_may_not_open_is_not_shown_on_other_pages_either(python, tmp_path):
    build(tmp_path / "monitor.db", stories=3)
    write_files(tmp_path)
    told = tmp_path / "metadata.yaml"
    told.write_text(
        told.read_text().replace("      article_text:\n", "      article_text:\n        allow: false\n")
    )

    with served(PYTHONS[python], [tmp_path]) as address:
        assert get(f"{address}/monitor/article_text")[0] == 403
        assert "Washington (dpa)" not in page(f"{address}/monitor/articles/4")
        assert "No text is kept" in page(f"{address}/monitor/articles/4")


def test_an_archive_without_a_single_row_has_pages_too(tmp_path):
    conn = sqlite3.connect(build(tmp_path / "monitor.db", stories=0))
    with conn:
        for table in ("entries", "matches", "copies", "revisions", "article_text"):
            conn.execute(f"delete from {table}")
        conn.execute("update stories set original_id = null")
        conn.execute("delete from articles")
        conn.execute(
            "insert into stories (id, title, first_seen_at, last_seen_at) values (99, 'Bare', ?, ?)",
            [at(0), at(0)],
        )
    conn.close()
    write_files(tmp_path)

    with served(PYTHONS["0.65"], [tmp_path]) as address:
        assert "/monitor/stories/99" in page(address)
        for name in [*LISTED, *QUERIES]:
            page(f"{address}/monitor/{name}")


# ── feeds ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def feeds(folder):
    """Feeds beside the database, as monitor writes them."""
    place = folder / "feeds"
    place.mkdir(exist_ok=True)
    (place / "ceasefire.atom").write_bytes(atom("ceasefire", "Ukraine ceasefire talks", []))
    (place / "ceasefire.json").write_bytes(json_feed("ceasefire", "Ukraine ceasefire talks", []))
    return place


def test_feeds_are_served_beside_the_tables_and_not_sent_twice(site, feeds):
    status, headers, text = get(f"{site}/-/feeds/ceasefire.atom")
    assert (200, "application/atom+xml; charset=utf-8") == (status, headers["content-type"])
    assert not feedparser.parse(text.encode()).bozo
    again = urllib.request.Request(
        f"{site}/-/feeds/ceasefire.atom", headers={"If-None-Match": headers["etag"]}
    )
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(again, timeout=20)
    unchanged.value.close()
    assert 304 == unchanged.value.code
    status, headers, text = get(f"{site}/-/feeds/ceasefire.json")
    assert (200, "application/feed+json; charset=utf-8") == (status, headers["content-type"])
    assert "Ukraine ceasefire talks" == json.loads(text)["title"]
    assert "/-/feeds/ceasefire.atom" in links(page(f"{site}/-/feeds"))
    assert "/-/feeds/ceasefire.atom" in links(page(site))


@pytest.mark.parametrize(
    "path", ["nothing.atom", "..%2Fmetadata.json", "%2e%2e/metadata.json", ".hidden.atom", "a%00b.atom"]
)
def test_nothing_but_feeds_is_served_as_a_feed(site, feeds, path):
    assert 404 == get(f"{site}/-/feeds/{path}")[0]
