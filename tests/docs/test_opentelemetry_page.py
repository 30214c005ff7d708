"""The tables of docs/guides/opentelemetry.md are what the integration makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from novu_core import Client, Registry
from novu_core.integrations.opentelemetry import instrument
from novu_core.integrations.opentelemetry.metering import name_of
from novu_core.managers.metrics import DELIVERIES, DURATION, GAUGES, LATE
from tests.providers import Refusing

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "opentelemetry.md").read_text("utf-8")
ADA = {"subscriberId": "ada", "email": "ada@example.org"}


def table(header: str) -> list[list[str]]:
    """The rows below a header, cell by cell."""
    [rows] = re.findall(rf"^\| {header} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.M)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


@pytest.fixture(scope="module")
def made():
    """The spans and the metrics of runs in which everything happens that a table names."""
    exporter, reader, registry = InMemorySpanExporter(), InMemoryMetricReader(), Registry()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    @registry.workflow("order")
    def order(step):
        step.in_app("bell", {"body": "b"})
        step.in_app("quiet", {"body": "b"}, skip=True)
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("summary")
    def summary(step):
        step.digest("gather", {"amount": 1, "unit": "hours"})

    settings = {"store_url": "sqlite://", "worker": "none"}
    with Client(settings, registry, delivery={"email": Refusing(ValueError())}, name="shop") as client:
        end = instrument(
            client, tracer_provider=provider, meter_provider=MeterProvider([reader], shutdown_on_exit=False)
        )
        order.trigger(to=ADA)
        summary.trigger(to=ADA)
        summary.trigger(to=ADA)
        watch = client.events.watch
        for action in ("execute", "preview"):
            with watch.bridge(action, "order", "mail", {}.get) as told:
                told(502)
        data = reader.get_metrics_data()
        end()
    metrics = [metric for each in data.resource_metrics for scope in each.scope_metrics for metric in scope.metrics]
    return exporter.get_finished_spans(), metrics


def generic(span) -> str:
    """A span's name as the table has it."""
    attributes = span.attributes
    holes = {"novu.step.type": "{type}", "novu.step.id": "{step}"}
    if "novu.step.type" not in attributes:
        holes = {"novu.workflow.id": "{workflow}", "novu.channel": "{channel}"}
    names = {attributes[key]: hole for key, hole in holes.items() if key in attributes}
    return " ".join(names.get(word, word) for word in span.name.split())


def test_each_span_has_a_row_and_its_kind(made):
    rows = {name: words(cells[0]) and cells[1] for cells in table("Span") for name in words(cells[0])}
    spans, _ = made
    assert {generic(span) for span in spans} == set(rows)
    for span in spans:
        assert span.kind.name.lower() in rows[generic(span)]


def test_each_attribute_of_a_span_has_a_row(made):
    rows = {name for cells in table("Attribute") for name in words(cells[0])}
    assert {name for span in made[0] for name in span.attributes} == rows


def test_each_metric_has_a_row_with_its_unit_and_attributes(made):
    rows = {next(iter(words(cells[0]))): (cells[1], words(cells[2]), words(cells[3])) for cells in table("Metric")}
    measures = {name_of(measure): measure for measure in (*GAUGES, DELIVERIES, LATE, DURATION)}
    assert {name: (measure.kind, {measure.unit}) for name, measure in measures.items()} == {
        name: row[:2] for name, row in rows.items()
    }
    for metric in made[1]:
        for point in metric.data.data_points:
            assert set(point.attributes) - {"novu.app"} == rows[metric.name][2]
    assert {metric.name for metric in made[1]} == set(rows)
