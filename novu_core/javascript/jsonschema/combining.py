"""The keywords of draft-07 that hold for values of every type, and those that combine schemas."""

from __future__ import annotations

from typing import Any

from novu_core.errors import FieldError
from novu_core.javascript.jsonschema.node import Check, Errors, Keyword, Node, assertion, has_rules
from novu_core.javascript.jsonschema.values import identity


def _const(node: Node) -> Check:
    constant = identity(node.schema["const"])
    return assertion(node, lambda value: identity(value) == constant, "must be equal to constant")


def _enum(node: Node) -> Check:
    if not node.schema["enum"]:
        raise node.error("enum must have non-empty array")
    members = frozenset(identity(member) for member in node.schema["enum"])
    return assertion(node, lambda value: identity(value) in members, "must be equal to one of the allowed values")


def _not(node: Node) -> Check:
    tried = node.child("not", composite=True)
    return assertion(node, lambda value: not tried(value, []), "must NOT be valid")


def _any_of(node: Node) -> Check | None:
    schemas = node.schema["anyOf"]
    if not all(has_rules(schema) for schema in schemas):
        return None
    branches = [node.child("anyOf", index, composite=True) for index in range(len(schemas))]
    error, fail = FieldError("", "must match a schema in anyOf"), node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        for branch in branches:
            if branch(value, errors):
                del errors[start:]
                return True
        errors.append(error)
        return fail

    return check


def _one_of(node: Node) -> Check:
    branches = [node.child("oneOf", index, composite=True) for index in range(len(node.schema["oneOf"]))]
    error, fail = FieldError("", "must match exactly one schema in oneOf"), node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        passed = 0
        for branch in branches:
            if branch(value, errors):
                passed += 1
                if passed == 2:
                    break
        if passed == 1:
            del errors[start:]
            return True
        errors.append(error)
        return fail

    return check


def _all_of(node: Node) -> Check:
    branches = [node.child("allOf", index) for index, schema in enumerate(node.schema["allOf"]) if has_rules(schema)]

    def check(value: Any, errors: Errors) -> bool | None:
        for branch in branches:
            passed = branch(value, errors)
            if not passed:
                return passed
        return True

    return check


def _if(node: Node) -> Check | None:
    clauses = {key: node.child(key) for key in ("then", "else") if has_rules(node.schema.get(key, True))}
    if not clauses:
        return None
    condition = node.child("if", composite=True)
    fail = node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        name = "then" if condition(value, []) else "else"
        clause = clauses.get(name)
        passed = clause is None or clause(value, errors)
        if passed is False:
            errors.append(FieldError("", f'must match "{name}" schema'))
            return fail
        return passed

    return check


ANY: dict[str, Keyword] = {
    "$ref": lambda node: node.scope.reference(node),
    "const": _const,
    "enum": _enum,
    "not": _not,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "allOf": _all_of,
    "if": _if,
}
"""In Ajv's order."""
