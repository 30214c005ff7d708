"""Whatever refuses, stalls, lies or dies, and whenever: nothing is lost, doubled beyond the rule, stuck, or unexplained.

The rules are those of docs/semantics.md, Replay and durability, Failure, Digest and Throttle.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novu_core import Registry
from novu_core.errors import ConflictError, StoreError
from novu_core.testing import NovuEnvironment
from tests.faults import PROVIDER, STORE, Faults, FaultyDatabase, FaultyProvider

registry = Registry()


@registry.workflow("plain")
def plain(step, payload):
    step.in_app("bell", {"body": f"{payload['n']}"})
    step.email("mail", {"subject": "s", "body": "b"})
    step.custom("after", lambda: {"ok": True})


@registry.workflow("digest")
def digest(step):
    step.custom("first", lambda: {"ok": True})
    batch = step.digest("batch", {"amount": 60, "unit": "seconds"})
    step.email("mail", lambda: {"subject": "s", "body": f"{len(batch.events)} events"})


@registry.workflow("delay")
def delay(step):
    step.delay("pause", {"amount": 40, "unit": "seconds"})
    step.email("mail", {"subject": "s", "body": "b"})
    step.in_app("bell", {"body": "b"})


@registry.workflow("throttle")
def throttle(step):
    step.throttle("limit", {"amount": 1, "unit": "minutes", "threshold": 1})
    step.in_app("bell", {"body": "b"})


PEOPLE = [{"subscriberId": name, "email": f"{name}@example.org"} for name in ("ada", "bob")]
TRIGGER = st.tuples(
    st.just("trigger"),
    st.sampled_from(["plain", "digest", "digest", "delay", "throttle"]),
    st.sampled_from(PEOPLE),
    st.sampled_from([None, None, "t1", "t2"]),
    st.booleans(),
)
ACTION = st.one_of(
    TRIGGER,
    st.tuples(st.just("pass"), st.sampled_from([1, 45, 61])),
    st.tuples(st.sampled_from(["cancel", "retry"]), st.integers(0, 9)),
)


def plans(kinds, pause):
    """At some operations a fault, with up to ``pause`` that go well before each."""
    pauses = st.integers(0, pause)
    return st.lists(st.tuples(pauses, st.sampled_from(kinds)), max_size=5).map(
        lambda faults: [kind for pause, fault in faults for kind in (*[None] * pause, fault)]
    )


@pytest.fixture(scope="module", autouse=True)
def _quiet():
    """Say nothing of thousands of faults that were asked for."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


class World:
    """One process after the other on one store: what dies is started again, a lease later."""

    def __init__(self, env, faults, provider):
        self.env = env
        self.faults = faults
        self.provider = provider
        self.accepted = {}
        self.retried = 0

    def do(self, action):
        with contextlib.suppress(StoreError, ConflictError):
            try:
                getattr(self, f"_{action[0]}")(*action[1:])
            except SystemExit:
                self.faults.dead = False
                self.env.client.worker._active.clear()  # of the dead process
                self.env.clock.advance(self.env.client.engine.parts.lease)

    def _trigger(self, workflow, to, transaction_id, wait):
        number = len(self.accepted)
        result = self.env.trigger(workflow, to, {"n": number}, transaction_id=transaction_id, wait=wait)
        known = self.accepted.setdefault((workflow, to["subscriberId"], result.transaction_id), result.execution_id)
        assert known == result.execution_id

    def _pass(self, seconds):
        self.env.clock.advance(timedelta(seconds=seconds))
        self.env.client.worker.run_due()

    def _cancel(self, at):
        runs = self.env.client.executions.list().items
        self.env.client.executions.cancel(runs[at % len(runs)].execution_id) if runs else None

    def _retry(self, at):
        failed = self.env.client.executions.list(status="failed").items
        if failed:
            self.retried += 1
            self.env.client.executions.retry(failed[at % len(failed)].execution_id)

    def others_go_on(self):
        """What another worker does while this one stalls for longer than its lease."""
        self.env.clock.advance(self.env.client.engine.parts.lease * 3 / 2)
        with contextlib.suppress(StoreError, ConflictError):
            self.env.client.worker.run_due()

    def settle(self):
        """Let everything go well, and all time pass that anything waits for."""
        self.faults.end()
        store = self.env.client.engine.parts.store
        for _ in range(100):
            due = store.next_due(list(registry))
            if due is None:
                return
            self.env.clock.set(max(due, self.env.clock.now()))
            self.env.client.worker.run_due()
        raise AssertionError("something is stuck")

    def runs(self):
        return self.env.client.executions.list(limit=100).items


