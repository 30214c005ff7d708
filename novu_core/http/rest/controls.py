"""Operations on control values: what is stored, replace it, and what it was before."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.http.bodies import read_object
from novu_core.http.messages import Request, Response
from novu_core.http.rest.parameters import page_of
from novu_core.http.surface import Served


async def get_controls(served: Served, request: Request, io: IO) -> Response:
    """Return stored control values and their schema."""
    from novu_core.managers.controls import tag_of  # needs the engine, which definitions alone do not load

    workflow_id, step_id = _place(request)
    schema = await io.call(served.client.controls.schema, workflow_id, step_id)
    values = await io.call(served.client.controls.get, workflow_id, step_id)
    return Response.json(200, {"values": values, "schema": schema}, {"etag": f'"{tag_of(values)}"'})


async def set_controls(served: Served, request: Request, io: IO) -> Response:
    """Replace stored control values, with ``If-Match`` only those that the caller saw."""
    values = read_object(request, served.client.settings.max_body_bytes)
    workflow_id, step_id = _place(request)
    match = request.headers.get("if-match", "*").strip()
    expected = None if match == "*" else match.removeprefix("W/").strip('"')
    author = f"Studio ({request.role})" if request.studio else "API"
    controls = served.client.controls
    await io.call(lambda: controls.set(workflow_id, values, step_id, expected=expected, author=author))
    return await get_controls(served, request, io)


async def list_versions(served: Served, request: Request, io: IO) -> Response:
    """Return what the values were changed to, newest first."""
    workflow_id, step_id = _place(request)
    wanted, controls = page_of(request), served.client.controls
    found = await io.call(lambda: controls.history(workflow_id, step_id, **wanted))
    return Response.json(200, found.to_json())


def _place(request: Request) -> tuple[str, str | None]:
    return request.path_params["workflow_id"], request.path_params.get("step_id")
