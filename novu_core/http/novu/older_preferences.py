"""Preferences by the older routes: one channel, or the whole, at a time; they are the same preferences."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.inputs import ChannelChange, GlobalChange
from novu_core.http.novu.preferences import check_open, flags
from novu_core.http.novu.subscribers import subscriber_id
from novu_core.http.novu.workflows import trigger_of
from novu_core.http.shapes.answers import result
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.resources import resource
from novu_core.http.shapes.workflows import workflow_of
from novu_core.http.surface import Operation, Route, Served
from novu_core.records.preferences import EffectivePreferences, WorkflowPreferences
from novu_core.types import JsonObject


async def show(served: Served, request: Request, io: IO) -> Response:
    """List what holds for every workflow."""
    effective = await _effective(served, subscriber_id(request), io)
    return result([_workflow(served, item) for item in effective.workflows])


async def show_level(served: Served, request: Request, io: IO) -> Response:
    """List what holds globally, or for every workflow."""
    level = resource(request, "level", "Level")
    effective = await _effective(served, subscriber_id(request), io)
    if level == "template":
        return result([_workflow(served, item) for item in effective.workflows])
    if level != "global":
        raise Refusal(404, f"Level {level} was not found")
    return result([_everywhere(effective)])


async def change(served: Served, request: Request, io: IO) -> Response:
    """Change a channel of a workflow, or the whole of it."""
    name, workflow_id = subscriber_id(request), resource(request, "level", "Workflow")
    body = read(served, request, ChannelChange)
    await io.call(served.client.subscribers.get, name)
    check_open(workflow_of(served, workflow_id))
    if changed := body.changed():
        await io.call(served.client.preferences.set, name, changed, workflow_id)
    effective = await _effective(served, name, io)
    found = [_workflow(served, item) for item in effective.workflows if item.workflow_id == workflow_id]
    return result(found[0] if found else {"template": _template(served, workflow_id)})


async def change_everywhere(served: Served, request: Request, io: IO) -> Response:
    """Change channels globally, or the whole."""
    name, body = subscriber_id(request), read(served, request, GlobalChange)
    await io.call(served.client.subscribers.get, name)
    if changed := body.changed():
        await io.call(served.client.preferences.set, name, changed)
    return result(_everywhere(await _effective(served, name, io)))


async def _effective(served: Served, name: str, io: IO) -> EffectivePreferences:
    await io.call(served.client.subscribers.get, name)
    return await io.call(served.client.preferences.effective, name)


def _everywhere(effective: EffectivePreferences) -> JsonObject:
    return {"preference": {"enabled": effective.overall.enabled, "channels": flags(effective.channels)}}


def _workflow(served: Served, item: WorkflowPreferences) -> JsonObject:
    preference = {"enabled": item.overall.enabled, "channels": flags(item.channels), "overrides": []}
    return {"template": _template(served, item.workflow_id), "preference": preference}


def _template(served: Served, workflow_id: str) -> JsonObject:
    workflow = workflow_of(served, workflow_id)
    named = {"_id": workflow_id, "name": workflow.name, "critical": workflow.critical}
    return {**named, "triggers": [trigger_of(workflow_id)]}


_ONE = "/v1/subscribers/{subscriber_id}/preferences"
ROUTES = (
    Route(_ONE, {"GET": Operation(show), "PATCH": Operation(change_everywhere)}),
    Route(_ONE + "/{level}", {"GET": Operation(show_level), "PATCH": Operation(change)}),
)
