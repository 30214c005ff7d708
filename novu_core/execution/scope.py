"""The data of one run: what the function's parameters, templates and conditions read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_core.definition.workflow import Workflow
from novu_core.execution.outcome import ControlsSyntaxError
from novu_core.records.subscriber import Subscriber
from novu_core.types import JsonObject

NO_LINKS = {"unsubscribe_url": "", "preferences_url": ""}


@dataclass
class Scope:
    """One run's data. The plain forms are JSON, as templates see them; the others are what the function is given.

    ``subscriber``: as JSON too; the function is given a Subscriber, which is made only where it asks for one.
    ``links``: the recipient's links, by the names that templates have for them; Novu's templates know none.
    """

    workflow: Workflow
    payload: Any
    plain_payload: Any
    subscriber: Any
    plain_subscriber: Any
    controls: Any = field(default_factory=dict)
    actor: Any = None
    context: Any = field(default_factory=dict)
    env: Any = field(default_factory=dict)
    step_controls: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    steps_missing: bool = False
    links: Callable[[], Mapping[str, str]] = dict

    def check_steps(self) -> None:
        """Raise ControlsSyntaxError where the state that was sent is no list, as the peer's templates then fail."""
        if self.steps_missing:
            raise ControlsSyntaxError("The state that was sent with the request is not a list.", {})

    def argument(self, name: str) -> Any:
        """Return what the function's parameter ``name`` is given (not ``step``)."""
        value = getattr(self, name)
        return Subscriber.lenient(value) if name == "subscriber" and isinstance(value, dict) else value

    def for_templates(self) -> JsonObject:
        """Return the scope of Liquid templates (PROTOCOL section 7.5)."""
        workflow = self.workflow
        described = {"workflowId": workflow.workflow_id, "name": workflow.title, "description": workflow.description}
        scope: JsonObject = {
            **self.links(),
            "workflow": {
                **{name: value for name, value in described.items() if value is not None},
                "tags": workflow.tags,
                "severity": workflow.severity.value,
            },
            "payload": self.plain_payload,
            "subscriber": self.plain_subscriber,
            "context": self.context,
            "steps": self.steps,
            "env": {} if self.env is None else self.env,
        }
        if self.actor is not None:
            scope["actor"] = self.actor
        return scope

    def for_app_templates(self, controls: Any, locale: str | None, timezone: str) -> JsonObject:
        """Return the variables of the app's own templates: what the function is given, the rest as JSON."""
        subscriber = self.plain_subscriber
        return {
            **NO_LINKS,
            **self.for_templates(),
            "payload": self.payload,
            "subscriber": Subscriber.lenient(subscriber) if isinstance(subscriber, dict) else subscriber,
            "controls": controls,
            "locale": locale,
            "timezone": timezone,
        }

    def for_conditions(self, controls: Any) -> JsonObject:
        """Return the five names of a skip condition (SEMANTICS, Skip conditions)."""
        return {
            "payload": self.plain_payload,
            "subscriber": self.plain_subscriber,
            "controls": controls,
            "steps": self.steps,
            "context": self.context,
        }
