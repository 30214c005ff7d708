"""What is stored about one workflow and one subscriber, read at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from novu_core.clock import moment
from novu_core.codec import loads
from novu_core.storage import statements
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject


@dataclass(slots=True)
class Known:
    """A workflow's status and controls, a subscriber's fields and preferences; None and {} where nothing is stored.

    ``deleted_at``: when a subscriber of this id was deleted last; it may be stored again since.

    ``controls``: by step id, ``""`` for the workflow's own. ``preferences``: for the workflow, and the global ones.
    """

    status: str | None = None
    controls: dict[str, JsonObject] = field(default_factory=dict)
    subscriber: JsonObject | None = None
    preferences: tuple[JsonObject | None, JsonObject | None] = (None, None)
    deleted_at: datetime | None = None

    @classmethod
    def read(cls, transaction: Transaction, workflow_id: str, subscriber_id: str) -> Known:
        """Read by one statement."""
        found: dict[str, dict[str, Any]] = {}
        params = {"workflow_id": workflow_id, "subscriber_id": subscriber_id}
        for kind, key, value in transaction.rows(statements.KNOWN, params):
            found.setdefault(kind, {})[key] = value if kind == "status" else loads(value)
        preferences = found.get("preferences", {})
        deleted = found.get("deleted", {}).get("")
        return cls(
            found.get("status", {}).get(""),
            found.get("controls", {}),
            found.get("subscriber", {}).get(""),
            (preferences.get(workflow_id), preferences.get("")),
            moment(deleted) if deleted is not None else None,
        )
