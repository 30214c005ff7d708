"""What the filters over arrays share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.values import is_nil, stringify, to_value


def to_items(value: Any) -> list[Any]:
    """Return an array as it is, nil as no elements, and anything else as one element."""
    value = to_value(value)
    if is_nil(value):
        return []
    return value if isinstance(value, list) else [value]


def path_reader(context: Context, path: Any) -> Callable[[Any], Any]:
    """Return what reads a dotted path from an element; the path is split once."""
    names = stringify(path).split(".")
    return lambda item: context.get_from(item, names)
