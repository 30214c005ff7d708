"""Python values as JSON, and what JSON cannot hold."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from novu_core import StepType
from novu_core.codec import dumps, jsonable, loads


class Color(enum.Enum):
    RED = "red"


class Model(BaseModel):
    when: date = Field(alias="When")


@dataclass
class Point:
    x: int
    y: Decimal


@pytest.mark.mission("D0-7")
@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (datetime(2026, 1, 5, tzinfo=timezone.utc), "2026-01-05T00:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.10"), "1.10"),
        (Model(When=date(2026, 1, 5)), {"When": "2026-01-05"}),
        (Color.RED, "red"),
        (StepType.IN_APP, "in_app"),
        (Point(1, Decimal("2")), {"x": 1, "y": "2"}),
        (timedelta(seconds=1.5), 1.5),
        (PurePosixPath("/a"), "/a"),
        ((1, 2), [1, 2]),
        ({1}, [1]),
        (2**70 + 1, 2**70 + 1),
        (None, None),
        ({1: "a"}, {"1": "a"}),
        ("\ud800", "\ud800"),
    ],
)
def test_python_values_become_json(value, plain):
    found = jsonable({"value": value})
    assert found == {"value": plain} == loads(dumps({"value": value}))
    assert type(found["value"]) is type(plain) is type(loads(dumps({"value": value}))["value"])


@pytest.mark.parametrize("value", [object(), len, b"bytes"])
def test_what_json_can_not_hold_is_named(value):
    with pytest.raises(TypeError, match=type(value).__name__):
        dumps({"value": value})


def test_a_copy_is_deep():
    inner: dict[str, list[int]] = {"a": []}
    jsonable(inner)["a"].append(1)
    assert inner == {"a": []}


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("function", [dumps, jsonable])
def test_what_is_no_number_is_refused(function, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        function({"value": value})
