"""Steps whose ids come from payloads: what is compiled for them is bounded, and holds nothing of a run."""

from __future__ import annotations

import gc
import weakref

import pytest
from pydantic import BaseModel

from novu_core import Registry
from novu_core.testing import NovuEnvironment


class Attachment:
    """What a closure holds: something of a run's payload."""


class Sum(BaseModel):
    total: int = 0


@pytest.fixture
def held(registry):
    held: list[weakref.ref[Attachment]] = []

    def attachment():
        made = Attachment()
        held.append(weakref.ref(made))
        return made

    @registry.workflow("send")
    def send(payload, step):
        for number in payload["ids"]:
            item = attachment()
            step.custom(f"send-{number}", lambda item=item: {"n": 1}, skip=lambda item=item: item is None)
            step.custom(f"sum-{number}", lambda item=item: {"total": "7"}, output_schema=Sum)
            step.in_app(f"bell-{number}", {"body": "b"}, providers={"novu": lambda item=item: {}})

    return held


@pytest.fixture
def registry():
    return Registry()


def test_three_thousand_ids_leave_a_bounded_rest(registry, held):
    send = registry["send"]
    with NovuEnvironment(workflows=registry) as env:
        for start in range(0, 1000, 250):
            run = env.trigger("send", to="ada", payload={"ids": list(range(start, start + 250))})
            assert run.status == "completed"
    assert run.step_results["sum-999"] == {"total": 7}
    assert len(send._on_the_fly) <= 256
    del run, env
    gc.collect()
    assert len(held) >= 1000
    assert [ref for ref in held if ref() is not None] == []


@pytest.mark.parametrize("ids", [["a"], ["x" * 100, "y"], ["é", "f"]])
def test_an_id_that_comes_again_is_compiled_once(registry, held, ids, monkeypatch):
    compiled: list[str] = []
    from novu_core.definition import workflow as room

    define = room.define_step
    monkeypatch.setattr(room, "define_step", lambda call: compiled.append(call.step_id) or define(call))
    with NovuEnvironment(workflows=registry) as env:
        for _ in range(3):
            assert env.trigger("send", to="ada", payload={"ids": ids}).status == "completed"
    assert len(compiled) == len(set(compiled)) == 3 * len(ids)
