from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.javascript.jsonrepair import JsonRepairError, jsonrepair
from novu_core.javascript.text import join_surrogates, utf16_units

RECORDED = json.loads(Path(__file__).with_name("liquid_cases.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "answer"), RECORDED["repair"], ids=lambda value: ascii(value)[:50])
def test_repair_is_the_originals(text: str, answer: str | int) -> None:
    try:
        repaired: str | int = join_surrogates(jsonrepair(utf16_units(text)))
    except JsonRepairError as error:
        repaired = error.position
    assert repaired == answer


# Strings with brackets are what the original may break although they are right.
letters = st.text(st.characters(exclude_characters="[]{}()", exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | letters
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(letters, inner), max_leaves=20)


@settings(max_examples=200, deadline=None)
@given(values)
def test_right_json_stays_what_it_is(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert json.loads(join_surrogates(jsonrepair(utf16_units(text)))) == value


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("{}[]\",:\\ab1 /*\n'+.-&u")))
def test_any_text_becomes_json_or_an_error(text: str) -> None:
    with contextlib.suppress(JsonRepairError, RecursionError, ValueError):
        json.loads(jsonrepair(text))


def test_error_tells_the_place() -> None:
    with pytest.raises(JsonRepairError, match=r'Unexpected character "\{" at position 10') as caught:
        jsonrepair('{"a":"1 x {"}')
    assert caught.value.position == 10
