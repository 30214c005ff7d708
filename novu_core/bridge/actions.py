"""The bridge's actions: discover, execute, preview, trigger and the others (PROTOCOL sections 4 to 13)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from novu_core.aio import IO
from novu_core.bridge.errors import BridgeError, ExecutionEventPayloadInvalidError, WireError
from novu_core.bridge.health import Health
from novu_core.bridge.journal import RULES, BridgeJournal, Reached
from novu_core.bridge.untyped import untyped_payload
from novu_core.bridge.wire import workflow_to_wire
from novu_core.definition import channels
from novu_core.definition.handlers import source_of
from novu_core.definition.registry import Registry
from novu_core.definition.schema import ModelSchema
from novu_core.definition.workflow import Workflow
from novu_core.errors import ConfigurationError, RemoteError, StepNotFoundError, ValidationError, WorkflowNotFoundError
from novu_core.execution.executor import Executor
from novu_core.execution.scope import Scope
from novu_core.javascript.jsonschema import compile_schema
from novu_core.javascript.mocks import mock
from novu_core.lines import logger_of
from novu_core.templates.base import Templates
from novu_core.types import JsonObject

logger = logger_of(__name__)
Forward = Callable[[JsonObject], tuple[int, Any]]


class ApiError(WireError):
    """What Novu's API refused, with its own status and code (PROTOCOL section 12)."""

    def __init__(self, status: int, code: str, message: Any) -> None:
        super().__init__("", {"message": message})
        self.status_code = status
        self._code = code

    @property
    def code(self) -> str:
        """The API's own word for the error."""
        return self._code


class Actions:
    """What each action answers. Workflows whose discovery fails are left out."""

    def __init__(self, registry: Registry, version: str, forward: Forward | None, templates: Templates) -> None:
        self._registry = registry
        self._rules = replace(RULES, templates=templates)
        self.health = Health(registry, version)
        self._forward = forward
        self._told: set[str] = set()

    def discover(self) -> JsonObject:
        """Return every workflow and agent."""
        served = [workflow for workflow in self._registry.values() if workflow.steps_or_none() is not None]
        for workflow in served:
            self._tell(workflow)
        return {
            "workflows": [workflow_to_wire(workflow) for workflow in served],
            "agents": [{"agentId": agent_id} for agent_id in self._registry.agents],
        }

    def code(self, workflow_id: str, step_id: str) -> JsonObject:
        """Return the source of a workflow's function, or of a step's resolver."""
        workflow = self._workflow(workflow_id)
        if not step_id:
            return {"code": source_of(workflow.handler)}
        steps = workflow.discover()
        if step_id not in steps:
            raise StepNotFoundError(step_id)
        return {"code": source_of(steps[step_id].call.resolver)}

    async def execute(self, workflow_id: str, step_id: str, body: Mapping[str, Any], io: IO, *, preview: bool
                      ) -> JsonObject:  # fmt: skip
        """Run a workflow up to its target step."""
        started = time.perf_counter()
        workflow = self._workflow(workflow_id)
        self._tell(workflow)
        typed, payload = self._payload(workflow, body.get("payload"), preview=preview)
        state = body.get("state")
        subscriber = body.get("subscriber")
        scope = Scope(
            workflow=workflow,
            payload=typed,
            plain_payload=payload,
            subscriber=subscriber,
            plain_subscriber=subscriber,
            actor=body.get("actor"),
            context=body.get("context"),
            env=body.get("env"),
            step_controls={step_id: body.get("controls")},
            steps=_outputs(state),
            steps_missing=not isinstance(state, list),
        )
        journal = BridgeJournal(workflow_id, step_id, state, preview=preview)
        with suppress(Reached):
            await Executor(workflow, scope, journal, self._rules).run(io)
        return {
            "outputs": journal.outputs,
            "providers": journal.providers,
            "options": {"skip": journal.skipped},
            "metadata": {
                "status": "success",
                "error": False,
                "duration": round((time.perf_counter() - started) * 1000, 3),
            },
        }

    def trigger(self, workflow_id: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Pass a trigger on to Novu's API; the workflow need not be registered."""
        sent: JsonObject = {
            "name": body.get("workflowId", workflow_id),
            **_given(body, "to"),
            "payload": body.get("payload") or {},
            **_given(body, "transactionId"),
            "overrides": body.get("overrides") or {},
            **_given(body, "actor", "bridgeUrl", "controls", "context", "agentId"),
        }
        try:
            if self._forward is None:
                raise ConfigurationError("Novu's API needs a key: set NOVU_SECRET_KEY.")
            status, answer = self._forward(sent)
        except (RemoteError, ConfigurationError) as error:
            raise BridgeError(error) from error
        if answer is None:
            raise BridgeError(ValueError("Novu's API did not answer with JSON"))
        if status < 400:
            return 200, answer
        known = isinstance(answer, dict) and {"error", "message", "statusCode"} <= answer.keys()
        if not known:
            raise BridgeError(answer)
        if status >= 500:
            cause = {"data": {"message": answer["message"]}, "statusCode": status, "code": answer["error"]}
            raise BridgeError(cause)
        raise ApiError(status, answer["error"], answer["message"])

    def agent_event(self, agent_id: str) -> tuple[int, JsonObject]:
        """Acknowledge an agent's event."""
        if agent_id not in self._registry.agents:
            return 404, {"error": f"Agent '{agent_id}' not registered"}
        return 200, {"status": "ack"}

    def _workflow(self, workflow_id: str) -> Workflow:
        workflow: Workflow | None = self._registry.get(workflow_id)
        if workflow is None or workflow.steps_or_none() is None:
            raise WorkflowNotFoundError(workflow_id)
        return workflow

    def _tell(self, workflow: Workflow) -> None:
        """Log once what is wrong with a workflow that the bridge serves all the same."""
        untyped = untyped_payload(workflow)
        if untyped is not None and workflow.workflow_id not in self._told:
            self._told.add(workflow.workflow_id)
            logger.warning("Workflow %s %s", workflow.workflow_id, untyped)

    def _payload(self, workflow: Workflow, payload: Any, *, preview: bool) -> tuple[Any, Any]:
        schema = workflow.payload_schema
        if preview:
            payload = {**mock(workflow.payload_json_schema), **_spread(payload)}
        elif not payload and not isinstance(payload, dict | list):
            raise ExecutionEventPayloadInvalidError(workflow.workflow_id, {"message": "Event `payload` is required"})
        if isinstance(schema, ModelSchema):
            try:
                return schema.load(payload)
            except ValidationError as error:
                raise ExecutionEventPayloadInvalidError(workflow.workflow_id, error.errors) from None
        errors = compile_schema(channels.EMPTY if schema is None else schema.json_schema).validate(payload)
        if errors:
            raise ExecutionEventPayloadInvalidError(workflow.workflow_id, errors)
        return payload, payload


def _outputs(state: Any) -> JsonObject:
    """The raw outputs that templates read; of several entries for a step the last (PROTOCOL section 16)."""
    if not isinstance(state, list):
        return {}
    return {
        str(item["stepId"]): item.get("outputs") for item in state if isinstance(item, Mapping) and "stepId" in item
    }


def _spread(payload: Any) -> JsonObject:
    """What JavaScript's ``{...payload}`` takes of a value."""
    if isinstance(payload, Mapping):
        return dict(payload)
    return {str(index): item for index, item in enumerate(payload)} if isinstance(payload, list | str) else {}


def _given(body: Mapping[str, Any], *names: str) -> JsonObject:
    return {name: body[name] for name in names if name in body}
