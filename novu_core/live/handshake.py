"""Who may come in: what is asked of a WebSocket's handshake before its socket stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl
from uuid import uuid4

from novu_core.codec import dumps
from novu_core.errors import NovuError
from novu_core.lines import logger_of
from novu_core.live.doors import Door, SocketIO
from novu_core.live.hub import Hub
from novu_core.settings.cross_origin import CrossOrigin
from novu_core.types import JsonObject

logger = logger_of(__name__)


@dataclass(frozen=True)
class Refusal:
    """An answer in HTTP to whoever may not come in, or asks for no WebSocket."""

    status: int
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as JSON text."""
        return dumps(self.body)


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """Return a refusal in the shape of the inbox's errors."""
    return Refusal(status, {"statusCode": status, "message": message}, headers or {})


UNAVAILABLE = refusal(
    501,
    "This server hands over no sockets, so it cannot carry live updates. Run `flask novu live` beside it (or "
    "`python -m novu_core live`, `manage.py novu live`) and send live clients there.",
)
FULL = refusal(
    503, "This process already serves its maximum number of live clients; try again later.", {"retry-after": "10"}
)


def unserved(door: type[Door], query: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> Refusal:
    """Return the answer to a request that reached no hub: it asks for no WebSocket, or its server has none to give."""
    if headers.get("upgrade", "").lower() == "websocket":
        return UNAVAILABLE
    if door is SocketIO:
        if dict(query).get("transport") != "websocket":
            return Refusal(400, {"code": 0, "message": "Transport unknown"})
        return Refusal(400, {"code": 3, "message": "Bad request"})
    return refusal(400, "Connect with a WebSocket.")


def check(
    door: type[Door], query: Sequence[tuple[str, str]], headers: Mapping[str, str], hub: Hub, shared: CrossOrigin
) -> Refusal | str:
    """Return the token of a handshake that may go on, for which a place in the hub is taken; or the refusal.

    ``headers``: by lower-case names. A client of socket.io may bring its token later, and hears there that it is wrong.
    """
    if not _may_ask(headers.get("origin"), headers.get("host", ""), shared):
        return refusal(403, "Pages of this origin may not connect; NOVU_CORS_ORIGINS names those that may.")
    asked = dict(query)
    token = asked.get("token", "")
    if door is SocketIO:
        if asked.get("transport") != "websocket":
            return Refusal(400, {"code": 0, "message": "Transport unknown"})
        if asked.get("sid"):
            return Refusal(400, {"code": 1, "message": "Session ID unknown"})
        if asked.get("EIO") != "4":
            return Refusal(400, {"code": 5, "message": "Unsupported protocol version"})
    known = _opens(token, hub)
    if not known and door is not SocketIO:
        return refusal(401, "Unauthorized")
    return token if hub.enter(known=known) else FULL


def _opens(token: str, hub: Hub) -> bool:
    try:
        hub.subscriber_of(token)
    except NovuError:
        return False
    return True


def failed(error: Exception) -> Refusal:
    """Return the answer where the hub could not be asked: what is not the client's fault is the log's."""
    if isinstance(error, NovuError) and error.status_code < 500:
        return refusal(error.status_code, error.message)
    error_id = str(uuid4())
    logger.error("A live client could not be served (errorId %s)", error_id, exc_info=error)
    found = refusal(500, "Internal server error; see the server log for this errorId.")
    return replace(found, body={**found.body, "errorId": error_id})


def query_of(text: str) -> list[tuple[str, str]]:
    """Return the parameters of a query."""
    return parse_qsl(text, keep_blank_values=True)


def _may_ask(origin: str | None, host: str, shared: CrossOrigin) -> bool:
    """Whether a page of this origin may connect: its own always, others as for every route. A program has none."""
    if origin is None or "*" in shared.origins or origin.lower() in shared.origins:
        return True
    return origin.lower().partition("://")[2] == host.lower() != ""
