"""Which runs a filter finds, in whole and in brief; what a digest collects; the end of a wait; the retry of many."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.errors import ExecutionNotFoundError, InvalidTransitionError, ValidationError

HOUR = {"amount": 1, "unit": "hours"}


@pytest.fixture
def runs(env):
    return env.client.executions


@pytest.fixture
def workflows(registry):
    mended = []

    def look(fails):
        return {"zero": 1 / 0} if fails == "zero" else {}["key"] if fails else {}

    @registry.workflow("order")
    def order(payload, step):
        step.custom("look", lambda: look(payload.get("fail") if not mended else None), name="Look at it")
        step.in_app("told", {"body": "b"})

    @registry.workflow("batch")
    def batch(payload, step):
        found = step.digest("post", {**HOUR, "digestKey": payload["post"]})
        step.in_app("told", lambda: {"body": str(found.event_count)})

    @registry.workflow("pause")
    def pause(payload, step):
        step.delay("night", HOUR)
        step.in_app("told", {"body": "b"})

    return mended


@pytest.fixture
def made(env, workflows):
    """Runs of every kind: their ids by what became of them."""

    def trigger(workflow, to="ada", **payload):
        result = env.trigger(env.client.workflows[workflow], to=to, payload=payload)
        env.advance(seconds=1)
        return result.execution_id

    ids = {"done": trigger("order"), "zero": trigger("order", fail="zero"), "key": trigger("order", fail="key")}
    ids |= {"opener": trigger("batch", post=1), "merged": trigger("batch", post=1), "delay": trigger("pause", to="bob")}
    ids["canceled"] = trigger("pause")
    env.client.executions.cancel(ids["canceled"])
    return ids


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["canceled", "delay", "merged", "opener", "key", "zero", "done"]),
        ({"outcome": "merged"}, ["merged"]),
        ({"outcome": "canceled"}, ["canceled"]),
        ({"outcome": "throttled"}, []),
        ({"outcome": "none", "status": "completed"}, ["done"]),
        ({"outcome": "none", "status": "failed", "subscriber_id": "ada"}, ["key", "zero"]),
        ({"outcome": "none", "failed_step": "look"}, ["key", "zero"]),
        ({"waiting_for": "none", "status": "running"}, []),
        ({"waiting_for": "none"}, ["canceled", "merged", "key", "zero", "done"]),
        ({"waiting_for": "digest"}, ["opener"]),
        ({"waiting_for": "delay"}, ["delay"]),
        ({"waiting_for": "retry"}, []),
        ({"waiting_for": "delay", "subscriber_id": "ada"}, []),
        ({"error_type": "ZeroDivisionError"}, ["zero"]),
        ({"error_type": "KeyError", "workflow_id": "order", "status": "failed"}, ["key"]),
        ({"error_type": "Key"}, []),
        ({"error_type": "KeyError%"}, []),
        ({"status": "failed"}, ["key", "zero"]),
        ({"status": "failed", "failed_step": "look"}, ["key", "zero"]),
        ({"failed_step": "look"}, ["key", "zero"]),
        ({"failed_step": "look", "workflow_id": "order", "error_type": "KeyError"}, ["key"]),
        ({"failed_step": "look", "subscriber_id": "ada", "error_type": "KeyError"}, ["key"]),
        ({"failed_step": "look", "status": "completed"}, []),
        ({"status": "failed", "subscriber_id": "ada"}, ["key", "zero"]),
        ({"status": "running", "subscriber_id": "bob", "waiting_for": "delay"}, ["delay"]),
        ({"outcome": "canceled", "subscriber_id": "ada"}, ["canceled"]),
        ({"failed_step": "told"}, []),
        ({"failed_step": "l%k"}, []),
        ({"status": "completed"}, ["canceled", "merged", "done"]),
        ({"workflow_id": "batch"}, ["merged", "opener"]),
    ],
)
def test_the_filters_of_the_history(runs, made, filters, names):
    assert [run.execution_id for run in runs.list(**filters)] == [made[name] for name in names]
    assert [run.execution_id for run in runs.summaries(**filters)] == [made[name] for name in names]
    paged, cursor = [], None
    while True:
        page = runs.summaries(**filters, limit=2, cursor=cursor)
        paged += [run.execution_id for run in page]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == [made[name] for name in names]


def test_those_of_a_digest_and_of_a_time(runs, made, env):
    assert [run.execution_id for run in runs.list(merged_into=made["opener"])] == [made["merged"]]
    assert not runs.list(merged_into=made["merged"]).items
    assert not runs.list(merged_into=made["done"]).items
    first, last = runs.get(made["zero"]).created_at, runs.get(made["opener"]).created_at
    between = [made[name] for name in ("opener", "key", "zero")]
    assert [run.execution_id for run in runs.list(since=first, until=last)] == between
    assert [run.execution_id for run in runs.summaries(since=first, until=last)] == between
    moved = timedelta(microseconds=1)
    assert [run.execution_id for run in runs.list(since=first + moved, until=last - moved)] == [made["key"]]
    assert not runs.list(since=env.client.clock.now()).items


@pytest.mark.parametrize(
    ("filters", "path"),
    [
        ({"outcome": "done"}, "/outcome"), ({"waiting_for": "night"}, "/waiting_for"), ({"status": "open"}, "/status"),
        ({"merged_into": None}, "/merged_into"), ({"error_type": " "}, "/error_type"), ({"since": "today"}, "/since"),
        ({"until": 3}, "/until"), ({"limit": 0}, "/limit"), ({"limit": 101}, "/limit"), ({"cursor": "x"}, "/cursor"),
    ],
)  # fmt: skip
def test_what_is_no_filter(runs, filters, path):
    for ask in (runs.list, runs.summaries):
        with pytest.raises(ValidationError) as caught:
            ask(**filters)
        assert [fault.path for fault in caught.value.errors] == [path]


def test_a_run_in_brief(runs, made):
    by_id = {run.execution_id: run for run in runs.summaries()}
    told = {name: by_id[found].to_json() for name, found in made.items()}
    assert told["done"] == {
        "execution_id": made["done"], "workflow_id": "order", "subscriber_id": "ada", "status": "completed",
        "created_at": f"{runs.get(made['done']).created_at:%Y-%m-%dT%H:%M:%SZ}", "steps": ["completed", "delivered"],
    }  # fmt: skip
    assert (told["zero"]["error_type"], told["zero"]["steps"]) == ("ZeroDivisionError", ["failed"])
    assert (told["merged"]["outcome"], told["merged"]["merged_into"]) == ("merged", made["opener"])
    assert told["merged"]["steps"] == ["skipped", "skipped"]
    waits = runs.get(made["delay"]).resume_at
    assert (told["delay"]["waiting_for"], told["delay"]["resume_at"]) == ("delay", f"{waits:%Y-%m-%dT%H:%M:%SZ}")
    assert (told["delay"]["steps"], told["canceled"]["outcome"]) == (["executing"], "canceled")


def test_a_timeline_has_every_step(runs, made, env):
    steps = runs.timeline(made["zero"]).steps
    assert [(step.step_id, step.status) for step in steps] == [("look", "failed"), ("told", "pending")]
    steps = runs.timeline(made["done"]).steps
    assert [(step.step_id, step.status, step.name) for step in steps] == [
        ("look", "completed", "Look at it"),
        ("told", "completed", "told"),
    ]
    [message] = env.client.messages.list(execution_id=made["done"])
    assert (steps[1].message_id, steps[1].provider) == (message.message_id, message.provider)
    waiting = runs.timeline(made["delay"])
    assert (waiting.steps[0].resume_at, waiting.steps[1].status) == (waiting.resume_at, "pending")
    with pytest.raises(ExecutionNotFoundError):
        runs.timeline("nobody")


def test_the_events_of_a_digest(runs, made, env):
    window = runs.events(made["opener"])
    assert (window.step_id, window.key, window.opened_by, window.open) == ("post", "1", made["opener"], True)
    assert window.due_at - window.opened_at == timedelta(hours=1)
    assert [event["id"] for event in window.items] == [made["opener"], made["merged"]]
    assert (window.items[0]["payload"], window.count, window.next_cursor) == ({"post": 1}, 2, None)
    assert runs.events(made["merged"]) == window
    first = runs.events(made["merged"], limit=1)
    assert ([event["id"] for event in first.items], first.count) == ([made["opener"]], 2)
    then = runs.events(made["merged"], limit=1, cursor=first.next_cursor)
    assert ([event["id"] for event in then.items], then.next_cursor) == ([made["merged"]], None)
    env.advance(hours=2)
    assert (runs.events(made["opener"]).open, runs.events(made["opener"]).count) == (False, 2)
    none = runs.events(made["done"])
    assert (none.step_id, none.items, none.count, none.due_at) == (None, [], 0, None)
    with pytest.raises(ExecutionNotFoundError):
        runs.events("nobody")
    with pytest.raises(ValidationError):
        runs.events(made["opener"], cursor="x")


def test_events_of_one_moment_are_paged_too(runs, env, workflows):
    ids = [env.trigger(env.client.workflows["batch"], to="ada", payload={"post": 2}).execution_id for _ in range(5)]
    found, cursor = [], None
    for _ in range(5):
        window = runs.events(ids[0], limit=1, cursor=cursor)
        found += [event["id"] for event in window.items]
        cursor = window.next_cursor
    assert (found, cursor) == (sorted(ids), None)


def test_a_long_key_is_not_told(runs, env, workflows):
    run = env.trigger(env.client.workflows["batch"], to="ada", payload={"post": "x" * 600})
    assert runs.events(run.execution_id).key is None


def test_a_wait_that_is_ended_goes_on_now(runs, made, env):
    woken = runs.wake(made["opener"])
    assert (woken.status, woken.step_results["post"]["eventCount"]) == ("completed", 2)
    assert not runs.events(made["opener"]).open
    assert runs.wake(made["delay"]).status == "completed"
    later = env.trigger(env.client.workflows["batch"], to="ada", payload={"post": 1})
    assert later.waiting_for == "digest"  # a window of its own
    assert runs.events(later.execution_id).opened_by == later.execution_id
    env.advance(hours=2)
    assert len(env.client.messages.list(subscriber_id="ada").items) == 3
    for name in ("opener", "delay", "done", "zero", "merged"):
        with pytest.raises(InvalidTransitionError):
            runs.wake(made[name])
    with pytest.raises(ExecutionNotFoundError):
        runs.wake("nobody")


def test_many_are_retried_the_oldest_first(runs, made, env, workflows):
    assert runs.retry_all(error_type="NoSuchError") == runs.retry_all(subscriber_id="bob")
    assert (runs.retry_all(limit=1).retried, runs.retry_all(error_type="ZeroDivisionError").retried) == (1, 0)
    assert [run.status for run in (runs.get(made["zero"]), runs.get(made["key"]))] == ["pending", "failed"]
    workflows.append("mended")
    env.advance(seconds=1)
    again = runs.retry_all(workflow_id="order", failed_step="look", status="failed")
    assert (again.retried, again.more) == (1, False)
    env.advance(seconds=1)
    assert [runs.get(made[name]).status for name in ("zero", "key")] == ["completed"] * 2
    for wrong in ({"status": "completed"}, {"limit": 1001}, {"outcome": "x"}):
        with pytest.raises(ValidationError):
            runs.retry_all(**wrong)


def test_a_condition_that_held_is_kept_with_what_it_read(env, registry):
    @registry.workflow("plan")
    def plan(payload, step):
        step.in_app("told", {"body": "b"}, skip_condition="payload.plan == 'free'")

    skipped, sent = (env.trigger(plan, to="ada", payload={"plan": name}).execution_id for name in ("free", "pro"))
    history = env.client.executions
    kept = {"source": "payload.plan == 'free'", "values": {"payload.plan": "free"}}
    for read in (history.get, history.timeline):
        assert read(skipped).steps[0].condition == kept
        assert read(sent).steps[0].condition is None
    assert history.get(skipped).to_json()["steps"][0]["condition"] == kept
    assert "condition" not in history.get(sent).to_json()["steps"][0]


def test_who_has_a_page_is_told_of_every_step_that_moves(env, workflows, made):
    """Of runs that ended only the row is looked at: a retry changes it, and so does what comes of it."""
    seen = set()

    def told():
        found = env.client.executions.brief(limit=50)
        assert found.told() == env.client.executions.brief(limit=50).told()
        assert found.page() == env.client.executions.summaries(limit=50)
        seen.add(found.told())

    told()
    workflows.append("mended")
    env.client.executions.retry_all(error_type="KeyError")
    told()
    env.advance(minutes=1)
    told()
    env.client.executions.wake(made["delay"])
    told()
    env.advance(hours=2)
    told()
    assert len(seen) == 5
