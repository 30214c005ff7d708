"""Opens the connections of one database."""

from __future__ import annotations

import time
from typing import Any

from novu_core.errors import StoreError
from novu_core.storage.backends import Backend
from novu_core.storage.troubles import translated

_QUIET = 1.0
"""Seconds for which nobody tries to connect after a server that did not answer: those who queued up meanwhile would
each wait as long, in turn."""


class Connecting:
    """Opens connections. ``name``: what the errors call the database, its URL without the password."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name
        self._last_refusal = ""
        self.quiet_until = 0.0
        """The monotonic time until which the last refusal is the answer."""

    def __call__(self) -> Any:
        """Open a connection in autocommit mode. Raises StoreError."""
        begun = time.monotonic()
        if begun < self.quiet_until:
            raise StoreError(self._last_refusal)
        try:
            return self._backend.connect()
        except Exception as error:
            known = translated(error, self._backend.trouble(error))
            if isinstance(known, StoreError):
                known = type(known)(f"{known.message} (NOVU_STORE_URL is {self._name})")
                ended = time.monotonic()
                if ended - begun > _QUIET:
                    self.quiet_until, self._last_refusal = ended + _QUIET, known.message
            raise known from error
