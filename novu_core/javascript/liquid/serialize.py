"""``JSON.stringify`` for template values."""

from __future__ import annotations

from typing import Any

from novu_core.javascript.canonical import stringify
from novu_core.javascript.liquid.limits import Budget
from novu_core.javascript.liquid.values import UNDEFINED, Drop, is_number, to_count
from novu_core.javascript.text import utf16_units


def json_stringify(value: Any, space: Any = 0) -> str:
    """Serialise as ``JSON.stringify(value, null, space)``: compact unless ``space`` gives an indentation.

    Non-finite numbers are ``null``; undefined disappears from objects and is ``null`` elsewhere; a drop shows its
    fields. Raises as :func:`novu_core.javascript.canonical.stringify`.
    """
    return stringify(value, _indent(space), _plain)


def charge_indentation(budget: Budget, value: Any, space: Any) -> None:
    """Count, before it is built, what :func:`json_stringify` puts before the members of what is nested deep."""
    indent = _indent(space)
    if indent:
        budget.charge_indentation(value, len(str(indent)))


def _indent(space: Any) -> int | str:
    """Return the indentation of one level, 0 for compact JSON. A fraction below 1 only breaks lines, in V8."""
    if isinstance(space, str):
        return utf16_units(space)[:10] or 0
    return " " * min(10, to_count(space)) if is_number(space) and space > 0 else 0


def _plain(value: Any) -> Any:
    if value is UNDEFINED:
        return None
    if isinstance(value, Drop):
        value = value.fields()
    if isinstance(value, dict) and UNDEFINED in value.values():
        return {key: member for key, member in value.items() if member is not UNDEFINED}
    return value
