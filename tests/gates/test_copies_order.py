"""The order of arrival matters little, and a killed import leaves what an undisturbed one leaves."""

import json
from pathlib import Path

import pytest
from copies_made import made
from copies_order import differing, shuffled
from copies_stream import rows_of

PRESS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "copies" / "press-de-2021q1.jsonl.gz"
DIFFERING = 0.01  # of the pairs


def test_articles_that_arrive_up_to_six_hours_late_make_the_same_stories():
    """What may differ are texts at a threshold, whose background depends on what was there."""
    same, either = shuffled(made(4, copied=60, alone=40))

    assert len(either) >= 350
    assert len(either - same) <= DIFFERING * len(either)


@pytest.mark.skipif(not PRESS.exists(), reason="the corpus of press articles is not beside this repository")
def test_a_month_of_press_articles_that_arrive_late_makes_the_same_stories():
    same, either = shuffled([row for row in rows_of(PRESS) if row["published"] < "2021-02"])

    assert len(either) >= 100
    assert len(either - same) <= DIFFERING * len(either)


def test_an_import_killed_on_its_way_leaves_the_same_database_row_for_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "\n".join(json.dumps(row) for row in made(5, copied=30, alone=30)[:260]), encoding="utf-8"
    )
    tables, kills, sizes = differing(tmp_path, path, 4)

    assert kills >= 3
    assert sizes["copies"] >= 20
    assert sizes["_near_misses"] + sizes["links"] >= 20
    assert tables == []
