"""A surface of our own, mounted as the others are: rests of paths, and who asks in which scheme."""

from __future__ import annotations

from contextlib import contextmanager
from urllib.parse import unquote

import pytest

import flask_novu.blueprint
from novu_core.http import routes
from novu_core.http.messages import Response
from novu_core.http.surface import Operation, Route, Surface
from novu_core.integrations import fastapi as integration

PROXIED = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}


async def echo(served, request, io):
    """Answer with what the framework's file made of the request."""
    told = {"server": served.server, "method": request.method, "params": dict(request.path_params)}
    told |= {"client": request.client, "scheme": request.scheme, "query": list(request.query)}
    return Response.json(200, {**told, "body": request.body.decode()})


def refused(served, request, error):
    return Response.json(getattr(error, "status_code", 500), {"refused": type(error).__name__})


ECHO = Operation(echo)
SURFACE = Surface(
    (
        Route("/echo/{name}", {"GET": ECHO, "PATCH": ECHO}),
        Route("/files/{folder}/{path...}", {"GET": ECHO}),
        Route("/any/{path...}", {}, otherwise=ECHO),
    ),
    lambda served, request: None,
    refused,
)


@pytest.fixture
def make_echo(monkeypatch, make_api, registry, framework):
    mounted = tuple((SURFACE, route) for route in SURFACE.routes) + routes.ROUTES
    for module in (flask_novu.blueprint, integration):
        monkeypatch.setattr(module, "ROUTES", mounted)
    with patterns_of_django(framework.startswith("django")):
        yield lambda **settings: make_api(registry, from_network=True, **settings)


@contextmanager
def patterns_of_django(wanted):
    """Django made its patterns when it was set up: others go before them for as long as they are wanted."""
    if not wanted:
        yield
        return
    import tests.conformance.django_project  # noqa: F401  # the settings, before the patterns
    from novu_core.integrations.django import urls

    added = [pattern for route in SURFACE.routes for pattern in urls._patterns(SURFACE, route)]
    urls.urlpatterns[:0] = added
    yield
    del urls.urlpatterns[: len(added)]


@pytest.fixture
def api(make_echo):
    return make_echo()


def test_patch_is_a_method_like_others(api, framework):
    answer = api.request("PATCH", "/echo/a%20b?x=1&x=2", data=b"{}")
    assert answer.status == 200
    told = answer.json
    assert (told["server"], told["method"], told["params"]) == (framework.partition("-")[0], "PATCH", {"name": "a b"})
    assert (told["query"], told["body"]) == ([["x", "1"], ["x", "2"]], "{}")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PROPFIND"])
def test_a_method_that_is_not_there_is_refused_in_the_surfaces_own_shape(api, method):
    answer = api.request(method, "/echo/a")
    assert (answer.status, answer.json) == (405, {"refused": "MethodNotAllowedError"})
    assert api.request("OPTIONS", "/echo/a").headers["allow"] == "GET, PATCH, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["a", "a/b/c.js", "a/b%20c", "a%2Fb/c", "ü/x"])
def test_a_rest_is_what_follows_with_its_slashes_decoded(api, path):
    told = api.get(f"/files/f/{path}").json
    assert told["params"] == {"folder": "f", "path": {"a/b%20c": "a/b c", "a%2Fb/c": "a/b/c"}.get(path, path)}


@pytest.mark.parametrize(
    "path",
    ["/files/f/", "/files/f", "/files/", "/any", "/any/", "/echo/", "/echo//", "/echo/%2F", "/files//x", "/echo/a//"],
)
def test_a_rest_and_a_name_have_one_character_at_least(api, path):
    answer = api.get(path)
    assert (answer.status, answer.json["error_type"]) == (404, "PathNotFoundError")


@pytest.mark.parametrize(
    "rest", ["x/", "x//", "/x", "/", "%2Fx", "%0A", "x%0Ay", "x%0A", "x%0D%0A", "x%E2%80%A8y", " ", "a;b", "%3F"]
)
def test_a_rest_is_the_same_in_every_framework(api, rest):
    told = api.get(f"/files/f/{rest}").json
    assert told["params"] == {"folder": "f", "path": unquote(rest)}
    assert api.get(f"/any/{rest}").json["params"] == {"path": unquote(rest)}


@pytest.mark.parametrize(
    "path", ["//x", "//", "/x//y", "/%2Fx", "/%0A", "/x%0Ay", "/x%0A", "/health%0A", "/executions%0A", "/a%0Ab/c"]
)
def test_every_path_below_the_prefix_is_answered_in_json(api, path):
    answer = api.get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json["detail"].startswith(f"There is no route `/{unquote(path[1:])}` here")


def test_a_route_that_answers_otherwise_takes_every_method(api):
    for method in ("GET", "PUT", "OPTIONS", "TRACE", "PROPFIND"):
        answer = api.request(method, "/any/x/y")
        assert (answer.status, answer.json["method"], answer.json["params"]) == (200, method, {"path": "x/y"})
    assert api.request("HEAD", "/any/x").body == b""


def test_the_client_is_whoever_is_connected_and_no_header_changes_that(api):
    for headers in ({}, PROXIED):
        told = api.get("/echo/a", headers=headers).json
        assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")


def test_behind_a_proxy_that_the_app_trusts_they_are_the_callers(make_echo):
    told = make_echo(behind_proxy=True).get("/echo/a", headers=PROXIED).json
    assert (told["client"], told["scheme"]) == ("203.0.113.9", "https")
