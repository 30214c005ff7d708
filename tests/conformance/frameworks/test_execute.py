"""Triggering over HTTP: what a run answers, and with which status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from pydantic import BaseModel

from tests.conformance.frameworks.conftest import Comment


@pytest.mark.mission("F-US1.3")
@pytest.mark.mission("P-US3.2")
@pytest.mark.mission("F-FR-004")
@pytest.mark.mission("D0-2")
def test_a_finished_run_is_200_with_its_results(make_api, comments):
    answer = make_api(comments).execute("comment", payload={"text": "hi"}, metadata={"from": "test"})

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json
    assert body["workflow_id"] == "comment"
    assert body["status"] == "completed"
    assert body["steps_executed"] == 2
    assert body["step_results"] == {"inbox": {"body": "hi"}, "count": {"stars": 1}}
    assert body["payload"] == {"text": "hi", "stars": 1}
    assert body["metadata"] == {"from": "test"}
    assert body["execution_id"]
    assert body["transaction_id"]


@pytest.mark.mission("F-US2.3")
def test_steps_run_in_the_order_written(make_api, registry):
    order = []

    @registry.workflow("three")
    def three(step):
        for name in ("first", "second", "third"):
            step.custom(name, lambda name=name: order.append(name) or {"name": name})

    body = make_api(registry).execute("three").json

    assert order == ["first", "second", "third"]
    assert [step["step_id"] for step in body["steps"]] == order


def test_the_payload_may_be_left_out(make_api, registry):
    @registry.workflow("empty")
    def empty(payload, step):
        step.custom("seen", lambda: {"payload": payload})

    assert make_api(registry).execute("empty").json["step_results"]["seen"] == {"payload": {}}


def test_a_waiting_run_is_202(make_api, registry):
    @registry.workflow("later")
    def later(step):
        step.delay("wait", {"amount": 1, "unit": "hours"})

    answer = make_api(registry).execute("later")

    assert answer.status == 202
    assert answer.json["waiting_for"] == "delay"
    assert answer.json["resume_at"]


def test_several_recipients_are_recorded_and_202(make_api, comments):
    api = make_api(comments)
    answer = api.execute("comment", to=["a", {"subscriberId": "b"}], payload={"text": "hi"})

    assert answer.status == 202
    assert [run["status"] for run in answer.json["executions"]] == ["pending", "pending"]
    assert len(api.novu.executions.list(transaction_id=answer.json["transaction_id"])) == 2


def test_the_same_transaction_id_is_one_execution(make_api, comments):
    api = make_api(comments)
    first = api.execute("comment", payload={"text": "one"}, transaction_id="t-1").json
    again = api.execute("comment", payload={"text": "two"}, transactionId="t-1").json

    assert again["execution_id"] == first["execution_id"]
    assert again["payload"] == {"text": "one", "stars": 1}
    assert api.novu.inbox("user-1").count() == 1


@pytest.mark.mission("F-US2.2")
@pytest.mark.mission("P-FR-008")
def test_controls_sent_with_the_request_change_the_output(make_api, registry):
    class Controls(BaseModel):
        greeting: str = "Hello"

    @registry.workflow("greet")
    def greet(step):
        step.in_app("inbox", lambda controls: {"body": controls.greeting}, control_schema=Controls)

    api = make_api(registry)
    answer = api.execute("greet", controls={"steps": {"inbox": {"greeting": "Hej {{subscriber.subscriberId}}"}}})
    refused = api.execute("greet", controls={"steps": {"inbox": {"nope": 1}}})

    assert answer.json["step_results"]["inbox"]["body"] == "Hej user-1"
    assert api.execute("greet").json["step_results"]["inbox"]["body"] == "Hello"
    assert refused.status == 400
    assert refused.json["error_type"] == "ControlsInvalidError"
    assert refused.json["errors"][0]["path"] == "/nope"


@pytest.mark.mission("F-FR-007")
@pytest.mark.mission("P-FR-009")
def test_an_async_workflow_runs_too(make_api, registry):
    @registry.workflow("async")
    async def asynchronous(payload, step):
        await step.in_app("inbox", {"body": "async"})
        await step.custom("echo", lambda: payload)

    body = make_api(registry).execute("async", payload={"a": 1}).json

    assert body["status"] == "completed"
    assert body["step_results"]["echo"] == {"a": 1}


@pytest.mark.mission("D0-7")
def test_outputs_of_python_types_are_json(make_api, registry):
    class Color(Enum):
        RED = "red"

    @dataclass
    class Point:
        x: int

    @registry.workflow("types")
    def types(step):
        step.custom(
            "all",
            lambda: {
                "at": datetime(2026, 1, 5, tzinfo=timezone.utc),
                "id": UUID(int=7),
                "price": Decimal("1.50"),
                "color": Color.RED,
                "model": Comment(text="x"),
                "point": Point(1),
                "pair": (1, 2),
            },
        )

    assert make_api(registry).execute("types").json["step_results"]["all"] == {
        "at": "2026-01-05T00:00:00+00:00",
        "id": str(UUID(int=7)),
        "price": "1.50",
        "color": "red",
        "model": {"text": "x", "stars": 1},
        "point": {"x": 1},
        "pair": [1, 2],
    }


def test_numbers_beyond_64_bits_come_back_as_they_were(make_api, registry):
    @registry.workflow("w")
    def w(step, payload):
        step.custom("echo", lambda: payload)

    payload = {"id": 123456789012345678901234567890, "at": -(2**64)}
    answer = make_api(registry).execute("w", payload=payload)
    assert answer.json["payload"] == answer.json["step_results"]["echo"] == payload
    assert b"123456789012345678901234567890" in answer.body
