"""The order of arrival matters little, and a killed import leaves what an undisturbed one leaves."""

import json

from copies_made import made
from copies_order import differing, shuffled


def test_articles_that_arrive_up_to_six_hours_late_make_nearly_the_same_stories():
    """What differs are texts of which no one is a copy of all others: whoever comes first decides whom they join."""
    same, either = shuffled(made(4, copied=60, alone=40))

    assert len(either) >= 250
    assert len(either - same) <= 0.03 * len(either)


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
