"""In which order runs begin: what is urgent, what has begun, what is new, and what is one of many."""

from __future__ import annotations

import pytest

from novu_core import Priority, Registry, Retry
from novu_core.errors import DefinitionError, ValidationError
from novu_core.storage.lanes import BEGUN, MANY, NEW, URGENT
from tests.conftest import until

TOPIC = {"type": "Topic", "topicKey": "readers"}
PEOPLE = [f"u{number:03}" for number in range(101)]


@pytest.fixture
def workflows(registry):
    def bell(step):
        step.in_app("bell", {"body": "b"})

    return {
        name: registry.workflow(name, **options)(bell)
        for name, options in {
            "plain": {},
            "critical": {"critical": True},
            "high": {"priority": "high"},
            "low": {"priority": Priority.LOW},
            "critical-low": {"critical": True, "priority": "low"},
            "critical-normal": {"critical": True, "priority": Priority.NORMAL},
        }.items()
    }


def lanes(env):
    rows = env.client.engine.parts.store.list_executions(limit=200)
    return {row.lane for row in rows}


@pytest.mark.parametrize(
    ("name", "to", "given", "lane"),
    [
        ("plain", "ada", None, NEW),
        ("plain", PEOPLE[:100], None, NEW),
        ("plain", PEOPLE, None, MANY),
        ("critical", "ada", None, URGENT),
        ("critical", PEOPLE, None, MANY),
        ("high", "ada", None, URGENT),
        ("high", PEOPLE, None, URGENT),
        ("low", "ada", None, MANY),
        ("critical-low", "ada", None, MANY),
        ("critical-normal", "ada", None, NEW),
        ("plain", "ada", "high", URGENT),
        ("plain", PEOPLE, "normal", NEW),
        ("high", "ada", Priority.LOW, MANY),
        ("low", "ada", Priority.NORMAL, NEW),
    ],
)
def test_a_run_s_lane_is_what_the_trigger_says_else_its_workflow_else_by_its_recipients(
    env, workflows, name, to, given, lane
):
    env.trigger(workflows[name], to, wait=False, priority=given)
    assert lanes(env) == {lane}


@pytest.mark.parametrize(
    ("name", "given", "lane"),
    [("plain", None, MANY), ("critical", None, MANY), ("high", None, URGENT), ("plain", "normal", NEW)],
)
@pytest.mark.parametrize("everyone", [False, True])
def test_a_fan_out_s_runs_have_its_lane(env, workflows, name, given, lane, everyone):
    env.client.topics.subscribe("readers", PEOPLE[:3])
    if everyone:
        env.client.broadcast(workflows[name], priority=given)
    else:
        env.trigger(workflows[name], TOPIC, priority=given)
    assert env.client.engine.fanouts.advance(lane)
    assert lanes(env) == {lane}


@pytest.mark.parametrize(("given", "lane"), [("high", URGENT), ("normal", BEGUN), ("low", MANY), (None, BEGUN)])
def test_a_run_that_begins_at_once_has_begun(env, registry, given, lane):
    @registry.workflow("later")
    def later(step):
        step.delay("d", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    env.trigger(later, "ada", priority=given)
    assert lanes(env) == {lane}
    env.advance(hours=1)
    assert lanes(env) == {lane}


def test_the_waits_and_retries_of_a_fan_out_s_member_stay_where_it_is(env, registry):
    failed = set()

    def flaky(name):
        if name not in failed:
            failed.add(name)
            raise ConnectionError("gone")
        return {}

    @registry.workflow("later", retry=Retry(attempts=3, base=1))
    def later(step, subscriber):
        step.delay("d", {"amount": 1, "unit": "hours"})
        step.custom("flaky", lambda: flaky(subscriber.subscriber_id))
        step.digest("batch", {"amount": 1, "unit": "hours"})

    env.client.topics.subscribe("readers", PEOPLE[:3])
    env.trigger(later, TOPIC)
    seen = set()
    for _ in range(4):
        env.advance(minutes=45)
        seen |= lanes(env)
    assert (seen, len(failed)) == ({MANY}, 3)
    assert [str(run.status) for run in env.client.executions.list(limit=9)] == ["completed"] * 3


def test_a_timer_and_a_new_run_do_not_wait_behind_a_fan_out(env, registry):
    begun = []

    @registry.workflow("news")
    def news(step):
        step.custom("told", lambda: begun.append("news") or {})

    @registry.workflow("later")
    def later(step):
        step.delay("d", {"amount": 1, "unit": "minutes"})
        step.custom("woke", lambda: begun.append("later") or {})

    @registry.workflow("code", critical=True)
    def code(step):
        step.custom("sent", lambda: begun.append("code") or {})

    env.trigger(later, "ada")
    env.trigger(news, PEOPLE)
    env.clock.advance(env.client.engine.parts.lease * 4)
    env.trigger(code, "ada", wait=False)
    while env.client.worker.run_due(6):
        pass
    assert begun.index("code") == 0
    assert begun.index("later") <= 6
    assert begun.count("news") == len(PEOPLE)


def test_a_fan_out_goes_on_while_others_keep_the_worker_busy(env, registry, monkeypatch):
    """Each run triggers the next one, so there is always one that waits; the fan-out's members begin all the same."""
    monkeypatch.setattr("novu_core.storage.fanouts.CHUNK", 5)
    told, stop = [], []

    @registry.workflow("chain")
    def chain(step, payload):
        step.custom("next", lambda: {} if stop else dict(env.trigger(chain, "ada", wait=False) and {}))

    @registry.workflow("news")
    def news(step, subscriber):
        step.custom("told", lambda: told.append(subscriber.subscriber_id) or {})

    env.client.topics.subscribe("readers", PEOPLE[:20])
    for number in range(30):
        env.trigger(chain, f"u{number}", wait=False)
    env.trigger(news, TOPIC)
    env.client.worker.start(2)
    try:
        until(lambda: len(told) == 20)
    finally:
        stop.append(1)
        env.client.worker.stop()
    assert sorted(told) == PEOPLE[:20]


@pytest.mark.parametrize("bad", ["urgent", "", "HIGH", 1, True, ["high"]])
def test_what_is_no_priority_is_refused_where_it_is_written(env, workflows, bad):
    with pytest.raises(ValidationError) as refused:
        env.trigger(workflows["plain"], "ada", priority=bad)
    assert [(fault.path, fault.message) for fault in refused.value.errors] == [
        ("/priority", "must be one of high, normal, low")
    ]
    assert lanes(env) == set()
    with pytest.raises(DefinitionError, match=r"priority is .*; use one of high, normal, low"):
        Registry().workflow("w", priority=bad)(lambda step: None)


def test_many_triggers_have_priorities_of_their_own(env, workflows):
    items = [{"workflow": "plain", "to": "ada", "priority": given} for given in ("low", "urgent", "high")]
    results = env.client.trigger_many(items)
    assert [isinstance(result, ValidationError) for result in results] == [False, True, False]
    assert lanes(env) == {URGENT, MANY}
