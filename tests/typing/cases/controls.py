"""Type-only: see test_typing.py."""
# ruff: noqa: B018  # lines that must fail, with their messages
# fmt: off

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from typing_extensions import assert_type

from novu_core import Delay, Digest, Step, Throttle, workflow


class Texts(BaseModel):
    subject: str = "Hello"


class Answer(BaseModel):
    number: int


def from_model(controls: Texts) -> dict[str, Any]:
    return {"subject": controls.subject, "body": "x"}


def from_dict(controls: dict[str, Any]) -> dict[str, Any]:
    return {"subject": controls["subject"], "body": "x"}


async def later(controls: Texts) -> dict[str, Any]:
    return {"subject": controls.subject, "body": "x"}


async def truth() -> bool:
    return True


def two(controls: Texts, more: str) -> dict[str, Any]:
    return {}


@workflow("typed")
def typed(step: Step) -> None:
    step.email("a", lambda controls: {"subject": controls.subject, "body": "x"}, control_schema=Texts)
    step.email("b", lambda controls: {"subject": controls.subjct, "body": "x"}, control_schema=Texts)  # E: "Texts" has no attribute "subjct"
    step.email("c", from_model, control_schema=Texts)
    step.email("d", later, control_schema=Texts, skip=truth)
    step.email("e", from_dict, control_schema={"type": "object"})
    step.email("f", from_dict)
    step.email("g", from_model)  # E: Callable[[Texts], dict[str, Any]]
    step.email("h", {"subject": "s", "body": "b"}, skip=True)
    step.email("i", lambda: {"subject": "s", "body": "b"}, skip=lambda controls: controls.subject == "", control_schema=Texts)
    step.email("j", lambda: {"subject": "s", "body": "b"}, skip=from_model, control_schema=Texts)  # E: Argument "skip"
    step.email("k", two, control_schema=Texts)  # E: Callable[[Texts, str], dict[str, Any]]
    step.email("l", "a text")  # E: No overload variant
    step.email("m", {"subject": "s", "body": "b"}, colour="red")  # E: No overload variant
    step.email("n", {"subject": "s", "body": "b"}, on_error="later")  # E: No overload variant
    step.email("o", {"subject": "s", "body": "b"}, on_error="stop", disable_output_sanitization=True, name="O")
    step.fax("p", {"body": "b"})  # E: "Step" has no attribute "fax"
    step.email({"subject": "s", "body": "b"})  # E: No overload variant

    assert_type(step.digest("q", {"amount": 1, "unit": "hours"}), Digest)
    assert_type(step.digest("q2", lambda: {"amount": 1, "unit": "hours", "digestKey": "k"}), Digest)
    assert_type(step.delay("r", {"amount": 1, "unit": "days"}, on_past="send"), Delay)
    step.delay("r2", {"amount": 1, "unit": "days"}, on_past="never")  # E: No overload variant
    assert_type(step.throttle("s", {"type": "fixed", "amount": 1, "unit": "hours"}).throttled, bool)
    assert_type(step.throttle("s2", {"type": "fixed", "amount": 1, "unit": "hours"}), Throttle)
    assert_type(step.custom("t", lambda: {"number": 7}, output_schema=Answer), Answer)
    assert_type(step.custom("t2", lambda: Answer(number=7), output_schema=Answer), Answer)
    assert_type(step.custom("u", lambda: {"number": 7}), dict[str, Any])
    step.custom("v", lambda: {"number": 7}, output_schema=Answer).nummer  # E: "Answer" has no attribute "nummer"
    step.email("w", {"subject": "s", "body": "b"}, output_schema=Answer)  # E: No overload variant
    for event in step.digest("x", {"amount": 1, "unit": "hours"}).events:
        assert_type(event["id"], str)
        event["title"]  # E: TypedDict "DigestEvent" has no key "title"
    step.in_app("y", {"body": "b"}).seen
    assert_type(step.in_app("y2", {"body": "b"}).read, bool)
