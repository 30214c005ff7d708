"""The keywords of draft-07 for objects."""

from __future__ import annotations

from typing import Any

from novu_core.errors import FieldError
from novu_core.javascript.jsonschema.node import Check, Errors, Keyword, Node, defaults_of, has_rules, relocate
from novu_core.javascript.jsonschema.scalars import size
from novu_core.javascript.jsonschema.values import copy_json
from novu_core.javascript.text import own_keys


def _required(node: Node) -> Check | None:
    names = node.schema["required"]
    if not names:
        return None
    fail = node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        for name in names:
            if name not in value:
                errors.append(FieldError("", f"must have required property '{name}'"))
                return fail
        return True

    return check


def _property_names(node: Node) -> Check | None:
    if not has_rules(node.schema["propertyNames"]):
        return None
    name = node.child("propertyNames", composite=True)
    error, fail = FieldError("", "property name must be valid"), node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        for key in own_keys(value):
            if not name(key, errors):
                errors.append(error)
                return fail
        return True

    return check


def _additional_properties(node: Node) -> Check | None:
    """Compile ``additionalProperties``, which with ``removeAdditional: "failing"`` removes and never fails."""
    additional = node.schema["additionalProperties"]
    if not has_rules(additional):
        return None
    known = frozenset(node.schema.get("properties", ()))
    patterns = [node.search(pattern) for pattern in node.schema.get("patternProperties", ())]
    allowed = None if additional is False else node.child("additionalProperties", composite=True)

    def check(value: Any, errors: Errors) -> bool:
        if known.issuperset(value):
            return True
        for key in [key for key in value if key not in known]:
            if not any(search(key) for search in patterns) and not (allowed and allowed(value[key], [])):
                del value[key]
        return True

    return check


def _dependencies(node: Node) -> Check:
    names: list[tuple[str, list[str], FieldError]] = []
    schemas: list[tuple[str, Check]] = []
    for key in own_keys(node.schema["dependencies"]):
        needed = node.schema["dependencies"][key]
        if isinstance(needed, list):
            noun = "property" if len(needed) == 1 else "properties"
            message = f"must have {noun} {', '.join(needed)} when property {key} is present"
            names.append((key, needed, FieldError("", message)))
        elif has_rules(needed):
            schemas.append((key, node.child("dependencies", key)))
    fail = node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        for key, needed, error in names:
            if key in value and not all(name in value for name in needed):
                errors.append(error)
                return fail
        for key, schema in schemas:
            passed = key not in value or schema(value, errors)
            if not passed:
                return passed
        return True

    return check


def _properties(node: Node) -> Check | None:
    schemas = node.schema["properties"]
    members = [(key, node.child("properties", key)) for key in own_keys(schemas) if has_rules(schemas[key])]
    if not members:
        return None

    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        for key, member in members:
            if key in value:
                passed = member(value[key], errors)
                if not passed:
                    relocate(errors, start, key)
                    return passed
        return True

    return check


def _pattern_properties(node: Node) -> Check | None:
    schemas = node.schema["patternProperties"]
    members = [
        (node.search(pattern), node.child("patternProperties", pattern))
        for pattern in own_keys(schemas)
        if has_rules(schemas[pattern])
    ]
    if not members:
        return None

    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        for search, member in members:
            for key in own_keys(value):
                passed = not search(key) or member(value[key], errors)
                if not passed:
                    relocate(errors, start, key)
                    return passed
        return True

    return check


def fill_properties(node: Node) -> Check | None:
    """Compile the defaults of ``properties``."""
    schemas = node.schema.get("properties", {})
    defaults = defaults_of({key: schemas[key] for key in own_keys(schemas)})
    if node.composite or not defaults:
        return None

    def fill(value: Any, errors: Errors) -> bool:
        for key, default in defaults:
            if key not in value:
                value[key] = copy_json(default)
        return True

    return fill


OBJECT: dict[str, Keyword] = {
    "maxProperties": size("maxProperties", "properties"),
    "minProperties": size("minProperties", "properties"),
    "required": _required,
    "propertyNames": _property_names,
    "additionalProperties": _additional_properties,
    "dependencies": _dependencies,
    "properties": _properties,
    "patternProperties": _pattern_properties,
}
"""In Ajv's order; ``fill_properties`` comes before them."""
