"""Turns rows of the database into objects and back: times are microseconds there, JSON is text."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from typing_extensions import Self

from novu_core.clock import micros, moment
from novu_core.codec import dumps
from novu_core.errors import UnreadableRowError
from novu_core.storage.values import (
    MEND,
    UnreadableValueError,
    read_json,
    read_object,
    read_objects,
    read_texts,
    read_time,
    read_times,
)
from novu_core.types import JsonObject


class Field(NamedTuple):
    """A field of a row and the column that keeps it."""

    name: str
    kind: Any
    """``str``, ``int`` or ``datetime``; what is of any other type is kept as JSON."""
    nullable: bool
    column: str
    words: frozenset[str] | None
    """What a text may say."""


class Row:
    """A dataclass whose fields are the columns of a table, each kept as its annotation says.

    A field's ``metadata`` may say more: ``column``, where that has another name, ``nullable``, where the table allows
    NULL and the annotation does not say so, and ``words``, the enum of what a text may say.
    """

    __slots__ = ("_unreadable",)
    _unreadable: str | None

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
        """Build from the values of all columns, in the order of the fields. Raises UnreadableRowError."""
        return cls.read(row).checked()

    @classmethod
    def read(cls, row: tuple[Any, ...]) -> Self:
        """Build from the values of all columns. ``unreadable`` says of the first that cannot be read why; it is empty,
        and a word of a later version stands as it is.
        """
        made = cls.__new__(cls)  # the constructor takes keywords only, which costs a third of the time
        readers = _readers(cls)  # type: ignore[arg-type]  # as above
        fault = None
        for (name, kind, words, read), value in zip(readers, row, strict=True):
            if value is None:
                pass
            elif read is not None:
                try:
                    value = read(value)
                except UnreadableValueError as error:
                    fault = fault or f"`{name}` {error}"
                    value = kind()
            elif type(value) is not kind:
                fault = fault or f"`{name}` is of type {type(value).__name__}"
                value = _made(kind, value)
            elif words is not None and value not in words:
                fault = fault or f"`{name}` is `{value:.40}`, which this version does not know"
            setattr(made, name, value)
        made._unreadable = fault
        return made

    def checked(self) -> Self:
        """Return the row, if it can be read as it is. Raises UnreadableRowError."""
        if self.unreadable is not None:
            what = f"{type(self).__name__.removesuffix('Row')} `{getattr(self, self.names()[0])}` as stored"
            raise UnreadableRowError(f"{what}: {self.unreadable}; {MEND}.")
        return self

    @property
    def unreadable(self) -> str | None:
        """Why a row of the store cannot be read as it is, or None."""
        return getattr(self, "_unreadable", None)

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
        words = item.metadata.get("words")
        known = None if words is None else frozenset(word.value for word in words)
        layout.append(Field(item.name, hint, nullable, item.metadata.get("column", item.name), known))
    return layout


def _optional(hint: Any) -> tuple[Any, bool]:
    """Return what ``X | None`` leaves without the None, and whether None is possible."""
    if get_origin(hint) in (Union, types.UnionType):
        [kind] = [kind for kind in get_args(hint) if kind is not type(None)]
        return kind, True
    return hint, hint is Any


_Reader = tuple[str, Callable[..., Any], frozenset[str] | None, _Codec | None]
"""A field's name; what it is kept as, or made of where it cannot be read; what it may say; and how it is read."""


@cache
def _readers(row: type[Row]) -> list[_Reader]:
    return [_reader(item) for item in row.layout()]


def _reader(item: Field) -> _Reader:
    if item.kind in (str, int):
        return item.name, item.kind, item.words, None
    read, empty = _READERS.get(item.kind, (read_json, _nothing))
    return item.name, _nothing if item.nullable and empty is not list else empty, None, read


def _nothing() -> None:
    return None


_READERS: Mapping[Any, tuple[_Codec, Callable[[], Any]]] = {
    datetime: (read_time, lambda: moment(0)),
    JsonObject: (read_object, dict),
    list[JsonObject]: (read_objects, list),
    list[str]: (read_texts, list),
    list[datetime]: (read_times, list),
}


def _write_times(times: list[datetime]) -> str:
    return dumps([micros(each) for each in times])


_WRITERS: Mapping[Any, _Codec] = {datetime: micros, list[datetime]: _write_times}


def _made(kind: Callable[..., Any], value: object) -> str | int:
    """What stands for a value of a wrong type; bytes are text of which a part is damaged."""
    if kind is int:
        return 0
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@cache
def _writers(
    row: type[Row], names: frozenset[str] | None
) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[tuple[str, _Codec]]]:
    """The chosen fields, what reads them of a row at once, and how those are written that are not kept as they are."""
    layout = [item for item in row.layout() if names is None or item.name in names]
    codecs: list[tuple[str, _Codec]] = [
        (item.name, _WRITERS.get(item.kind, dumps)) for item in layout if item.kind not in (str, int)
    ]
    chosen = [item.name for item in layout]
    return chosen, attrgetter(*chosen), codecs
