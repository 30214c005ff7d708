"""Triggers: recorded and answered at once, so that no client gives up waiting and asks again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.engine.recipients import Everyone
from novu_core.errors import (
    DefinitionError,
    NovuError,
    PayloadInvalidError,
    UnreadableRowError,
    WorkflowNotActiveError,
)
from novu_core.http.bodies import MOST_RECIPIENTS
from novu_core.http.messages import Request, Response
from novu_core.http.novu.inputs import Broadcast, Event, Events
from novu_core.http.novu.payloads import payload_faults
from novu_core.http.shapes.answers import given, result
from novu_core.http.shapes.bodies import read, read_item
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.surface import Operation, Route, Served
from novu_core.records import TriggerResult
from novu_core.records.ids import fault_of_id
from novu_core.types import JsonObject


async def trigger(served: Served, request: Request, io: IO) -> Response:
    """Trigger a workflow for recipients and topics."""
    event, named = read(served, request, Event), _Named()
    done = await _trigger(served, io, event, event.to, named)
    await io.call(named.introduce, served)
    return result(done, 201)


async def trigger_broadcast(served: Served, request: Request, io: IO) -> Response:
    """Trigger a workflow for every subscriber."""
    return result(await _trigger(served, io, read(served, request, Broadcast), Everyone(), _Named()), 201)


async def trigger_bulk(served: Served, request: Request, io: IO) -> Response:
    """Trigger several, in order; a bad one is told in its place and does not stop the rest."""
    events, named = read(served, request, Events, "events").events, _Named()
    done = [await _one_of_many(served, io, event, named) for event in events]
    await io.call(named.introduce, served)
    return result(done, 201)


async def cancel(served: Served, request: Request, io: IO) -> Response:
    """End what a transaction started; whether there was anything to end."""
    transaction_id = request.path_params["transaction_id"]
    if fault_of_id(transaction_id) is not None:  # no store can hold it, so nothing has it
        return result(data=False)
    return result(await io.call(served.client.cancel, transaction_id) > 0)


class _Named:
    """Whom triggers named, perhaps by an id alone."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def add(self, result: TriggerResult) -> None:
        """Note who has a run; with NOVU_DISPATCH=cloud nobody has."""
        self._ids |= dict.fromkeys(run.subscriber.subscriber_id for run in result.executions)

    def introduce(self, served: Served) -> None:
        """Store those who are new, as Novu does: a route that is asked about them next knows them."""
        served.client.subscribers.ensure(list(self._ids))


async def _one_of_many(served: Served, io: IO, data: Any, named: _Named) -> JsonObject:
    sent = data.get("transactionId") if isinstance(data, dict) else None
    transaction_id = sent if isinstance(sent, str) and sent else str(uuid4())
    try:
        event = read_item(Event, data)
        return await _trigger(served, io, event, event.to, named, transaction_id)
    except Refusal as refusal:
        errors = refusal.more.get("errors") or {}
        told = errors.values() if isinstance(errors, dict) else ()
        return _failed(
            transaction_id, *[message for fault in told for message in fault["messages"]] or [refusal.message]
        )
    except NovuError as error:
        if error.status_code >= 500:
            raise
        return _failed(transaction_id, str(error).partition("\n")[0])


async def _trigger(
    served: Served, io: IO, event: Event, to: Any, named: _Named, transaction_id: str | None = None
) -> JsonObject:
    """Record a trigger; return Novu's word for what became of it.

    ``transaction_id``: the one to tell where nothing is recorded. Raises Refusal for an unknown workflow, and for a
    payload that does not fit its schema; NovuError for anything else that the engine refuses.
    """
    transaction_id = event.transaction_id or transaction_id or str(uuid4())
    workflow = served.client.workflows.get(event.name)
    if workflow is None:
        raise invalid("name", "workflow_not_found", event.name, words="workflow_not_found")
    if isinstance(to, list) and len(to) > MOST_RECIPIENTS:
        raise invalid("to", f"to must contain no more than {MOST_RECIPIENTS} elements")
    if event.tenant is not None:
        return _accepted("no_tenant_found", transaction_id)
    if not has_steps(workflow):
        return _accepted("no_workflow_steps_defined", transaction_id)
    options = given(
        transaction_id=event.transaction_id or None,
        overrides=event.overrides,
        actor=event.actor,
        context=event.context,
        controls=event.controls,
    )
    try:
        done = await served.client.dispatch(workflow, io, to=to, payload=event.payload, wait=False, **options)
    except WorkflowNotActiveError:
        return _accepted("trigger_not_active", transaction_id)
    except PayloadInvalidError as error:
        raise payload_faults(error, event.payload) from None
    except (DefinitionError, UnreadableRowError) as error:  # the server's own code: the caller could only repeat it
        return _failed(transaction_id, error.message if served.expose else type(error).__name__)
    if not done.repeated:  # who was deleted since is not stored again
        named.add(done)
    return _accepted("processed", done.transaction_id)


def has_steps(workflow: Workflow) -> bool:
    """Whether discovery found steps; where it failed, runs may well have some."""
    steps = workflow.steps_or_none()
    return steps is None or bool(steps)


def _accepted(status: str, transaction_id: str) -> JsonObject:
    return {"acknowledged": True, "status": status, "transactionId": transaction_id}


def _failed(transaction_id: str, *messages: str) -> JsonObject:
    return {**_accepted("error", transaction_id), "error": list(messages)}


ROUTES = (
    Route("/v1/events/trigger", {"POST": Operation(trigger)}),
    Route("/v1/events/trigger/bulk", {"POST": Operation(trigger_bulk)}),
    Route("/v1/events/trigger/broadcast", {"POST": Operation(trigger_broadcast)}),
    Route("/v1/events/trigger/{transaction_id}", {"DELETE": Operation(cancel)}),
)
