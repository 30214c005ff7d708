"""The spans: a trigger, each stretch of a run, a step, an attempt to deliver, and a step that Novu drives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import Any

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from novu_core.engine.halts import Aborted
from novu_core.engine.recording import TRACE
from novu_core.engine.watching import Watch
from novu_core.execution.outcome import Stop
from novu_core.lines import logger_of
from novu_core.records import TriggerResult
from novu_core.storage.digest_events import requests_of
from novu_core.storage.rows import ExecutionRow, StepRow, unscoped
from novu_core.storage.store import Store
from novu_core.types import JsonObject

logger = logger_of(__name__)
Attributes = dict[str, Any]
Told = Callable[[Any, BaseException | None], tuple[Attributes, str | None]]
"""Returns the attributes of what was told and raised, and the class of the error, if it is one."""
_w3c = TraceContextTextMapPropagator()
_RUN = context.create_key("novu-run")
_LINKS = 128
"""Links that a span keeps, unless its SDK is told otherwise."""


class _Block:
    """Makes a span, the present one inside the block. What OpenTelemetry raises is logged, and not raised."""

    __slots__ = ("_begin", "_end", "_key", "_span", "_token", "_told")

    def __init__(self, begin: Callable[[], trace.Span], end: Told, key: str = "novu-span") -> None:
        self._begin = begin
        self._end = end
        self._key = key
        self._told: Any = None
        self._span: trace.Span | None = None

    def __enter__(self) -> Callable[[Any], None]:
        try:
            span = self._begin()
            self._token = context.attach(context.set_value(self._key, span, trace.set_span_in_context(span)))
            self._span = span
        except Exception:
            logger.exception("A span could not be started")
        return self._tell

    def _tell(self, found: Any) -> None:
        self._told = found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        span = self._span
        if span is None:
            return
        context.detach(self._token)
        try:
            attributes, fault = self._end(self._told, error)
            if fault is not None:
                attributes["error.type"] = fault
                span.set_status(Status(StatusCode.ERROR))
            span.set_attributes({name: value for name, value in attributes.items() if value is not None})
            span.end()
        except Exception:
            logger.exception("A span could not be ended")


class Tracing(Watch):
    """Makes a client's spans with one tracer."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def carried(self) -> JsonObject | None:
        """Return the present span's context as W3C's headers, or None where there is no span."""
        carrier: JsonObject = {}
        _w3c.inject(carrier)
        return carrier or None

    def trigger(self, workflow_id: str) -> AbstractContextManager[Callable[[TriggerResult], object]]:
        """A span whose context goes with the runs."""

        def end(result: TriggerResult | None, error: BaseException | None) -> tuple[Attributes, str | None]:
            if result is None:
                return {}, _fault(error)
            attributes: Attributes = {"novu.transaction.id": result.transaction_id}
            if len(result.executions) == 1:
                attributes["novu.execution.id"] = result.executions[0].execution_id
            return attributes, _fault(error)

        return self._block(f"trigger {workflow_id}", SpanKind.PRODUCER, {"novu.workflow.id": workflow_id}, end)

    def run(self, run: ExecutionRow) -> AbstractContextManager[object]:
        """A span below the trigger's, whichever process goes on with the run, and however much later."""
        attributes = {"novu.workflow.id": run.workflow_id, "novu.execution.id": run.execution_id}
        attributes["novu.transaction.id"] = unscoped(run.app, run.transaction_id)

        def begin() -> trace.Span:
            present = trace.get_current_span().get_span_context()
            parent, origin = _origin(run.request.get(TRACE), present)
            links = [Link(present)] if origin is not None and present.is_valid else []
            return self._tracer.start_span(f"run {run.workflow_id}", parent, SpanKind.CONSUMER, attributes, links)

        def end(_: object, error: BaseException | None) -> tuple[Attributes, str | None]:
            found = {
                "novu.status": run.status,
                "novu.outcome": run.outcome,
                "novu.waiting_for": run.waiting_for,
                "novu.merged_into": run.merged_into,
            }
            failed = run.status == "failed" or (run.waiting_for == "retry" and run.error is not None)
            return found, _fault(error) or (_class(run.error) if failed else None)

        return _Block(begin, end, _RUN)

    def digested(self, step: StepRow, store: Store) -> None:
        """Link the run's span to those of the triggers whose events its digest took."""
        try:
            span = context.get_value(_RUN)
            if not isinstance(span, trace.Span) or not span.is_recording():
                return
            ids = [event["id"] for event in (step.result or {})["events"] if event["id"] != step.execution_id]
            for request in store.database.read(partial(requests_of, execution_ids=ids[:_LINKS])):
                _, origin = _origin(request.get(TRACE), span.get_span_context())
                if origin is not None:
                    span.add_link(origin)
        except Exception:
            logger.exception("A digest's span could not be linked")

    def step(self, run: ExecutionRow, step: StepRow) -> AbstractContextManager[object]:
        """A span below the run's."""

        def end(_: object, error: BaseException | None) -> tuple[Attributes, str | None]:
            waits = run.waiting_for if step.status == "executing" else None
            found = {
                "novu.status": step.status,
                "novu.outcome": step.outcome,
                "novu.reason": step.reason,
                "novu.waiting_for": waits,
            }
            failed = step.status == "failed" or waits == "retry"
            return found, _fault(error) or (_class(step.error) if failed else None)

        attributes = {**_step(run, step), "novu.step.type": step.type}
        return self._block(f"{step.type} {step.step_id}", SpanKind.INTERNAL, attributes, end)

    def attempt(self, run: ExecutionRow, step: StepRow, provider: str) -> AbstractContextManager[object]:
        """A span below the step's, and above those that the provider's HTTP client makes."""
        attributes = {
            **_step(run, step),
            "novu.channel": step.type,
            "novu.provider": provider,
            "novu.attempt": step.tries + 1,
        }
        return self._block(f"deliver {step.type}", SpanKind.CLIENT, attributes, lambda _, error: ({}, _fault(error)))

    def bridge(
        self, action: str, workflow_id: str, step_id: str, header: Callable[[str], str | None]
    ) -> AbstractContextManager[Callable[[int], object]]:
        """A span below the request's, or else below the one that the request names."""
        attributes = {"novu.workflow.id": workflow_id, **({"novu.step.id": step_id} if step_id else {})}

        def begin() -> trace.Span:
            parent, kind = None, SpanKind.INTERNAL
            if not trace.get_current_span().get_span_context().is_valid:
                named = {name: value for name in _w3c.fields if (value := header(name)) is not None}
                parent, kind = _w3c.extract(named), SpanKind.SERVER
            return self._tracer.start_span(f"{action} {workflow_id}", parent, kind, attributes)

        def end(status: int | None, error: BaseException | None) -> tuple[Attributes, str | None]:
            fault = _fault(error) or (str(status) if status and status >= 500 else None)
            return {"http.response.status_code": status}, fault

        return _Block(begin, end)

    def _block(self, name: str, kind: SpanKind, attributes: Attributes, end: Told) -> _Block:
        return _Block(lambda: self._tracer.start_span(name, None, kind, attributes), end)


def _origin(carried: Any, present: SpanContext) -> tuple[Context | None, SpanContext | None]:
    """Return the parent of a run that came with these headers, unless it is the present span."""
    if not isinstance(carried, Mapping) or not all(isinstance(value, str) for value in carried.values()):
        return None, None
    parent = _w3c.extract(carried)
    origin = trace.get_current_span(parent).get_span_context()
    if not origin.is_valid or (origin.trace_id, origin.span_id) == (present.trace_id, present.span_id):
        return None, None
    return parent, origin


def _step(run: ExecutionRow, step: StepRow) -> Attributes:
    return {
        "novu.workflow.id": run.workflow_id,
        "novu.execution.id": run.execution_id,
        "novu.step.id": step.step_id,
    }


def _class(fault: JsonObject | None) -> str | None:
    return str(fault.get("type")) if fault else None


def _fault(error: BaseException | None) -> str | None:
    """Return the class of an error that left the block; a stop is not one, but for what made the run stop here."""
    if isinstance(error, Aborted):
        error = error.error
    return None if error is None or isinstance(error, Stop) else type(error).__name__
