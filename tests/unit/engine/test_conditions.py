"""What of a condition the history keeps."""

from __future__ import annotations

import pytest

from novu_core.definition.conditions import Condition
from novu_core.engine.conditions import decided

SCOPE = {
    "payload": {"plan": "free", "items": [{"price": 3}, {"price": 4}], "fullName": "Ada", "long": "x" * 300},
    "subscriber": {"locale": "de"},
    "steps": {"digest": {"events": [{"n": number} for number in range(100)]}},
    "controls": {"most": 2},
    "context": {},
}


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("payload.plan == 'free'", {"payload.plan": "free"}),
        ("payload.full_name.lower() == 'ada'", {"payload.full_name": "Ada"}),
        ("len(payload.items) >= controls.most", {
            "payload.items": [{"price": 3}, {"price": 4}], "controls.most": 2}),
        ("payload['items'][1].price + 1 > 2", {"payload['items'][1].price": 4}),
        ("payload.items[controls.most - 1]", {"payload.items[controls.most - 1]": {"price": 4}}),
        ("not (payload.team or context.tenant.id)", {"payload.team": None, "context.tenant.id": None}),
        ("subscriber.locale in ['de', 'at'] if payload.plan else steps", {
            "subscriber.locale": "de", "payload.plan": "free", "steps": '{"digest":{"events":[{"n":0},'}),
        ("(payload or steps).plan == 'free'", {"payload": '{"plan":"free","items":[{"price"', "steps": '{"digest":'}),
        ("payload.long", {"payload.long": "x" * 200 + "…"}),
        ("1 == 1", {}),
        ("payload.plan or payload.items[payload.plan + 1]", {"payload.plan": "free"}),
    ],
)  # fmt: skip
def test_each_name_with_its_value(source, values):
    found = decided(Condition(source), SCOPE)
    assert found["source"] == source
    assert found["values"].keys() == values.keys()
    for name, value in values.items():
        told = found["values"][name]
        assert told.startswith(value) if isinstance(value, str) else told == value
        assert len(str(told)) <= 201


@pytest.mark.parametrize(
    ("value", "kept"),
    [(object, "<class 'object'>"), ({"a": object()}, "{'a': <object"), ("a\0b", "ab"), (float("nan"), "nan")],
)
def test_what_no_store_holds_is_text(value, kept):
    [told] = decided(Condition("payload.x"), {"payload": {"x": value}})["values"].values() or [None]
    assert told is None if callable(value) else told.startswith(kept)
