"""The keywords of draft-07 for arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.errors import FieldError
from novu_core.javascript.jsonschema.node import (
    Check,
    Errors,
    Keyword,
    Node,
    assertion,
    defaults_of,
    has_rules,
    relocate,
)
from novu_core.javascript.jsonschema.scalars import size
from novu_core.javascript.jsonschema.values import copy_json, identity


def _items(node: Node) -> Check | None:
    items = node.schema["items"]
    if isinstance(items, list):
        return _tuple(node, items)
    if not has_rules(items):
        return None
    item = node.child("items")
    return _each(item, 0)


def _each(item: Check, start_index: int) -> Check:
    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        for index in range(start_index, len(value)):
            passed = item(value[index], errors)
            if not passed:
                relocate(errors, start, index)
                return passed
        return True

    return check


def _tuple(node: Node, items: list[Any]) -> Check:
    places = [(index, node.child("items", index)) for index, schema in enumerate(items) if has_rules(schema)]

    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        for index, item in places:
            passed = index >= len(value) or item(value[index], errors)
            if not passed:
                relocate(errors, start, index)
                return passed
        return True

    return check


def _additional_items(node: Node) -> Check | None:
    items, additional = node.schema.get("items"), node.schema["additionalItems"]
    if not isinstance(items, list) or not has_rules(additional):
        return None
    count = len(items)
    if additional is False:
        return assertion(node, lambda value: len(value) <= count, f"must NOT have more than {count} items")
    return _each(node.child("additionalItems"), count)


def _contains(node: Node) -> Check:
    item = node.child("contains", composite=True)
    error = FieldError("", "must contain at least 1 valid item(s)")
    composite, fail = node.composite, node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        start = len(errors)
        for index, member in enumerate(value):
            mark = len(errors)
            if item(member, errors):
                del errors[start:]
                return True
            relocate(errors, mark, index)
        if not composite:
            del errors[start:]
        errors.append(error)
        return fail

    return check


def _unique_items(node: Node) -> Check | None:
    if not node.schema["uniqueItems"]:
        return None
    forwards = not _only_scalars(node.schema.get("items"))
    fail = node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        pair = _duplicate(value, forwards)
        if pair is None:
            return True
        first, second = pair
        message = f"must NOT have duplicate items (items ## {first} and {second} are identical)"
        errors.append(FieldError("", message))
        return fail

    return check


def _only_scalars(items: Any) -> bool:
    types = items.get("type", ()) if isinstance(items, Mapping) else ()
    types = [types] if isinstance(types, str) else types
    return bool(types) and "object" not in types and "array" not in types


def _duplicate(items: list[Any], forwards: bool) -> tuple[int, int] | None:
    """Return the pair of equal items that Ajv names. It looks from the end: for a second one, or, where the schema's
    items are scalars only, for a first one; the pair then reads the other way round.
    """
    last: dict[Any, int] = {}
    found: tuple[int, int] | None = None
    for index, item in enumerate(items):
        key = identity(item)
        earlier = last.get(key)
        if earlier is not None:
            if forwards:
                found = (earlier, index)
            elif found is None or earlier > found[1]:
                found = (index, earlier)
        last[key] = index
    return found


def fill_items(node: Node) -> Check | None:
    """Compile the defaults of ``items`` given one by one."""
    items = node.schema.get("items")
    if node.composite or not isinstance(items, list):
        return None
    defaults = defaults_of(dict(enumerate(items)))
    if not defaults:
        return None

    def fill(value: Any, errors: Errors) -> bool:
        for index, default in defaults:
            if index >= len(value):
                value.extend([None] * (index - len(value)))
                value.append(copy_json(default))
        return True

    return fill


ARRAY: dict[str, Keyword] = {
    "maxItems": size("maxItems", "items"),
    "minItems": size("minItems", "items"),
    "additionalItems": _additional_items,
    "items": _items,
    "contains": _contains,
    "uniqueItems": _unique_items,
}
"""In Ajv's order; ``fill_items`` comes before them."""
