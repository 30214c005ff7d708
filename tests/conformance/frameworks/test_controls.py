"""Control values over HTTP: conflicts, their history, put back; and the status of a workflow."""

from __future__ import annotations

import pytest

from tests.conformance.frameworks.conftest import KEY
from tests.conformance.frameworks.test_studio import BOTH, cookie_of, log_in

PATH = "/workflows/hello/steps/inbox/controls"


def test_a_change_meanwhile_is_a_412_that_shows_both(make_api, hello):
    api = make_api(hello)
    seen = api.get(PATH).headers["etag"]
    changed = api.request("PUT", PATH, json={"text": "{{payload.a}}"}, headers={"if-match": seen})
    assert (changed.status, changed.json["values"]) == (200, {"text": "{{payload.a}}"})  # raw, as they were given
    refused = api.request("PUT", PATH, json={"text": "mine"}, headers={"if-match": seen})
    assert (refused.status, refused.json["error_type"]) == (412, "PreconditionFailedError")
    assert refused.json["present"] == {"text": "{{payload.a}}"}
    for match in (changed.headers["etag"], "*", None):
        sent = {"if-match": match} if match else {}
        assert api.request("PUT", PATH, json={"text": "{{payload.a}}"}, headers=sent).status == 200
    assert api.get(PATH).headers["etag"] == changed.headers["etag"]


def test_what_was_before_can_be_put_back(make_api, hello):
    api = make_api(hello, **BOTH)
    key, session = {"authorization": f"ApiKey {KEY}"}, cookie_of(log_in(api, "pass word"))
    api.request("PUT", PATH, json={"text": "first"}, headers=key)
    api.request("PUT", PATH, json={"text": "second"}, headers=session)
    history = api.get(PATH + "/history", headers=session).json
    assert [(item["values"]["text"], item["changed_by"]) for item in history["items"]] == [
        ("second", "Studio (edit)"), ("first", "API"),
    ]  # fmt: skip
    assert history["items"][0]["changed_at"] >= history["items"][1]["changed_at"]
    back = api.request("PUT", PATH, json=history["items"][1]["values"], headers=session)
    assert back.json["values"] == {"text": "first"}
    page = api.get(PATH + "/history?limit=2", headers=session).json
    assert len(page["items"]) == 2
    rest = api.get(f"{PATH}/history?cursor={page['next_cursor']}", headers=session).json
    assert ([item["values"]["text"] for item in rest["items"]], rest["next_cursor"]) == (["first"], None)
    assert api.get("/workflows/hello/controls/history", headers=session).json["items"] == []
    assert api.get("/workflows/none/controls/history", headers=session).status == 404
    assert api.get(PATH + "/history?limit=0", headers=session).status == 400


def test_a_workflow_is_activated_and_archived(make_api, registry):
    @registry.workflow("new", status="draft")
    def new(step):
        step.in_app("bell", {"body": "b"})

    api = make_api(registry)
    path = "/workflows/new/status"
    assert api.post(path, json={"status": "active"}).json == {"workflow_id": "new", "status": "active"}
    assert api.get("/workflows/new").json["status"] == "active"
    again = api.post(path, json={"status": "active"})
    assert (again.status, again.json["error_type"]) == (409, "InvalidTransitionError")
    assert api.post(path, json={"status": "archived"}).json["status"] == "archived"
    assert api.execute("new").status == 409
    assert api.post("/workflows/none/status", json={"status": "active"}).status == 404
    for body, told in (
        ({}, "/status"),
        ({"status": "draft"}, "/status"),
        ({"status": ["active"]}, "/status"),
        ({"x": 1}, "/x"),
    ):
        refused = api.post(path, json=body)
        assert (refused.status, [fault["path"] for fault in refused.json["errors"]]) == (400, [told])


@pytest.mark.parametrize(("password", "status"), [(KEY, 409), ("pass word", 403)])
def test_who_may_edit_may_not_archive(make_api, hello, password, status):
    api = make_api(hello, **BOTH)
    assert (
        api.post("/workflows/hello/status", json={"status": "active"}, headers=cookie_of(log_in(api, password))).status
        == status
    )
