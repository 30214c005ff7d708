"""With NOVU_DISPATCH=cloud: what a trigger returns, and what only Novu has."""

from __future__ import annotations

import json
import pickle

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Client, Settings
from novu_core.cloud import dispatch
from novu_core.cloud.remote import Remote
from novu_core.codec import jsonable
from novu_core.errors import ConfigurationError, KeptByNovuError, RecipientInvalidError, ValidationError
from tests.conformance.bridge.fake_api import fake_api


@pytest.fixture(scope="module")
def api():
    with fake_api() as url:
        yield url


@pytest.fixture
def commented(registry):
    @registry.workflow("comment-on-post")
    def commented(payload, step):
        step.in_app("bell", {"body": payload["text"]})
        batch = step.digest("collect", {"amount": 10, "unit": "seconds"})
        step.email("mail", lambda: {"subject": str(batch.event_count), "body": "b"})

    return commented


@pytest.fixture
def client(api, registry, commented):
    with Client(Settings(dispatch="cloud", api_url=api, secret_key="key", worker="none"), registry) as client:
        yield client


@pytest.fixture
def app(api, registry, commented):
    app = Flask("cloud")
    app.testing = True
    Novu().init_app(app, workflows=registry, dispatch="cloud", api_url=api, secret_key="key")

    @app.post("/comment/<text>")
    def comment(text):
        run = commented.trigger(to={"subscriberId": "ada"}, payload={"text": text})
        return {"status": run.status, "waiting_for": run.waiting_for, "outcome": run.outcome}

    yield app
    app.extensions["novu"].close()


def test_the_view_of_the_quickstart_answers(app):
    answer = app.test_client().post("/comment/hello")
    assert answer.json == {"status": "accepted", "waiting_for": None, "outcome": None}


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        ("ada", "ada"), ({"subscriberId": "ben"}, "ben"), (["ada", "ben"], "ada, ben"),
        ({"type": "Topic", "topicKey": "team"}, "team"),
    ],
)  # fmt: skip
def test_a_result_reads_whoever_it_is_for(client, commented, to, recipient):
    result = client.trigger(commented, to, {"text": "hi"}, transaction_id="t-1", metadata={"by": "us"})
    assert (result.status, result.transaction_id, result.workflow_id) == ("accepted", "t-1", "comment-on-post")
    assert (result.payload["text"], result.payload.recipient, result.metadata) == ("hi", recipient, {"by": "us"})
    assert (result.executions, result.repeated, result.step_results, result.steps) == ([], False, {}, [])
    nothing = ("execution_id", "outcome", "waiting_for", "resume_at", "subscriber", "error", "merged_into",
               "current_step", "created_at", "started_at", "completed_at")  # fmt: skip
    assert [getattr(result, name) for name in nothing] == [None] * len(nothing)
    with pytest.raises(AttributeError, match="staus"):
        _ = result.staus
    assert json.loads(json.dumps(jsonable(result))) == result.to_json() == {
        "status": "accepted", "transaction_id": "t-1", "workflow_id": "comment-on-post", "payload": {"text": "hi"},
        "metadata": {"by": "us"}, "step_results": {}, "steps": [], "executions": [], "repeated": False,
        **dict.fromkeys(nothing),
    }  # fmt: skip
    assert result["status"] == pickle.loads(pickle.dumps(result)).status == "accepted"


def test_a_broadcast_and_a_bulk_go_to_novu_too(client, commented, monkeypatch):
    sent = []

    class Spy(Remote):
        def _send(self, method, path, body):
            sent.append((path, body))
            return super()._send(method, path, body)

    monkeypatch.setattr(dispatch, "Remote", Spy)
    result = client.broadcast(commented, {"text": "hi"}, transaction_id="t-1", actor="ada", overrides={"a": 1})
    assert (result.status, result.transaction_id, result.payload.recipient) == ("accepted", "t-1", "everybody")
    assert sent == [
        (
            "/v1/events/trigger/broadcast",
            {"name": "comment-on-post", "payload": {"text": "hi"}, "transactionId": "t-1", "actor": "ada",
             "overrides": {"a": 1}},
        )
    ]  # fmt: skip
    with pytest.raises(ValidationError) as caught:
        client.broadcast(commented, {"text": "hi"}, exclude=["ada"])
    assert caught.value.errors[0].path == "/exclude"
    item = {"workflow": commented, "to": "ada", "payload": {"text": "hi"}}
    results = client.trigger_many([item, {**item, "to": ""}, item])
    assert [getattr(result, "status", type(result)) for result in results] == [
        "accepted", RecipientInvalidError, "accepted",
    ]  # fmt: skip
    assert [path for path, _ in sent[1:]] == ["/v1/events/trigger"] * 2


