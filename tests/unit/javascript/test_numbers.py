from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.javascript.numbers import js_number

# Printed by node 20's String(value).
PRINTED = [
    (0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.5, "-1.5"),
    (0.1 + 0.2, "0.30000000000000004"),
    (100.0, "100"),
    (123456789.125, "123456789.125"),
    (1e20, "100000000000000000000"),
    (1e21, "1e+21"),
    (-1e21, "-1e+21"),
    (1.5e300, "1.5e+300"),
    (123456789012345680000.0, "123456789012345680000"),
    (1e-6, "0.000001"),
    (1.5e-6, "0.0000015"),
    (1e-7, "1e-7"),
    (1.25e-7, "1.25e-7"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (2**53, "9007199254740992"),
    (2**53 + 1, "9007199254740992"),
    (2**63, "9223372036854776000"),
    (-(2**63), "-9223372036854776000"),
    (10**21, "1e+21"),
    (10**20 + 1, "100000000000000000000"),
    (10**400, "Infinity"),
    (-(10**400), "-Infinity"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
    (math.nan, "NaN"),
    (True, "1"),
]


@pytest.mark.parametrize(("value", "text"), PRINTED, ids=repr)
def test_number_prints_as_in_javascript(value: float, text: str) -> None:
    assert js_number(value) == text


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_printed_double_reads_back_as_itself(value: float) -> None:
    assert float(js_number(value)) == value


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_printed_double_has_an_exponent_only_outside_javascripts_range(value: float) -> None:
    plain = value == 0 or 1e-6 <= abs(value) < 1e21
    assert ("e" in js_number(value)) is not plain
