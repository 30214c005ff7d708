"""The bridge: answers Novu's signed requests for one registry (PROTOCOL section 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from novu_core.aio import IO, is_failure
from novu_core.bridge.actions import Actions, Forward
from novu_core.bridge.errors import InvalidActionError
from novu_core.bridge.printed import Printed
from novu_core.bridge.protocol import (
    GET_ACTIONS,
    METHOD_NOT_ALLOWED,
    POST_ACTIONS,
    SIGNATURE_HEADER,
    error_body,
    response_headers,
)
from novu_core.bridge.signature import verify
from novu_core.clock import Clock, micros
from novu_core.definition.registry import Registry
from novu_core.javascript.canonical import encode, parse
from novu_core.lines import logger_of
from novu_core.templates.base import NO_TEMPLATES, Templates
from novu_core.types import JsonObject

logger = logger_of(__name__)
Answer = tuple[int, dict[str, str], bytes]


class Bridge:
    """Answers requests. ``keys``: any of them may have signed; ``strict``: whether a signature is needed at all.

    ``expose``: whether errors carry traces; ``server``: the adapter's name; ``version``: this package's; ``forward``:
    posts a trigger to Novu's API; ``templates``: the app's.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        keys: Sequence[str],
        strict: bool,
        expose: bool,
        server: str,
        version: str,
        clock: Clock,
        max_body_bytes: int,
        forward: Forward | None = None,
        templates: Templates = NO_TEMPLATES,
    ) -> None:
        self._actions = Actions(registry, version, forward, templates)
        self._printed = Printed(registry)
        self._keys = keys
        self._strict = strict
        self._expose = expose
        self._headers = response_headers(server, version)
        self._clock = clock
        self._limit = max_body_bytes

    async def handle(
        self,
        method: str,
        query: Sequence[tuple[str, str]],
        header: Callable[[str], str | None],
        body: bytes,
        io: IO,
    ) -> Answer:
        """Return status, headers and body. Never raises."""
        try:
            status, data = await self._answer(method, query, header, body, io)
            encoded = data if isinstance(data, bytes) else encode(data)
        except BaseException as error:
            if not is_failure(error):
                raise
            status, data = error_body(error, self._expose)
            if status >= 500:
                logger.error("The bridge failed: %s", data.get("message"), exc_info=error)
            encoded = encode(data)
        return status, dict(self._headers), encoded

    async def _answer(self, method: str, query: Sequence[tuple[str, str]], header: Callable[[str], str | None],
                      raw: bytes, io: IO) -> tuple[int, Any]:  # fmt: skip
        params: dict[str, str] = {}
        for key, value in query:
            params.setdefault(key, value)
        action = params.get("action") or "health-check"
        body = self._body(header, raw) if method == "POST" else {}
        if action != "health-check" and self._strict:
            verify(header(SIGNATURE_HEADER), encode(body), self._keys, micros(self._clock.now()) / 1000)
        if method == "OPTIONS":
            return 200, {}
        if method not in ("GET", "POST"):
            return 405, {"message": METHOD_NOT_ALLOWED, "code": "MethodNotAllowedError"}
        allowed = POST_ACTIONS if method == "POST" else GET_ACTIONS
        if action not in allowed:
            raise InvalidActionError(action, allowed)
        if method == "GET":
            return 200, await self._get(action, params, io)
        return await self._post(action, params, body if isinstance(body, dict) else {}, io)

    async def _get(self, action: str, params: dict[str, str], io: IO) -> JsonObject | bytes:
        if action == "discover":
            return await self._printed.answer(io, self._actions.discover)
        if action == "code":
            asked = params.get("workflowId", ""), params.get("stepId", "")
            return await self._printed.answer(io, self._actions.code, *asked)
        return await self._actions.health.answer(io)

    async def _post(self, action: str, params: dict[str, str], body: JsonObject, io: IO) -> tuple[int, Any]:
        workflow_id = params.get("workflowId", "")
        if action == "trigger":
            return await io.slow(self._actions.trigger, workflow_id, body)
        if action == "agent-event":
            return self._actions.agent_event(params.get("agentId", ""))
        step_id = params.get("stepId", "")
        return 200, await self._actions.execute(workflow_id, step_id, body, io, preview=action == "preview")

    def _body(self, header: Callable[[str], str | None], raw: bytes) -> Any:
        """Return the parsed body; one that cannot be read is ``{}``, as with the peer."""
        media = (header("content-type") or "").split(";")[0].strip().lower()
        if len(raw) > self._limit or (media and media != "application/json" and not media.endswith("+json")):
            return {}
        try:
            return parse(raw)
        except ValueError:
            return {}
