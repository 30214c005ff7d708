"""All that is stored about a person: exported as JSON, and erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from novu_core.clock import Clock
from novu_core.delivery.addresses import address_key_or_none
from novu_core.errors import SubscriberNotFoundError
from novu_core.records.ids import checked_ids
from novu_core.records.retention import Erased
from novu_core.records.view import plain
from novu_core.storage.personal import EraseMessages, ErasePerson, EraseRuns, EraseTraces, drained, held, shown
from novu_core.storage.rows import ExecutionRow, MessageRow, SubscriberRow, unscoped
from novu_core.storage.store import Store
from novu_core.storage.values import UnreadableValueError, read_json, read_time
from novu_core.types import Channel, JsonObject

_OURS = frozenset(
    {"due_at", "fence", "owner", "takeovers", "progress", "lane", "tries", "provider_index", "folder", "sorted_at"}
)
"""Fields that say nothing of a person."""


def export(store: Store, clock: Clock, subscriber_id: str) -> JsonObject:
    """Return all that is stored about a person, in every app. Raises SubscriberNotFoundError and ValidationError."""
    checked_ids(subscriber_id=subscriber_id)
    found = held(store, subscriber_id)
    if not any(found):
        raise SubscriberNotFoundError(subscriber_id)
    addresses = _addresses(found.subscriber, found.runs, found.messages)
    rows = [row for channel, address in addresses if (row := store.suppression(channel, address)) is not None]
    steps: dict[str, list[JsonObject]] = {}
    for step in found.steps:
        steps.setdefault(step.execution_id, []).append(shown(step, _OURS | {"execution_id"}))
    told = {
        "subscriber_id": subscriber_id,
        "exported_at": clock.now(),
        "subscriber": None if found.subscriber is None else shown(found.subscriber, frozenset({"name"})),
        "preferences": [{"workflow_id": name or None, **_read(data)} for name, data in found.preferences],
        "topics": [{"topic_key": key, "joined_at": _time(at)} for key, at in found.topics],
        "executions": [{**_own(run), "steps": steps.get(run.execution_id, [])} for run in found.runs],
        "events": [
            {"execution_id": run, "step_id": step, "at": _time(at), **_read(payload, "payload")}
            for run, step, at, payload in found.events
        ],
        "messages": [_own(message) for message in found.messages],
        "suppressions": [shown(row, _OURS) for row in rows],
    }
    result: JsonObject = plain(told)
    return result


def erase(store: Store, clock: Clock, subscriber_id: str) -> Erased:
    """Delete all that is stored about a person, in every app. Raises SubscriberNotFoundError and ValidationError."""
    checked_ids(subscriber_id=subscriber_id)
    found = held(store, subscriber_id)
    traces = EraseTraces(subscriber_id, _addresses(found.subscriber, found.runs, found.messages))
    gone, suppressions = store.commit(ErasePerson(subscriber_id, clock.now()), traces)
    messages = drained(store, EraseMessages(subscriber_id))
    runs = drained(store, EraseRuns(subscriber_id))
    if not gone and not runs and not messages:
        raise SubscriberNotFoundError(subscriber_id)
    return Erased(subscriber_id, runs, messages, suppressions)


def _addresses(
    subscriber: SubscriberRow | None, runs: Iterable[ExecutionRow], messages: Iterable[MessageRow]
) -> list[tuple[str, str]]:
    """The addresses at which somebody was or would be reached, as suppressions hold them."""
    people: list[Any] = [run.request.get("subscriber") for run in runs]
    people += [subscriber.data] if subscriber is not None else []
    given: list[object] = [message.address for message in messages if message.channel == Channel.EMAIL.value]
    given += [person.get("email") for person in people if isinstance(person, dict)]
    keys = {key for address in given if (key := address_key_or_none(address)) is not None}
    return [(Channel.EMAIL.value, key) for key in sorted(keys)]


def _own(row: ExecutionRow | MessageRow) -> JsonObject:
    told = shown(row, _OURS | {"subscriber_id"})
    told["transaction_id"] = unscoped(row.app, row.transaction_id)
    return told


def _read(data: Any, name: str = "preferences") -> JsonObject:
    """A stored JSON text; one that cannot be read as it stands."""
    try:
        return {name: read_json(data)}
    except UnreadableValueError as error:
        return {name: None, "unreadable": f"{name} {error}"}


def _time(value: Any) -> Any:
    try:
        return read_time(value)
    except UnreadableValueError:
        return None
