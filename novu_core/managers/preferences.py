"""Which channels a subscriber wants (SEMANTICS, Preferences, subscribers, topics)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from novu_core.clock import Clock, micros
from novu_core.codec import jsonable
from novu_core.definition.registry import Registry
from novu_core.engine.links import Links
from novu_core.engine.preferences import decide, decide_everywhere, is_fixed
from novu_core.errors import ConfigurationError, FieldError, ValidationError
from novu_core.records.ids import checked_ids
from novu_core.records.links import Link
from novu_core.records.preferences import Decision, EffectivePreferences, WorkflowPreferences
from novu_core.schedules.hours import faults_of
from novu_core.storage.preferences import SavePreferences
from novu_core.storage.store import Store
from novu_core.types import Channel, JsonObject


class Opened(NamedTuple):
    """What a link opens, and whose it is: the subscriber's fields as they are stored now."""

    link: Link
    subscriber: JsonObject


class Preferences:
    """Which channels a subscriber wants, globally and per workflow (SEMANTICS, Preferences, subscribers, topics)."""

    def __init__(self, store: Store, registry: Registry, links: Links, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._links = links
        self._clock = clock

    def get(self, subscriber_id: str, workflow_id: str | None = None) -> JsonObject:
        """Return what the subscriber set: for a workflow, or globally.

        Raises ValidationError and UnreadableRowError.
        """
        checked_ids(subscriber_id=subscriber_id)
        return self._store.known(workflow_id or "", subscriber_id).preferences_of(workflow_id or "")

    def effective(self, subscriber_id: str) -> EffectivePreferences:
        """Return what holds for the subscriber on every channel of every workflow, and which rule decided it.

        A workflow whose steps cannot be discovered is left out. Raises ValidationError.
        """
        checked_ids(subscriber_id=subscriber_id)
        stored = self._store.preferences(subscriber_id)
        everywhere = stored.get("")
        workflows = []
        for workflow in self._registry.values():
            steps = workflow.steps_or_none()
            if steps is None:
                continue
            used = _in_order({step.step_type.value for step in steps if step.step_type.is_channel})
            own = stored.get(workflow.workflow_id)
            decisions = {channel.value: decide(workflow, channel, own, everywhere) for channel in used}
            overall = decide(workflow, None, own, everywhere)
            workflows.append(
                WorkflowPreferences(
                    workflow.workflow_id, bool(workflow.critical), is_fixed(workflow), decisions, overall
                )
            )
        used = _in_order({name for found in workflows for name in found.channels})
        channels = {channel.value: decide_everywhere(channel, everywhere) for channel in used}
        schedule = (everywhere or {}).get("schedule")
        return EffectivePreferences(channels, schedule, workflows, decide_everywhere(None, everywhere))

    def decision(self, subscriber_id: str, channel: Channel | str, workflow_id: str | None = None) -> Decision:
        """Return whether a workflow's messages come on a channel, or what was set globally, and which rule decided it.

        Raises ValidationError and WorkflowNotFoundError.
        """
        checked_ids(subscriber_id=subscriber_id)
        own, everywhere = self._store.known(workflow_id or "", subscriber_id).preferences
        if workflow_id is None:
            return decide_everywhere(Channel(channel), everywhere)
        return decide(self._registry[workflow_id], Channel(channel), own, everywhere)

    def set(self, subscriber_id: str, preferences: Mapping[str, Any], workflow_id: str | None = None) -> JsonObject:
        """Change ``{"all": {"enabled": ...}, "channels": {"email": {"enabled": ...}}}`` and return all that is set.

        What is not given stays; None takes a part or a channel away again. What is set globally for a channel is the
        last word: what was set for it of single workflows is taken away.

        The global ones may have a ``schedule`` of the hours in which messages may come, as Novu's
        (``{"isEnabled": true, "weeklySchedule": {"monday": {"isEnabled": true, "hours": [{"start": "09:00", "end":
        "17:00"}]}}}``); in-app messages and critical workflows come at any time.

        Raises ValidationError, also for a workflow that is critical or whose preferences are read-only, and
        WorkflowNotFoundError.
        """
        return self.set_many(subscriber_id, [(workflow_id, preferences)])[0]

    def set_many(self, subscriber_id: str, changes: Iterable[tuple[str | None, Mapping[str, Any]]]) -> list[JsonObject]:
        """Do as :meth:`set` for several workflows, None for the global preferences: all of it, or nothing.

        Returns what is set after each change. Raises ValidationError and WorkflowNotFoundError.
        """
        checked_ids(subscriber_id=subscriber_id)
        checked = [self._change(subscriber_id, workflow_id, given) for workflow_id, given in changes]
        return [dict(data) for data in self._store.commit(*checked)]

    def url(self, subscriber_id: str) -> str:
        """Return the address of the page where the subscriber chooses what to get; whoever has it may.

        It does not expire, but ends with the subscriber's deletion. Raises ValidationError for what is not an id, and
        ConfigurationError without ``NOVU_PUBLIC_URL`` or ``NOVU_SECRET_KEY``.
        """
        checked_ids(subscriber_id=subscriber_id)
        return _made(self._links.preferences(subscriber_id, self._clock.now()))

    def unsubscribe_url(self, subscriber_id: str, workflow_id: str) -> str:
        """Return where the subscriber stops a workflow's e-mail: what its mails have in ``List-Unsubscribe``.

        Raises as :meth:`url`, WorkflowNotFoundError, and ValidationError for a workflow that is critical or whose
        preferences are read-only.
        """
        checked_ids(subscriber_id=subscriber_id, workflow_id=workflow_id)
        self._check_open(workflow_id)
        return _made(self._links.unsubscribe(subscriber_id, self._registry[workflow_id], self._clock.now()))

    def opened_by(self, token: str) -> Opened | None:
        """Return what the token of such an address opens; None for any other, and once the subscriber was deleted."""
        link = self._links.read(token)
        if link is None:
            return None
        known = self._store.known("", link.subscriber_id)
        if known.deleted_at is not None and link.issued <= micros(known.deleted_at):
            return None
        return Opened(link, known.subscriber or {"subscriberId": link.subscriber_id})

    def _check_open(self, workflow_id: str) -> None:
        if is_fixed(workflow := self._registry[workflow_id]):
            why = "is critical" if workflow.critical else "has read-only preferences"
            told = f"workflow `{workflow_id}` {why}; subscribers cannot change its channels"
            raise ValidationError("The preferences are invalid.", [FieldError("/workflow_id", told)])

    def _change(self, subscriber_id: str, workflow_id: str | None, given: Mapping[str, Any]) -> SavePreferences:
        _check_preferences(given, scheduled=workflow_id is None)
        if workflow_id is not None:
            self._check_open(workflow_id)
        return SavePreferences(subscriber_id, workflow_id or "", jsonable(dict(given)))


def _made(url: str | None) -> str:
    if url is None:
        raise ConfigurationError(
            "Set NOVU_PUBLIC_URL and NOVU_SECRET_KEY: links lead to the one and are signed with the other."
        )
    return url


def _in_order(names: Iterable[str]) -> list[Channel]:
    return [channel for channel in Channel if channel.value in names]


def _check_preferences(preferences: Any, *, scheduled: bool) -> None:
    if not isinstance(preferences, Mapping):
        raise ValidationError("The preferences are invalid.", [FieldError("", "must be an object")])
    names = ("all", "channels", "schedule") if scheduled else ("all", "channels")
    faults = [
        FieldError(f"/{name}", f"unknown; use one of {', '.join(names)}") for name in preferences if name not in names
    ]
    if scheduled and preferences.get("schedule") is not None:
        faults += faults_of(preferences["schedule"])
    channels = preferences.get("channels")
    if channels is None:
        channels = {}
    if not isinstance(channels, Mapping):
        faults.append(FieldError("/channels", 'must be an object such as {"email": {"enabled": true}}'))
        channels = {}
    rules = {"/all": preferences.get("all"), **{f"/channels/{name}": rule for name, rule in channels.items()}}
    known = {channel.value for channel in Channel}
    faults += [
        FieldError(f"/channels/{name}", f"is not a channel; use one of {', '.join(sorted(known))}")
        for name in channels
        if name not in known
    ]
    for path, rule in rules.items():
        if rule is not None and not (isinstance(rule, Mapping) and isinstance(rule.get("enabled", True), bool)):
            faults.append(FieldError(path, 'must be an object such as {"enabled": true}'))
    if faults:
        raise ValidationError("The preferences are invalid.", faults)
