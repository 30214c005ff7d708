"""Which keys are hidden, and what of a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_core.settings import Settings
from novu_core.storage.masking import MASKED, NO_MASK, Mask

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


def test_only_payloads_of_a_request_are_looked_at():
    request = {"payload": {"a": 1}, "source": {"otp": 1}, "subscriber": {"otp": 2}, "controls": {"code": 3}}
    assert USUAL.of_request(request) == {**request, "source": {"otp": MASKED}}
    assert USUAL.of_request({**request, "source": None}) is None


def test_it_remembers_a_bounded_number_of_keys():
    mask = Mask(["otp"])
    for number in range(5000):
        assert not mask.hides(f"a{number}")
    assert mask.hides("otp")
    assert len(mask._known) <= 4096
