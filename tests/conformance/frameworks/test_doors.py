"""Who gets in: pages of other origins, other machines while debugging, paths and methods that do not exist."""

from __future__ import annotations

import pytest

ORDER = {"to": "ada"}


@pytest.fixture
def hello(registry):
    @registry.workflow("hello")
    def hello(payload, step):
        step.in_app("inbox", {"body": "b"})

    return registry


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost"}, 200),
        ({"sec-fetch-site": "none"}, 200),  # typed by the user
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example.org"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://localhost:9000"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "SAME-ORIGIN"}, 403),  # no browser writes it so
        ({"origin": "http://localhost"}, 200),  # an old browser
        ({"origin": "https://evil.example.org"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost.evil.example.org"}, 403),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", None])
def test_a_page_of_another_origin_cannot_trigger_while_debugging(make_api, hello, headers, status, content_type):
    api = make_api(hello)
    sent = {**headers, "host": "localhost"}
    if content_type:
        sent["content-type"] = content_type
    answer = api.request("POST", "/workflows/hello/execute", data=b'{"to": "ada"}', headers=sent)
    if status == 403 or content_type != "text/plain":
        assert answer.status == status
    ran = len(api.novu.executions.list())
    assert ran == (answer.status == 200)
    if status == 403:
        assert answer.json["error_type"] == "CrossSiteError"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/executions/x/retry"),
        ("POST", "/executions/x/cancel"),
        ("DELETE", "/triggers/t"),
        ("PUT", "/workflows/hello/controls"),
        ("PUT", "/workflows/hello/steps/inbox/controls"),
    ],
)
def test_nor_change_anything_else(make_api, hello, method, path):
    headers = {"sec-fetch-site": "cross-site"}
    assert make_api(hello).request(method, path, json={}, headers=headers).status == 403


def test_reading_and_a_key_need_no_browser_s_word(make_api, hello):
    api = make_api(hello, secret_key="s")
    assert api.get("/workflows", headers={"sec-fetch-site": "cross-site"}).status == 200
    headers = {"sec-fetch-site": "cross-site", "authorization": "ApiKey s"}
    assert api.request("POST", "/workflows/hello/execute", json=ORDER, headers=headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example.org"},  # a name that was resolved to this machine
        {"host": "localhost.evil.example.org:5000"},
        {"host": "10.0.0.5"},
        {"host": "localhost", "x-forwarded-for": "203.0.113.9"},
        {"host": "localhost", "x-forwarded-proto": "https"},
        {"host": "localhost", "forwarded": "for=203.0.113.9"},
    ],
)
def test_while_debugging_the_api_is_open_to_this_machine_only(make_api, hello, headers, framework):
    api = make_api(hello, secret_key="s", from_network=True)
    answer = api.request("POST", "/workflows/hello/execute", json=ORDER, headers=headers)
    assert (answer.status, answer.json["error_type"]) == (401, "AuthenticationError")
    assert "this machine" in answer.json["detail"]
    assert api.get("/executions", headers=headers).status == 401
    assert api.get("/health", headers=headers).status == 200
    assert api.get("/executions", headers={**headers, "authorization": "ApiKey s"}).status == 200
    assert api.get("/executions", headers={**headers, "authorization": "ApiKey x"}).status == 401


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:8000", "[::1]:5000", "app.localhost:5000"])
def test_names_of_this_machine_are_open(make_api, hello, host):
    assert make_api(hello, from_network=True).get("/executions", headers={"host": host}).status == 200


@pytest.mark.parametrize("settings", [{"strict_authentication": False}, {"testing": True}])
def test_what_was_opened_outright_stays_open(make_api, hello, settings, framework):
    if settings.pop("testing", False) and framework != "flask":
        pytest.skip("only Flask has TESTING")
    api = make_api(hello, from_network=True, debug=False, strict_authentication=False)
    headers = {"host": "app.example.org", "x-forwarded-for": "203.0.113.9"}
    assert api.request("POST", "/workflows/hello/execute", json=ORDER, headers=headers).status == 200


@pytest.mark.parametrize("path", ["/nothing", "/workflows/a/b/c/d", "/executions/x/y", "/v9/events", "/%00", "/..%2f"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "FOO"])
def test_an_unknown_path_under_the_prefix_is_a_404_in_json(make_api, hello, method, path):
    answer = make_api(hello, debug=False, secret_key="s").request(method, path)
    assert (answer.status, answer.json["error_type"], answer.json["status_code"]) == (404, "PathNotFoundError", 404)


@pytest.mark.parametrize("method", ["FOO", "PROPFIND", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/workflows", "/health", "/executions/x"])
def test_an_unknown_method_is_a_405_in_json(make_api, hello, method, path):
    answer = make_api(hello).request(method, path)
    assert (answer.status, answer.json["error_type"]) == (405, "MethodNotAllowedError")
    assert "GET" in answer.headers["allow"]
    assert method in answer.json["detail"]


@pytest.mark.parametrize("workflow_id", ["a/b", "team/orders/new", "a%2Fb", "50% off", "ü/x", "a b"])
def test_an_id_with_a_slash_is_reached_when_it_is_encoded(make_api, registry, workflow_id):
    from urllib.parse import quote

    @registry.workflow(workflow_id)
    def odd(payload, step):
        step.in_app("in/box", {"body": "b"})

    api = make_api(registry)
    path = "/workflows/" + quote(workflow_id, safe="")
    assert api.get(path).json["workflow_id"] == workflow_id
    assert api.post(path + "/execute", json=ORDER).json["status"] == "completed"
    assert api.request("PUT", path + "/steps/in%2Fbox/controls", json={}).status == 200
    assert api.get(path + "/nothing").status == 404


def test_no_page_of_another_origin_triggers_through_the_bridge(make_api, hello):
    api = make_api(hello, secret_key="s", api_url="http://127.0.0.1:9")
    path = "?action=trigger&workflowId=hello"
    refused = api.request("POST", path, data=b'{"to": "ada"}', headers={"sec-fetch-site": "cross-site"})
    assert (refused.status, refused.json["code"]) == (403, "CrossSiteError")
    assert refused.headers["access-control-allow-origin"] == "*"
    assert (
        api.request("POST", path, json=ORDER).json["code"] != "CrossSiteError"
    )  # a program gets through to Novu's API
