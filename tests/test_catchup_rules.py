"""Looking back after a gap: the rules, as tables."""

from datetime import timedelta

import pytest
from test_catchup import ATOM, THREE_HOURS
from watch import NOON, rss

from monitor.core.catchup import groups, mark, missed, site_of
from monitor.core.entries import digest
from monitor.core.parse import parse_feed
from monitor.model import Changes, Entry, Gap, OpenGap

# ── where a feed says its older entries are ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (ATOM.format("next", "?page=2"), "https://p.test/feed?page=2"),
        (ATOM.format("next", "/p2") + ATOM.format("prev-archive", "/2025"), "https://p.test/2025"),
        (ATOM.format("NEXT", "https://q.test/2"), "https://q.test/2"),
        (ATOM.format("self", "/feed") + ATOM.format("last", "/p9"), None),
        (ATOM.format("next", "javascript:x"), None),
        ("", None),
    ],
)
def test_a_feed_names_its_archive(head, expected):
    assert expected == parse_feed(rss("a", head=head), url="https://p.test/feed", now=NOON).older


def test_a_json_feed_names_its_next_page():
    body = b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "next_url": "/2", "items": [{"id": "1", "title": "a"}]}'

    assert "https://p.test/2" == parse_feed(body, url="https://p.test/feed", now=NOON).older


# ── the rules ────────────────────────────────────────────────────────────────────────────────────

GAP = Gap(NOON - THREE_HOURS, NOON, "possible_gap", "")


def one(name, hours=None):
    published = None if hours is None else NOON - timedelta(hours=hours)
    return Entry(key=name, guid=name, url=f"https://p.test/{name}", title=name, published=published)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([one("a", 5), one("b", 3.5), one("c", 2), one("d", -0.5), one("e", -2)], "bcd"),
        ([one("a", 5), one("b"), one("c", 2), one("d")], "cd"),
        ([one("a"), one("b")], "ab"),
        ([], ""),
    ],
)
def test_what_was_missed_is_new_and_of_the_time_of_the_gap(entries, expected):
    changes = Changes(new=tuple((entry, digest(entry)) for entry in entries))

    assert expected == "".join(entry.key for entry in missed(entries, changes, GAP))
    assert () == missed(entries, Changes(), GAP)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (["https://www.taz.de/1", "https://www.taz.de/2", "https://blogs.taz.de/3"], "https://www.taz.de/"),
        (["https://a.test/1", "https://b.test/2", "https://c.test/3"], None),
        ([f"https://a.test/{n}" for n in range(9)] + ["https://b.test/"], "https://a.test/"),
        (["mailto:x"], None),
        ([], None),
    ],
)
def test_the_site_of_a_feed_is_where_nearly_all_its_links_lead(links, expected):
    assert expected == site_of(links)


def test_gaps_are_grouped_by_site_and_said_in_words():
    gaps = [
        OpenGap(n, GAP, n, f"https://f.test/{n}", "f.test", None, (link,), frozenset())
        for n, link in enumerate(["https://a.test/x", "https://b.test/x", "https://a.test/y", ""])
    ]

    assert {"https://a.test/": 2, "https://b.test/": 1, "https://f.test/3": 1} == {
        site: len(theirs) for site, theirs in groups(gaps).items()
    }
    outage = Gap(NOON - timedelta(days=1), NOON, "outage", "")
    assert "found in the outlet's news sitemap after an outage of 1 day" == mark("sitemap", outage)
