"""What would go wrong in production, as ``flask novu check`` and ``manage.py novu check`` tell it."""

from __future__ import annotations

from collections.abc import Iterator

from novu_core.client.client import Client
from novu_core.definition.untyped import untyped_payload
from novu_core.errors import NovuError
from novu_core.types import Channel


def problems(client: Client) -> Iterator[tuple[str, str]]:
    """Yield pairs of a place (a workflow's id or a setting) and what is wrong there."""
    used: set[Channel] = set()
    for workflow in client.workflows.values():
        try:
            steps = workflow.steps
        except NovuError as error:
            yield workflow.workflow_id, f"cannot be discovered: {error}"
            continue
        if not steps:
            yield workflow.workflow_id, "has no step"
        untyped = untyped_payload(workflow)
        if untyped is not None:
            yield workflow.workflow_id, untyped
        used |= {Channel(step.step_type.value) for step in steps if step.step_type.is_channel}
    if client.settings.strict and not client.settings.secret_key:
        yield "NOVU_SECRET_KEY", "is not set, so every request but the health check is refused"
    if client.settings.dispatch == "cloud":  # Novu delivers
        return
    router = client.engine.parts.router
    for channel in sorted(used - {Channel.IN_APP}):
        if not router.providers(channel):
            yield "NOVU_DELIVERY", router.missing(channel)
