"""What cannot be read in the store never makes a page that the clients cannot read, nor one that is not there."""

from __future__ import annotations

import pytest

from tests.conformance.novu.test_history import check
from tests.damage import damage


@pytest.fixture
def damaged(novu):
    """Three subscribers with a run and messages each."""
    for name in ("ada", "bob", "cleo"):
        novu.trigger({"subscriberId": name, "firstName": name, "data": {"a": 1}}, transactionId=name)
    return novu


def page(novu, path, schema):
    answer = novu.ask("GET", path)
    assert answer.status == 200, answer.body
    check(schema, answer.json)
    return answer.json["data"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("request", "{"),
        ("request", '{"payload": {}, "subscriber": {"subscriberId": 5}}'),
        ("request", "[]"),
        ("outcome", "odd"),
        ("status", "odd"),
        ("error", "[]"),
    ],
)
def test_a_run(damaged, column, value):
    damage(damaged.client, "executions", column, value, subscriber_id="bob")
    assert len(page(damaged, "/v1/notifications", "Activities")) == 3
    assert len(page(damaged, "/v1/messages", "Messages")) == 6
    assert len(page(damaged, "/v1/subscribers/bob/notifications/feed", "Feed")) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("type", "odd"), ("status", "odd"), ("outcome", "odd"), ("result", "{"), ("attempts", "[1]"), ("error", "{}")],
)
def test_a_step(damaged, column, value):
    damage(damaged.client, "steps", column, value, step_id="hello")
    assert len(page(damaged, "/v1/notifications", "Activities")) == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("content", "{"),
        ("content", "[]"),
        ("content", '{"body": 5, "data": []}'),
        ("provider", "odd"),
        ("channel", "odd"),
    ],
)
def test_a_message(damaged, column, value):
    damage(damaged.client, "messages", column, value, subscriber_id="bob")
    assert len(page(damaged, "/v1/messages", "Messages")) == 6
    assert len(page(damaged, "/v2/subscribers/bob/notifications", "GetSubscriberNotifications")) == (
        column != "channel"
    )


@pytest.mark.parametrize(
    "value", ["{", "[]", '{"firstName": 5, "data": [1], "channels": 7, "subscriberId": 9}', '{"email": null}']
)
def test_a_subscriber(damaged, value):
    damage(damaged.client, "subscribers", "data", value, subscriber_id="bob")
    assert [item["subscriberId"] for item in page(damaged, "/v2/subscribers", "ListSubscribers")] == [
        "cleo",
        "bob",
        "ada",
    ]
    assert len(page(damaged, "/v1/notifications", "Activities")) == 3


def test_the_preferences_and_the_status_of_a_workflow(damaged):
    damaged.good("PATCH", "/v2/subscribers/bob/preferences", {"channels": {"email": False}})
    damaged.client.workflows.archive("weekly")
    damage(damaged.client, "workflows", "status", "odd", workflow_id="weekly")
    answer = damaged.ask("GET", "/v2/workflows")
    assert answer.status == 200
    check("ListWorkflowResponse", answer.json["data"])
    found = {item["workflowId"]: item["status"] for item in answer.json["data"]["workflows"]}
    assert found == {"welcome": "ACTIVE", "weekly": "ERROR", "draft-one": "INACTIVE"}
    done = damaged.good("POST", "/v1/events/trigger", {"name": "weekly", "to": "ada"}, 201)
    assert (done["status"], done["error"]) == ("error", ["UnreadableRowError"])
