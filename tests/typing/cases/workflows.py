"""Type-only: see test_typing.py."""
# ruff: noqa: B018  # lines that must fail, with their messages
# fmt: off

from __future__ import annotations

from pydantic import BaseModel
from typing_extensions import assert_type

from novu_core import (
    Client,
    ExecutionStatus,
    Registry,
    Retry,
    Settings,
    Severity,
    Step,
    Subscriber,
    TriggerResult,
    Workflow,
    workflow,
)
from novu_core.testing import NovuEnvironment


class Comment(BaseModel):
    text: str


@workflow("comment", name="C", tags=["a"], severity=Severity.LOW, critical=True, retry=Retry(attempts=2), on_error="stop")
def comment(payload: Comment, step: Step, subscriber: Subscriber) -> None:
    step.in_app("a", {"body": payload.text})
    payload.texd  # E: "Comment" has no attribute "texd"
    assert_type(subscriber.first_name, "str | None")
    subscriber.firstname  # E: "Subscriber" has no attribute "firstname"


assert_type(comment, Workflow)
comment.workflow_id = 7  # E: Incompatible types in assignment
workflow("x", severity="loud")  # E: Argument "severity"
workflow("x", status="gone")  # E: Argument "status"
workflow("x", colour="red")  # E: Unexpected keyword argument "colour"
workflow(7)  # E: Argument 1 to "workflow"
registry = Registry([comment])
assert_type(registry["comment"], Workflow)
Retry(attempts="many")  # E: Argument "attempts"

with Client(Settings(), workflows=[comment]) as client:
    result = client.trigger(comment, to="ada", payload={"text": "x"})
    assert_type(result, TriggerResult)
    client.executions.get(result.executions[0].execution_id).stat  # E: "ExecutionContext" has no attribute "stat"
    client.executions.list(limit="all")  # E: Argument "limit"

    assert_type(result.status, ExecutionStatus)
    assert_type(result.execution_id, str)
    result.stat  # E: "TriggerResult" has no attribute "stat"
    assert_type(comment.trigger(to="ada", transaction_id="t", wait=False), TriggerResult)
    comment.trigger(to="ada", tranaction_id="t")  # E: Unexpected keyword argument "tranaction_id"
    comment.trigger(to="ada", wait="no")  # E: Argument "wait"
    client.trigger(comment, to="ada", metadata=[1])  # E: Argument "metadata"
    client.workflow("q", naem=3)  # E: Unexpected keyword argument "naem"
    assert_type(client.workflows.get("comment"), "Workflow | None")
    assert_type(registry.get("comment", 5), "Workflow | int")

with NovuEnvironment(workflows=[comment]) as env:
    env.trigger(comment, to="ada", wiat=True)  # E: Unexpected keyword argument "wiat"
    assert_type(env.trigger(comment, to="ada"), TriggerResult)
    env.advance(hours="one")  # E: Argument "hours"
