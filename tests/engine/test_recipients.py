"""Who a run is for: ids, subscribers, topics, or a list of those."""

from __future__ import annotations

import pytest

from novu_core import Subscriber
from novu_core.errors import RecipientInvalidError, ValidationError, WorkflowNotActiveError


@pytest.mark.mission("D3-P2")
@pytest.mark.parametrize("to", ["", "  ", None, [], {}, {"subscriberId": " "}, 7, [""], {"type": "Topic"}])
def test_an_empty_recipient_is_refused(env, one, to):
    with pytest.raises(RecipientInvalidError):
        env.trigger(one, to=to)
    assert not env.client.executions.list().items


@pytest.mark.parametrize("bad", ["\ud800", "a\0b"])
@pytest.mark.parametrize("place", ["id", "subscriber", "topic", "transaction_id"])
def test_an_id_that_no_store_can_hold_is_refused(env, one, bad, place):
    to = {"id": bad, "subscriber": {"subscriberId": bad}, "topic": {"type": "Topic", "topicKey": bad}}.get(place, "ada")
    with pytest.raises(RecipientInvalidError) as told:
        env.trigger(one, to, transaction_id=bad if place == "transaction_id" else None)
    assert "which is not text" in told.value.errors[0].message


def test_a_subscriber_object_is_a_recipient(env, one):
    assert env.trigger(one, Subscriber(subscriber_id="ada", first_name="Ada")).subscriber.first_name == "Ada"


def test_a_subscriber_named_twice_keeps_every_field(env, registry):
    seen = []

    @registry.workflow("w")
    def w(step, subscriber):
        seen.append((subscriber.email, subscriber.phone))
        step.in_app("a", {"body": "b"})

    env.trigger(w, [{"subscriberId": "q", "email": "q@example.org", "phone": "1"}, {"subscriberId": "q", "phone": "2"}])
    assert seen[-1] == ("q@example.org", "2")


def test_a_topic_without_members_is_no_execution_and_still_needs_an_active_workflow(env, registry, one):
    topic = {"type": "Topic", "topicKey": "empty"}
    result = env.trigger(one, topic)
    assert (result.executions, len(result), dict(result)["executions"]) == ([], 3, [])
    with pytest.raises(AttributeError, match="This trigger has 0 executions"):
        result.status  # noqa: B018  # the access is the test
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        result.nothing  # noqa: B018
    env.client.workflows.archive("one")
    with pytest.raises(WorkflowNotActiveError):
        env.trigger(one, topic)


def test_topics_fan_out_in_the_worker_without_the_actor_and_each_once(env, registry):
    @registry.workflow("news")
    def news(step):
        step.in_app("a", {"body": "b"})

    env.client.topics.subscribe("all", [f"s{number}" for number in range(450)])
    result = env.trigger(news, to=[{"type": "Topic", "topicKey": "all"}, "s1", "extra"], actor="s0", transaction_id="t")
    assert [run.payload.recipient for run in result.executions] == ["s1", "extra"]  # a worker reads the members
    assert len(env.outbox) == 0
    env.run_due()
    assert len(env.outbox.in_app) == 450
    assert "s0" not in {message.subscriber_id for message in env.outbox}


@pytest.mark.parametrize("to", [[f"u{number}" for number in range(2000)], {"type": "Topic", "topicKey": "all"}])
def test_what_is_large_is_not_stored_for_many(env, one, to):
    with pytest.raises(ValidationError, match="too large for a topic, or for more than 10 recipients: 200,"):
        env.trigger(one, to, {"text": "x" * 200_000})
    assert env.client.executions.list().items == []
    assert len(env.trigger(one, [f"u{number}" for number in range(10)], {"text": "x" * 200_000}).executions) == 10
