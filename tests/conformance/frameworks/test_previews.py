"""A step's preview over HTTP: the answer, who may ask for what, and where a fault of the input is told."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from tests.conformance.frameworks.conftest import KEY
from tests.conformance.frameworks.test_studio import BOTH, cookie_of, log_in

PATH = "/workflows/order/steps/mail/preview"


class Order(BaseModel):
    number: int


class Controls(BaseModel):
    subject: str = "Order {{payload.number}}"


@pytest.fixture
def order(registry):
    @registry.workflow("order", payload_schema=Order)
    def order(payload, step):
        step.email(
            "mail",
            lambda controls: {"subject": controls.subject, "body": f"for {{}} {payload.number}"},
            control_schema=Controls,
        )
        step.sms("broken", lambda: {"body": {}["the secret of the code"]})

    @registry.workflow("later")
    async def later(step, subscriber):
        await step.sms("text", lambda: {"body": f"{subscriber.first_name}"})

    return registry


def test_a_preview(make_api, order):
    api = make_api(order)
    answer = api.post(PATH)
    assert (answer.status, answer.json["payload"], answer.json["output"]["subject"]) == (200, {"number": 0}, "Order 0")
    body = {
        "payload": {"number": 7},
        "controls": {"subject": "No {{payload.number}}"},
        "to": {"subscriberId": "a", "email": "a@b.c"},
    }
    shown = api.post(PATH, json=body).json
    assert shown["output"]["subject"] == "No 7"
    assert ["To", "a@b.c"] in shown["headers"]
    assert shown["text"].strip() == "for {} 7"
    assert set(shown) == {"step_id", "type", "skipped", "closed", "controls", "output", "payload", "to", "text", "headers", "source",
                          "due_at", "error"}  # fmt: skip
    assert api.get("/executions").json["items"] == []
    assert api.novu.messages.list().items == []


def test_a_preview_tells_of_a_suppressed_address(make_api, order):
    api = make_api(order)
    to = {"subscriberId": "a", "email": "a@b.c"}
    assert api.post(PATH, json={"to": to}).json["closed"] is None
    found = api.novu.suppressions.add("a@b.c", reason="asked by phone")
    closed = {"reason": f"suppressed: asked by phone ({found.created_at:%Y-%m-%d})", "rule": None}
    assert api.post(PATH, json={"to": to}).json["closed"] == closed


def test_a_preview_of_an_async_workflow_and_of_a_stored_subscriber(make_api, order):
    api = make_api(order)
    api.novu.subscribers.upsert({"subscriberId": "ada", "firstName": "Ada", "phone": "+1"})
    shown = api.post("/workflows/later/steps/text/preview", json={"to": "ada"}).json
    assert (shown["output"]["body"], shown["to"]["firstName"]) == ("Ada", "Ada")


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"payload": {"number": "x"}}, ["/payload/number"]),
        ({"controls": {"subject": 1}}, ["/controls/subject"]),
        ({"to": {"email": "a@b.c"}}, ["/to/subscriberId"]),
        ({"events": 101}, ["/events"]),
        ({"results": 1}, ["/results"]),
        ({"other": 1, "another": 2}, ["/another", "/other"]),
    ],
)
def test_faults_are_told_where_they_stand(make_api, order, body, paths):
    answer = make_api(order).post(PATH, json=body)
    assert (answer.status, [fault["path"] for fault in answer.json["errors"]]) == (400, paths)


def test_what_is_not_there(make_api, order):
    api = make_api(order)
    for path in ("/workflows/nothing/steps/mail/preview", "/workflows/order/steps/nothing/preview"):
        assert api.post(path).status == 404


def test_who_may_edit_is_shown_no_subscriber(make_api, order):
    api = make_api(order, **BOTH)
    api.novu.subscribers.upsert({"subscriberId": "ada", "firstName": "Ada"})
    for password, name in ((KEY, "Ada"), ("pass word", "None")):
        session = cookie_of(log_in(api, password))
        shown = api.post("/workflows/later/steps/text/preview", json={"to": "ada"}, headers=session)
        assert (shown.status, shown.json["output"]["body"]) == (200, name)


def test_why_the_code_failed_is_told_to_who_may_know(make_api, order):
    api = make_api(order, **BOTH)
    path = "/workflows/order/steps/broken/preview"
    for headers, told in (({"authorization": f"ApiKey {KEY}"}, False), (cookie_of(log_in(api, "pass word")), True)):
        answer = api.post(path, headers=headers)
        assert (answer.status, answer.json["error"]["type"]) == (200, "KeyError")
        assert (b"the secret of the code" in answer.body) == told
        assert b"Traceback" not in answer.body
    assert "trace" in make_api(order).post(path).json["error"]
