"""Faults of a payload in Novu's words."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core import Registry
from novu_core.engine.checking import Checking
from novu_core.errors import FieldError, PayloadInvalidError
from novu_core.http.novu.payloads import payload_faults


class Address(BaseModel):
    city: str


class Model(BaseModel):
    name: str
    address: Address | None = None
    tags: list[int] = []


SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "address": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
        "tags": {"type": "array", "items": {"type": "integer"}},
    },
}


def faults(schema, payload):
    workflow = Registry().workflow("w", payload_schema=schema)(lambda step: None)
    with pytest.raises(PayloadInvalidError) as raised:
        Checking(None).payload(workflow, payload)
    refusal = payload_faults(raised.value, payload)
    assert (refusal.status, refusal.more["type"]) == (400, "PAYLOAD_VALIDATION_ERROR")
    return [(fault["field"], fault.get("value")) for fault in refusal.more["errors"]]


@pytest.mark.parametrize("schema", [Model, SCHEMA], ids=["pydantic", "json"])
@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({}, [("root.name", None)]),
        ({"name": 7}, [("name", 7)]),
        ({"name": "a", "address": {}}, [("address.city", None)]),
        ({"name": "a", "address": {"city": False}}, [("address.city", False)]),
        ({"name": "a", "tags": [1, "x"]}, [("tags.1", "x")]),
        ({"name": {"a": 1}}, [("name", None)]),
    ],
)
def test_fields_are_dotted_paths_with_simple_values(schema, payload, told):
    assert faults(schema, payload) == told


def test_a_payload_that_is_no_object_is_the_root():
    error = PayloadInvalidError("Bad.", [FieldError("", "must be object"), FieldError("/a/b/9", "is odd")])
    told = payload_faults(error, [1]).more["errors"]
    assert told == [{"field": "root", "message": "must be object"}, {"field": "a.b.9", "message": "is odd"}]
