"""Traces and metrics for OpenTelemetry: the extra ``otel``."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from typing import Any

try:
    from opentelemetry import metrics, trace
except ImportError as error:  # pragma: no cover  # this file is what the extra is for
    raise ImportError(
        "novu_core.integrations.opentelemetry needs the OpenTelemetry API: pip install 'flask-novu[otel]'"
    ) from error

from novu_core.client import Client
from novu_core.engine.watching import Watch
from novu_core.integrations.opentelemetry.metering import Deliveries, observe
from novu_core.integrations.opentelemetry.tracing import Tracing
from novu_core.living import live, made
from novu_core.version import VERSION

__all__ = ["instrument"]


def instrument(
    novu: Any = None,
    *,
    tracer_provider: trace.TracerProvider | None = None,
    meter_provider: metrics.MeterProvider | None = None,
) -> Callable[[], None]:
    """Let the clients of ``novu`` make spans and metrics; return a function that ends that.

    ``novu``: a :class:`~novu_core.Client`; a Flask app, or the extension ``Novu``, of whose apps then all are meant;
    ``novu`` of Django, or a ``NovuRouter``; without one, every client of this process, also those made later. Nothing
    is built by this call, and nothing kept alive. A client that makes spans already stays as it is.

    ``tracer_provider``, ``meter_provider``: in place of the global ones. Attributes are ids, names and states: never a
    payload, a recipient or the text of an error. What a provider's processors raise is logged, and no run fails by it.
    """
    tracing = Tracing(trace.get_tracer("novu_core", VERSION, tracer_provider))
    meter = metrics.get_meter("novu_core", VERSION, meter_provider)
    deliveries = Deliveries(meter)
    watched: weakref.WeakSet[Client] = weakref.WeakSet()
    observe(meter, watched)
    named = getattr(novu, "client", novu)
    named = getattr(named, "_get_current_object", lambda: named)()  # Flask's ``current_app`` is a proxy
    owner = None if named is None else weakref.ref(named, lambda _: forget())

    def meet(client: Client) -> None:
        meant = owner is None or client.belongs_to(owner())
        if meant and not isinstance(client.events.watch, Tracing):
            client.events.watch = tracing
            client.events.listeners.append(deliveries.hear)
            watched.add(client)

    def forget() -> None:
        with contextlib.suppress(ValueError):
            made.remove(meet)

    def end() -> None:
        forget()
        for client in list(watched):
            client.events.watch = Watch()
            client.events.listeners.remove(deliveries.hear)
        watched.clear()

    made.append(meet)
    for client in [named] if isinstance(named, Client) else list(live):
        meet(client)
    return end
