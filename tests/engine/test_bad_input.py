"""What nobody should pass, raise or return: a clear error, and nothing is left running."""

from __future__ import annotations

import threading

import pytest
from pydantic import BaseModel

from novu_core import Client
from novu_core.errors import (
    ConfigurationError,
    ControlsInvalidError,
    DiscoveryError,
    PayloadInvalidError,
    RecipientInvalidError,
    ValidationError,
)
from tests.engine.conftest import ADA
from tests.engine.test_runs import with_providers
from tests.providers import Failing, Recording

HALF = "\ud800"


@pytest.fixture
def one(registry):
    @registry.workflow("one")
    def one(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return one


@pytest.mark.parametrize("name", ["metadata", "overrides", "context", "controls"])
@pytest.mark.parametrize(
    ("value", "words"), [(5, "must be an object, not int"), ([1], "not list"), ({"x": object()}, "not JSON")]
)
def test_what_a_trigger_carries_must_be_json_objects(env, one, name, value, words):
    with pytest.raises(ValidationError) as told:
        env.trigger(one, ADA, **{name: value})
    assert told.value.errors[0].path == f"/{name}"
    assert words in told.value.errors[0].message
    assert env.client.executions.list().items == []


def test_the_steps_of_controls_must_be_an_object(env, one):
    with pytest.raises(ControlsInvalidError) as told:
        env.trigger(one, ADA, controls={"steps": 5})
    assert told.value.errors[0].path == "/controls/steps"


def test_a_payload_that_is_nested_too_deeply_is_refused(env, one):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PayloadInvalidError) as told:
        env.trigger(one, ADA, {"deep": deep})
    assert "nested too deeply" in told.value.errors[0].message


@pytest.mark.parametrize("bad", [HALF, "a\0b"])
@pytest.mark.parametrize("place", ["id", "subscriber", "topic", "transaction_id"])
def test_an_id_that_no_store_can_hold_is_refused(env, one, bad, place):
    to = {"id": bad, "subscriber": {"subscriberId": bad}, "topic": {"type": "Topic", "topicKey": bad}}.get(place, "ada")
    with pytest.raises(RecipientInvalidError) as told:
        env.trigger(one, to, transaction_id=bad if place == "transaction_id" else None)
    assert "which is not text" in told.value.errors[0].message


def test_half_a_surrogate_pair_in_data_is_kept(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        step.custom("c", lambda: {"text": payload["text"]})
        step.delay("pause", {"amount": 1, "unit": "hours"})

    result = env.trigger(w, ADA, {"text": HALF})
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).step_results["c"] == {"text": HALF}


@pytest.mark.parametrize("workflow", [None, 5, object()])
def test_what_is_no_workflow_is_told(env, workflow):
    with pytest.raises(TypeError, match="takes a workflow or the id of one"):
        env.client.trigger(workflow, "ada")


@pytest.mark.parametrize(("key", "members", "path"), [("", ["a"], "/topic_key"), ("t", ["a", 5], "/subscriber_ids/1")])
def test_topics_have_keys_and_members_with_ids(env, key, members, path):
    with pytest.raises(ValidationError) as told:
        env.client.topics.subscribe(key, members)
    assert told.value.errors[0].path == path
    assert env.client.topics.get(key) == []


@pytest.mark.parametrize(("given", "path"), [(5, ""), ({"channels": 5}, "/channels"), ({"all": 5}, "/all")])
def test_preferences_are_objects(env, given, path):
    with pytest.raises(ValidationError) as told:
        env.client.preferences.set("ada", given)
    assert told.value.errors[0].path == path


def test_an_unknown_status_is_no_filter(env):
    with pytest.raises(ValidationError, match="pending, running, completed, failed"):
        env.client.executions.list(status="done")


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_an_error_that_can_not_be_printed_is_still_a_failed_delivery(registry, one):
    with with_providers(registry, Failing(Unprintable()), Recording(name="second")) as env:
        result = env.trigger(one, ADA)
        assert result.status == "completed"
        assert "a Unprintable that can not be printed" in result.steps[0].attempts[0]["error"]["message"]


def test_an_error_of_the_function_that_can_not_be_printed_is_in_the_history(env, registry):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1})
        if env.client.executions.list().items:
            raise Unprintable

    assert "can not be printed" in env.trigger(w, "ada").error["message"]


def test_a_provider_that_exits_ends_its_attempt_only(registry, one):
    with with_providers(registry, Failing(SystemExit(3), name="flaky"), Recording(name="second")) as env:
        result = env.trigger(one, ADA)
        assert (result.status, result.steps[0].attempts[0]["error"]["message"]) == (
            "completed",
            "flaky raised SystemExit: 3",
        )


