"""Routes, operations and surfaces: which method is answered by what, and who may ask."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from novu_core.aio import Blocking, drive
from novu_core.errors import AuthenticationError, MethodNotAllowedError
from novu_core.http.messages import Request, Response, target_of
from novu_core.http.rest.openapi import document
from novu_core.http.surface import METHODS, Operation, Route, Served, Surface

SYNTAXES = {
    "flask": ("<{}>", "<path:{}>"),
    "fastapi": ("{{{}}}", "{{{}:path}}"),
    "django": ("<str:{}>", "<path:{}>"),
}


def telling(name):
    """An operation that answers with its name, the method and the parameters."""

    async def run(served, request, io):
        return Response.json(200, [name, request.method, dict(request.path_params)])

    run.__name__ = name
    return Operation(run)


GET, PATCH, REST = telling("read"), telling("change"), telling("rest")
THINGS = Route("/things/{thing_id}", {"GET": GET, "PATCH": PATCH})
FILES = Route("/files/{folder}/{path...}", {"GET": GET}, otherwise=REST)


def surface(guard=lambda served, request: None, routes=(THINGS, FILES)):
    def told(served, request, error):
        allowed = getattr(error, "allowed", None)
        return Response.json(getattr(error, "status_code", 500), [type(error).__name__, str(error), allowed])

    return Surface(routes, guard, told)


def ask(route, method, made=None, **request):
    answer = drive((made or surface()).answer(None, route, Request(method, **request), Blocking()))
    return answer, json.loads(answer.body)


@pytest.mark.parametrize(
    ("framework", "things", "files"),
    [
        ("flask", "/things/<thing_id>", "/files/<folder>/<path:path>"),
        ("fastapi", "/things/{thing_id}", "/files/{folder}/{path:path}"),
        ("django", "/things/<str:thing_id>", "/files/<str:folder>/<path:path>"),
    ],
)
def test_a_path_in_the_syntax_of_each_framework(framework, things, files):
    assert [route.pattern(*SYNTAXES[framework]) for route in (THINGS, FILES)] == [things, files]
    assert Route("", {}).pattern(*SYNTAXES[framework]) == ""
    assert Route("/a.b/c", {}).pattern(*SYNTAXES[framework]) == "/a.b/c"


@pytest.mark.parametrize(
    ("path", "name", "parameters"),
    [
        ("", "bridge", []),
        ("/health", "health", []),
        ("/openapi.json", "openapi_json", []),
        ("/things/{thing_id}/parts/{part_id}", "things_thing_id_parts_part_id", ["thing_id", "part_id"]),
        ("/files/{folder}/{path...}", "files_folder_path", ["folder", "path"]),
    ],
)
def test_a_routes_name_and_parameters(path, name, parameters):
    route = Route(path, {})
    assert (route.name, route.parameters) == (name, parameters)


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/things/a", {"thing_id": "a"}),
        ("/things/a/", {"thing_id": "a"}),
        ("/things/a%2Fb%20c", {"thing_id": "a/b c"}),
        ("/things/", None),
        ("/things/a/b", None),
        ("/thing/a", None),
    ],
)
def test_a_path_that_is_still_encoded_is_matched(path, parameters):
    assert THINGS.match(path) == parameters


def test_a_rest_matches_over_slashes():
    assert FILES.match("/files/f/a/b%20c/d.js") == {"folder": "f", "path": "a/b c/d.js"}
    assert FILES.match("/files/f") is None


@pytest.mark.parametrize(("path", "other"), [("/openapi.json", "/openapi-json"), ("/a+b", "/aab"), ("/a(b)", "/ab")])
def test_what_a_path_says_is_matched_by_itself_only(path, other):
    route = Route(path + "/{name}", {})
    assert route.match(path + "/x") == {"name": "x"}
    assert route.match(other + "/x") is None


def test_the_methods_that_a_route_answers():
    assert THINGS.methods == ["GET", "PATCH", "HEAD", "OPTIONS"]
    assert Route("/x", {"POST": GET}).methods == ["POST", "OPTIONS"]
    assert Route("/x", {}).methods == ["OPTIONS"]
    assert set(FILES.methods) == set(METHODS)


@pytest.mark.parametrize(
    ("route", "method", "name"),
    [
        (THINGS, "GET", "read"), (THINGS, "HEAD", "read"), (THINGS, "PATCH", "change"), (FILES, "HEAD", "read"),
        (FILES, "PATCH", "rest"), (FILES, "OPTIONS", "rest"), (FILES, "PROPFIND", "rest"),
        (Route("/x", {"POST": PATCH}, otherwise=REST), "HEAD", "rest"),
    ],
)  # fmt: skip
def test_which_operation_answers(route, method, name):
    assert route.operation(method).name == name
    answer, body = ask(route, method, path_params={"thing_id": "7"})
    assert (answer.status, body) == (200, [name, method, {"thing_id": "7"}])


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "PROPFIND", "get"])
def test_a_method_that_a_route_has_not_is_a_405_that_names_those_it_has(method):
    with pytest.raises(MethodNotAllowedError):
        THINGS.operation(method)
    answer, (name, message, allowed) = ask(THINGS, method)
    assert (answer.status, name, allowed) == (405, "MethodNotAllowedError", ["GET", "PATCH", "HEAD", "OPTIONS"])
    assert message == f"Method {method} is not allowed here; use GET, PATCH, HEAD, OPTIONS."


def test_options_is_answered_with_allow_and_passes_no_guard():
    def closed(served, request):
        raise AuthenticationError("no key")

    answer, body = ask(THINGS, "OPTIONS", surface(closed))
    assert (answer.status, body, answer.headers["allow"]) == (200, {}, "GET, PATCH, HEAD, OPTIONS")


def test_a_guard_that_raises_is_answered_in_the_surfaces_shape_before_anything_ran():
    ran, asked = [], []

    async def run(served, request, io):
        ran.append(request.method)
        return Response.json(200, [])

    def closed(served, request):
        asked.append(request.method)
        raise AuthenticationError("no key")

    route = Route("/x", {"GET": Operation(run), "PATCH": Operation(run, public=True)})
    answer, body = ask(route, "GET", surface(closed))
    assert (answer.status, body) == (401, ["AuthenticationError", "no key", None])
    assert ask(route, "PATCH", surface(closed))[0].status == 200  # public: no guard
    assert ask(route, "POST", surface(closed))[0].status == 405  # there is nothing to guard
    assert (asked, ran) == (["GET"], ["PATCH"])


def test_whatever_an_operation_raises_is_answered():
    async def broken(served, request, io):
        raise ZeroDivisionError("oh")

    answer, body = ask(Route("/x", {"GET": Operation(broken)}), "GET")
    assert (answer.status, body) == (500, ["ZeroDivisionError", "oh", None])


def test_what_a_surface_builds_for_a_client_is_built_once():
    served, made = Served(SimpleNamespace(settings=None), "flask"), []

    def make(found):
        made.append(found)
        return object()

    def nothing(found):
        made.append(None)

    assert served.keep(make) is served.keep(make)
    assert served.keep(nothing) is served.keep(nothing) is None
    assert made == [served, None]
    other = Served(served.client, "flask")
    assert other.keep(make) is not served.keep(make)


def test_patch_operations_and_rests_are_in_the_document():
    paths = document([THINGS, FILES])["paths"]
    assert set(paths) == {"/things/{thing_id}", "/files/{folder}/{path}"}
    assert set(paths["/things/{thing_id}"]) == {"get", "patch"}
    assert paths["/things/{thing_id}"]["patch"]["operationId"] == "change_things_thing_id"
    assert [item["name"] for item in paths["/files/{folder}/{path}"]["get"]["parameters"]] == ["folder", "path"]


@pytest.mark.parametrize(
    ("sent", "path", "query", "target"),
    [
        ("/p/a%2Fb", "/p/a/b", "x=%C3%BC&y", "/p/a%2Fb?x=%C3%BC&y"), ("/p/", "/p/", "", "/p/"),
        ("", "/p/a b/ü", "", "/p/a%20b/%C3%BC"), ("", "/p/a@b:c", "x", "/p/a@b:c?x"), ("", "/p/\ud800", "", "/p/%3F"),
    ],
)  # fmt: skip
def test_what_was_asked_for_as_it_was_sent_where_the_server_tells(sent, path, query, target):
    assert target_of(sent, path, query) == target
