"""Who may use Novu's server API, and the words for those who may not."""

from __future__ import annotations

import pytest

from novu_core import Settings
from novu_core.errors import AuthenticationError, CrossSiteError
from novu_core.http.messages import Request
from novu_core.http.novu.authentication import authenticate


def request(method="GET", client="127.0.0.1", **headers):
    headers = {"host": "localhost:5000", **headers}
    return Request(method, headers={name.replace("_", "-"): value for name, value in headers.items()}, client=client)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("ApiKey new", None), ("ApiKey old", None), ("apikey new", None), ("ApiKey  new ", None),
        (None, "Missing authorization header"), ("", "Missing authorization header"), ("  ", "Missing authorization header"),
        ("Basic bmV3", 'Invalid authentication scheme: "Basic"'), ("Bearer new", 'Invalid authentication scheme: "Bearer"'),
        ("new", 'Invalid authentication scheme: "new"'),
        ("ApiKey", "API Key not found"), ("ApiKey newer", "API Key not found"), ("ApiKey NEW", "API Key not found"),
        ("ApiKey new,old", "API Key not found"), ("ApiKey ü", "API Key not found"), ("ApiKey \udce4", "API Key not found"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("settings", [{}, {"debug": True}, {"testing": True}, {"strict_authentication": False}])
def test_where_a_secret_is_set_one_of_the_keys_is_needed(header, words, settings):
    asked = request() if header is None else request(authorization=header)
    settings = Settings(secret_key=("new", "old"), **settings)
    if words is None:
        authenticate(asked, settings)
        return
    with pytest.raises(AuthenticationError) as raised:
        authenticate(asked, settings)
    assert raised.value.message == words


def test_without_a_secret_a_strict_server_is_closed_and_says_what_to_set():
    for header in ("ApiKey ", "ApiKey None", "ApiKey x"):
        with pytest.raises(AuthenticationError, match="NOVU_SECRET_KEY is not set"):
            authenticate(request(authorization=header), Settings())


def test_without_a_secret_any_key_passes_while_debugging_from_this_machine_alone():
    settings = Settings(debug=True)
    authenticate(request(), settings)
    authenticate(request("POST", authorization="ApiKey anything"), settings)
    for away in ({"client": "203.0.113.9"}, {"host": "example.com"}, {"x_forwarded_for": "203.0.113.9"}):
        with pytest.raises(AuthenticationError, match="other machines"):
            authenticate(request(authorization="ApiKey anything", **away), settings)


def test_a_server_that_was_opened_on_purpose_takes_all_but_pages_of_other_origins():
    settings = Settings(strict_authentication=False)
    authenticate(request("POST", client="203.0.113.9"), settings)
    with pytest.raises(CrossSiteError):
        authenticate(request("POST", origin="https://evil.example"), settings)
