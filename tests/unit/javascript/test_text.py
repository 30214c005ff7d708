from __future__ import annotations

import math
from typing import Any

import pytest

from novu_core.javascript.canonical import stringify
from novu_core.javascript.numbers import js_number, read_number
from novu_core.javascript.text import JS_SPACE, join_surrogates, own_keys, quote, utf16_length, utf16_units

# As node 20's Object.keys has them.
KEYS = [
    ([], []),
    (["b", "a"], ["b", "a"]),
    (["b", "10", "a", "2", "0"], ["0", "2", "10", "b", "a"]),
    (["01", "1", "-1", "1.0", "٣"], ["1", "01", "-1", "1.0", "٣"]),
    (["4294967295", "4294967294", "99999999999", "5"], ["5", "4294967294", "4294967295", "99999999999"]),
]


@pytest.mark.parametrize(("keys", "ordered"), KEYS)
def test_keys_come_in_javascripts_order(keys: list[str], ordered: list[str]) -> None:
    assert own_keys(dict.fromkeys(keys)) == ordered


def test_a_key_that_is_not_text_keeps_its_place() -> None:
    keys: list[Any] = ["b", 2, None, "1"]
    assert own_keys(dict.fromkeys(keys)) == ["1", "b", 2, None]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a", '"a"'),
        ('\n"\\\x00\x7f', '"\\n\\"\\\\\\u0000\x7f"'),
        ("é🎉\u2028", '"é🎉\u2028"'),
        ("\ud83c\udf89", '"🎉"'),
        ("\udf89\ud83c", '"\\udf89\\ud83c"'),
        ("🎉\ud83c", '"🎉\\ud83c"'),
    ],
    ids=ascii,
)
def test_text_is_quoted_as_by_json_stringify(text: str, quoted: str) -> None:
    assert quote(text) == stringify(text) == quoted


def test_text_has_utf16_units() -> None:
    assert utf16_units("a🎉") == "a\ud83c\udf89"
    assert utf16_length("a🎉é") == 4
    assert join_surrogates("a\ud83c\udf89\udf89") == "a🎉\udf89"


def test_white_space_is_javascripts() -> None:
    assert len(JS_SPACE) == 25
    assert "\x1c" not in JS_SPACE
    assert "\ufeff" in JS_SPACE


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", "0"), (" \ufeff\t", "0"), ("12", "12"), (" 1.50\n", "1.5"), ("+.5e1", "5"), ("5.", "5"), ("-0", "0"),
        ("0x1F", "31"), ("0o17", "15"), ("0B11", "3"), ("+0x1", "NaN"), ("0x", "NaN"), ("1_0", "NaN"), ("٣", "NaN"),
        ("inf", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("1e999", "Infinity"), ("nan", "NaN"),
        ("0x" + "f" * 400, "Infinity"), ("1" * 5000, "Infinity"), ("\x1c1", "NaN"), (".", "NaN"), ("e5", "NaN"),
    ],
    ids=lambda text: ascii(text)[:20],
)  # fmt: skip
def test_a_number_is_read_as_by_number(text: str, printed: str) -> None:
    assert js_number(read_number(text)) == printed


def test_minus_zero_is_read_with_its_sign() -> None:
    assert math.copysign(1, read_number("-0")) == -1


def test_plain_says_what_json_does_not_know() -> None:
    assert stringify({"a": [1j, 1.0], "1": "x"}, plain=lambda value: "j" if value == 1j else value) == (
        '{"1":"x","a":["j",1]}'
    )
    assert stringify([[], {"a": 1}], "--") == '[\n--[],\n--{\n----"a": 1\n--}\n]'
    assert stringify([1, [2]], "") == "[\n1,\n[\n2\n]\n]"
