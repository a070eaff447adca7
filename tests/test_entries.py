"""New, changed, seen: whatever a feed does to the identity of its entries (S27, S30)."""

import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from monitor.core.entries import address_of, digest, reconcile, respelled, spellings
from monitor.core.items import keyed
from monitor.core.parse import parse_feed
from monitor.errors import ParseError
from monitor.model import Entry, KnownEntry

SERIES = Path(__file__).parents[1] / "../shared/corpus/feeds/series-gesab001"

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(guid=None, url=None, title="A title", **more):
    return Entry(key="", guid=guid, url=url, title=title, **more)


def served(*entries):
    """The entries as a document gives them: with their keys."""
    return list(keyed(entries))


def rows(entries, first_id=1):
    """What the archive knows after these entries were new."""
    return [
        KnownEntry(number, e.key, e.guid, address_of(e), digest(e), "stored")
        for number, e in enumerate(entries, first_id)
    ]


def kinds(changes):
    return len(changes.new), len(changes.changed), len(changes.seen)


A = entry("a", "https://example.org/a-1", "First")
B = entry("b", "https://example.org/b-2", "Second")
C = entry("c", "https://example.org/c-3", "Third")


def test_everything_is_new_to_an_empty_archive_in_the_order_given():
    changes = reconcile([], served(A, B, C))

    assert [e.title for e, _ in changes.new] == ["First", "Second", "Third"]
    assert kinds(changes) == (3, 0, 0)


def test_the_same_poll_again_brings_nothing():
    assert kinds(reconcile(rows(served(A, B)), served(A, B))) == (0, 0, 2)


def test_what_left_the_feed_is_no_change_and_what_returns_is_not_new():
    known = rows(served(A, B, C))

    assert reconcile(known, []) == reconcile([], [])
    assert kinds(reconcile(known, served(C))) == (0, 0, 1)
    assert kinds(reconcile(known, served(A, B, C))) == (0, 0, 3)


@pytest.mark.parametrize(
    "edit",
    [{"title": "First, corrected"}, {"summary": "Now with a summary"}, {"updated": NOON}],
    ids=["title", "summary", "updated"],
)
def test_an_edit_is_a_change_of_its_row(edit):
    changes = reconcile(rows(served(A, B)), served(replace(A, **edit), B))

    assert [(row, e.key) for row, e, _ in changes.changed] == [(1, "guid:a")]
    assert changes.seen == (2,)
    assert changes.changed[0][2] == digest(replace(A, **edit))


