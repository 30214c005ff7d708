"""Control values, as they were changed one after another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from novu_core.types import JsonObject


@dataclass(frozen=True)
class ControlsVersion:
    """Control values from one change to the next. ``changed_by``: who said so, as far as is known.

    ``values`` and ``changed_at`` are None where the stored row is damaged.
    """

    version_id: str
    values: JsonObject | None
    changed_at: datetime | None
    changed_by: str | None

    def to_json(self) -> JsonObject:
        """Return the version as JSON data."""
        changed_at = None if self.changed_at is None else self.changed_at.isoformat()
        return {
            "version_id": self.version_id,
            "values": self.values,
            "changed_at": changed_at,
            "changed_by": self.changed_by,
        }
