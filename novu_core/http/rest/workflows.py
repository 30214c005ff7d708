"""Operations on workflows: list, describe, trigger, cancel a trigger, activate and archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic

from novu_core.aio import IO
from novu_core.definition.handlers import source_of
from novu_core.definition.step_definition import StepDefinition
from novu_core.definition.workflow import Workflow
from novu_core.errors import FieldError, PayloadInvalidError, RequestInvalidError, UnreadableRowError
from novu_core.http.bodies import MOST_RECIPIENTS, read_object
from novu_core.http.messages import Request, Response
from novu_core.http.rest.answers import ran, started
from novu_core.http.rest.models import TriggerPayload
from novu_core.http.rest.parameters import fields_of, refused
from novu_core.http.surface import Served
from novu_core.lines import logger_of
from novu_core.types import JsonObject, StepType

logger = logger_of(__name__)
_WAITS = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)


async def list_workflows(served: Served, request: Request, io: IO) -> Response:
    """Describe every workflow."""
    items = await io.call(lambda: [_described(served, workflow) for workflow in served.client.workflows.values()])
    return Response.json(200, {"items": items, "next_cursor": None})


async def get_workflow(served: Served, request: Request, io: IO) -> Response:
    """Describe one workflow."""
    workflow = served.client.workflows[request.path_params["workflow_id"]]
    return Response.json(200, await io.call(_described, served, workflow))


async def get_source(served: Served, request: Request, io: IO) -> Response:
    """Return the source of a workflow's function."""
    workflow = served.client.workflows[request.path_params["workflow_id"]]
    return Response.json(200, {"code": await io.call(source_of, workflow.handler)})


async def execute(served: Served, request: Request, io: IO) -> Response:
    """Trigger: inline for one recipient (200, or 202 while it waits), else recorded for the worker (202)."""
    workflow = served.client.workflows[request.path_params["workflow_id"]]
    body = _trigger_payload(served, request)
    options = body.model_dump(exclude={"to", "payload"}, exclude_defaults=True)
    if isinstance(body.to, list) and len(body.to) > MOST_RECIPIENTS:
        told = (
            f"names {len(body.to)} recipients; a request may name {MOST_RECIPIENTS}. Use a topic, or several requests"
        )
        raise RequestInvalidError("The request is invalid.", [FieldError("/to", told)])
    several = body.to if isinstance(body.to, list) else [body.to]
    if len(several) != 1:
        options["wait"] = False
    try:
        result = await served.client.dispatch(workflow, io, to=body.to, payload=body.payload, **options)
    except PayloadInvalidError as error:  # its paths begin at the payload, the other errors' at the body
        raise PayloadInvalidError(
            error.message, [FieldError(f"/payload{at}", told) for at, told in error.errors]
        ) from None
    topic = any(isinstance(to, dict) and "topicKey" in to for to in several)
    if len(result.executions) == 1 and not topic:  # a topic's are recorded later, and are several
        return ran(
            served, request, result.executions[0], transaction_id=result.transaction_id, repeated=result.repeated
        )
    return started(result)


async def cancel_trigger(served: Served, request: Request, io: IO) -> Response:
    """End what a trigger started."""
    transaction_id = request.path_params["transaction_id"]
    call = io.slow if served.client.settings.dispatch == "cloud" else io.call
    canceled = await call(served.client.cancel, transaction_id)
    return Response.json(200, {"transaction_id": transaction_id, "canceled": canceled})


async def set_status(served: Served, request: Request, io: IO) -> Response:
    """Activate a draft, or archive an active workflow."""
    workflow_id, body = request.path_params["workflow_id"], fields_of(served, request, "status")
    if body.get("status") not in ("active", "archived"):
        raise refused("status", "must be active or archived")
    workflows = served.client.workflows
    status = await io.call(workflows.activate if body["status"] == "active" else workflows.archive, workflow_id)
    return Response.json(200, {"workflow_id": workflow_id, "status": status.value})


def _trigger_payload(served: Served, request: Request) -> TriggerPayload:
    data = read_object(request, served.client.settings.max_body_bytes)
    try:
        return TriggerPayload.model_validate({key: value for key, value in data.items() if value is not None})
    except pydantic.ValidationError as error:
        faults = [FieldError("".join(f"/{part}" for part in fault["loc"]), _fault(fault)) for fault in error.errors()]
        raise RequestInvalidError("The request is invalid.", faults) from None


def _fault(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown key; use one of {', '.join(TriggerPayload.model_fields)}"
    return str(fault["msg"])


def _described(served: Served, workflow: Workflow) -> JsonObject:
    described: JsonObject = {
        "workflow_id": workflow.workflow_id,
        "name": workflow.name,
        "description": workflow.description,
        "tags": workflow.tags,
        "severity": workflow.severity.value,
        "critical": workflow.critical,
        "status": "unreadable",
        "payload_schema": workflow.payload_json_schema,
        "control_schema": workflow.control_schema.json_schema if workflow.control_schema else None,
        "steps": [],
    }
    try:
        described["status"] = served.client.workflows.status(workflow.workflow_id).value
    except UnreadableRowError as error:
        described["error"] = error.message
    try:
        described["steps"] = [
            {
                "step_id": step.step_id,
                "type": step.step_type.value,
                "name": step.name,
                "skip_condition": step.skip_condition,
                "control_schema": step.controls_json_schema,
                "wait": _wait(step),
            }
            for step in workflow.steps
        ]
    except Exception as error:
        logger.warning("Workflow %s cannot be discovered: %s", workflow.workflow_id, error)
        described["error"] = str(error) if served.expose else type(error.__cause__ or error).__name__
    return described


def _wait(step: StepDefinition) -> JsonObject | None:
    """How long a step waits, where the code says so once and for all."""
    return step.config or None if step.step_type in _WAITS else None
