"""The Studio's login: what opens it, what ends it, and how often a wrong password is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from novu_core import Settings
from novu_core.clock import ManualClock
from novu_core.errors import AuthenticationError, TooManyAttemptsError
from novu_core.http.messages import Request
from novu_core.http.session import COOKIE, Sessions, ended

BOTH = {"secret_key": ["new", "old"], "studio_password": "pass word"}


def request(client="203.0.113.9", cookie=None, scheme="https", path="/api/novu/studio/session"):
    return Request("POST", headers={"cookie": cookie} if cookie else {}, client=client, scheme=scheme, path=path)


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 1, 5, 12, tzinfo=timezone.utc))


@pytest.fixture
def make(clock):
    return lambda **settings: Sessions(Settings(**(settings or BOTH)), clock)


def sent(set_cookie):
    """What a browser sends for a Set-Cookie."""
    return set_cookie.partition(";")[0]


def opened(sessions, role="all"):
    return sent(sessions.cookie(request(), role))


@pytest.mark.parametrize(
    ("given", "role"),
    [("new", "all"), ("old", "all"), (" new\n", "all"), ("pass word", "edit"), ("pass word ", None), ("NEW", None),
     ("", None), ("newold", None), ("\ud800", None)],
)  # fmt: skip
def test_a_secret_opens_everything_and_the_password_what_may_be_edited(make, given, role):
    sessions = make()
    if role is not None:
        assert sessions.log_in(request(), given) == role
        return
    with pytest.raises(AuthenticationError, match=r"^Wrong password\.$"):
        sessions.log_in(request(), given)


@pytest.mark.parametrize(
    "settings", [{"studio": "on"}, {"secret_key": "s"}, {"studio_password": "p"}, {"studio_password": ""}]
)
def test_what_is_not_set_opens_nothing(make, settings):
    sessions = make(**settings)
    assert sessions.possible == bool({"secret_key"} & set(settings) or settings.get("studio_password"))
    for given in ("", "None", "()"):
        with pytest.raises(AuthenticationError):
            sessions.log_in(request(), given)


@pytest.mark.parametrize(
    ("scheme", "path", "told"),
    [
        ("https", "/api/novu/studio/session", "Path=/api/novu; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"),
        ("http", "/api/novu/studio/session/", "Path=/api/novu; Max-Age=43200; HttpOnly; SameSite=Strict"),
        ("http", "/outer/a;b/studio/session", "Path=/outer/a%3Bb; Max-Age=43200; HttpOnly; SameSite=Strict"),
        ("http", "/studio/session", "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
    ],
)
def test_the_cookie_is_for_the_prefix_and_no_script(make, scheme, path, told):
    found = make().cookie(request(scheme=scheme, path=path), "all")
    name, _, rest = found.partition("=")
    assert (name, rest.partition("; ")[2]) == (COOKIE, told)
    assert "new" not in found
    assert ended(request(scheme=scheme, path=path)) == f"{COOKIE}=; {told.replace('43200', '0')}"


@pytest.mark.parametrize("role", ["all", "edit"])
def test_a_session_holds_for_twelve_hours(make, clock, role):
    sessions = make()
    cookie = opened(sessions, role)
    clock.advance(timedelta(hours=12) - timedelta(seconds=1))
    assert sessions.role_of(request(cookie=cookie)) == role
    clock.advance(timedelta(seconds=1))
    assert sessions.role_of(request(cookie=cookie)) is None


@pytest.mark.parametrize(
    ("settings", "roles"),
    [
        (BOTH, ["all", "edit"]),
        ({**BOTH, "secret_key": ["new"]}, ["all", "edit"]),
        ({**BOTH, "secret_key": ["newer", "new"]}, []),
        ({**BOTH, "studio_password": "other"}, ["all"]),
        ({"secret_key": ["new"]}, ["all"]),
        ({"studio_password": "pass word"}, []),
        ({"studio": "on"}, []),
    ],
)
def test_a_new_secret_or_password_ends_what_it_opened(make, settings, roles):
    before, after = make(), make(**settings)
    assert [role for role in ("all", "edit") if after.role_of(request(cookie=opened(before, role)))] == roles


def test_a_role_cannot_be_changed_and_nothing_else_is_a_session(make):
    sessions, only_password = make(), make(studio_password="new")
    value = opened(sessions, "edit").partition("=")[2]
    for forged in (value[:-1], value + "x", "x." + value, value.partition(".")[2], "", "4102444800", '"' + value + '"'):
        assert sessions.role_of(request(cookie=f"{COOKIE}={forged}")) is None
    assert sessions.role_of(request(cookie=opened(only_password, "edit"))) is None
    assert sessions.role_of(request()) is None
    assert sessions.role_of(request(cookie=f"{COOKIE}x={value}; x{COOKIE}={value}")) is None


def test_of_two_cookies_the_one_that_holds_counts(make):
    sessions, other = make(), make(secret_key="another app's")
    both = f"theme=dark;{opened(other)};  {opened(sessions)} ;"
    assert sessions.role_of(request(cookie=both)) == "all"


def test_five_wrong_passwords_a_minute_are_looked_at(make, clock):
    sessions = make()
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            sessions.log_in(request(), "wrong")
        clock.advance(timedelta(seconds=4))
    for given in ("wrong", "new"):  # a right one is not looked at either, or guessing would go on
        with pytest.raises(TooManyAttemptsError) as caught:
            sessions.log_in(request(), given)
        assert caught.value.retry_after == 41
    assert sessions.log_in(request("203.0.113.10"), "new") == "all"
    clock.advance(timedelta(seconds=40))
    assert sessions.log_in(request(), "new") == "all"  # the first one is a minute old
    with pytest.raises(AuthenticationError):
        sessions.log_in(request(), "wrong")
    with pytest.raises(TooManyAttemptsError):
        sessions.log_in(request(), "new")


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("203.0.113.9", "203.0.113.8", False), ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False), ("fe80::1%eth0", "fe80::2%eth1", True), (None, "", True),
        ("unix:", None, False),
    ],
)  # fmt: skip
def test_an_ipv6_network_is_one_address(make, first, second, together):
    sessions = make()
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            sessions.log_in(request(first), "wrong")
    if together:
        with pytest.raises(TooManyAttemptsError):
            sessions.log_in(request(second), "new")
    else:
        assert sessions.log_in(request(second), "new") == "all"


def test_the_attempts_of_many_addresses_take_no_memory(make):
    sessions = make()
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            sessions.log_in(request("198.51.100.1"), "wrong")
    for at in range(1000):
        sessions.log_in(request(f"10.0.{at // 250}.{at % 250}"), "new")
    assert len(sessions._wrong) <= 1000
    assert sessions.log_in(request("198.51.100.1"), "new") == "all"  # forgotten, as the price of that


def test_a_code_logs_in_once_within_a_minute(make, clock):
    sessions, elsewhere = make(), make()
    code = elsewhere.code()  # another process, with the same secret
    assert sessions.log_in(request(), code) == "all"
    for given in (code, code[:-1], opened(sessions).partition("=")[2]):
        with pytest.raises(AuthenticationError):
            sessions.log_in(request("203.0.113.77"), given)
    late = sessions.code()
    assert sessions.code() != late
    clock.advance(timedelta(minutes=1))
    with pytest.raises(AuthenticationError):
        sessions.log_in(request(), late)
    assert sessions.log_in(request("203.0.113.78"), sessions.code()) == "all"
    assert len(sessions._used) == 1  # those that are over are forgotten
    assert sessions.role_of(request(cookie=f"{COOKIE}={sessions.code()}")) is None


def test_without_a_secret_there_is_no_code(make):
    assert make(studio_password="p").code() is None
    with pytest.raises(AuthenticationError):
        make(secret_key="other").log_in(request(), make().code())
