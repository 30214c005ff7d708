"""Signatures: made as the peer makes them, and every malformed one refused."""

from __future__ import annotations

import json
import math
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.bridge import errors, signature
from novu_core.javascript.numbers import js_number, read_number

NOW = 1_700_000_000_000
KEY = "secret"
BODY = '{"payload":{"a":"é🎉"}}'
NUMBERS = json.loads((pathlib.Path(__file__).parents[1] / "javascript" / "javascript.json").read_text("utf-8"))[
    "numbers"
]


def check(header, body=BODY, keys=(KEY,), now=NOW):
    signature.verify(header, body, keys, now)


@pytest.mark.parametrize(
    ("secret", "timestamp", "body", "v1"),
    [
        ("secret", NOW, "{}", "8399216d111287e3bb28e25c0f4f31dffdf831c68c9ee2b96c2f67c9b81d341b"),
        ("secret", NOW, BODY, "8f2696f0411b86daff303f7f516def0227c75454fbe8420458b79a96d9c91192"),
        ("secret x used", 1, "{}", None),
    ],
)
def test_signatures_are_the_peers(secret, timestamp, body, v1):
    header = signature.sign(secret, timestamp, body)
    if v1:
        assert header == f"t={timestamp},v1={v1}"
    assert header == signature.sign(secret, float(timestamp), body.encode())
    check(header, body, [secret], timestamp)


def test_any_of_several_keys_opens():
    header = signature.sign("old", NOW, BODY)
    check(header, keys=["new", "old"])
    with pytest.raises(errors.SignatureMismatchError):
        check(header, keys=["new", "newer"])


@pytest.mark.parametrize("keys", [(), ("",)])
def test_without_a_key_nothing_opens_and_the_error_names_the_fix(keys):
    for header in (None, signature.sign("", NOW, BODY)):
        with pytest.raises(errors.SigningKeyNotFoundError, match="NOVU_SECRET_KEY"):
            check(header, keys=keys)


@pytest.mark.parametrize("header", [None, ""])
def test_an_absent_or_empty_header_is_not_found(header):
    with pytest.raises(errors.SignatureNotFoundError):
        check(header)


V1 = signature.sign(KEY, NOW, BODY).partition("v1=")[2]


@pytest.mark.parametrize(
    "header",
    [
        "garbage",
        ",,,",
        "t,v1",
        f"t={NOW}",
        f"v1={V1}",
        f"t=,v1={V1}",
        f"t=abc,v1={V1}",
        f"t=Infinity,v1={V1}",
        f"t=1e400,v1={V1}",
        f"t={NOW},v2={V1}",
        f"t={NOW},v1=",
        f"t={NOW},v1 ={V1}",
        f"={NOW},v1={V1}",
        f"t={NOW};v1={V1}",
    ],
)
def test_a_header_without_both_fields_is_invalid(header):
    with pytest.raises(errors.SignatureInvalidError):
        check(header)


@pytest.mark.parametrize(
    "header",
    [
        f" t={NOW} , v1={V1} ",
        f"v1={V1},t={NOW}",
        f"t={NOW},v0=zzz,v1={V1},foo",
        f"t={NOW},v1={V1},v1=bad,t=1",
        f"v1=,t=,t={NOW},v1={V1}",
        f"t={hex(NOW)},v1={V1}",
        f"t=1.7e12,v1={V1}",
        f"t={NOW}.0,v1={V1}",
        f"\u00a0t={NOW}\ufeff,v1={V1}",
    ],
)
def test_any_spelling_of_the_same_fields_is_accepted(header):
    check(header)


@pytest.mark.parametrize("v1", ["bad", V1.upper(), V1[:-1], V1 + "0", "é" * 64, "\udcff" * 64, " " + V1])
def test_another_v1_is_a_mismatch(v1):
    with pytest.raises(errors.SignatureMismatchError):
        check(f"t={NOW},v1={v1}")


def test_the_first_v1_counts():
    with pytest.raises(errors.SignatureMismatchError):
        check(f"t={NOW},v1=bad,v1={V1}")


def test_another_body_is_a_mismatch():
    with pytest.raises(errors.SignatureMismatchError):
        check(f"t={NOW},v1={V1}", "{}")


@pytest.mark.parametrize("offset", [-300_000, -1, 0, 1, 300_000])
def test_five_minutes_either_way_are_accepted(offset):
    check(signature.sign(KEY, NOW + offset, BODY))


@pytest.mark.parametrize("offset", [-300_001, 300_001, 300_000.5, -NOW + NOW // 1000])
def test_beyond_five_minutes_is_expired(offset):
    with pytest.raises(errors.SignatureExpiredError):
        check(signature.sign(KEY, NOW + offset, BODY))


@pytest.mark.parametrize(("text", "printed"), NUMBERS)
def test_a_timestamp_is_read_as_javascript_reads_it(text, printed):
    assert js_number(read_number(text)) == printed


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="tv1=,. 0x-+e\u00a0abcdef"))
def test_no_header_opens_or_crashes(header):
    with pytest.raises(errors.SignatureError):
        check(header)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1).filter(lambda key: key.isprintable()), st.binary(), st.integers(0, 2**53))
def test_what_is_signed_opens(key, body, now):
    check(signature.sign(key, now, body), body, ["another", key], now)


def test_a_number_that_is_none_is_not_finite():
    assert math.isnan(read_number("0x"))
