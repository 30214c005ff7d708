"""Control values: who changed them to what, and two who change them at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from novu_core.errors import PreconditionFailedError, StepNotFoundError, ValidationError, WorkflowNotFoundError
from novu_core.managers.controls import tag_of


@pytest.fixture
def controls(env, registry):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}

    @registry.workflow("w", control_schema=schema)
    def w(step):
        step.in_app("bell", {"body": "b"}, control_schema=schema)

    return env.client.controls


def test_the_history_says_who_changed_what(controls, env):
    start = env.client.clock.now()
    controls.set("w", {"a": 1}, "bell", author="ada")
    env.advance(seconds=1)
    controls.set("w", {}, "bell")
    controls.set("w", {"b": 1})
    found = controls.history("w", "bell")
    assert [(item.values, item.changed_by) for item in found] == [({}, None), ({"a": 1}, "ada")]
    assert found.items[1].changed_at == start
    assert [item.values for item in controls.history("w")] == [{"b": 1}]
    first = controls.history("w", "bell", limit=1)
    rest = controls.history("w", "bell", limit=1, cursor=first.next_cursor)
    assert ([item.values for item in (*first, *rest)], rest.next_cursor) == ([{}, {"a": 1}], None)
    with pytest.raises(WorkflowNotFoundError):
        controls.history("none")
    with pytest.raises(StepNotFoundError):
        controls.history("w", "none")
    for wrong in ({"limit": 0}, {"cursor": "x"}):
        with pytest.raises(ValidationError):
            controls.history("w", **wrong)


def test_what_somebody_changed_meanwhile_is_not_replaced(controls):
    seen = tag_of(controls.get("w", "bell"))
    controls.set("w", {"a": 1}, "bell", expected=seen)
    with pytest.raises(PreconditionFailedError) as caught:
        controls.set("w", {"a": 2}, "bell", expected=seen)
    assert caught.value.present == {"a": 1}
    assert controls.get("w", "bell") == {"a": 1}
    assert len(controls.history("w", "bell")) == 1
    assert tag_of({"a": 1, "b": 2}) == tag_of({"b": 2, "a": 1}) != tag_of({"a": 2, "b": 1})


@pytest.mark.parametrize("stored", [False, True])
def test_of_many_at_once_one_replaces_what_all_saw(controls, stored):
    if stored:
        controls.set("w", {"b": 0}, "bell")
    seen, done, told = tag_of(controls.get("w", "bell")), [], []
    ready = threading.Barrier(5)

    def change(number):
        ready.wait()
        try:
            done.append(controls.set("w", {"a": number}, "bell", expected=seen))
        except PreconditionFailedError as error:
            told.append(error.present)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), told) == (1, done * 4)


def test_values_that_cannot_be_read_can_be_replaced(controls, env):
    controls.set("w", {"a": 1}, "bell")
    store = env.client.engine.parts.store
    for table in ("novu_controls", "novu_controls_history"):
        store.database.write(lambda t, name=table: t.execute(text(f"UPDATE {name} SET data = 'x'")))
    assert [item.values for item in controls.history("w", "bell")] == [None]
    controls.set("w", {"a": 2}, "bell", expected=tag_of({}))
    assert controls.get("w", "bell") == {"a": 2}
