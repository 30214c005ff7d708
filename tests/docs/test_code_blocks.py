"""Runs every Python block of docs/, each alone, and holds that all workflows in it are sound."""

from __future__ import annotations

import logging
import os
import re
import sys
import types
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from novu_core.bridge.untyped import untyped_payload
from novu_core.definition.registry import default_registry
from novu_core.definition.workflow import Workflow
from novu_core.living import live

DOCS = Path(__file__).parents[2] / "docs"
COOKBOOK = DOCS / "cookbook"


def blocks() -> Iterator[object]:
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text("utf-8")
        for found in re.finditer(r"^```python\n(.*?)^```", text, re.S | re.M):
            line = text.count("\n", 0, found.start()) + 2
            yield pytest.param(page, line, found[1], id=f"{page.relative_to(DOCS)}:{line}")


@pytest.fixture
def registry(monkeypatch, tmp_path):
    monkeypatch.setattr(default_registry, "_workflows", {})
    monkeypatch.setattr(default_registry, "_followers", weakref.WeakValueDictionary())  # apps of earlier blocks
    others = set(live)
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    root, ours = logging.getLogger(), logging.getLogger("novu_core")
    kept = root.level, ours.level, root.handlers[:]
    yield default_registry
    for client in set(live) - others:
        client.close()
    os.environ.clear()  # a block may set variables, and what is logged, as its reader does
    os.environ.update(before)
    root.setLevel(kept[0])
    ours.setLevel(kept[1])
    root.handlers[:] = kept[2]


@pytest.mark.mission("P-SC-003")
@pytest.mark.parametrize(("page", "line", "source"), list(blocks()))
def test_a_documented_block_runs(page, line, source, registry, monkeypatch):
    module = types.ModuleType("documented")
    monkeypatch.setitem(sys.modules, "documented", module)  # dataclasses and pydantic look names up there
    exec(compile("\n" * (line - 1) + source, str(page), "exec"), vars(module))
    for workflow in registry.values():
        assert workflow.steps, f"{workflow.workflow_id} has no step"
    if page.parent == DOCS:  # the cookbook says that its plain payloads are for the embedded engine
        for workflow in filter(lambda value: isinstance(value, Workflow), vars(module).values()):
            assert untyped_payload(workflow) is None


@pytest.mark.mission("P-SC-003")
def test_the_cookbook_has_at_least_forty_workflows_each_triggered():
    sources = [
        source
        for page in COOKBOOK.glob("*.md")
        for source in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)
    ]
    ids = [name for source in sources for name in re.findall(r'^@workflow\("([^"]+)"', source, re.M)]
    assert len(ids) >= 40
    assert len(ids) == len(set(ids))
    assert all("trigger(" in source for source in sources)


def test_every_page_is_in_its_index():
    index = (COOKBOOK / "index.md").read_text("utf-8")
    assert {page.name for page in COOKBOOK.glob("*.md")} - {"index.md"} == set(re.findall(r"\]\(([^)]+)\)", index))
