"""Which passages two texts share, whatever the texts are, and the evidence that is stored of it."""

import json
import time

import pytest
from copies_texts import (
    BRIDGE,
    BRIDGE_PARAGRAPHS,
    EXTRA,
    OWN,
    OWN_PARAGRAPHS,
    article,
    known,
    lines,
    made,
    verdict,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.copies import decide, recheck, refreshed
from monitor.core.fingerprint import words
from monitor.core.passages import body, compare, evidence, run_around, shared_passages
from monitor.core.wording import numbers, quotations, told_by
from monitor.model import Candidates


def test_evidence_can_be_computed_again_from_the_two_texts():
    text = lines(OWN_PARAGRAPHS[0], *BRIDGE_PARAGRAPHS[2:8], OWN_PARAGRAPHS[1])
    copy = decide(article(text), Candidates(known=(known(revision=4),)), revision=2).copy
    again = compare(text, BRIDGE)

    assert copy.evidence == evidence(again, revision=2, original_revision=4)
    assert copy.evidence["algorithm"] == "passages-2"
    assert (copy.evidence["revision"], copy.evidence["original_revision"]) == (2, 4)
    assert (copy.share, copy.share_of_original) == (again.share, again.share_of_original)


def test_passages_stand_where_they_say():
    text = lines(OWN, *BRIDGE_PARAGRAPHS[2:5], EXTRA[1], BRIDGE_PARAGRAPHS[0])
    here, there = words(text), words(BRIDGE)
    found = compare(text, BRIDGE)

    assert all(
        here[p.start : p.start + p.length] == there[p.original_start : p.original_start + p.length]
        for p in found.passages
    )
    assert all(p.length >= 5 for p in found.passages)
    assert found.moved
    assert found.added_paragraphs == (1, 2, 4, 5, 9)
    assert found.cut_paragraphs == (2, 6, 7, 8, 9, 10)
    assert sum(span.length for span in found.cut) == pytest.approx(
        (1 - found.share_of_original) * len(there), abs=3
    )


def test_a_copy_that_was_edited_keeps_its_original_and_gets_new_shares():
    copy = refreshed(article(lines(*OWN_PARAGRAPHS, BRIDGE_PARAGRAPHS[1])), known(), revision=3)

    assert (copy.original_id, copy.kind) == (7, "edited")
    assert copy.share < 0.35
    assert copy.evidence["revision"] == 3


def test_a_copy_that_became_another_text_says_that_it_was_one():
    copy = refreshed(article(lines(*OWN_PARAGRAPHS)), known(), revision=2)

    assert copy.because.startswith(
        "came as a copy, and one of the two was written anew since: 6 % of this text stands in FAZ"
    )


WORD = st.sampled_from(["a", "b", "c"])


@given(st.lists(WORD, max_size=120), st.lists(WORD, max_size=120))
@settings(max_examples=200, deadline=None)
def test_every_shared_run_of_five_words_is_covered(here, there):
    passages = shared_passages(here, there)
    covered = {n for p in passages for n in range(p.start, p.start + p.length)}
    runs = {tuple(there[n : n + 5]) for n in range(len(there) - 4)}
    expected = {m for n in range(len(here) - 4) if tuple(here[n : n + 5]) in runs for m in range(n, n + 5)}

    assert covered == expected
    assert all(here[p.start : p.start + p.length] == there[p.original_start :][: p.length] for p in passages)


def test_two_passages_may_overlap_where_both_are_needed():
    found = shared_passages(
        ["a", "b", "c", "d", "e", "f", "g"], ["a", "b", "c", "d", "e", "x", "c", "d", "e", "f", "g"]
    )

    assert found == [(0, 5, 0), (2, 5, 6)]


@given(st.integers(0, 9), st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_any_part_of_a_text_stands_in_it_whole(first, count):
    part = lines(*BRIDGE_PARAGRAPHS[first : first + count])
    found = compare(part, BRIDGE)

    assert found.share == 1.0
    assert found.share_of_original == pytest.approx(len(words(part)) / len(words(BRIDGE)), abs=0.001)


def test_paragraphs_are_lines_with_words():
    found = body("Eins zwei.\n\n…\n  Drei.\r\nVier fünf")

    assert found.words == ("eins", "zwei", "drei", "vier", "fünf")
    assert found.paragraphs == (0, 2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("er sagte „ja nein“ dann", [(2, 2)]),
        ("he said “yes no” then", [(2, 2)]),
        ('he said "yes no" then "so"', [(2, 2), (5, 1)]),
        ("il dit «oui non» puis", [(2, 2)]),
        ("er sagte »ja nein« dann", [(2, 2)]),
        ("er sagte „ja\nnein dann", []),
        ("offen „" + "wort " * 300 + "“", []),
        ("ohne", []),
    ],
)
def test_quotations_are_found_by_their_marks(text, expected):
    assert list(quotations(text)) == expected


def test_numbers_are_words_with_a_digit():
    assert numbers(words("Covid19 kam 2020, die 3. Welle im Mai")) == ["covid19", "2020", "3"]


def test_a_headline_of_few_words_tells_nothing():
    assert told_by(words("Ein Tag im Mai"), words(BRIDGE)) is None
    assert told_by(words("Hafenbrücken gesperrt: Nordersiel staunt"), words(BRIDGE)) == 0.75


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("wort " * 20_000, "wort " * 20_000),
        ("wort " * 20_000, "wort " * 5),
        ("a b " * 10_000, "b a " * 10_000),
        (
            " ".join(str(n % 6) for n in range(20_000)),
            " ".join(str(n % 6) if n % 37 else "x" for n in range(20_000)),
        ),
        (" ".join(str(n) for n in range(20_000)), " ".join(str(20_000 - n) for n in range(20_000))),
        ("„" * 20_000 + "wort " * 30, "“" * 20_000 + "wort " * 30),
        ("1 2 3 4 5 6 " * 3_000, "1 2 3 4 5 7 " * 3_000),
    ],
)
def test_a_hostile_text_costs_bounded_time_and_evidence(text, original):
    started = time.process_time()
    found = verdict(text, known(original))
    spent = time.process_time() - started

    assert spent < 1.5
    assert all(len(link.evidence["passages"]) <= 1000 for link in found.links)


