"""Checks what triggers are given: their ids, and objects that are JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.codec import jsonable
from novu_core.delivery.attachments import stored_attachments
from novu_core.errors import FieldError, RecipientInvalidError, ValidationError
from novu_core.records.ids import fault_of_id
from novu_core.types import JsonObject


def checked_id(value: Any, path: str) -> str:
    """Return an id. Raises RecipientInvalidError."""
    fault = fault_of_id(value)
    if fault is not None:
        raise RecipientInvalidError("The trigger is invalid.", [FieldError(path, fault)])
    return str(value)


def checked_objects(**given: Any) -> JsonObject:
    """Return each argument as a JSON object; None is an empty one. Raises ValidationError with every fault."""
    found: JsonObject = {}
    faults = []
    for name, value in given.items():
        if value is not None and not isinstance(value, Mapping):
            faults.append(FieldError(f"/{name}", f"must be an object, not {type(value).__name__}"))
            continue
        try:
            found[name] = jsonable(dict(value)) if value else {}
        except (TypeError, ValueError, RecursionError) as error:
            faults.append(FieldError(f"/{name}", reason_of(error)))
    if faults:
        raise ValidationError("The trigger is invalid.", faults)
    return found


def with_stored_attachments(overrides: Any, max_bytes: int) -> Any:
    """Return a trigger's overrides with the attachments of their e-mail as the store keeps them.

    A ``path`` must be a pathlib.Path: as text it may have come with a request, and whoever sends that must not choose
    files of this machine. Raises ValidationError.
    """
    mail = overrides.get("email") if overrides and isinstance(overrides, Mapping) else None
    if not isinstance(mail, Mapping) or mail.get("attachments") is None:
        return overrides
    where = "/overrides/email/attachments"
    attachments, faults = stored_attachments(mail["attachments"], max_bytes, where, refuses=lambda _: True)
    if faults:
        raise ValidationError("The trigger is invalid.", faults)
    return {**overrides, "email": {**mail, "attachments": attachments}}


def reason_of(error: Exception) -> str:
    """Say why a value cannot be JSON."""
    return "is nested too deeply" if isinstance(error, RecursionError) else str(error)
