"""Mocks against what the peer's json-schema-faker answers every time (mock_cases.json), and their own promises."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.javascript.jsonschema import Validator
from novu_core.javascript.mock_strings import pattern_sample
from novu_core.javascript.mocks import mock

CASES = json.loads(Path(__file__).with_name("mock_cases.json").read_text())


def fits(schema, value):
    return Validator(schema).validate(copy.deepcopy(value)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["schema"])[:60])
def test_what_the_peer_does_not_leave_to_chance_is_the_same(case):
    assert json.dumps(mock(case["schema"])) == json.dumps(case["mock"])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"type": "number"}, 0),
        ({"type": "integer", "minimum": 2.5}, 3),
        ({"type": "integer", "exclusiveMinimum": 2}, 3),
        ({"type": "number", "exclusiveMinimum": 2, "maximum": 2.5}, 2.25),
        ({"type": "number", "maximum": -2}, -2),
        ({"type": "integer", "exclusiveMaximum": -2}, -3),
        ({"type": "integer", "multipleOf": 5, "minimum": 6}, 10),
        ({"type": "string", "maxLength": 5}, "[plac"),
        ({"type": "string", "minLength": 30}, "[placeholder]" * 3),
        ({"type": "string", "minLength": 14, "maxLength": 15}, "[placeholder][p"),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "string", "enum": [1, "a"]}, "a"),
        ({"type": ["null", "string"]}, "[placeholder]"),
        ({"type": "array", "items": {"type": "string"}}, ["[placeholder]"]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["[placeholder]"] * 2),
        ({"type": "array", "items": {"type": "integer"}, "contains": {"const": 7}}, [7]),
        ({"type": "object", "additionalProperties": True}, {"[placeholder]": "[placeholder]"}),
        ({"type": "object", "additionalProperties": {"type": "number"}}, {"[placeholder]": 0}),
        ({"type": "object", "required": ["nowhere"]}, {}),
        ({"type": "object", "properties": {"a": {"type": "null"}, "b": {}}, "minProperties": 1}, {"a": None}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}], "not": {"type": "integer"}}, "[placeholder]"),
        ({"oneOf": [{"type": "string"}, {"type": ["string", "null"]}]}, None),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"const": 1}]}}}, 1),
        ({"type": "no-such-type"}, {"type": "no-such-type"}),
        ({}, {}),
        ({"type": "integer", "minimum": 2**54 + 11, "maximum": 2**54 + 11}, 2**54 + 11),
        ({"type": "integer", "maximum": -(2**60) - 1}, -(2**60) - 1),
        ({"type": "integer", "minimum": 2**60 + 1, "multipleOf": 3}, 2**60 + 2),
    ],
)
def test_the_mock_of(schema, expected):
    found = mock(schema)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "name",
    [
        "date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "url", "uri-reference",
        "uri-template", "uuid", "json-pointer", "json-pointer-uri-fragment", "relative-json-pointer", "regex", "byte",
        "password", "no-such-format",
    ],
)  # fmt: skip
def test_the_mock_of_a_format_has_the_format(name):
    schema = {"type": "string", "format": name}
    assert fits(schema, mock(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"type": "object"}]},
        {"properties": {"k": {"const": 1}}, "required": ["k"], "if": {"properties": {"k": {"const": 1}}},
         "then": {"properties": {"b": {"const": 2}}, "required": ["b"]}},
        {"allOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "integer", "minimum": 4}]},
        {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["v", "sub"], "properties": {
            "v": {"type": "string"}, "sub": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}}},
        {"$ref": "#/$defs/a%25b~1c", "$defs": {"a%b/c": {"type": "integer", "minimum": 3}}},
    ],
    ids=lambda schema: json.dumps(schema)[:60],
)  # fmt: skip
def test_the_mock_of_combined_schemas_fits(schema):
    assert fits(schema, mock(schema))


def test_a_schema_that_needs_itself_for_ever_still_ends():
    value = mock({"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#"}}})
    assert json.dumps(value).count('"n"') < 30


def test_the_schema_is_left_alone_and_the_mock_is_its_own():
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"default": {"l": [1]}}}}
    before = copy.deepcopy(schema)
    mock(schema)["a"]["l"].append(2)
    assert schema == before


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-c]{3}$", "^(?!mailto:).+$", r"^https?://[^\s]+$", r"^\d{4}-\d{2}$", r"^(foo|bar)-\1$", "[A-Z]{2,}", "",
        "^$", r"^\+?[1-9]\d{1,14}$", "^#[0-9a-fA-F]{6}$", r"^[^@]+@[^@]+\.[a-z]+$", r"^\p{Lu}\p{Ll}+$", r"\bword\b",
        r"^(?=.*\d)(?=.*[a-z]).{4,8}$", "^(?:(?!a)b)+$", "^[^a-zA-Z0-9]$", r"^(?:(a)|b)c(?:\1)$", "^(?:x|y|z)?q$",
    ],
)  # fmt: skip
def test_the_sample_of_a_pattern_matches_it(pattern):
    assert fits({"pattern": pattern}, pattern_sample(pattern))


def test_the_sample_of_a_pattern_has_the_length_asked_for():
    assert len(pattern_sample("^[a-z]+$", 5, 8)) == 5
    assert len(pattern_sample("^a{2,9}$", 5, 6)) == 5
    assert len(pattern_sample("x", 10)) == 10


def test_a_pattern_without_a_sample_gives_the_placeholder():
    assert pattern_sample("^(?!)$") == pattern_sample("(") == "[placeholder]"


def bounded(kind, low_key, high_key, lows):
    """Schemas of one type with a lower bound and an upper one that is not below it."""
    return st.builds(lambda low, room: {"type": kind, low_key: low, high_key: low + room}, lows, st.integers(0, 9))


SCALARS = st.one_of(
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "string", "format": "email"}, {"const": [1]}]),
    bounded("integer", "minimum", "maximum", st.integers()),
    bounded("number", "minimum", "exclusiveMaximum", st.integers(-99, 99)).filter(
        lambda schema: schema["minimum"] < schema["exclusiveMaximum"]
    ),
    bounded("string", "minLength", "maxLength", st.integers(0, 50)),
    st.integers(1, 9).map(lambda step: {"type": "number", "exclusiveMinimum": -4, "multipleOf": step}),
    st.lists(st.integers() | st.text(), min_size=1, max_size=3, unique=True).map(lambda members: {"enum": members}),
    st.text("abc.*/", max_size=5).map(lambda text: {"type": "string", "pattern": f"^{re.escape(text)}$"}),
)


def containers(inner):
    properties = st.dictionaries(st.text("abc1", max_size=2), inner, max_size=4)
    objects = properties.flatmap(
        lambda members: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(members),
                "required": st.lists(st.sampled_from(sorted(members)), unique=True) if members else st.just([]),
                "additionalProperties": st.booleans() | inner,
            }
        )
    )
    arrays = st.builds(
        lambda item, sizes: {**sizes, "items": item}, inner, bounded("array", "minItems", "maxItems", st.integers(0, 3))
    )
    return objects | arrays | st.builds(lambda schemas: {"anyOf": schemas}, st.lists(inner, min_size=1, max_size=3))


@settings(max_examples=150, deadline=None)
@given(st.recursive(SCALARS, containers, max_leaves=8))
def test_a_mock_fits_its_schema_and_is_the_same_every_time(schema):
    value = mock(schema)
    assert fits(schema, value), value
    assert mock(schema) == value


def test_what_a_caller_does_to_a_mock_reaches_no_other():
    schema = {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string"}}},
              "required": ["list"]}  # fmt: skip
    mock(schema)["list"].append("mine")

    assert mock(schema) == {"list": ["[placeholder]"]}
