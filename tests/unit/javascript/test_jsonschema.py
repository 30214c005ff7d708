"""The validator against answers that the peer's Ajv gave (recorded in jsonschema_cases.json), and its own promises."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import pytest

from novu_core.errors import DefinitionError, FieldError, NovuError, ValidationError
from novu_core.javascript.jsonschema import Validator, check_schema, compile_schema


@pytest.fixture(autouse=True)
def _the_interpreters_own_recursion_limit():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # other tools of the run raise it
    yield
    sys.setrecursionlimit(limit)


CASES = json.loads(Path(__file__).with_name("jsonschema_cases.json").read_text())


def same(a, b):
    """Equal as JSON: unlike Python's, ``True`` is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["schema"])[:60])
def test_errors_defaults_and_removals_are_those_of_ajv(case):
    validator = Validator(case["schema"])
    for answer in case["answers"]:
        value = copy.deepcopy(answer["value"])
        errors = validator.validate(value)
        assert [list(error) for error in errors] == answer["errors"], answer["value"]
        assert same(value, answer["result"]), answer["value"]


def test_a_validator_gives_the_same_answer_every_time():
    validator = Validator({"anyOf": [{"type": "string"}, {"type": "null"}]})
    first = validator.validate(1)
    assert validator.validate("x") == []
    assert validator.validate(1) == first


def test_a_default_is_not_shared_between_values():
    validator = Validator({"type": "object", "properties": {"list": {"default": [1]}}})
    first, second = {}, {}
    validator.validate(first)
    validator.validate(second)
    first["list"].append(2)
    assert second == {"list": [1]}


def test_a_later_change_of_the_schema_does_not_reach_the_validator():
    schema = {"type": "object", "required": ["a"]}
    validator = Validator(schema)
    schema["required"].append("b")
    assert validator.validate({"a": 1}) == []


def test_the_schema_is_left_alone():
    schema = {"type": ["string"], "nullable": True, "definitions": {"a": {"default": 1}}, "properties": {"x": {}}}
    before = copy.deepcopy(schema)
    Validator(schema).validate(None)
    assert schema == before


def test_compile_schema_compiles_one_object_once():
    schema = {"type": "string"}
    assert compile_schema(schema) is compile_schema(schema)
    assert compile_schema(schema) is not compile_schema(dict(schema))


def test_compile_schema_forgets_in_the_end():
    schema = {"type": "string"}
    first = compile_schema(schema)
    for number in range(600):
        compile_schema({"const": number})
    assert compile_schema(schema) is not first


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strng"}, "at #/type: must be equal to one of the allowed values, got 'strng'"),
        ({"properties": []}, "at #/properties: must be object, got []"),
        ({"properties": {"a/b": {"minLength": -1}}}, "at #/properties/a~1b/minLength: must be >= 0, got -1"),
        ({"required": "a"}, "at #/required: must be array, got 'a'"),
        ({"enum": []}, "at #/enum: must NOT have fewer than 1 items"),
        ({"items": {"pattern": "("}}, "at #/items: the pattern '(' cannot be used: Unbalanced parenthesis"),
        ({"patternProperties": {"[": {"type": "string"}}}, "Unbalanced bracket"),
        ({"properties": {"a": {"$ref": "#/nope"}}}, "at #/properties/a: $ref `#/nope` cannot be resolved"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "x"}}}, "at #/$ref/type"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "leads back to itself"),
        ({"allOf": [{"nullable": True}]}, 'at #/allOf/0: "nullable" needs a "type" beside it'),
        ({"type": "null", "nullable": False}, "contradicts"),
        ({"type": "string", "nullable": 1}, "nullable must be true or false"),
        ({"id": "x"}, '"id" is not supported'),
        ({"formatMinimum": "2024-01-01"}, "formatMinimum needs a string, and a format beside it"),
        ({"format": "email", "formatMinimum": "a"}, 'the format "email" has no order'),
        ({"properties": {"a": {"$id": "x"}, "b": {"$id": "x"}}}, "names more than one schema"),
        (5, "an object or a boolean, got 5"),
    ],
)
def test_an_invalid_schema_is_refused_with_its_place(schema, message):
    with pytest.raises(DefinitionError) as caught:
        check_schema(schema)
    assert message in str(caught.value)


def test_unknown_keywords_and_formats_are_no_fault():
    check_schema({"type": "string", "format": "nope", "x-hint": [1], "discriminator": {"propertyName": "a"}})


def test_a_schema_nested_too_deep_is_refused():
    schema = {}
    for _ in range(5000):
        schema = {"not": schema}
    with pytest.raises(DefinitionError, match="too deep"):
        check_schema(schema)


def test_a_value_nested_a_hundred_times_is_validated():
    validator = Validator({"$defs": {"n": {"properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"})
    value = {"n": 1}
    for _ in range(100):
        value = {"n": value}
    assert validator.validate(value) == []


@pytest.mark.parametrize("schema", [{"items": {"$ref": "#"}}, {"uniqueItems": True}, {"const": []}])
def test_a_value_nested_too_deep_is_a_validation_error(schema):
    value = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(ValidationError, match="too deep"):
        Validator(schema).validate([value, value])


def test_a_schema_that_never_ends_is_an_error_of_ours():
    with pytest.raises(NovuError):
        Validator({"$ref": "#"}).validate(1)


def test_python_values_beside_json_have_a_type_of_none():
    class Text(str):
        pass

    assert Validator({"type": "string", "minLength": 2}).validate(Text("ab")) == []
    assert Validator({"type": "object"}).validate(object()) == [FieldError("", "must be object")]
    assert Validator({"type": "array"}).validate(b"x") == [FieldError("", "must be array")]


def test_numbers_that_json_does_not_have():
    nan, infinity = float("nan"), float("inf")
    assert Validator({"type": "number"}).validate(nan) == []
    assert Validator({"minimum": 1}).validate(nan) == [FieldError("", "must be >= 1")]
    assert Validator({"type": "integer"}).validate(infinity) == []
    assert Validator({"type": "integer"}).validate(nan) == [FieldError("", "must be integer")]
    assert Validator({"multipleOf": 2}).validate(10**400) == [FieldError("", "must be multiple of 2")]


def test_thousands_of_items_are_compared_in_linear_time():
    validator = Validator({"uniqueItems": True})
    items = [{"n": number} for number in range(20_000)]
    assert validator.validate(items) == []
    items.append({"n": 7})
    assert validator.validate(items)[0].message.endswith("(items ## 7 and 20000 are identical)")
