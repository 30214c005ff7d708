from __future__ import annotations

import inspect
import pickle

import pytest

from novu_core import errors

CLASSES = [item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, errors.NovuError)]


def make(kind):
    if issubclass(kind, errors.WorkflowNotActiveError):
        return kind("w", "draft")
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
