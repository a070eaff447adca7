"""The benchmarks run and say what they measured. What they measured is nobody's test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = ROOT / "benchmarks" / "run.py"
sys.path.insert(0, str(RUN.parent))
FIELDS = {
    "budget": str,
    "what": str,
    "values": list,
    "limit": float | int | None,
    "unit": str,
    "at_least": bool,
    "note": str,
    "median": float | int,
    "low": float | int,
    "high": float | int,
    "verdict": str,
}

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the benchmarks read CPU time from /proc"
)


def run(*words):
    """A run of the runner as people call it."""
    return subprocess.run([sys.executable, RUN, *words], capture_output=True, text=True, timeout=300, check=False)  # fmt: skip


def budgets():
    """Every budget that has a benchmark."""
    from run import FILES

    return list(FILES)


@pytest.fixture(scope="module")
def told():
    """The rows of every budget, each measured with a few pieces and in one round, at once."""
    done = run(*budgets(), "--quick", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_every_budget_is_measured(told):
    rows, errors = told

    assert set(budgets()) == {row["budget"].upper() for row in rows}, errors


def test_every_row_says_what_it_is(told):
    rows, _ = told
    for row in rows:
        assert set(FIELDS) == set(row)
        for name, kind in FIELDS.items():
            assert isinstance(row[name], kind), f"{row['what']}: {name} is {row[name]!r}"
        assert row["low"] <= row["median"] <= row["high"]
        assert row["values"], row["what"]
        assert row["what"]
        assert all(value > 0 for value in row["values"]), row["what"]


def test_a_verdict_is_what_the_figures_say(told):
    rows, _ = told
    for row in rows:
        if row["limit"] is None:
            assert row["verdict"] == "told"
        else:
            held = row["median"] >= row["limit"] if row["at_least"] else row["median"] <= row["limit"]
            assert row["verdict"] == ("holds" if held else "misses")


def test_the_table_shows_each_figure_beside_its_budget():
    from run import TITLES, table

    rows = [
        {"budget": "B1", "what": "a poll", "median": 1.234, "low": 1.2, "high": 1.3, "limit": 1.5, "unit": "×",
         "at_least": False, "verdict": "holds", "note": "1 ms against 1 ms"},
        {"budget": "B9", "what": "speed", "median": 2, "low": 2, "high": 2, "limit": 1.8, "unit": "×",
         "at_least": True, "verdict": "holds", "note": ""},
        {"budget": "B10", "what": "status", "median": 17.5, "low": 17, "high": 18, "limit": None, "unit": "ms",
         "at_least": False, "verdict": "told", "note": ""},
    ]  # fmt: skip
    lines = [line.split("  ") for line in table(rows).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]

    assert cells[0] == list(TITLES)
    assert cells[1] == ["B1", "a poll", "1.23 ×", "1.20 to 1.30", "≤ 1.5 ×", "holds", "1 ms against 1 ms"]
    assert cells[2] == ["B9", "speed", "2.00 ×", "2.00 to 2.00", "≥ 1.8 ×", "holds"]
    assert cells[3] == ["B10", "status", "17.50 ms", "17.00 to 18.00", "none", "told"]


def test_a_budget_that_has_no_benchmark_is_named_with_those_that_have():
    done = run("B99", "b1")

    assert done.returncode == 2
    assert "there is no benchmark for B99" in done.stderr
    assert "B13" in done.stderr
    assert done.stdout == ""


def test_a_benchmark_that_fails_costs_no_other(tmp_path, monkeypatch, capfd):
    import run as runner

    monkeypatch.setitem(runner.FILES, "BROKEN", "no_such_file")
    rows = runner.measured(["BROKEN", "B13"], ["--quick"])

    assert {"B13"} == {row["budget"] for row in rows}
    assert "BROKEN" in capfd.readouterr().err


@pytest.mark.parametrize("name", budgets())
def test_every_budget_is_explained(name):
    text = (ROOT / "docs" / "budgets.md").read_text(encoding="utf-8")

    assert f"| {name} |" in text, f"docs/budgets.md does not say what {name} measures"


def test_cpu_time_is_that_of_the_whole_tree():
    from measure import cpu, descendants

    with subprocess.Popen(
        [sys.executable, "-c", "import sys\nfor _ in range(3_000_000): pass\nprint(flush=True)\nsys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdout.readline()
        assert child.pid in descendants(child.pid)
        spent = cpu(root=child.pid)
        assert spent > 0
        assert cpu() >= spent
        assert cpu({child.pid}) < cpu()
        child.stdin.close()
