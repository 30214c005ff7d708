"""The bridge: answers Novu's signed requests for one registry (PROTOCOL section 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
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
from novu_core.definition.workflow import Workflow
from novu_core.javascript.canonical import encode, parse
from novu_core.lines import logger_of
from novu_core.templates.base import NO_TEMPLATES, Templates
from novu_core.types import JsonObject

logger = logger_of(__name__)
Answer = tuple[int, dict[str, str], bytes]
Header = Callable[[str], str | None]
Watch = Callable[[str, str, str, Header], AbstractContextManager[Callable[[int], object]]]
"""Surrounds an action with the ids of its workflow and of its step, and is told the status."""
_WATCHED = frozenset({"execute", "preview"})


def _unwatched(*_: object) -> AbstractContextManager[Callable[[int], object]]:
    return nullcontext(lambda status: None)


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
        self._registry = registry
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
        header: Header,
        body: bytes,
        io: IO,
        watch: Watch = _unwatched,
    ) -> Answer:
        """Return status, headers and body. Never raises. ``watch`` surrounds a step that Novu drives."""
        params: dict[str, str] = {}
        for key, value in query:
            params.setdefault(key, value)
        action = params.get("action") or "health-check"
        with ExitStack() as around:
            told: Callable[[int], object] | None = None
            try:
                parsed = self._admitted(method, action, header, body)
                workflow = self._registry.get(params.get("workflowId", ""))
                if method == "POST" and action in _WATCHED and workflow is not None:
                    step_id = _step_of(workflow, params.get("stepId"))
                    told = around.enter_context(watch(action, workflow.workflow_id, step_id, header))
                status, data = await self._answer(method, action, params, parsed, io)
                encoded = data if isinstance(data, bytes) else encode(data)
            except BaseException as error:
                if not is_failure(error):
                    raise
                status, data = error_body(error, self._expose)
                if status >= 500:
                    logger.error("The bridge failed: %s", data.get("message"), exc_info=error)
                encoded = encode(data)
            if told is not None:
                told(status)
        return status, dict(self._headers), encoded

    def _admitted(self, method: str, action: str, header: Header, raw: bytes) -> Any:
        """Return the parsed body of a request whose signature holds, or that needs none."""
        body = self._body(header, raw) if method == "POST" else {}
        if action != "health-check" and self._strict:
            verify(header(SIGNATURE_HEADER), encode(body), self._keys, micros(self._clock.now()) / 1000)
        return body

    async def _answer(self, method: str, action: str, params: dict[str, str], body: Any, io: IO) -> tuple[int, Any]:
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

    def _body(self, header: Header, raw: bytes) -> Any:
        """Return the parsed body; one that cannot be read is ``{}``, as with the peer."""
        media = (header("content-type") or "").split(";")[0].strip().lower()
        if len(raw) > self._limit or (media and media != "application/json" and not media.endswith("+json")):
            return {}
        try:
            return parse(raw)
        except ValueError:
            return {}


def _step_of(workflow: Workflow, asked: str | None) -> str:
    """Return a step's id if the workflow has it, else "": the query may say anything, the signature is the body's."""
    steps = workflow.steps_or_none() or ()
    return next((step.step_id for step in steps if step.step_id == asked), "")
