"""Whatever is sent below /v1 and /v2: a shape, or Novu's error body; and no status that a client repeats for an hour."""

from __future__ import annotations

import json
from posixpath import normpath
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from novu_core import Registry
from novu_core.http.novu.routes import ROUTES
from novu_core.http.novu.unavailable import KNOWN
from tests.conformance.frameworks.conftest import KEY, MAKERS, installed
from tests.conformance.novu.conftest import NovuApi, fill

FUZZ = settings(
    max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
IDS = [
    "ada",
    "t",
    "welcome",
    "hello",
    "read",
    "bulk",
    "count",
    "x" * 300,
    "a'b",
    '"',
    "%",
    "_",
    "日本",
    "a/b",
    "\x00",
    "\ud800",
    "..",
    " ",
    "-1",
    "😀",
]
NAMES = [
    "name",
    "to",
    "payload",
    "transactionId",
    "overrides",
    "actor",
    "context",
    "controls",
    "events",
    "subscriberId",
    "subscribers",
    "firstName",
    "email",
    "data",
    "timezone",
    "channels",
    "providerId",
    "credentials",
    "workflowId",
    "preferences",
    "schedule",
    "key",
    "subscriberIds",
    "subscriptions",
    "notificationIds",
    "tags",
    "markAs",
    "messageId",
]
QUERIES = [
    "limit",
    "page",
    "offset",
    "after",
    "before",
    "orderBy",
    "orderDirection",
    "includeCursor",
    "email",
    "phone",
    "name",
    "subscriberId",
    "failIfExists",
    "criticality",
    "key",
    "channel",
    "transactionId",
    "channels",
    "templates",
    "emails",
    "subscriberIds",
    "severity",
    "search",
    "read",
    "seen",
    "archived",
    "snoozed",
    "data",
    "createdGte",
    "filters",
    "tags",
    "status",
    "query",
    "payload",
    "pageSize",
]
TEXTS = st.one_of(
    st.sampled_from([*IDS, "", "true", "1e400", "nan", "[]", "{}", "[{}]", "e30=", "2026-01-01", "9" * 30]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=4),
    max_leaves=8,
)
BODIES = st.one_of(
    st.none(),
    st.binary(max_size=20),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(lambda data: json.dumps(data).encode()),
    VALUES.map(lambda data: json.dumps(data).encode()),
)
PATHS = sorted({route.path for route in ROUTES} | {route.path for route in KNOWN})
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]


@st.composite
def requests(draw):
    path = draw(st.sampled_from(PATHS))
    parts = []
    for part in path.split("/"):
        segment = draw(st.sampled_from(IDS)) if part.startswith("{") else part
        parts.append(quote(segment.encode("utf-8", "surrogatepass"), safe=""))
    for _ in range(draw(st.integers(0, 1)) and draw(st.integers(0, 2))):
        parts.append(quote(draw(TEXTS).encode("utf-8", "surrogatepass"), safe=""))
    assume(normpath("/".join(parts)).startswith(("/v1", "/v2")))  # clients resolve `..` before they send
    query = draw(st.lists(st.tuples(st.sampled_from(QUERIES), TEXTS), max_size=3))
    text = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}" for name, value in query)
    return draw(st.sampled_from(METHODS)), "/".join(parts) + (f"?{text}" if text else ""), draw(BODIES)


def is_well_answered(method, path, body, answer):
    told = (method, path, body, answer)
    assert answer.status in (200, 201, 204, 400, 404, 405, 409, 422), told
    if method == "HEAD" or answer.status == 204:
        assert answer.body == b"", told
        return
    assert answer.headers["content-type"] == "application/json", told
    data = answer.json
    if answer.status >= 400:
        assert {"statusCode", "timestamp", "path", "message"} <= data.keys(), told
        assert (data["statusCode"], type(data["message"])) == (answer.status, str), told
        assert answer.status != 422 or isinstance(data["errors"], dict), told
        if answer.status == 409:
            assert "failIfExists" in path, told
            assert "subscriberId" in data or "key" in data, told
    elif method != "OPTIONS":
        assert "data" in data, told


@pytest.fixture(scope="module", params=[*sorted(MAKERS), "flask on postgresql"])
def api(request):
    framework, _, postgresql = request.param.partition(" on ")
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    url = request.getfixturevalue("new_postgres_url")() if postgresql else "sqlite://"
    settings = {"store_url": url, "worker": "none", "debug": False, "secret_key": KEY}
    made = MAKERS[framework](fill(Registry()), settings)
    novu = NovuApi(made)
    novu.good("POST", "/v2/subscribers", {"subscriberId": "ada"}, 201)
    novu.ask("POST", "/v2/topics/t/subscriptions", {"subscriberIds": ["ada"]})
    yield novu
    made.novu.close()


@FUZZ
@given(requests())
@example(("POST", "/v1/events/trigger", b'{"name": "weekly", "to": "ada", "payload": {"n": 1e400}}'))
@example(("GET", "/v1/subscribers?page=999999999&limit=100", None))
@example(
    (
        "PATCH",
        "/v2/subscribers/ada/preferences",
        b'{"schedule": {"weeklySchedule": {"monday": {"hours": [{"start": 5}]}}}}',
    )
)
@example(("GET", "/v2/subscribers/ada/notifications?createdLte=99999999999999999999", None))
@example(("DELETE", "/v2/topics/t/subscriptions", b'{"subscriptions": [{"identifier": "\\u0000"}]}'))
def test_no_answer_but_a_shape_or_the_error_body(api, asked):
    method, path, body = asked
    is_well_answered(method, path, body, api.ask(method, path, raw=body))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize("raw", [b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 5000, b'{"a":' * 5000, b"1" * 5000, b""])
def test_every_route_takes_any_body(api, route, raw):
    path = "/".join("ada" if part.startswith("{") else part for part in route.path.split("/"))
    for method in route.operations:
        is_well_answered(method, path, raw, api.ask(method, path, raw=raw))


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "nonsense"]
)
def test_every_content_type(api, media):
    answer = api.ask("POST", "/v2/subscribers", {"subscriberId": "ada"}, headers={"content-type": media})
    is_well_answered("POST", "/v2/subscribers", media, answer)
