"""Turns rows of the database into objects and back: times are microseconds there, JSON is text."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
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

    unreadable: str | None = None
    """Why a row of the store cannot be read as it is, or None."""

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
        made = cls.__new__(cls)
        reading = _reading(cls)  # type: ignore[arg-type]  # as above
        values = reading.whole(row)
        if values is None:
            values = reading.mended(row)
        made.__dict__ = values
        return made

    def checked(self) -> Self:
        """Return the row, if it can be read as it is. Raises UnreadableRowError."""
        if self.unreadable is not None:
            what = f"{type(self).__name__.removesuffix('Row')} `{getattr(self, self.names()[0])}` as stored"
            raise UnreadableRowError(f"{what}: {self.unreadable}; {MEND}.")
        return self

    def to_params(self, names: frozenset[str] | None = None) -> dict[str, Any]:
        """Return the values for a statement's parameters of the same names: all of them, or those given."""
        values = vars(self)
        found = values.copy() if names is None else {name: values[name] for name in names}
        for name, write in _writers(type(self), names):  # type: ignore[arg-type]  # as above
            value = found[name]
            if value is not None:
                found[name] = write(value)
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


class _Reading:
    """How rows of a kind are read: as a whole, since almost every row is as it should be, or field by field."""

    def __init__(self, layout: Sequence[Field]) -> None:
        self._names = [item.name for item in layout]
        self._readers = [(item, *_reader(item)) for item in layout]
        self._kinds = [(item.kind, type(None)) if read is None else object for item, read, _ in self._readers]
        self._words = [(item.name, item.words | {None}) for item in layout if item.words is not None]
        self._codecs = [(item.name, read) for item, read, _ in self._readers if read is not None]

    def whole(self, row: tuple[Any, ...]) -> dict[str, Any] | None:
        """Return the values by the fields' names, or None where one of them cannot be read."""
        values = dict(zip(self._names, row, strict=True))
        if not all(map(isinstance, row, self._kinds)):
            return None
        for name, words in self._words:
            if values[name] not in words:
                return None
        try:
            for name, read in self._codecs:
                value = values[name]
                if value is not None:
                    values[name] = read(value)
        except UnreadableValueError:
            return None
        return values

    def mended(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return what of the values can be read, and as ``unreadable`` why the first of the others cannot."""
        values: dict[str, Any] = {}
        fault = None
        for (item, read, empty), value in zip(self._readers, row, strict=True):
            name, words = item.name, item.words
            if value is None:
                pass
            elif read is not None:
                try:
                    value = read(value)
                except UnreadableValueError as error:
                    fault = fault or f"`{name}` {error}"
                    value = empty()
            elif type(value) is not item.kind:
                fault = fault or f"`{name}` is of type {type(value).__name__}"
                value = _made(item.kind, value)
            elif words is not None and value not in words:
                fault = fault or f"`{name}` is `{value:.40}`, which this version does not know"
            values[name] = value
        return {**values, "unreadable": fault}


@cache
def _reading(row: type[Row]) -> _Reading:
    return _Reading(row.layout())


def _reader(item: Field) -> tuple[_Codec | None, Callable[[], Any]]:
    """How a field is read, where it is not kept as it is, and what stands for it where it cannot be read."""
    if item.kind in (str, int):
        return None, item.kind
    read, empty = _READERS.get(item.kind, (read_json, _nothing))
    return read, _nothing if item.nullable and empty is not list else empty


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


def _write_list(items: list[Any]) -> str:
    return dumps(items) if items else "[]"


_WRITERS: Mapping[Any, _Codec] = {
    datetime: micros,
    list[datetime]: _write_times,
    list[JsonObject]: _write_list,
    list[str]: _write_list,
}


def _made(kind: Callable[..., Any], value: object) -> str | int:
    """What stands for a value of a wrong type; bytes are text of which a part is damaged."""
    if kind is int:
        return 0
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@cache
def _writers(row: type[Row], names: frozenset[str] | None) -> list[tuple[str, _Codec]]:
    """How those of the chosen fields are written that are not kept as they are."""
    return [
        (item.name, _WRITERS.get(item.kind, dumps))
        for item in row.layout()
        if item.kind not in (str, int) and (names is None or item.name in names)
    ]
