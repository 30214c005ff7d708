"""The validator against the ``jsonschema`` library, where draft-07 leaves them no room to differ.

Left out: what Ajv does beyond the draft (defaults, removal, ``nullable``), formats, and fractions in ``multipleOf``.
"""

from __future__ import annotations

import copy

from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from novu_core.errors import DefinitionError
from novu_core.javascript.jsonschema import Validator

KEYS = st.sampled_from(["a", "b", "c", "0", "1", "x/y"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 5), st.sampled_from([1.0, 0.5, -2.5]), st.text("ab1 é🎉", max_size=4)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)
TYPES = st.sampled_from(["string", "number", "integer", "boolean", "null", "object", "array"])
SIZES = st.integers(0, 3)
PATTERNS = st.sampled_from(["^a", "b", "^[ab]+", "[01]", "a|1"])


def keywords(inner):
    return {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3, unique_by=repr),
        "const": VALUES,
        "minimum": st.integers(-2, 3),
        "exclusiveMaximum": st.integers(-2, 3),
        "multipleOf": st.integers(1, 3),
        "minLength": SIZES,
        "maxLength": SIZES,
        "pattern": PATTERNS,
        "minItems": SIZES,
        "maxItems": SIZES,
        "uniqueItems": st.booleans(),
        "items": inner | st.lists(inner, min_size=1, max_size=2),
        "additionalItems": inner,
        "contains": inner,
        "minProperties": SIZES,
        "maxProperties": SIZES,
        "required": st.lists(KEYS, max_size=2, unique=True),
        "properties": st.dictionaries(KEYS, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "propertyNames": inner,
        "dependencies": st.dictionaries(KEYS, inner | st.lists(KEYS, max_size=2, unique=True), max_size=2),
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=2),
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.just("#/definitions/shared"),
    }


def level(inner):
    choices = keywords(inner)
    names = st.lists(st.sampled_from(sorted(choices)), min_size=1, max_size=4, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: choices[name] for name in chosen}))


SCHEMAS = st.recursive(st.booleans() | st.fixed_dictionaries({"type": TYPES}), level, max_leaves=6)


def without_siblings_of_references(schema):
    """Draft-07 ignores what stands beside ``$ref``; Ajv does not. Nor can the library read ``items: true`` beside
    ``additionalItems``.
    """
    if isinstance(schema, list):
        return [without_siblings_of_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("items"), bool):
        schema = {key: member for key, member in schema.items() if key != "additionalItems"}
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    return {key: without_siblings_of_references(member) for key, member in schema.items()}


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, SCHEMAS, st.lists(VALUES, min_size=1, max_size=6))
@example({"items": False, "additionalItems": False}, False, [[], [1]])
def test_a_value_is_valid_where_the_jsonschema_library_says_so(schema, shared, values):
    shared = {"type": "string"} if "$ref" in str(shared) else shared
    document = {"allOf": [without_siblings_of_references(schema)], "definitions": {"shared": shared}}
    ours, oracle = Validator(document), Draft7Validator(document)
    for value in values:
        before = copy.deepcopy(value)
        assert (ours.validate(value) == []) is oracle.is_valid(before), (document, before)
        assert value == before


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(keywords(st.none()))), VALUES, max_size=3))
def test_a_schema_is_refused_where_the_jsonschema_library_refuses_it(schema):
    """One way only: Ajv refuses more than the meta-schema does, such as a ``$ref`` that leads nowhere."""
    try:
        Validator(schema)
    except DefinitionError:
        return
    Draft7Validator.check_schema(schema)
