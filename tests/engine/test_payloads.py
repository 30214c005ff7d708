"""A payload is checked before anything is recorded, and each run has its own."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core import Payload, Workflow
from novu_core.errors import PayloadInvalidError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA

NAMED = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.mission("D3-P3")
@pytest.mark.mission("D3-Z1")
@pytest.mark.mission("P-E1")
@pytest.mark.parametrize("payload", [{}, {"name": 7}, None, [], "x", 7])
def test_a_payload_that_does_not_fit_leaves_nothing_behind(env, registry, payload):
    @registry.workflow("named", payload_schema=NAMED)
    def named(step):
        step.in_app("a", {"body": "a"})

    with pytest.raises(PayloadInvalidError) as caught:
        env.trigger(named, to="ada", payload=payload)
    assert caught.value.errors
    assert not env.client.executions.list().items
    assert not env.outbox


@pytest.mark.mission("P-E1")
def test_bad_input_raises_and_stores_nothing(env, registry):
    class Payload(BaseModel):
        name: str

    @registry.workflow("w")
    def w(payload: Payload, step):
        step.in_app("a", {"body": payload.name})

    with pytest.raises(PayloadInvalidError) as caught:
        w.trigger(to="ada", payload={})
    assert caught.value.errors[0].path == "/name"
    assert len(env.client.executions.list()) == 0


def test_a_payload_that_is_no_json_is_refused_with_the_reason(env, one):
    with pytest.raises(PayloadInvalidError) as told:
        env.trigger(one, "ada", {"file": object()})
    assert "object is not JSON serializable" in told.value.errors[0].message


class Elementwise:
    """Compares as an array does."""

    __hash__ = None

    def __eq__(self, other):
        return self

    def __bool__(self):
        raise ValueError("the truth value of an array is ambiguous")


def endless(kind):
    found = {"token": "t", "again": []}
    found["again"] = found if kind is dict else [found]
    return found


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (endless(dict), "Circular reference"),
        (endless(list), "Circular reference"),
        ({"cells": Elementwise()}, "Elementwise is not JSON serializable"),
        ({"token": [Elementwise()]}, "Elementwise is not JSON serializable"),
    ],
)
def test_what_is_refused_as_no_json_is_not_searched_for_dots(env, one, payload, words):
    with pytest.raises(PayloadInvalidError) as told:
        env.trigger(one, ADA, payload)
    assert words in told.value.errors[0].message


def test_a_payload_that_is_nested_too_deeply_is_refused(env, one):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PayloadInvalidError) as told:
        env.trigger(one, ADA, {"deep": deep})
    assert "nested too deeply" in told.value.errors[0].message


def test_numbers_that_are_none_are_refused_in_a_typed_payload_too(env, registry):
    class Payload(BaseModel):
        ratio: float

    @registry.workflow("typed", payload_schema=Payload)
    def typed(step):
        step.in_app("a", {"body": "b"})

    for payload in ({"ratio": float("inf")}, Payload(ratio=float("nan"))):
        with pytest.raises(PayloadInvalidError):
            env.trigger(typed, "ada", payload)


def test_half_a_surrogate_pair_in_data_is_kept(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        step.custom("c", lambda: {"text": payload["text"]})
        step.delay("pause", {"amount": 1, "unit": "hours"})

    result = env.trigger(w, ADA, {"text": "\ud800"})
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).step_results["c"] == {"text": "\ud800"}


@pytest.mark.mission("D3-Z4")
def test_a_mutated_payload_is_not_seen_by_another_run(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        payload["list"].append(len(payload["list"]))
        step.custom("seen", lambda: {"list": list(payload["list"])})

    given = {"list": []}
    env.trigger(w, to=["a", "b"], payload=given)
    assert given == {"list": []}
    assert [run.step_results["seen"] for run in env.client.executions.list()] == [{"list": [0]}, {"list": [0]}]


@pytest.mark.mission("D3-Z4")
def test_runs_do_not_see_each_others_changes():
    def body(payload, step):
        payload["items"].append(1)
        step.custom("a", lambda: {"count": len(payload["items"])})

    given = {"items": []}
    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        runs = [env.trigger("w", to=["ada", "bo"], payload=given).executions for _ in range(2)]
    assert [run.step_results["a"]["count"] for pair in runs for run in pair] == [1, 1, 1, 1]
    assert given == {"items": []}


@pytest.mark.parametrize("payload", [[], [1], "x", 7, True])
def test_a_payload_is_an_object_without_a_schema_too(env, one, payload):
    with pytest.raises(PayloadInvalidError) as told:
        env.trigger(one, "ada", payload)
    assert [tuple(fault) for fault in told.value.errors] == [("", "must be object")]
    assert env.client.executions.list().items == []
