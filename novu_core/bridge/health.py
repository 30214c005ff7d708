"""The health check: what is served, in the peer's words (PROTOCOL section 4)."""

from __future__ import annotations

from novu_core.bridge.protocol import FRAMEWORK_VERSION
from novu_core.definition.registry import Registry
from novu_core.types import JsonObject


def health(registry: Registry, version: str) -> JsonObject:
    """Return the body; ``version`` is this package's. A workflow that cannot be discovered is not counted."""
    discovered = [workflow.steps_or_none() for workflow in registry.values()]
    served = [steps for steps in discovered if steps is not None]
    return {
        "status": "ok",
        "sdkVersion": version,
        "frameworkVersion": FRAMEWORK_VERSION,
        "discovered": {"workflows": len(served), "steps": sum(map(len, served))},
    }
