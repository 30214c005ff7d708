"""Errors as the JSON that the history keeps."""

from __future__ import annotations

import traceback

from novu_core.errors import NovuError, ValidationError, text_of
from novu_core.execution.outcome import OverrideError, ResolverError
from novu_core.types import JsonObject


def cause_of(error: BaseException) -> BaseException:
    """Return the user's exception behind what the executor wrapped around it."""
    return error.cause if isinstance(error, ResolverError | OverrideError) else error


def summary(fault: JsonObject) -> str:
    """Return an error of the history in one line: ``Type: message (/path: fault; ...)``."""
    details = "; ".join(f"{error['path'] or '(the value)'}: {error['message']}" for error in fault.get("errors", ()))
    return f"{fault['type']}: {fault['message']}" + (f" ({details})" if details else "")


def describe(error: BaseException, step_id: str | None, kind: str = "code") -> JsonObject:
    """Return ``{type, message, step_id, kind, errors?, trace?}``.

    ``kind``: ``code`` (the user's), ``delivery`` (a provider's), or ``configuration``, whose message is our own.
    """
    cause = cause_of(error)
    fault: JsonObject = {
        "type": type(cause).__name__,
        "message": cause.message if isinstance(cause, NovuError) else text_of(cause),
        "step_id": step_id,
        "kind": kind,
    }
    if isinstance(cause, ValidationError):
        fault["errors"] = [{"path": path, "message": message} for path, message in cause.errors]
    if not isinstance(cause, NovuError):
        fault["trace"] = "".join(traceback.format_exception(type(cause), cause, cause.__traceback__))
    return fault
