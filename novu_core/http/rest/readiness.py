"""Whether the store answers and a worker lives: for probes, which are told yes or no, and for whoever has the key."""

from __future__ import annotations

import threading
import time

from novu_core.aio import IO
from novu_core.errors import NovuError, StoreError
from novu_core.http.messages import Request, Response
from novu_core.http.rest.authentication import authenticate
from novu_core.http.surface import Served
from novu_core.types import JsonObject

_KEPT = 1.0
"""Seconds for which an answer is trusted: everybody may ask, and each question would be one to the store."""


async def readiness(served: Served, request: Request, io: IO) -> Response:
    """Answer 200 or 503."""
    told = await io.slow(served.keep(Readiness).told)
    ready = all(told.values())
    body: JsonObject = {"status": "ready" if ready else "unready"}
    return Response.json(
        200 if ready else 503, body | (told if _trusted(served, request) else {}), {"cache-control": "no-store"}
    )


def _trusted(served: Served, request: Request) -> bool:
    try:
        authenticate(request, served.client.settings)
    except NovuError:
        return False
    return True


class Readiness:
    """What one client needs to be of use."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._lock = threading.Lock()
        self._told: JsonObject = {}
        self._asked: float | None = None

    def told(self) -> JsonObject:
        """Return whether the store answers, and whether any process runs what is due; where Novu runs it, both."""
        with self._lock:
            now = time.monotonic()
            if self._asked is None or now - self._asked >= _KEPT:
                self._told, self._asked = self._look(), now
            return self._told

    def _look(self) -> JsonObject:
        client = self._served.client
        if client.settings.dispatch == "cloud":
            return {"store": True, "worker": True}
        try:
            workers = client.stats.workers()
        except StoreError:
            return {"store": False, "worker": False}
        return {"store": True, "worker": any(worker["alive"] for worker in workers)}
