"""Triggers that Novu runs: it calls this app's bridge back for every step (PROTOCOL section 12)."""

from __future__ import annotations

from typing import Any

from novu_core.cloud.remote import Remote
from novu_core.codec import jsonable
from novu_core.definition.workflow import CommonTriggerOptions, Workflow
from novu_core.engine.checking import Checking
from novu_core.errors import FieldError, ValidationError
from novu_core.records import Payload, TriggerResult
from novu_core.settings import Settings


def remote(settings: Settings) -> Remote:
    """Return Novu's API as the settings name it. Raises ConfigurationError without a secret."""
    return Remote(settings.api_url, settings.secret_key[0] if settings.secret_key else None)


def trigger(
    settings: Settings, checking: Checking, workflow: Workflow, to: Any, payload: Any, options: CommonTriggerOptions
) -> TriggerResult:
    """Let Novu run a workflow: its status is ``accepted``, and its executions are Novu's.

    Raises ValidationError, as an embedded trigger does, and RemoteError.
    """
    recipients, request, transaction = checking.trigger(workflow, to, payload, options)
    if any(recipients.excluded.get("", ())):
        raise ValidationError(
            "The trigger is invalid.", [FieldError("/exclude", "is not supported by Novu's broadcasts")]
        )
    body = {"name": workflow.workflow_id, "payload": request["payload"], "transactionId": transaction}
    if not recipients.everyone:
        body["to"] = jsonable(to)
    body |= {name: request[name] for name in ("overrides", "context", "controls") if request[name]}
    if (actor := options.get("actor")) is not None:
        body["actor"] = jsonable(actor)
    api = remote(settings)
    (api.broadcast if recipients.everyone else api.trigger)(body)
    recipient = ", ".join([*recipients.subscribers, *recipients.topics]) or "everybody"
    accepted = Payload(workflow.workflow_id, recipient, request["payload"], request["metadata"])
    return TriggerResult(transaction, [], accepted=accepted)
