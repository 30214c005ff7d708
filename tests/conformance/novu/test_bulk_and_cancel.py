"""Triggers for topics, in bulk and for everybody, and their end by a cancel."""

from __future__ import annotations

import pytest

from tests.conformance.novu.conftest import is_error

TRIGGER = "/v1/events/trigger"


def runs(novu, **filters):
    return novu.client.executions.list(**filters).items


def test_a_topic_leaves_out_its_actor_and_whom_it_excludes_and_reaches_each_once(novu):
    for name in ("ada", "bob", "cleo", "dan"):
        novu.good("POST", "/v2/subscribers", {"subscriberId": name}, 201)
    novu.ask("POST", "/v2/topics/readers/subscriptions", {"subscriberIds": ["ada", "bob", "cleo", "dan"]})
    topic = {"type": "Topic", "topicKey": "readers", "exclude": ["bob"]}
    done = novu.trigger([topic, "dan", "dan"], "weekly", {}, actor="cleo")
    assert done["status"] == "processed"
    found = sorted(run.subscriber.subscriber_id for run in runs(novu, transaction_id=done["transactionId"]))
    assert found == ["ada", "dan"]


def test_a_topic_that_nobody_knows_reaches_nobody(idle):
    done = idle.good("POST", TRIGGER, {"name": "weekly", "to": {"type": "Topic", "topicKey": "none"}}, 201)
    assert (done["status"], runs(idle)) == ("processed", [])


def test_bulk_goes_on_after_every_kind_of_bad_item(idle):
    events = [
        {"name": "none", "to": "ada", "transactionId": "one"},
        {"name": "welcome", "to": "ada", "payload": {}},
        {"name": "weekly", "to": ""},
        {"name": "weekly"},
        "no object",
        None,
        {"name": "draft-one", "to": "ada"},
        {"name": "weekly", "to": "ada", "transactionId": "good"},
    ]
    done = idle.good("POST", TRIGGER + "/bulk", {"events": events}, 201)
    assert [item["status"] for item in done] == [*["error"] * 6, "trigger_not_active", "processed"]
    assert all(item["acknowledged"] and item["transactionId"] for item in done)
    assert (done[0]["error"], done[0]["transactionId"]) == (["workflow_not_found"], "one")
    assert all(item["error"] and all(isinstance(text, str) for text in item["error"]) for item in done[:6])
    assert [run.transaction_id for run in runs(idle)] == ["good"]


@pytest.mark.parametrize("events", [[], [{"name": "weekly", "to": "ada"}] * 101, None, {}, "x"])
def test_bulk_takes_1_to_100_and_else_runs_nothing(idle, events):
    told = is_error(idle.ask("POST", TRIGGER + "/bulk", {"events": events}), 422)
    assert list(told["errors"]) == ["events"]
    assert runs(idle) == []
    assert len(idle.good("POST", TRIGGER + "/bulk", {"events": [{"name": "weekly", "to": "ada"}] * 100}, 201)) == 100


def test_a_broadcast_reaches_every_subscriber_once_but_its_actor(novu):
    for name in ("ada", "bob", "cleo"):
        novu.good("POST", "/v2/subscribers", {"subscriberId": name}, 201)
    body = {
        "name": "weekly",
        "payload": {},
        "actor": "cleo",
        "transactionId": "all",
        "overrides": {"delay": {"amount": 1}},
    }
    for _ in range(2):
        done = novu.good("POST", TRIGGER + "/broadcast", body, 201)
        assert done == {"acknowledged": True, "status": "processed", "transactionId": "all"}
        novu.settle()
    assert sorted(run.subscriber.subscriber_id for run in runs(novu, transaction_id="all")) == ["ada", "bob"]
    assert is_error(novu.ask("POST", TRIGGER + "/broadcast", {"name": "none"}), 422)["message"] == "workflow_not_found"


def test_cancel_tells_whether_anything_was_ended(idle):
    idle.good("POST", TRIGGER, {"name": "weekly", "to": "ada", "transactionId": "tx"}, 201)
    assert idle.good("DELETE", TRIGGER + "/tx") is True
    assert idle.good("DELETE", TRIGGER + "/tx") is False
    for odd in ("none", "%00", "a%20b", "x" * 300, "bulk", "broadcast", "%ff"):
        assert idle.good("DELETE", f"{TRIGGER}/{odd}") is False


def test_cancel_ends_a_follower_and_leaves_the_digest_of_another_transaction(novu):
    for transaction in ("opener", "follower"):
        novu.trigger("ada", "weekly", {}, transactionId=transaction)
    assert novu.good("DELETE", TRIGGER + "/follower") is True
    [opener] = runs(novu, transaction_id="opener")
    assert opener.waiting_for == "digest"


def test_a_transaction_that_is_named_like_a_route_can_be_canceled(idle):
    idle.good("POST", TRIGGER, {"name": "weekly", "to": "ada", "transactionId": "bulk"}, 201)
    assert idle.good("DELETE", TRIGGER + "/bulk") is True


def test_a_bulk_stores_whom_its_events_name_by_an_id_alone(idle):
    idle.good("POST", "/v2/subscribers", {"subscriberId": "ada", "email": "a@b.c"}, 201)
    named = [["ada", "bob"], "bob", {"subscriberId": "cleo", "phone": "1"}, "", [f"u{number}" for number in range(100)]]
    events = [{"name": "weekly", "to": to} for to in named]
    done = idle.good("POST", TRIGGER + "/bulk", {"events": events}, 201)
    assert [item["status"] for item in done] == ["processed", "processed", "processed", "error", "processed"]
    assert idle.ask("GET", "/v2/subscribers").json["totalCount"] == 103
    assert idle.good("GET", "/v2/subscribers/ada")["email"] == "a@b.c"
    assert idle.good("GET", "/v2/subscribers/cleo")["phone"] == "1"


@pytest.mark.parametrize("to", ["ada", ["ada", "ada"], {"subscriberId": "ada", "email": "a@b.c"}])
def test_a_repeat_stores_nobody_again_who_was_deleted_since(idle, to):
    event = {"name": "weekly", "to": to, "transactionId": "tx"}
    idle.good("POST", TRIGGER, event, 201)
    idle.good("DELETE", "/v2/subscribers/ada")
    assert idle.good("POST", TRIGGER, event, 201) == {
        "acknowledged": True, "status": "processed", "transactionId": "tx",
    }  # fmt: skip
    assert idle.good("POST", TRIGGER + "/bulk", {"events": [event]}, 201)[0]["status"] == "processed"
    is_error(idle.ask("GET", "/v2/subscribers/ada"), 404)
