"""What may surround the work of a client: nothing, until an integration that measures it is put in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from novu_core.types import JsonObject

if TYPE_CHECKING:  # SQLAlchemy loads when a client is built
    from novu_core.records import TriggerResult
    from novu_core.storage.rows import ExecutionRow, StepRow
    from novu_core.storage.store import Store


def _unheard(found: object) -> None:
    """Leave it at that."""


_NOTHING: AbstractContextManager[Any] = nullcontext(_unheard)


class Watch:
    """Surrounds what is done with blocks; these do nothing. What a subclass raises is raised into the work."""

    def carried(self) -> JsonObject | None:
        """Return what is stored with a run, so that whoever goes on with it knows where it came from."""
        return None

    def trigger(self, workflow_id: str) -> AbstractContextManager[Callable[[TriggerResult], object]]:
        """Surround a trigger, which tells its result."""
        return _NOTHING

    def run(self, run: ExecutionRow) -> AbstractContextManager[object]:
        """Surround a run from where it begins or goes on until it waits or ends; its row says then which."""
        return _NOTHING

    def step(self, run: ExecutionRow, step: StepRow) -> AbstractContextManager[object]:
        """Surround a step that is performed, or goes on; one that only gives its recorded result is left out."""
        return _NOTHING

    def digested(self, step: StepRow, store: Store) -> None:
        """Be told that a digest of the run has taken other runs' events too; what they are, ``store`` knows."""

    def attempt(self, run: ExecutionRow, step: StepRow, provider: str) -> AbstractContextManager[object]:
        """Surround one attempt of one provider to send a step's message. Its errors leave the block."""
        return _NOTHING

    def bridge(
        self, action: str, workflow_id: str, step_id: str, header: Callable[[str], str | None]
    ) -> AbstractContextManager[Callable[[int], object]]:
        """Surround a step that Novu drives, which tells its answer's status. ``header`` reads the request's.

        The request's signature holds, and the workflow is there; ``step_id``: "" for a step that it does not have.
        """
        return _NOTHING
