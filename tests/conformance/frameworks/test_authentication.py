"""Who may use the routes beside the bridge."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest

from tests.conformance.frameworks.conftest import KEY

SECURED = ["/workflows", "/workflows/hello", "/executions", "/executions/x", "/workflows/hello/controls"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("ApiKey wrong", 401),
        ("Bearer " + KEY, 401),
        ("ApiKey", 401),
        ("ApiKey " + KEY, 200),
        ("apikey " + KEY, 200),
        ("ApiKey older-key", 200),
        ("ApiKey \xff", 401),
    ],
)
def test_strict_routes_want_the_api_key(make_api, hello, header, status):
    api = make_api(hello, debug=False, secret_key=[KEY, "older-key"])
    answer = api.get("/executions", headers={"authorization": header} if header else {})

    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "ApiKey"


@pytest.mark.parametrize("path", SECURED)
def test_without_a_secret_nothing_but_health_is_open(make_api, hello, path):
    api = make_api(hello, debug=False)
    answer = api.get(path, headers={"authorization": "ApiKey "})

    assert answer.status == 401
    assert "NOVU_SECRET_KEY" in answer.json["detail"]
    assert "--debug" in answer.json["detail"]
    assert api.get("/health").status == 200
    assert api.execute("hello").status == 401


@pytest.mark.mission("D0-10")
@pytest.mark.parametrize("keys", [["", KEY], [KEY, ""], [KEY, None], [""], [None], ""])
@pytest.mark.parametrize("header", ["ApiKey ", "ApiKey", "ApiKey None", ""])
def test_an_empty_key_of_a_rotation_list_opens_nothing(make_api, hello, keys, header):
    api = make_api(hello, debug=False, secret_key=keys)
    assert api.get("/workflows", headers={"authorization": header}).status == 401
    assert api.post("?action=execute&workflowId=hello&stepId=inbox", json={}).status == 401
    assert api.get("/workflows", headers={"authorization": f"ApiKey {KEY}"}).status == (200 if KEY in keys else 401)


@pytest.mark.parametrize("key", [" ", "\n", "\u00a0\t", "\ufeff", [" ", "\r\n"]])
def test_a_blank_key_is_none(make_api, hello, caplog, key):
    api = make_api(hello, debug=False, secret_key=key)
    for header in ("ApiKey  ", "ApiKey \u00a0", "ApiKey"):
        assert api.get("/executions", headers={"authorization": header}).status == 401
    for blank in (" ", "\n", "\ufeff"):
        now = int(time.time() * 1000)
        digest = hmac.new(blank.encode(), f"{now}.{{}}".encode(), hashlib.sha256).hexdigest()
        answer = api.get("?action=discover", headers={"novu-signature": f"t={now},v1={digest}"})
        assert answer.status == 401
    assert [record.levelname for record in caplog.records if "NOVU_SECRET_KEY is not set" in record.getMessage()] == [
        "WARNING"
    ]


@pytest.mark.parametrize("key", [KEY + "\n", f" {KEY}\r\n", f"\ufeff{KEY}", [f"{KEY}\t", "older"]])
def test_space_around_a_key_is_not_part_of_it(make_api, hello, key):
    api = make_api(hello, debug=False, secret_key=key)
    assert api.get("/executions", headers={"authorization": f"ApiKey {KEY}"}).status == 200
    now = int(time.time() * 1000)
    digest = hmac.new(KEY.encode(), f"{now}.{{}}".encode(), hashlib.sha256).hexdigest()
    assert api.get("?action=discover", headers={"novu-signature": f"t={now},v1={digest}"}).status == 200


@pytest.mark.parametrize("key", ["clé-secrète", "schlüssel", "ключ"])
def test_a_key_may_have_other_letters_than_those_of_ascii(make_api, hello, key):
    api = make_api(hello, debug=False, secret_key=key)
    sent = key.encode().decode("latin-1")
    assert api.get("/executions", headers={"authorization": f"ApiKey {sent}"}).status == 200
    assert api.get("/executions", headers={"authorization": f"ApiKey {sent}x"}).status == 401
    if max(key) <= "\xff":
        assert api.get("/executions", headers={"authorization": f"ApiKey {key}"}).status == 200


def test_a_bridge_signature_opens_no_other_route(make_api, hello):
    api = make_api(hello, debug=False, secret_key=KEY)
    moment = int(time.time() * 1000)
    signature = hmac.new(KEY.encode(), f"{moment}.{{}}".encode(), hashlib.sha256).hexdigest()

    assert api.get("/executions", headers={"novu-signature": f"t={moment},v1={signature}"}).status == 401
    assert api.get("?action=discover", headers={"novu-signature": f"t={moment},v1={signature}"}).status == 200
    assert api.get("?action=discover").status == 401
