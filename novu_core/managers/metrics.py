"""Metrics of a store: what a monitoring system asks for every few seconds, the same whichever process is asked."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from novu_core.engine.parts import Parts
from novu_core.engine.presence import ALIVE
from novu_core.records.metrics import Measure, Metric, Sample
from novu_core.storage import metrics as counted
from novu_core.storage.handing import due
from novu_core.storage.metrics import DURATIONS, LATENESS, Sent
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_object
from novu_core.storage.workers import seen
from novu_core.types import JsonObject

_SETTLED = timedelta(minutes=5)
"""Messages older than this are counted once by a process; those that take longer to be sent are missed."""
_HOUR = timedelta(hours=1)
_Key = tuple[str, str, int, int]
"""A channel, a provider, and the buckets of the duration and of the lateness."""
_NOT_DELIVERED = frozenset({"delivery", "configuration"})
"""The kinds of errors that are not of the user's code."""
_RUNS = Measure("novu_runs", "gauge", f"Runs triggered in the last hour, of the latest {counted.MOST_RUNS}.", "{run}")
_WAITING = Measure(
    "novu_waiting",
    "gauge",
    f"Waiting runs by what they wait for, counted up to {counted.MOST_WAITING} each.",
    "{run}",
)
_DUE = Measure("novu_due", "gauge", "Runs that a worker could start now.", "{run}")
_OLDEST_DUE = Measure("novu_oldest_due_seconds", "gauge", "How long the oldest run in novu_due has been due.", "s")
_WORKERS = Measure("novu_workers", "gauge", "Processes that run what is due.", "{process}")
GAUGES = (_RUNS, _WAITING, _DUE, _OLDEST_DUE, _WORKERS)
DELIVERIES = Measure(
    "novu_deliveries_total", "counter", "Messages since the hour began (UTC), by outcome.", "{message}"
)
LATE = Measure(
    "novu_lateness_seconds",
    "histogram",
    "Time from the trigger to the start of the run, once per delivered message.",
    "s",
    LATENESS,
)
DURATION = Measure(
    "novu_duration_seconds",
    "histogram",
    "Time from the trigger to the delivery, waits included, once per delivered message.",
    "s",
    DURATIONS,
)


@dataclass(slots=True)
class _Tally:
    """Deliveries, and the microseconds that they took."""

    sent: Counter[_Key] = field(default_factory=Counter)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, rows: Iterable[Sent]) -> None:
        for row in rows:
            self.sent[row.channel, row.provider, row.duration, row.lateness] += row.number
            self.taken["duration", row.channel] += row.taken
            self.taken["lateness", row.channel] += row.late

    def at_least(self, other: _Tally) -> _Tally:
        return _Tally(self.sent | other.sent, self.taken | other.taken, self.failed | other.failed)


@dataclass(slots=True)
class _Hour:
    """What is known of an hour. ``settled``: what was counted until ``until``, and is not looked at again.

    ``most``: the highest that each number has been, since counters never fall: what was deleted or retried since then
    has happened all the same.
    """

    start: datetime
    until: datetime
    settled: _Tally = field(default_factory=_Tally)
    most: _Tally = field(default_factory=_Tally)


class Metrics:
    """The metrics of one app's runs and messages. Counters and histograms begin anew with each hour (UTC)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._hour: _Hour | None = None

    def collect(self) -> list[Metric]:
        """Return all of them, as they are now. Raises StoreError."""
        with self._lock:
            return self._parts.store.database.read(lambda transaction: self._all(transaction, self._parts.clock.now()))

    def gauges(self) -> list[Metric]:
        """Return those that tell a present state, which costs less. Raises StoreError."""
        return self._parts.store.database.read(lambda transaction: self._gauges(transaction, self._parts.clock.now()))

    def _all(self, transaction: Transaction, now: datetime) -> list[Metric]:
        states = self._gauges(transaction, now)
        tally = self._tally(transaction, self._parts.store.app, now)
        return [
            *states,
            DELIVERIES.metric(*_outcomes(tally)),
            LATE.metric(*_histogram(tally, "lateness", LATENESS, lambda key: key[3])),
            DURATION.metric(*_histogram(tally, "duration", DURATIONS, lambda key: key[2])),
        ]

    def _gauges(self, transaction: Transaction, now: datetime) -> list[Metric]:
        app = self._parts.store.app
        ready = due(transaction, app, now)
        late = max((now - ready.since).total_seconds(), 0.0) if ready.since else 0.0
        alive = sum(at is not None and now - at < ALIVE for *_, at in seen(transaction, app))
        runs = counted.runs(transaction, app, now - _HOUR)
        return [
            _RUNS.metric(*(Sample({"status": status, "workflow": name}, number) for name, status, number in runs)),
            _WAITING.metric(*(Sample({"kind": kind}, number) for kind, number in counted.waiting(transaction, app))),
            _DUE.metric(Sample({}, ready.runs)),
            _OLDEST_DUE.metric(Sample({}, late)),
            _WORKERS.metric(Sample({}, alive)),
        ]

    def _tally(self, transaction: Transaction, app: str, now: datetime) -> _Tally:
        start = now.replace(minute=0, second=0, microsecond=0)
        hour = self._hour
        if hour is None or hour.start != start or now < hour.until:
            hour = self._hour = _Hour(start, start)
        if now - _SETTLED > hour.until:
            settled = counted.sent(transaction, app, hour.until, now - _SETTLED)
            hour.settled.add(settled)
            hour.until = now - _SETTLED
        present = _Tally().at_least(hour.settled)
        present.add(counted.sent(transaction, app, hour.until, now + timedelta(milliseconds=1)))
        present.failed = Counter(_failures(counted.failed(transaction, app, start)))
        hour.most = hour.most.at_least(present)
        return hour.most


def _failures(found: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, str]]:
    for channel, text in found:
        try:
            error = read_object(text)
        except UnreadableValueError:
            continue
        provider = failed_by(error)
        if provider is not None:
            yield channel, provider


def failed_by(error: JsonObject) -> str | None:
    """Return the provider of a delivery that failed with this error, blank where there was none.

    None where it is the error of the user's code.
    """
    return str(error.get("provider") or "") if error.get("kind") in _NOT_DELIVERED else None


def _outcomes(tally: _Tally) -> list[Sample]:
    numbers: Counter[tuple[str, str, str]] = Counter()
    for (channel, provider, *_), number in tally.sent.items():
        numbers[channel, provider, "delivered"] += number
    for (channel, provider), number in tally.failed.items():
        numbers[channel, provider, "failed"] += number
    return [
        Sample({"channel": channel, "provider": provider, "outcome": outcome}, number)
        for (channel, provider, outcome), number in sorted(numbers.items())
    ]


def _histogram(tally: _Tally, name: str, bounds: Sequence[float], place: Callable[[_Key], int]) -> list[Sample]:
    found: list[Sample] = []
    for channel in sorted({key[0] for key in tally.sent}):
        below = 0
        for at, bound in enumerate([*map(str, bounds), "+Inf"]):
            below += sum(number for key, number in tally.sent.items() if key[0] == channel and place(key) == at)
            found.append(Sample({"channel": channel, "le": bound}, below, "_bucket"))
        found.append(Sample({"channel": channel}, tally.taken[name, channel] / 1e6, "_sum"))
        found.append(Sample({"channel": channel}, below, "_count"))
    return found
