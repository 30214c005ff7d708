"""Triggers."""

from __future__ import annotations

import threading

import pytest
from pydantic import BaseModel

from novu_core.errors import StoreError
from tests.conformance.novu.conftest import fill, is_error

TRIGGER = "/v1/events/trigger"


def runs(novu, **filters):
    return novu.client.executions.list(**filters).items


def test_a_trigger_records_and_answers_at_once(idle):
    done = idle.good("POST", TRIGGER, {"name": "welcome", "to": "ada", "payload": {"firstName": "A"}}, 201)
    assert (done["acknowledged"], done["status"]) == (True, "processed")
    [run] = runs(idle)
    assert (run.transaction_id, run.status, run.started_at) == (done["transactionId"], "pending", None)


def test_code_that_raises_is_processed_and_becomes_a_failed_job(make_novu, registry):
    @registry.workflow("boom")
    def boom(step):
        step.custom("breaks", lambda: 1 / 0)

    novu = make_novu(registry)
    assert novu.trigger("ada", "boom")["status"] == "processed"
    [run] = novu.ask("GET", "/v1/notifications").json["data"]
    assert [(job["type"], job["status"]) for job in run["jobs"]] == [("custom", "failed")]


def test_code_that_no_run_can_use_is_told_and_is_not_our_500(make_novu, registry):
    @registry.workflow("twice")
    def twice(step):
        step.in_app("a", {"body": "1"})
        step.in_app("a", {"body": "2"})

    novu = make_novu(registry, works=False)
    done = novu.good("POST", TRIGGER, {"name": "twice", "to": "ada"}, 201)
    assert (done["status"], done["error"]) == ("error", ["StepAlreadyExistsError"])


def test_a_repeat_answers_as_the_first_and_runs_nothing_again(idle):
    body = {"name": "welcome", "to": ["ada", "bob"], "payload": {"firstName": "A"}, "transactionId": "tx"}
    answers = []

    def send():
        answers.append(idle.ask("POST", TRIGGER, body))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.body for answer in answers} == {
        b'{"data":{"acknowledged":true,"status":"processed","transactionId":"tx"}}'
    }
    assert len(runs(idle)) == 2
    changed = idle.good("POST", TRIGGER, {**body, "payload": {"firstName": "other"}}, 201)
    assert (changed["status"], len(runs(idle))) == ("processed", 2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"), ({"to": "a"}, "name"), ({"name": "welcome"}, "to"), ({"name": 7, "to": "a"}, "name"),
        ({"name": "", "to": "a"}, "name"), ({"name": None, "to": "a"}, "name"), ({"workflowId": "welcome", "to": "a"}, "name"),
        ({"name": "welcome", "to": None}, "to"), ({"name": "welcome", "to": ""}, "to"), ({"name": "welcome", "to": []}, "to"),
        ({"name": "welcome", "to": " "}, "to"), ({"name": "welcome", "to": 7}, "to"), ({"name": "welcome", "to": {}}, "to.subscriberId"),
        ({"name": "welcome", "to": [["a"]]}, "to.0"), ({"name": "welcome", "to": {"subscriberId": 5}}, "to.subscriberId"),
        ({"name": "welcome", "to": {"subscriberId": "a", "email": 5}}, "to.email"),
        ({"name": "welcome", "to": {"subscriberId": "a", "timezone": "Mars/Base"}}, "to.timezone"),
        ({"name": "welcome", "to": {"type": "Topic", "topicKey": 5}}, "to.topicKey"),
        ({"name": "welcome", "to": "a", "payload": []}, "payload"), ({"name": "welcome", "to": "a", "payload": "x"}, "payload"),
        ({"name": "welcome", "to": "a", "transactionId": 5}, "transactionId"),
        ({"name": "welcome", "to": "a", "overrides": []}, "overrides"), ({"name": "welcome", "to": "a", "context": 1}, "context"),
        ({"name": "welcome", "to": "a", "actor": 5}, "actor"),
    ],
)  # fmt: skip
def test_the_form_of_a_trigger_is_checked_and_nothing_runs(idle, body, field):
    if body.get("name") == "welcome" and "payload" not in body:
        body = {**body, "payload": {"firstName": "A"}}
    told = is_error(idle.ask("POST", TRIGGER, body), 422)
    assert field in told["errors"], told
    assert all(isinstance(fault["messages"], list) for fault in told["errors"].values())
    assert runs(idle) == []


