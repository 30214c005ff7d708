"""Error bodies of the routes beside the bridge: the same bytes from every framework (docs/http-api.md)."""

from __future__ import annotations

import traceback
from uuid import uuid4

from novu_core.errors import AuthenticationError, MethodNotAllowedError, NovuError, ValidationError
from novu_core.http.messages import Response
from novu_core.http.surface import MOST_FAULTS
from novu_core.lines import logger_of
from novu_core.records import ExecutionContext
from novu_core.types import JsonObject

logger = logger_of(__name__)


def error_response(error: BaseException, *, expose: bool) -> Response:
    """Return the answer to an error; what is our fault or the user's code's is logged with its ``error_id``."""
    error_id = str(uuid4())
    known = isinstance(error, NovuError)
    status = error.status_code if isinstance(error, NovuError) else 500
    detail = str(error.message) if isinstance(error, NovuError) and (status < 500 or expose) else None
    if status >= 500:
        logger.error("Request failed (error_id %s)", error_id, exc_info=error)
    body: JsonObject = {
        "detail": detail or (str(error) if expose else "Internal server error; see the server log for this error_id."),
        "status_code": status,
        "error_type": type(error).__name__ if known or expose else "InternalServerError",
        "error_id": error_id,
    }
    if isinstance(error, ValidationError):
        body["errors"] = [{"path": path, "message": message} for path, message in error.errors[:MOST_FAULTS]]
    if expose and status >= 500:
        body["trace"] = "".join(traceback.format_exception(error))
    headers = {}
    if isinstance(error, AuthenticationError):
        headers["www-authenticate"] = "ApiKey"
    if isinstance(error, MethodNotAllowedError):
        headers["allow"] = ", ".join(error.allowed)
    return Response.json(status, body, headers)


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


def redacted(execution: JsonObject, *, expose: bool) -> JsonObject:
    """Return an execution's JSON without the messages and traces of users' code and providers, unless exposed."""
    if expose:
        return execution
    steps = [
        {**step, "error": _redact(step["error"]),
         "attempts": [{**attempt, "error": _redact(attempt.get("error"))} for attempt in step["attempts"]]}
        for step in execution.get("steps", [])
    ]  # fmt: skip
    return {**execution, "error": _redact(execution.get("error")), "steps": steps}


def _redact(fault: JsonObject | None) -> JsonObject | None:
    if fault is None:
        return None
    hidden = ("trace",) if fault.get("kind") == "configuration" else ("message", "trace")
    return {key: value for key, value in fault.items() if key not in hidden}
