"""A request and a response that know no framework; the body is bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from novu_core.codec import dumps

JSON = "application/json"
Role = Literal["all", "edit"]
"""What somebody may do: everything, or change what is sent without seeing to whom."""


@dataclass(frozen=True)
class Request:
    """What a framework's file makes of its own request. ``path_params`` are those of the route, decoded.

    ``path``: the whole path, decoded, with what a proxy or a mount took off, as far as the server tells.
    ``raw_path``: the path below the prefix as it was sent, percent-encoded, if the server tells.
    ``target``: the whole path with its query, for those who show it; see :func:`target_of`.
    ``client``: the address of whoever is connected, as the server sees it; ``scheme``: ``http`` or ``https``.
    ``body`` holds at most one byte more than ``NOVU_MAX_BODY_BYTES``: enough to see that it is too large. ``unread``:
    reading it failed, for its chunks are malformed, or it was cut off. ``source``: the framework's own request.
    ``role``: what whoever asks may do, once a surface has found out; ``studio``: whether the Studio's login said so.
    """

    method: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    path: str = ""
    path_params: Mapping[str, str] = field(default_factory=dict)
    raw_path: str | None = None
    target: str = ""
    client: str | None = None
    scheme: str = "http"
    unread: bool = False
    source: object = None
    role: Role | None = None
    studio: bool = False

    def first(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)


def target_of(sent: str, path: str, query: str) -> str:
    """Return what was asked for, percent-encoded: ``sent`` where the server tells it, else made of the decoded path."""
    below = sent or quote(path, errors="replace", safe="/:@!$&'()*+,;=~")
    return f"{below}?{query}" if query else below


@dataclass(frozen=True)
class Response:
    """What a framework's file turns into its own response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": JSON})

    @classmethod
    def json(cls, status: int, data: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Build from data."""
        return cls(status, dumps(data).encode(), {"content-type": JSON, **(headers or {})})
