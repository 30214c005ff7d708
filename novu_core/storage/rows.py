"""Rows as Python objects: the same fields as the tables, with times as aware datetimes and JSON as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

from typing_extensions import Self

from novu_core.clock import UTC
from novu_core.codec import dumps, loads
from novu_core.types import JsonObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Return an aware time as microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Return microseconds since the epoch as an aware time in UTC."""
    return _EPOCH + timedelta(microseconds=value)


class Row:
    """Turns rows into objects and back; ``JSON`` names the columns that hold JSON text."""

    JSON: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def columns(cls) -> list[str]:
        """The column names, in the order of the fields."""
        return [item.name for item in fields(cls)]  # type: ignore[arg-type]  # every subclass is a dataclass

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Self:
        """Build from a row whose columns have the order of the fields."""
        values = list(row)
        for at, read in _readers(cls):  # type: ignore[arg-type]  # mypy takes a class for unhashable that sets no hash
            if values[at] is not None:
                values[at] = read(values[at])
        return cls(*values)

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
def _readers(row: type[Row]) -> list[tuple[int, _Codec]]:
    """The positions of the columns that are not kept as they are, and how each is read."""
    return [
        (at, loads if name in row.JSON else moment)
        for at, name in enumerate(row.columns())
        if name in row.JSON or name.endswith("_at")
    ]


@cache
def _writers(
    row: type[Row], names: frozenset[str] | None
) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[tuple[str, _Codec]]]:
    """The chosen columns, what reads them of a row at once, and how those are written that are not kept as they are."""
    chosen = [name for name in row.columns() if names is None or name in names]
    codecs: list[tuple[str, _Codec]] = [
        (name, dumps if name in row.JSON else micros) for name in chosen if name in row.JSON or name.endswith("_at")
    ]
    return chosen, attrgetter(*chosen), codecs


@dataclass(slots=True)
class ExecutionRow(Row):
    """A row of ``novu_executions``."""

    JSON: ClassVar[frozenset[str]] = frozenset({"request", "error"})

    execution_id: str
    workflow_id: str
    subscriber_id: str
    transaction_id: str
    status: str
    outcome: str | None
    waiting_for: str | None
    resume_at: datetime | None
    due_at: datetime | None
    fence: int
    owner: str | None
    tries: int
    current_step: str | None
    request: JsonObject
    error: JsonObject | None
    merged_into: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(slots=True)
class StepRow(Row):
    """A row of ``novu_steps``. ``tries`` counts the attempts with the present provider, ``provider`` is its index."""

    JSON: ClassVar[frozenset[str]] = frozenset({"result", "error", "attempts"})

    execution_id: str
    step_id: str
    position: int
    type: str
    status: str
    outcome: str | None = None
    reason: str | None = None
    result: Any = None
    error: JsonObject | None = None
    attempts: list[JsonObject] = field(default_factory=list)
    tries: int = 0
    provider: int = 0
    resume_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(slots=True)
class MessageRow(Row):
    """A row of ``novu_messages``."""

    JSON: ClassVar[frozenset[str]] = frozenset({"content"})

    message_id: str
    execution_id: str
    step_id: str
    workflow_id: str
    subscriber_id: str
    transaction_id: str
    channel: str
    address: str | None
    content: JsonObject
    provider: str | None
    provider_message_id: str | None
    created_at: datetime
    seen_at: datetime | None = None
    read_at: datetime | None = None
    archived_at: datetime | None = None
