"""The names that users import, and what importing them costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import types
from pathlib import Path

import pytest

import flask_novu
import novu_core
from tests.unit import public_api

SNAPSHOT = Path(__file__).with_name("public_api.txt")
PACKAGES = Path(novu_core.__file__).parents[1]


FIXED = [
    "workflow", "Workflow", "Registry", "Client", "Settings", "Step", "AsyncStep", "StepType", "Payload",
    "ControlSchema", "Digest", "Subscriber", "Preferences", "Severity", "CronExpression", "ExecutionContext",
    "ExecutionStatus", "TriggerResult", "Channel", "Message", "Delivery", "Retry", "HealthCheckResponse",
    "TriggerPayload", "Discovered", "errors",
]  # fmt: skip


@pytest.mark.mission("P-FR-001")
@pytest.mark.mission("D0-1")
@pytest.mark.parametrize("name", FIXED)
def test_a_promised_name_is_there(name):
    assert name in novu_core.__all__
    assert getattr(novu_core, name) is not None


@pytest.mark.parametrize("package", [novu_core, flask_novu], ids=lambda package: package.__name__)
def test_all_is_sorted_and_holds_exactly_the_public_names(package):
    names = [name for name in package.__all__ if not name.startswith("__")]
    assert names == sorted(names)
    public = {
        name
        for name in dir(package)
        if not name.startswith("_")
        and not isinstance(getattr(package, name), types.ModuleType)
        and name != "annotations"
    }
    assert public <= set(names)
    assert {name for name in names if not isinstance(getattr(package, name), types.ModuleType)} <= public | set(names)


def test_a_star_import_works():
    scope: dict[str, object] = {}
    exec("from novu_core import *", scope)
    assert set(novu_core.__all__) <= scope.keys()


def test_public_names_have_docstrings():
    for package in (novu_core, flask_novu):
        for name in package.__all__:
            value = getattr(package, name)
            if isinstance(value, type | types.FunctionType):
                assert value.__doc__, name


@pytest.mark.mission("F-FR-002")
@pytest.mark.mission("P-FR-006")
def test_serve_has_the_same_arguments_in_both_frameworks():
    fastapi = pytest.importorskip("novu_core.integrations.fastapi")
    ours = inspect.signature(flask_novu.serve).parameters
    theirs = inspect.signature(fastapi.serve).parameters
    assert [(item.name, item.kind, item.default) for item in ours.values()] == [
        (item.name, item.kind, item.default) for item in theirs.values()
    ]


def test_no_public_name_is_gone_and_no_signature_is_another():
    """A removed name needs a new minor version and a line in the CHANGELOG; `make api` then writes the file again."""
    gone = _entries(SNAPSHOT.read_text("utf-8")) - _entries("\n".join(public_api.lines()))
    assert sorted(gone) == []


def _entries(text: str) -> set[tuple[str, str]]:
    """The lines, each of a class with the line that names it."""
    found, head = set(), ""
    for line in filter(None, text.splitlines()[1:]):
        head = head if line.startswith(" ") else line
        found.add((head, line.strip()))
    return found


def test_the_core_knows_no_web_framework():
    code = "import sys, novu_core, novu_core.testing; print([m for m in ('flask', 'fastapi', 'django', 'httpx') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import flask_novu", False),
        ("from novu_core import workflow, Step, Subscriber, TriggerResult", False),
        ("from novu_core import Client; Client({'NOVU_WORKER': 'none'})", True),
        ("from flask import Flask; import flask_novu; flask_novu.Novu(Flask('app'))", True),
    ],
)
def test_an_app_loads_the_engine_when_it_starts_and_definitions_never_do(code, loaded):
    code += "; import sys; print({'sqlalchemy', 'novu_core.storage.store'} <= sys.modules.keys())"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(loaded)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'novu_core' has no attribute 'Nothing'"):
        novu_core.Nothing  # noqa: B018


@pytest.mark.mission("F-ENT")
@pytest.mark.parametrize(
    "name",
    [
        "flask_novu.extension",
        "flask_novu.blueprint",
        "novu_core.definition.registry",
        "novu_core.http.handler",
        "novu_core.http.rest.errors",
    ],
)
def test_the_parts_are_separate(name):
    assert importlib.import_module(name).__doc__


@pytest.mark.mission("L-6")
def test_every_module_has_a_docstring_and_the_packages_are_typed():
    for package in ("novu_core", "flask_novu"):
        assert (PACKAGES / package / "py.typed").exists()
        for path in (PACKAGES / package).rglob("*.py"):
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path


@pytest.mark.mission("L-1")
def test_no_module_uses_syntax_newer_than_310():
    for package in ("novu_core", "flask_novu"):
        for path in (PACKAGES / package).rglob("*.py"):
            ast.parse(path.read_text("utf-8"), feature_version=(3, 10))


@pytest.mark.mission("D0-6")
def test_no_session_and_no_request_reach_the_core():
    for path in Path(novu_core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "flask" for name in names), path
    assert "session" not in inspect.getsource(flask_novu.extension)
