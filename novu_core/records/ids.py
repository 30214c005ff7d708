"""Which ids every store can hold, and what stands for one that a list was not asked for."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from novu_core.codec import fault_of_text
from novu_core.errors import FieldError, ValidationError


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""An id that a list was not asked for. None is not that: it usually is the id of somebody who is not logged in."""


def fault_of_id(value: Any) -> str | None:
    """Return what is wrong with an id, or None."""
    if not isinstance(value, str) or not value.strip():
        return "must be a string that is not blank"
    return fault_of_text(value)


def checked_ids(**ids: str | Unset) -> dict[str, str]:
    """Return the ids that were given, by name. Raises ValidationError for None, and for what cannot be an id."""
    given = {name: value for name, value in ids.items() if not isinstance(value, Unset)}
    faults = [FieldError(f"/{name}", fault) for name, value in given.items() if (fault := fault_of_id(value))]
    if faults:
        raise ValidationError("The call is invalid.", faults)
    return given
