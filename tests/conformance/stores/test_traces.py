"""OpenTelemetry: one trace from a trigger to the last delivery, whoever goes on with the run."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text

from novu_core import Retry
from novu_core.delivery import Router
from novu_core.errors import ValidationError
from novu_core.integrations.opentelemetry import instrument
from novu_core.testing import NovuEnvironment
from tests.providers import Refusing

ADA = {"subscriberId": "ada", "email": "ada@example.org"}
MAIL = {"subject": "s", "body": "b"}
HOUR = {"amount": 1, "unit": "hours"}


@pytest.fixture
def tree(exporter):
    """The names of the spans as they lie in each other, in the order in which they began."""

    def grown():
        spans = sorted(exporter.get_finished_spans(), key=lambda span: span.start_time)
        assert len({span.context.trace_id for span in spans}) == 1
        ids = {span.context.span_id for span in spans}

        def below(parent):
            return [
                (span.name, *below(span.context.span_id))
                for span in spans
                if (span.parent.span_id if span.parent and span.parent.span_id in ids else None) == parent
            ]

        return below(None)

    return grown


@pytest.fixture
def told(exporter):
    """The attributes of the spans of a name, and their errors' classes, without the ids that are the same in each."""

    def found(name):
        common = {"novu.execution.id", "novu.workflow.id", "novu.transaction.id", "novu.step.id", "novu.step.type"}
        return [
            {key.removeprefix("novu."): value for key, value in span.attributes.items() if key not in common}
            for span in exporter.get_finished_spans()
            if span.name == name
        ]

    return found


def test_from_the_trigger_to_the_delivery(traced, registry, exporter, tree):
    @registry.workflow("order")
    def order(step):
        step.in_app("bell", {"body": "secret body"})
        step.custom("sum", lambda: {"n": 1})
        step.email("mail", {"subject": "secret subject", "body": "secret body"})

    result = order.trigger(to=ADA, payload={"secret": "secret value"}, transaction_id="t-1")
    assert tree() == [
        ("trigger order", ("run order", ("in_app bell",), ("custom sum",), ("email mail", ("deliver email",)))),
    ]
    spans = {span.name: span for span in exporter.get_finished_spans()}
    kinds = {name: span.kind for name, span in spans.items()}
    assert (kinds["trigger order"], kinds["run order"]) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert (kinds["email mail"], kinds["deliver email"]) == (SpanKind.INTERNAL, SpanKind.CLIENT)
    assert {span.status.status_code for span in spans.values()} == {StatusCode.UNSET}
    ids = {"novu.workflow.id": "order", "novu.execution.id": result.execution_id, "novu.transaction.id": "t-1"}
    assert dict(spans["trigger order"].attributes) == ids
    assert dict(spans["run order"].attributes) == {**ids, "novu.status": "completed"}
    step = {"novu.workflow.id": "order", "novu.execution.id": result.execution_id, "novu.step.id": "mail"}
    assert dict(spans["deliver email"].attributes) == {
        **step,
        "novu.channel": "email",
        "novu.provider": "outbox",
        "novu.attempt": 1,
    }
    assert dict(spans["email mail"].attributes) == {
        **step,
        "novu.step.type": "email",
        "novu.status": "completed",
        "novu.outcome": "delivered",
    }
    everything = " ".join(span.to_json() for span in spans.values())
    assert "secret" not in everything
    assert "ada" not in everything


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_another_process_goes_on_with_a_wait(url, registry, tracer_provider, exporter, tree, told):
    @registry.workflow("summary")
    def summary(step):
        step.digest("gather", HOUR)
        step.email("mail", MAIL)

    with NovuEnvironment(registry, {"NOVU_STORE_URL": url}) as first:
        instrument(first.client, tracer_provider=tracer_provider)
        first.client.trigger("summary", to=ADA)
        later = first.clock.now() + timedelta(hours=1)
    with NovuEnvironment(registry, {"NOVU_STORE_URL": url}, later) as second:
        instrument(second.client, tracer_provider=tracer_provider)
        with tracer_provider.get_tracer("queue").start_as_current_span("a task of a queue") as task:
            second.run_due()
        assert len(second.outbox.email) == 1
    spans = exporter.get_finished_spans()
    went_on = [span for span in spans if span.name == "run summary"][1]
    assert [link.context.span_id for link in went_on.links] == [task.get_span_context().span_id]
    exporter.clear()
    exporter.export([span for span in spans if span.name != "a task of a queue"])
    assert tree() == [
        ("trigger summary", ("run summary", ("digest gather",)),
         ("run summary", ("digest gather",), ("email mail", ("deliver email",)))),
    ]  # fmt: skip
    assert told("run summary") == [{"status": "running", "waiting_for": "digest"}, {"status": "completed"}]
    assert told("digest gather") == [{"status": "executing", "waiting_for": "digest"}, {"status": "completed"}]


