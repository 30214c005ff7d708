"""Workflows and their steps, as discovery finds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from novu_core.aio import IO
from novu_core.definition.preferences import to_wire
from novu_core.definition.step_definition import StepDefinition
from novu_core.definition.workflow import Workflow
from novu_core.errors import StepNotFoundError, UnreadableRowError
from novu_core.http.messages import Request, Response
from novu_core.http.novu.controls import shown_controls
from novu_core.http.shapes.answers import result, time_text
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.resources import resource
from novu_core.http.shapes.workflows import workflow_of
from novu_core.http.surface import Operation, Route, Served
from novu_core.types import Channel, JsonObject, WorkflowStatus

_EXTERNAL = {"origin": "external"}
_ORDERS = ("createdAt", "updatedAt", "name", "lastTriggeredAt")


async def search(served: Served, request: Request, io: IO) -> Response:
    """List workflows in the order in which they were registered, unless their names are to order them."""
    query = Query(request)
    limit, offset = query.limit(50), query.offset()
    text, tags, statuses = (query.text("query") or "").casefold(), query.texts("tags"), query.texts("status")
    by_name = query.choice("orderBy", _ORDERS, "createdAt") == "name"
    falling = query.choice("orderDirection", ("ASC", "DESC", "asc", "desc"), "DESC").upper() == "DESC"
    rows = await io.call(
        lambda: [_row(served, each) for each in served.client.workflows.values() if _has(each, text, tags)]
    )
    if statuses:
        rows = [row for row in rows if row["status"] in statuses]
    if by_name:
        rows.sort(key=lambda row: row["name"].casefold(), reverse=falling)
    return result({"workflows": rows[offset : offset + limit], "totalCount": len(rows)})


async def retrieve(served: Served, request: Request, io: IO) -> Response:
    """Return one workflow with its steps."""
    workflow = workflow_of(served, resource(request, "id", "Workflow"))
    return result(await io.call(_workflow, served, workflow))


async def retrieve_step(served: Served, request: Request, io: IO) -> Response:
    """Return one step."""
    workflow = workflow_of(served, resource(request, "id", "Workflow"))
    step_id = resource(request, "step_id", "Step").removeprefix(f"{workflow.workflow_id}:")
    for step in workflow.steps_or_none() or []:
        if step.step_id == step_id:
            return result(await io.call(_step, served, workflow, step))
    raise StepNotFoundError(step_id)


def trigger_of(workflow_id: str) -> JsonObject:
    """Return what a workflow is triggered by."""
    return {"type": "event", "identifier": workflow_id, "variables": []}


def _has(workflow: Workflow, text: str, tags: list[str]) -> bool:
    named = text in workflow.workflow_id.casefold() or text in workflow.name.casefold()
    return named and (not tags or any(tag in tags for tag in workflow.tags))


def _started(served: Served) -> datetime:
    """Every workflow is as old as this server: code has no date."""
    return served.client.clock.now()


def _head(served: Served, workflow: Workflow) -> JsonObject:
    created = time_text(served.keep(_started))
    return {
        "_id": workflow.workflow_id,
        "workflowId": workflow.workflow_id,
        "slug": workflow.workflow_id,
        "name": workflow.name,
        "createdAt": created,
        "updatedAt": created,
        "status": _status(served, workflow),
        **_EXTERNAL,
        "tags": list(workflow.tags),
    }


def _status(served: Served, workflow: Workflow) -> str:
    if workflow.steps_or_none() is None:
        return "ERROR"
    try:
        status = served.client.workflows.status(workflow.workflow_id)
    except UnreadableRowError:
        return "ERROR"
    return "ACTIVE" if status is WorkflowStatus.ACTIVE else "INACTIVE"


def _row(served: Served, workflow: Workflow) -> JsonObject:
    steps = workflow.steps_or_none() or []
    kinds = [step.step_type.value for step in steps]
    shown = [{"slug": step.step_id, "type": step.step_type.value} for step in steps]
    return {**_head(served, workflow), "stepTypeOverviews": kinds, "steps": shown}


def _workflow(served: Served, workflow: Workflow) -> JsonObject:
    head = _head(served, workflow)
    return {
        **head,
        **({"description": workflow.description} if workflow.description else {}),
        "active": head["status"] == "ACTIVE",
        "severity": workflow.severity.value,
        "steps": [_step(served, workflow, step) for step in workflow.steps_or_none() or []],
        "preferences": {"default": _preferences(workflow), "user": None},
        "payloadSchema": workflow.payload_json_schema,
    }


def _preferences(workflow: Workflow) -> JsonObject:
    wire = to_wire(workflow.preferences)
    everything: dict[str, Any] = wire.get("all") or {}
    enabled = everything.get("enabled", True)
    own: dict[str, Any] = wire.get("channels") or {}
    channels = {each.value: {"enabled": (own.get(each.value) or {}).get("enabled", enabled)} for each in Channel}
    read_only = workflow.critical or bool(everything.get("readOnly", False))
    return {"all": {"enabled": enabled, "readOnly": read_only}, "channels": channels}


def _step(served: Served, workflow: Workflow, step: StepDefinition) -> JsonObject:
    stored = served.client.controls.get(workflow.workflow_id, step.step_id)
    return {
        "_id": f"{workflow.workflow_id}:{step.step_id}",
        "stepId": step.step_id,
        "slug": step.step_id,
        "name": step.name,
        "type": step.step_type.value,
        **_EXTERNAL,
        "workflowId": workflow.workflow_id,
        "workflowDatabaseId": workflow.workflow_id,
        "variables": {},
        "controls": {
            "values": shown_controls(step.step_type, stored),
            "dataSchema": step.controls_json_schema,
        },
    }


ROUTES = (
    Route("/v2/workflows", {"GET": Operation(search)}),
    Route("/v2/workflows/{id}", {"GET": Operation(retrieve)}),
    Route("/v2/workflows/{id}/steps/{step_id}", {"GET": Operation(retrieve_step)}),
)
