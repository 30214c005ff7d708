"""docs/errors.md names every error, and the status of each."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from novu_core import errors
from novu_core.bridge import actions
from novu_core.bridge import errors as wire
from novu_core.execution import outcome

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
CLASSES = {
    kind
    for module in (errors, wire, actions, outcome)
    for kind in vars(module).values()
    if inspect.isclass(kind) and issubclass(kind, errors.NovuError)
}


@pytest.mark.parametrize("kind", sorted(CLASSES, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_every_error_has_its_row_and_its_status(kind):
    if kind is errors.NovuError:
        return
    [row] = [row for row in ROWS if f"`{kind.__name__}`" in row[0]]
    told = re.findall(r"\b[45]\d\d\b", " ".join(row[:2]))
    if kind.status_code != 500:
        assert told == [str(kind.status_code)]
    else:
        assert set(told) <= {"500", "502"}  # 502: set on the instance


def test_the_page_names_nothing_else():
    named = {name for row in ROWS for name in re.findall(r"`(\w+Error)`", row[0])}
    assert named == {kind.__name__ for kind in CLASSES} - {"NovuError"}
