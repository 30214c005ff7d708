"""The routes beside execute: health, workflows, history, controls."""

from __future__ import annotations

import pytest

from novu_core import HealthCheckResponse


@pytest.mark.mission("F-US1.2")
@pytest.mark.mission("F-FR-003")
@pytest.mark.mission("F-US1.1")
def test_health_counts_what_is_served(make_api, hello):
    api = make_api(hello, debug=False)
    for path in ("/health", "/health/", ""):
        answer = api.get(path)
        assert answer.status == 200
        assert answer.json["status"] == "ok"
        assert answer.json["discovered"] == {"workflows": 1, "steps": 1}
        assert {"sdkVersion", "frameworkVersion"} <= answer.json.keys()


def test_workflows_describe_themselves(make_api, hello):
    api = make_api(hello)
    [item] = api.get("/workflows").json["items"]

    assert item["workflow_id"] == "hello"
    assert item["steps"][0]["type"] == "in_app"
    assert api.get("/workflows/hello").json == item
    assert HealthCheckResponse.model_validate(api.get("/health").json).discovered.steps == 1
    assert api.get("/workflows/none").status == 404


def test_a_workflow_that_can_not_be_discovered_does_not_hide_the_others(make_api, hello):
    @hello.workflow("broken")
    def broken(payload, step):
        raise RuntimeError("at discovery")

    api = make_api(hello, debug=False, strict_authentication=False)
    found = {item["workflow_id"]: item for item in api.get("/workflows").json["items"]}

    assert found["broken"]["error"] == "RuntimeError"
    assert found["hello"]["steps"]
    assert api.get("/health").json["discovered"]["workflows"] == 1


@pytest.mark.mission("P-FR-010")
def test_the_history_is_paged_and_filtered(make_api, hello):
    api = make_api(hello)
    ids = [api.execute("hello", to=f"user-{number % 2}").json["execution_id"] for number in range(5)]

    first = api.get("/executions?limit=2").json
    second = api.get(f"/executions?limit=2&cursor={first['next_cursor']}").json
    third = api.get(f"/executions?limit=2&cursor={second['next_cursor']}").json
    seen = [run["execution_id"] for page in (first, second, third) for run in page["items"]]

    assert seen == sorted(ids, reverse=True)
    assert third["next_cursor"] is None
    assert len(api.get("/executions?subscriber_id=user-1").json["items"]) == 2
    assert api.get("/executions?status=failed").json["items"] == []
    assert api.get("/executions?status=lost").status == 400
    assert api.get("/executions?limit=0").status == 400
    assert api.get("/executions?limit=many").status == 400
    assert api.get(f"/executions/{ids[0]}").json["status"] == "completed"
    assert api.get("/executions/none").status == 404


@pytest.mark.mission("D3-X5")
def test_a_failed_run_is_retried_without_repeating_what_was_done(make_api, registry):
    state = {"broken": True}

    @registry.workflow("fragile")
    def fragile(step):
        step.in_app("first", {"body": "once"})
        step.custom("second", lambda: {"ok": 1 / 0} if state["broken"] else {"ok": 1})

    api = make_api(registry)
    execution_id = api.execute("fragile").json["execution_id"]
    state["broken"] = False
    again = api.post(f"/executions/{execution_id}/retry")
    refused = api.post(f"/executions/{execution_id}/retry")

    assert again.status == 200
    assert again.json["status"] == "completed"
    assert api.novu.inbox("user-1").count() == 1
    assert refused.status == 409
    assert api.post("/executions/none/retry").status == 404


def test_runs_are_canceled_one_by_one_and_by_transaction(make_api, registry):
    @registry.workflow("slow")
    def slow(step):
        step.delay("wait", {"amount": 1, "unit": "days"})

    api = make_api(registry)
    one = api.execute("slow").json["execution_id"]
    api.execute("slow", to=["a", "b"], transaction_id="both")

    assert api.post(f"/executions/{one}/cancel").json["outcome"] == "canceled"
    assert api.post(f"/executions/{one}/cancel").status == 409
    assert api.request("DELETE", "/triggers/both").json == {"transaction_id": "both", "canceled": 2}
    assert api.request("DELETE", "/triggers/both").json["canceled"] == 0


@pytest.mark.mission("D3-C4")
@pytest.mark.mission("D3-Z3")
def test_controls_are_stored_and_only_approved_fields(make_api, hello):
    api = make_api(hello)
    path = "/workflows/hello/steps/inbox/controls"
    stored = api.request("PUT", path, json={"text": "changed"})

    assert stored.json["values"] == {"text": "changed"}
    assert api.get(path).json["schema"]["properties"]["text"]["type"] == "string"
    assert api.execute("hello").json["step_results"]["inbox"]["body"] == "changed"
    refused = api.request("PUT", path, json={"other": 1})
    assert refused.status == 400
    assert refused.json["errors"][0]["path"] == "/other"
    assert api.request("PUT", path, json={"text": 5}).status == 400
    assert api.request("PUT", "/workflows/hello/steps/none/controls", json={}).status == 404


def test_configured_origins_may_read_the_answers(make_api, hello):
    api = make_api(hello, cors_origins=["https://ui.example.org"])
    mine = api.get("/workflows", headers={"origin": "https://ui.example.org"})
    other = api.get("/workflows", headers={"origin": "https://evil.example.org"})

    assert mine.headers["access-control-allow-origin"] == "https://ui.example.org"
    assert "access-control-allow-origin" not in other.headers


def test_a_damaged_cursor_is_told_and_an_empty_one_is_none(make_api, hello):
    api = make_api(hello)
    api.execute("hello")
    assert len(api.get("/executions?cursor=").json["items"]) == 1
    answer = api.get("/executions?cursor=damaged")
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "/cursor")


def test_a_workflow_says_how_long_its_steps_wait_and_shows_its_source(make_api, registry):
    @registry.workflow("batch", control_schema={"type": "object", "properties": {"a": {"type": "string"}}})
    def batch(step):
        step.digest("post", {"amount": 1, "unit": "hours"})
        step.delay("pause", lambda: {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    api = make_api(registry)
    told = api.get("/workflows/batch").json
    assert [step["wait"] for step in told["steps"]] == [{"amount": 1, "unit": "hours"}, None, None]
    assert told["control_schema"]["properties"] == {"a": {"type": "string"}}
    assert 'step.digest("post"' in api.get("/workflows/batch/source").json["code"]
    assert api.get("/workflows/none/source").status == 404
