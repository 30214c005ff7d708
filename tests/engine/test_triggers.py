"""What a trigger takes, refuses and returns; a repeated one changes nothing."""

from __future__ import annotations

import threading
import uuid

import pytest

from novu_core import Client, Payload, Registry, Settings
from novu_core.errors import RecipientInvalidError, ValidationError, WorkflowNotFoundError
from tests.engine.conftest import ADA


@pytest.mark.parametrize("transaction_id", ["", "  ", 5])
def test_a_transaction_id_is_text_that_is_not_blank(env, one, transaction_id):
    with pytest.raises(RecipientInvalidError) as told:
        env.trigger(one, "ada", transaction_id=transaction_id)
    assert told.value.errors[0].path == "/transaction_id"
    assert env.client.executions.list().items == []


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


@pytest.mark.parametrize("workflow", [None, 5, object()])
def test_what_is_no_workflow_is_told(env, workflow):
    with pytest.raises(TypeError, match="takes a workflow or its id"):
        env.client.trigger(workflow, "ada")


def test_an_option_that_does_not_exist_is_named_with_those_that_do(env, one):
    with pytest.raises(TypeError, match="no option `tranaction_id`; its options are transaction_id, metadata"):
        env.trigger(one, "ada", tranaction_id="t")
    with pytest.raises(ValidationError) as told:
        env.trigger(one, "ada", wait="no")
    assert told.value.errors[0].path == "/wait"


@pytest.mark.mission("D3-P1")
def test_a_payload_for_no_workflow_is_refused(env):
    with pytest.raises(WorkflowNotFoundError, match="nope"):
        env.trigger("nope", to="ada")


def test_a_workflow_of_another_client_is_refused_with_the_fix(env):
    other = Registry()

    @other.workflow("other")
    def other_workflow(step):
        step.custom("c", dict)

    with pytest.raises(Exception, match="not registered"):
        env.client.trigger(other_workflow, to="ada")
    with pytest.raises(Exception, match="not registered"):
        other_workflow.trigger(to="ada")


@pytest.mark.mission("D3-R1")
def test_one_payload_belongs_to_one_execution(env, one):
    run = env.trigger(one, to="ada", payload={"x": 1}, metadata={"by": "test"})
    assert run.payload == Payload("one", "ada", {"x": 1}, {"by": "test"})
    assert run["payload"] == {"x": 1}


@pytest.mark.mission("D3-X1")
def test_execution_ids_are_unique_and_of_version_seven(env, one):
    ids = [env.trigger(one, to="ada").execution_id for _ in range(50)]
    assert len(set(ids)) == 50
    assert {uuid.UUID(item).version for item in ids} == {7}


def test_a_repeated_transaction_changes_nothing(env, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("a", {"body": "b"})

    first = env.trigger(w, ADA, transaction_id="t")
    env.client.workflows.archive("w")
    again = env.trigger(w, {"subscriberId": "ada", "email": "other@example.org"}, transaction_id="t")
    assert again.execution_id == first.execution_id
    assert env.client.subscribers.get("ada").email == ADA["email"]


@pytest.mark.mission("P-E4")
def test_eight_threads_with_one_transaction_id_are_one_execution(tmp_path, registry, mail):
    url = f"sqlite:///{tmp_path}/novu.db"
    with Client(Settings(store_url=url, worker="none"), workflows=registry) as client:
        ids = set()
        barrier = threading.Barrier(8)

        def go():
            barrier.wait()
            ids.add(client.trigger(mail, to="ada", transaction_id="same").execution_id)

        threads = [threading.Thread(target=go) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ids) == 1
        assert client.inbox("ada").count() == 1
