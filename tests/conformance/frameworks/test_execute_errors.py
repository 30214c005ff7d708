"""Triggering over HTTP: what is refused, and what is told of a run that failed."""

from __future__ import annotations

import asyncio
import json

import pytest

from novu_core import Retry
from tests.providers import Refusing


class TimedOut(BaseException):
    """As gevent's Timeout: no Exception."""


@pytest.mark.mission("F-US3.3")
@pytest.mark.mission("P-E2")
@pytest.mark.mission("D0-10")
@pytest.mark.parametrize("kind", [RuntimeError, TimedOut, asyncio.CancelledError])
@pytest.mark.parametrize("where", ["resolver", "function"])
def test_code_that_raises_is_a_500_that_tells_nothing_of_it(make_api, registry, where, kind):
    @registry.workflow("boom")
    def boom(payload, step):
        def fail():
            raise kind("secret /etc/passwd")

        step.in_app("breaks", fail if where == "resolver" else {"body": "fine"})
        if payload.get("raise"):
            fail()

    api = make_api(registry, debug=False, strict_authentication=False)
    answer = api.execute("boom", payload={"raise": where == "function"})

    assert answer.status == 500
    body = answer.json
    assert body["error_type"] == kind.__name__
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


@pytest.mark.mission("D0-4")
@pytest.mark.mission("F-SC-005")
def test_an_error_body_has_the_four_fields(make_api, comments):
    body = make_api(comments).get("/executions/none").json

    assert body.keys() == {"detail", "status_code", "error_type", "error_id"}
    assert json.dumps(body)


def test_while_errors_are_exposed_a_failed_run_tells_its_fields(make_api, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda: {"subject": "s"}, on_error="stop")

    body = make_api(registry).execute("w").json
    assert body["step_id"] == "mail"
    assert body["errors"] == [{"path": "", "message": "must have required property 'body'"}]
    assert "errors" not in make_api(registry, debug=False, strict_authentication=False).execute("w").json


def test_controls_of_a_workflow_whose_function_raises_name_the_reason(make_api, hello):
    @hello.workflow("broken")
    def broken(payload, step):
        step.email("mail", {"subject": "s", "body": "b"})
        return {}["missing"]

    api = make_api(hello)
    for answer in (
        api.get("/workflows/broken/steps/mail/controls"),
        api.execute("broken", controls={"steps": {"mail": {}}}),
    ):
        assert (answer.status, answer.json["error_type"]) == (500, "DiscoveryError")
        assert "`broken` raised KeyError: 'missing'" in answer.json["detail"]
