"""Answers that show executions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from novu_core.codec import dumps
from novu_core.http.messages import Request, Response
from novu_core.http.rest.errors import failed_run_response, redacted
from novu_core.http.surface import MOST_PAGE_BYTES, Served
from novu_core.records import CountedPage, ExecutionContext, TriggerResult
from novu_core.types import ExecutionStatus, JsonObject

MOST_STARTED = 100
"""How many executions the answer to one trigger names."""
_STRIDE = 10
"""How many are read at once: a page that ends early has read no more than these in vain."""


def ran(served: Served, request: Request, execution: ExecutionContext, **more: object) -> Response:
    """Answer for a run that this request made: 200, 202 while it waits, 500 where the user's code failed."""
    if execution.status is ExecutionStatus.FAILED and (execution.error or {}).get("kind") == "code":
        return failed_run_response(execution, expose=served.expose)
    done = execution.status in (ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)
    executed = sum(step.status == "completed" and step.outcome != "skipped" for step in execution.steps)
    return Response.json(
        200 if done else 202, {**shown(served, request, execution), **more, "steps_executed": executed}
    )


def started(result: TriggerResult) -> Response:
    """Answer for a trigger with several recipients: what became of it, not what was sent; of many the first ones."""
    runs = [
        {
            "execution_id": run.execution_id,
            "workflow_id": run.workflow_id,
            "transaction_id": run.transaction_id,
            "subscriber": {"subscriberId": run.subscriber.subscriber_id},
            "status": run.status,
            "outcome": run.outcome,
            "waiting_for": run.waiting_for,
        }
        for run in result.executions[:MOST_STARTED]
    ]
    answer = {"transaction_id": result.transaction_id, "executions": runs, "repeated": result.repeated}
    return Response.json(202, {**answer, "count": len(result.executions)})


def page(served: Served, request: Request, limit: int, cursor: str | None, **filters: Any) -> JsonObject:
    """Return a page of the history. It ends early where it would be too large; the next one goes on from there."""
    items: list[JsonObject] = []
    size = 0
    while True:
        found = served.client.executions.list(limit=min(limit - len(items), _STRIDE), cursor=cursor, **filters)
        for execution in found:
            item = shown(served, request, execution)
            size += len(dumps(item).encode())
            if items and size > MOST_PAGE_BYTES:
                return {"items": items, "next_cursor": items[-1]["execution_id"]}
            items.append(item)
        cursor = found.next_cursor
        if cursor is None or len(items) == limit:
            return {"items": items, "next_cursor": cursor}


def counted(found: CountedPage[Any], show: Callable[[Any], JsonObject]) -> JsonObject:
    """Return a page that is left forwards, each of its items as ``show`` makes it, with how many there are in all."""
    told = {"next_cursor": found.next_cursor, "total": found.total, "total_capped": found.total_capped}
    return {"items": [show(item) for item in found], **told}


def shown(served: Served, request: Request, execution: ExecutionContext) -> JsonObject:
    """Return an execution's JSON; messages and traces of users' code only where errors are exposed.

    Who looks at a run in the Studio wants to know why it failed, and sees the messages.
    """
    return redacted(execution.to_json(), expose=served.expose, messages=request.studio)
