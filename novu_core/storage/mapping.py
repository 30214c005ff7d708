"""Turns rows of the database into objects and back: times are microseconds there, JSON is text."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from typing_extensions import Self

from novu_core.clock import micros, moment
from novu_core.codec import dumps, loads


class Field(NamedTuple):
    """A field of a row and the column that keeps it."""

    name: str
    kind: Any
    """``str``, ``int`` or ``datetime``; what is of any other type is kept as JSON."""
    nullable: bool
    column: str


class Row:
    """A dataclass whose fields are the columns of a table, each kept as its annotation says.

    A field's ``metadata`` may say more: ``column``, where that has another name, and ``nullable``, where the table
    allows NULL and the annotation does not say so.
    """

    __slots__ = ()

    @classmethod
    def layout(cls) -> list[Field]:
        """Return the fields, in order."""
        return _layout(cls)  # type: ignore[arg-type]  # mypy takes a class for unhashable that sets no hash

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the fields, in order."""
        return [item.name for item in cls.layout()]

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Self:
        """Build from the values of all columns, in the order of the fields."""
        made = cls.__new__(cls)  # the constructor takes keywords only, which costs a third of the time
        readers = _readers(cls)  # type: ignore[arg-type]  # as above
        for (name, read), value in zip(readers, row, strict=True):
            setattr(made, name, value if read is None or value is None else read(value))
        return made

    def to_params(self, names: frozenset[str] | None = None) -> dict[str, Any]:
        """Return the values for a statement's parameters of the same names: all of them, or those given."""
        chosen, values_of, writers = _writers(type(self), names)  # type: ignore[arg-type]  # as above
        found = dict(zip(chosen, values_of(self), strict=True))
        for name, write in writers:
            if found[name] is not None:
                found[name] = write(found[name])
        return found


_Codec = Callable[[Any], Any]


@cache
def _layout(row: type[Row]) -> list[Field]:
    hints = get_type_hints(row)
    layout = []
    for item in fields(row):  # type: ignore[arg-type]  # every subclass is a dataclass
        hint, nullable = _optional(hints[item.name])
        nullable = item.metadata.get("nullable", nullable)
        layout.append(Field(item.name, hint, nullable, item.metadata.get("column", item.name)))
    return layout


def _optional(hint: Any) -> tuple[Any, bool]:
    """Return what ``X | None`` leaves without the None, and whether None is possible."""
    if get_origin(hint) in (Union, types.UnionType):
        [kind] = [kind for kind in get_args(hint) if kind is not type(None)]
        return kind, True
    return hint, hint is Any


@cache
def _readers(row: type[Row]) -> list[tuple[str, _Codec | None]]:
    """The fields, and how each is read; None: it is kept as it is."""
    kept: dict[Any, _Codec | None] = {str: None, int: None, datetime: moment}
    return [(item.name, kept.get(item.kind, loads)) for item in row.layout()]


@cache
def _writers(
    row: type[Row], names: frozenset[str] | None
) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[tuple[str, _Codec]]]:
    """The chosen fields, what reads them of a row at once, and how those are written that are not kept as they are."""
    layout = [item for item in row.layout() if names is None or item.name in names]
    codecs: list[tuple[str, _Codec]] = [
        (item.name, micros if item.kind is datetime else dumps) for item in layout if item.kind not in (str, int)
    ]
    chosen = [item.name for item in layout]
    return chosen, attrgetter(*chosen), codecs
