"""What callers get of a run can not be changed, and reads as plain JSON."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from novu_core.codec import jsonable
from novu_core.errors import ConflictError
from tests.engine.conftest import ADA

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
    with pytest.raises(TypeError, match="can not be changed"):
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
