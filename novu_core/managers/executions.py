"""The history, and control over what runs."""

from __future__ import annotations

from novu_core.aio import Blocking, drive
from novu_core.engine.engine import Engine
from novu_core.errors import ConflictError, FieldError, ValidationError
from novu_core.records import ExecutionContext, Page
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.records.pages import checked_cursor, checked_limit, paged
from novu_core.storage.changes import CancelTransaction
from novu_core.types import ExecutionStatus


class Executions:
    """The history, and control over what runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.parts.store

    def list(
        self,
        *,
        workflow_id: str | Unset = UNSET,
        status: str | None = None,
        subscriber_id: str | Unset = UNSET,
        transaction_id: str | Unset = UNSET,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[ExecutionContext]:
        """Return executions, newest first. ``limit``: 1 to 100. Raises ValidationError.

        An id that is left out means everybody's; None, or a blank one, is an error.
        """
        ids = checked_ids(workflow_id=workflow_id, subscriber_id=subscriber_id, transaction_id=transaction_id)
        known = [member.value for member in ExecutionStatus]
        if status is not None and status not in known:
            raise ValidationError("The list is invalid.", [FieldError("/status", f"must be one of {', '.join(known)}")])
        rows = self._store.list_executions(
            limit=checked_limit(limit) + 1,
            cursor=checked_cursor(cursor),
            status=str(status) if status else None,
            **ids,
        )
        return paged(rows, limit, self._engine.view, lambda execution: execution.execution_id)

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError."""
        return self._engine.get(execution_id)

    def retry(self, execution_id: str) -> ExecutionContext:
        """Run a failed execution again; what was delivered is not sent again. Raises InvalidTransitionError."""
        return drive(self._engine.retry(execution_id, Blocking()))

    def cancel(self, execution_id: str) -> ExecutionContext:
        """End an execution that has not ended. Raises InvalidTransitionError."""
        return self._engine.cancel(execution_id)

    def cancel_all(self, transaction_id: str) -> int:
        """Cancel every execution of a trigger that has not ended; return how many there were.

        What the trigger's fan-out has not recorded yet is canceled when it is.
        """
        checked_ids(transaction_id=transaction_id)
        self._store.commit(CancelTransaction(transaction_id, self._engine.parts.clock.now()))
        canceled = 0
        for execution_id in self._store.open_of(transaction_id):
            try:
                self._engine.cancel(execution_id)
                canceled += 1
            except ConflictError:  # it ended meanwhile
                continue
        return canceled
