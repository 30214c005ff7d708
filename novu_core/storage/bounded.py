"""A connection of psycopg that waits for no answer without end, whatever lies between it and the server."""

from __future__ import annotations

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

T = TypeVar("T")


class Silence(psycopg.OperationalError):
    """The server did not answer in time. It has no SQLSTATE, as other errors of a lost connection."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed where an answer takes longer than ``patience`` seconds.

    The server bounds what it hears of, and TCP what nobody acknowledges. Neither helps where a proxy or a tunnel keeps
    the line open and forwards nothing.
    """

    patience = usual_patience = 25.0

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        """Wait as psycopg does, which looks up every tenth of a second. Raises Silence, and the connection is gone."""
        try:
            return super().wait(_within(self.patience, gen), *args, **kwargs)
        except Silence:
            self.close()
            raise


def _within(seconds: float, gen: PQGen[T]) -> PQGen[T]:
    end = time.monotonic() + seconds
    try:
        asked = next(gen)
        while True:
            asked = gen.send((yield asked))
            if time.monotonic() > end:
                raise Silence(f"no answer from the server for {seconds:g} seconds")
    except StopIteration as last:
        found: T = last.value
        return found
