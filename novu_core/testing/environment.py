"""A client for tests: memory store, manual clock, no threads, everything sent kept in an outbox."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import Self, Unpack

from novu_core.client import Client
from novu_core.clock import UTC, ManualClock
from novu_core.definition.workflow import TriggerOptions, Workflow
from novu_core.delivery import Outbox, Router
from novu_core.errors import ConfigurationError
from novu_core.records import TriggerResult
from novu_core.settings import Settings, as_keys
from novu_core.storage.inbox_upkeep import next_snooze

_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class NovuEnvironment:
    """Runs workflows as in production, but for the time: ``advance(hours=1)`` makes an hour pass at once.

    ``workflows`` as :class:`Client` takes them; ``settings``: ``NOVU_*`` names; ``start``: an aware datetime, a Monday
    at 9:00 UTC without one. ``app``: a Flask app, or ``novu`` of :mod:`novu_core.integrations.django`; inside the block
    its client is this environment's. ``outbox`` holds every message, in-app ones too, but for the channels that
    ``NOVU_DELIVERY`` of ``settings`` names a provider for. ``seed`` fixes the jitter of retries.
    """

    def __init__(
        self,
        workflows: Any = None,
        settings: Mapping[str, Any] | None = None,
        start: datetime = _START,
        *,
        app: Any = None,
        seed: int = 0,
    ) -> None:
        self.clock = ManualClock(start)
        self.outbox = Outbox()
        self._stack = ExitStack()
        self._app = app  # its client does not hold it
        self._app_client: Any = _client_of(app) if app is not None else None
        given = as_keys(settings or {})
        if self._app_client is not None:
            base: Settings = self._app_client.settings
            testing = getattr(app, "testing", True)  # Django has no such flag
            chosen = Settings.load(
                given, **{**_fields(base, given), "worker": "none", "testing": testing, **_store(given)}
            )
            workflows = self._app_client.registry if workflows is None else workflows
            context: dict[str, Any] = {
                "context": self._app_client.context,
                "listeners": self._app_client.events.listeners,
            }
            if "NOVU_TEMPLATES" not in given:
                context["templates"] = self._app_client.templates
        else:
            chosen = Settings.load(given, **{"worker": "none", "testing": True, **_store(given)})
            context = {}
        self.client = Client(chosen, workflows, clock=self.clock, **context)
        if self._app_client is not None:
            self.client.mounted = self._app_client.prefix()
            self.client.events.watch = self._app_client.events.watch
        parts = self.client.engine.parts
        parts.router = Router(
            given.get("NOVU_DELIVERY"),
            default=self.outbox,
            clock=self.clock,
            deny_private=chosen.webhook_deny_private,
        )
        parts.random = random.Random(seed).random  # noqa: S311  # jitter, not a secret
        parts.inbox = self.outbox.send

    def trigger(
        self, workflow: Workflow | str, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]
    ) -> TriggerResult:
        """Trigger a workflow; ``workflow.trigger(...)`` inside the block does the same."""
        return self.client.trigger(workflow, to=to, payload=payload, **options)

    def advance(self, **amount: float) -> None:
        """Let time pass (``timedelta`` keywords): what becomes due runs at its own time, in order."""
        self.advance_to(self.clock.now() + timedelta(**amount))

    def advance_to(self, moment: datetime) -> None:
        """Let time pass until ``moment`` (aware)."""
        store, upkeep = self.client.engine.parts.store, self.client.engine.upkeep
        while True:
            times = [store.next_due(list(self.client.registry)), next_snooze(store)]
            due = min((time for time in times if time is not None), default=None)
            if due is None or due > moment:
                break
            self.clock.set(max(due, self.clock.now()))
            upkeep.wake(self.clock.now())
            self.client.worker.run_due(1)
        self.clock.set(moment)

    def run_due(self) -> None:
        """Run what is due now: topics, ``wait=False`` triggers, and what they lead to at this moment."""
        self.advance()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.client)
        if self._app_client is not None:
            self._stack.enter_context(self._app_client.use(self.client))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()


def _client_of(app: Any) -> Any:
    """Return the client whose ``use(client)`` puts another in its place."""
    if isinstance(app, Client):
        return app
    if "novu" not in app.extensions:
        raise ConfigurationError(f"The app {app!r} has no Novu extension; call Novu(app) or novu.init_app(app) first.")
    return app.extensions["novu"]


def _store(given: Mapping[str, Any]) -> dict[str, Any]:
    return {} if "NOVU_STORE_URL" in given else {"store_url": "sqlite://"}


def _fields(base: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    taken = {key.removeprefix("NOVU_").lower() for key in given}
    return {name: getattr(base, name) for name in Settings.model_fields if name not in taken}
