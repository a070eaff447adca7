"""Three texts of which one is copied by both others: one story, whichever comes first."""

from dataclasses import replace
from itertools import permutations

import pytest
from copies_texts import (
    BRIDGE_PARAGRAPHS,
    EXTRA,
    OWN_PARAGRAPHS,
    SEEN,
    article,
    known,
    lines,
    made,
    verdict,
)
from store_scene import all_rows, minutes, quick_store, settings, value

from monitor.core import copies, uniting
from monitor.core.copies import recheck
from monitor.model import Match, Override
from monitor.store.invariants import violations

# The second is more than half of the first, and more than half of the third; these two share a third.
FIRST = lines(*BRIDGE_PARAGRAPHS[:6], made(words_count=90, seed=1))
MIDDLE = lines(*BRIDGE_PARAGRAPHS[2:9])
LAST = lines(*BRIDGE_PARAGRAPHS[4:10], made(words_count=90, seed=2))
TEXTS = {"faz": FIRST, "taz": MIDDLE, "zeit": LAST}
HOURS = minutes(60)


def of(name, minute=0, text=None, **changes):
    fields = {"url": f"https://{name}.test/1", "outlet_id": f"{name}.test", "title": f"Havarie, sagt {name}"}
    return article(text or TEXTS[name], first_seen=SEEN + minutes(minute), **fields | changes)


def as_known(one, number):
    return known(one.text, article_id=number, story_id=number, title=one.title, outlet_id=one.outlet_id,
                 first_seen=one.first_seen, agency=None)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        opened.run(lambda books: books.sync(settings(tmp_path), SEEN))
        yield opened


def put(store, one, matches=()):
    """Decide about an article and keep it, as `settle.place` does."""

    def work(books):
        verdict_ = copies.decide(one, books.candidates(one.fingerprint, language="de", outlet=one.outlet_id))
        number = books.add_article(one, verdict_, matches, one.first_seen)
        for story_id in verdict_.unites:
            books.unite(number, story_id)
        return number

    return store.run(work)


# ── the verdict ──────────────────────────────────────────────────────────────────────────────────


def test_the_first_and_the_last_are_no_copies_of_each_other():
    assert verdict(LAST, known(FIRST)).copy is None
    assert verdict(MIDDLE, known(FIRST)).copy is not None
    assert verdict(MIDDLE, known(LAST)).copy is not None


def test_a_text_that_is_a_copy_of_two_originals_of_these_hours_unites_their_stories():
    earlier, later = as_known(of("faz"), 1), as_known(of("zeit", 5), 2)
    found = verdict(MIDDLE, later, earlier)

    assert (found.copy.story_id, found.copy.original_id, found.unites) == (1, 1, (2,))
    assert (found.links, found.near_misses) == ((), ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (as_known(of("faz", -361 + 120), 1), as_known(of("zeit"), 2)),  # the article is seen at 120
        (as_known(of("faz"), 1), as_known(of("zeit", -361 + 120), 2)),
        (as_known(of("faz"), 1), as_known(of("zeit", 120 + 361), 2)),
    ],
)
def test_a_story_that_began_more_than_six_hours_before_or_after_stays_as_it_is(one, other):
    found = verdict(MIDDLE, one, other)

    assert found.unites == ()
    assert [link.kind for link in found.links] == ["partial"]


@pytest.mark.parametrize("footer", ["", BRIDGE_PARAGRAPHS[9]])
def test_a_round_up_does_not_unite_two_reports_that_share_a_paragraph_at_most(footer):
    bridge = lines(*BRIDGE_PARAGRAPHS[:5], footer)
    round_ = lines(*EXTRA, made(words_count=150, seed=3), footer)
    found = verdict(
        lines(bridge, round_),
        known(bridge, article_id=1, story_id=1),
        known(round_, article_id=2, story_id=2),
    )

    assert found.copy is not None
    assert found.unites == ()


def test_an_issue_of_the_same_series_is_not_united():
    daily = "Am {} meldete das Amt {} neue Fälle, {} Menschen starben, die Quote stieg auf {} je 100.000 Einwohner. "
    one, other = (
        as_known(of("faz", text=lines(*(daily.format(a + n, 700 * a + n, 30 * a + n, 90 * a + n)
                                               for n in range(1, 9)))), a)
        for a in (1, 3)
    )  # fmt: skip

    assert uniting.united(of("taz", 60), [one, other], one) == ()