def test_an_unknown_workflow_comes_before_its_payload_and_in_novus_words(idle):
    told = is_error(idle.ask("POST", TRIGGER, {"name": "none", "to": "a", "payload": {"firstName": 7}}), 422)
    assert told["message"] == "workflow_not_found"
    assert told["errors"] == {"name": {"messages": ["workflow_not_found"], "value": "none"}}


def test_a_payload_that_does_not_fit_names_its_fields(idle):
    told = is_error(idle.ask("POST", TRIGGER, {"name": "welcome", "to": "a", "payload": {}}), 400)
    assert (told["type"], told["errors"]) == (
        "PAYLOAD_VALIDATION_ERROR",
        [{"field": "root.firstName", "message": "Field required"}],
    )
    assert runs(idle) == []


@pytest.mark.parametrize(
    "raw", [b"{", b"[1]", b"null", b'"x"', b"\xff", b'{"a": NaN}', b"[" * 500, b'{"name": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_a_400_that_the_clients_can_read(idle, raw):
    for path in (TRIGGER, TRIGGER + "/bulk", TRIGGER + "/broadcast"):
        told = is_error(idle.ask("POST", path, raw=raw), 400)
        assert (told["type"], told["errors"]) == ("PAYLOAD_VALIDATION_ERROR", [])


def test_a_draft_and_an_archived_workflow_are_not_active_and_a_conflict_is_never_told(idle):
    for status in ("draft", "archived"):
        done = idle.good("POST", TRIGGER, {"name": "draft-one", "to": "ada"}, 201)
        assert (done["acknowledged"], done["status"]) == (True, "trigger_not_active"), status
        if status == "draft":
            idle.client.workflows.activate("draft-one")
            idle.client.workflows.archive("draft-one")
    assert runs(idle) == []


def test_a_workflow_without_steps_and_a_tenant_that_nobody_knows(make_novu, registry):
    @registry.workflow("empty")
    def empty(step):
        pass

    novu = make_novu(fill(registry), works=False)
    done = novu.good("POST", TRIGGER, {"name": "empty", "to": "ada"}, 201)
    assert done["status"] == "no_workflow_steps_defined"
    body = {"name": "weekly", "to": "ada", "tenant": "acme"}
    assert novu.good("POST", TRIGGER, body, 201)["status"] == "no_tenant_found"
    assert novu.good("POST", TRIGGER, {**body, "tenant": None}, 201)["status"] == "processed"
    assert len(runs(novu)) == 1


def test_what_the_engine_has_no_use_for_is_ignored(idle):
    more = {"bridgeUrl": "https://x", "agentId": "a", "unknown": [1], "overrides": {"email": {"from": "x"}}}
    body = {"name": "weekly", "to": "ada", "actor": {"subscriberId": "eve"}, "context": {"app": {"id": "shop"}}, **more}
    assert idle.good("POST", TRIGGER, body, 201)["status"] == "processed"


def test_a_recipient_that_is_named_only_is_a_subscriber_from_then_on(idle):
    to = ["zoe", {"subscriberId": "yan", "firstName": "Yan"}]
    idle.good("POST", TRIGGER, {"name": "weekly", "to": to}, 201)
    assert idle.good("GET", "/v2/subscribers/zoe")["subscriberId"] == "zoe"
    assert idle.good("GET", "/v2/subscribers/yan")["firstName"] == "Yan"


def test_a_recipient_is_changed_by_what_is_sent_and_null_clears(idle):
    idle.good("POST", "/v2/subscribers", {"subscriberId": "ada", "firstName": "Ada", "lastName": "King"}, 201)
    to = {"subscriberId": "ada", "lastName": None, "email": "ada@example.org"}
    idle.good("POST", TRIGGER, {"name": "weekly", "to": to}, 201)
    ada = idle.good("GET", "/v2/subscribers/ada")
    assert (ada["firstName"], ada.get("lastName"), ada["email"]) == ("Ada", None, "ada@example.org")


def test_the_idempotency_key_is_neither_needed_nor_minded(idle):
    body = {"name": "weekly", "to": "ada"}
    for key in ("x", "x", "y" * 300):
        done = idle.ask("POST", TRIGGER, body, headers={"idempotency-key": key})
        assert done.status == 201
    assert len(runs(idle)) == 3


def test_a_body_beyond_the_limit_is_a_413(make_novu, registry):
    novu = make_novu(fill(registry), works=False, max_body_bytes=200)
    is_error(novu.ask("POST", TRIGGER, {"name": "weekly", "to": "ada", "payload": {"text": "x" * 300}}), 413)


def test_a_request_names_a_hundred_recipients_at_most(idle):
    many = [f"u{number}" for number in range(101)]
    told = is_error(idle.ask("POST", TRIGGER, {"name": "weekly", "to": many}), 422)
    assert list(told["errors"]) == ["to"]
    assert idle.good("POST", TRIGGER, {"name": "weekly", "to": many[:100]}, 201)["status"] == "processed"
    assert len(runs(idle, limit=100)) == 100
    assert idle.ask("GET", "/v2/subscribers?limit=1").json["totalCount"] == 100


def test_of_many_faults_the_first_are_named(make_novu, registry):
    class Numbers(BaseModel):
        n: list[int]

    @registry.workflow("numbers", payload_schema=Numbers)
    def numbers(step):
        step.in_app("a", {"body": "b"})

    novu = make_novu(registry, works=False)
    answer = novu.ask("POST", TRIGGER, {"name": "numbers", "to": "ada", "payload": {"n": ["no"] * 5000}})
    assert len(is_error(answer, 400)["errors"]) == 100
    answer = novu.ask("POST", "/v2/topics/t/subscriptions", {"subscriberIds": [5] * 5000})
    assert len(is_error(answer, 422)["errors"]) == 100
    assert len(answer.body) < 30_000


def test_what_is_our_own_fault_is_a_500_that_the_log_knows(idle, monkeypatch, caplog):
    def broken(*args, **options):
        raise RuntimeError("secret detail\nWARNING a line of its own")

    monkeypatch.setattr(idle.client, "dispatch", broken)
    told = is_error(idle.ask("POST", TRIGGER, {"name": "weekly", "to": "ada"}), 500)
    assert told["errorId"] in caplog.text
    assert "secret" not in told["message"]
    assert "\nWARNING" not in caplog.text


def test_a_store_that_fails_is_told_as_what_may_be_tried_again(idle, monkeypatch):
    def broken(*args, **options):
        raise StoreError("disk full")

    monkeypatch.setattr(idle.client, "dispatch", broken)
    told = is_error(idle.ask("POST", TRIGGER, {"name": "weekly", "to": "ada"}), StoreError.status_code)
    assert "disk" not in told["message"]


def test_controls_of_a_trigger_are_those_of_the_workflow(make_novu, registry):
    class Controls(BaseModel):
        text: str = "b"

    @registry.workflow("controlled")
    def controlled(step):
        step.in_app("a", lambda controls: {"body": controls.text}, control_schema=Controls)

    novu = make_novu(registry)
    novu.trigger("ada", "controlled", {}, controls={"steps": {"a": {"text": "given"}}}, transactionId="tx")
    [message] = novu.client.messages.list(transaction_id="tx").items
    assert message.content["body"] == "given"
    bad = {"name": "controlled", "to": "ada", "controls": {"steps": {"a": {"other": 1}}}}
    is_error(novu.ask("POST", TRIGGER, bad), 422)
