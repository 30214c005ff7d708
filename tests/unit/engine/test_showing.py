"""A preview as the Studio shows it: nothing is sent, stored or run, and what is wrong is told where it stands."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from pydantic import BaseModel

from novu_core.errors import StepNotFoundError, ValidationError, WorkflowNotFoundError

ADA = {"subscriberId": "ada", "email": "ada@example.org", "firstName": "Ada"}


class Order(BaseModel):
    number: int
    city: str = "Berlin"


class Controls(BaseModel):
    subject: str = "Order {{payload.number}}"
    size: int = 1


@pytest.fixture
def ran():
    return []


@pytest.fixture
def workflows(registry, ran):
    @registry.workflow("order", payload_schema=Order)
    def order(payload, step):
        looked = step.custom("look", lambda: ran.append("look") or {"n": 1})
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email(
            "mail",
            lambda controls: {
                "subject": controls.subject * controls.size,
                "html": f"<b>{payload.city}</b>",
                "cc": "bob@example.org",
            },
            control_schema=Controls,
        )
        step.sms("text", lambda: {"body": f"{looked} {batch.event_count} {[e['payload'] for e in batch.events]}"})
        step.delay("night", {"amount": 2, "unit": "hours"})
        step.throttle("limit", {"amount": 1, "unit": "days"})
        step.push("broken", lambda: {"subject": "s", "body": {}["nothing"]})
        step.chat("wrong", lambda: {"text": 1})

    @registry.workflow("later")
    def later(payload, step):
        step.delay("text", lambda: "an hour")
        step.delay("until", {"type": "dynamic", "dynamicKey": "payload.at"})
        step.throttle("key", {"type": "dynamic", "dynamicKey": "payload.limit.until"})
        step.delay("open", {"amount": 1, "unit": "minutes", "extendToSchedule": True})
        step.in_app("bell", {"body": "b"}, skip=lambda: True)
        step.email("never", {"subject": "s", "body": "b"}, skip=lambda: True)
        step.delay("none", {"amount": 1, "unit": "hours"}, skip=lambda: True)

    return registry


@pytest.fixture
def show(env, workflows, ran):
    def show(workflow_id, step_id, **options):
        return env.client.workflows.preview(workflow_id, step_id, **options)

    yield show
    assert ran == []
    assert list(env.outbox) == []
    assert env.client.executions.list().items == []
    assert env.client.messages.list().items == []


def test_an_example_is_told_back(show):
    shown = show("order", "mail")
    assert shown["payload"] == {"number": 0, "city": "Berlin"}
    assert (shown["output"]["subject"], shown["controls"]) == ("Order 0", {"subject": "Order 0", "size": 1})
    assert (shown["skipped"], shown["error"], shown["due_at"], shown["to"]) == (None, None, None, "preview")
    assert show("order", "mail", payload={"number": 7})["payload"] == {"number": 7}  # as it was given


def test_an_example_is_made_of_the_schemas_own(registry, show):
    examples = {"type": "object", "properties": {"a": {"type": "string", "examples": ["x", "y"]}, "b": True, "c": {"default": 1}},
                "required": ["a"], "examples": [{"d": 4}]}  # fmt: skip

    @registry.workflow("examples", payload_schema=examples)
    def shows(payload, step):
        step.in_app("bell", {"body": "b"})

    assert show("examples", "bell")["payload"] == {"a": "x", "c": 1, "d": 4}


def test_an_e_mail_is_shown_as_it_would_be_posted(show):
    shown = show("order", "mail", to=ADA, payload={"number": 7, "city": "Köln"})
    headers = dict(shown["headers"])
    assert (headers["To"], headers["Cc"], headers["Subject"]) == ("ada@example.org", "bob@example.org", "Order 7")
    assert headers["From"] == "sender@example.org"
    assert shown["text"].strip() == "Köln"
    assert "multipart/alternative" in shown["source"]
    assert "To: ada@example.org" in shown["source"]
    assert dict(show("order", "mail", payload={"number": 1})["headers"])["To"] == "somebody@example.org"
    assert show("order", "text")["headers"] is None


def test_it_comes_from_the_providers_own_sender(registry, workflows):
    from novu_core import Client

    with Client(
        {"delivery": {"email": ["console://", "smtp://127.0.0.1:1?from=Shop%20<shop@example.org>"]}}, registry
    ) as client:
        shown = client.workflows.preview("order", "mail")
    assert dict(shown["headers"])["From"] == "Shop <shop@example.org>"


@pytest.mark.parametrize(
    ("events", "results", "body"),
    [
        (20, {}, "{} 20 [{'number': 3"), (0, {}, "{} 0 []"),
        ([{"payload": {"a": 1}}, {"payload": {"a": 2}}], {}, "{} 2 [{'a': 1}, {'a': 2}]"),
        (3, {"look": {"n": 5}, "collect": {"events": [{"id": "x", "time": "t", "payload": {}}], "eventCount": 1}},
         "{'n': 5} 1 [{}]"),
    ],
)  # fmt: skip
def test_earlier_steps_are_given_events_and_results(show, events, results, body):
    shown = show("order", "text", events=events, results=results, payload={"number": 3})
    assert shown["output"]["body"].startswith(body)


def test_a_custom_step_does_not_run(show):
    assert show("order", "look")["output"] == {}
    assert show("order", "look", results={"look": {"n": 9}})["output"] == {"n": 9}


def test_when_a_wait_would_end(show, env):
    now = env.client.clock.now()
    for step_id, hours in (("collect", 1), ("night", 2), ("limit", 24)):
        assert show("order", step_id)["due_at"] == (now + timedelta(hours=hours)).isoformat()
    assert show("later", "text")["error"]["type"] == "ScheduleInvalidError"
    at = (now + timedelta(minutes=5)).isoformat()
    payload = {"at": at, "limit": {"until": {"amount": 1, "unit": "hours"}}}
    assert show("later", "until", payload=payload)["due_at"] == at
    assert show("later", "key", payload=payload)["due_at"] == (now + timedelta(hours=1)).isoformat()
    missing = show("later", "key", payload={"at": at})
    assert (missing["due_at"], missing["error"]["type"]) == (None, "ScheduleInvalidError")
    assert show("later", "none")["due_at"] is None
    env.client.subscribers.upsert(ADA)
    closed = {
        "isEnabled": True,
        "weeklySchedule": {"tuesday": {"isEnabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]}},
    }
    env.client.preferences.set("ada", {"schedule": closed})
    assert show("later", "open", to="ada")["due_at"] == "2026-01-06T09:00:00+00:00"  # a Tuesday


def test_which_gate_would_close(show, env):
    assert show("order", "mail", to="nobody")["closed"] is None  # the outbox of tests needs no address
    env.client.subscribers.upsert(ADA)
    env.client.preferences.set("ada", {"channels": {"email": {"enabled": False}}}, workflow_id="order")
    shown = show("order", "mail", to="ada")
    assert shown["closed"] == {"reason": "preference", "rule": "subscriber_workflow"}
    assert (shown["to"]["firstName"], shown["output"]["subject"]) == ("Ada", "Order 0")
    assert show("order", "text", to="ada")["closed"] is None
    assert show("order", "mail", to=ADA)["closed"] is None  # made up, whoever is stored under this id


def test_a_skipped_step_is_not_rendered(show):
    for step_id in ("bell", "never"):
        shown = show("later", step_id)
        assert (shown["skipped"], shown["output"], shown["headers"]) == ("skip", {}, None)


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({"payload": {}}, ["/payload/number"]),
        ({"payload": {"number": "x", "city": 1}}, ["/payload/city", "/payload/number"]),
        ({"payload": []}, ["/payload"]),
        ({"controls": {"size": "x"}}, ["/controls/size"]),
        ({"controls": {"other": 1}}, ["/controls/other"]),
        ({"to": {"email": "x"}}, ["/to/subscriberId"]),
        ({"to": " "}, ["/to"]),
        ({"events": 101}, ["/events"]),
        ({"events": -1}, ["/events"]),
        ({"events": True}, ["/events"]),
        ({"events": "3"}, ["/events"]),
        ({"events": [{}, {"payload": {}}, 1]}, ["/events/0", "/events/2"]),
        ({"results": []}, ["/results"]),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(show, options, paths):
    with pytest.raises(ValidationError) as caught:
        show("order", "mail", **{"payload": {"number": 1}, **options})
    found = sorted(fault.path for fault in caught.value.errors)
    assert found == paths


def test_what_the_code_raises_is_told_beside_what_it_was_given(show):
    shown = show("order", "broken", payload={"number": 1})
    assert (shown["error"]["type"], shown["error"]["step_id"], shown["output"]) == ("KeyError", "broken", {})
    assert shown["payload"] == {"number": 1}
    assert show("order", "wrong")["error"]["type"] == "OutputInvalidError"


def test_a_step_that_is_not_reached_with_this_payload(registry, show):
    @registry.workflow("sometimes")
    def sometimes(payload, step):
        if not payload["off"]:
            step.in_app("bell", {"body": "b"})

    shown = show("sometimes", "bell", payload={"off": True})
    assert (shown["output"], shown["error"]["message"].endswith("does not reach the step.")) == ({}, True)


def test_what_is_not_there(show):
    with pytest.raises(WorkflowNotFoundError):
        show("nothing", "mail")
    with pytest.raises(StepNotFoundError):
        show("order", "nothing")


def test_a_process_that_ends_is_not_an_error_of_the_code(env, registry):
    @registry.workflow("ends")
    def ends(step):
        def stop():
            raise KeyboardInterrupt

        step.in_app("bell", stop)

    with pytest.raises(KeyboardInterrupt):
        env.client.workflows.preview("ends", "bell")


def test_a_preview_is_soon_there(show):
    show("order", "mail", to=ADA)
    times = []
    for _ in range(5):
        began = time.thread_time()
        show("order", "mail", to=ADA, events=100)
        times.append(time.thread_time() - began)
    assert min(times) < 0.05