def test_a_retry_and_then_the_next_provider(env, traced, registry, tree, told, exporter):
    @registry.workflow("order")
    def order(step):
        step.email("mail", MAIL, retry=Retry(attempts=2, base=60, cap=60))

    flaky, down = Refusing(ConnectionError("secret"), name="flaky"), env.outbox
    env.client.engine.parts.router = Router({"email": [flaky, down]})
    order.trigger(to=ADA)
    env.advance(hours=1)
    assert tree() == [
        ("trigger order", ("run order", ("email mail", ("deliver email",))),
         ("run order", ("email mail", ("deliver email",), ("deliver email",)))),
    ]  # fmt: skip
    assert told("deliver email") == [
        {"channel": "email", "provider": "flaky", "attempt": 1, "error.type": "ConnectionError"},
        {"channel": "email", "provider": "flaky", "attempt": 2, "error.type": "ConnectionError"},
        {"channel": "email", "provider": "outbox", "attempt": 1},
    ]
    assert told("email mail") == [
        {"status": "executing", "waiting_for": "retry", "error.type": "DeliveryError"},
        {"status": "completed", "outcome": "delivered"},
    ]
    assert told("run order") == [{"status": "running", "waiting_for": "retry"}, {"status": "completed"}]
    failed = {span.name for span in exporter.get_finished_spans() if span.status.status_code is StatusCode.ERROR}
    assert failed == {"deliver email", "email mail"}
    assert "secret" not in " ".join(span.to_json() for span in exporter.get_finished_spans())


def test_a_step_that_fails(traced, registry, told, exporter):
    @registry.workflow("broken")
    def broken(step):
        step.custom("sum", lambda: 1 / 0)

    broken.trigger(to="ada")
    assert told("custom sum") == [{"status": "failed", "error.type": "ZeroDivisionError"}]
    assert told("run broken") == [{"status": "failed", "error.type": "ZeroDivisionError"}]
    assert told("trigger broken") == [{}]
    assert exporter.get_finished_spans()[0].events == ()  # an exception's text may be a payload's


def test_a_function_that_fails_and_is_tried_again(env, traced, registry, told):
    failures = []

    @registry.workflow("flaky", retry=Retry(attempts=2, base=60, cap=60))
    def flaky(step):
        step.in_app("bell", {"body": "b"})
        if failures:
            raise failures.pop()

    flaky.check()  # which runs the function, too
    failures.append(AttributeError("secret"))
    flaky.trigger(to="ada")
    env.advance(hours=1)
    assert told("run flaky") == [
        {"status": "running", "waiting_for": "retry", "error.type": "AttributeError"},
        {"status": "completed"},
    ]
    assert told("in_app bell") == [{"status": "completed", "outcome": "delivered"}]


def test_members_of_a_topic_are_of_the_triggers_trace(env, traced, registry, tree):
    @registry.workflow("news")
    def news(step):
        step.in_app("bell", {"body": "b"}, skip=True)

    env.client.topics.subscribe("all", ["ada", "bob"])
    news.trigger(to={"type": "Topic", "topicKey": "all"})
    env.advance()
    run = ("run news", ("in_app bell",))
    assert tree() == [("trigger news", run, run)]


def test_a_trigger_in_a_span_of_the_app(traced, registry, tracer_provider, exporter):
    @registry.workflow("order")
    def order(step):
        step.in_app("bell", {"body": "b"})

    with tracer_provider.get_tracer("app").start_as_current_span("GET /orders") as request:
        order.trigger(to="ada")
    triggered = next(span for span in exporter.get_finished_spans() if span.name == "trigger order")
    assert triggered.parent.span_id == request.get_span_context().span_id


def test_a_trigger_that_is_refused(traced, registry, told):
    @registry.workflow("order", payload_schema={"type": "object", "required": ["id"]})
    def order(step):
        step.in_app("bell", {"body": "b"})

    with pytest.raises(ValidationError):
        order.trigger(to="ada", payload={})
    assert told("trigger order") == [{"error.type": "PayloadInvalidError"}]


def test_nothing_is_stored_without_tracing(env, registry):
    @registry.workflow("order")
    def order(step):
        step.in_app("bell", {"body": "b"})

    result = order.trigger(to="ada")
    assert "trace" not in env.client.engine.parts.store.execution(result.execution_id).request


def test_what_is_stored_is_w3cs(env, traced, registry, exporter):
    @registry.workflow("order")
    def order(step):
        step.delay("pause", HOUR)

    result = order.trigger(to="ada")
    store = env.client.engine.parts.store
    request = store.execution(result.execution_id).request
    [triggered] = [span for span in exporter.get_finished_spans() if span.name == "trigger order"]
    trace_id, span_id = (
        trace.format_trace_id(triggered.context.trace_id),
        trace.format_span_id(triggered.context.span_id),
    )
    assert request["trace"].keys() == {"traceparent"}
    assert request["trace"]["traceparent"].startswith(f"00-{trace_id}-{span_id}-")


@pytest.mark.parametrize("stored", [{"traceparent": "garbage"}, {"traceparent": 7}, "garbage", None])
def test_a_stored_context_that_cannot_be_read_begins_a_trace(env, traced, registry, exporter, stored):
    @registry.workflow("order")
    def order(step):
        step.delay("pause", HOUR)

    result = order.trigger(to="ada")
    store = env.client.engine.parts.store
    damaged = json.dumps({**store.execution(result.execution_id).request, "trace": stored})
    store.database.write(lambda each: each.execute(text("UPDATE novu_executions SET request = :it"), {"it": damaged}))
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    assert [span.parent for span in exporter.get_finished_spans() if span.name == "run order"][1] is None


def test_a_processor_that_raises_fails_no_run(env, registry, caplog):
    class Broken(SpanProcessor):
        def on_start(self, *given, **options):
            raise RuntimeError("the processor is broken")

        def on_end(self, *given):
            raise RuntimeError("the processor is broken")

    @registry.workflow("order")
    def order(step):
        step.email("mail", MAIL)

    tracer_provider = TracerProvider(shutdown_on_exit=False)
    tracer_provider.add_span_processor(Broken())
    instrument(env.client, tracer_provider=tracer_provider)
    assert order.trigger(to=ADA).status == "completed"
    assert "A span could not be started" in caplog.text
