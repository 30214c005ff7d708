"""What a browser concludes from the CORS headers: flask-cors under Flask and Django, Starlette's under FastAPI."""

from __future__ import annotations

import pytest

from novu_core import Settings
from novu_core.errors import ConfigurationError

UI, EVIL = "https://ui.example.org", "https://evil.example.org"
SAFE_METHODS = {"GET", "HEAD", "POST"}


@pytest.fixture
def hello(registry):
    @registry.workflow("hello")
    def hello(payload, step):
        step.in_app("inbox", {"body": "b"})

    return registry


def listed(answer, name):
    return {part.strip().lower() for part in answer.headers.get(name, "").split(",") if part.strip()}


def shared(answer, origin, credentials):
    """Whether a page of ``origin`` may read this answer (Fetch, CORS check)."""
    allowed = answer.headers.get("access-control-allow-origin")
    if credentials:
        return allowed == origin and answer.headers.get("access-control-allow-credentials") == "true"
    return allowed in (origin, "*")


def may(api, origin, method, path, *, headers=(), credentials=False):
    """Whether a browser sends the request and lets a page of ``origin`` read the answer."""
    asked = {"origin": origin, "access-control-request-method": method}
    if headers:
        asked["access-control-request-headers"] = ", ".join(sorted(headers))
    preflight = api.request("OPTIONS", path, headers=asked)
    if not (200 <= preflight.status < 300 and shared(preflight, origin, credentials)):
        return False
    if method not in SAFE_METHODS and method.lower() not in listed(preflight, "access-control-allow-methods"):
        return False
    if not set(headers) <= listed(preflight, "access-control-allow-headers"):
        return False
    return shared(api.request(method, path, headers={"origin": origin}), origin, credentials)


@pytest.mark.parametrize(
    ("settings", "origin", "allowed"),
    [
        ({}, UI, False),
        ({"cors_origins": UI}, UI, True),
        ({"cors_origins": [UI, "https://b.example.org"]}, "https://b.example.org", True),
        ({"cors_origins": UI}, EVIL, False),
        ({"cors_origins": "*"}, EVIL, True),
        ({"cors": {"origins": UI}}, UI, True),
        ({"cors_origins": "HTTPS://UI.example.org"}, UI, True),
        # an origin is no pattern and no prefix
        ({"cors_origins": "https://a.example.org"}, "https://axexample.org", False),
        ({"cors_origins": "https://a.example.org"}, "https://a.example.org.evil.com", False),
        ({"cors_origins": "https://a.example.org"}, "https://a.example.org:8443", False),
        ({"cors_origins": "http://[::1]:3000"}, "http://[::1]:3000", True),
        ({"cors_origins": "http://[::1]:3000"}, "http://1:3000", False),
        ({"cors_origins": UI}, "null", False),
    ],
)
def test_which_pages_may_read_the_answers(make_api, hello, settings, origin, allowed):
    api = make_api(hello, **settings)
    assert may(api, origin, "GET", "/workflows", headers=["authorization"]) is allowed


@pytest.mark.parametrize(
    ("method", "path", "headers", "allowed"),
    [
        ("POST", "/workflows/hello/execute", ["authorization", "content-type"], True),
        ("PUT", "/workflows/hello/controls", ["authorization", "content-type"], True),
        ("DELETE", "/triggers/t", ["authorization"], True),
        ("PATCH", "/workflows/hello/controls", ["authorization"], False),
        ("DELETE", "/workflows", [], False),
        ("GET", "/workflows", ["x-other"], False),
    ],
)
def test_methods_and_headers_are_those_of_the_route_and_the_settings(make_api, hello, method, path, headers, allowed):
    api = make_api(hello, cors_origins=UI)
    assert may(api, UI, method, path, headers=headers) is allowed


def test_credentials_own_headers_and_the_age_of_a_preflight(make_api, hello):
    cors = {
        "origins": [UI],
        "supports_credentials": True,
        "allow_headers": ["authorization", "x-team"],
        "expose_headers": ["x-request-id"],
        "max_age": 30,
    }
    api = make_api(hello, cors=cors)
    assert may(api, UI, "GET", "/workflows", headers=["x-team"], credentials=True)
    assert not may(api, EVIL, "GET", "/workflows", credentials=True)
    preflight = api.request("OPTIONS", "/workflows", headers={"origin": UI, "access-control-request-method": "GET"})
    assert preflight.headers["access-control-max-age"] == "30"
    answer = api.get("/workflows", headers={"origin": UI})
    assert listed(answer, "access-control-expose-headers") == {"x-request-id"}
    assert "origin" in listed(answer, "vary")


def test_without_credentials_no_cookie_may_come_along(make_api, hello):
    assert not may(make_api(hello, cors_origins=UI), UI, "GET", "/workflows", credentials=True)


def test_a_request_of_no_page_gets_no_such_headers(make_api, hello):
    answer = make_api(hello, cors_origins=UI).get("/workflows")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("settings", [{}, {"cors_origins": UI}])
def test_the_bridge_keeps_the_headers_of_the_peer(make_api, hello, settings):
    api = make_api(hello, **settings)
    for method in ("OPTIONS", "GET"):
        answer = api.request(method, "", headers={"origin": EVIL, "access-control-request-method": "POST"})
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-headers"] == "*"


def test_errors_can_be_read_too(make_api, hello):
    api = make_api(hello, cors_origins=UI, debug=False, secret_key="s")
    answer = api.get("/workflows", headers={"origin": UI})
    assert (answer.status, shared(answer, UI, credentials=False)) == (401, True)


def test_the_library_of_the_framework_decides(make_api, hello, framework, monkeypatch):
    if framework == "flask":
        monkeypatch.setattr("flask_cors.decorator.set_cors_headers", lambda response, options: response)
    elif framework == "fastapi":
        monkeypatch.setattr("starlette.middleware.cors.CORSMiddleware.is_allowed_origin", lambda self, origin: False)
    else:
        monkeypatch.setattr("flask_cors.core.get_cors_headers", lambda options, headers, method: {})
    assert not may(make_api(hello, cors_origins=UI), UI, "GET", "/workflows")


@pytest.mark.parametrize(
    ("cors", "told"),
    [
        ({"NOVU_CORS_ORIGINS": "ui.example.org"}, "NOVU_CORS_ORIGINS: 'ui.example.org' is not an origin; write scheme"),
        ({"NOVU_CORS_ORIGINS": "https://ui.example.org/"}, "NOVU_CORS_ORIGINS: 'https://ui.example.org/' is not an"),
        ({"NOVU_CORS_ORIGINS": "https://*.example.org"}, "NOVU_CORS_ORIGINS: 'https://*.example.org' is not an origin"),
        ({"NOVU_CORS": {"origins": "*", "supports_credentials": True}}, "NOVU_CORS: supports_credentials needs named"),
        (
            {"NOVU_CORS_ORIGINS": "*", "NOVU_CORS": {"supports_credentials": True}},
            "NOVU_CORS: supports_credentials needs named",
        ),
        ({"NOVU_CORS_ORIGINS": UI, "NOVU_CORS": {"origins": UI}}, "set the origins only once"),
        ({"NOVU_CORS": {"orgins": UI}}, "NOVU_CORS.orgins: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_told(cors, told):
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(cors)
    assert told in str(caught.value)
