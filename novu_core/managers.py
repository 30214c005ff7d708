"""The client's managers, named after those of Novu's SDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from novu_core.aio import Blocking, drive
from novu_core.codec import dumps
from novu_core.definition.hours import faults_of
from novu_core.definition.preferences import is_read_only
from novu_core.definition.registry import Registry
from novu_core.definition.subscriber import Subscriber
from novu_core.definition.workflow import Workflow
from novu_core.engine.engine import Engine
from novu_core.engine.recipients import parse_subscriber
from novu_core.engine.views import ExecutionContext, MessageRecord, Page
from novu_core.errors import (
    ConflictError,
    FieldError,
    InvalidTransitionError,
    MessageNotFoundError,
    SubscriberNotFoundError,
    ValidationError,
)
from novu_core.storage import statements
from novu_core.storage.changes import SaveSubscriber, Write
from novu_core.storage.records import micros
from novu_core.types import Channel, JsonObject, WorkflowStatus

_MOST = 100


def _limit(limit: int) -> int:
    if not 1 <= limit <= _MOST:
        raise ValidationError("The list is invalid.", [FieldError("/limit", f"must be between 1 and {_MOST}")])
    return limit


class Workflows(Mapping[str, Workflow]):
    """The client's registry, with each workflow's status on this client: draft -> active -> archived."""

    def __init__(self, registry: Registry, engine: Engine) -> None:
        self._registry = registry
        self._engine = engine

    def __getitem__(self, workflow_id: str) -> Workflow:
        return self._registry[workflow_id]

    def __contains__(self, workflow_id: object) -> bool:
        return workflow_id in self._registry

    def get(self, workflow_id: str, default: Any = None) -> Any:
        """Return the workflow, or ``default``."""
        return self._registry.get(workflow_id, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry)

    def __len__(self) -> int:
        return len(self._registry)

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return a workflow's present status. Raises WorkflowNotFoundError."""
        return self._engine.status_of(self._registry[workflow_id])

    def activate(self, workflow_id: str) -> WorkflowStatus:
        """Let a draft take triggers. Raises InvalidTransitionError for any other."""
        return self._move(workflow_id, WorkflowStatus.DRAFT, WorkflowStatus.ACTIVE)

    def archive(self, workflow_id: str) -> WorkflowStatus:
        """Refuse new triggers of an active workflow for ever; what is open finishes. Raises InvalidTransitionError."""
        return self._move(workflow_id, WorkflowStatus.ACTIVE, WorkflowStatus.ARCHIVED)

    def _move(self, workflow_id: str, before: WorkflowStatus, after: WorkflowStatus) -> WorkflowStatus:
        present = self.status(workflow_id)
        if present is not before:
            raise InvalidTransitionError(
                f"Workflow with id: `{workflow_id}` is {present}; only one that is {before} can become {after}."
            )
        change = Write(statements.SAVE_WORKFLOW, {"workflow_id": workflow_id, "status": after.value})
        self._engine.parts.store.commit(change)
        return after


class Executions:
    """The history, and control over what runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(
        self,
        *,
        workflow_id: str | None = None,
        status: str | None = None,
        subscriber_id: str | None = None,
        transaction_id: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[ExecutionContext]:
        """Return executions, newest first. ``limit``: 1 to 100."""
        store = self._engine.parts.store
        rows = store.list_executions(
            limit=_limit(limit) + 1,
            cursor=cursor,
            workflow_id=workflow_id,
            status=str(status) if status else None,
            subscriber_id=subscriber_id,
            transaction_id=transaction_id,
        )
        items = [self._engine.view(row) for row in rows[:limit]]
        return Page(items, items[-1].execution_id if len(rows) > limit else None)

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError."""
        return self._engine.get(execution_id)

    def retry(self, execution_id: str) -> ExecutionContext:
        """Run a failed execution again; what was delivered is not sent again. Raises InvalidTransitionError."""
        return drive(self._engine.retry(execution_id, Blocking()))

    def cancel(self, execution_id: str) -> ExecutionContext:
        """End an execution that has not ended. Raises InvalidTransitionError."""
        return self._engine.cancel(execution_id)

    def cancel_all(self, transaction_id: str) -> int:
        """Cancel every execution of a trigger that has not ended; return how many there were."""
        canceled = 0
        for execution_id in self._engine.parts.store.open_of(transaction_id):
            try:
                self._engine.cancel(execution_id)
                canceled += 1
            except ConflictError:  # it ended meanwhile
                continue
        return canceled


