"""Surfaces: groups of routes under the prefix that share a guard and the shape of their errors."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel

from novu_core.aio import IO, is_failure
from novu_core.client import Client
from novu_core.errors import FieldError, MethodNotAllowedError, RequestInvalidError
from novu_core.http.messages import JSON, Request, Response
from novu_core.types import JsonObject

T = TypeVar("T")
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""Every route is mounted for all of them, so that the handler answers the ones it does not have."""
REST = "(?s:.)+"
"""The rest of a path, as an expression: one character at least, slashes and line breaks too."""
MOST_FAULTS = 100
"""How many faults of its input the answer to one request names."""
MOST_PAGE_BYTES = 1_048_576
"""How large a page of executions or payloads may be that holds more than one."""
Answer = type[BaseModel] | tuple[type[BaseModel], ...] | None
"""The model of an answer's body, or several of which it is one; None: any object."""
_UNREAD = "the body cannot be read: it was cut off, or its chunks are malformed"
_PARAMETER = re.compile(r"{(\w+)(\.\.\.)?}")


class Served:
    """A client as the surfaces see it. ``server``: the adapter's name on the wire (``flask``, ``fastapi``, ...)."""

    def __init__(self, client: Client, server: str) -> None:
        self.client = client
        self.server = server
        self._kept: dict[Callable[[Served], Any], Any] = {}

    @property
    def expose(self) -> bool:
        """Whether answers may carry the messages and traces of the user's own errors."""
        return self.client.settings.exposes_errors

    def keep(self, make: Callable[[Served], T]) -> T:
        """Return what ``make`` returned the first time: what a surface builds once for a client."""
        if make not in self._kept:
            self._kept[make] = make(self)
        kept: T = self._kept[make]
        return kept


@dataclass(frozen=True)
class Operation:
    """What answers one method of a route, and how the OpenAPI document describes it.

    ``answers``: the models by status; ``errors``: the other statuses; ``body``: the model or the JSON Schema of the
    request's body; ``query``: the schemas of query parameters; ``public``: whether it is open to everybody;
    ``kept``: whether a cache between may keep the answer, or the answer itself says so; ``edits``: whether the role
    ``edit`` may ask for it, too; ``tagged``: whether it answers 304 to ``If-None-Match``; ``media``: the type of its
    answer, where that is not JSON.
    """

    run: Callable[[Served, Request, IO], Awaitable[Response]]
    summary: str = ""
    answers: Mapping[int, Answer] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    body: type[BaseModel] | JsonObject | None = None
    query: Mapping[str, JsonObject] = field(default_factory=dict)
    public: bool = False
    kept: bool = False
    edits: bool = False
    tagged: bool = False
    media: str = JSON

    @property
    def name(self) -> str:
        """The name of the function that runs it."""
        return getattr(self.run, "__name__", type(self.run).__name__)


@dataclass(frozen=True)
class Route:
    """A path under the prefix. ``{name}`` stands for one segment, ``{name...}`` at the end for the rest of the path.

    ``otherwise`` answers every method that ``operations`` does not have; without it they are refused.
    """

    path: str
    operations: Mapping[Method, Operation]
    otherwise: Operation | None = None

    @property
    def name(self) -> str:
        """A name for the framework's own table."""
        parts = (part.strip("{}").replace(".", "_").rstrip("_") for part in self.path.split("/") if part)
        return "_".join(parts) or "bridge"

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters."""
        return [name for name, _ in _PARAMETER.findall(self.path)]

    @property
    def methods(self) -> list[str]:
        """The methods that are answered, for ``Allow``."""
        if self.otherwise is not None:
            return list(METHODS)
        heads = ["HEAD"] if "GET" in self.operations else []
        return [*self.operations, *heads, "OPTIONS"]

    def pattern(self, segment: str, rest: str) -> str:
        """Return the path in a framework's syntax; ``segment`` and ``rest`` have ``{}`` for the parameter's name."""
        return _PARAMETER.sub(lambda found: (rest if found[2] else segment).format(found[1]), self.path)

    def match(self, raw_path: str) -> dict[str, str] | None:
        """Return the parameters of a path that is still percent-encoded, or None where it is not this route's."""
        literal, *rest = _PARAMETER.split(self.path)
        pattern = re.escape(literal)
        for name, several, literal in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            pattern += f"(?P<{name}>{REST if several else '[^/]+'})" + re.escape(literal)
        found = re.fullmatch(pattern, raw_path.rstrip("/"))
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}

    def operation(self, method: str) -> Operation:
        """Return what answers ``method``; HEAD is answered as GET. Raises MethodNotAllowedError."""
        wanted: Any = "GET" if method == "HEAD" else method
        operation = self.operations.get(wanted, self.otherwise)
        if operation is None:
            error = MethodNotAllowedError(f"Method {method} is not allowed here; use {', '.join(self.methods)}.")
            error.allowed = self.methods
            raise error
        return operation


@dataclass(frozen=True)
class Surface:
    """Routes with one guard and one shape of errors. ``cross_origin``: whether the CORS settings apply to them.

    ``request_headers``: those that its clients send, which pages may send beside the settings' own.

    ``guard`` raises for a request that may not pass; ``error`` turns what a guard or an operation raised into an
    answer. ``admit``: a guard before that one, for what depends on the operation or takes time; it returns the request
    with the role of whoever asks. Operations that are public pass no guard.
    """

    routes: tuple[Route, ...]
    guard: Callable[[Served, Request], None]
    error: Callable[[Served, Request, BaseException], Response]
    cross_origin: bool = True
    request_headers: tuple[str, ...] = ()
    admit: Callable[[Served, Request, Operation, IO], Awaitable[Request]] | None = None

    async def answer(self, served: Served, route: Route, request: Request, io: IO) -> Response:
        """Answer a request for one of the routes. Never raises.

        No cache between may keep the answer, unless the operation leaves it to them.
        """
        operation: Operation | None = None
        try:
            if request.unread:
                raise RequestInvalidError("The request is invalid.", [FieldError("", _UNREAD)])
            if request.method == "OPTIONS" and route.otherwise is None:
                answer = Response.json(200, {}, {"allow": ", ".join(route.methods)})
            else:
                operation = route.operation(request.method)
                if not operation.public:
                    if self.admit is not None:
                        request = await self.admit(served, request, operation, io)
                    self.guard(served, request)
                answer = await operation.run(served, request, io)
        except BaseException as error:
            if not is_failure(error):
                raise
            return self.refuse(served, request, error)
        return answer if operation is not None and operation.kept else _unkept(answer)

    def refuse(self, served: Served, request: Request, error: BaseException) -> Response:
        """Answer a request that failed."""
        return _unkept(self.error(served, request, error))


def _unkept(answer: Response) -> Response:
    return Response(answer.status, answer.body, {**answer.headers, "cache-control": "no-store"})
