"""A workflow goes from draft to active to archived, and only an active one takes triggers."""

from __future__ import annotations

import pytest

from novu_core import Workflow, WorkflowStatus
from novu_core.errors import InvalidTransitionError, WorkflowNotActiveError
from novu_core.testing import NovuEnvironment


def hello(payload, step):
    step.in_app("hello", {"body": "Hello"})


MOVES = [
    (start, move)
    for start in WorkflowStatus
    for move in ("activate", "archive")
]  # fmt: skip


@pytest.mark.mission("D3-W5")
@pytest.mark.parametrize(("start", "move"), MOVES)
def test_a_workflow_goes_from_draft_to_active_to_archived_only(start, move):
    allowed = (start, move) in [(WorkflowStatus.DRAFT, "activate"), (WorkflowStatus.ACTIVE, "archive")]
    with NovuEnvironment(workflows=[Workflow("w", hello, status=start)]) as env:
        if allowed:
            getattr(env.client.workflows, move)("w")
            assert env.client.workflows.status("w") == {"activate": "active", "archive": "archived"}[move]
        else:
            with pytest.raises(InvalidTransitionError):
                getattr(env.client.workflows, move)("w")
            assert env.client.workflows.status("w") is start


@pytest.mark.mission("D3-W6")
@pytest.mark.mission("D3-P1")
@pytest.mark.parametrize("status", ["draft", "archived"])
def test_only_an_active_workflow_takes_triggers(status):
    with NovuEnvironment(workflows=[Workflow("w", hello, status=status)]) as env:
        with pytest.raises(WorkflowNotActiveError) as caught:
            env.trigger("w", to="ada")
        assert caught.value.status_code == 409
        assert not env.client.executions.list().items


def test_an_archived_workflow_finishes_what_is_open():
    def body(step):
        step.delay("wait", {"amount": 1, "unit": "hours"})
        step.in_app("a", {"body": "b"})

    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        run = env.trigger("w", to="ada")
        env.client.workflows.archive("w")
        env.advance(hours=1)
        assert env.client.executions.get(run.execution_id).status == "completed"


@pytest.mark.mission("D3-W6")
@pytest.mark.mission("D3-W5")
def test_only_the_two_allowed_moves_of_a_workflow(env, registry):
    @registry.workflow("w", status="draft")
    def w(step):
        step.in_app("a", {"body": "b"})

    with pytest.raises(WorkflowNotActiveError):
        env.trigger(w, to="ada")
    for move in (env.client.workflows.archive,):
        with pytest.raises(InvalidTransitionError):
            move("w")
    assert env.client.workflows.activate("w") == "active"
    with pytest.raises(InvalidTransitionError):
        env.client.workflows.activate("w")
    assert env.client.workflows.archive("w") == "archived"
    for move in (env.client.workflows.archive, env.client.workflows.activate):
        with pytest.raises(InvalidTransitionError):
            move("w")
    with pytest.raises(WorkflowNotActiveError):
        env.trigger(w, to="ada")
