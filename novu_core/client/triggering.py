"""Before and after a trigger: what it may name, and whether what it left open can outlive this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from novu_core.definition.registry import Registry
from novu_core.definition.workflow import AsyncTriggerOptions, Workflow
from novu_core.errors import ConfigurationError
from novu_core.lines import logger_of
from novu_core.records import TriggerResult
from novu_core.types import ExecutionStatus

if TYPE_CHECKING:
    from novu_core.engine.parts import Parts

logger = logger_of(__name__)
_OPEN = (ExecutionStatus.PENDING, ExecutionStatus.RUNNING)


def workflow_of(registry: Registry, workflow: Any, options: Iterable[str]) -> Workflow:
    """Return the workflow that a trigger names.

    Raises TypeError for an unknown option and for what is not a workflow, WorkflowNotFoundError for an id, and
    ConfigurationError for a workflow of another registry.
    """
    unknown = ", ".join(f"`{name}`" for name in options if name not in AsyncTriggerOptions.__annotations__)
    if unknown:
        known = ", ".join(AsyncTriggerOptions.__annotations__)
        raise TypeError(f"trigger() has no option {unknown}; its options are {known}.")
    found = registry[workflow] if isinstance(workflow, str) else workflow
    if not isinstance(found, Workflow):
        raise TypeError(f"trigger() takes a workflow or its id, not {workflow!r}.")
    if registry.get(found.workflow_id) is not found:
        raise ConfigurationError(
            f"Workflow `{found.workflow_id}` is not registered with the client that would run it. Register it: "
            "Client(workflows=[...]), NovuEnvironment(workflows=[...]) or init_app(app, workflows=[...])."
        )
    return found


class MemoryWatch:
    """Tells the log, once a client, of a run that is left open in a store that ends with the process."""

    def __init__(self) -> None:
        self._told = False

    def look(self, result: TriggerResult, parts: Parts, *, testing: bool, works: bool) -> None:
        """Warn where a run is open, in memory, and neither a test nor a clock of its own is what keeps it there.

        ``works``: whether this process has a worker.
        """
        if self._told or testing or not parts.background or not parts.store.database.memory:
            return
        left = next((f"Execution {run.execution_id}" for run in result.executions if run.status in _OPEN), None)
        if left is None and not result.executions and not result.repeated:
            left = f"Transaction {result.transaction_id}, whose runs are not recorded yet,"
        if left is None:
            return
        self._told = True
        if works:
            logger.warning(
                "%s waits in memory and is lost when this process ends; set NOVU_STORE_URL to a file or to PostgreSQL.",
                left,
            )
        else:
            logger.warning(
                "%s waits, and nothing wakes it: its store is in memory, and this process has no worker. Set "
                "NOVU_STORE_URL to a file or to PostgreSQL and run a worker, or set NOVU_WORKER to thread.",
                left,
            )
