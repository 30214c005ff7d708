"""What readers get beside the code."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from novu_core.storage.tables import metadata
from novu_core.types import ExecutionOutcome, ExecutionStatus, SkipReason, StepOutcome, StepStatus, WaitingFor

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.mission("L-7")
def test_the_data_model_names_every_table():
    text = (DOCS / "data-model.md").read_text("utf-8")
    assert set(re.findall(r"`(novu_\w+)`", text)) >= set(metadata.tables)


@pytest.mark.parametrize("page", ["data-model.md", "semantics.md"])
def test_every_state_and_reason_is_named(page):
    text = (DOCS / page).read_text("utf-8")
    states = (ExecutionStatus, ExecutionOutcome, WaitingFor, StepStatus, StepOutcome, SkipReason)
    assert [state.value for states in states for state in states if f"`{state}`" not in text] == []


def test_every_reason_why_nothing_came_is_explained():
    text = (DOCS / "guides" / "troubleshooting.md").read_text("utf-8")
    assert [reason.value for reason in SkipReason if f"`{reason}`" not in text] == []


PAGES = [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md", DOCS.parent / "CHANGELOG.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_to_a_file_and_a_heading(page):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, target


@pytest.mark.mission("L-7")
def test_every_page_is_in_the_index_the_quickstart_first():
    index = (DOCS / "index.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", index))
    assert re.search(r"^- \[Quickstart\]", index, re.M)
    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= linked


def test_the_architecture_draws_the_rooms_as_the_contracts_have_them():
    contracts = configparser.ConfigParser()
    contracts.read(DOCS.parent / "setup.cfg", "utf-8")
    layers = [
        [room.strip() for room in line.split("|") if "(" not in room]
        for line in contracts["importlinter:contract:layers"]["layers"].split("\n")
        if line
    ]
    page = (DOCS / "architecture.md").read_text("utf-8")
    drawn = [
        line.replace("novu_core.", "").split(" | ") for line in re.search(r"```\n(.*?)\n```", page, re.S)[1].split("\n")
    ]
    assert drawn == [["flask_novu"], *filter(None, layers)]
    told = {name for row in re.findall(r"^\| (`.*?) \|", page, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert {room for layer in drawn for room in layer} <= told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_written_in_one_spelling(page):
    assert re.findall(r"\bcan not\b|\bcancell\w+|\bthere are no\b", page.read_text("utf-8"), re.I) == []