def test_comparing_costs_little_more_than_reading_the_words():
    def spent(work):
        started = time.process_time()
        for _ in range(30):
            work()
        return time.process_time() - started

    text = lines(EXTRA[0], *BRIDGE_PARAGRAPHS[:4], EXTRA[1], *BRIDGE_PARAGRAPHS[4:])
    reading = min(spent(lambda: (words(text), words(BRIDGE))) for _ in range(3))

    assert min(spent(lambda: compare(text, BRIDGE)) for _ in range(3)) < 8 * reading


# ── evidence, computed again ─────────────────────────────────────────────────────────────────────


TEXT = lines(OWN_PARAGRAPHS[0], *BRIDGE_PARAGRAPHS[2:8], OWN_PARAGRAPHS[1])


def row_of(**changes):
    copy = decide(article(TEXT), Candidates(known=(known(),))).copy
    return {
        "kind": copy.kind, "share": copy.share, "share_of_original": copy.share_of_original,
        "evidence": json.dumps(copy.evidence),
    } | changes  # fmt: skip


def test_a_row_that_the_texts_bear_out_has_no_problems():
    assert recheck(TEXT, BRIDGE, row_of()) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"share": 0.123}, "share is 0.123, but the texts give "),
        ({"share_of_original": 0.5}, "share_of_original is 0.5, but the texts give "),
        ({"kind": "identical"}, "the kind is identical, but the shares make it edited"),
        ({"evidence": "{"}, "the evidence is no JSON"),
        ({"evidence": '{"algorithm": "passages-0"}'}, "the evidence was made by passages-0"),
    ],
)
def test_a_row_that_was_tampered_with_says_where(changes, problem):
    problems = recheck(TEXT, BRIDGE, row_of(**changes))

    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_text_that_was_changed_below_its_evidence_is_found():
    problems = recheck(TEXT.replace("Brücke", "Fähre"), BRIDGE, row_of())

    assert any(problem.startswith("the passages are not those") for problem in problems)


@given(st.integers(0, 9), st.integers(1, 10), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_whatever_is_claimed_stands_in_runs_of_eight_words(first, count, every):
    tokens = " ".join(BRIDGE_PARAGRAPHS[first : first + count]).split()
    edited = " ".join(f"anders{n}" if every and n % every == 0 else word for n, word in enumerate(tokens))
    found = compare(edited, BRIDGE)

    assert all(passage.length >= 8 for passage in found.passages)
    assert found.shared_words == pytest.approx(found.share * found.words, abs=0.5 + found.words / 2000)


@pytest.mark.parametrize("paragraph", range(10))
def test_the_run_around_a_place_is_as_long_as_what_is_shared_there(paragraph):
    text = words(
        f"{made(words_count=30, seed=1)} {BRIDGE_PARAGRAPHS[paragraph]} {made(words_count=30, seed=2)}"
    )
    shared = len(words(BRIDGE_PARAGRAPHS[paragraph]))

    assert min(shared, 25) <= run_around(text, 30 + shared // 2 - 2, BRIDGE) <= shared
    assert run_around(text, 3, BRIDGE) == 0
