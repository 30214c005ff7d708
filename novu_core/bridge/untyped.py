"""Tells of a workflow that works in embedded mode and fails over the bridge: its payload has no schema."""

from __future__ import annotations

from novu_core.definition.workflow import Workflow


def untyped_payload(workflow: Workflow) -> str | None:
    """Return what to say about a workflow whose function takes a payload that no schema describes, else None.

    Over the bridge, as with the peer, only what the payload's schema names reaches the function (PROTOCOL section 5).
    """
    if "payload" not in workflow.parameters or workflow.payload_schema is not None:
        return None
    return (
        "has no payload schema, so over the bridge its payload is always empty; annotate `payload` with a model, "
        "or pass payload_schema="
    )
