"""The health check is counted once, and again for workflows that came since."""

from __future__ import annotations

from novu_core.aio import Blocking, drive
from novu_core.bridge.health import Health


class Counting(Blocking):
    def __init__(self):
        self.calls = 0

    async def call(self, function, *args):
        self.calls += 1
        return function(*args)


def test_a_probe_needs_a_thread_only_for_workflows_that_it_has_not_counted(registry):
    @registry.workflow("one")
    def one(step):
        step.in_app("a", {"body": "b"})
        step.in_app("b", {"body": "b"})

    io, health = Counting(), Health(registry, "1.0")
    assert [drive(health.answer(io))["discovered"] for _ in range(3)] == [{"workflows": 1, "steps": 2}] * 3
    assert io.calls == 1

    @registry.workflow("broken")
    def broken(step):
        raise ValueError("no")

    assert [drive(health.answer(io))["discovered"] for _ in range(2)] == [{"workflows": 1, "steps": 2}] * 2
    assert io.calls == 2


def test_a_registry_without_workflows_is_well(registry):
    io = Counting()
    body = drive(Health(registry, "1.0").answer(io))
    assert (body["status"], body["sdkVersion"], body["discovered"]) == ("ok", "1.0", {"workflows": 0, "steps": 0})
    assert io.calls == 0
