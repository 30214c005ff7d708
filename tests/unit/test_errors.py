"""Every error can be pickled, has its place, and shows its fields."""

from __future__ import annotations

import importlib
import inspect
import pickle
import re
from pathlib import Path

import pytest

import flask_novu
import novu_core
from novu_core import errors
from novu_core.bridge import errors as wire
from novu_core.execution import outcome

CLASSES = [item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, errors.NovuError)]


def make(kind):
    if issubclass(kind, errors.WorkflowNotActiveError):
        return kind("w", "draft")
    if issubclass(kind, errors.TemplateError):
        return kind("mail/comment.html", "it ends in a loop", 3)
    if issubclass(kind, errors.ValidationError):
        return kind("Bad.", [errors.FieldError("/a", "is missing")])
    return kind("text")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling_and_has_its_place(kind):
    error = make(kind)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
    assert 400 <= error.status_code < 600
    assert error.code == kind.__name__
    assert kind is errors.NovuError or kind.__name__ in errors.__doc__


def test_a_validation_error_shows_each_field():
    error = errors.ValidationError("Bad.", [("/a", "is missing"), ("", "is no object")])
    assert str(error) == "Bad. /a: is missing; (the value): is no object"


def test_a_missing_thing_is_named():
    assert "`x`" in str(errors.ExecutionNotFoundError("x"))


@pytest.mark.parametrize(
    "error",
    [
        outcome.ResolverError("step", ValueError("cause")),
        outcome.ControlsSyntaxError("text", {"name": "ParseError"}),
        errors.DeliveryError("text", retriable=True, retry_after=2),
        wire.StepExecutionFailedError("execute", "step", ValueError("cause")),
        wire.ExecutionStateCorruptError("workflow", "step"),
    ],
    ids=lambda error: error.code,
)
def test_an_error_with_arguments_of_its_own_survives_pickling(error):
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.args) == (type(error), str(error), error.args)
    assert {**vars(copy), "cause": None} == {**vars(error), "cause": None}


def drawn(text):
    """Each class of a docstring's tree, with the one above it."""
    parents, above = {}, {}
    for line in text.splitlines():
        found = re.match(r"([│ ]*(?:├── |└── )?)((?:[A-Z]\w+Error, )*[A-Z]\w+Error)(?: |$)", line)
        if found and (found[1] or not parents):
            depth = len(found[1]) // 4
            for name in found[2].split(", "):
                parents[name] = above.get(depth - 1)
                above[depth] = name
    return parents


def test_every_error_of_the_package_is_drawn_where_it_belongs():
    for package in (novu_core, flask_novu):
        root = Path(package.__file__).parent
        for path in root.rglob("*.py"):
            if re.search(
                r"^class \w+\(\w*Error\)", path.read_text("utf-8"), re.M
            ):  # others may need a framework set up
                parts = path.relative_to(root.parent).with_suffix("").parts
                importlib.import_module(".".join(part for part in parts if part != "__init__"))
    classes, todo = set(), [errors.NovuError]
    while todo:
        kind = todo.pop()
        if kind.__module__.partition(".")[0] in ("novu_core", "flask_novu"):
            classes.add(kind)
            todo += kind.__subclasses__()
    trees = {**drawn(wire.__doc__), **drawn(errors.__doc__)}
    assert trees == {kind.__name__: kind.__base__.__name__ for kind in classes} | {"NovuError": None}
