from __future__ import annotations

import enum
import json
import pathlib
from datetime import datetime, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from novu_core.javascript import canonical
from novu_core.javascript.nested import MAX_DEPTH
from novu_core.javascript.nested import parse as parse_nested

RECORDED = json.loads(pathlib.Path(__file__).with_name("javascript.json").read_text("utf-8"))["json"]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.from_regex("[0-9]{1,3}"), inner)
    ),
    max_leaves=20,
)


@pytest.fixture(params=["orjson", "json"])
def encoder(request, monkeypatch):
    """Both JSON libraries must give the same bytes."""
    if request.param == "json":
        monkeypatch.setattr(canonical, "orjson", None)
    elif canonical.orjson is None:
        pytest.skip("orjson is not installed")


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize(("text", "compact", "indented"), RECORDED)
def test_a_body_prints_as_node_prints_it(text, compact, indented):
    raw = text.encode("utf-8", "surrogatepass")
    if compact is None:
        with pytest.raises(ValueError):
            canonical.parse(raw)
        return
    value = canonical.parse(raw)
    assert canonical.encode(value).decode() == compact
    assert canonical.stringify(value) == compact
    assert canonical.stringify(value, 2) == indented


@pytest.mark.parametrize(("text", "compact", "_indented"), RECORDED)
def test_the_reader_without_recursion_reads_the_same(text, compact, _indented):
    if compact is None:
        with pytest.raises(ValueError):
            parse_nested(text, canonical._decoder)
    else:
        assert canonical.stringify(parse_nested(text, canonical._decoder)) == compact


@pytest.mark.usefixtures("encoder")
def test_bytes_that_are_not_utf8_become_replacement_characters():
    assert canonical.parse(b'{"a":"\xff\xc3"}') == {"a": "\ufffd\ufffd"}


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_nesting_deeper_than_python_recurses_is_read_and_printed(opening):
    closing = "}" if opening[0] == "{" else "]"
    raw = (opening * (MAX_DEPTH - 1) + "[]" + closing * (MAX_DEPTH - 1)).encode()
    assert canonical.encode(canonical.parse(raw)) == raw


@pytest.mark.usefixtures("encoder")
def test_nesting_beyond_the_limit_is_an_error_and_never_a_crash():
    raw = b"[" * 1_000_000 + b"]" * 1_000_000
    with pytest.raises(RecursionError, match=f"more than {MAX_DEPTH} levels"):
        canonical.parse(raw)


@pytest.mark.usefixtures("encoder")
def test_a_value_that_contains_itself_is_an_error():
    loop: list[object] = []
    loop.append({"a": loop})
    with pytest.raises(RecursionError, match="contains itself"):
        canonical.encode(loop)


class Colour(enum.Enum):
    RED = "red"


class Card(BaseModel):
    title: str
    price: Decimal


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), "null"),
        (float("inf"), "null"),
        ({"n": [float("-inf"), 1.0, 1e21, -0.0, 1e-5]}, '{"n":[null,1,1e+21,0,0.00001]}'),
        ({"when": datetime(2026, 1, 5, 10, tzinfo=timezone.utc)}, '{"when":"2026-01-05T10:00:00+00:00"}'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ([Decimal("1.50"), Colour.RED], '["1.50","red"]'),
        (Card(title="é", price=Decimal(2)), '{"title":"é","price":"2"}'),
        ((1, True, None), "[1,true,null]"),
        (
            {False: "b", None: "c", 2.0: "d", 1: "a", Colour.RED: "e"},
            '{"1":"a","2":"d","false":"b","null":"c","red":"e"}',
        ),
        ({"b": 1, "2": 2, "10": 3}, '{"2":2,"10":3,"b":1}'),
        ({"4294967295": 1, "b": 2, "4294967294": 3}, '{"4294967294":3,"4294967295":1,"b":2}'),
        ({"b": 1, "4294967295": 2, "01": 3, "0": 4}, '{"0":4,"b":1,"4294967295":2,"01":3}'),
        (10**400, "null"),
        ("\ud83c\udf89\ud800", '"🎉\\ud800"'),
        ({"\udfff": 1}, '{"\\udfff":1}'),
    ],
)
def test_python_values_print_as_javascript_would(value, text):
    assert canonical.encode(value).decode() == text


@pytest.mark.usefixtures("encoder")
def test_what_json_can_not_hold_is_named():
    with pytest.raises(TypeError, match="object is not JSON"):
        canonical.encode({"a": object()})


@settings(max_examples=200, deadline=None)
@given(JSON_VALUES)
def test_the_fast_encoder_and_the_exact_one_agree(value):
    assert canonical.encode(value) == canonical.stringify(value).encode()


@settings(max_examples=200, deadline=None)
@given(JSON_VALUES)
def test_printing_is_stable_once_read_again(value):
    printed = canonical.encode(value)
    assert canonical.encode(canonical.parse(printed)) == printed
    indented = canonical.stringify(value, 2).encode()
    assert canonical.encode(canonical.parse(indented)) == printed


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='[]{}",:0123456789.eE+-\\utrfalsn \n', max_size=30))
def test_no_text_reads_differently_with_or_without_recursion(text):
    def read(parse):
        try:
            return canonical.stringify(parse())
        except ValueError:
            return None

    assert read(lambda: canonical.parse(text.encode())) == read(lambda: parse_nested(text, canonical._decoder))
