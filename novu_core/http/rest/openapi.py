"""The OpenAPI 3.1 document, made of the routes' operations and the pydantic models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from novu_core.http.messages import JSON
from novu_core.http.rest import models
from novu_core.http.surface import Answer, Operation, Route
from novu_core.types import JsonObject
from novu_core.version import VERSION

_REF = "#/components/schemas/{model}"
_PHRASES = {
    200: "Done.",
    202: "Accepted: the run is waiting or queued.",
    400: "The input is invalid; `errors` says where.",
    401: "The API key is missing or wrong, or nobody is logged in.",
    403: "The request comes from a page of another origin, or the role does not allow it.",
    404: "No resource has this id.",
    409: "Its current state does not allow this.",
    412: "It was changed in the meantime; `present` is its current value.",
    413: "The body is too large.",
    429: "Too many wrong passwords in a minute.",
    500: "The workflow's own code failed, or the server did.",
    503: "The store does not answer, or no worker is alive.",
}


def document(routes: Iterable[Route]) -> JsonObject:
    """Return the document of these routes. Its server is relative, so that it holds under every prefix."""
    paths: dict[str, JsonObject] = {}
    operations: list[Operation] = []
    for route in routes:
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in route.parameters
        ]
        operations += route.operations.values()
        paths[route.pattern("{{{}}}", "{{{}}}")] = {
            method.lower(): _operation(operation, parameters, f"{operation.name}_{route.name}")
            for method, operation in route.operations.items()
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notification workflows", "version": VERSION},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations),
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


def _operation(operation: Operation, path: list[JsonObject], operation_id: str) -> JsonObject:
    query = [{"name": key, "in": "query", "schema": schema} for key, schema in operation.query.items()]
    responses = {
        str(status): _response(status, answer, operation.media) for status, answer in operation.answers.items()
    }
    if operation.tagged:
        responses["304"] = {"description": "Nothing has changed since the `ETag` in `If-None-Match`."}
    errors = set(operation.errors) | (set() if operation.public else {400, 401, 403})
    responses.update({str(status): _response(status, models.ErrorResponse) for status in sorted(errors)})
    described: JsonObject = {"operationId": operation_id, "summary": operation.summary, "responses": responses}
    if path or query:
        described["parameters"] = [*path, *query]
    if operation.body is not None:
        schema = operation.body if isinstance(operation.body, dict) else _ref(operation.body)
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if not operation.public:
        described["security"] = [{"ApiKey": []}]
    return described


def _response(status: int, answer: Answer, media: str = JSON) -> JsonObject:
    if answer is None:
        schema: JsonObject = {"type": "object" if media == JSON else "string"}
    elif isinstance(answer, tuple):
        schema = {"anyOf": [_ref(model) for model in answer]}
    else:
        schema = _ref(answer)
    return {"description": _PHRASES[status], "content": {media: {"schema": schema}}}


def _ref(model: type[BaseModel]) -> JsonObject:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas(operations: Sequence[Operation]) -> JsonObject:
    answers = {model for operation in operations for answer in operation.answers.values() for model in _each(answer)}
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in answers | {models.ErrorResponse}]
    wanted += [(operation.body, "validation") for operation in operations if isinstance(operation.body, type)]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, found = models_json_schema(wanted, ref_template=_REF)
    return dict(found["$defs"])


def _each(answer: Answer) -> tuple[type[BaseModel], ...]:
    if answer is None:
        return ()
    return answer if isinstance(answer, tuple) else (answer,)
