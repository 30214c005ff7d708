from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from novu_core import Workflow
from novu_core.bridge.untyped import untyped_payload


class Model(BaseModel):
    name: str


@dataclass
class Data:
    name: str


class Typed(TypedDict):
    name: str


@pytest.mark.parametrize("annotation", [Model, Data, Typed, list[str]])
def test_a_payload_with_a_schema_is_fine(annotation):
    def handler(payload, step): ...

    handler.__annotations__["payload"] = annotation
    assert untyped_payload(Workflow("w", handler)) is None
    assert untyped_payload(Workflow("w", lambda payload, step: None, payload_schema={"type": "object"})) is None


@pytest.mark.parametrize("annotation", [None, dict, dict[str, Any], Any, Mapping])
def test_one_without_is_told(annotation):
    def handler(payload, step): ...

    if annotation is not None:
        handler.__annotations__["payload"] = annotation
    told = untyped_payload(Workflow("w", handler))
    assert "payload_schema=" in told
    assert "bridge" in told


def test_a_function_that_takes_no_payload_needs_no_schema():
    assert untyped_payload(Workflow("w", lambda step: None)) is None
