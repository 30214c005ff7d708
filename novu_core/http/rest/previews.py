"""The operation that shows what a step would say."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.rest.errors import told_fault
from novu_core.http.rest.parameters import fields_of
from novu_core.http.surface import Served
from novu_core.types import JsonObject

FIELDS = ("payload", "to", "controls", "events", "results")


async def preview_step(served: Served, request: Request, io: IO) -> Response:
    """Show one step; nothing is sent, stored or run. Who may see no subscribers is shown none."""
    from novu_core.engine.showing import Wanted, show_step  # needs the engine, which definitions alone do not load

    given: dict[str, Any] = fields_of(served, request, *FIELDS)
    client, workflow_id, step_id = served.client, request.path_params["workflow_id"], request.path_params["step_id"]
    embedded = client.settings.dispatch == "embedded"
    wanted = Wanted(**given, people=embedded and request.role == "all", stored=embedded)
    workflow = client.workflows[workflow_id]

    async def show(through: IO) -> JsonObject:
        return await show_step(client.engine, workflow_id, step_id, through, wanted)

    shown = await (show(io) if workflow.is_async else io.run(show))
    fault = told_fault(shown["error"], expose=served.expose, messages=request.studio)
    return Response.json(200, {**shown, "error": fault})
