"""What readers get beside the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from novu_core.storage.tables import metadata

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.mission("L-7")
def test_the_data_model_names_every_table():
    text = (DOCS / "data-model.md").read_text("utf-8")
    assert set(re.findall(r"`(novu_\w+)`", text)) >= set(metadata.tables)


@pytest.mark.mission("L-7")
def test_every_page_is_in_the_index_the_quickstart_first():
    index = (DOCS / "index.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", index))
    assert re.search(r"^- \[Quickstart\]", index, re.M)
    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= linked
