"""Ids that sort by time, and within one microsecond by their order in this process: UUIDs of version 7 (RFC 9562)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from novu_core.storage.records import micros

Entropy = Callable[[int], bytes]
_RANDOM_BITS = 62
_lock = threading.Lock()
_last = (0, 0)


class _Pool:
    """The system's random bytes, fetched many at a time: a fetch gives up the interpreter lock, which costs a turn."""

    def __init__(self) -> None:
        self._bytes = b""
        self._pid = 0

    def __call__(self, size: int) -> bytes:
        """Return ``size`` bytes that no other call returns, in this process or its children."""
        if len(self._bytes) < size or self._pid != os.getpid():
            self._bytes, self._pid = os.urandom(4096), os.getpid()
        found, self._bytes = self._bytes[:size], self._bytes[size:]
        return found


pooled = _Pool()
"""Called under the lock of :func:`uuid7` only."""


def uuid7(now: datetime, entropy: Entropy = pooled) -> str:
    """Return a UUIDv7 for ``now``; the bits below the millisecond are its microseconds, then random ones.

    A second id of the same microsecond is the first one's successor, so that events keep the order of their arrival.
    """
    global _last
    moment = micros(now)
    with _lock:
        known, counter = _last
        counter = counter + 1 if known == moment else int.from_bytes(entropy(8), "big") >> 3
        _last = (moment, counter)
    milliseconds, fraction = divmod(moment, 1000)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (fraction << 2 & 0xFFF) << 64
    return str(UUID(int=value | 0b10 << _RANDOM_BITS | counter & (1 << _RANDOM_BITS) - 1))