def test_two_pages_that_are_the_same_wall_are_not_united():
    wall = made(words_count=60, seed=5)
    one, other = (
        replace(as_known(of(name, text=wall), number), title=title)
        for number, name, title in (
            (1, "faz", "Warum Bienen noch im Winter summen"),
            (2, "faz", "Sieger des Festivals heißt Krause"),
        )
    )

    assert uniting.united(of("taz", 60), [one, other], one) == ()


def test_a_story_joined_by_a_later_member_is_not_united_with_another():
    original = as_known(of("faz"), 1)
    member = replace(as_known(of("zeit", 5), 7), story_id=2, is_original=False)

    assert uniting.united(of("taz", 60), [original], member) == ()


# ── the archive ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", list(permutations(TEXTS)))
def test_in_every_order_of_arrival_the_three_are_one_story_with_evidence(store, order):
    for n, name in enumerate(order):
        put(store, of(name, 10 * n))

    assert all_rows(store, "select articles, outlets from stories") == [(3, 3)]
    assert value(store, "select count(*) from copies") == 2
    rows = store.run(
        lambda books: [
            (here, there, dict(zip(("kind", "share", "share_of_original", "evidence"), row, strict=True)))
            for here, there, *row in books.conn.execute(
                "select a.text, b.text, kind, share, share_of_original, evidence from copies"
                " join article_text as a using (article_id)"
                " join article_text as b on b.article_id = copies.original_id"
            )
        ]
    )
    assert [recheck(*row) for row in rows] == [[], []]
    assert min(min(row["share"], row["share_of_original"]) for *_, row in rows) >= 0.4


@pytest.fixture
def united(store):
    """Articles 1 and 2, each the start of a story, and 3, which is a copy of both."""
    put(store, of("faz"), [Match("bridges", "[Brücke]")])
    put(store, of("zeit", 5), [Match("bridges", "[Brücke]")])
    store.run(lambda books: books.announce("bridges", 2, "desk", SEEN))
    put(store, of("taz", 10))
    return store


def test_the_older_story_stays_and_the_original_of_the_other_names_the_text_that_united_them(united):
    assert all_rows(united, "select id, original_id, articles from stories") == [(1, 1, 3)]
    assert all_rows(united, "select article_id, original_id from copies order by 1") == [(2, 3), (3, 1)]
    assert value(united, "select because from copies where article_id = 2").startswith(
        "part of this story since a text came that is a copy of both; "
    )
    assert value(united, "select count(*) from links") == 0
    assert value(united, "select count(*) from pragma_foreign_key_check") == 0
    assert list(united.run(lambda books: list(violations(books.conn, now=SEEN + 2 * HOURS)))) == []


def test_what_was_announced_of_a_united_story_is_not_announced_again(united):
    united.run(lambda books: books.announce("bridges", 3, "desk", SEEN))

    assert all_rows(united, "select key, story_id from outbox") == [("bridges:1:desk", 1)]


def test_the_texts_of_both_lead_to_the_one_story_which_counts_once(united):
    for text in TEXTS.values():
        one = of("welt", 20, text=text)
        seen = united.run(lambda books, one=one: books.seen(one.fingerprint))
        assert set(seen.hits) == {1}
        assert seen.same == (1,)
        assert seen.background == frozenset()


def test_the_number_of_a_story_that_is_gone_is_not_given_again(united):
    put(united, of("welt", 30, text=lines(*OWN_PARAGRAPHS)))

    assert all_rows(united, "select id from stories order by id") == [(1,), (3,)]
    assert all_rows(united, "select story_id, into_id from _united") == [(2, 1)]


def test_a_story_that_took_another_in_can_become_part_of_a_third(united):
    put(united, of("welt", 30, text=lines(*OWN_PARAGRAPHS)))
    united.run(lambda books: books.join(3, 1, SEEN))

    assert all_rows(united, "select story_id, into_id from _united order by 1") == [(1, 3), (2, 3)]


@pytest.mark.parametrize(
    "said",
    [
        Override("never_merge", SEEN, "https://faz.test/1", "https://zeit.test/1"),
        Override("never_merge", SEEN, "https://zeit.test/1", "https://faz.test/1"),
        Override("off", SEEN, outlet_id="zeit.test"),
        Override("off", SEEN, topic_id="bridges"),
    ],
)
def test_what_the_user_wants_apart_is_not_united(store, said):
    put(store, of("faz"), [Match("bridges", "[Brücke]")])
    put(store, of("zeit", 5), [Match("bridges", "[Brücke]")])
    store.run(lambda books: books.say(said))
    put(store, of("taz", 10))

    assert all_rows(store, "select original_id, articles from stories order by id") == [(1, 2), (2, 1)]
