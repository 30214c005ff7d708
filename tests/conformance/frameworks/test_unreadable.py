"""What cannot be read is listed as such, beside what can be."""

from __future__ import annotations

import pytest

from tests.damage import damage


@pytest.mark.parametrize(("column", "value"), [("request", '{"payload": {'), ("outcome", "postponed"), ("error", "[]")])
@pytest.mark.parametrize("debug", [True, False])
def test_a_run_that_cannot_be_read_is_in_the_history(make_api, hello, column, value, debug):
    api = make_api(hello, debug=debug, strict_authentication=False)
    ids = [api.execute("hello", to=f"user-{number}").json["execution_id"] for number in range(3)]
    damage(api.novu, "executions", column, value, execution_id=ids[1])
    answer = api.get("/executions")
    assert answer.status == 200
    items = {item["execution_id"]: item for item in answer.json["items"]}
    assert items.keys() == set(ids)
    assert [name for name in ids if "unreadable" in items[name]] == [ids[1]]
    one = api.get(f"/executions/{ids[1]}")
    assert one.status == 200
    listed = items[ids[1]]
    assert {**one.json, "steps": listed["steps"]} == listed
    assert [each | step for each, step in zip(one.json["steps"], listed["steps"], strict=True)] == one.json["steps"]
    assert one.json["error"]["type"] == "UnreadableRowError"
    assert f"`{column}`" in one.json["error"]["message"] == one.json["unreadable"]


@pytest.mark.parametrize(("column", "value"), [("result", "{"), ("attempts", "[1]"), ("status", "sleeping")])
def test_a_step_that_cannot_be_read_is_in_the_history(make_api, hello, column, value):
    api = make_api(hello, debug=False, strict_authentication=False)
    ids = [api.execute("hello", to=f"user-{number}").json["execution_id"] for number in range(2)]
    damage(api.novu, "steps", column, value, execution_id=ids[0])
    items = {item["execution_id"]: item for item in api.get("/executions").json["items"]}
    assert f"`{column}`" in items[ids[0]]["steps"][0]["unreadable"]
    assert "unreadable" not in items[ids[1]]["steps"][0]


@pytest.mark.parametrize("status", ["sleeping", "retired", "ACTIVE"])
def test_a_workflow_of_which_the_status_cannot_be_read_hides_no_other(make_api, hello, status):
    @hello.workflow("other")
    def other(step):
        step.in_app("bell", {"body": "b"})

    api = make_api(hello, debug=False, strict_authentication=False)
    api.novu.workflows.archive("hello")
    damage(api.novu, "workflows", "status", status, workflow_id="hello")
    found = {item["workflow_id"]: item for item in api.get("/workflows").json["items"]}
    assert found["other"]["status"] == "active"
    assert found["hello"]["status"] == "unreadable"
    assert f"`{status}`" in found["hello"]["error"]
    assert found["hello"]["steps"]
    answer = api.execute("hello")
    assert (answer.status, answer.json["error_type"]) == (500, "UnreadableRowError")
    assert api.execute("other").status == 200
