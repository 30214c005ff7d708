"""The OpenAPI 3.1 document of the routes beside the bridge, made of the route table and the pydantic models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from novu_core.http import models
from novu_core.http.routes import BRIDGE, ROUTES
from novu_core.types import ExecutionStatus, JsonObject
from novu_core.version import VERSION

_REF = "#/components/schemas/{model}"
_PHRASES = {
    200: "Done.",
    202: "Recorded; it waits, or the worker goes on with it.",
    400: "The input is invalid; `errors` says where.",
    401: "The API key is missing or wrong.",
    404: "There is nothing of this id.",
    409: "Its present state does not allow this.",
    413: "The body is too large.",
    500: "The workflow's own code failed, or the server did.",
}


@dataclass(frozen=True)
class _Operation:
    summary: str
    answers: Mapping[int, type[BaseModel] | tuple[type[BaseModel], ...] | None]
    errors: tuple[int, ...] = ()
    body: type[BaseModel] | JsonObject | None = None
    query: Mapping[str, JsonObject] = field(default_factory=dict)


_TEXT: JsonObject = {"type": "string"}
_FILTERS: dict[str, JsonObject] = {
    "workflow_id": _TEXT,
    "status": {"type": "string", "enum": [status.value for status in ExecutionStatus]},
    "subscriber_id": _TEXT,
    "transaction_id": _TEXT,
    "cursor": _TEXT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
}
_RUN = {200: models.RunResponse, 202: models.RunResponse}

_OPERATIONS: dict[str, _Operation] = {
    "health": _Operation("Whether the server is up, and how much it serves", {200: models.HealthCheckResponse}),
    "openapi": _Operation("This document", {200: None}),
    "list_workflows": _Operation("Every workflow", {200: models.WorkflowPage}),
    "get_workflow": _Operation("One workflow", {200: models.WorkflowDescription}, (404,)),
    "execute": _Operation(
        "Trigger a workflow",
        {200: models.RunResponse, 202: (models.RunResponse, models.TriggerResponse)},
        (400, 404, 409, 413, 500),
        models.TriggerPayload,
    ),
    "get_controls": _Operation("Stored control values", {200: models.ControlsResponse}, (400, 404)),
    "set_controls": _Operation(
        "Replace stored control values", {200: models.ControlsResponse}, (400, 404, 413), {"type": "object"}
    ),
    "list_executions": _Operation("The history, newest first", {200: models.ExecutionPage}, (400,), query=_FILTERS),
    "get_execution": _Operation("One execution", {200: models.ExecutionResponse}, (404,)),
    "retry_execution": _Operation("Run a failed execution again", _RUN, (404, 409, 500)),
    "cancel_execution": _Operation("End an execution", {200: models.ExecutionResponse}, (404, 409)),
    "cancel_trigger": _Operation("End what a trigger started", {200: models.CanceledResponse}),
}


@cache
def document() -> JsonObject:
    """Return the document. Its server is relative, so that it holds under every prefix."""
    paths: dict[str, JsonObject] = {}
    for route in ROUTES:
        if route is BRIDGE:
            continue
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in re.findall(r"{(\w+)}", route.path)
        ]
        paths[route.path] = {
            method.lower(): _operation(operation, parameters, f"{operation}_{route.name}", route.public)
            for method, operation in route.operations.items()
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notification workflows", "version": VERSION},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "ApiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`ApiKey <NOVU_SECRET_KEY>`",
                }
            },
        },
    }


def _operation(name: str, path: list[JsonObject], operation_id: str, public: bool) -> JsonObject:
    operation = _OPERATIONS[name]
    query = [{"name": key, "in": "query", "schema": schema} for key, schema in operation.query.items()]
    responses = {str(status): _response(status, answer) for status, answer in operation.answers.items()}
    errors = set(operation.errors) | (set() if public else {400, 401})
    responses.update({str(status): _response(status, models.ErrorResponse) for status in sorted(errors)})
    described: JsonObject = {"operationId": operation_id, "summary": operation.summary, "responses": responses}
    if path or query:
        described["parameters"] = [*path, *query]
    if operation.body is not None:
        schema = operation.body if isinstance(operation.body, dict) else _ref(operation.body)
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if not public:
        described["security"] = [{"ApiKey": []}]
    return described


def _response(status: int, answer: type[BaseModel] | tuple[type[BaseModel], ...] | None) -> JsonObject:
    if answer is None:
        schema: JsonObject = {"type": "object"}
    elif isinstance(answer, tuple):
        schema = {"anyOf": [_ref(model) for model in answer]}
    else:
        schema = _ref(answer)
    return {"description": _PHRASES[status], "content": {"application/json": {"schema": schema}}}


def _ref(model: type[BaseModel]) -> JsonObject:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas() -> JsonObject:
    answers = {
        model for operation in _OPERATIONS.values() for answer in operation.answers.values() for model in _each(answer)
    }
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in answers | {models.ErrorResponse}]
    wanted.append((models.TriggerPayload, "validation"))
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, found = models_json_schema(wanted, ref_template=_REF)
    return dict(found["$defs"])


def _each(answer: type[BaseModel] | tuple[type[BaseModel], ...] | None) -> tuple[type[BaseModel], ...]:
    if answer is None:
        return ()
    return answer if isinstance(answer, tuple) else (answer,)
