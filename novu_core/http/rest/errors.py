"""What is told of a run that failed: of users' code only what may be shown."""

from __future__ import annotations

from uuid import uuid4

from novu_core.http.messages import Response
from novu_core.lines import logger_of
from novu_core.records import ExecutionContext
from novu_core.types import JsonObject

logger = logger_of(__name__)


def failed_run_response(execution: ExecutionContext, *, expose: bool) -> Response:
    """Return the 500 for a run that failed in the user's code."""
    fault = execution.error or {}
    error_id = str(uuid4())
    logger.error("Execution %s failed (error_id %s)", execution.execution_id, error_id)
    body: JsonObject = {
        "detail": fault.get("message")
        if expose
        else "The workflow's code failed; see the server log for this error_id.",
        "status_code": 500,
        "error_type": fault.get("type", "ExecutionError"),
        "error_id": error_id,
        "workflow_id": execution.workflow_id,
        "execution_id": execution.execution_id,
        "transaction_id": execution.transaction_id,
        "step_id": fault.get("step_id"),
        "status": execution.status.value,
    }
    body |= {name: fault[name] for name in ("errors", "trace") if expose and fault.get(name)}
    return Response.json(500, body)


def redacted(execution: JsonObject, *, expose: bool, messages: bool = False) -> JsonObject:
    """Return an execution's JSON without the messages and traces of users' code and providers, unless exposed.

    ``messages``: leave out only the traces.
    """
    if expose:
        return execution

    def told(fault: JsonObject | None) -> JsonObject | None:
        return told_fault(fault, expose=False, messages=messages)

    steps = [
        {**step, "error": told(step["error"]),
         "attempts": [{**attempt, "error": told(attempt.get("error"))} for attempt in step["attempts"]]}
        for step in execution.get("steps", [])
    ]  # fmt: skip
    return {**execution, "error": told(execution.get("error")), "steps": steps}


def told_fault(fault: JsonObject | None, *, expose: bool, messages: bool) -> JsonObject | None:
    """Return what may be shown of an error: all where errors are exposed, its message where that may be seen."""
    if fault is None or expose:
        return fault
    hidden = ("trace",) if messages or fault.get("kind") == "configuration" else ("message", "trace")
    return {key: value for key, value in fault.items() if key not in hidden}
