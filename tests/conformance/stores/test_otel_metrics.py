"""OpenTelemetry's metrics: the numbers that ``/metrics`` has, and one place that says what they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from novu_core.delivery import Router
from novu_core.engine.presence import Presence
from novu_core.errors import StoreError
from novu_core.integrations.opentelemetry import instrument
from tests.providers import Failing, Refusing

ADA = {"subscriberId": "ada", "email": "ada@example.org"}
LABELS = {"novu.workflow.id": "workflow", "novu.waiting_for": "kind"}
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def reader():
    return InMemoryMetricReader()


@pytest.fixture
def metered(env, reader):
    end = instrument(env.client, meter_provider=MeterProvider([reader], shutdown_on_exit=False))
    yield env.client
    end()


@pytest.fixture
def points(reader):
    """The data points by the metric's name, and the units."""

    def collected():
        data = reader.get_metrics_data()
        return {} if data is None else {
            metric.name: (metric.unit, list(metric.data.data_points))
            for each in data.resource_metrics
            for scope in each.scope_metrics
            for metric in scope.metrics
        }  # fmt: skip

    return collected


def exposed(name, unit, points):
    """What a Prometheus exporter makes of an instrument: the names, labels and values of its samples."""
    base = name.replace(".", "_") + ("_seconds" if unit == "s" else "_total" if name == "novu.deliveries" else "")
    found = {}
    for point in points:
        labels = sorted((LABELS.get(key, key.removeprefix("novu.")), value) for key, value in point.attributes.items())
        if not hasattr(point, "bucket_counts"):
            found[base, tuple(labels)] = point.value
            continue
        below, bounds = 0, [*map(str, point.explicit_bounds), "+Inf"]
        for bound, count in zip(bounds, point.bucket_counts, strict=True):
            below += count
            found[base + "_bucket", (*labels, ("le", bound))] = below
        found[base + "_sum", tuple(labels)], found[base + "_count", tuple(labels)] = point.sum, point.count
    return found


def test_they_are_the_numbers_of_the_page(env, metered, registry, points):
    @registry.workflow("bell")
    def bell(step):
        step.in_app("told", {"body": "b"})

    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 20, "unit": "minutes"})
        step.email("mail", MAIL)

    @registry.workflow("broken")
    def broken(step):
        step.in_app("told", lambda: 1 / 0)

    acme, umbrella = Refusing(ValueError("no"), name="acme"), Failing(ValueError("no"), name="umbrella")
    env.client.engine.parts.router = Router({"email": umbrella})
    later.trigger(to=ADA)
    env.advance(minutes=20)
    later.trigger(to=ADA)
    env.advance(minutes=20)
    env.client.engine.parts.router = Router({"email": acme})
    later.trigger(to=ADA)
    env.advance(minutes=19, seconds=30)
    broken.trigger(to="ada")
    bell.trigger(to="ada", wait=False)
    env.clock.advance(timedelta(seconds=20))
    env.advance()
    bell.trigger(to="ada", wait=False)
    Presence(metered.engine.parts).look()
    ours = {}
    for name, (unit, found) in points().items():
        ours |= exposed(name, unit, found)
    page = {
        (metric.name + sample.suffix, tuple(sorted(sample.labels.items(), key=lambda pair: (pair[0] == "le", pair)))):
        sample.value
        for metric in metered.metrics.collect()
        for sample in metric.samples
    }  # fmt: skip
    assert page["novu_deliveries_total", (("channel", "email"), ("outcome", "failed"), ("provider", "umbrella"))] == 1
    assert page["novu_lateness_seconds_sum", (("channel", "in_app"),)] == 20
    assert {(name, tuple((key, value.removesuffix(".0")) for key, value in labels)): value
            for (name, labels), value in ours.items()} == page  # fmt: skip


def test_a_provider_that_is_missing_counts_too(env, metered, registry, points):
    @registry.workflow("mail")
    def mail(step):
        step.email("mail", MAIL)

    env.client.engine.parts.router = Router({})
    mail.trigger(to=ADA)
    [point] = points()["novu.deliveries"][1]
    attributes = {"novu.channel": "email", "novu.provider": "", "novu.outcome": "failed"}
    assert (dict(point.attributes), point.value) == (attributes, 1)


def test_a_store_that_does_not_answer_has_no_states(env, metered, registry, points, monkeypatch, caplog):
    def gone():
        raise StoreError("the disk is full")

    assert "novu.due" in points()
    monkeypatch.setattr(metered.metrics, "gauges", gone)
    assert points() == {}
    assert caplog.text.count("the disk is full") == 1
    monkeypatch.undo()
    assert "novu.due" in points()


def test_the_store_is_asked_once_a_collection(env, metered, points, monkeypatch):
    asked = []
    gauges = metered.metrics.gauges
    monkeypatch.setattr(metered.metrics, "gauges", lambda: asked.append(1) or gauges())
    points()
    points()
    assert len(asked) == 2


def test_a_client_that_is_closed_has_no_states(env, metered, points):
    env.client.close()
    assert points() == {}