class Messages:
    """Everything that was sent or stored."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(
        self,
        *,
        channel: Channel | str | None = None,
        subscriber_id: str | None = None,
        execution_id: str | None = None,
        transaction_id: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[MessageRecord]:
        """Return messages, newest first. ``limit``: 1 to 100."""
        rows = self._engine.parts.store.list_messages(
            limit=_limit(limit) + 1,
            cursor=cursor,
            channel=str(channel) if channel else None,
            subscriber_id=subscriber_id,
            execution_id=execution_id,
            transaction_id=transaction_id,
        )
        items = [MessageRecord.of(row) for row in rows[:limit]]
        return Page(items, items[-1].message_id if len(rows) > limit else None)


class Inbox:
    """One subscriber's in-app messages."""

    def __init__(self, engine: Engine, subscriber_id: str) -> None:
        self._engine = engine
        self.subscriber_id = subscriber_id

    def list(
        self, *, read: bool | None = None, archived: bool = False, limit: int = 20, cursor: str | None = None
    ) -> Page[MessageRecord]:
        """Return messages, newest first; ``read`` picks the read or the unread ones."""
        rows = self._engine.parts.store.inbox(
            self.subscriber_id, read=read, archived=archived, limit=_limit(limit) + 1, cursor=cursor
        )
        items = [MessageRecord.of(row) for row in rows[:limit]]
        return Page(items, items[-1].message_id if len(rows) > limit else None)

    def count(self, *, read: bool | None = None, seen: bool | None = None) -> int:
        """Count the messages that are not archived."""
        return self._engine.parts.store.inbox_count(self.subscriber_id, read=read, seen=seen)

    def mark(
        self, *message_ids: str, seen: bool | None = None, read: bool | None = None, archived: bool | None = None
    ) -> int:
        """Set the given marks; return how many messages there were. Reading a message means seeing it.

        Raises MessageNotFoundError for an id that is not in this inbox.
        """
        now = self._engine.parts.clock.now()
        marks = {"seen_at": True if read else seen, "read_at": read, "archived_at": archived}
        changed = {name: micros(now) if value else None for name, value in marks.items() if value is not None}
        for message_id in message_ids:
            if not self._engine.parts.store.mark(self.subscriber_id, message_id, changed):
                raise MessageNotFoundError(message_id)
        return len(message_ids)

    def mark_all(self, *, seen: bool | None = None, read: bool | None = None, archived: bool | None = None) -> int:
        """Set the given marks on every message; return how many there were."""
        now = self._engine.parts.clock.now()
        marks = {"seen_at": True if read else seen, "read_at": read, "archived_at": archived}
        changed = {name: micros(now) if value else None for name, value in marks.items() if value is not None}
        return self._engine.parts.store.mark(self.subscriber_id, None, changed)


class Subscribers:
    """Who notifications are for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def upsert(self, subscriber: Subscriber | Mapping[str, Any] | str, **fields: Any) -> Subscriber:
        """Create a subscriber or merge fields into it. Raises RecipientInvalidError."""
        given = subscriber if isinstance(subscriber, str | Subscriber) else dict(subscriber)
        if fields:
            base = parse_subscriber(given, "/subscriber")
            given = Subscriber.model_validate({**base, **fields})
        data = parse_subscriber(given, "/subscriber")
        store = self._engine.parts.store
        store.commit(SaveSubscriber(data["subscriberId"], data, self._engine.parts.clock.now()))
        return self.get(data["subscriberId"])

    def get(self, subscriber_id: str) -> Subscriber:
        """Return a subscriber. Raises SubscriberNotFoundError."""
        data = self._engine.parts.store.subscriber(subscriber_id)
        if data is None:
            raise SubscriberNotFoundError(subscriber_id)
        return Subscriber.lenient(data)

    def list(self, *, limit: int = 20, cursor: str | None = None) -> Page[Subscriber]:
        """Return subscribers by id. ``limit``: 1 to 100."""
        rows = self._engine.parts.store.list_subscribers(limit=_limit(limit) + 1, cursor=cursor)
        items = [Subscriber.lenient(row) for row in rows[:limit]]
        return Page(items, items[-1].subscriber_id if len(rows) > limit else None)

    def delete(self, subscriber_id: str) -> None:
        """Forget a subscriber, its preferences and its topics. Raises SubscriberNotFoundError."""
        params = {"subscriber": subscriber_id}
        removed = self._engine.parts.store.commit(
            *(Write(statement, params) for statement in statements.FORGET_SUBSCRIBER)
        )
        if not removed[0]:
            raise SubscriberNotFoundError(subscriber_id)


class Preferences:
    """Which channels a subscriber wants, globally and per workflow (SEMANTICS, Preferences)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, subscriber_id: str, workflow_id: str | None = None) -> JsonObject:
        """Return what the subscriber set: for a workflow, or globally."""
        own, everywhere = self._engine.parts.store.known(workflow_id or "", subscriber_id).preferences
        return (own if workflow_id else everywhere) or {}

    def set(self, subscriber_id: str, preferences: Mapping[str, Any], workflow_id: str | None = None) -> JsonObject:
        """Store ``{"all": {"enabled": ...}, "channels": {"email": {"enabled": ...}}}``.

        The global ones may have a ``schedule`` of the hours in which messages may come, as Novu's
        (``{"isEnabled": true, "weeklySchedule": {"monday": {"isEnabled": true, "hours": [{"start": "09:00", "end":
        "17:00"}]}}}``); in-app messages and critical workflows come at any time.

        Raises ValidationError, and ConflictError for a workflow whose preferences are read-only.
        """
        _check_preferences(preferences, scheduled=workflow_id is None)
        registry = self._engine.parts.registry
        if workflow_id is not None and is_read_only(registry[workflow_id].preferences):
            raise ConflictError(f"The preferences of workflow `{workflow_id}` are read-only.")
        data = dict(preferences)
        params = {"subscriber_id": subscriber_id, "workflow_id": workflow_id or "", "data": dumps(data)}
        self._engine.parts.store.commit(Write(statements.SAVE_PREFERENCES, params))
        return data


