"""Celery's soft and hard time limits, in real workers over a real PostgreSQL and a real Redis."""

from __future__ import annotations

import pytest

from tests.queues.scene import Scene, wait


@pytest.fixture
def scene(tmp_path, postgres_url, request):
    made = Scene(tmp_path, postgres_url, "prefork", **request.param)
    yield made
    made.close()


def trigger_long(scene, times):
    """A run that takes ten minutes so many times."""
    payload = {"mark": str(scene.folder / "mark"), "times": times}
    person = {"subscriberId": "ada", "email": "ada@example.com"}
    found = scene.client.trigger("long", person, payload, wait=False)
    return found.execution_id


def begun(scene):
    return (scene.folder / "mark").read_text().count("begun")


def steps_of(scene, execution_id):
    return {step.step_id: step.status for step in scene.client.executions.get(execution_id).steps}


def sent(scene, execution_id):
    return scene.sent.read_text().split().count(f"{execution_id}:mail")


@pytest.mark.parametrize("scene", [{"hard": "5"}], indirect=True)
def test_after_a_hard_limit_the_run_is_taken_up_where_it_was(scene):
    scene.work()
    scene.trigger(20)
    found = trigger_long(scene, times=1)
    wait(scene.done)
    assert begun(scene) == 1
    assert steps_of(scene, found) == dict.fromkeys(["bell", "mail", "take", "after"], "completed")
    messages = [message.step_id for message in scene.store.messages_of(found) if message.channel == "in_app"]
    assert sorted(messages) == ["after", "bell"]
    assert scene.counts() == {"completed": 26}


@pytest.mark.parametrize("scene", [{"hard": "5", "lease": "2", "takeovers": "1"}], indirect=True)
def test_a_run_that_always_meets_its_hard_limit_is_not_begun_for_ever(scene):
    scene.work()
    found = trigger_long(scene, times=99)
    wait(scene.done)
    run = scene.client.executions.get(found)
    assert (run.status, run.error["type"]) == ("failed", "WorkerDiedError")
    assert begun(scene) >= 2
    assert steps_of(scene, found)["mail"] == "completed"


@pytest.mark.parametrize("scene", [{"soft": "5"}], indirect=True)
def test_a_soft_limit_fails_the_step_that_it_meets_and_the_run_can_be_retried(scene):
    scene.work()
    found = trigger_long(scene, times=1)
    wait(scene.done)
    run = scene.client.executions.get(found)
    assert (run.status, run.error["type"], run.error["step_id"]) == ("failed", "SoftTimeLimitExceeded", "take")
    assert steps_of(scene, found) == {"bell": "completed", "mail": "completed", "take": "failed"}
    assert scene.client.executions.retry(found).status == "completed"
    assert (begun(scene), sent(scene, found)) == (1, 1)
    assert steps_of(scene, found) == dict.fromkeys(["bell", "mail", "take", "after"], "completed")
