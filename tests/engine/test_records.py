"""What callers get of a run cannot be changed, and reads as plain JSON."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping

import pytest

from novu_core import ExecutionStatus, Retry
from novu_core.codec import jsonable
from novu_core.errors import ConflictError
from tests.engine.conftest import ADA
from tests.providers import Refusing

MAIL = {"subject": "s", "body": "b"}
DATA = {"a": {"b": [1, {"c": "x"}]}, "d": None}


@pytest.fixture
def result(env, registry):
    @registry.workflow("w")
    def w(step):
        step.custom("made", lambda: copy.deepcopy(DATA))

    return env.trigger(w, ADA).step_results["made"]


@pytest.mark.mission("D3-X3")
@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(a=1), lambda found: found["a"].pop("b"), lambda found: found["a"]["b"].append(2),
        lambda found: found["a"]["b"][1].__setitem__("c", "y"), lambda found: found["a"]["b"].sort(),
        lambda found: found.setdefault("e", 1), lambda found: found["a"].clear(), lambda found: found.__delitem__("a"),
    ],
)  # fmt: skip
def test_a_result_can_not_be_changed_at_any_depth(result, change):
    with pytest.raises(TypeError, match="cannot be changed"):
        change(result)
    assert result == DATA


def test_a_result_is_json_and_its_copies_are_plain(result):
    assert json.loads(json.dumps(result)) == jsonable(result) == DATA
    for thawed in (copy.deepcopy(result), pickle.loads(pickle.dumps(result)), jsonable(result)):
        thawed["a"]["b"].append(2)
        assert type(thawed) is dict
    assert type(pickle.loads(pickle.dumps(result["a"]["b"]))) is list
    assert result == DATA


@pytest.mark.mission("D3-X3")
def test_results_can_not_be_changed(env, one):
    run = env.trigger(one, to="ada")
    with pytest.raises(TypeError):
        run.step_results["bell"] = {}
    with pytest.raises(ConflictError):
        env.client.executions.retry(run.execution_id)
    with pytest.raises(ConflictError):
        env.client.executions.cancel(run.execution_id)


@pytest.mark.mission("D3-X2")
def test_results_are_keyed_by_steps_of_the_workflow(env, mail):
    run = env.trigger(mail, to=ADA)
    assert set(run.step_results) == {step.step_id for step in env.client.workflows["mail"].steps}


def test_the_function_can_not_change_what_was_sent_or_recorded(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        found = step.custom("c", lambda: {"n": [1]})
        found["n"].append(object())
        payload["o"] = object()
        step.in_app("m", {"body": "x"})

    result = env.trigger(w, ADA, {"a": 1})
    assert (result["payload"], result["step_results"]["c"]) == ({"a": 1}, {"n": [1]})


@pytest.fixture
def history(env_with, registry):
    """A failed run with everything that a record may hold, and its environment."""

    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b", "data": {"deep": ["x"]}})
        step.custom("made", lambda: {"n": [1, {"x": None}], "at": 1.5})
        step.email("mail", MAIL, retry=Retry(attempts=1))
        step.sms("text", {"body": "b"}, skip=lambda: True)

    env = env_with(Refusing(ValueError("down")))
    to = {**ADA, "firstName": "Ada", "data": {"plan": ["pro"]}, "unknown": {"kept": True}}
    return env, env.trigger(w, to, {"deep": {"er": [1]}}, metadata={"by": {"whom": "test"}})


def records(history):
    env, result = history
    run = env.client.executions.get(result.execution_id)
    return [
        result,
        run,
        *run.steps,
        *env.client.messages.list(),
        env.client.executions.list(),
        env.client.messages.list(),
    ]


def spoil(value):
    """Change whatever can be changed within JSON data."""
    if isinstance(value, dict):
        for item in value.values():
            spoil(item)
        value["spoilt"] = True
    elif isinstance(value, list):
        for item in value:
            spoil(item)
        value.append("spoilt")


def test_json_of_a_record_is_a_plain_copy(history):
    before = [json.dumps(record.to_json()) for record in records(history)]
    for record, text in zip(records(history), before, strict=True):
        assert record.to_json() == json.loads(text)
        spoil(record.to_json())
        spoil(dict(record) if isinstance(record, Mapping) else {})
        assert json.dumps(record.to_json()) == text
    assert [json.dumps(record.to_json()) for record in records(history)] == before  # nor in the store


def test_json_of_a_record_shares_nothing_with_what_was_given(env, registry):
    @registry.workflow("w")
    def w(step):
        step.delay("nap", {"amount": 1, "unit": "hours"})

    payload, metadata = {"list": [1]}, {"by": ["test"]}
    run = env.trigger(w, ADA, payload, metadata=metadata)
    payload["list"].append(2)
    metadata["by"].clear()
    assert (run["payload"], run["metadata"]) == ({"list": [1]}, {"by": ["test"]})
    assert run["resume_at"] == run.resume_at.isoformat() == "2026-01-05T10:00:00+00:00"


def test_the_json_form_says_what_the_attributes_say(history):
    _, result = history
    found = result.to_json()
    assert found["executions"] == [result.executions[0].to_json()]
    assert {key: found[key] for key in found["executions"][0]} == {**found["executions"][0]}
    assert (found["status"], result.status) == ("failed", ExecutionStatus.FAILED)
    assert (found["outcome"], found["error"]["step_id"]) == ("partial", "mail")
    assert (found["payload"], result.payload.data) == ({"deep": {"er": [1]}}, {"deep": {"er": [1]}})
    assert found["subscriber"]["unknown"] == {"kept": True}
    assert [(step["step_id"], step["status"], step["outcome"]) for step in found["steps"]] == [
        ("bell", "completed", "delivered"), ("made", "completed", None), ("mail", "failed", None),
        ("text", "completed", "skipped"),
    ]  # fmt: skip
    assert found["step_results"]["text"] == {"skipped": True}
    assert "mail" not in found["step_results"]
    assert found["completed_at"] == result.completed_at.isoformat()
    assert [len(step["attempts"]) for step in found["steps"]] == [0, 0, 1, 0]


def test_of_several_executions_the_json_form_has_each(env, one):
    result = env.trigger(one, ["ada", "ben"])
    assert set(result.to_json()) == set(result) == {"transaction_id", "executions", "repeated"}
    assert [run["subscriber"]["subscriberId"] for run in result["executions"]] == ["ada", "ben"]
