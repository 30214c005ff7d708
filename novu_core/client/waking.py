"""Requests start a process's worker, whatever they ask for; trouble there is the log's and not the request's."""

from __future__ import annotations

from collections.abc import Callable

from novu_core.client.client import Client
from novu_core.lines import logger_of

logger = logger_of(__name__)


class Waking:
    """Wakes an app's client, and tells the log of each trouble once: not at every visit."""

    def __init__(self) -> None:
        self._told: str | None = None

    def __call__(self, client: Callable[[], Client]) -> None:
        """Wake the client that a function returns. Never raises an Exception."""
        try:
            client().wake()
            self._told = None
        except Exception as error:
            if self._told != str(error):
                self._told = str(error)
                logger.exception("The worker could not be started")
