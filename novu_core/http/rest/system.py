"""Operations on the whole: what happened lately, counted, and whether anything is wrong."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

from novu_core.aio import IO
from novu_core.client import Client
from novu_core.http.messages import Request, Response
from novu_core.http.rest.parameters import given, times_of
from novu_core.http.surface import Served
from novu_core.types import JsonObject
from novu_core.version import VERSION

_KEPT = timedelta(seconds=60)
"""How long the findings are trusted: a page that is open asks again and again."""


async def get_stats(served: Served, request: Request, io: IO) -> Response:
    """Count what was triggered in a range of time."""
    asked: dict[str, Any] = {**times_of(request.first, "since", "until"), **given(request, "bucket")}
    stats = served.client.stats
    return Response.json(200, await io.call(lambda: stats.get(**asked)))


async def get_status(served: Served, request: Request, io: IO) -> Response:
    """Tell whether a worker is there, what is overdue, and what would go wrong."""
    return Response.json(200, await io.slow(served.keep(_Status).told))


class _Status:
    """One client's status. Its findings are looked for once a minute at most, and no provider is connected to."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._lock = threading.Lock()
        self._found: tuple[datetime, list[JsonObject]] | None = None

    def told(self) -> JsonObject:
        """Return the status."""
        client = self._served.client
        kept_here = client.settings.dispatch == "embedded"
        workers = client.stats.workers() if kept_here else []
        return {
            "version": VERSION,
            "server": self._served.server,
            "dispatch": client.settings.dispatch,
            "worker": client.settings.worker,
            "workers": workers,
            "alive": any(worker["alive"] for worker in workers),
            **(client.stats.due() if kept_here else {"due": 0, "oldest_due": None, "handed_over": 0}),
            "overdue": _overdue(client) if kept_here else [],
            "providers": [state.to_json() for state in client.providers.list()] if kept_here else [],
            "findings": self._findings(client),
        }

    def _findings(self, client: Client) -> list[JsonObject]:
        from novu_core.client.checkup import findings  # needs the engine, which definitions alone do not load

        now = client.clock.now()
        with self._lock:
            if self._found is None or not timedelta(0) <= now - self._found[0] < _KEPT:
                found = [row._asdict() for row in findings(client, greets=False)]
                self._found = now, found
            return self._found[1]


def _overdue(client: Client) -> list[JsonObject]:
    """What is due and nobody takes, by workflow: more than a minute late, whoever has it."""
    parts = client.engine.parts
    late = parts.store.overdue([], parts.clock.now() - timedelta(minutes=1))
    return [{"workflow_id": name, "runs": count, "since": since.isoformat()} for name, count, since in late]
