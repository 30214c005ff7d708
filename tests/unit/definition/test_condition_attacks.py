"""A condition reads data and nothing else, whatever its author or the data try."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from novu_core import Workflow
from novu_core.definition.conditions import Condition
from novu_core.errors import ConditionInvalidError
from novu_core.records.subscriber import Subscriber

ATTACKS = [
    line.split("\t", 1)
    for line in (Path(__file__).parent / "condition_attacks.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


class Trap:
    """An object that must neither be called nor give away what is private."""

    class Inner:
        pass

    def __init__(self) -> None:
        self._secret = "secret"
        self.open = "open"

    def steal(self) -> str:
        raise AssertionError("a condition called a method")


class TrappedSubscriber(Subscriber):
    def steal(self) -> str:
        raise AssertionError("a condition called a method")


def hostile_scope() -> dict[str, Any]:
    generator = (number for number in range(3))
    return {
        "payload": {
            "name": "Ada",
            "number": 5,
            "zero": 0,
            "items": [1, 2, 3],
            "long": "9" * 60_000,
            "huge": 10**5000,
            "self_reference": {"a": [1, {"b": 2}]},
        },
        "subscriber": TrappedSubscriber(subscriber_id="s-1"),
        "controls": {},
        "steps": {},
        "context": {
            "trap": Trap(),
            "function": hostile_scope,
            "kind": Trap,
            "module": sys,
            "generator": generator,
            "frame": sys._getframe(),
            "error": ValueError("x"),
        },
    }


@pytest.mark.parametrize(("verdict", "source"), ATTACKS, ids=[source for _, source in ATTACKS])
def test_an_attack_is_refused_or_answered_harmlessly(verdict: str, source: str) -> None:
    if verdict == "refused":
        with pytest.raises(ConditionInvalidError):
            Condition(source)
        return
    condition = Condition(source)
    if verdict == "error":
        with pytest.raises(ConditionInvalidError) as caught:
            condition.evaluate(hostile_scope())
        assert source in caught.value.message
    else:
        assert condition.evaluate(hostile_scope()) is (verdict == "true")


@pytest.mark.parametrize(
    "source",
    [
        "payload\0",
        "payload\0.name",
        "payload.name == '\0' and x",
        "payload\nimport os",
        "payload\n\n1",
        "\ud800",
        "payload.\ud800",
        "\\",
        "\x0cimport os",
        "(" * 90 + "1" + ")" * 90,
        "(" * 400 + "1" + ")" * 400,
        "[" * 60 + "]" * 60,
        "not " * 60 + "1",
        "-" * 900 + "1",
        "1" + "+1" * 60,
        "payload" + ".a" * 60,
        "payload" + "[0]" * 60,
        "[" + "1," * 400 + "]",
        "lower(" * 60 + "'a'" + ")" * 60,
        "1 if 1 else " * 60 + "1",
        "9" * 900,
        "1" * 100_000,
        "'" + "a" * 100_000 + "'",
        "",
        " \n\t",
    ],
    ids=range(25),
)
def test_unprintable_huge_and_deep_sources_are_refused(source: str) -> None:
    if source == "(" * 90 + "1" + ")" * 90:
        # Parentheses alone are no nesting once read.
        assert Condition(source).evaluate({})
        return
    with pytest.raises(ConditionInvalidError):
        Condition(source)


def test_an_error_in_the_data_itself_fails_the_condition() -> None:
    class Broken:
        @property
        def value(self) -> int:
            raise KeyError("no")

    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for source, scope in [
        ("payload.a.value", {"payload": {"a": Broken()}}),
        ("payload.a == payload.b", {"payload": {"a": deep, "b": [list(deep)]}}),
    ]:
        with pytest.raises(ConditionInvalidError):
            Condition(source).evaluate(scope)
    while deep:
        deep = deep.pop()


def test_the_largest_condition_is_read_and_evaluated_quickly() -> None:
    source = " or ".join(["payload.a.b.c == 'x'"] * 41)
    scope = {"payload": {"a": {"b": {"c": "y" * 10_000}}}}
    started = time.process_time()
    for _ in range(20):
        assert Condition(source).evaluate(scope) is False
    assert time.process_time() - started < 1


@pytest.mark.mission("D3-Z2")
@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "payload.__class__", "(lambda: 1)()", "[x for x in payload]", "9 ** 9", "open('x')", "a" * 2000,
     "payload.a.b(1)", "f'{payload}'", "not " * 100 + "payload"],
)  # fmt: skip
def test_a_condition_can_not_escape(text):
    with pytest.raises(ConditionInvalidError):
        Workflow("w", lambda step: step.in_app("a", {"body": "b"}, skip_condition=text)).discover()
