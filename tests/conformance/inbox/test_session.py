"""The session: who gets a token, and what a page may change of a subscriber."""

from __future__ import annotations

import pytest

from novu_core.bridge.signature import sign
from novu_core.errors import SubscriberNotFoundError
from novu_core.managers.inbox_tokens import hash_of
from tests.conformance.frameworks.conftest import KEY
from tests.conformance.inbox.conftest import START, hashed, is_error

OPEN = {"strict_authentication": False}
HOURS = {
    "isEnabled": True,
    "weeklySchedule": {"monday": {"isEnabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]}},
}
NO_HASH = "Please provide a valid HMAC hash"


def opened(answer):
    assert answer.status == 201, answer.body
    return answer.json["data"]


def exists(inbox, name):
    try:
        return inbox.client.subscribers.get(name)
    except SubscriberNotFoundError:
        return None


def test_a_session_stores_who_is_new_and_its_token_opens_the_inbox(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    person = {
        "subscriberId": "ada",
        "firstName": "Ada",
        "email": "a@x.org",
        "locale": "de",
        "data": {"n": 1},
        "timezone": "Europe/Berlin",
    }
    told = opened(inbox.session(person, hashed("ada")))
    assert {**exists(inbox, "ada").to_json()} == person
    assert (told["removeNovuBranding"], told["maxSnoozeDurationHours"], told["isDevelopmentMode"]) == (
        True,
        2160,
        False,
    )
    assert (told["applicationIdentifier"], told["contextKeys"]) == ("bars-app", [])
    assert "schedule" not in told
    answer = inbox.ask(None, "GET", "/notifications", headers={"authorization": f"Bearer {told['token']}"})
    assert answer.json == {"data": [], "hasMore": False, "filter": {}}


def test_it_counts_what_is_unread_and_marks_nothing_seen(inbox):
    for workflow in (
        "security-alert",
        "comment",
        "newsletter",
        "order-update",
        "order-update",
        "order-update",
        "order-update",
    ):
        last = inbox.send("ada", "b", workflow)
    mine = inbox.client.inbox("ada")
    first, second = (item.message_id for item in mine.list(offset=1, limit=2))
    mine.mark(last, read=True)
    mine.mark(first, archived=True)
    mine.snooze(second, START.replace(hour=20))
    told = opened(inbox.session("ada", hashed("ada")))
    assert told["unreadCount"] == {"total": 4, "severity": {"high": 1, "medium": 1, "low": 1, "none": 1}}
    assert told["totalUnreadCount"] == 4
    assert inbox.counts("ada", {"seen": False}) == [4]


@pytest.mark.parametrize(
    "body", [{"subscriber": "ada"}, {"subscriberId": "ada"}, {"subscriber": {"subscriberId": "ada"}}]
)
def test_every_form_of_naming_the_subscriber(inbox, body):
    answer = inbox.ask(
        None, "POST", "/session", {"applicationIdentifier": "x", "subscriberHash": hashed("ada"), **body}
    )
    opened(answer)
    assert exists(inbox, "ada")


@pytest.mark.parametrize(
    "given",
    [
        None, "", "f" * 64, hashed("eve"), hashed("ada").upper(), hash_of("ada", "another key"), KEY, hashed("ada") + " ", "\u00fc",
        "\u2028",
    ],
)  # fmt: skip
def test_strict_mode_wants_the_hash_and_stores_nobody_without(inbox, given):
    is_error(inbox.session({"subscriberId": "ada", "email": "x@y.z"}, given), 400, NO_HASH)
    assert exists(inbox, "ada") is None


def test_every_secret_of_a_rotation_makes_hashes(make_inbox):
    inbox = make_inbox(secret_key=["new", "old"])
    for key in ("new", "old"):
        opened(inbox.session("ada", hash_of("ada", key)))
    is_error(inbox.session("ada", hash_of("ada", "older")), 400, NO_HASH)


def test_a_bridge_signature_is_no_hash(inbox):
    now = START.timestamp() * 1000
    digest = sign(KEY, now, "{}").partition("v1=")[2]
    is_error(inbox.session(f"{int(now)}.{{}}", digest), 400, NO_HASH)
    is_error(inbox.session("{}", digest), 400, NO_HASH)


def test_without_a_secret_strict_mode_says_what_to_set(make_inbox):
    inbox = make_inbox(secret_key=[])
    assert "NOVU_SECRET_KEY" in is_error(inbox.session("ada", hashed("ada")), 401)["message"]
    assert exists(inbox, "ada") is None


def test_a_known_subscriber_is_changed_only_with_a_hash(make_inbox, framework):
    inbox = make_inbox(framework=framework, **OPEN)
    inbox.client.subscribers.upsert("ada", firstName="Ada", email="a@x.org")
    for given in (None, "f" * 64, hashed("eve")):
        opened(inbox.session({"subscriberId": "ada", "email": "evil@x.org", "lastName": "L"}, given))
        assert exists(inbox, "ada").to_json() == {"subscriberId": "ada", "firstName": "Ada", "email": "a@x.org"}
    opened(inbox.session({"subscriberId": "ada", "email": "new@x.org", "firstName": None}, hashed("ada")))
    assert exists(inbox, "ada").to_json() == {"subscriberId": "ada", "firstName": "Ada", "email": "new@x.org"}


def test_a_session_that_changes_nothing_writes_nothing(inbox):
    person = {"subscriberId": "ada", "firstName": "Ada"}
    opened(inbox.session(person, hashed("ada")))
    before = exists(inbox, "ada").updated_at
    inbox.clock.set(START.replace(hour=23))
    opened(inbox.session(person, hashed("ada")))
    assert exists(inbox, "ada").updated_at == before
    opened(inbox.session({**person, "firstName": "A"}, hashed("ada")))
    assert exists(inbox, "ada").updated_at > before


def test_another_page_may_be_faster(make_inbox, monkeypatch):
    inbox = make_inbox(**OPEN)
    inbox.client.subscribers.upsert("ada", firstName="Ada")
    calls = []
    get = inbox.client.subscribers.get

    def late(name):
        calls.append(name)
        if len(calls) == 1:
            raise SubscriberNotFoundError(name)
        return get(name)

    monkeypatch.setattr(inbox.client.subscribers, "get", late)
    opened(inbox.session({"subscriberId": "ada", "firstName": "Eve"}))
    monkeypatch.undo()
    assert exists(inbox, "ada").first_name == "Ada"


def test_a_zone_that_only_the_browser_knows_is_left_out(inbox):
    opened(inbox.session({"subscriberId": "ada", "timezone": "Mars/Olympus", "locale": "de"}, hashed("ada")))
    assert exists(inbox, "ada").to_json() == {"subscriberId": "ada", "locale": "de"}


def test_the_default_schedule_is_for_those_without_one(inbox):
    told = opened(inbox.session("ada", hashed("ada"), defaultSchedule=HOURS))
    assert told["schedule"] == HOURS
    other = {**HOURS, "isEnabled": False}
    assert opened(inbox.session("ada", hashed("ada"), defaultSchedule=other))["schedule"] == HOURS
    assert opened(inbox.session("ada", hashed("ada")))["schedule"] == HOURS
    is_error(inbox.session("eve", hashed("eve"), defaultSchedule={"isEnabled": True, "weeklySchedule": {}}), 422)
    assert exists(inbox, "eve") is None


def test_what_settings_say(make_inbox):
    inbox = make_inbox(application_identifier="mine", branding=True, debug=True, **OPEN)
    told = opened(inbox.session("ada", applicationIdentifier="mine"))
    assert (told["removeNovuBranding"], told["isDevelopmentMode"]) == (False, True)
    for other in ("bars-app", "Mine", "mine "):
        is_error(
            inbox.session("ada", applicationIdentifier=other), 400, "Please provide a valid application identifier"
        )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422), ({"subscriber": "ada"}, 422), ({"subscriber": "ada", "applicationIdentifier": ""}, 422),
        ({"subscriber": "ada", "applicationIdentifier": None}, 422), ({"subscriber": "ada", "applicationIdentifier": 3}, 422),
        ({"subscriber": "ada", "applicationIdentifier": "pk_keyless_x"}, 400),
        *(({"applicationIdentifier": "x", **who}, 422) for who in [
            {}, {"subscriber": ""}, {"subscriber": " "}, {"subscriber": None}, {"subscriber": {}}, {"subscriber": {"subscriberId": None}},
            {"subscriber": {"subscriberId": 7}}, {"subscriber": ["ada"]}, {"subscriber": True}, {"subscriberId": {"a": 1}},
            {"subscriber": {"subscriberId": "ada", "email": 5}}, {"subscriber": {"subscriberId": "ada", "data": "x"}},
            {"subscriber": "ada", "subscriberHash": 5}, {"subscriber": "ada", "defaultSchedule": []},
        ]),
        ({"applicationIdentifier": "x", "subscriber": "a\0"}, 400), ({"applicationIdentifier": "x", "subscriber": "\ud800"}, 400),
    ],
)  # fmt: skip
def test_a_session_that_says_too_little(make_inbox, body, status):
    is_error(make_inbox(**OPEN).ask(None, "POST", "/session", body), status)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"ada"', b"\xff", b"[" * 5000, b'{"a":' * 5000])
def test_a_body_that_is_no_object(inbox, raw):
    is_error(inbox.ask(None, "POST", "/session", raw=raw), 422 if raw == b"" else 400)


def test_a_body_that_is_too_large(make_inbox, framework):
    inbox = make_inbox(framework=framework, max_body_bytes=100)
    is_error(inbox.ask(None, "POST", "/session", raw=b" " * 101), 413)


PAGES = {
    "a program": ({}, 201),
    "the app's own page": ({"sec-fetch-site": "same-origin", "origin": "http://localhost"}, 201),
    "another website": ({"sec-fetch-site": "cross-site", "origin": "https://evil.org"}, 403),
    "another website without preflight": ({"sec-fetch-site": "cross-site", "content-type": None}, 403),
    "another port": ({"sec-fetch-site": "same-site", "origin": "http://localhost:5173"}, 403),
    "an older browser": ({"origin": "https://evil.org"}, 403),
    "a page that CORS lets in": ({"sec-fetch-site": "cross-site", "origin": "https://ui.org"}, 201),
    "the same in capitals": ({"sec-fetch-site": "cross-site", "origin": "HTTPS://UI.org"}, 201),
    "a sandboxed frame": ({"sec-fetch-site": "cross-site", "origin": "null"}, 403),
}


@pytest.mark.parametrize("page", PAGES)
def test_which_pages_may_open_inboxes_without_a_hash(make_inbox, framework, page):
    headers, status = PAGES[page]
    inbox = make_inbox(framework=framework, cors_origins="https://ui.org", **OPEN)
    body = {"applicationIdentifier": "x", "subscriber": "ada"}
    answer = inbox.ask(None, "POST", "/session", body, headers=headers)
    assert answer.status == status, answer.body
    assert status == 201 or "NOVU_CORS_ORIGINS" in is_error(answer, status)["message"]
    assert (exists(inbox, "ada") is not None) is (status == 201)
    with_hash = inbox.ask(None, "POST", "/session", {**body, "subscriberHash": hashed("ada")}, headers=headers)
    opened(with_hash)


def test_while_debugging_only_this_machine_needs_no_hash(make_inbox, framework):
    inbox = make_inbox(framework=framework, debug=True, from_network=True, secret_key=KEY)
    local = {"host": "localhost"}
    opened(inbox.ask(None, "POST", "/session", {"applicationIdentifier": "x", "subscriber": "ada"}, headers=local))
    for away in ({"host": "localhost", "x-forwarded-for": "203.0.113.9"}, {"host": "evil.org"}):
        body = {"applicationIdentifier": "x", "subscriber": "eve"}
        if framework.startswith("django") and away["host"] == "evil.org":
            continue  # Django refuses such a host itself
        assert NO_HASH in is_error(inbox.ask(None, "POST", "/session", body, headers=away), 400)["message"]
        assert exists(inbox, "eve") is None
        opened(inbox.ask(None, "POST", "/session", {**body, "subscriberHash": hashed("eve")}, headers=away))
        inbox.client.subscribers.delete("eve")


def test_where_novu_keeps_the_inbox_every_route_says_so(make_inbox, framework):
    inbox = make_inbox(framework=framework, dispatch="cloud")
    for asked in (
        inbox.session("ada", hashed("ada")),
        inbox.ask(None, "GET", "/notifications", headers={"authorization": "Bearer x"}),
    ):
        assert "Novu" in is_error(asked, 405)["message"]
