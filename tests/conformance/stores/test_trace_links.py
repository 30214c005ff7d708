"""OpenTelemetry: a digest is linked to the traces that its events come from."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from sqlalchemy import text

from novu_core.errors import StoreError
from novu_core.integrations.opentelemetry import instrument, tracing

ADA = {"subscriberId": "ada", "email": "ada@example.org"}
HOUR = {"amount": 1, "unit": "hours"}


@pytest.fixture
def edit(env):
    """Change a run's row in a way that the product never does."""
    database = env.client.engine.parts.store.database
    return lambda sql, run: database.write(lambda each: each.execute(text(sql), {"id": run}))


@pytest.fixture
def summary(registry):
    @registry.workflow("summary")
    def summary(step):
        step.digest("gather", HOUR)

    return summary


@pytest.fixture
def linked(exporter):
    """The spans that each run's second stretch is linked to, as numbers of the triggers in their order."""

    def found():
        spans = exporter.get_finished_spans()
        triggers = [span.context.span_id for span in spans if span.name == "trigger summary"]
        runs = [span for span in spans if span.name == "run summary" and span.attributes["novu.status"] == "completed"]
        return [
            sorted(triggers.index(link.context.span_id) for link in run.links)
            for run in runs
            if "novu.merged_into" not in run.attributes
        ]

    return found


@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_digest_is_linked_to_the_triggers_whose_events_it_took(env, traced, summary, linked, others):
    for _ in range(1 + others):
        summary.trigger(to=ADA)
    summary.trigger(to="ben")
    env.advance(hours=1)
    assert sorted(linked()) == [[], [*range(1, 1 + others)]]


def test_what_was_triggered_without_a_trace_or_is_gone_or_damaged_is_no_link(
    env, tracer_provider, summary, linked, edit
):
    runs = [summary.trigger(to=ADA)]
    end = instrument(env.client, tracer_provider=tracer_provider)
    runs += [summary.trigger(to=ADA) for _ in range(3)]
    end()
    runs.append(summary.trigger(to=ADA))
    edit("UPDATE novu_executions SET request = '[' WHERE execution_id = :id", runs[1].execution_id)
    edit("DELETE FROM novu_executions WHERE execution_id = :id", runs[2].execution_id)
    instrument(env.client, tracer_provider=tracer_provider)
    env.advance(hours=1)
    assert linked() == [[2]]


def test_a_digest_whose_links_cannot_be_read_is_sent_all_the_same(env, traced, summary, linked, monkeypatch, caplog):
    def gone(*_, **options):
        raise StoreError("gone")

    runs = [summary.trigger(to=ADA) for _ in range(2)]
    monkeypatch.setattr(tracing, "requests_of", gone)
    env.advance(hours=1)
    assert env.client.executions.get(runs[0].execution_id).status == "completed"
    assert "A digest's span could not be linked" in caplog.text
    assert linked() == [[]]


def test_what_is_not_sampled_reads_nothing(env, summary, monkeypatch, caplog):
    instrument(env.client, tracer_provider=TracerProvider(ALWAYS_OFF, shutdown_on_exit=False))
    monkeypatch.setattr(tracing, "requests_of", None)
    runs = [summary.trigger(to=ADA) for _ in range(2)]
    env.advance(hours=1)
    assert env.client.executions.get(runs[0].execution_id).status == "completed"
    assert "could not be linked" not in caplog.text
