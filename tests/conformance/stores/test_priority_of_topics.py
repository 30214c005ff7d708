"""A topic's priority counts while an ordinary fan-out is under way, and neither keeps the other from its turn."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from novu_core.backends.claims import AHEAD
from novu_core.backends.sending import Sender
from tests.conftest import until

CROWD = [f"crowd{number:02}" for number in range(12)]
FEW = [f"few{number}" for number in range(6)]
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def topics(env, monkeypatch):
    """Topics, of which a worker records four members at a time."""
    monkeypatch.setattr("novu_core.storage.fanouts.CHUNK", 4)
    for key, members in {"crowd": CROWD, "few": FEW}.items():
        env.client.topics.subscribe(key, members)
    return env.client.topics


@pytest.fixture
def begun(registry):
    """Whose runs began, in order. The workflows that tell: one without a priority, and one of each."""
    names = []

    def tell(step, subscriber):
        step.custom("told", lambda: names.append(subscriber.subscriber_id) or {})

    for name, options in {"plain": {}, **{name: {"priority": name} for name in ("high", "normal", "low")}}.items():
        registry.workflow(name, **options)(tell)
    return names


def to(key):
    return {"type": "Topic", "topicKey": key}


def places(names, of):
    return sorted(names.index(name) for name in of)


def drain(env, most=1):
    while env.client.worker.run_due(most):
        env.clock.advance(SECOND)


def under_way(env, begun):
    """Begin an ordinary fan-out: a chunk of it waits for workers, the rest is not recorded."""
    env.trigger("plain", to("crowd"))
    env.client.worker.run_due(1)
    env.clock.advance(SECOND)
    assert len(begun) == 1


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize(("workflow", "given"), [("plain", "high"), ("high", None)])
def test_a_high_topic_goes_before_the_rest_of_an_ordinary_one(env, begun, workflow, given, most):
    under_way(env, begun)
    env.trigger(workflow, to("few"), priority=given)
    drain(env, most)
    assert sorted(begun) == sorted([*CROWD, *FEW])
    assert places(begun, FEW)[-1] <= len(FEW) + 1  # after the first of all, and one that has its place in seven claims


def test_a_thread_begins_a_high_topic_before_the_rest_of_an_ordinary_one(env, registry, begun, monkeypatch):
    monkeypatch.setattr("novu_core.storage.fanouts.CHUNK", 12)
    go_on = threading.Event()

    @registry.workflow("slow")
    def slow(step, subscriber):
        step.custom("told", lambda: begun.append(subscriber.subscriber_id) or {"left": go_on.wait(60)})

    env.trigger("slow", to("crowd"))
    env.client.worker.start(1)
    try:
        until(lambda: len(begun) == 1)
        env.trigger("high", to("few"))
        go_on.set()
        until(lambda: len(begun) == len(CROWD) + len(FEW))
    finally:
        go_on.set()
        env.client.worker.stop()
    assert places(begun, FEW)[-1] < len(FEW) + AHEAD + 3  # beside what was claimed, others' places in seven claims


def test_a_normal_topic_gets_its_share_beside_an_ordinary_one(env, begun):
    under_way(env, begun)
    env.trigger("normal", to("few"))
    env.client.worker.run_due(6)
    assert sorted(set(begun) & set(FEW)) == FEW[:4]
    drain(env)
    assert sorted(begun) == sorted([*CROWD, *FEW])


def test_of_a_high_topic_no_more_is_recorded_than_workers_begin(env, begun):
    env.trigger("high", to("crowd"))
    while env.client.worker.run_due(1):
        env.clock.advance(SECOND)
        assert env.client.executions.fanouts().items[0].recorded - len(begun) < 4
    assert sorted(begun) == CROWD


def test_two_high_topics_share(env, begun, topics):
    topics.subscribe("team", team := [f"team{number:02}" for number in range(12)])
    under_way(env, begun)
    for key in ("team", "few"):
        env.trigger("high", to(key))
        env.clock.advance(SECOND)
    drain(env)
    assert sorted(begun) == sorted([*CROWD, *FEW, *team])
    assert places(begun, team)[0] < places(begun, FEW)[0]
    assert places(begun, FEW)[-1] < places(begun, team)[-1]
    assert places(begun, team)[-1] <= len(FEW) + len(team) + 3  # of which others have their places


def test_high_topics_that_never_end_keep_nobody_from_their_turn(env, registry, begun):
    """Whenever a high one's member has begun there are two more high ones, as long as the others are not done."""

    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 1, "unit": "seconds"})
        step.custom("woke", lambda: begun.append("later") or {})

    @registry.workflow("again", priority="high")
    def again(step):
        step.custom("more", more)

    def more():
        if not {*CROWD, *FEW, "later", "ada"} <= set(begun):
            for _ in range(2):
                env.trigger("again", to("one"))
        return {}

    env.client.topics.subscribe("one", ["one"])
    env.trigger("plain", to("crowd"))
    env.trigger("normal", to("few"))
    env.trigger("plain", "ada", wait=False)
    env.trigger(later, "ada")
    env.trigger("again", to("one"))
    for _ in range(1500):
        env.client.worker.run_due(2)
        env.clock.advance(SECOND)
    assert sorted(begun) == sorted([*CROWD, *FEW, "later", "ada"])


