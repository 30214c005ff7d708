"""What a rendering knows: its variables, the state of loops and cycles, the filters, and its budget."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from novu_core.javascript.liquid.limits import Budget
from novu_core.javascript.liquid.values import UNDEFINED, Drop, is_nil, is_number, to_string
from novu_core.javascript.text import utf16_length, utf16_units

Filter = Callable[["Context", Any, list[Any]], Any]
"""A filter takes the context, the value and the arguments that were written."""


class Scope(Protocol):
    """What has values under names."""

    def __contains__(self, name: str, /) -> bool: ...

    def __getitem__(self, name: str, /) -> Any: ...


_LONG_PATH = 32
"""Names from which on each counts as a step: a filter may read the same path from every element."""
_LONG_TEXT = 500
_CHOICE = random.Random()  # noqa: S311 - picks elements to show, guards nothing


class Context:
    """The ``scopes`` of one rendering, innermost first: those of loops, the ``variables`` set by tags, and at last the
    ``environment`` that the caller gave. ``jump`` is the ``break`` or ``continue`` that is on its way to its loop.

    ``now`` tells the time to the date filters and ``choice`` is the randomness of ``sample``.
    """

    def __init__(
        self,
        environment: Any,
        filters: Mapping[str, Filter],
        now: Callable[[], datetime],
        *,
        budget: Budget | None = None,
        choice: random.Random | None = None,
    ) -> None:
        self.environment = environment
        self.filters = filters
        self.now = now
        self.budget = budget or Budget()
        self.choice = choice or _CHOICE
        self.variables: dict[str, Any] = {}
        self.scopes: tuple[Scope, ...] = (
            self.variables,
            environment if type(environment) is dict else _OwnProperties(environment),
        )
        self.cycles: dict[str, int] = {}
        self.continued: dict[str, Any] = {}
        self.open_blocks: list[object] = []
        self.jump: Literal["break", "continue"] | None = None

    def spawn(self, environment: Any) -> Context:
        """Return a context that sees only ``environment``, within the same budget."""
        return Context(
            {} if is_nil(environment) else environment, self.filters, self.now, budget=self.budget, choice=self.choice
        )

    def land(self) -> bool:
        """End a jump at its loop; return whether it was a ``break``."""
        jump, self.jump = self.jump, None
        return jump == "break"

    def enter(self, scope: dict[str, Any]) -> None:
        """Put a scope over the others."""
        self.scopes = (scope, *self.scopes)

    def leave(self) -> None:
        """Take the innermost scope away."""
        self.scopes = self.scopes[1:]

    def get_from(self, value: Any, path: Sequence[Any]) -> Any:
        """Read properties of a value, one after the other; of nil they are nil."""
        if len(path) > _LONG_PATH:
            self.budget.step(len(path))
        for key in path:
            value = self.read(value, key)
            if is_nil(value):
                break
        return value

    def read(self, value: Any, key: Any) -> Any:
        """Read one property; of a long text it counts as a step, since JavaScript's indexes take long to find."""
        if type(value) is str and len(value) > _LONG_TEXT:
            self.budget.step()
        return read_property(value, key)


def variable(path: Sequence[Any]) -> Callable[[Context], Any]:
    """Return what reads a variable: the innermost scope that has its first name, then the rest as properties."""
    name, rest, steps = property_key(path[0]), path[1:], len(path)

    def read(context: Context) -> Any:
        if steps > _LONG_PATH:
            context.budget.step(steps)
        for scope in context.scopes:
            if name in scope:
                value = scope[name]
                break
        else:
            value = read_property({}, name)
        for key in rest:
            # What paths nearly always read comes first.
            if type(value) is dict and key in value:
                value = value[key]
            else:
                value = context.read(value, key) if type(value) is str else read_property(value, key)
        return value

    return read


def property_key(key: Any) -> str:
    """Return the string that JavaScript uses as a property's name."""
    return key if isinstance(key, str) else to_string(key)


def read_property(value: Any, key: Any) -> Any:
    """Read one property. Only own ones exist, and ``size``, ``first`` and ``last``; a drop answers itself."""
    if value is None or value is UNDEFINED:
        return value
    if isinstance(value, list) and is_number(key):
        return element(value, key)
    name = key if type(key) is str else property_key(key)
    if isinstance(value, Drop):
        return value.member(name)
    found = own_property(value, name)
    if found is not UNDEFINED:
        return found
    if name == "size":
        return _size(value)
    if name in ("first", "last") and isinstance(value, list):
        return element(value, 0 if name == "first" else -1)
    return UNDEFINED


def element(items: list[Any], index: float) -> Any:
    """Return an array's element; a negative index counts from the end."""
    if index < 0:
        index += len(items)
    if not 0 <= index < len(items) or index != int(index):
        return UNDEFINED
    return items[int(index)]


def own_property(value: Any, name: str) -> Any:
    """Return an own property as JavaScript sees it, or ``UNDEFINED``: strings and arrays have indexes and a length."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if not isinstance(value, (list, str)):
        return UNDEFINED
    if name == "length":
        return utf16_length(value) if isinstance(value, str) else len(value)
    if not name.isdecimal() or not name.isascii() or (name != "0" and name[0] == "0") or len(name) >= 10:
        return UNDEFINED
    units = utf16_units(value) if isinstance(value, str) else value
    return units[int(name)] if int(name) < len(units) else UNDEFINED


class _OwnProperties:
    """A value that is no object, as the scope that its properties make."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __contains__(self, name: str) -> bool:
        return own_property(self._value, name) is not UNDEFINED

    def __getitem__(self, name: str) -> Any:
        return own_property(self._value, name)


def _size(value: Any) -> Any:
    if isinstance(value, str):
        return utf16_length(value)
    return len(value) if isinstance(value, (list, dict)) else UNDEFINED
