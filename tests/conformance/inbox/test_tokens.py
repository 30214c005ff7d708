"""Only a subscriber's own token opens an inbox, and it opens no other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from novu_core import SystemClock
from novu_core.errors import ConfigurationError
from novu_core.http.inbox.routes import ROUTES
from novu_core.managers.inbox_tokens import PROCESS_SECRET, InboxTokens
from tests.conformance.frameworks.conftest import KEY, PREFIX
from tests.conformance.inbox.conftest import INBOX, hashed, is_error

IDS = {"notification_id": "01a21d42-6619-7000-8de2-3f7d9d4b3f3c", "workflow": "order-update"}
CLOSED = [
    (method, route.pattern("{{{}}}", "").format(**IDS).removeprefix(INBOX))
    for route in ROUTES
    for method in route.operations
    if route.path != "/v1/inbox/session"
]


def encoded(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


CLAIMS = encoded({"subscriberId": "ada", "aud": "widget_user", "exp": 4_000_000_000})
JWT = encoded({"alg": "HS256", "typ": "JWT"}) + "." + CLAIMS
NONE = encoded({"alg": "none", "typ": "JWT"}) + "." + CLAIMS + "."


def raw_hash(text, key=None):
    return base64.urlsafe_b64encode(hmac.digest(key or KEY.encode(), text.encode(), "sha256")).rstrip(b"=").decode()


FORGED = {
    "nothing": None,
    "an empty header": "",
    "no scheme": "x",
    "the key": f"ApiKey {KEY}",
    "the key as a token": f"Bearer {KEY}",
    "the hash": f"Bearer {hashed('ada')}",
    "the id": "Bearer ada",
    "no token": "Bearer",
    "no token and a blank": "Bearer ",
    "a JWT signed with the hash of a user of its name": f"Bearer {JWT}.{raw_hash(JWT)}",
    "claims signed with the hash of a user of their name": f"Bearer {CLAIMS}.{raw_hash(CLAIMS)}",
    "claims signed with the hash of the label": "Bearer {}.{}".format(
        CLAIMS, raw_hash(CLAIMS, hmac.digest(KEY.encode(), b"novu inbox token\0", "sha256"))
    ),
    "claims signed with the hash of the label as text": "Bearer {}.{}".format(
        CLAIMS, raw_hash(CLAIMS, hmac.digest(KEY.encode(), b"novu inbox token", "sha256").hex().encode())
    ),
    "a hexadecimal hash as the signature": f"Bearer {CLAIMS}.{hmac.digest(KEY.encode(), CLAIMS.encode(), 'sha256').hex()}",
    "an unsigned JWT": f"Bearer {NONE}",
    "beyond ASCII": "Bearer \u00fc",
    "very long": "Bearer " + "a" * 5000,
}


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_every_route_is_closed_without_a_token(inbox, method, path):
    inbox.send("ada", "secret")
    for header in FORGED.values():
        body = is_error(inbox.ask(None, method, path, {}, headers={"authorization": header}), 401, "Unauthorized")
        assert "secret" not in json.dumps(body)


@pytest.mark.parametrize("name", FORGED)
def test_no_framework_opens(make_inbox, framework, name):
    inbox = make_inbox(framework=framework)
    answer = inbox.ask(None, "GET", "/notifications", headers={"authorization": FORGED[name]})
    is_error(answer, 401, "Unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"


def test_the_scheme_is_bearer_in_any_case(inbox):
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"authorization": f"{scheme}  {inbox.token('ada')} "}
        assert inbox.ask(None, "GET", "/notifications", headers=headers).status == 200
    for scheme in ("ApiKey ", "Basic ", "", "Bearer,"):
        headers = {"authorization": f"{scheme}{inbox.token('ada')}"}
        is_error(inbox.ask(None, "GET", "/notifications", headers=headers), 401, "Unauthorized")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_expired_tokens_and_those_of_deleted_subscribers(inbox, method, path):
    old = {"authorization": f"Bearer {inbox.token('ada')}"}
    inbox.clock.advance(timedelta(days=15))
    is_error(inbox.ask(None, method, path, headers=old), 401, "Unauthorized")
    new = {"authorization": f"Bearer {inbox.token('ada')}"}
    inbox.client.subscribers.delete("ada")
    is_error(inbox.ask(None, method, path, headers=new), 401, "Unauthorized")


def test_rotation_ends_tokens_with_their_secret(make_inbox):
    made = {secret: make_inbox(secret_key=secret.split()) for secret in ("old", "new old", "new")}
    for inbox in made.values():
        inbox.client.subscribers.upsert("ada")
    statuses = {
        (issued, asked): made[asked].ask(None, "GET", "/notifications", headers={"authorization": f"Bearer {made[issued].token('ada')}"}).status
        for issued in made
        for asked in made
    }  # fmt: skip
    assert [pair for pair, status in statuses.items() if status != 200] == [
        ("old", "new"),
        ("new old", "old"),
        ("new", "old"),
    ]


def test_a_token_opens_nothing_else(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    headers = {"authorization": f"Bearer {inbox.token('ada')}"}
    for method, path in [
        ("GET", "/workflows"), ("GET", "/executions"), ("POST", "/workflows/comment/execute"), ("GET", "/v2/subscribers"),
        ("GET", "/v2/subscribers/ada/notifications"), ("POST", "/v1/events/trigger"), ("GET", "/v1/messages"),
    ]:  # fmt: skip
        assert inbox.api.request(method, path, headers=headers, json={"name": "comment", "to": "ada"}).status == 401, (
            path
        )


ONE = sorted({(method, path) for method, path in CLOSED if IDS["notification_id"] in path})
BODIES = {
    "snooze": {"snoozeUntil": "2026-12-01T00:00:00Z"},
    "complete": {"actionType": "primary"},
    "revert": {"actionType": "primary"},
}


@pytest.mark.parametrize(("method", "path"), ONE)
def test_anothers_message_is_not_there(make_inbox, framework, method, path):
    inbox = make_inbox(framework=framework)
    content = {"primaryAction": {"label": "Go"}}
    mine, theirs = inbox.send("ada", "mine", **content), inbox.send("eve", "theirs", **content)
    inbox.client.inbox("eve").snooze(theirs, inbox.clock.now() + timedelta(hours=1))
    before = inbox.client.inbox("eve").get(theirs).to_json()
    word = path.rpartition("/")[2]
    for other in (
        theirs,
        "01a21d42-6619-7000-8de2-3f7d9d4b3f3c",
        "x",
        "%20",
        "%00",
        "a%2Fb",
        "..%2F..",
        "%F0%9F%98%80",
        "a" * 500,
    ):
        answer = inbox.ask("ada", method, path.replace(IDS["notification_id"], other), BODIES.get(word))
        assert "theirs" not in json.dumps(is_error(answer, 404))
    assert inbox.client.inbox("eve").get(theirs).to_json() == before
    assert inbox.client.inbox("ada").get(mine).read is False


@pytest.mark.parametrize("word", ["seen", "read", "archive", "read-archive", "delete"])
def test_anothers_messages_are_left_alone_in_bulk(inbox, word):
    mine, theirs = inbox.send("ada", "mine"), inbox.send("eve", "theirs")
    before = inbox.client.inbox("eve").get(theirs).to_json()
    inbox.good("ada", "POST", f"/notifications/{word}", {"notificationIds": [theirs, "x", "", "\u2028", mine]}, 204)
    inbox.good("ada", "POST", f"/notifications/{word}", {}, 204)
    assert inbox.client.inbox("eve").get(theirs).to_json() == before


def test_anothers_cursor_tells_nothing(inbox):
    first = inbox.send("ada", "1")
    theirs = inbox.send("eve", "theirs")
    inbox.send("ada", "2")
    assert inbox.bodies("ada", f"?after={theirs}") == []
    gone = inbox.send("ada", "3")
    inbox.good("ada", "DELETE", f"/notifications/{gone}/delete", status=204)
    answer = inbox.ask("ada", "GET", f"/notifications?after={gone}")
    assert answer.status in (200, 404, 422)
    assert inbox.bodies("ada", f"?after={first}") == []


@pytest.mark.parametrize("path", ["", "/", "/nope", "/notifications/x", "/session/x", "/topics/a/subscriptions", "/channel-connections",
                                  "/events", "/preferences/a/b", "/notifications//read", "/notifications/x/y/read", "/preferences/", "/%00", "/\u00fc"])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_what_is_not_there_is_404_in_json(make_inbox, framework, method, path):
    inbox = make_inbox(framework=framework)
    if path == "/preferences/" and method in ("GET", "PATCH"):
        return
    message = is_error(inbox.ask("ada", method, path), 404)["message"]
    assert message.startswith(f"Cannot {method} {PREFIX}/v1/inbox")
    is_error(inbox.ask(None, method, path), 404)


def test_the_hash_is_of_this_digest():
    assert hashed("ada") == hmac.new(KEY.encode(), b"ada", hashlib.sha256).hexdigest()


@pytest.mark.parametrize("framework", ["django", "django-asgi"])
def test_while_debugging_a_projects_own_secret_stands_for_one_that_is_not_set(make_inbox, framework):
    conf = pytest.importorskip("django.test")
    debugged = {"framework": framework, "debug": True, "secret_key": []}
    assert InboxTokens(["s"], SystemClock()).subscriber_of(make_inbox(**debugged).token("ada")) == "ada"
    with conf.override_settings(SECRET_KEY=""):
        token = make_inbox(**debugged).token("ada")
    assert InboxTokens([PROCESS_SECRET], SystemClock()).subscriber_of(token) == "ada"
    with pytest.raises(ConfigurationError):
        make_inbox(framework=framework, secret_key=[]).token("ada")
