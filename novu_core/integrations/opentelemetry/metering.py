"""The metrics: what ``/metrics`` tells, under OpenTelemetry's names."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation

from novu_core.client import Client
from novu_core.client.once import built
from novu_core.delivery import Message
from novu_core.lines import logger_of
from novu_core.managers.metrics import DELIVERIES, DURATION, GAUGES, LATE, failed_by
from novu_core.records.metrics import Measure
from novu_core.types import Channel

logger = logger_of(__name__)
_CHANNELS = frozenset(channel.value for channel in Channel)

_NAMES = {"workflow": "novu.workflow.id", "kind": "novu.waiting_for"}


def name_of(measure: Measure) -> str:
    """Return the name that a Prometheus exporter of OpenTelemetry turns into the one that ``/metrics`` has."""
    return measure.name.removesuffix("_total").removesuffix("_seconds").replace("_", ".", 1)


def attributes_of(labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return labels as attributes, under the names that spans have."""
    return {_NAMES.get(name, f"novu.{name}"): value for name, value in labels}


class Deliveries:
    """Counts this process's deliveries as they happen; over all processes they are the store's."""

    def __init__(self, meter: Meter) -> None:
        self._counter = meter.create_counter(name_of(DELIVERIES), DELIVERIES.unit, DELIVERIES.help)
        self._late = _histogram(meter, LATE)
        self._duration = _histogram(meter, DURATION)

    def hear(self, name: str, **data: Any) -> None:
        """Listen to a client's events."""
        if name == "message_sent":
            self._sent(**data)
        elif name == "step_failed" and data["type"] in _CHANNELS:
            provider = failed_by(data["error"] or {})
            if provider is not None:
                self._count(data["type"], provider, "failed")

    def _sent(self, message: Message, provider: str, triggered_at: datetime, started_at: datetime) -> None:
        channel = message.channel.value
        self._count(channel, provider, "delivered")
        attributes = attributes_of([("channel", channel)])
        self._late.record(max((started_at - triggered_at).total_seconds(), 0.0), attributes)
        self._duration.record(max((message.created_at - triggered_at).total_seconds(), 0.0), attributes)

    def _count(self, channel: str, provider: str, outcome: str) -> None:
        labels = {"channel": channel, "provider": provider, "outcome": outcome}
        self._counter.add(1, attributes_of(labels.items()))


def _histogram(meter: Meter, measure: Measure) -> Histogram:
    return meter.create_histogram(
        name_of(measure), measure.unit, measure.help, explicit_bucket_boundaries_advisory=measure.bounds
    )


def observe(meter: Meter, clients: Iterable[Client]) -> None:
    """Let a meter ask for the present states whenever it collects: once for all of them."""
    gauges = _Gauges(clients)
    for measure in GAUGES:
        callback = partial(gauges.of, measure.name)
        meter.create_observable_gauge(name_of(measure), [callback], measure.unit, measure.help)


class _Gauges:
    """Asks the stores of clients. What was read is given to each instrument once, so that all tell of one moment."""

    def __init__(self, clients: Iterable[Client]) -> None:
        self._clients = clients
        self._lock = threading.Lock()
        self._read: dict[str, list[Observation]] = {}

    def of(self, name: str, options: CallbackOptions) -> list[Observation]:
        with self._lock:
            if name not in self._read:
                self._read = self._collect()
            return self._read.pop(name)

    def _collect(self) -> dict[str, list[Observation]]:
        found: dict[str, list[Observation]] = {measure.name: [] for measure in GAUGES}
        for client in list(self._clients):
            if client.closed or not built(client, "engine") or client.settings.dispatch == "cloud":
                continue
            app = client.settings.app or client.name
            try:
                metrics = client.metrics.gauges()
            except Exception as error:  # the store is away, or was closed meanwhile
                logger.warning("The metrics could not be read from the store: %s", error)
                continue
            for metric in metrics:
                for sample in metric.samples:
                    labels = {**sample.labels, "app": app} if app else sample.labels
                    found[metric.name].append(Observation(sample.value, attributes_of(labels.items())))
        return found
