"""Which keys are hidden, and what of a value."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novu_core.settings import Settings
from novu_core.storage.masking import MASKED, NO_MASK, Mask

ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
USUAL = Mask(Settings().masked_keys)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["otp", "a", "apiKey", "Code", ""]) | st.text(), inner)
    ),
)


@pytest.mark.parametrize(
    "key",
    [
        "password", "PASSWORD", "newPassword", "password_again", "passwords", "token", "resetToken", "reset-token",
        "TOKENS", "tokenURL", "secret", "clientSecret", "code", "pinCode", "otp", "OTP", "otp1", "smsOTPCode",
        "api_key", "apiKey", "APIKey", "apikey", "x-api-key", "credentials", "payload.user.token", "payload['otp']",
    ],
)  # fmt: skip
def test_hidden(key):
    assert USUAL.hides(key)
    assert not NO_MASK.hides(key)


@pytest.mark.parametrize(
    "key",
    [
        "name",
        "tokenizer",
        "encoded",
        "barcodes",
        "decode",
        "key",
        "api",
        "monkey",
        "secretary",
        "option",
        "",
        "4711",
        "ключ",
    ],
)
def test_shown(key):
    assert not USUAL.hides(key)


def test_words_of_other_scripts():
    assert Mask(["пароль"]).hides("новый_пароль")
    assert not Mask(["", "  ", "__"]).hides("")


@ANY_SPEED
@given(JSON)
def test_nothing_is_found_in_what_is_masked(value):
    masked = USUAL.masked(value)
    assert not USUAL.finds(masked)
    assert USUAL.masked(masked) == masked
    assert (masked == value) == (not USUAL.finds(value))


def test_what_tells_nothing_stays():
    value = {"otp": None, "token": False, "code": [True, {"x": 1}], "deep": [[{"password": 0, "b": ""}]]}
    assert USUAL.masked(value) == {
        "otp": None,
        "token": False,
        "code": MASKED,
        "deep": [[{"password": MASKED, "b": ""}]],
    }


def test_all_of_a_request_but_the_ids_of_people():
    mask = Mask(["otp", "subscriber", "id"])
    request = {
        "payload": {"a": 1, "otp": 2},
        "source": {"otp": 1},
        "subscriber": {"subscriberId": "ada", "otp": 2},
        "actor": {"subscriberId": "boss"},
        "controls": {"steps": {"mail": {"otp": 3}}},
    }
    assert mask.of_request(request) == {
        "payload": {"a": 1, "otp": MASKED},
        "source": {"otp": MASKED},
        "subscriber": {"subscriberId": "ada", "otp": MASKED},
        "actor": {"subscriberId": "boss"},
        "controls": {"steps": {"mail": {"otp": MASKED}}},
    }
    assert USUAL.of_request({"payload": {"a": 1}, "source": None}) is None


@ANY_SPEED
@given(JSON)
def test_what_is_masked_is_found_by_its_path(value):
    masked = USUAL.masked(value)
    paths = USUAL.left_in(masked)
    assert bool(paths) == (masked != value) or USUAL.left_in(value)
    for path in paths:
        found = masked
        for part in path.split("/")[1:]:
            found = found[int(part) if isinstance(found, list) else part.replace("~1", "/").replace("~0", "~")]
        assert found == MASKED


def test_deep_values_end_no_stack():
    value = {"otp": MASKED}
    for _ in range(3000):
        value = [value]
    assert USUAL.left_in(value) == ["/0" * 3000 + "/otp"]


def test_it_remembers_a_bounded_number_of_keys():
    mask = Mask(["otp"])
    for number in range(5000):
        assert not mask.hides(f"a{number}")
    assert mask.hides("otp")
    assert len(mask._known) <= 4096
