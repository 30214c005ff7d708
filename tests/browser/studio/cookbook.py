"""Every workflow of the cookbook, with what its page there triggers it with."""

from __future__ import annotations

import os
import re
import sys
import types
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jinja2 import DictLoader

from novu_core import Registry
from novu_core.definition.registry import default_registry
from novu_core.testing import NovuEnvironment

PAGES = Path(__file__).parents[3] / "docs" / "cookbook"


class Example(NamedTuple):
    """One run of a page: who got it, with what, and what the workflow's own code returned."""

    to: Any
    payload: dict[str, Any]
    results: dict[str, Any]


class Cookbook(NamedTuple):
    registry: Registry
    examples: dict[str, Example]
    """By the workflow's id: the last run of it, of those that have the largest payload."""
    templates: dict[str, str]
    """By name, of every page."""


def cookbook(folder: Path) -> Cookbook:
    """Run every block in ``folder``, each with a registry of its own, as the tests of the docs do."""
    found = Cookbook(Registry(), {}, {})
    with _blocks_in(folder, found) as sources:
        for at, source in enumerate(sources):
            default_registry._workflows = {}
            default_registry._followers = weakref.WeakValueDictionary()  # apps of other tests and of earlier blocks
            module = types.ModuleType(f"cookbook_{at}")
            sys.modules[module.__name__] = module  # where annotations are looked up, also later
            exec(compile(source, module.__name__, "exec"), vars(module))
            for workflow in default_registry.values():
                found.registry.add(workflow)
    return found


def _given(value: Any) -> Any:
    """Put values in the place of the secrets that the history no longer has, and that no trigger takes."""
    if isinstance(value, dict):
        return {name: _given(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_given(item) for item in value]
    return "4711" if value == "••••" else value


@contextmanager
def _blocks_in(folder: Path, found: Cookbook) -> Iterator[list[str]]:
    leave, here = NovuEnvironment.__exit__, Path.cwd()
    load = DictLoader.__init__

    def keeping(loader: DictLoader, mapping: dict[str, str]) -> None:
        found.templates.update(mapping)
        load(loader, mapping)

    def noting(env: NovuEnvironment, *exception: object) -> None:
        for run in reversed(list(env.client.executions.list(limit=100))):
            known = found.examples.get(run.workflow_id)
            if known is None or len(run.payload) >= len(known.payload):
                found.examples[run.workflow_id] = Example(
                    run.subscriber.to_json(), _given(dict(run.payload)), _given(dict(run.step_results))
                )
        leave(env, *exception)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default_registry, "_workflows", {})
        patch.setattr(default_registry, "_followers", weakref.WeakValueDictionary())
        patch.setattr(NovuEnvironment, "__exit__", noting)
        patch.setattr(DictLoader, "__init__", keeping)
        os.chdir(folder)
        try:
            pages = [page.read_text("utf-8") for page in sorted(PAGES.glob("*.md"))]
            yield [block for text in pages for block in re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)]
        finally:
            os.chdir(here)