def nothing_is_lost(world):
    known = {run.execution_id for run in world.runs()}
    assert known >= set(world.accepted.values())
    arrived = {*world.provider.delivered, *world.provider.lost}
    for run in world.runs():
        assert run.status in {"completed", "failed"}, run
        for step in run.steps:
            if step.type == "email" and step.outcome == "delivered":
                assert f"{run.execution_id}:{step.step_id}" in arrived


def nothing_is_doubled(world):
    messages = world.env.client.messages.list(limit=100).items
    stored = Counter((message.execution_id, message.step_id) for message in messages if message.channel == "in_app")
    told = {
        (run.execution_id, step.step_id): 1
        for run in world.runs()
        for step in run.steps
        if step.type == "in_app" and step.outcome == "delivered"
    }
    assert stored == told
    again = sum(times - 1 for times in Counter(world.provider.delivered).values())
    assert again <= world.faults.met.total() - world.faults.met["garbles"]


def every_run_explains_itself(world):
    for run in world.runs():
        assert (run.waiting_for, run.resume_at, run.current_step) == (None, None, None), run
        assert run.completed_at is not None
        if run.status == "failed":
            assert run.error["message"], run
            assert run.error["type"], run
        for step in run.steps:
            assert step.status in {"completed", "failed"} or run.outcome == "canceled" or run.status == "failed", run
            if step.status == "failed":
                assert step.error["message"], step
            if step.outcome == "skipped":
                assert step.reason, step
        if run.status == "completed" and run.outcome is None:
            assert [step.step_id for step in run.steps] == [each.step_id for each in registry[run.workflow_id].steps]
            assert {step.status for step in run.steps} == {"completed"}


def every_event_is_in_one_digest(world):
    runs = {run.execution_id: run for run in world.runs() if run.workflow_id == "digest"}
    batches = {
        name: [event["id"] for event in run.step_results["batch"]["events"]]
        for name, run in runs.items()
        if "events" in run.step_results.get("batch", {})
    }
    times = Counter(event for events in batches.values() for event in events)
    assert not times or max(times.values()) == 1
    for name, run in runs.items():
        if run.status == "completed" and run.outcome is None:
            assert name in batches[name]
        if run.outcome == "merged":
            assert name in batches[run.merged_into]


def every_window_grants_one(world):
    granted = Counter(
        (run.subscriber.subscriber_id, run.step_results["limit"]["windowStart"])
        for run in world.runs()
        if run.workflow_id == "throttle" and run.step_results.get("limit", {}).get("throttled") is False
    )
    assert not granted or max(granted.values()) == 1


def live(actions, store, provider):
    """Live through the actions with these faults, then without any to the end; every rule must hold. Return the faults."""
    world = None
    faults = Faults(store, provider, lambda: world.others_go_on())
    mail = FaultyProvider(faults)
    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": mail}}) as env:
        database = env.client.engine.parts.store.database
        env.client.engine.parts.store.database = FaultyDatabase(database, faults)
        world = World(env, faults, mail)
        for action in actions:
            world.do(action)
        world.settle()
        nothing_is_lost(world)
        nothing_is_doubled(world)
        every_run_explains_itself(world)
        every_event_is_in_one_digest(world)
        every_window_grants_one(world)
    return faults.met


@given(first=TRIGGER, actions=st.lists(ACTION, max_size=7), store=plans(STORE, 12), provider=plans(PROVIDER, 2))
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_fails_every_rule_holds(first, actions, store, provider):
    live((first, *actions), store, provider)


ADA, BOB = PEOPLE
DAYS = {
    "a digest of three": [
        ("trigger", "digest", ADA, None, True),
        ("trigger", "digest", ADA, None, False),
        ("pass", 1),
        ("trigger", "digest", ADA, None, True),
        ("pass", 61),
    ],
    "all that runs at once": [
        ("trigger", "plain", ADA, "t1", True),
        ("trigger", "throttle", ADA, None, True),
        ("trigger", "throttle", ADA, None, False),
        ("trigger", "plain", ADA, "t1", True),
        ("pass", 1),
    ],
    "waits, a cancel and a retry": [
        ("trigger", "delay", BOB, "t2", False),
        ("trigger", "plain", BOB, None, False),
        ("pass", 1),
        ("pass", 45),
        ("retry", 0),
        ("cancel", 1),
        ("pass", 61),
    ],
}


@pytest.mark.parametrize("kind", STORE)
@pytest.mark.parametrize("day", DAYS.values(), ids=list(DAYS))
def test_a_store_may_fail_at_any_moment(day, kind):
    moment = 0
    while live(day, [None] * moment + [kind], []):
        moment += 1
    assert moment > 10
