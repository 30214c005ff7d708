"""What is refused of a request's body, and how its faults are named."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

KEY = {"authorization": "ApiKey s"}


@pytest.fixture
def api(make_api, registry):
    class Order(BaseModel):
        amount: int
        lines: list[int] = []

    @registry.workflow("order")
    def order(payload: Order, step):
        step.sms("text", {"body": "b"})

    return make_api(registry, debug=False, secret_key="s", max_body_bytes=1000)


@pytest.mark.parametrize(
    ("length", "status"),
    [("99999999999", 413), ("1001", 413), ("9" * 400, 413), ("1000", 400), ("41", 400), ("40", 200)],
)
def test_a_body_that_was_cut_off_does_not_run(api, length, status):
    body = b'{"to": "ada", "payload": {"amount": 1}} '
    assert len(body) == 40
    answer = api.post("/workflows/order/execute", data=body, headers={**KEY, "content-length": length})
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert len(api.novu.executions.list()) == (status == 200)


@pytest.mark.parametrize("key", ["transactionID", "transaction", "payloads", "wait", "TO"])
def test_an_unknown_key_is_named(api, key):
    answer = api.post("/workflows/order/execute", json={"to": "ada", "payload": {"amount": 1}, key: "x"}, headers=KEY)
    assert answer.status == 400
    [fault] = answer.json["errors"]
    assert fault["path"] == f"/{key}"
    assert fault["message"].startswith("unknown key; use one of to, payload, metadata, transaction_id")
    assert len(api.novu.executions.list()) == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"to": "ada", "payload": {"amount": "x"}}, "/payload/amount"),
        ({"to": "ada", "payload": {}}, "/payload/amount"),
        ({"to": "ada", "payload": {"amount": 1, "lines": [1, "x"]}}, "/payload/lines/1"),
        ({"to": "ada", "payload": []}, "/payload"),
        ({"to": {"subscriberId": " "}, "payload": {"amount": 1}}, "/to/subscriberId"),
        ({"to": "ada", "payload": {"amount": 1}, "metadata": []}, "/metadata"),
    ],
)
def test_every_fault_is_named_from_the_body_s_root(api, body, path):
    answer = api.post("/workflows/order/execute", json=body, headers=KEY)
    assert answer.status == 400
    assert path in [fault["path"] for fault in answer.json["errors"]]


def test_our_own_word_about_the_configuration_is_told_in_production(api):
    body = {"to": {"subscriberId": "ada", "phone": "+49"}, "payload": {"amount": 1}}
    answer = api.post("/workflows/order/execute", json=body, headers=KEY)
    assert (answer.status, answer.json["outcome"]) == (200, "partial")
    [step] = answer.json["steps"]
    assert "NOVU_DELIVERY" in step["error"]["message"]
    assert "trace" not in step["error"]


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
