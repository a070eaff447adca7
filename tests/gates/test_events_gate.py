"""Events have a floor, pinned together with the digest of what it was measured on.

`events_floors.json` holds both; `because` says what was tuned on and what was only measured. A floor is
raised when events got better; it is lowered only with a sentence there that says what was won instead.
Everything runs through the real books in a real database, oldest first.
"""

import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from copies_made import digest_of
from events_made import made
from events_stream import ecb_labels, ecb_rows, labels_of, placed, press_rows, scores

HERE = Path(__file__).parent
FLOORS = json.loads((HERE / "events_floors.json").read_text(encoding="utf-8"))
LABELS = json.loads((HERE / "events_labels.json").read_text(encoding="utf-8"))
CORPUS = HERE.parents[2] / "shared" / "corpus"
PRESS = CORPUS / "copies" / "press-de-2021q1.jsonl.gz"
GOLD, ECB = CORPUS / "events" / "events-de-2021-03.jsonl", CORPUS / "events" / "ecbplus-en.jsonl.gz"
needs_corpus = pytest.mark.skipif(
    not all(path.exists() for path in (PRESS, GOLD, ECB)),
    reason="the corpus of press articles and events is not beside this repository",
)


def below(floor, found):
    """Which of BCubed F1 and pairwise F1 are worse than they were."""
    reached = {"bcubed": round(found.f1, 3), "pairs": round(found.pair_f1, 3)}
    return {name: value for name, value in reached.items() if value < floor[name]}


@pytest.fixture(scope="module", params=sorted(FLOORS["made"]))
def fortnight(request):
    """A made-up fortnight of one seed, its floor, and the events that were found."""
    rows = made(int(request.param))
    return rows, FLOORS["made"][request.param], placed(rows)


def test_the_made_up_fortnight_is_the_one_that_was_measured(fortnight):
    rows, floor, _ = fortnight

    assert digest_of(rows) == floor["digest"]


def test_made_up_happenings_are_found(fortnight):
    rows, floor, found = fortnight

    assert {} == below(floor, scores({row["id"]: row["event"] for row in rows}, found))


def test_made_up_traps_join_nothing_of_others(fortnight):
    rows, floor, found = fortnight
    told = defaultdict(set)
    for row in rows:
        told[found[row["id"]]].add(row["event"])
    mixed = Counter(row["kind"] for row in rows if len(told[found[row["id"]]]) > 1)

    assert {kind: mixed[kind] for kind in ("of a kind", "daily", "again", "alone")} == dict.fromkeys(
        ("of a kind", "daily", "again", "alone"), 0
    )
    assert mixed["round-up"] <= floor["round-ups"]


def test_no_event_swallows_others(fortnight):
    _, floor, found = fortnight

    assert max(Counter(found.values()).values()) <= floor["largest"]


@needs_corpus
def test_the_corpus_is_the_one_that_was_measured():
    measured = hashlib.sha256(b"".join(path.read_bytes() for path in (PRESS, GOLD, ECB))).hexdigest()

    assert measured == FLOORS["corpus"]["digest"]


@needs_corpus
@pytest.mark.parametrize(
    "name",
    [
        "german, January 7 to 18",
        "german, February 1 to 3",
        "german, February 9 to 11",
        "german, February 13 to 16",
        "german, February 23 to 25",
        "german, January 25 to 27",
        "german, February 4 to 6",
        "german, February 17 to 19",
        "german, February 26 to 28",
    ],
)
def test_the_days_that_the_thresholds_were_chosen_on(name):
    floor = FLOORS["corpus"][name]
    rows = press_rows(PRESS, floor["from"], floor["until"])
    gold = {one: str(number) for number, group in enumerate(LABELS["together"]) for one in group}
    gold |= {one: one for one in LABELS["alone"]}
    of_these = {row["id"] for row in rows if row["published"] >= floor["labelled from"]}

    found = scores({one: event for one, event in gold.items() if one in of_these}, placed(rows))
    assert {} == below(floor, found)


@needs_corpus
def test_the_german_days_that_were_only_measured():
    floor = FLOORS["corpus"]["german, March 24 to 26"]

    found = scores(labels_of(GOLD), placed(press_rows(PRESS, floor["from"], floor["until"])))
    assert {} == below(floor, found)


@pytest.fixture(scope="module")
def ecb():
    return placed(ecb_rows(ECB))


@needs_corpus
@pytest.mark.parametrize("topics", ["odd", "even", "all"])
def test_english_events(ecb, topics):
    """The odd topics were tuned on; the even ones were looked at when the last threshold was chosen."""
    assert {} == below(FLOORS["corpus"][f"ecb+, {topics} topics"], scores(ecb_labels(ECB, topics), ecb))
