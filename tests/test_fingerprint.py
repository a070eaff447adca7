"""What of a text can be compared: words, shingles, sketches that stay the same for ever."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.fingerprint import (
    HASH_BITS,
    MOST_ROWS,
    digest,
    fingerprint,
    shingle_hashes,
    sketch_and_probes,
    winnowed,
    words,
)


def sketch(hashes):
    return sketch_and_probes(hashes)[0]


def probes(hashes):
    return sketch_and_probes(hashes)[1]


BRIDGE = (Path(__file__).parent / "data" / "copies_bridge.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Der Präsident sagte: »Nein!«", ["der", "präsident", "sagte", "nein"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("am 24.3.2026 um 6:12", ["am", "24", "3", "2026", "um", "6", "12"]),
        ("Ukra\u00adine und\u200b Kyjiw", ["ukraine", "und", "kyjiw"]),
        ("ﬁnden ＡＢＣ e\u0301tat", ["finden", "abc", "état"]),
        ("ещё еще", ["еще", "еще"]),
        ("м\u02bcяч м'яч м’яч", ["м", "яч", "м", "яч", "м", "яч"]),
        ("snake_case dpa-infocom", ["snake", "case", "dpa", "infocom"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("北京2026年", ["北", "京", "2026", "年"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("", []),
        ("… – » «", []),
    ],
)
def test_words_have_one_spelling(text, expected):
    assert words(text) == expected


def test_ascii_and_other_texts_are_normalised_alike():
    assert words("The MEETING, at 9:30") == words("The MEETING, at 9:30 …")


def test_a_fingerprint_is_the_same_in_every_process():
    program = f"from monitor.core.fingerprint import fingerprint; print(fingerprint({BRIDGE!r}))"
    run = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": str(Path(__file__).parents[1]),
                "PYTHONIOENCODING": "utf-8",
            },
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed in ("0", "1")
    ]

    assert run[0] == run[1] == f"{fingerprint(BRIDGE)}\n"


def test_stored_hashes_still_mean_the_same():
    """Every archive would have to be indexed anew if one of these numbers changed."""
    hashes = shingle_hashes(words("one two three four five six"))

    assert hashes == PINNED


PINNED = [30325358386, 28668751703]


def test_a_shingle_has_the_same_hash_wherever_it_stands():
    tokens = words(BRIDGE)

    assert shingle_hashes(tokens)[40:60] == shingle_hashes(tokens[40:64])


def test_hashes_fit_their_bits_and_fill_them_evenly():
    hashes = [hash_ for n in range(2000) for hash_ in shingle_hashes([f"w{n}", "a", "b", f"x{n}", "c"])]

    assert all(0 <= hash_ < 1 << HASH_BITS for hash_ in hashes)
    assert 850 < sum(hash_ < 1 << HASH_BITS - 1 for hash_ in hashes) < 1150


def test_word_order_matters():
    assert set(shingle_hashes(["a", "b", "c", "d", "e"])).isdisjoint(
        shingle_hashes(["e", "d", "c", "b", "a"])
    )


def test_a_sketch_is_ascending_distinct_and_bounded():
    long = shingle_hashes([str(n * n) for n in range(60_000)])
    short = shingle_hashes([str(n) for n in range(30)])

    assert list(sketch(long)) == sorted(set(sketch(long)))
    assert len(sketch(long)) == MOST_ROWS
    assert 10 <= len(sketch(short)) <= 26


def test_one_shingle_in_twenty_eight_is_kept():
    assert 320 < len(sketch(shingle_hashes([str(n * n) for n in range(10_000)]))) < 400


@given(st.lists(st.integers(0, 50), max_size=120), st.integers(1, 40))
@settings(deadline=None)
def test_kept_is_what_is_the_smallest_of_some_window(hashes, window):
    distinct = list(dict.fromkeys(hashes))
    windows = [distinct[n : n + window] for n in range(len(distinct) - window + 1)]

    assert sorted(winnowed(hashes, window)) == sorted({min(part) for part in windows})


def test_any_sixty_words_that_two_texts_share_leave_a_common_hash():
    shared = [f"shared{n}" for n in range(60)]
    first = [f"a{n}" for n in range(333)] + shared + [f"b{n}" for n in range(217)]
    second = [f"c{n}" for n in range(91)] + shared + [f"d{n}" for n in range(600)]

    for one, other in ((first, second), (second, first)):
        assert set(sketch(shingle_hashes(one))) & set(probes(shingle_hashes(other)))


def test_what_is_asked_has_all_that_is_kept():
    for count in (20, 60, 300, 3000, 9000):
        hashes = shingle_hashes([str(n * n) for n in range(count)])

        assert set(sketch(hashes)) <= set(probes(hashes))


def test_a_contrived_text_costs_no_more_than_its_length():
    started = time.process_time()
    winnowed(range(100_000), 8)
    winnowed(range(100_000, 0, -1), 8)

    assert time.process_time() - started < 5


def test_a_half_shares_with_the_whole_what_it_has():
    tokens = [str(n * n) for n in range(2000)]
    whole, half = sketch(shingle_hashes(tokens)), probes(shingle_hashes(tokens[:1000]))
    first = set(shingle_hashes(tokens[:1000]))

    assert len(first & set(whole) - set(half)) <= 1


@pytest.mark.parametrize("text", ["", "zu kurz", "wort " * 19])
def test_a_text_of_a_few_words_has_no_fingerprint(text):
    assert fingerprint(text) is None


def test_one_word_repeated_is_one_shingle():
    found = fingerprint("wort " * 20_000)

    assert found is not None
    assert found.words == 20_000
    assert len(found.hashes) == 1


def test_equal_words_have_an_equal_digest():
    assert digest(words("Ein Text, ganz kurz.")) == digest(words("ein   TEXT\nganz kurz"))
    assert digest(words("Ein Text")) != digest(words("Text ein"))


def test_lone_surrogates_cost_nothing():
    assert fingerprint("\ud800 wort " * 30) is not None


def test_a_fingerprint_costs_little_more_than_its_words():
    def spent(work):
        started = time.process_time()
        for _ in range(40):
            work(BRIDGE)
        return time.process_time() - started

    plain = min(spent(words) for _ in range(3))

    assert min(spent(fingerprint) for _ in range(3)) < 8 * plain
