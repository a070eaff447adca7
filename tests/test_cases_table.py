"""docs/cases.md against the tests: every case stands once, every test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([ES]\d\d) \| (.*?) \| (.*?) ?\|$", TABLE, re.MULTILINE)
CASES = [*(f"E{n:02}" for n in range(1, 53)), *(f"S{n:02}" for n in range(1, 33)), "S41", "S42", "S45", "S46"]


def functions_of(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_case_is_listed_once():
    assert [case for case, _, _ in ROWS] == CASES


@pytest.mark.parametrize(("case", "named", "remark"), ROWS, ids=[case for case, _, _ in ROWS])
def test_every_case_names_tests_that_are_there_or_says_why_not(case, named, remark):
    tests = re.findall(r"`(tests/\w+\.py)::(\w+)`", named)

    assert tests or remark, f"{case} names no test and gives no reason"
    for path, name in tests:
        assert name in functions_of(path), f"{case}: there is no {name} in {path}"
        assert f"_{case.lower()}_" in name, f"{case}: {name} is named after another case"


def test_every_test_that_is_named_after_a_case_stands_in_the_table():
    told = set(re.findall(r"::(test_\w+)`", TABLE))
    tested = {case for case, named, _ in ROWS if "::" in named}
    named = {
        name
        for path in (ROOT / "tests").glob("test_*.py")
        for name in functions_of(path.relative_to(ROOT))
        if (case := re.match(r"test_([es]\d\d)_", name)) and case[1].upper() in tested
    }

    assert named <= told, named - told
