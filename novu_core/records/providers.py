"""What is known of a provider in one process, and what it said, as callers see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from novu_core.types import Channel, JsonObject


@dataclass(frozen=True, kw_only=True)
class ProviderState:
    """One provider of a channel, in this process.

    ``circuit``: ``closed`` (it is asked), ``open`` (it failed again and again, and is not asked before ``until``) or
    ``trying`` (the next attempt decides). ``failures``: network failures in a row, the last of which is
    ``last_error``. ``since``: when the circuit opened. ``rate``: what it is limited to, as ``14/s``. ``in_progress``:
    attempts that have not ended. ``channel``: None for the one that serves every channel without a provider.
    """

    channel: Channel | None
    provider: str
    circuit: Literal["closed", "open", "trying"]
    failures: int
    since: datetime | None
    until: datetime | None
    last_error: str | None
    rate: str | None
    in_progress: int

    def to_json(self) -> JsonObject:
        """Return the state as a JSON object, times in ISO 8601."""
        return {
            "channel": None if self.channel is None else self.channel.value,
            "provider": self.provider,
            "circuit": self.circuit,
            "failures": self.failures,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "last_error": self.last_error,
            "rate": self.rate,
            "in_progress": self.in_progress,
        }


@dataclass(frozen=True, kw_only=True)
class ProviderAnswer:
    """What a provider said to a test message.

    ``error``: None where it took the message; else ``retriable`` tells whether it may later, ``retry_after`` in how
    many seconds it asks to be tried again. ``id`` and ``detail``: its receipt.
    """

    provider: str
    error: str | None = None
    retriable: bool = False
    retry_after: float | None = None
    id: str | None = None
    detail: JsonObject = field(default_factory=dict, hash=False)

    @property
    def delivered(self) -> bool:
        """Whether the provider took the message."""
        return self.error is None

    def to_json(self) -> JsonObject:
        """Return the answer as a JSON object."""
        return {
            "provider": self.provider,
            "delivered": self.delivered,
            "id": self.id,
            "detail": self.detail,
            "error": self.error,
            "retriable": self.retriable,
            "retry_after": self.retry_after,
        }
