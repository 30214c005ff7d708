"""A request's span, what it triggers, and what Novu drives, under each framework."""

from __future__ import annotations

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from novu_core.bridge.signature import TOLERANCE_MS, sign
from novu_core.clock import micros
from novu_core.integrations.opentelemetry import instrument
from novu_core.javascript.canonical import encode

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


@pytest.fixture
def spans(exporter):
    return lambda: {span.name: span for span in exporter.get_finished_spans()}


class Courier:
    """Delivers on the event loop."""

    async def send(self, message):
        pass


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_request_triggers_is_below_its_span(make_api, registry, tracer_provider, spans, is_async, caplog):
    if is_async:

        @registry.workflow("order")
        async def order(step):
            await step.email("mail", {"subject": "s", "body": "b"})
    else:

        @registry.workflow("order")
        def order(step):
            step.email("mail", {"subject": "s", "body": "b"})

    api = make_api(registry, delivery={"email": Courier()})
    instrument(api.novu, tracer_provider=tracer_provider)
    with tracer_provider.get_tracer("framework").start_as_current_span("POST") as request:
        to = {"subscriberId": "ada", "email": "ada@example.org"}
        assert api.post("/workflows/order/execute", json={"to": to}).status == 200
    found = spans()
    chain = ["POST", "trigger order", "run order", "email mail", "deliver email"]
    assert sorted(found) == sorted(chain)
    assert [found[name].parent.span_id for name in chain[1:]] == [found[name].context.span_id for name in chain[:-1]]
    assert {span.context.trace_id for span in found.values()} == {request.get_span_context().trace_id}
    assert [
        each for each in caplog.records if "opentelemetry" in each.name
    ] == []  # each context is left where it began


BODY = {"payload": {}, "controls": {}, "state": [], "subscriber": {}}


def execute(api, workflow="order", step="mail", action="execute", **headers):
    path = f"?action={action}&workflowId={workflow}&stepId={step}"
    return api.post(path, json=BODY, headers={**PARENT, **headers})


@pytest.fixture
def make_bridge(make_api, registry, tracer_provider):
    @registry.workflow("order")
    def order(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("broken")
    def broken(step):
        step.email("mail", lambda: 1 / 0)

    def make(**settings):
        api = make_api(registry, **settings)
        instrument(api.novu, tracer_provider=tracer_provider)
        return api

    return make


@pytest.fixture
def bridge(make_bridge):
    return make_bridge()


@pytest.fixture
def signed(make_bridge):
    """A bridge that asks for signatures, and a function that makes them."""
    api = make_bridge(secret_key="key", strict_authentication=True)

    def headers(key="key", age_ms=0, body=BODY):
        return {"novu-signature": sign(key, micros(api.novu.clock.now()) / 1000 - age_ms, encode(body))}

    return api, headers


def test_a_step_that_novu_drives_is_below_the_span_that_the_request_names(bridge, spans):
    assert execute(bridge).status == 200
    [(name, span)] = spans().items()
    assert (name, span.kind) == ("execute order", SpanKind.SERVER)
    assert span.status.status_code is StatusCode.UNSET
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, CALLER)
    assert dict(span.attributes) == {
        "novu.workflow.id": "order",
        "novu.step.id": "mail",
        "http.response.status_code": 200,
    }


def test_or_below_the_requests_own_span(bridge, tracer_provider, spans):
    with tracer_provider.get_tracer("framework").start_as_current_span("POST") as request:
        assert execute(bridge, action="preview").status == 200
    span = spans()["preview order"]
    assert (span.kind, span.parent.span_id) == (SpanKind.INTERNAL, request.get_span_context().span_id)


def test_a_step_that_fails_there(bridge, spans):
    status = execute(bridge, workflow="broken").status
    span = spans()["execute broken"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == str(status) == "502"


def test_what_is_not_there_makes_no_span(bridge, spans):
    assert execute(bridge, workflow="nobody").status == 404
    assert bridge.get("?action=discover").status == 200
    assert spans() == {}


def test_what_is_signed_makes_its_span_below_the_callers(signed, spans):
    api, headers = signed
    assert execute(api, **headers()).status == 200
    [span] = spans().values()
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, CALLER)


@pytest.mark.parametrize("action", ["execute", "preview"])
@pytest.mark.parametrize("made", [None, {"key": "guess"}, {"age_ms": 2 * TOLERANCE_MS}, {"body": {"of": "another"}}])
def test_a_request_whose_signature_does_not_hold_makes_no_span(signed, spans, action, made):
    api, headers = signed
    assert execute(api, action=action, **({} if made is None else headers(**made))).status == 401
    assert spans() == {}


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
def test_nor_does_a_method_that_drives_no_step(signed, spans, method):
    api, headers = signed
    path = "?action=execute&workflowId=order&stepId=mail"
    assert api.request(method, path, headers={**PARENT, **headers(body={})}).status in (200, 400, 405)
    assert spans() == {}


@pytest.mark.parametrize("step", ["", "nobody", "mail%0Amail", "x" * 4_000])
@pytest.mark.parametrize("action", ["execute", "preview"])
def test_a_step_that_is_not_there_is_named_in_no_span(signed, spans, action, step):
    """The signature is the body's: the query may say anything."""
    api, headers = signed
    execute(api, step=step, action=action, **headers())
    [span] = spans().values()
    assert span.attributes.keys() - {"error.type"} == {"novu.workflow.id", "http.response.status_code"}
