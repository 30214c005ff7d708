"""Whatever is sent below /v1/inbox: a shape of the book, or Novu's error body; never a 500."""

from __future__ import annotations

import json
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from novu_core import ManualClock, Registry
from novu_core.http.inbox.routes import ROUTES
from tests.conformance.frameworks.conftest import KEY, MAKERS, installed
from tests.conformance.inbox.conftest import BOOK, START, InboxApi, fill, hashed

FUZZ = settings(
    max_examples=200, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
IDS = [
    "ada",
    "comment",
    "read",
    "bulk",
    "global",
    "count",
    "x" * 300,
    '"',
    "%",
    "\u65e5\u672c",
    "a/b",
    "\x00",
    "\ud800",
    " ",
    "-1",
    "\U0001f600",
    "MESSAGE",
]
NAMES = [
    "applicationIdentifier",
    "subscriberHash",
    "subscriber",
    "subscriberId",
    "defaultSchedule",
    "context",
    "contextHash",
    "firstName",
    "email",
    "timezone",
    "locale",
    "data",
    "notificationIds",
    "tags",
    "snoozeUntil",
    "actionType",
    "in_app",
    "email",
    "sms",
    "chat",
    "push",
    "schedule",
    "isEnabled",
    "weeklySchedule",
    "monday",
    "hours",
    "start",
    "end",
    "preferences",
    "workflowId",
    "or",
    "and",
    "read",
    "archived",
    "snoozed",
    "seen",
    "severity",
    "createdGte",
    "createdLte",
]
QUERIES = [
    "limit",
    "offset",
    "after",
    "read",
    "archived",
    "snoozed",
    "seen",
    "tags",
    "tags[]",
    "tags[0][]",
    "tags[1][]",
    "tags[0]",
    "severity",
    "severity[]",
    "data",
    "createdGte",
    "createdLte",
    "filters",
    "criticality",
]
TEXTS = st.one_of(
    st.sampled_from([*IDS, *NAMES, "", "true", "false", "1", "10", "nan", "1e400", "[]", "{}", "[{}]", "[" * 200, '{"a":{"b":{}}}', "high", "none",
                     "primary", "2026-12-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9" * 30, "all", "09:00 AM", hashed("ada")]),
    st.text(max_size=8),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=4),
    max_leaves=8,
)
FILTERS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3), max_size=3).map(json.dumps)
BODIES = st.one_of(
    st.none(),
    st.binary(max_size=20),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(lambda data: json.dumps(data).encode()),
    VALUES.map(lambda data: json.dumps(data).encode()),
)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]
KINDS = {"GET": 200, "PATCH": 200, "POST": 204, "DELETE": 204}


@st.composite
def requests(draw):
    route = draw(st.sampled_from(ROUTES))
    parts = []
    for part in route.path.removeprefix("/v1/inbox").split("/"):
        segment = draw(st.sampled_from(IDS)) if part.startswith("{") else part
        parts.append(quote(segment.encode("utf-8", "surrogatepass"), safe=""))
    if not draw(st.integers(0, 5)):
        parts.append(quote(draw(TEXTS).strip(".").encode("utf-8", "surrogatepass"), safe=""))
    query = draw(st.lists(st.tuples(st.sampled_from(QUERIES), TEXTS | FILTERS), max_size=3))
    text = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}" for name, value in query)
    method = draw(st.sampled_from([*route.operations] * 4 + METHODS))
    return method, "/".join(parts) + (f"?{text}" if text else ""), draw(BODIES)


def is_well_answered(asked, answer):
    method, path, _ = asked
    told = (asked, answer)
    assert answer.status in (200, 201, 204, 400, 401, 402, 404, 422), told
    if method == "HEAD" or answer.status == 204:
        assert answer.body == b"", told
        return
    assert answer.headers["content-type"] == "application/json", told
    if answer.status >= 400:
        checked(BOOK["schemas"]["error"], answer.json)
        assert {"statusCode", "timestamp", "path", "message"} <= answer.json.keys(), told
        assert (answer.json["statusCode"], type(answer.json["message"])) == (answer.status, str), told
        assert answer.status != 422 or answer.json["errors"]["general"]["messages"], told
    elif method != "OPTIONS":
        route = f"{method} {path.partition('?')[0].rstrip('/')}"
        schema = BOOK["schemas"]["routes"].get(route, {}).get(str(answer.status))
        if schema:
            checked(schema, answer.json)


def checked(schema, body):
    jsonschema.Draft202012Validator({**schema, "$defs": BOOK["schemas"]["$defs"]}).validate(body)


@pytest.fixture(scope="module", params=[*sorted(MAKERS), "flask on postgresql"])
def api(request):
    framework, _, postgresql = request.param.partition(" on ")
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    url = request.getfixturevalue("new_postgres_url")() if postgresql else "sqlite://"
    made = MAKERS[framework](fill(Registry()), {"store_url": url, "worker": "none", "debug": False, "secret_key": KEY})
    inbox = InboxApi(made, ManualClock(START))
    yield inbox
    made.novu.close()


@FUZZ
@given(requests())
@example(("GET", "/notifications?data=" + quote('{"a":' * 2000), None))
@example(("GET", "/notifications?createdLte=8640000000000000&after=" + "0" * 36, None))
@example(
    ("GET", "/notifications/count?filters=" + quote('[{"data":{"a":1e308}},{"createdGte":253402300799999}]'), None)
)
@example(("PATCH", "/notifications/MESSAGE/snooze", b'{"snoozeUntil": "9999-12-31T23:59:59-23:59"}'))
@example(
    (
        "PATCH",
        "/preferences",
        b'{"schedule": {"isEnabled": true, "weeklySchedule": {"monday": {"isEnabled": true, "hours": [{"start": 5}]}}}}',
    )
)
@example(("POST", "/notifications/seen", json.dumps({"notificationIds": ["\x01", "a" * 300] * 1000}).encode()))
def test_no_answer_but_a_shape_or_the_error_body(api, asked):
    method, path, body = asked
    if "MESSAGE" in path:
        path = path.replace("MESSAGE", api.send("ada", "b", primaryAction={"label": "Go"}))
    is_well_answered(asked, api.ask("ada", method, path, raw=body))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"a":' * 5000,
        b"1" * 5000,
        b"",
        b'{"a":1e999}',
        b'{"\\ud800":1}',
    ],
)
def test_every_route_takes_any_body(api, route, raw):
    path = "/".join("x" if part.startswith("{") else part for part in route.path.removeprefix("/v1/inbox").split("/"))
    for method in route.operations:
        is_well_answered((method, path, raw), api.ask("ada", method, path, raw=raw))


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "nonsense", None],
)
def test_every_content_type(api, media):
    for path in ("/session", "/notifications/read"):
        answer = api.ask(
            "ada", "POST", path, {"applicationIdentifier": "x", "subscriber": "ada"}, headers={"content-type": media}
        )
        is_well_answered(("POST", path, media), answer)


@pytest.mark.parametrize(
    "sent", ["x", "\xff", "Bearer \xff\xfe.\x7f", "Bearer " + "." * 50, "Bearer a.b.c", "Bearer " + "A" * 7000 + ".A"]
)
def test_every_authorization(api, sent):
    is_well_answered(
        ("GET", "/notifications", None), api.ask(None, "GET", "/notifications", headers={"authorization": sent})
    )
    assert api.ask(None, "GET", "/notifications", headers={"authorization": sent}).status == 401