@pytest.mark.parametrize(
    "edit",
    [
        {"title": " First\n "},
        {"content": "<p>more</p>"},
        {"author": "Somebody"},
        {"published": NOON},
        {"guid": "http://example.org/a"},
        {"url": "http://www.example.org/a-1/?utm_source=rss"},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_what_is_no_edit_is_no_change(edit):
    known = rows(served(replace(A, guid="https://example.org/a"), B))
    again = served(replace(A, guid="https://example.org/a") if "guid" not in edit else A, B)
    again[0] = replace(again[0], **edit)

    assert kinds(reconcile(known, served(*again))) == (0, 0, 2)


def test_guids_that_change_with_every_poll_are_seen_through_by_the_address():
    known = rows(served(A, B))

    assert kinds(reconcile(known, served(replace(A, guid="a?t=2"), replace(B, guid="b?t=2")))) == (0, 0, 2)


def test_one_guid_for_all_items_does_not_make_them_one():
    everything = [replace(e, guid="same") for e in (A, B, C)]
    known = rows(served(*everything))

    assert len({row.key for row in known}) == 3
    assert kinds(reconcile(known, served(*everything))) == (0, 0, 3)
    assert kinds(reconcile(known, served(everything[1]))) == (0, 0, 1)


def test_no_guid_and_one_link_for_all_items_does_not_make_them_one():
    """Such a feed was seen in the wild: every item links to the start page."""
    everything = [replace(e, guid=None, url="https://example.org/") for e in (A, B, C)]
    known = rows(served(*everything))

    assert len({row.key for row in known}) == 3
    assert kinds(reconcile(known, served(*everything))) == (0, 0, 3)
    assert kinds(reconcile(known, served(everything[1]))) == (0, 0, 1)


def test_guids_that_are_positions_do_not_hide_new_items():
    before = served(replace(A, guid="item-1"), replace(B, guid="item-2"))
    after = served(replace(C, guid="item-1"), replace(A, guid="item-2"), replace(B, guid="item-3"))

    changes = reconcile(rows(before), after)

    assert [e.title for e, _ in changes.new] == ["Third"]
    assert changes.new[0][0].key not in {row.key for row in rows(before)}
    assert sorted(changes.seen) == [1, 2]


def test_a_guid_that_went_to_another_item_does_not_take_the_row_of_one_still_served():
    known = rows(served(replace(A, guid="item-1")))
    after = served(
        replace(B, guid="item-1"), replace(A, guid="item-2"), replace(A, guid="item-3", title="Other")
    )

    changes = reconcile(known, after)

    assert changes.seen == (1,)
    assert [e.title for e, _ in changes.new] == ["Second", "Other"]


def test_bare_numbers_are_positions_where_there_is_a_link():
    before, after = served(replace(A, guid="1")), served(replace(B, guid="1"))

    assert kinds(reconcile(rows(before), after)) == (1, 0, 0)


def test_the_same_guid_at_a_new_address_is_a_moved_item():
    changes = reconcile(rows(served(A, B)), served(replace(A, url="https://example.org/a-new-slug-1"), B))

    assert kinds(changes) == (0, 1, 1)
    assert changes.changed[0][1].url == "https://example.org/a-new-slug-1"


def test_a_guid_given_again_to_other_words_at_another_address_is_another_item():
    again = replace(B, guid="a")

    changes = reconcile(rows(served(A)), served(again))
    after = [*rows(served(A)), *rows([e for e, _ in changes.new], 2)]

    assert kinds(changes) == (1, 0, 0)
    assert kinds(reconcile(after, served(again))) == (0, 0, 1)
    assert kinds(reconcile(after, served(replace(C, guid="a")))) == (1, 0, 0)


def test_a_new_headline_at_a_new_address_with_the_same_number_is_the_same_item():
    known = rows(served(replace(A, url="https://example.org/first-104711")))
    now = served(replace(A, url="https://example.org/better-104711", title="Better"))

    assert kinds(reconcile(known, now)) == (0, 1, 0)


def test_a_guid_used_again_for_other_words_is_a_change():
    changes = reconcile(rows(served(A, B)), served(replace(A, title="Something else entirely"), B))

    assert [row for row, _, _ in changes.changed] == [1]


def test_an_item_that_stands_twice_counts_once_as_its_newest_version():
    twice = served(A, replace(A, summary="newer"))

    changes = reconcile([], twice)

    assert [e.summary for e, _ in changes.new] == ["newer"]


def test_two_entries_at_one_address_are_not_guessed_to_be_the_known_one():
    known = rows(served(A))
    two = served(replace(A, guid="x", title="One"), replace(A, guid="y", title="Other"))

    assert kinds(reconcile(known, two)) == (2, 0, 0)


def test_one_entry_for_two_known_rows_at_its_address_is_the_one_that_reads_the_same():
    known = rows(served(replace(A, guid="x", title="One"), replace(A, guid="y", title="Other")))

    changes = reconcile(known, served(replace(A, guid="z", title="Other")))

    assert changes.seen == (2,)
    assert changes.new == ()


def test_a_row_is_given_to_one_entry_only():
    known = rows(served(replace(A, guid="x"), replace(A, guid="y")))

    assert kinds(reconcile(known, served(replace(A, guid="p"), replace(A, guid="q")))) == (0, 0, 2)


def test_entries_without_link_and_guid_are_known_by_their_words():
    everything = [entry(title="One"), entry(title="", summary="Two")]
    known = rows(served(*everything))

    assert kinds(reconcile(known, served(*everything))) == (0, 0, 2)


def test_new_time_stamps_on_everything_are_a_habit_and_no_edit():
    def stamped(hour):
        return [replace(e, updated=NOON.replace(hour=hour)) for e in (A, B, C)]

    known = rows(served(*stamped(8)))

    assert kinds(reconcile(known, served(*stamped(9)))) == (0, 0, 3)
    assert kinds(reconcile(known, served(*stamped(9)[:1], *stamped(8)[1:]))) == (0, 1, 2)


def test_an_edit_among_new_time_stamps_is_still_found():
    before = [
        replace(e, updated=NOON) for e in (A, B, C, replace(A, guid="d", url="https://example.org/d-4"))
    ]
    after = [replace(e, updated=NOON.replace(hour=13)) for e in before]
    after[2] = replace(after[2], title="Third, corrected")

    changes = reconcile(rows(served(*before)), served(*after))

    assert [row for row, _, _ in changes.changed] == [3]


def test_changes_come_in_the_order_of_the_document():
    edited = [replace(A, title="1"), replace(B, updated=NOON), replace(C, title="3")]
    known = rows(served(C, B, A))

    assert [e.guid for _, e, _ in reconcile(known, served(*edited)).changed] == ["a", "b", "c"]


def test_parameters_of_the_configuration_count_for_addresses():
    known = [replace(rows(served(A))[0], key="guid:old")]
    again = served(replace(A, url="https://example.org/a-1?lane=2"))

    assert kinds(reconcile(known, again)) == (1, 0, 0)
    assert kinds(reconcile(known, again, ("lane",))) == (0, 0, 1)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://Example.org/a?fbclid=1", "https://example.org/a"), ("mailto:x@y.z", None), (None, None)],
)
def test_the_address_of_an_entry_is_canonical(url, expected):
    assert expected == address_of(entry(url=url))


@pytest.mark.skipif(not SERIES.exists(), reason="the corpus of poll series is not beside the project")
@pytest.mark.parametrize("name", ["bbc", "rnz"])
def test_over_real_polls_every_item_is_new_once_and_only_once(name):
    """Headlines change, slugs change, items vanish and return: one row for each guid all the same."""
    known, guids = {}, set()
    with tarfile.open(SERIES / f"{name}.tar.xz") as polls:
        for member in islice((member for member in polls if member.isfile()), 30):
            try:
                document = parse_feed(polls.extractfile(member).read(), url="https://example.org/f", now=NOON)
            except ParseError:
                continue
            guids |= {e.guid for e in document.entries}
            changes = reconcile(list(known.values()), document.entries)
            for e, found in changes.new:
                known[e.key] = KnownEntry(len(known) + 1, e.key, e.guid, address_of(e), found, "stored")

    assert len(known) == len(guids) > 100


def test_entries_without_guids_that_go_over_to_https_are_the_same_ones():
    before = served(*(replace(e, guid=None, url=e.url.replace("https://", "http://www.")) for e in (A, B, C)))
    now = served(*(replace(e, guid=None) for e in (A, B, C)))
    assert kinds(reconcile(rows(before), now)) == (3, 0, 0)

    known = respelled(rows(before), spellings(now))

    assert kinds(reconcile(known, now)) == (0, 0, 3)
    assert [row.key for row in known] == [e.key for e in now]


def test_of_two_rows_of_one_entry_the_oldest_is_it():
    twice = served(
        *(replace(A, guid=None, url=url) for url in ("http://example.org/a-1", "http://www.example.org/a-1"))
    )
    known = respelled(rows(twice), spellings(served(replace(A, guid=None))))

    assert [row.id for row in known] == [1]


def test_another_article_is_no_other_spelling():
    known = rows(
        served(*(replace(A, guid=None, url=f"http://example.org/{path}") for path in ("a-2", "a-1?page=2")))
    )

    assert respelled(known, spellings(served(replace(A, guid=None)))) == []


def spelt(entry, url):
    """An entry without a guid, at another spelling of its address."""
    return replace(entry, guid=None, url=url)


def test_an_entry_that_stands_twice_under_two_spellings_counts_once_as_its_newest_version():
    both = served(
        spelt(A, "http://example.org/a-1"), spelt(A, "https://www.example.org/a-1/"), spelt(B, B.url)
    )
    changes = reconcile([], both)

    assert [e.url for e, _ in changes.new] == ["https://www.example.org/a-1/", B.url]


def test_guids_that_are_addresses_are_spelt_in_two_ways_as_well():
    both = served(
        *(entry(f"{way}example.org/a-1", f"{way}example.org/a-1") for way in ("http://www.", "https://"))
    )

    assert kinds(reconcile([], both)) == (1, 0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry("http://example.org/t#1", "http://example.org/t#1"), entry("http://example.org/t#2", "https://example.org/t#2")),
        (entry("1a", "http://example.org/t"), entry("2b", "https://example.org/t")),
        (entry(None, "http://example.org/" + "x" * 400), entry(None, "https://example.org/" + "y" * 400)),
        (entry(None, "http://example.org/a?id=1"), entry(None, "https://example.org/a?id=2")),
    ],
    ids=["items of a page", "guids", "long addresses", "numbers"],
)  # fmt: skip
def test_what_is_told_apart_by_more_than_a_spelling_stays_apart(one, other):
    both = served(one, other)

    assert kinds(reconcile([], both)) == (2, 0, 0)
    assert [row.id for row in respelled(rows(served(one)), spellings(both))] in ([], [1])


def test_of_several_items_of_one_page_none_is_taken_for_another_one():
    ticker = rows(served(*(entry(f"t{n}", "http://example.org/t", f"Item {n}") for n in range(3))))
    now = served(entry("t9", "https://example.org/t", "Item 9"))

    assert respelled(ticker, spellings(now)) == []


def test_two_new_items_of_one_page_are_no_other_spelling_of_a_third():
    now = served(*(entry(f"t{n}", "https://example.org/t", f"Item {n}") for n in (2, 3)))

    assert spellings(now) == {}
