"""The bridge: what Novu drives over signed requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from novu_core.aio import IO
from novu_core.bridge.canonical import encode
from novu_core.bridge.protocol import FRAMEWORK_VERSION, response_headers
from novu_core.clock import Clock
from novu_core.definition.registry import Registry
from novu_core.types import JsonObject


class Bridge:
    """Answers the bridge's requests for one registry."""

    def __init__(self, registry: Registry, *, keys: Sequence[str], strict: bool, expose: bool, server: str,
                 version: str, api_url: str, clock: Clock) -> None:  # fmt: skip
        self._registry = registry
        self._server = server
        self._version = version

    def health(self) -> JsonObject:
        """Return the health check's body."""
        found = [workflow.steps_or_none() for workflow in self._registry.values()]
        workflows = sum(steps is not None for steps in found)
        steps = sum(len(steps) for steps in found if steps is not None)
        return {"status": "ok", "sdkVersion": self._version, "frameworkVersion": FRAMEWORK_VERSION,
                "discovered": {"workflows": workflows, "steps": steps}}  # fmt: skip

    async def handle(self, method: str, query: Sequence[tuple[str, str]], header: Callable[[str], Any], body: bytes,
                     io: IO) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
        """Answer one request."""
        return 200, response_headers(self._server, self._version), encode(await io.call(self.health))
