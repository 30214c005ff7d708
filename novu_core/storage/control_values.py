"""Control values as stored: changed only where they are still what the caller saw, and kept with who changed them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.storage import statements
from novu_core.storage.tables import controls, controls_history
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import insert_or_ignore
from novu_core.storage.values import UnreadableValueError, read_object, read_time
from novu_core.types import JsonObject

_PRESENT = select(controls.c.data).where(
    controls.c.workflow_id == bindparam("workflow_id"), controls.c.step_id == bindparam("step_id")
)
_ADD_VERSION = insert_or_ignore(controls_history)
_of = (controls_history.c.workflow_id == bindparam("workflow_id"), controls_history.c.step_id == bindparam("step_id"))
_VERSIONS = (
    select(
        controls_history.c.version_id,
        controls_history.c.data,
        controls_history.c.changed_at,
        controls_history.c.changed_by,
    )
    .where(*_of)
    .order_by(controls_history.c.version_id.desc())
    .limit(bindparam("most"))
)
_OLDER = _VERSIONS.where(controls_history.c.version_id < bindparam("cursor"))


@dataclass(frozen=True, slots=True)
class SaveControls:
    """Replace the values of a workflow or a step. ``check``: given what is stored, raises where that must stay."""

    workflow_id: str
    step_id: str
    values: JsonObject
    version_id: str
    now: datetime
    author: str | None
    check: Callable[[JsonObject], None]

    @property
    def locks(self) -> str:
        """The values, which somebody else may be changing."""
        return f"controls {self.workflow_id} {self.step_id}"

    def apply(self, transaction: Transaction) -> None:
        """Check, write, and keep the version."""
        transaction.lock(self.locks)  # of two that come at once, the second must see what the first wrote
        key = {"workflow_id": self.workflow_id, "step_id": self.step_id}
        self.check(present(transaction, **key))
        data = dumps(self.values)
        transaction.execute(statements.SAVE_CONTROLS, {**key, "data": data})
        made: dict[str, Any] = {"version_id": self.version_id, "changed_at": micros(self.now)}
        transaction.execute(_ADD_VERSION, {**key, **made, "data": data, "changed_by": self.author})


def present(transaction: Transaction, workflow_id: str, step_id: str) -> JsonObject:
    """Return the stored values; what cannot be read counts as none, so that it can be replaced."""
    row = transaction.row(_PRESENT, {"workflow_id": workflow_id, "step_id": step_id})
    try:
        return {} if row is None else read_object(row[0])
    except UnreadableValueError:
        return {}


def versions(
    transaction: Transaction, workflow_id: str, step_id: str, most: int, cursor: str | None
) -> list[tuple[str, JsonObject | None, datetime | None, str | None]]:
    """Return the versions of values, newest first: an id, the values, when and by whom; None for what is damaged."""
    params = {"workflow_id": workflow_id, "step_id": step_id, "most": most}
    rows = (
        transaction.rows(_VERSIONS, params)
        if cursor is None
        else transaction.rows(_OLDER, {**params, "cursor": cursor})
    )
    return [(row[0], _read(read_object, row[1]), _read(read_time, row[2]), row[3]) for row in rows]


def _read(read: Callable[[object], Any], value: object) -> Any:
    try:
        return read(value)
    except UnreadableValueError:
        return None
