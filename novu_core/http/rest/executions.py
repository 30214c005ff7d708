"""Operations on the history: list, show, retry, cancel."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.errors import FieldError, RequestInvalidError
from novu_core.http.messages import Request, Response
from novu_core.http.rest.answers import page, ran, shown
from novu_core.http.surface import Served
from novu_core.records.pages import checked_limit
from novu_core.types import ExecutionStatus


async def list_executions(served: Served, request: Request, io: IO) -> Response:
    """List the history, newest first."""
    names = ("workflow_id", "status", "subscriber_id", "transaction_id", "cursor")
    found = {name: request.first(name) for name in names}
    filters: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
    filters["cursor"] = found["cursor"] or None
    status = found["status"]
    if status is not None and status not in {member.value for member in ExecutionStatus}:
        raise _invalid("status", f"is {status!r}; use pending, running, completed or failed")
    limit = request.first("limit") or "20"
    if not (limit.isascii() and limit.isdigit()):
        raise _invalid("limit", f"is {limit!r}; use a number from 1 to 100")
    return Response.json(200, await io.call(lambda: page(served, checked_limit(int(limit[:9])), **filters)))


async def get_execution(served: Served, request: Request, io: IO) -> Response:
    """Return one execution."""
    execution = await io.call(served.client.executions.get, request.path_params["execution_id"])
    return Response.json(200, shown(served, execution))


async def retry_execution(served: Served, request: Request, io: IO) -> Response:
    """Run a failed execution again."""
    served.client.executions  # noqa: B018  # which Novu may have instead of us
    return ran(served, await served.client.engine.retry(request.path_params["execution_id"], io))


async def cancel_execution(served: Served, request: Request, io: IO) -> Response:
    """End an execution."""
    execution = await io.call(served.client.executions.cancel, request.path_params["execution_id"])
    return Response.json(200, shown(served, execution))


def _invalid(name: str, message: str) -> RequestInvalidError:
    return RequestInvalidError("The request is invalid.", [FieldError(f"/{name}", message)])