def test_a_function_that_exits_fails_its_run_but_a_signal_in_the_main_thread_leaves_it_to_its_lease(env, registry):
    exits = []

    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1})
        if exits:
            raise SystemExit(3)

    env.trigger(w, "bob")
    exits.append(True)
    with pytest.raises(SystemExit):
        env.trigger(w, "ada")
    [run] = env.client.executions.list(subscriber_id="ada")
    assert run.status == "running"
    env.clock.advance(env.client.engine.parts.lease)
    thread = threading.Thread(target=env.client.worker.run_due)
    thread.start()
    thread.join()
    failed = env.client.executions.get(run.execution_id)
    assert (failed.status, failed.error["type"]) == ("failed", "SystemExit")


def test_an_option_that_does_not_exist_is_named_with_those_that_do(env, one):
    with pytest.raises(TypeError, match="no option `tranaction_id`; use transaction_id, metadata"):
        env.trigger(one, "ada", tranaction_id="t")
    with pytest.raises(ValidationError) as told:
        env.trigger(one, "ada", wait="no")
    assert told.value.errors[0].path == "/wait"


@pytest.mark.parametrize("limit", ["5", None, 1.5, True, 0, 101])
@pytest.mark.parametrize("manager", ["executions", "messages", "subscribers"])
def test_a_limit_is_a_number_from_1_to_100(env, manager, limit):
    with pytest.raises(ValidationError) as told:
        getattr(env.client, manager).list(limit=limit)
    assert told.value.errors[0].path == "/limit"


@pytest.mark.parametrize(("subscriber", "fields"), [(5, {}), (None, {}), ("a", {"email": 5}), ({"email": "x"}, {})])
def test_what_is_no_subscriber_is_told(env, subscriber, fields):
    with pytest.raises(RecipientInvalidError):
        env.client.subscribers.upsert(subscriber, **fields)


def test_fields_of_a_subscriber_are_merged_by_either_name(env):
    env.client.subscribers.upsert(
        {"subscriberId": "a", "firstName": "Ada"}, first_name="Augusta", email="a@example.org"
    )
    found = env.client.subscribers.upsert("a", lastName="King")
    assert (found.first_name, found.last_name, found.email) == ("Augusta", "King", "a@example.org")


def test_members_of_a_topic_are_ids(env):
    with pytest.raises(ValidationError) as told:
        env.client.topics.subscribe("t", 5)
    assert told.value.errors[0].path == "/subscriber_ids"


def test_numbers_that_are_none_are_refused_in_a_typed_payload_too(env, registry):
    class Payload(BaseModel):
        ratio: float

    @registry.workflow("typed", payload_schema=Payload)
    def typed(step):
        step.in_app("a", {"body": "b"})

    for payload in ({"ratio": float("inf")}, Payload(ratio=float("nan"))):
        with pytest.raises(PayloadInvalidError):
            env.trigger(typed, "ada", payload)


@pytest.mark.parametrize("cursor", ["", "abc", "019b8d62-7a80-7000-84a5", 5])
def test_a_damaged_cursor_is_no_first_page(env, cursor):
    for listing in (env.client.executions.list, env.client.messages.list, env.client.inbox("ada").list):
        with pytest.raises(ValidationError) as told:
            listing(cursor=cursor)
        assert told.value.errors[0].path == "/cursor"


@pytest.mark.parametrize(
    ("retry", "told"),
    [
        (
            {"attempts": 0},
            "Invalid configuration. NOVU_RETRY: attempts must be a whole number of at least 1 (1: no retry), not 0.",
        ),
        (
            {"tries": 3},
            "Invalid configuration. NOVU_RETRY: give attempts, base and cap, as {'attempts': 4}, not {'tries': 3}",
        ),
        (5, "Invalid configuration. NOVU_RETRY: give attempts, base and cap, as {'attempts': 4}, not 5"),
    ],
)
def test_a_retry_setting_that_makes_no_sense_is_told(registry, retry, told):
    with pytest.raises(ConfigurationError) as caught:
        Client({"NOVU_RETRY": retry, "NOVU_WORKER": "none"}, registry)
    assert str(caught.value) == told


def test_a_function_that_exits_at_discovery_ends_nobody_else(registry):
    @registry.workflow("exits")
    def exits(step):
        raise SystemExit(3)

    with pytest.raises(DiscoveryError, match="`exits` raised SystemExit: 3"):
        registry["exits"].discover()
