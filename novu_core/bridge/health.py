"""The health check: what is served, in the peer's words (PROTOCOL section 4)."""

from __future__ import annotations

from collections.abc import Sequence

from novu_core.aio import IO
from novu_core.bridge.protocol import FRAMEWORK_VERSION
from novu_core.definition.registry import Registry
from novu_core.definition.workflow import Workflow
from novu_core.types import JsonObject


class Health:
    """The health check of one registry; ``version`` is this package's.

    It is counted once for the workflows that there are, and needs no thread afterwards: a probe waits for nobody.
    """

    def __init__(self, registry: Registry, version: str) -> None:
        self._registry = registry
        self._version = version
        self._counted: tuple[list[Workflow], JsonObject] = ([], self._body([]))

    async def answer(self, io: IO) -> JsonObject:
        """Return the body. A workflow that cannot be discovered is not counted."""
        workflows = list(self._registry.values())
        if workflows != self._counted[0]:
            self._counted = workflows, await io.call(self._body, workflows)
        return self._counted[1]

    def _body(self, workflows: Sequence[Workflow]) -> JsonObject:
        served = [steps for workflow in workflows if (steps := workflow.steps_or_none()) is not None]
        return {
            "status": "ok",
            "sdkVersion": self._version,
            "frameworkVersion": FRAMEWORK_VERSION,
            "discovered": {"workflows": len(served), "steps": sum(map(len, served))},
        }
