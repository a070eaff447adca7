"""docs/cases-operation.md against the tests: every case stands once, every test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "cases-operation.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([SR]\d\d) \| (.*?) \| (.*?) ?\|$", TABLE, re.MULTILINE)
CASES = [*(f"S{n}" for n in range(33, 45)), *(f"R{n:02}" for n in range(1, 53))]


def functions_of(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def cases_of(name):
    """The cases that a test is named after: `test_r01_r20_killed` → R01, R20."""
    found = re.match(r"test_((?:[esr]\d\d_)+)", name)
    return {case.upper() for case in found[1].split("_") if case} if found else set()


def test_every_case_is_listed_once():
    assert [case for case, _, _ in ROWS] == CASES


@pytest.mark.parametrize(("case", "named", "remark"), ROWS, ids=[case for case, _, _ in ROWS])
def test_every_case_names_tests_that_are_there_or_says_why_not(case, named, remark):
    tests = re.findall(r"`(tests/\w+\.py)::(\w+)`", named)

    assert tests or remark, f"{case} names no test and gives no reason"
    for path, name in tests:
        assert name in functions_of(path), f"{case}: there is no {name} in {path}"
        assert case in cases_of(name), f"{case}: {name} is named after another case"


def test_every_test_that_is_named_after_a_case_stands_in_the_table():
    named = {
        (case, f"{path.relative_to(ROOT)}::{name}")
        for path in (ROOT / "tests").glob("test_*.py")
        for name in functions_of(path.relative_to(ROOT))
        for case in cases_of(name) & set(CASES)
    }
    told = {(case, test) for case, tests, _ in ROWS for test in re.findall(r"`(tests/[^`]+)`", tests)}

    assert named <= told, sorted(named - told)