KEPT = {
    "executions": lambda client: client.executions.list(),
    "messages": lambda client: client.messages.list(),
    "subscribers": lambda client: client.subscribers.upsert("ada", firstName="Ada"),
    "preferences": lambda client: client.preferences.set("ada", {"all": {"enabled": False}}),
    "topics": lambda client: client.topics.subscribe("team", ["ada"]),
    "controls": lambda client: client.controls.set("comment-on-post", {}),
    "inbox": lambda client: client.inbox("ada").count(),
    "workflows": lambda client: client.workflows.archive("comment-on-post"),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_only_novu_has_is_refused_and_never_kept_here(client, what):
    for _ in range(2):
        with pytest.raises(KeptByNovuError, match=rf"`{what}` of the client .*NOVU_DISPATCH=cloud") as caught:
            KEPT[what](client)
    assert isinstance(caught.value, ConfigurationError)
    assert client.engine.parts.store.subscriber("ada") is None


@pytest.mark.parametrize("what", sorted(KEPT.keys() - {"workflows"}))
def test_where_this_engine_runs_it_all_of_them_answer(registry, commented, what):
    with Client(Settings(worker="none"), registry) as embedded:
        KEPT[what](embedded)


def test_the_workflows_themselves_are_still_here(client):
    assert list(client.workflows) == ["comment-on-post"]
    assert client.workflows.status("comment-on-post") == "active"


@pytest.mark.parametrize("path", ["/executions", "/executions/x", "/workflows/comment-on-post/controls"])
def test_over_http_it_is_a_409_that_names_the_setting(app, path):
    answer = app.test_client().get(f"/api/novu{path}")
    assert (answer.status_code, answer.json["error_type"]) == (409, "KeptByNovuError")
    assert "NOVU_DISPATCH" in answer.json["detail"]


def test_a_trigger_over_http_is_accepted(app):
    body = {"to": "ada", "payload": {"text": "hi"}, "transaction_id": "t-2"}
    answer = app.test_client().post("/api/novu/workflows/comment-on-post/execute", json=body)
    assert (answer.status_code, answer.json["transaction_id"], answer.json["executions"]) == (202, "t-2", [])


def test_the_command_prints_the_transaction(app):
    run = app.test_cli_runner().invoke
    command = ["novu", "trigger", "comment-on-post", "--to", "ada", "--payload", '{"text": "hi"}', "--transaction-id"]
    told = run(args=[*command, "t-3"])
    assert (told.exit_code, told.output) == (0, "Transaction t-3 is accepted by Novu.\n")
    assert json.loads(run(args=[*command, "t-4", "--json"]).output)["status"] == "accepted"
    listed = run(args=["novu", "executions", "list"])
    assert listed.exit_code == 1
    assert "NOVU_DISPATCH=cloud" in listed.output


def test_a_trigger_that_reaches_nobody_names_its_transaction(registry, commented):
    app = Flask("embedded")
    app.testing = True
    Novu().init_app(app, workflows=registry)
    topic = json.dumps({"type": "Topic", "topicKey": "team"})
    told = app.test_cli_runner().invoke(
        args=[
            "novu",
            "trigger",
            "comment-on-post",
            "--to",
            topic,
            "--payload",
            '{"text": "hi"}',
            "--transaction-id",
            "t",
        ]
    )
    assert told.output == "Transaction t is recorded.\n"
    app.extensions["novu"].close()
