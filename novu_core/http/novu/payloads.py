"""A payload that does not fit its schema, told as Novu tells it: the dotted path of each fault, and the value there."""

from __future__ import annotations

import re
from typing import Any

from novu_core.errors import PayloadInvalidError
from novu_core.http.shapes.errors import Refusal, field_of, shown
from novu_core.http.surface import MOST_FAULTS
from novu_core.types import JsonObject

_MISSING = re.compile(r"must have required property '(.*)'|Field required")


def payload_faults(error: PayloadInvalidError, payload: Any) -> Refusal:
    """Return the 400 of the trigger routes."""
    faults = [_fault(path, message, payload) for path, message in error.errors[:MOST_FAULTS]]
    return Refusal(400, "Payload validation failed", {"type": "PAYLOAD_VALIDATION_ERROR", "errors": faults})


def _fault(path: str, message: str, payload: Any) -> JsonObject:
    field, missing = field_of(path), _MISSING.fullmatch(message)
    if missing is None:
        return {"field": field or "root", "message": message, **shown(_at(path, payload))}
    if missing[1] is not None:  # JSON Schema names the object, pydantic the property
        field = f"{field}.{missing[1]}" if field else missing[1]
    return {"field": field if "." in field else f"root.{field}", "message": message}


def _at(path: str, value: Any) -> Any:
    for name in path.strip("/").split("/"):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
