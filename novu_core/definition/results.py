"""What a step call gives back to the function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from novu_core.types import JsonObject


class DigestEvent(TypedDict):
    """One event of a digest: the execution's id, its time (ISO-8601, UTC) and its payload."""

    id: str
    time: str
    payload: JsonObject


class StepResult(Mapping[str, Any]):
    """A step's result, read by attribute (``batch.event_count``) or by item (``batch["eventCount"]``).

    Falsy where the step was skipped, or failed and was continued; every field then reads as empty.
    """

    def __init__(self, data: Mapping[str, Any] | None, *, ran: bool = True) -> None:
        self._data: dict[str, Any] = (
            data if isinstance(data, dict) else dict(data or {})
        )  # the engine's, for seen, read
        self._ran = ran

    def __bool__(self) -> bool:
        return self._ran

    def __getitem__(self, key: str) -> Any:
        if not self._ran:
            return None
        if key in self._data:
            return self._data[key]
        return self._data[to_camel(str(key))]

    def __contains__(self, key: object) -> bool:
        return key in self._data or (isinstance(key, str) and to_camel(key) in self._data)

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this step's result has no {name!r}; it has {sorted(self._data)}") from None

    def __eq__(self, other: object) -> bool:
        return self._data == (other._data if isinstance(other, StepResult) else other)

    __hash__ = None  # type: ignore[assignment]  # a mapping, compared by value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._data!r}{'' if self._ran else ', ran=False'})"

    def to_json(self) -> JsonObject:
        """Return the plain data."""
        return dict(self._data)


class ChannelResult(StepResult):
    """A channel step's result. Of an in-app message ``seen`` and ``read`` tell what held when the run woke last."""

    @property
    def seen(self) -> bool:
        """Whether the subscriber saw the message."""
        return bool(self._data.get("seen", False))

    @property
    def read(self) -> bool:
        """Whether the subscriber opened the message."""
        return bool(self._data.get("read", False))


class Digest(StepResult):
    """A digest's events, in the order of their arrival."""

    @property
    def events(self) -> list[DigestEvent]:
        """The events, each ``{id, time, payload}``."""
        events: list[DigestEvent] = self._data.get("events", [])
        return events

    @property
    def event_count(self) -> int:
        """How many events there are."""
        return int(self._data.get("eventCount", len(self.events)))


class Delay(StepResult):
    """How long a delay took."""

    @property
    def duration(self) -> int:
        """Milliseconds."""
        return int(self._data.get("duration", 0))


class Throttle(StepResult):
    """Whether the run was let through, and the window's state."""

    @property
    def throttled(self) -> bool:
        """True where the run is over the limit."""
        return bool(self._data.get("throttled", False))
