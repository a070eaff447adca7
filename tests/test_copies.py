"""Who copied whom: what joins a story, what is only linked, what stands alone, and what is said of it."""

from datetime import UTC, datetime, timedelta

import pytest
from copies_texts import (
    BRIDGE,
    BRIDGE_PARAGRAPHS,
    EXTRA,
    OWN,
    OWN_PARAGRAPHS,
    QUOTE,
    SEEN,
    article,
    known,
    lines,
    made,
    verdict,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.copies import decide
from monitor.core.kinship import kind
from monitor.model import Candidates

# ── copies ───────────────────────────────────────────────────────────────────────────────────────


def test_the_same_text_is_identical():
    copy = verdict(BRIDGE).copy

    assert (copy.kind, copy.share, copy.share_of_original) == ("identical", 1.0, 1.0)
    assert (copy.original_id, copy.story_id) == (7, 3)
    assert copy.because == "the same text as FAZ (24 March 06:12 UTC, dpa); new headline"


def test_of_words_that_stand_everywhere_nobody_says_that_nothing_is_like_them():
    one = article(BRIDGE)
    hashes = one.fingerprint.hashes

    assert decide(one, Candidates(background=frozenset(hashes))).because == (
        "starts a story: most of its words stand in several other stories, as those of a series do, and nothing in "
        "the archive is like the rest"
    )
    few = frozenset(list(hashes)[: len(hashes) // 3])
    assert decide(one, Candidates(background=few)).because == "starts a story: nothing like it in the archive"


def test_its_first_half_is_shortened():
    copy = verdict(lines(*BRIDGE_PARAGRAPHS[:5])).copy

    assert (copy.kind, copy.share) == ("shortened", 1.0)
    assert 0.45 < copy.share_of_original < 0.55
    assert copy.because == (
        "all of this text stands in FAZ (24 March 06:12 UTC, dpa); it has 51 % of that text; "
        "paragraphs 6–10 of the original are missing; new headline"
    )


def test_the_whole_with_paragraphs_around_is_extended():
    copy = verdict(lines(OWN_PARAGRAPHS[0], *BRIDGE_PARAGRAPHS, *OWN_PARAGRAPHS[3:])).copy

    assert (copy.kind, copy.share_of_original) == ("extended", 1.0)
    assert 0.7 < copy.share < 0.85
    assert "paragraphs 1 and 12–13 are its own" in copy.because


def test_new_words_in_every_part_make_it_edited():
    edited = lines(
        EXTRA[0], OWN_PARAGRAPHS[4], *BRIDGE_PARAGRAPHS[1:4], OWN_PARAGRAPHS[3], *BRIDGE_PARAGRAPHS[6:]
    )
    copy = verdict(edited).copy

    assert copy.kind == "edited"
    assert (
        "paragraphs 1–2 and 6 are its own; paragraphs 1 and 5–6 of the original are missing" in copy.because
    )


def test_another_order_is_told():
    copy = verdict(lines(*BRIDGE_PARAGRAPHS[5:], *BRIDGE_PARAGRAPHS[:5])).copy

    assert copy.kind == "identical"
    assert copy.evidence["moved"] is True


def test_the_headline_is_compared_in_words():
    same = verdict(BRIDGE, title="BAGGERSCHIFF rammt Hafenbrücke – in Nordersiel").copy

    assert same.because.endswith("same headline")


def test_typography_makes_no_difference():
    other = (
        BRIDGE.replace("»", "“").replace("«", "”").replace("ö", "o\u0308").replace("Brücke", "Brü\u00adcke")
    )

    assert verdict(other).copy.kind == "identical"


@pytest.mark.parametrize(
    ("share", "of_original", "expected"),
    [
        (1.0, 1.0, "identical"),
        (0.97, 0.97, "identical"),
        (0.969, 0.97, "edited"),
        (0.97, 0.849, "shortened"),
        (0.85, 0.849, "shortened"),
        (0.849, 0.85, "extended"),
        (0.85, 0.85, "edited"),
        (0.849, 0.849, "edited"),
        (0.5, 1.0, "extended"),
    ],
)
def test_kinds_follow_from_the_two_shares(share, of_original, expected):
    assert kind(share, of_original) == expected


def test_a_source_of_another_year_says_its_year():
    copy = verdict(BRIDGE, known(first_seen=datetime(2025, 12, 31, 23, 5, tzinfo=UTC), agency=None)).copy

    assert "FAZ (31 December 2025 23:05 UTC)" in copy.because


# ── what starts a story ──────────────────────────────────────────────────────────────────────────


def test_a_source_that_tells_only_its_day_is_given_no_time():
    copy = verdict(BRIDGE, known(first_seen=datetime(2026, 3, 23, tzinfo=UTC), agency=None)).copy

    assert "FAZ (23 March)" in copy.because


def test_an_empty_archive_has_nothing_like_it():
    found = decide(article(BRIDGE), Candidates())

    assert found.copy is None
    assert found.because == "starts a story: nothing like it in the archive"


def test_an_own_report_on_the_same_event_is_a_story():
    found = verdict(OWN)

    assert found.copy is None
    assert found.links == ()
    assert found.because == (
        "starts a story: 6 % of it stands in FAZ (24 March 06:12 UTC, dpa), but too little to be a copy"
    )


def test_a_shared_quotation_is_a_link_and_no_copy():
    found = verdict(lines(*OWN_PARAGRAPHS, QUOTE), known(lines(*BRIDGE_PARAGRAPHS, QUOTE)))

    assert found.copy is None
    assert [link.kind for link in found.links] == ["quote"]
    assert "what they share is a quotation, 36 words in one passage" in found.links[0].because


def test_a_brief_that_is_mostly_the_same_quotation_is_no_copy_either():
    found = verdict(
        lines("Kurz und bündig: So reagiert das Rathaus auf die Havarie, hier im Wortlaut des Tages.", QUOTE),
        known(lines("Am Abend trat der Bürgermeister auf den Balkon und sprach zu vielen Wartenden.", QUOTE)),
    )

    assert found.copy is None
    assert [link.kind for link in found.links] == ["quote"]


def test_a_quotation_and_a_little_more_is_partial_where_the_rest_differs():
    more = " ".join(BRIDGE_PARAGRAPHS[1].split()[:11])
    found = verdict(
        lines(made(words_count=45, seed=1), QUOTE, more),
        known(lines(made(words_count=45, seed=2), QUOTE, more)),
    )

    assert found.copy is None
    assert [link.kind for link in found.links] == ["partial"]


def test_one_paragraph_in_another_article_is_partial():
    found = verdict(lines(*OWN_PARAGRAPHS, BRIDGE_PARAGRAPHS[5]))

    assert found.copy is None
    assert [(link.kind, link.other_id) for link in found.links] == [("partial", 7)]
    assert "too little to be a copy" in found.because


def test_a_brief_in_a_long_article_is_contained():
    found = verdict(BRIDGE_PARAGRAPHS[0])

    assert found.copy is None
    assert [link.kind for link in found.links] == ["contained"]
    assert "one text is 11 times as long as the other" in found.because


@pytest.mark.parametrize("text", ["", "Eilmeldung folgt", BRIDGE[:120]])
def test_a_text_too_short_to_compare_is_never_a_copy(text):
    found = verdict(text, known(text))

    assert found.copy is None
    assert "too few to compare" in found.because


def test_a_short_text_joins_only_when_nearly_all_is_the_same():
    short = " ".join(BRIDGE_PARAGRAPHS[0].split()[:30])
    other_end = f"{' '.join(short.split()[:18])} {made(words_count=12, seed=1)}"

    assert verdict(short, known(short)).copy.kind == "identical"
    assert verdict(other_end, known(short)).copy is None


def test_an_empty_known_text_is_no_original():
    assert verdict(BRIDGE, known("")).copy is None


# ── several candidates ───────────────────────────────────────────────────────────────────────────


def test_the_nearest_text_is_the_original():
    before = SEEN - timedelta(days=1)
    half = known(lines(*BRIDGE_PARAGRAPHS[:5]), article_id=1, story_id=1, first_seen=before)
    found = verdict(BRIDGE, half, known(article_id=2, story_id=2))

    assert found.copy.story_id == 2
    assert [(link.kind, link.other_id) for link in found.links] == [("partial", 1)]


def test_of_equal_texts_the_one_seen_first_is_the_original():
    late = known(article_id=1, story_id=1, first_seen=SEEN + timedelta(minutes=5))
    early = known(article_id=2, story_id=2)

    assert verdict(BRIDGE, late, early).copy.story_id == verdict(BRIDGE, early, late).copy.story_id == 2


def test_the_story_s_original_is_named_although_a_later_copy_is_nearer():
    member = known(
        lines(EXTRA[0], *BRIDGE_PARAGRAPHS[:7]),
        article_id=9,
        is_original=False,
        first_seen=SEEN + timedelta(hours=1),
    )
    found = verdict(lines(EXTRA[0], *BRIDGE_PARAGRAPHS[:7]), member, known())

    assert (found.copy.original_id, found.copy.story_id) == (7, 3)
    assert found.links == ()


def test_a_copy_of_a_later_member_names_that_member_where_the_original_is_too_far():
    joined = lines(*BRIDGE_PARAGRAPHS[:2], made(words_count=380, seed=5))
    member = known(
        lines(*BRIDGE_PARAGRAPHS[:6], made(words_count=300, seed=5)), article_id=9, is_original=False
    )
    found = verdict(joined, known(), member)

    assert (found.copy.original_id, found.copy.story_id) == (9, 3)


@pytest.mark.parametrize(("paragraphs", "joined"), [(5, None), (8, 9)])
def test_only_most_of_a_member_goes_past_a_strange_original(paragraphs, joined):
    member = known(BRIDGE, article_id=9, is_original=False)
    text = lines(*BRIDGE_PARAGRAPHS[:paragraphs], made(words_count=200, seed=2))
    found = verdict(text, known(lines(made(words_count=300, seed=1))), member)

    assert joined == (found.copy and found.copy.original_id)
    assert bool(joined) != ("a later member of a story whose original it has nothing of" in found.because)


def test_links_are_one_for_a_story_and_five_at_most():
    def archive(stories):
        return [
            known(
                lines(made(words_count=200, seed=n), paragraph), article_id=10 + n, story_id=20 + n % stories
            )
            for n, paragraph in enumerate(BRIDGE_PARAGRAPHS[:8])
        ]

    text = lines(*BRIDGE_PARAGRAPHS[:8], *OWN_PARAGRAPHS)

    assert len(verdict(text, *archive(stories=4)).links) == 4
    assert len(verdict(text, *archive(stories=8)).links) == 5


@given(st.permutations(range(4)))
@settings(max_examples=24, deadline=None)
def test_the_order_of_the_candidates_decides_nothing(order):
    archive = (
        known(article_id=1, story_id=1),
        known(lines(*BRIDGE_PARAGRAPHS[:6]), article_id=2, story_id=2),
        known(lines(*BRIDGE_PARAGRAPHS[4:]), article_id=3, story_id=1, is_original=False),
        known(lines(OWN, BRIDGE_PARAGRAPHS[2]), article_id=4, story_id=3),
    )
    text = lines(*BRIDGE_PARAGRAPHS[:8], *EXTRA)

    assert verdict(text, *(archive[n] for n in order)) == verdict(text, *archive)
