"""Novu's own filters: ``json``, ``digest``, ``toSentence``, ``pluralize`` (PROTOCOL section 7)."""

from __future__ import annotations

import math
import operator
from typing import Any

from novu_core.javascript.liquid.context import Context, own_property
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.loops import js_slice
from novu_core.javascript.liquid.nodes import swapped_json
from novu_core.javascript.liquid.plurals import pluralize as inflect
from novu_core.javascript.liquid.serialize import charge_indentation, json_stringify
from novu_core.javascript.liquid.values import (
    UNDEFINED,
    Drop,
    compare,
    is_nil,
    js_truthy,
    strict_equals,
    stringify,
    to_number,
    to_string,
)


def json(context: Context, value: Any, indent: Any = 0) -> Any:
    """Serialise as JSON with single quotes; a value that is not an object or array is printed as it is."""
    charge_indentation(context.budget, value, indent)
    return swapped_json(value, indent)


def _at_path(item: Any, path: list[str]) -> str:
    """Return the text at a path; an empty string where there is none."""
    for name in path:
        item = own_property(item, name) if isinstance(item, (dict, list)) else UNDEFINED
        if is_nil(item):
            return ""
    if isinstance(item, (dict, list)):
        text = json_stringify(item)
        return "" if text == "{}" else text
    return to_string(item)


def _names(context: Context, value: list[Any], path: Any) -> list[Any]:
    if not js_truthy(path):
        return value
    names = stringify(path).split(".")
    context.budget.step(len(names) * len(value))
    return [_at_path(item, names) for item in value]


def _joined(context: Context, names: list[Any], separator: Any) -> str:
    glue = "," if separator is UNDEFINED else to_string(separator)
    context.budget.charge(len(glue) * (len(names) - 1))
    return glue.join("" if is_nil(name) else to_string(name) for name in names)


def digest(context: Context, value: Any, limit: Any = 2, path: Any = UNDEFINED, separator: Any = ", ") -> Any:
    """List names as ``a, b and 3 others``."""
    if not isinstance(value, list) or not value:
        return ""
    names = _names(context, value, path)
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return f"{to_string(names[0])} and {to_string(names[1])}"
    if compare(operator.ge, limit, len(names)):
        return f"{_joined(context, names[:-1], separator)} and {to_string(names[-1])}"
    left = len(names) - to_number(limit)
    shown = _joined(context, js_slice(names, 0, limit), separator)
    return f"{shown} and {to_string(left)} {'other' if left == 1 else 'others'}"


def to_sentence(
    context: Context,
    value: Any,
    path: Any = "",
    limit: Any = 2,
    overflow: Any = "other",
    comma: Any = ", ",
    two: Any = " and ",
    last: Any = ", and ",
) -> Any:
    """List names as ``a, b, and 3 others``."""
    if not isinstance(value, list) or not value:
        return ""
    names = _names(context, value, path)
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return f"{to_string(names[0])}{to_string(two)}{to_string(names[1])}"
    if compare(operator.ge, limit, len(names)):
        return f"{_joined(context, names[:-1], comma)}{to_string(last)}{to_string(names[-1])}"
    left = len(names) - to_number(limit)
    connector = two if strict_equals(limit, 1) else last
    shown = _joined(context, js_slice(names, 0, limit), comma)
    return f"{shown}{to_string(connector)}{to_string(left)} {inflect(overflow, left)}"


def pluralize(context: Context, value: Any, singular: Any = "", plural: Any = "", show_count: Any = "true") -> Any:
    """Print a count and the fitting word; nothing for a count of 0 or less."""
    if is_nil(value):
        return ""
    if isinstance(value, (list, dict)):
        count: float = len(value)
    elif isinstance(value, Drop):
        count = len(value.fields())
    else:
        count = to_number(value)
    if math.isnan(count) or count <= 0:
        return ""
    word = (singular if count == 1 else plural) if js_truthy(plural) else inflect(singular, count)
    return f"{to_string(count)} {to_string(word)}" if show_count == "true" else word


FILTERS = {**table(json, digest, pluralize), "toSentence": table(to_sentence)["to_sentence"]}
