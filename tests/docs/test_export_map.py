from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.bridge import runner

PAGE = Path(__file__).parents[2] / "docs" / "from-novu-framework.md"


@pytest.mark.mission("P-X1")
def test_every_export_of_the_npm_package_has_a_row():
    page = PAGE.read_text("utf-8")
    missing = [name for name in runner.load("extras")["exports"] if f"`{name}`" not in page]
    assert missing == []
