"""What the filters over arrays share."""

from __future__ import annotations

from typing import Any

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.values import is_nil, stringify, to_value


def to_items(value: Any) -> list[Any]:
    """Return an array as it is, nil as no elements, and anything else as one element."""
    value = to_value(value)
    if is_nil(value):
        return []
    return value if isinstance(value, list) else [value]


def read_path(context: Context, item: Any, path: Any) -> Any:
    """Read a dotted path from an element."""
    return context.get_from(item, stringify(path).split("."))