def _check_preferences(preferences: Mapping[str, Any], *, scheduled: bool) -> None:
    names = ("all", "channels", "schedule") if scheduled else ("all", "channels")
    faults = [
        FieldError(f"/{name}", f"unknown; there are {', '.join(names)}") for name in preferences if name not in names
    ]
    if scheduled and preferences.get("schedule") is not None:
        faults += faults_of(preferences["schedule"])
    channels = preferences.get("channels") or {}
    rules = {"/all": preferences.get("all") or {}, **{f"/channels/{name}": rule for name, rule in channels.items()}}
    known = {channel.value for channel in Channel}
    faults += [FieldError(f"/channels/{name}", "is no channel") for name in channels if name not in known]
    for path, rule in rules.items():
        if not isinstance(rule, Mapping) or not isinstance(rule.get("enabled", True), bool):
            faults.append(FieldError(path, 'must be an object such as {"enabled": true}'))
    if faults:
        raise ValidationError("The preferences are invalid.", faults)


class Topics:
    """Named groups of subscribers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def subscribe(self, topic_key: str, subscriber_ids: Iterable[str] | str) -> None:
        """Add subscribers; those that are in already stay once."""
        self._change(statements.JOIN_TOPIC, ("topic_key", "subscriber_id"), topic_key, subscriber_ids)

    def unsubscribe(self, topic_key: str, subscriber_ids: Iterable[str] | str) -> None:
        """Remove subscribers; those that are not in are ignored."""
        self._change(statements.LEAVE_TOPIC, ("key", "subscriber"), topic_key, subscriber_ids)

    def get(self, topic_key: str) -> list[str]:
        """Return a topic's subscriber ids; an unknown topic has none."""
        return self._engine.parts.store.topic(topic_key)

    def _change(
        self, statement: Any, names: tuple[str, str], topic_key: str, subscriber_ids: Iterable[str] | str
    ) -> None:
        ids = [subscriber_ids] if isinstance(subscriber_ids, str) else list(subscriber_ids)
        if ids:
            changes = [Write(statement, dict(zip(names, (topic_key, item), strict=True))) for item in ids]
            self._engine.parts.store.commit(*changes)


class Controls:
    """Values of workflows' and steps' controls, changed without a change of code (SEMANTICS, Controls)."""

    def __init__(self, registry: Registry, engine: Engine) -> None:
        self._registry = registry
        self._engine = engine

    def get(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the stored values. Raises WorkflowNotFoundError."""
        workflow = self._registry[workflow_id]
        return self._engine.parts.store.known(workflow.workflow_id, "").controls.get(step_id or "", {})

    def set(self, workflow_id: str, values: Mapping[str, Any], step_id: str | None = None) -> JsonObject:
        """Replace the stored values. Raises ControlsInvalidError, WorkflowNotFoundError and StepNotFoundError."""
        workflow = self._registry[workflow_id]
        self._engine.check_controls(workflow, step_id, values)
        data = dict(values)
        params = {"workflow_id": workflow_id, "step_id": step_id or "", "data": dumps(data)}
        self._engine.parts.store.commit(Write(statements.SAVE_CONTROLS, params))
        return data

    def schema(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the JSON Schema that the values must fit. Raises WorkflowNotFoundError and StepNotFoundError."""
        return self._engine.control_schema(self._registry[workflow_id], step_id)
