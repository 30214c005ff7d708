"""The history over HTTP: its filters, its brief view, what a digest collects, waking and retrying; ETags."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.conformance.frameworks.conftest import KEY
from tests.conformance.frameworks.test_studio import BOTH, SAME, cookie_of, log_in

AUTHORIZED = {"authorization": f"ApiKey {KEY}"}


@pytest.fixture
def mended():
    return []


@pytest.fixture
def batch(registry, mended):
    @registry.workflow("batch")
    def batch(payload, step):
        found = step.digest("post", {"amount": 1, "unit": "hours", "digestKey": payload["post"]})
        step.in_app("told", lambda: {"body": str(found.event_count)})

    @registry.workflow("order")
    def order(payload, step):
        step.custom("look", lambda: {} if mended else {}["the secret of the code"])
        step.in_app("told", {"body": "b"})

    return registry


@pytest.fixture
def api(make_api, batch):
    return make_api(batch)


def trigger(api, workflow="batch", **payload):
    return api.execute(workflow, payload=payload).json["execution_id"]


def test_filters_and_the_brief_view(api):
    opener, merged = trigger(api, post=1), trigger(api, post=1)
    trigger(api, "order")
    [failed] = api.get("/executions?status=failed").json["items"]
    for query, ids in (
        ("outcome=merged", [merged]), ("waiting_for=digest", [opener]), (f"merged_into={opener}", [merged]),
        ("status=completed&outcome=none", []), ("status=running&waiting_for=none", []),
        ("error_type=KeyError&failed_step=look", [failed["execution_id"]]), ("until=2020-01-01T00:00:00Z", []),
        ("since=2020-01-01", [failed["execution_id"], merged, opener]),
    ):  # fmt: skip
        whole, brief = (api.get(f"/executions?{query}&view={view}").json for view in ("full", "summary"))
        assert [run["execution_id"] for run in whole["items"]] == ids
        assert [run["execution_id"] for run in brief["items"]] == ids
    [told] = api.get("/executions?view=summary&outcome=merged&limit=1").json["items"]
    assert set(told) == {
        "execution_id",
        "workflow_id",
        "subscriber_id",
        "status",
        "outcome",
        "merged_into",
        "created_at",
        "steps",
    }


@pytest.mark.parametrize(
    "query",
    ["outcome=done", "waiting_for=x", "since=today", "until=99999999999", "view=brief", "limit=0", "limit=x", "cursor=1",
     "merged_into=", "error_type=%20", "since=2020-01-01T00:00:00%2B99:99"],
)  # fmt: skip
def test_what_is_no_filter_is_told_at_its_name(api, query):
    answer = api.get(f"/executions?{query}")
    assert answer.status == 400
    assert [fault["path"] for fault in answer.json["errors"]] == ["/" + query.partition("=")[0]]


def test_who_knows_the_present_answer_is_told_so(api):
    trigger(api, post=1)
    [run] = api.get("/executions").json["items"]
    tags = {}
    for path in ("/executions", "/executions?view=summary", f"/executions/{run['execution_id']}"):
        first = api.get(path)
        tags[path] = tag = first.headers["etag"]
        for sent in (tag, f"W/{tag}", f'"x", {tag}'):
            again = api.get(path, headers={"if-none-match": sent})
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "no-store"
        assert api.get(path, headers={"if-none-match": '"x"'}).body == first.body
    api.post(f"/executions/{run['execution_id']}/cancel")
    for path, tag in tags.items():
        assert api.get(path, headers={"if-none-match": tag}).status == 200


def test_a_long_list_is_packed_for_whoever_unpacks(api):
    for _ in range(30):
        trigger(api, post=1)
    path, plainly = "/executions?view=summary&limit=30", {"accept-encoding": "identity"}
    plain = api.get(path, headers=plainly)
    assert "content-encoding" not in plain.headers
    for sent in ("gzip", "br, GZIP;q=0.5", "deflate, gzip"):
        packed = api.get(path, headers={"accept-encoding": sent})
        assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", plain.headers["vary"])
        if packed.body != plain.body:  # some of the clients unpack by themselves
            assert gzip.decompress(packed.body) == plain.body
            assert len(packed.body) < len(plain.body) / 4
        assert packed.headers["etag"] != plain.headers["etag"]
        for tag in (packed.headers["etag"], plain.headers["etag"]):
            assert api.get(path, headers={"accept-encoding": sent, "if-none-match": tag}).status == 304
    for sent in ("identity", "gzip;q=0", "br"):
        assert "content-encoding" not in api.get(path, headers={"accept-encoding": sent}).headers
    short = api.get("/executions?limit=1&view=summary", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in short.headers


def test_a_page_of_fifty_is_small(api, registry):
    @registry.workflow("comment-on-post")
    def comment(step):
        step.in_app("one", {"body": "b"})
        step.in_app("two", {"body": "b"})
        step.in_app("three", {"body": "b"})

    for at in range(50):
        api.execute("comment-on-post", to=f"subscriber-{at}")
    answer = api.get("/executions?view=summary&limit=50")
    assert len(answer.json["items"]) == 50
    assert len(answer.body) <= 12 * 1024


def test_one_execution_has_every_step(api):
    trigger(api, "order")
    [run] = api.get("/executions").json["items"]
    [look, told] = api.get(f"/executions/{run['execution_id']}").json["steps"]
    assert (look["status"], look["name"], told["status"], told["name"]) == ("failed", "look", "pending", "told")
    waits = api.get(f"/executions/{trigger(api, post=1)}").json
    assert waits["steps"][0]["resume_at"] == waits["resume_at"]


def test_the_events_of_a_digest(api):
    opener, merged = trigger(api, post=1), trigger(api, post=1)
    window = api.get(f"/executions/{opener}/events?limit=1").json
    assert (window["key"], window["opened_by"], window["open"], window["count"]) == ("1", opener, True, 2)
    then = api.get(f"/executions/{merged}/events?cursor={window['next_cursor']}").json
    assert [event["id"] for event in window["items"] + then["items"]] == [opener, merged]
    assert api.get("/executions/nobody/events").status == 404
    assert api.get(f"/executions/{opener}/events?cursor=x").status == 400


def test_a_wait_is_ended(api):
    opener = trigger(api, post=1)
    answer = api.post(f"/executions/{opener}/wake")
    assert (answer.status, answer.json["status"]) == (200, "completed")
    assert answer.json["step_results"]["post"]["eventCount"] == 1
    again = api.post(f"/executions/{opener}/wake")
    assert (again.status, again.json["error_type"]) == (409, "InvalidTransitionError")
    assert api.post("/executions/nobody/wake").status == 404


def test_many_are_retried(api, mended):
    for _ in range(3):
        trigger_failing(api)
    answer = api.post("/executions/retry", json={"workflow_id": "order", "limit": 2, "since": "2020-01-01T00:00:00Z"})
    assert (answer.status, answer.json) == (202, {"retried": 2, "more": True})
    assert len(api.get("/executions?status=pending").json["items"]) == 2
    assert api.post("/executions/retry").json == {"retried": 1, "more": False}
    for body, path in (
        ({"status": "failed"}, "/status"), ({"limit": 1001}, "/limit"), ({"limit": "1"}, "/limit"), ({"since": 1}, "/since"),
        ({"workflow_id": 1}, "/workflow_id"), ({"outcome": "x"}, "/outcome"), ({"outcome": []}, "/outcome"),
    ):  # fmt: skip
        refused = api.post("/executions/retry", json=body)
        assert (refused.status, [fault["path"] for fault in refused.json["errors"]]) == (400, [path])
    assert api.get("/executions/retry").status == 405


def trigger_failing(api):
    assert api.execute("order").status == 500


def test_who_looks_in_the_studio_sees_why_a_run_failed_and_no_trace(make_api, batch):
    api = make_api(batch, **BOTH)
    assert api.post("/workflows/order/execute", json={"to": "u"}, headers=AUTHORIZED).status == 500
    session = cookie_of(log_in(api))
    for path in ("/executions", "/executions?status=failed"):
        for headers, told in ((AUTHORIZED, False), (session, True)):
            answer = api.get(path, headers=headers)
            assert (b"the secret of the code" in answer.body) == told
            assert b"Traceback" not in answer.body
    shown = api.get("/executions/" + answer.json["items"][0]["execution_id"], headers=session)
    assert "the secret of the code" in json.dumps(shown.json["steps"][0]["error"])
    assert b"Traceback" not in shown.body
    assert api.post("/executions/retry", json={}, headers={**session, "sec-fetch-site": "cross-site"}).status == 403
    assert api.post("/executions/retry", json={}, headers=cookie_of(log_in(api, "pass word"))).status == 403
    assert api.post("/executions/retry", json={}, headers=SAME).status == 401
