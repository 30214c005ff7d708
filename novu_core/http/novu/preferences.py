"""Which channels a subscriber wants, as they come out: the one rule of the engine decides, here it only shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.engine.preferences import is_fixed
from novu_core.http.messages import Request, Response
from novu_core.http.novu.inputs import PreferencesBody, PreferencesList
from novu_core.http.novu.subscribers import subscriber_id
from novu_core.http.shapes.answers import given, result
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.workflows import workflow_of, workflow_shown
from novu_core.http.surface import Operation, Route, Served
from novu_core.records.preferences import EffectivePreferences, WorkflowPreferences
from novu_core.types import JsonObject

_SOURCES = {"subscriber_workflow": "subscriber", "workflow": "template"}
"""Which rules Novu calls an override, and how."""


async def show(served: Served, request: Request, io: IO) -> Response:
    """Show what holds for every channel, globally and of each workflow."""
    name = subscriber_id(request)
    wanted = Query(request).choice("criticality", ("nonCritical", "critical", "all"), "nonCritical")
    return result(await io.call(_shown, served, name, wanted))


async def change(served: Served, request: Request, io: IO) -> Response:
    """Change the channels of one workflow, or the global ones and the schedule; what is not sent stays."""
    name, body = subscriber_id(request), read(served, request, PreferencesBody)
    await io.call(served.client.subscribers.get, name)
    changes: list[tuple[str | None, JsonObject]] = []
    workflow_id = body.workflow_id
    if workflow_id is not None:
        check_open(workflow_of(served, workflow_id))
    if body.channels:
        changes.append((workflow_id, _rules(body.channels)))
    if body.schedule is not None:
        changes.append((None, {"schedule": body.schedule}))
    if changes:
        await io.call(served.client.preferences.set_many, name, changes)
    return result(await io.call(_shown, served, name, "nonCritical"))


async def change_many(served: Served, request: Request, io: IO) -> Response:
    """Change the channels of several workflows, all of them or none."""
    name, items = subscriber_id(request), read(served, request, PreferencesList).preferences
    await io.call(served.client.subscribers.get, name)
    for item in items:
        check_open(workflow_of(served, item.workflow_id))
    changes = {item.workflow_id: _rules(item.channels) for item in items}  # of one that stands twice, the last
    if changes:
        await io.call(served.client.preferences.set_many, name, changes.items())
    effective: EffectivePreferences = await io.call(served.client.preferences.effective, name)
    found = {item.workflow_id: item for item in effective.workflows}
    return result([_preference(served, item.workflow_id, found.get(item.workflow_id)) for item in items])


def _shown(served: Served, name: str, criticality: str) -> JsonObject:
    served.client.subscribers.get(name)
    effective = served.client.preferences.effective(name)
    channels = flags(effective.channels)
    wanted = {"nonCritical": (False,), "critical": (True,), "all": (False, True)}[criticality]
    return {
        "global": {
            "enabled": effective.overall.enabled,
            "channels": channels,
            **given(schedule=effective.schedule or None),
        },
        "workflows": [_workflow(served, item) for item in effective.workflows if item.critical in wanted],
    }


def _workflow(served: Served, item: WorkflowPreferences) -> JsonObject:
    channels = flags(item.channels)
    overrides = [
        {"channel": str(channel), "source": _SOURCES[str(decision.rule)]}
        for channel, decision in item.channels.items()
        if str(decision.rule) in _SOURCES
    ]
    workflow = {
        "slug": item.workflow_id,
        "identifier": item.workflow_id,
        "name": served.client.workflows[item.workflow_id].name,
    }
    return {"enabled": item.overall.enabled, "channels": channels, "overrides": overrides, "workflow": workflow}


def _preference(served: Served, workflow_id: str, item: WorkflowPreferences | None) -> JsonObject:
    """Return what holds for one workflow; ``item``: None where its steps cannot be discovered."""
    channels = flags(item.channels) if item else {}
    workflow = workflow_shown(served.client.workflows[workflow_id])
    enabled = item is None or item.overall.enabled
    return {"level": "template", "enabled": enabled, "channels": channels, "workflow": workflow}


def flags(channels: Mapping[Any, Any]) -> dict[str, bool]:
    """Return whether each channel is open."""
    return {str(channel): decision.enabled for channel, decision in channels.items()}


def _rules(channels: Mapping[str, bool | None]) -> JsonObject:
    return {"channels": {name: None if value is None else {"enabled": value} for name, value in channels.items()}}


def check_open(workflow: Workflow) -> None:
    """Raise Refusal, 400, where subscribers may not change a workflow's preferences: 409 would be repeated."""
    if is_fixed(workflow):
        kind = "critical" if workflow.critical else "read-only"
        raise Refusal(400, f"Workflow {workflow.workflow_id} is {kind}: its preferences cannot be changed")


ROUTES = (
    Route("/v2/subscribers/{subscriber_id}/preferences", {"GET": Operation(show), "PATCH": Operation(change)}),
    Route("/v2/subscribers/{subscriber_id}/preferences/bulk", {"PATCH": Operation(change_many)}),
)
