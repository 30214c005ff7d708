"""An id that is None, or no text that a store holds, is an error wherever one is asked for."""

from __future__ import annotations

import pytest

from novu_core import Registry
from novu_core.errors import ExecutionNotFoundError, MessageNotFoundError, ValidationError
from novu_core.testing import NovuEnvironment

NO_IDS = [None, 0, 7, ["x"], ("x",), {"a": 1}, b"x", "\x00", "half \ud800"]


@pytest.fixture
def env():
    registry = Registry()

    @registry.workflow("bell")
    def bell(step):
        step.in_app("m", {"body": "b"})

    with NovuEnvironment(workflows=registry) as env:
        for name in ("ada", "ada", "bob"):
            env.trigger("bell", to=name)
        yield env


@pytest.mark.parametrize("given", NO_IDS, ids=repr)
@pytest.mark.parametrize("name", ["get", "retry", "cancel"])
def test_of_an_execution(env, name, given):
    with pytest.raises(ValidationError, match="/execution_id: "):
        getattr(env.client.executions, name)(given)


@pytest.mark.parametrize("name", ["get", "retry", "cancel"])
def test_a_blank_text_leads_to_no_execution(env, name):
    for blank in ("", " ", "nobody"):
        with pytest.raises(ExecutionNotFoundError):
            getattr(env.client.executions, name)(blank)


@pytest.mark.parametrize("given", [*NO_IDS, "", " "], ids=repr)
def test_of_a_message_of_an_inbox(env, given):
    """None marked every message of the inbox."""
    box = env.client.inbox("ada")
    first = box.list().items[0].message_id
    for ids in ((given,), (first, given)):
        with pytest.raises(ValidationError, match="/message_id: "):
            box.mark(*ids, read=True)
    assert box.count(read=False) == 2


def test_no_message_is_marked_where_one_is_somebody_elses(env):
    [other] = env.client.inbox("bob").list().items
    with pytest.raises(MessageNotFoundError):
        env.client.inbox("ada").mark(other.message_id, read=True)
    assert env.client.inbox("bob").count(read=False) == 1
    assert env.client.inbox("ada").mark(read=True) == 0
