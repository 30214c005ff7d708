"""What the routes beside the bridge do: read the request, ask the client, shape the answer."""

from __future__ import annotations

import logging
from typing import Any

import pydantic

from novu_core.aio import IO
from novu_core.client import Client
from novu_core.definition.workflow import Workflow
from novu_core.engine.views import ExecutionContext, TriggerResult
from novu_core.errors import FieldError, RequestInvalidError, ValidationError
from novu_core.http.bodies import read_object
from novu_core.http.errors import failed_run_response, redacted
from novu_core.http.messages import Request, Response
from novu_core.http.models import TriggerPayload
from novu_core.types import ExecutionStatus, JsonObject

logger = logging.getLogger("novu_core")


class Operations:
    """One coroutine for each operation of the route table."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._expose = client.settings.exposes_errors

    async def list_workflows(self, request: Request, io: IO) -> Response:
        """Describe every workflow."""
        items = await io.call(lambda: [self._describe(workflow) for workflow in self._client.workflows.values()])
        return Response.json(200, {"items": items, "next_cursor": None})

    async def get_workflow(self, request: Request, io: IO) -> Response:
        """Describe one workflow."""
        workflow = self._client.workflows[request.path_params["workflow_id"]]
        return Response.json(200, await io.call(self._describe, workflow))

    async def execute(self, request: Request, io: IO) -> Response:
        """Trigger: inline for one recipient (200, or 202 while it waits), else recorded for the worker (202)."""
        workflow = self._client.workflows[request.path_params["workflow_id"]]
        body = self._trigger_payload(request)
        options = body.model_dump(exclude={"to", "payload"}, exclude_defaults=True)
        several = isinstance(body.to, list) or (isinstance(body.to, dict) and body.to.get("type") == "Topic")
        options["wait"] = not several or len(body.to) == 1
        result = await self._client.dispatch(workflow, io, to=body.to, payload=body.payload, **options)
        return self._triggered(result)

    async def list_executions(self, request: Request, io: IO) -> Response:
        """List the history, newest first."""
        names = ("workflow_id", "status", "subscriber_id", "transaction_id", "cursor")
        filters: dict[str, Any] = {name: request.first(name) for name in names}
        filters["cursor"] = filters["cursor"] or None
        status = filters["status"]
        if status is not None and status not in {member.value for member in ExecutionStatus}:
            raise _query("status", f"is {status!r}; use pending, running, completed or failed")
        limit = request.first("limit") or "20"
        if not (limit.isascii() and limit.isdigit()):
            raise _query("limit", f"is {limit!r}; use a number from 1 to 100")
        page = await io.call(lambda: self._client.executions.list(limit=int(limit[:9]), **filters))
        data = page.to_json()
        data["items"] = [redacted(item, expose=self._expose) for item in data["items"]]
        return Response.json(200, data)

    async def get_execution(self, request: Request, io: IO) -> Response:
        """Return one execution."""
        execution = await io.call(self._client.executions.get, request.path_params["execution_id"])
        return Response.json(200, redacted(execution.to_json(), expose=self._expose))

    async def retry_execution(self, request: Request, io: IO) -> Response:
        """Run a failed execution again."""
        self._client.wake()
        execution = await self._client.engine.retry(request.path_params["execution_id"], io)
        return self._ran(execution, {})

    async def cancel_execution(self, request: Request, io: IO) -> Response:
        """End an execution."""
        execution = await io.call(self._client.executions.cancel, request.path_params["execution_id"])
        return Response.json(200, redacted(execution.to_json(), expose=self._expose))

    async def cancel_trigger(self, request: Request, io: IO) -> Response:
        """End what a trigger started."""
        transaction_id = request.path_params["transaction_id"]
        canceled = await io.call(self._client.cancel, transaction_id)
        return Response.json(200, {"transaction_id": transaction_id, "canceled": canceled})

    async def get_controls(self, request: Request, io: IO) -> Response:
        """Return stored control values and their schema."""
        return await self._controls(request, io)

    async def set_controls(self, request: Request, io: IO) -> Response:
        """Replace stored control values."""
        values = read_object(request, self._client.settings.max_body_bytes)
        workflow_id, step_id = request.path_params["workflow_id"], request.path_params.get("step_id")
        await io.call(self._client.controls.set, workflow_id, values, step_id)
        return await self._controls(request, io)

    async def _controls(self, request: Request, io: IO) -> Response:
        workflow_id, step_id = request.path_params["workflow_id"], request.path_params.get("step_id")
        schema = await io.call(self._client.controls.schema, workflow_id, step_id)
        values = await io.call(self._client.controls.get, workflow_id, step_id)
        return Response.json(200, {"values": values, "schema": schema})

    def _trigger_payload(self, request: Request) -> TriggerPayload:
        data = read_object(request, self._client.settings.max_body_bytes)
        try:
            return TriggerPayload.model_validate({key: value for key, value in data.items() if value is not None})
        except pydantic.ValidationError as error:
            faults = [
                FieldError("".join(f"/{part}" for part in fault["loc"]), fault["msg"]) for fault in error.errors()
            ]
            raise RequestInvalidError("The request is invalid.", faults) from None

    def _triggered(self, result: TriggerResult) -> Response:
        if len(result.executions) == 1:
            return self._ran(result.executions[0], {"transaction_id": result.transaction_id})
        executions = [redacted(execution.to_json(), expose=self._expose) for execution in result.executions]
        return Response.json(202, {"transaction_id": result.transaction_id, "executions": executions})

    def _ran(self, execution: ExecutionContext, more: JsonObject) -> Response:
        if execution.status is ExecutionStatus.FAILED and (execution.error or {}).get("kind") == "code":
            return failed_run_response(execution, expose=self._expose)
        done = execution.status in (ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)
        executed = sum(step.status == "completed" and step.outcome != "skipped" for step in execution.steps)
        data = {**redacted(execution.to_json(), expose=self._expose), **more, "steps_executed": executed}
        return Response.json(200 if done else 202, data)

    def _describe(self, workflow: Workflow) -> JsonObject:
        described: JsonObject = {
            "workflow_id": workflow.workflow_id,
            "name": workflow.name,
            "description": workflow.description,
            "tags": workflow.tags,
            "severity": workflow.severity.value,
            "critical": workflow.critical,
            "status": self._client.workflows.status(workflow.workflow_id).value,
            "payload_schema": workflow.payload_json_schema,
            "steps": [],
        }
        try:
            described["steps"] = [
                {"step_id": step.step_id, "type": step.step_type.value, "name": step.name,
                 "skip_condition": step.skip_condition, "control_schema": step.controls_json_schema}
                for step in workflow.steps
            ]  # fmt: skip
        except Exception as error:
            logger.warning("Workflow %s can not be discovered: %s", workflow.workflow_id, error)
            described["error"] = str(error) if self._expose else type(error.__cause__ or error).__name__
        return described


def _query(name: str, message: str) -> ValidationError:
    return RequestInvalidError("The request is invalid.", [FieldError(f"/{name}", message)])
