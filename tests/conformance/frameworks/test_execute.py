"""Triggering over HTTP: what answers, and with which status."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from pydantic import BaseModel

from novu_core import Retry
from tests.providers import Refusing


class Comment(BaseModel):
    text: str
    stars: int = 1


@pytest.fixture
def comments(registry):
    @registry.workflow("comment", payload_schema=Comment)
    def comment(payload, step):
        step.in_app("inbox", {"body": payload.text})
        step.custom("count", lambda: {"stars": payload.stars})

    return registry


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


@pytest.mark.mission("F-US3.3")
@pytest.mark.mission("P-E2")
@pytest.mark.mission("D0-10")
@pytest.mark.parametrize("where", ["resolver", "function"])
def test_code_that_raises_is_a_500_that_tells_nothing_of_it(make_api, registry, where):
    @registry.workflow("boom")
    def boom(payload, step):
        def fail():
            raise RuntimeError("secret /etc/passwd")

        step.in_app("breaks", fail if where == "resolver" else {"body": "fine"})
        if payload.get("raise"):
            fail()

    api = make_api(registry, debug=False, strict_authentication=False)
    answer = api.execute("boom", payload={"raise": where == "function"})

    assert answer.status == 500
    body = answer.json
    assert body["error_type"] == "RuntimeError"
    assert body["status_code"] == 500
    assert body["error_id"]
    assert body["step_id"] == ("breaks" if where == "resolver" else None)
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    stored = api.novu.executions.get(body["execution_id"])
    assert stored.status == "failed"
    assert stored.error["message"] == "secret /etc/passwd"
    history = api.get(f"/executions/{body['execution_id']}")
    assert b"secret" not in history.body
    assert b"Traceback" not in history.body


def test_exposed_errors_carry_message_and_trace(make_api, registry):
    @registry.workflow("boom")
    def boom(step):
        step.custom("breaks", lambda: 1 / 0)

    body = make_api(registry, expose_errors=True).execute("boom").json

    assert body["detail"] == "division by zero"
    assert "ZeroDivisionError" in body["trace"]


@pytest.mark.mission("P-E5")
def test_a_delivery_that_failed_for_good_is_200_partial(make_api, registry):
    @registry.workflow("mail")
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b"}, retry=Retry(attempts=1))
        step.in_app("inbox", {"body": "still here"})

    api = make_api(registry, delivery={"email": Refusing(ConnectionRefusedError("nobody listens"))})
    answer = api.execute("mail", to={"subscriberId": "u", "email": "u@example.org"})

    assert answer.status == 200
    assert answer.json["status"] == "failed"
    assert answer.json["outcome"] == "partial"
    assert answer.json["step_results"] == {"inbox": {"body": "still here"}}
    assert answer.json["steps"][0]["error"]["message"].endswith("nobody listens")


def test_draft_and_archived_workflows_are_409(make_api, registry):
    @registry.workflow("draft", status="draft")
    def draft(step):
        step.in_app("inbox", {"body": "b"})

    api = make_api(registry)
    answer = api.execute("draft")
    api.novu.workflows.activate("draft")
    active = api.execute("draft")
    api.novu.workflows.archive("draft")
    archived = api.execute("draft")

    assert (answer.status, active.status, archived.status) == (409, 200, 409)
    assert "activate" in answer.json["detail"]
    assert answer.json["error_type"] == "WorkflowNotActiveError"


@pytest.mark.mission("F-US3.2")
@pytest.mark.mission("P-E1")
def test_an_invalid_payload_is_400_with_every_field_and_leaves_no_execution(make_api, comments):
    api = make_api(comments)
    answer = api.execute("comment", payload={"stars": "many"})

    assert answer.status == 400
    assert answer.json["error_type"] == "PayloadInvalidError"
    assert {error["path"] for error in answer.json["errors"]} == {"/payload/text", "/payload/stars"}
    assert all(error["message"] for error in answer.json["errors"])
    assert len(api.novu.executions.list()) == 0


@pytest.mark.mission("F-US3.1")
def test_an_unknown_workflow_is_404_and_named(make_api, comments):
    answer = make_api(comments).execute("nobody-knows")

    assert answer.status == 404
    assert "nobody-knows" in answer.json["detail"]
    assert answer.json["error_type"] == "WorkflowNotFoundError"


@pytest.mark.parametrize("to", ["", "  ", [], None, 7, {"subscriberId": ""}, {"type": "Topic"}, ["ok", ""]])
def test_a_recipient_that_names_nobody_is_400(make_api, comments, to):
    answer = make_api(comments).execute("comment", to=to, payload={"text": "x"})

    assert answer.status == 400
    assert answer.json["errors"][0]["path"].startswith("/to")


BAD_BODIES = {
    "empty": (b"", "application/json"),
    "not json": (b"{nope", "application/json"),
    "array": (b"[]", "application/json"),
    "invalid utf-8": (b'{"to": "\xff"}', "application/json"),
    "nan": (b'{"to": NaN}', "application/json"),
    "too deep": (b'{"to": "u", "payload": ' + b"[" * 3000 + b"]" * 3000 + b"}", "application/json"),
    "form": (b"to=u", "application/x-www-form-urlencoded"),
}


@pytest.mark.mission("D0-9")
@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_is_no_json_object_is_400(make_api, comments, name):
    data, media = BAD_BODIES[name]
    answer = make_api(comments).post("/workflows/comment/execute", data=data, headers={"content-type": media})

    assert answer.status == 400
    assert answer.json["error_type"] == "RequestInvalidError"
    assert answer.json["errors"][0]["message"].startswith("the body ")


def test_a_body_over_the_limit_is_413(make_api, comments):
    api = make_api(comments, max_body_bytes=200)

    assert api.execute("comment", payload={"text": "x" * 300}).status == 413
    assert api.execute("comment", payload={"text": "x"}).status == 200


@pytest.mark.mission("D0-4")
@pytest.mark.mission("F-SC-005")
def test_an_error_body_has_the_four_fields(make_api, comments):
    body = make_api(comments).get("/executions/none").json

    assert body.keys() == {"detail", "status_code", "error_type", "error_id"}
    assert json.dumps(body)
