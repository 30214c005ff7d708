"""Conditions read as Python, and a refused one says what is wrong and where."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, computed_field

from novu_core.definition.conditions import Condition
from novu_core.definition.results import StepResult
from novu_core.errors import ConditionInvalidError
from novu_core.records.subscriber import Subscriber


@pytest.mark.parametrize("source", [None, 5, b"payload", ["payload"], lambda: True])
def test_a_condition_must_be_a_string(source: Any) -> None:
    with pytest.raises(ConditionInvalidError, match="must be an expression in a string"):
        Condition(source)


class Plan(Enum):
    PRO = "pro"


class Address(BaseModel):
    model_config = ConfigDict(extra="allow")

    zip_code: str = "10115"

    @computed_field
    @property
    def short(self) -> str:
        return self.zip_code[:2]


@dataclass
class Order:
    total_price: float = 12.5


@dataclass(frozen=True)
class Slotted:
    __slots__ = ("size",)
    size: int


SCOPE: dict[str, Any] = {
    "payload": {
        "name": "Ada",
        "amount": 5,
        "post_id": "p1",
        "tags": ["a", "b"],
        "nested": {"deep": [{"x": 1}]},
        "address": Address(city="Berlin"),
        "order": Order(),
        "slotted": Slotted(3),
        "plan": Plan.PRO,
        "price": Decimal("9.5"),
        "due": datetime(2026, 1, 5, tzinfo=timezone.utc),
        "größe": 1,
        "none": None,
    },
    "subscriber": Subscriber.model_validate({"subscriberId": "s-1", "firstName": "Ada", "vip": True}),
    "controls": SimpleNamespace(limit=3),
    "steps": {"hourly": StepResult({"eventCount": 3, "events": [{}, {}, {}]}), "gone": StepResult(None, ran=False)},
}


TRUE = """
payload.name == "Ada"
payload["name"] == 'Ada'
payload.name != "Bob" and payload.amount == 5
payload.post_id == payload.postId == payload["post_id"] == "p1"
payload.nested.deep[0].x == 1
payload["nested"]["deep"][-1]["x"] == 1
payload.address.zip_code == payload.address.zipCode == payload.address["zipCode"] == "10115"
payload.address.city == "Berlin"
payload.address.short == "10"
payload.order.total_price == payload.order.totalPrice == 12.5
payload.slotted.size == 3
payload.plan == "pro"
payload.price + 0.5 == 10
payload.due.year == 2026
payload.größe == 1
subscriber.first_name == subscriber.firstName == subscriber["firstName"] == "Ada"
subscriber.vip
subscriber.email is None
controls.limit <= 3
steps.hourly.event_count == 3 and steps["hourly"].eventCount == len(steps.hourly.events)
not steps.gone and len(steps.gone.events) == 0
steps.missing is None
context is None
payload.missing is None and payload.missing.deeper is None and payload["a"]["b"][0] is None
payload.none is None
not payload.missing
1 < payload.amount <= 5 < 6
not (1 < payload.amount < 5)
not payload.missing > 1 and not payload.missing <= 1
payload.missing == None
payload.missing != 1
"a" in payload.tags and "z" not in payload.tags
"name" in payload
"d" in payload.name
1 + 2 * 3 - 4 / 2 == 5
7 // 2 == 3 and 7 % 4 == 3 and -7 // 2 == -4
-payload.amount == +(-5)
"Hello " + payload.name == "Hello Ada"
[1] + [2] == [1, 2]
(1, 2) == (1, 2)
True if payload.amount > 3 else False
(payload.missing or "default") == "default"
(payload.missing and payload.missing.x) is None
payload.name is not None
True is True
len(payload.tags) == 2 and len(payload.name) == 3
any([False, payload.amount > 1]) and all([True, 1]) and not all([1, 0])
min(3, 1, 2) == 1 and max(payload.tags) == "b" and min([1, None, 2]) == 1
sum([1, 2.5, None]) == 3.5
abs(-3) == 3 and round(2.567, 1) == 2.6 and round(2.4) == 2
int("42") == 42 and int(3.9) == 3 and float("1.5") == 1.5 and str(5) == "5" and bool("x")
lower("ADA") == payload.name.lower() == "ada" and payload.name.upper() == upper("ada")
payload.name.startswith("A") and startswith(payload.name, ("X", "A")) and payload.name.endswith("da")
payload.tags.contains("a") and contains(payload.name, "d") and not contains(payload.missing, "a")
not payload.missing.startswith("a") and payload.missing.lower() is None
payload.missing.lower() != "x"
(payload.name == "Ada" and
 payload.amount == 5)
""".strip().replace("and\n ", "and ")


@pytest.mark.parametrize("source", TRUE.splitlines())
def test_the_language_reads_as_python(source: str) -> None:
    assert Condition(source).evaluate(SCOPE) is True


def test_evaluation_short_circuits() -> None:
    assert Condition("False and 1 / 0").evaluate({}) is False
    assert Condition("True or 1 / 0").evaluate({}) is True
    assert Condition("1 if True else 1 / 0").evaluate({}) is True
    assert Condition("2 < 1 < 1 / 0").evaluate({}) is False


def test_lines_and_spaces_around_and_within_parentheses() -> None:
    assert Condition("\n  (payload.a ==\n   1)  ").evaluate({"payload": {"a": 1}})


def test_any_mapping_is_a_scope_and_stays_as_it_is() -> None:
    scope = types.MappingProxyType({"payload": types.MappingProxyType({"a": {"b": [1]}})})
    condition = Condition("payload.a.b[0] + 1 == 2")
    assert condition.evaluate(scope) is condition.evaluate(scope) is True
    assert scope["payload"]["a"] == {"b": [1]}


def test_a_refusal_quotes_the_expression_the_construct_its_column_and_what_is_allowed() -> None:
    with pytest.raises(ConditionInvalidError) as caught:
        Condition("payload.ok and payload.__class__")
    message = caught.value.message
    assert "Condition `payload.ok and payload.__class__`" in message
    assert "the private name `__class__` at column 24 is not allowed" in message
    assert "payload, subscriber, controls, steps, context" in message
    assert "startswith" in message


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 + [x for x in payload]", "a comprehension at column 5"),
        ("payload.get('a')", "read a key as `.key`; a missing one is None"),
        ("payload.a & payload.b", "write `and`"),
        ("user.name", "the name `user` at column 1"),
        ("'é' == user", "the name `user` at column 8"),
        ("payload.a ==", "is not a Python expression at its end"),
        (" \n payload._a", "the private name `_a` at column 9"),
        ("(payload.a and\n payload._a)", "the private name `_a` at column 10"),
        ("(payload.a and\r payload._a)", "the private name `_a` at column 10"),
        ("payload.a = 1", "is not a Python expression at column"),
        ("len(1, 2)", "`len` with 2 argument(s) instead of 1"),
        ("x" * 1001, "has 1001 characters; at most 1000"),
        ("not " * 100 + "1", "nests deeper than 50"),
        ("[" + "1," * 400 + "]", "has more than 300 parts"),
    ],
)
def test_a_refusal_says_what_and_where(source: str, words: str) -> None:
    with pytest.raises(ConditionInvalidError) as caught:
        Condition(source)
    assert words in caught.value.message


def test_a_condition_shows_its_source() -> None:
    assert repr(Condition("payload.a")) == "Condition('payload.a')"
    assert Condition("payload.a").source == "payload.a"