def test_a_high_topic_goes_on_while_urgent_runs_never_end(env, registry, begun):
    @registry.workflow("chain", priority="high")
    def chain(step):
        step.custom("next", go_on)

    def go_on():
        if set(begun) < set(FEW):
            env.trigger("chain", "ada", wait=False)
        return {}

    for number in range(4):
        env.trigger(chain, f"u{number}", wait=False)
    env.trigger("high", to("few"))
    for _ in range(200):
        env.client.worker.run_due(2)
        env.clock.advance(SECOND)
    assert sorted(begun) == FEW


def test_a_run_that_killed_its_worker_does_not_hold_up_a_high_topic(env, registry, begun):
    parts = env.client.engine.parts
    registry.workflow("poison", priority="high")(lambda step: step.custom("boom", dict))
    env.trigger("poison", "ada", wait=False)
    for _ in range(2):
        assert parts.store.claim(["poison"], env.clock.now(), env.clock.now() + parts.lease, "dead", 1)
        env.clock.advance(parts.lease)
    env.trigger("plain", to("crowd"))
    env.trigger("high", to("few"))
    while set(begun) < {*FEW, *CROWD}:
        assert env.client.worker.run_due(3)
        env.clock.advance(SECOND)
    assert places(begun, FEW)[-1] < places(begun, CROWD)[-1]


def test_a_sender_hands_a_high_topic_over_before_the_rest_of_an_ordinary_one(env, begun, monkeypatch):
    monkeypatch.setattr("novu_core.backends.sending._AT_ONCE", 2)
    monkeypatch.setattr("novu_core.backends.sending._ROOM", 1)
    sent = []

    def send(route, execution_ids, expires):
        sent.extend(env.client.executions.get(name).payload.recipient for name in execution_ids)
        if len(sent) == 2:
            env.trigger("high", to("few"))

    env.trigger("plain", to("crowd"))
    sender = Sender(env.client.engine, send)
    assert sender.sweep() == len(CROWD) + len(FEW)
    assert sorted(sent) == sorted([*CROWD, *FEW])
    assert places(sent, FEW)[-1] <= len(FEW) + 2


def test_a_sender_records_no_more_than_it_may_hand_over(env, begun, monkeypatch):
    monkeypatch.setattr("novu_core.backends.sending._IN_QUEUE", 3)
    monkeypatch.setattr("novu_core.backends.sending._ROOM", 1)
    env.trigger("plain", to("crowd"))
    assert Sender(env.client.engine, lambda *_: None).sweep() == 3
    assert env.client.executions.fanouts().items[0].recorded == 4
