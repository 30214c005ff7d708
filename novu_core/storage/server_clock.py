"""The time of a database that several machines share: leases and due times are told by one clock."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from sqlalchemy import text

from novu_core.clock import Clock, moment
from novu_core.storage.database import Database
from novu_core.storage.transaction import Transaction

_ZERO = timedelta(0)
_SAMPLES = 3
"""The one that was answered first is the most exact."""
_TIME = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")


class ServerClock:
    """This machine's clock, and how far the server's is ahead of it.

    The server is asked at first, and again with every heartbeat. Where it cannot be reached, the latest answer holds.
    """

    def __init__(self, local: Clock, database: Database) -> None:
        self._local = local
        self._database = database
        self._ahead: timedelta | None = None

    def now(self) -> datetime:
        """Return the server's time, in UTC."""
        if self._ahead is None:
            with contextlib.suppress(Exception):  # whoever needs the store is told why it is away
                self.measure()
        return self._local.now() + (self._ahead or _ZERO)

    def measure(self) -> None:
        """Ask the server for its time. Raises StoreError."""
        error, ahead = min(self._database.read(self._samples))
        if self._ahead is None or abs(ahead - self._ahead) > error:  # else it may be as it was
            self._ahead = _ZERO if self._ahead is None and abs(ahead) <= error else ahead

    def _samples(self, transaction: Transaction) -> list[tuple[timedelta, timedelta]]:
        """What each answer says, and how wrong it may be."""
        found = []
        for _ in range(_SAMPLES):
            asked = self._local.now()
            [told] = transaction.one(_TIME)
            half = (self._local.now() - asked) / 2
            found.append((abs(half), moment(told) - asked - half))
        return found
