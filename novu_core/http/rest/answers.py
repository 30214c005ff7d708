"""Answers that show executions."""

from __future__ import annotations

from novu_core.http.messages import Response
from novu_core.http.rest.errors import failed_run_response, redacted
from novu_core.http.surface import Served
from novu_core.records import ExecutionContext
from novu_core.types import ExecutionStatus, JsonObject


def ran(served: Served, execution: ExecutionContext, **more: object) -> Response:
    """Answer for a run that this request made: 200, 202 while it waits, 500 where the user's code failed."""
    if execution.status is ExecutionStatus.FAILED and (execution.error or {}).get("kind") == "code":
        return failed_run_response(execution, expose=served.expose)
    done = execution.status in (ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)
    executed = sum(step.status == "completed" and step.outcome != "skipped" for step in execution.steps)
    return Response.json(200 if done else 202, {**shown(served, execution), **more, "steps_executed": executed})


def shown(served: Served, execution: ExecutionContext) -> JsonObject:
    """Return an execution's JSON; messages and traces of users' code only where errors are exposed."""
    return redacted(execution.to_json(), expose=served.expose)
