"""The only source of time. Every place that needs ``now`` is given a Clock; stores keep times as microseconds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Protocol

UTC = timezone.utc
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FRACTION = re.compile(r"[.,](\d+)")
_ZULU = re.compile(r"[zZ]$")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told to. ``start`` must be aware."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def now(self) -> datetime:
        """Return the time that was set last, in UTC."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to ``moment``; backwards is allowed, for tests of a stepping clock."""
        if moment.tzinfo is None:
            raise ValueError("A clock needs an aware datetime, for example datetime(2026, 1, 5, tzinfo=timezone.utc).")
        self._now = moment.astimezone(UTC)

    def advance(self, delta: timedelta) -> None:
        """Move forward by ``delta``."""
        self._now += delta


def micros(moment: datetime) -> int:
    """Return an aware time as microseconds since the epoch."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(value: int) -> datetime:
    """Return microseconds since the epoch as an aware time in UTC."""
    return _EPOCH + value * _MICROSECOND


def iso_time(text: str) -> datetime:
    """Return the time that an ISO 8601 text says, without a zone where it names none. Raises ValueError."""
    # Python 3.10 reads neither `Z` nor fractions of other than 3 or 6 digits.
    text = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)
    return datetime.fromisoformat(_ZULU.sub("+00:00", text))
