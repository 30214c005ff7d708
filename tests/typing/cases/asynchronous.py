"""Type-only: see test_typing.py."""
# ruff: noqa: B018  # lines that must fail, with their messages
# fmt: off

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from typing_extensions import assert_type

from novu_core import AsyncStep, ChannelResult, Delay, Digest, workflow


class Texts(BaseModel):
    subject: str = "Hello"


class Answer(BaseModel):
    number: int


@workflow("async-typed")
async def async_typed(step: AsyncStep) -> None:
    assert_type(await step.digest("a", {"amount": 1, "unit": "hours"}), Digest)
    assert_type(await step.delay("b", {"amount": 1, "unit": "hours"}), Delay)
    assert_type(await step.email("c", {"subject": "s", "body": "b"}), ChannelResult)
    assert_type(await step.custom("d", lambda: {"number": 7}, output_schema=Answer), Answer)
    assert_type(await step.custom("e", lambda: {"number": 7}), dict[str, Any])
    await step.email("f", lambda controls: {"subject": controls.subject, "body": "x"}, control_schema=Texts)
    await step.email("g", lambda controls: {"subject": controls.nope, "body": "x"}, control_schema=Texts)  # E: "Texts" has no attribute "nope"
    batch = step.digest("h", {"amount": 1, "unit": "hours"})
    batch.events  # E: "Coroutine[Any, Any, Digest]" has no attribute "events"
    await batch
