"""Reads what a digest has collected, event by event: one that is damaged does not hold up the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from novu_core.codec import dumps
from novu_core.lines import logger_of
from novu_core.storage import digest_statements
from novu_core.storage.rows import ExecutionRow
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_object, read_objects_of, read_time
from novu_core.types import JsonObject

logger = logger_of(__name__)


def event_of(execution_id: str, at: datetime, payload: Any) -> JsonObject:
    """Return an event as a workflow's function gets it."""
    return {"id": execution_id, "time": at.isoformat(), "payload": payload}


def events_of(transaction: Transaction, window_id: str) -> list[JsonObject]:
    """Return a window's events in order. One that cannot be read is made of its run anew, or is left out and logged."""
    events = []
    for execution_id, at, payload in transaction.rows(digest_statements.EVENTS_OF_WINDOW, {"window_id": window_id}):
        try:
            events.append(event_of(execution_id, read_time(at), read_object(payload)))
        except UnreadableValueError as error:
            event = _from_run(transaction, execution_id)
            if event is None:
                text = "The event of execution %s cannot be read and is missing from its digest: it %s"
                logger.error(text, execution_id, error)
            else:
                events.append(event)
    return events


def _from_run(transaction: Transaction, execution_id: str) -> JsonObject | None:
    """The event that a run's own row tells of, with the time of its trigger."""
    found = transaction.row(digest_statements.RUN_OF_EVENT, {"execution_id": execution_id})
    run = None if found is None else ExecutionRow.read(found)
    payload = None if run is None or run.unreadable is not None else run.request.get("payload")
    return event_of(execution_id, run.created_at, payload) if run and isinstance(payload, dict) else None


def requests_of(transaction: Transaction, execution_ids: Sequence[str]) -> list[JsonObject]:
    """Return what these runs were triggered with, of those that are there and can be read."""
    requests = []
    for [request] in transaction.rows(digest_statements.REQUESTS, {"ids": dumps(execution_ids)}):
        with suppress(UnreadableValueError):
            requests.append(read_object(request))
    return requests


def batches_of(transaction: Transaction, window_id: str) -> dict[str, list[JsonObject]]:
    """Return what a window's runs had collected in a digest before, by execution id; their own event counts else."""
    batches = {}
    for execution_id, result in transaction.rows(digest_statements.EARLIER_BATCHES, {"window_id": window_id}):
        try:
            batches[execution_id] = read_objects_of(result, "events")
        except UnreadableValueError as error:
            text = "What execution %s had collected before its digest cannot be read; its own event counts: it %s"
            logger.error(text, execution_id, error)
    return batches


def digest_result(own: list[JsonObject], batches: Mapping[str, list[JsonObject]]) -> JsonObject:
    """Return a digest step's result from the events of its runs in order.

    ``batches``: what a run had collected in a digest before this one, by execution id; it counts in its place.
    """
    events: list[JsonObject] = []
    for event in own:
        events += batches.get(event["id"]) or [event]
    if batches:
        events.sort(key=lambda event: (event["time"], event["id"]))
    return {"events": events, "eventCount": len(events)}
