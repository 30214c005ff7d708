"""The Studio's page and files, and who may use it: the same on every framework."""

from __future__ import annotations

import asyncio
import re
import sys
import types

import pytest

from novu_core.version import VERSION
from tests.conformance.frameworks.conftest import KEY

SAME = {"sec-fetch-site": "same-origin"}
AWAY = {"host": "app.example.org"}
BOTH = {"secret_key": KEY, "studio_password": "pass word", "studio": "on", "debug": False}
SESSION = "/studio/session"


def log_in(api, password=KEY, **headers):
    return api.post(SESSION, json={"password": password}, headers={**SAME, **headers})


def cookie_of(answer):
    return {"cookie": answer.headers["set-cookie"].partition(";")[0], **SAME}


@pytest.mark.parametrize("path", ["/studio", "/studio/"])
def test_the_page_names_its_files_and_nothing_of_the_app(make_api, hello, path):
    api = make_api(hello, **BOTH)
    answer = api.get(path)
    if path.endswith("/"):
        assert (answer.status, answer.headers["location"], answer.body) == (308, "../studio", b"")
        return
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'self'"
    assert (policy["object-src"], policy["img-src"]) == ("'none'", "'self' data:")
    assert (answer.headers["x-content-type-options"], answer.headers["referrer-policy"]) == ("nosniff", "no-referrer")
    page = answer.body.decode()
    assert KEY not in page
    assert "hello" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|style=|\bon\w+=", page)  # which the policy would refuse
    names = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {name.rpartition("/")[2] for name in names} >= {"app.js", "studio.css", "icon.svg"}
    for name in names:
        found = api.get("/" + name)
        assert (found.status, found.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "default-src" in found.headers["content-security-policy"]


def version_of(api):
    return re.search(r'"studio/(\w+)/app\.js"', api.get("/studio").body.decode())[1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("studio.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("nothing.js", None),
        ("../http/session.py", None),
        ("..%2fhttp%2fsession.py", None),
        ("", None),
        ("app.js/", "text/javascript; charset=utf-8"),  # every route is there with a slash, too
    ],
)
def test_a_file_has_its_type_and_no_other_file_is_told(make_api, hello, name, kind):
    api = make_api(hello)
    answer = api.get(f"/studio/{version_of(api)}/{name}")
    if kind is None:
        assert (answer.status, answer.json["error_type"]) == (404, "PathNotFoundError")
    else:
        assert (answer.status, answer.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(
    ("query", "images"), [("", "data:"), ("?images", "data: https:"), ("?images=1", "data: https:")]
)
def test_the_frame_of_a_message_may_do_nothing_and_loads_images_when_asked(make_api, hello, query, images):
    api = make_api(hello)
    answer = api.get(f"/studio/{version_of(api)}/frame.html{query}")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["img-src"]) == ("'none'", "'self'", images)
    assert (policy["form-action"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'", "'self'")


def test_a_file_of_another_version_is_not_kept(make_api, hello):
    answer = make_api(hello).get("/studio/0123456789abcdef/app.js")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    ("settings", "there"),
    [
        ({"debug": True}, True),
        ({"debug": False}, False),
        ({"debug": False, "strict_authentication": False}, False),
        ({"debug": True, "studio": "off"}, False),
        ({"debug": False, "studio": "on"}, True),
        ({"debug": True, "strict_authentication": True}, True),
    ],
)
def test_where_the_studio_is(make_api, hello, settings, there):
    api = make_api(hello, secret_key=KEY, **settings)
    paths = ["/studio", "/studio/0/app.js", SESSION]
    assert [api.get(path).status for path in paths] == ([200] * 3 if there else [404] * 3)
    for method in ("POST", "DELETE"):
        assert api.request(method, SESSION, json={"password": KEY}).status == (200 if there else 404)
    if not there:
        assert "the Studio is off: set NOVU_STUDIO to on" in api.get("/studio").json["detail"]
        assert api.get("/executions", headers=cookie_of(log_in(make_api(hello, **BOTH)))).status == (
            200 if settings.get("strict_authentication") is False or settings["debug"] else 401
        )


@pytest.mark.parametrize(
    ("password", "status", "role"),
    [
        (KEY, 200, "all"),
        ("pass word", 200, "edit"),
        ("wrong", 401, None),
        ("", 401, None),
        (1, 400, None),
        (None, 400, None),
    ],
)
def test_logging_in(make_api, hello, password, status, role):
    api = make_api(hello, **BOTH)
    assert api.get(SESSION).json == {"role": None, "login": "password"}
    answer = log_in(api, password)
    assert answer.status == status
    if role is None:
        assert "set-cookie" not in answer.headers
        assert answer.json["detail"] == ("Wrong password." if status == 401 else "The request is invalid.")
        return
    told = answer.headers["set-cookie"]
    assert re.fullmatch(r"novu_studio=[\w.-]+; Path=/api/novu; Max-Age=43200; HttpOnly; SameSite=Strict", told)
    assert KEY not in told
    shown = api.get(SESSION, headers=cookie_of(answer)).json
    assert shown == answer.json
    assert (shown["role"], shown["version"], shown["debug"]) == (role, VERSION, False)


@pytest.mark.parametrize(
    ("method", "path", "of_all", "of_edit"),
    [
        ("GET", "/workflows", 200, 200),
        ("GET", "/workflows/hello", 200, 200),
        ("GET", "/workflows/hello/controls", 200, 200),
        ("PUT", "/workflows/hello/steps/inbox/controls", 200, 200),
        ("POST", "/workflows/hello/execute", 200, 403),
        ("GET", "/executions", 200, 403),
        ("GET", "/executions/x", 404, 403),
        ("POST", "/executions/x/retry", 404, 403),
        ("POST", "/executions/x/cancel", 404, 403),
        ("DELETE", "/triggers/t", 200, 403),
    ],
)
def test_what_a_role_may_do(make_api, hello, method, path, of_all, of_edit):
    api = make_api(hello, **BOTH)
    data = {"to": "ada"} if path.endswith("execute") else {}
    assert api.request(method, path, json=data, headers=SAME).status == 401
    for password, status in ((KEY, of_all), ("pass word", of_edit)):
        headers = cookie_of(log_in(api, password))
        answer = api.request(method, path, json=data, headers=headers)
        assert answer.status == status
        if status == 403:
            assert answer.json["error_type"] == "ForbiddenError"
        if method != "GET" and status == 200:
            for foreign in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
                assert api.request(method, path, json=data, headers={**headers, **foreign}).status == 403
            basic = {**headers, "sec-fetch-site": "cross-site", "authorization": "Basic YTpi"}
            assert api.request(method, path, json=data, headers=basic).status == 403  # a browser adds it by itself


def test_only_its_own_page_may_log_in_and_out(make_api, hello):
    api = make_api(hello, **BOTH)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example.org"}):
        for method in ("POST", "DELETE"):
            answer = api.request(method, SESSION, json={"password": KEY}, headers=headers)
            assert (answer.status, answer.json["error_type"]) == (403, "CrossSiteError")


def test_logging_out(make_api, hello):
    api = make_api(hello, **BOTH)
    answer = api.request("DELETE", SESSION, headers=cookie_of(log_in(api)))
    assert (answer.status, answer.json) == (200, {"role": None, "login": "password"})
    assert answer.headers["set-cookie"].startswith("novu_studio=; Path=/api/novu; Max-Age=0; HttpOnly")


def test_five_wrong_passwords_a_minute(make_api, hello):
    api = make_api(hello, **BOTH)
    statuses = [log_in(api, "wrong").status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    refused = log_in(api)
    assert (refused.status, refused.json["error_type"]) == (429, "TooManyAttemptsError")
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_a_wrong_key_beside_a_session_is_no_way_around_it(make_api, hello):
    api = make_api(hello, **BOTH)
    headers = {**cookie_of(log_in(api, "pass word")), "authorization": "ApiKey wrong"}
    assert api.get("/workflows", headers=headers).status == 200
    assert api.get("/executions", headers=headers).status == 403
    assert api.get("/executions", headers={**headers, "authorization": f"ApiKey {KEY}"}).status == 200


def test_a_session_opens_neither_the_bridge_nor_novus_api(make_api, hello):
    api = make_api(hello, **BOTH)
    headers = cookie_of(log_in(api))
    assert api.get("?action=discover", headers=headers).status == 401
    assert api.get("/v2/subscribers", headers=headers).status == 401


def test_this_machine_needs_no_login_while_debugging_and_a_tunnel_does(make_api, hello):
    api = make_api(hello, secret_key=KEY, from_network=True)
    assert api.get(SESSION, headers={"host": "localhost"}).json["login"] == "open"
    assert api.request("DELETE", SESSION, headers={"host": "localhost", **SAME}).json["role"] == "all"
    for headers in (AWAY, {"host": "localhost", "x-forwarded-for": "203.0.113.9"}):
        assert api.get(SESSION, headers=headers).json == {"role": None, "login": "password"}
        assert api.get("/executions", headers=headers).status == 401
        entered = {**headers, **cookie_of(log_in(api, **headers))}
        assert api.get(SESSION, headers=entered).json["role"] == "all"
        assert api.get("/executions", headers=entered).status == 200


def test_without_a_secret_or_a_password_nobody_logs_in(make_api, hello):
    api = make_api(hello, studio="on", debug=False)
    for given in ("", "None"):
        answer = log_in(api, given)
        assert (answer.status, "NOVU_STUDIO_PASSWORD" in answer.json["detail"]) == (401, True)


def test_a_proxy_with_https_makes_the_cookie_secure(make_api, hello):
    api = make_api(hello, **BOTH, from_network=True, behind_proxy=True)
    answer = log_in(api, **{"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"})
    assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize(("role", "statuses"), [("all", [200, 200]), ("edit", [200, 403]), (None, [401, 401])])
@pytest.mark.parametrize("with_request", [True, False])
def test_the_app_says_who_may_use_it(make_api, hello, monkeypatch, role, statuses, with_request):
    asked = []

    def of_request(request):
        asked.append((request.method, request.headers.get("cookie")))
        return role

    module = types.ModuleType("studio_access_of_an_app")
    module.role_of = of_request if with_request else lambda: role
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for access in (module.role_of, f"{module.__name__}:role_of"):
        api = make_api(hello, **BOTH, studio_access=access)
        assert [api.get(path, headers=SAME).status for path in ("/workflows", "/executions")] == statuses
        assert api.get(SESSION).json["role"] == role
        assert api.get(SESSION).json["login"] == "app"
        refused = log_in(api)
        assert (refused.status, refused.json["error_type"]) == (403, "ForbiddenError")
        assert api.get("/executions", headers={"authorization": f"ApiKey {KEY}"}).status == 200
        cookie = cookie_of(log_in(make_api(hello, **BOTH)))
        assert api.get("/executions", headers=cookie).status == statuses[1]  # no cookie counts beside it
    assert {method for method, _ in asked} == ({"GET"} if with_request else set())
    assert [sent for _, sent in asked[-1:]] == ([cookie["cookie"]] if with_request else [])


@pytest.mark.parametrize(("role", "status"), [("all", 200), ("edit", 403), (None, 401)])
def test_the_app_may_have_to_wait_before_it_says_so(make_api, hello, role, status):
    async def of_nobody_special():
        await asyncio.sleep(0)
        return role

    assert make_api(hello, **BOTH, studio_access=of_nobody_special).get("/executions").status == status


@pytest.mark.parametrize("answer", [True, "admin", 1, {}])
def test_an_app_that_says_something_else_lets_nobody_in(make_api, hello, answer, caplog):
    api = make_api(hello, **BOTH, studio_access=lambda: answer)
    assert api.get("/executions").status == 500
    assert "must return" in caplog.text


@pytest.mark.parametrize("access", ["nothing.here:role", "sys:nothing"])
def test_a_function_that_cannot_be_imported_lets_nobody_in(make_api, hello, access, caplog):
    assert make_api(hello, **BOTH, studio_access=access).get("/executions").status == 500
    assert f"NOVU_STUDIO_ACCESS names '{access}'" in caplog.text
