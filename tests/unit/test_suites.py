"""Every suite that the project promises is there, with its data."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.mission("D0-11")
@pytest.mark.mission("L-5")
def test_the_suites_and_their_data_are_there():
    for folder in ("unit", "properties", "typing", "docs", "conformance/bridge/data", "conformance/frameworks"):
        assert any((ROOT / "tests" / folder).iterdir()), folder
