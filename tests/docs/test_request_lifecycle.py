"""docs/request-lifecycle.md names files and what is in them; both must be there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = " ".join((ROOT / "docs" / "request-lifecycle.md").read_text("utf-8").split())
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)` `([\w.]+)`", TEXT)))


def names_of(body, prefix=""):
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name
            yield from names_of(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_the_page_names_the_walk():
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "name"), [pair for pair in NAMED if pair != ("file.py", "Class.method")])
def test_what_the_page_names_is_there(file, name):
    path = ROOT / file if file.startswith("flask_novu/") else ROOT / "novu_core" / file
    assert name in set(names_of(ast.parse(path.read_text("utf-8")).body))
