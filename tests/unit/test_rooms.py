"""How large files and rooms may be: what grows beyond that holds two rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
OURS = ("novu_core", "flask_novu", "example_app", "tests", "benchmarks", "docs", "bell")


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def sources(*rooms: str) -> list[Path]:
    found = [path for room in rooms for kind in ("py", "js", "css") for path in (HERE / room).rglob(f"*.{kind}")]
    return [path for path in found if not {"vendor", "node_modules"} & set(path.parts)]


def test_no_file_is_above_300_lines():
    assert len(sources(*OURS)) > 500
    assert {str(path.relative_to(HERE)): lines for path in sources(*OURS) if (lines := lines_of(path)) > 300} == {}


@pytest.mark.parametrize(("room", "most"), [("execution", 1000), ("definition", 2600)])
def test_the_rooms_in_the_middle_stay_small(room, most):
    assert 0 < sum(map(lines_of, sources(f"novu_core/{room}"))) < most
