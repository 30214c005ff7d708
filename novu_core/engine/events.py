"""Tells whoever listens what happens to executions; frameworks turn it into their signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from novu_core.aio import is_failure
from novu_core.engine.watching import Watch
from novu_core.lines import logger_of

logger = logger_of(__name__)


class Events:
    """A list of listeners, each called with an event's name and its data in the thread where it happens.

    ``watch``: what surrounds the work in which the events happen.
    """

    def __init__(self, listeners: Iterable[Callable[..., object]] = ()) -> None:
        self.listeners = list(listeners)
        self.watch = Watch()

    def emit(self, name: str, **data: Any) -> None:
        """Call every listener; what one raises is logged and harms nobody."""
        for listener in self.listeners:
            try:
                listener(name, **data)
            except BaseException as error:
                if not is_failure(error):
                    raise
                logger.exception("A listener for %s raised an exception", name)
