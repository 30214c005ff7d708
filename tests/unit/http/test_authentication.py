"""Who may use the routes beside the bridge: the key, this machine while debugging, and never another website's page."""

from __future__ import annotations

import pytest

from novu_core import Settings
from novu_core.errors import AuthenticationError, CrossSiteError
from novu_core.http.browsers import IN_PROCESS, check_same_site, is_local
from novu_core.http.messages import Request
from novu_core.http.rest.authentication import authenticate

OURS = {"host": "localhost:5000"}
DEBUG = {"debug": True, "secret_key": "k"}


def request(method="GET", client="127.0.0.1", **headers):
    return Request(method, headers={name.replace("_", "-"): value for name, value in headers.items()}, client=client)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("ApiKey new", None), ("apikey old", None), ("APIKEY  new ", None),
        (None, "Send the header"), ("", "Send the header"), ("new", "Send the header"), ("Bearer new", "Send the header"),
        ("ApiKey", "is wrong"), ("ApiKey ", "is wrong"), ("ApiKey newer", "is wrong"), ("ApiKey NEW", "is wrong"),
        ("ApiKey new,old", "is wrong"), ("ApiKey ü", "is wrong"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("settings", [{}, {"debug": True, "strict_authentication": True}])
def test_a_strict_route_wants_one_of_the_keys(header, words, settings):
    asked = request() if header is None else request(authorization=header)
    settings = Settings(secret_key=("new", "old"), **settings)
    if words is None:
        authenticate(asked, settings)
        return
    with pytest.raises(AuthenticationError, match=words):
        authenticate(asked, settings)


def test_without_a_secret_a_strict_route_is_closed_and_says_what_to_set():
    for header in ("ApiKey ", "ApiKey None", ""):
        with pytest.raises(AuthenticationError, match="Set NOVU_SECRET_KEY, or while developing run in debug"):
            authenticate(request(authorization=header), Settings())


def test_while_debugging_this_machine_needs_no_key_and_others_do():
    settings = Settings(**DEBUG)
    authenticate(request(**OURS), settings)
    away = {"client": "203.0.113.9", **OURS}
    with pytest.raises(AuthenticationError, match="open only to this machine"):
        authenticate(request(**away), settings)
    with pytest.raises(AuthenticationError, match="is wrong"):
        authenticate(request(**away, authorization="ApiKey x"), settings)
    authenticate(request(**away, authorization="ApiKey k"), settings)
    with pytest.raises(AuthenticationError, match="No secret is set"):
        authenticate(request(**away, authorization="ApiKey k"), Settings(debug=True))


@pytest.mark.parametrize(
    "settings", [{"testing": True}, {"debug": True, "testing": True}, {"strict_authentication": False}]
)
def test_what_was_opened_outright_is_open_to_other_machines_but_to_no_other_website(settings):
    settings = Settings(**settings)
    authenticate(request("POST", client="203.0.113.9", host="app.example.org"), settings)
    with pytest.raises(CrossSiteError):
        authenticate(request("POST", client="203.0.113.9", sec_fetch_site="cross-site"), settings)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "FOO"])
@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True), ({"sec_fetch_site": "same-origin"}, True), ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False), ({"sec_fetch_site": "cross-site"}, False), ({"sec_fetch_site": ""}, False),
        ({"sec_fetch_site": "cross-site", "authorization": "ApiKey x"}, True),  # whether it is right is asked elsewhere
        ({"origin": "http://localhost:5000"}, True), ({"origin": "https://localhost:5000"}, True),
        ({"origin": "http://localhost"}, False), ({"origin": "null"}, False), ({"origin": "https://evil.example.org"}, False),
        ({"origin": "http://localhost:5000.evil.example.org"}, False),
        ({"origin": "https://evil.example.org", "sec_fetch_site": "same-origin"}, True),
    ],
)  # fmt: skip
def test_a_page_of_another_origin_may_not_change_anything(method, headers, allowed):
    asked = request(method, **OURS, **headers)
    if allowed:
        check_same_site(asked)
        return
    with pytest.raises(CrossSiteError, match="from a server"):
        check_same_site(asked)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_reading_is_not_asked_about(method):
    check_same_site(request(method, sec_fetch_site="cross-site", origin="https://evil.example.org"))


@pytest.mark.parametrize(
    ("client", "local"),
    [
        ("127.0.0.1", True), ("127.8.9.10", True), ("::1", True), ("::ffff:127.0.0.1", True), ("::1%lo", True),
        ("10.0.0.5", False), ("::ffff:10.0.0.5", False), ("fe80::1%eth0", False), ("0.0.0.0", False), ("::", False),
        ("localhost", False), ("", False), (None, False), ("unix:", False),
    ],
)  # fmt: skip
def test_addresses_of_this_machine(client, local):
    assert is_local(request(client=client, **OURS)) is local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True), ("LOCALHOST:80", True), ("localhost.", True), ("app.localhost:5000", True), ("127.0.0.1", True),
        ("[::1]:8000", True), (None, True),
        ("evil.example.org", False), ("localhost.evil.example.org", False), ("notlocalhost", False), ("10.0.0.5", False),
        ("", False), ("[::1", False), ("127.0.0.1.evil.example.org", False), ("0.0.0.0", False),
    ],
)  # fmt: skip
def test_names_of_this_machine(host, local):
    asked = request() if host is None else request(host=host)
    assert is_local(asked) is local


@pytest.mark.parametrize("name", ["forwarded", "x_forwarded_for", "x_forwarded_host", "x_forwarded_proto"])
def test_what_came_through_a_proxy_is_not_from_this_machine(name):
    assert not is_local(request(**OURS, **{name: "x"}))


def test_a_test_client_is_this_machine_whatever_name_it_uses():
    assert is_local(request(client=IN_PROCESS, host="app.example.org", x_forwarded_for="203.0.113.9"))
