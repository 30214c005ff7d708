"""The bridge's names on the wire, and what answers for an exception (PROTOCOL sections 1 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.bridge.errors import BridgeError, CausedError, message_of
from novu_core.types import JsonObject

FRAMEWORK_VERSION = "2024-06-26"
GET_ACTIONS = ("discover", "health-check", "code")
POST_ACTIONS = ("trigger", "execute", "preview", "agent-event")
SIGNATURE_HEADER = "novu-signature"
METHOD_NOT_ALLOWED = "Method not allowed. Please use one of `POST`, `GET`, `OPTIONS`"

FRAMEWORK_CODES = frozenset(
    {
        "BridgeError",
        "ExecutionEventControlInvalidError",
        "ExecutionEventPayloadInvalidError",
        "ExecutionProviderOutputInvalidError",
        "ExecutionStateControlInvalidError",
        "ExecutionStateCorruptError",
        "ExecutionStateOutputInvalidError",
        "ExecutionStateResultInvalidError",
        "InvalidActionError",
        "MethodNotAllowedError",
        "MissingDependencyError",
        "MissingSecretKeyError",
        "ProviderExecutionFailedError",
        "ProviderNotFoundError",
        "SignatureExpiredError",
        "SignatureInvalidError",
        "SignatureMismatchError",
        "SignatureNotFoundError",
        "SignatureVersionInvalidError",
        "SigningKeyNotFoundError",
        "StepAlreadyExistsError",
        "StepControlCompilationFailedError",
        "StepExecutionFailedError",
        "StepNotFoundError",
        "WorkflowAlreadyExistsError",
        "WorkflowNotFoundError",
        "WorkflowPayloadInvalidError",
    }
)
"""The peer's own error codes: an exception with one of them is passed on as it is, whoever raised it."""


def response_headers(server: str, version: str) -> dict[str, str]:
    """Return the headers of every answer; ``server`` is the adapter's name, ``version`` this package's."""
    return {
        "content-type": "application/json",
        "access-control-allow-origin": "*",
        "access-control-allow-private-network": "true",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "*",
        "access-control-max-age": "604800",
        "novu-framework-version": FRAMEWORK_VERSION,
        "novu-framework-sdk": version,
        "novu-framework-server": server,
        "user-agent": f"novu-framework:v{version}",
    }


def is_framework_error(error: BaseException) -> bool:
    """Whether the exception's ``code`` is one of the peer's own, so that nothing may wrap it."""
    code = getattr(error, "code", None)
    return isinstance(code, str) and code in FRAMEWORK_CODES


def error_body(error: BaseException, expose: bool) -> tuple[int, JsonObject]:
    """Return the status and body that answer for an exception: ``{"message", "data"?, "code"?}``.

    A framework error, and any other with a 4xx ``status_code`` (or ``statusCode``), keeps its own ``code`` and
    ``data``; whatever else is a BridgeError. ``expose``: whether ``data.stack`` holds a trace or just name and message.
    """
    status = _status_of(error)
    if not is_framework_error(error) and not 400 <= status < 500:
        error, status = BridgeError(error), 500
    data = {"stack": error.stack(expose)} if isinstance(error, CausedError) else getattr(error, "data", None)
    body: Mapping[str, Any] = {"message": message_of(error), "data": data, "code": getattr(error, "code", None)}
    return status, {key: value for key, value in body.items() if value is not None}


def _status_of(error: BaseException) -> int:
    status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
    return int(status) if isinstance(status, int) else 500
