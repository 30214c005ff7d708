"""Topics and broadcasts: recorded as one row, reached in chunks, each subscriber once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.errors import RecipientInvalidError, ValidationError, WorkflowNotActiveError
from novu_core.testing import NovuEnvironment
from tests.engine.fanouts.conftest import READERS, told


def test_a_topic_is_one_row_until_a_worker_reads_its_members(env, news):
    env.client.topics.subscribe("readers", [f"u{number}" for number in range(8)])
    result = env.trigger(news, READERS, transaction_id="t")
    assert (result.executions, result.repeated, result.transaction_id) == ([], False, "t")
    assert env.client.executions.list().items == []
    [fanout] = env.client.executions.fanouts()
    assert (fanout.status, fanout.recorded, fanout.topic, fanout.completed_at) == ("open", 0, "readers", None)
    env.run_due()
    assert sorted(told(env)) == [f"u{number}" for number in range(8)]
    [fanout] = env.client.executions.fanouts()
    assert (fanout.status, fanout.recorded, fanout.completed_at) == ("completed", 8, env.clock.now())
    assert len({run.execution_id for run in env.client.executions.list(limit=100)}) == 8
    assert {run.transaction_id for run in env.client.executions.list(limit=100)} == {"t"}


@pytest.mark.parametrize("members", [0, 1, 2, 3, 4, 6, 7])
def test_a_topic_of_any_size_is_reached_whole(env, news, members):
    if members:
        env.client.topics.subscribe("readers", [f"u{number}" for number in range(members)])
    env.trigger(news, READERS)
    env.run_due()
    assert sorted(told(env)) == [f"u{number}" for number in range(members)]
    assert [fanout.status for fanout in env.client.executions.fanouts()] == ["completed"]


@pytest.mark.parametrize("actor", ["bob", {"subscriberId": "bob", "firstName": "Bob"}])
def test_who_is_excluded_and_the_actor_are_left_out(env, news, actor):
    env.client.topics.subscribe("readers", ["ada", "bob", "cy", "di", "eve"])
    env.trigger(news, {**READERS, "exclude": ["di", "nobody", "di"]}, actor=actor)
    env.run_due()
    assert told(env) == ["ada", "cy", "eve"]


def test_the_actor_of_a_trigger_is_told_where_it_is_named(env, news):
    env.client.topics.subscribe("readers", ["ada", "bob"])
    env.trigger(news, [READERS, "bob"], actor="bob")
    env.run_due()
    assert sorted(told(env)) == ["ada", "bob"]


def test_a_subscriber_who_is_reached_twice_gets_one_run_with_what_was_sent_along(env, news):
    for topic, members in {"readers": ["ada", "bob"], "writers": ["bob", "cy"]}.items():
        env.client.topics.subscribe(topic, members)
    to = [READERS, {"topicKey": "writers"}, READERS, {"subscriberId": "bob", "firstName": "Bob"}]
    result = env.trigger(news, to)
    assert [run.payload.recipient for run in result.executions] == ["bob"]
    assert len(env.client.executions.fanouts().items) == 2
    env.run_due()
    assert sorted(message.content["body"] for message in env.outbox.in_app) == ["for Bob", "for ada", "for cy"]


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [(["ada", "bob"], ["bob"], ["ada", "cy"]), (["ada"], None, ["ada", "bob", "cy"]), (None, ["ada"], ["ada", "bob", "cy"])],
)  # fmt: skip
def test_a_topic_that_is_named_twice_leaves_out_who_is_left_out_both_times(env, news, first, second, reached):
    env.client.topics.subscribe("readers", ["ada", "bob", "cy"])
    env.trigger(news, [{**READERS, "exclude": names} for names in (first, second)])
    env.run_due()
    assert sorted(told(env)) == reached


def test_a_broadcast_reaches_everybody_whom_the_store_knows(env, news):
    for name in ("ada", "bob", "cy", "di", "eve"):
        env.client.subscribers.upsert(name, first_name=name.title())
    result = env.client.broadcast("news", exclude=["cy"], actor="eve", metadata={"by": "us"})
    assert (result.executions, result.repeated) == ([], False)
    assert env.client.executions.fanouts().items[0].topic is None
    env.run_due()
    assert sorted(message.content["body"] for message in env.outbox.in_app) == ["for Ada", "for Bob", "for Di"]
    assert {run.metadata["by"] for run in env.client.executions.list()} == {"us"}


def test_a_broadcast_of_a_large_payload_is_refused(env, news):
    with pytest.raises(ValidationError, match="too large for a broadcast: 70,"):
        env.client.broadcast(news, {"text": "x" * 70_000})
    assert env.client.executions.fanouts().items == []


def test_a_repeat_starts_nothing_whoever_has_joined_since(env, news):
    env.client.topics.subscribe("readers", ["ada", "bob"])
    assert not env.trigger(news, READERS, transaction_id="t").repeated
    assert env.trigger(news, READERS, transaction_id="t").repeated
    env.run_due()
    env.client.topics.subscribe("readers", ["cy"])
    again = env.trigger(news, READERS, transaction_id="t")
    assert (again.executions, again.repeated) == ([], True)
    env.client.workflows.archive("news")
    assert env.trigger(news, READERS, transaction_id="t").repeated
    env.run_due()
    assert told(env) == ["ada", "bob"]


def test_the_same_transaction_id_of_another_workflow_or_topic_is_another_fan_out(env, news, registry):
    @registry.workflow("other")
    def other(step):
        step.in_app("bell", {"body": "b"})

    env.client.topics.subscribe("readers", ["ada"])
    env.client.topics.subscribe("writers", ["bob"])
    env.client.subscribers.upsert("cy")
    to = [READERS, {"topicKey": "writers"}]
    results = [env.trigger(name, topic, transaction_id="t") for name in ("news", "other") for topic in to]
    results.append(env.client.broadcast("news", transaction_id="t"))
    assert [result.repeated for result in results] == [False] * 5
    env.run_due()
    assert sorted(told(env)) == ["ada", "ada", "bob", "bob", "cy"]


def test_whoever_is_a_member_when_their_chunk_is_read_is_told(env, news):
    topics, fanouts_of = env.client.topics, env.client.engine.fanouts
    topics.subscribe("readers", ["b", "d", "f", "h", "j"])
    env.trigger(news, READERS)
    assert fanouts_of.advance()  # b, d, f
    topics.unsubscribe("readers", ["d", "h"])
    topics.subscribe("readers", ["a", "e", "i", "z"])
    env.client.subscribers.upsert("j")
    env.client.subscribers.delete("j")
    env.run_due()
    assert sorted(told(env)) == ["b", "d", "f", "i", "z"]


def test_a_member_reads_as_stored_when_their_chunk_is_read(env, news):
    env.client.topics.subscribe("readers", ["ada", "bob"])
    env.client.subscribers.upsert("ada", first_name="Ada")
    env.trigger(news, READERS)
    env.client.subscribers.upsert("ada", first_name="Augusta")
    env.run_due()
    assert sorted(message.content["body"] for message in env.outbox.in_app) == ["for Augusta", "for bob"]


def test_an_archived_workflow_ends_what_it_was_triggered_for(env, news):
    env.client.topics.subscribe("readers", ["ada"])
    env.trigger(news, READERS)
    env.client.workflows.archive("news")
    env.run_due()
    assert told(env) == ["ada"]


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_a_workflow_that_is_not_active_takes_no_topic_and_no_broadcast(registry, status):
    @registry.workflow("w", status=status)
    def w(step):
        step.in_app("bell", {"body": "b"})

    with NovuEnvironment(registry) as env:
        for call in (
            lambda: env.trigger(w, READERS),
            lambda: env.client.broadcast(w),
            lambda: env.trigger(w, ["a", READERS]),
        ):
            with pytest.raises(WorkflowNotActiveError):
                call()
        assert env.client.executions.fanouts().items == []
        assert env.client.executions.list().items == []


@pytest.mark.parametrize(
    ("exclude", "path"),
    [(5, ""), ({"ada": 1}, ""), (b"ada", ""), (["ada", ""], "/1"), ([None], "/0"), (" ", ""), (["a\udc80"], "/0")],
)
def test_who_is_excluded_are_ids(env, news, exclude, path):
    for call, place in (
        (lambda: env.trigger(news, ["ada", {**READERS, "exclude": exclude}]), "/to/1/exclude"),
        (lambda: env.client.broadcast(news, exclude=exclude), "/exclude"),
    ):
        with pytest.raises(RecipientInvalidError) as caught:
            call()
        assert caught.value.errors[0].path == place + path
    assert env.client.executions.fanouts().items == []


@pytest.mark.parametrize("exclude", [None, (), [], "ada", {"ada"}, iter(["ada"])])
def test_one_id_may_stand_alone_and_none_is_nobody(env, news, exclude):
    env.client.topics.subscribe("readers", ["ada", "bob"])
    left_out = {"ada"} if exclude else set()
    env.trigger(news, {**READERS, "exclude": exclude})
    env.run_due()
    assert set(told(env)) == {"ada", "bob"} - left_out


def test_explicit_recipients_beside_a_topic_are_recorded_with_it(env, news):
    env.client.topics.subscribe("readers", ["ada"])
    result = env.trigger(news, [*(f"u{number}" for number in range(450)), READERS], transaction_id="t")
    assert [run.status for run in result.executions] == ["pending"] * 450
    again = env.trigger(news, [*(f"u{number}" for number in range(450)), READERS], transaction_id="t")
    assert ([run.execution_id for run in again.executions], again.repeated) == (
        [run.execution_id for run in result.executions], True
    )  # fmt: skip
    env.run_due()
    assert len(told(env)) == 451
    more = env.trigger(news, ["new", READERS], transaction_id="t")
    assert not more.repeated


def test_fan_outs_take_turns_and_runs_go_first(env, news):
    for key in ("a", "b"):
        env.client.topics.subscribe(key, [f"{key}{number}" for number in range(6)])
        env.trigger(news, {"topicKey": key})
        env.clock.advance(timedelta(seconds=1))
    turns = []
    while env.client.engine.fanouts.advance():
        turns.append({fanout.topic: fanout.recorded for fanout in env.client.executions.fanouts()})
        env.clock.advance(timedelta(seconds=1))
    assert turns[:4] == [{"a": 3, "b": 0}, {"a": 3, "b": 3}, {"a": 6, "b": 3}, {"a": 6, "b": 6}]
    env.trigger(news, "late", wait=False)
    env.client.topics.subscribe("c", ["c1"])
    env.trigger(news, {"topicKey": "c"})
    assert env.client.worker.run_due(100) == 13
    assert env.client.executions.fanouts(status="open").items[0].topic == "c"
    assert env.client.worker.run_due(100) == 1
    assert env.client.worker.run_due(100) == 0


def test_each_run_of_a_chunk_is_like_one_of_its_own(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": payload["text"]})

    env.client.topics.subscribe("readers", ["ada", "bob"])
    env.trigger(
        w,
        READERS,
        {"text": 'a "quoted" ü \x00 %s %(x)s :name 😀'},
        overrides={"delay": {"amount": 2}},
        context={"a": 1},
    )
    env.run_due()
    alone = env.trigger(w, "cy", {"text": "b"}, wait=False)
    env.run_due()
    env.advance(hours=1)
    assert told(env) == ["cy"]
    env.advance(hours=1)
    assert {message.content["body"] for message in env.outbox.in_app[1:]} == {'a "quoted" ü \x00 %s %(x)s :name 😀'}
    runs = [env.client.engine.parts.store.execution(run.execution_id) for run in env.client.executions.list()]
    shapes = [
        {
            name: getattr(row, name)
            for name in row.names()
            if name in ("tries", "fence", "takeovers", "progress", "error", "merged_into")
        }
        for row in runs
    ]
    assert shapes[0] == shapes[1] == shapes[2]
    assert alone.execution_id in {row.execution_id for row in runs}
    ids = [row.execution_id for row in runs]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 3
