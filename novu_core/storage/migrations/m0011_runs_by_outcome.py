"""Indexes of the runs that wait, that ended otherwise than by their function's end, and that failed, by their error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ClauseElement, text

from novu_core.storage.backends import Backend
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import PerBackend

_TYPES = {
    "sqlite": "substr(error, 10, instr(substr(error, 10), '\"') - 1)",
    "postgresql": "split_part(substr(error, 10), '\"', 1)",
}


def _errors(backend: Backend) -> ClauseElement:
    found = _TYPES[backend.dialect.name]
    return text(
        f"CREATE INDEX novu_executions_error ON novu_executions (({found}), execution_id) WHERE status = 'failed'"
    )


_INDEX_ERRORS = PerBackend(_errors)


def index_errors(transaction: Transaction, now: datetime) -> None:
    """Index failed runs by the type of their error, in the words of this database."""
    transaction.execute(_INDEX_ERRORS)


STEPS: tuple[str | Callable[[Transaction, datetime], None], ...] = (
    "CREATE INDEX novu_executions_waiting ON novu_executions (waiting_for, execution_id) WHERE waiting_for IS NOT NULL",
    "CREATE INDEX novu_executions_outcome ON novu_executions (outcome, execution_id) WHERE outcome IS NOT NULL",
    index_errors,
)
