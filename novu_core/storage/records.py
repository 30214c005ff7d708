"""Rows as Python objects: the same fields as the tables, with times as aware datetimes and JSON as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
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
        plan = _plan(cls)
        return cls(
            *(
                value if value is None or read is None else read(value)
                for (_, _, read), value in zip(plan, row, strict=True)
            )
        )

    def to_params(self) -> dict[str, Any]:
        """Return the values for a statement's parameters of the same names."""
        found: dict[str, Any] = {}
        for name, write, _ in _plan(type(self)):
            value = getattr(self, name)
            found[name] = value if value is None or write is None else write(value)
        return found


_Codec = Callable[[Any], Any] | None
_plans: dict[str, list[tuple[str, _Codec, _Codec]]] = {}


def _plan(row: type[Row]) -> list[tuple[str, _Codec, _Codec]]:
    """Each column with how it is written and read; None where the value stays as it is."""
    found = _plans.get(row.__name__)
    if found is None:
        found = _plans[row.__name__] = [
            (name, dumps, loads)
            if name in row.JSON
            else (name, micros, moment)
            if name.endswith("_at")
            else (name, None, None)
            for name in row.columns()
        ]
    return found


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
