"""Every row of the requirements has a test that says so, or a stated reason why not."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "tests" / "mission_rows.txt").read_text("utf-8").splitlines()
ROWS = {
    row.strip(): reason.strip() for row, _, reason in (x.partition(":") for x in LINES if x and not x.startswith("#"))
}


def marked() -> set[str]:
    found = set()
    for folder in ("tests", "example_app/tests"):
        for path in (ROOT / folder).rglob("test_*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.mission":
                    found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def test_every_row_has_a_test():
    assert not {row for row, reason in ROWS.items() if not reason} - marked()


def test_no_test_names_a_row_that_does_not_exist():
    assert not marked() - ROWS.keys()


def test_a_reason_goes_when_the_test_comes():
    assert not {row for row, reason in ROWS.items() if reason} & marked()
