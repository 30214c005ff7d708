"""Operations on the history: list, show, what a digest collects, retry, wake, cancel."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.codec import dumps
from novu_core.http.messages import Request, Response
from novu_core.http.rest.answers import page, ran, shown
from novu_core.http.rest.parameters import fields_of, given, page_of, refused, times_of
from novu_core.http.rest.tags import marked, tagged
from novu_core.http.surface import Served
from novu_core.managers.run_filters import NONE
from novu_core.records.summaries import MOST_RETRIED
from novu_core.types import ExecutionOutcome, ExecutionStatus, WaitingFor

TEXTS = ("workflow_id", "subscriber_id", "transaction_id", "merged_into", "error_type", "failed_step")
WORDS: dict[str, list[str]] = {
    "status": [word.value for word in ExecutionStatus],
    "outcome": [*(word.value for word in ExecutionOutcome), NONE],
    "waiting_for": [*(word.value for word in WaitingFor), NONE],
}
TIMES = ("since", "until")
VIEWS = ("full", "summary")


async def list_executions(served: Served, request: Request, io: IO) -> Response:
    """List the history, newest first, in whole or in brief."""
    filters: dict[str, Any] = {**given(request, *TEXTS), **times_of(request.first, *TIMES)}
    for name, value in given(request, *WORDS).items():
        if value not in WORDS[name]:
            raise refused(name, f"is {value!r}; use {', '.join(WORDS[name][:-1])} or {WORDS[name][-1]}")
        filters[name] = value
    wanted, view = page_of(request), request.first("view") or "full"
    if view not in VIEWS:
        raise refused("view", f"is {view!r}; use full or summary")
    if view == "summary":
        return await io.call(_in_brief, served, request, {**wanted, **filters})
    return tagged(request, await io.call(lambda: page(served, request, **wanted, **filters)))


def _in_brief(served: Served, request: Request, asked: dict[str, Any]) -> Response:
    found = served.client.executions.brief(**asked)
    return marked(request, found.told(), lambda: dumps(found.page().to_json()).encode())


async def get_execution(served: Served, request: Request, io: IO) -> Response:
    """Return one execution, with every step of its workflow."""
    execution = await io.call(served.client.executions.timeline, request.path_params["execution_id"])
    return tagged(request, shown(served, request, execution))


async def list_events(served: Served, request: Request, io: IO) -> Response:
    """Return what the digest of an execution collects, page by page."""
    wanted = page_of(request)
    executions, execution_id = served.client.executions, request.path_params["execution_id"]
    return Response.json(200, (await io.call(lambda: executions.events(execution_id, **wanted))).to_json())


async def retry_execution(served: Served, request: Request, io: IO) -> Response:
    """Run a failed execution again."""
    served.client.executions  # noqa: B018  # which Novu may have instead of us
    return ran(served, request, await served.client.engine.retry(request.path_params["execution_id"], io))


async def retry_executions(served: Served, request: Request, io: IO) -> Response:
    """Let the failed executions that a filter finds run again; a worker does it."""
    body = fields_of(served, request, *TEXTS, "outcome", *TIMES, "limit")
    filters = {name: value for name, value in body.items() if name not in (*TIMES, "limit")}
    filters |= times_of(body.get, *TIMES)
    executions, limit = served.client.executions, body.get("limit", MOST_RETRIED)
    return Response.json(202, (await io.call(lambda: executions.retry_all(limit=limit, **filters))).to_json())


async def wake_execution(served: Served, request: Request, io: IO) -> Response:
    """Let an execution that waits go on now."""
    served.client.executions  # noqa: B018  # as above
    return ran(served, request, await served.client.engine.wake(request.path_params["execution_id"], io))


async def cancel_execution(served: Served, request: Request, io: IO) -> Response:
    """End an execution."""
    execution = await io.call(served.client.executions.cancel, request.path_params["execution_id"])
    return Response.json(200, shown(served, request, execution))
