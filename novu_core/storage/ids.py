"""Ids that sort by time, and within one microsecond by their order in this process: UUIDs of version 7 (RFC 9562)."""

from __future__ import annotations

import os
import struct
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime

from novu_core.clock import micros
from novu_core.threads import PerProcess

Entropy = Callable[[int], bytes]
_RANDOM_BITS = 62
_DIGITS = 12
_halves = struct.Struct(">QQ").pack
_ENDS = 16**_DIGITS
"""How many ids may differ only in what stands after the last hyphen."""


class _Own:
    """What a process has of its own: a fork's child must not go on where its parent and its siblings do."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last: tuple[int, int] = (0, 0)
        """The microsecond and the counter of the last id."""
        self.chunks: deque[bytes] = deque()


_own = PerProcess(_Own)


def pooled(size: int) -> bytes:
    """Return ``size`` of the system's random bytes, that no other call returns, in this process or its children.

    They are fetched many at a time: a fetch gives up the interpreter lock, which costs a turn.
    """
    chunks = _own().chunks
    while True:
        try:
            return chunks.pop()  # atomic, so that threads need no lock
        except IndexError:
            fresh = os.urandom(size * 256)
            chunks.extend(fresh[at : at + size] for at in range(0, len(fresh), size))


_SIZE = 8


def uuid7(now: datetime, entropy: Entropy = pooled) -> str:
    """Return a UUIDv7 for ``now``; the bits below the millisecond are its microseconds, then random ones.

    A second id of the same microsecond is the first one's successor, so that events keep the order of their arrival.
    Threads that come at the same time have no order and do not wait for each other.
    """
    moment = micros(now)
    return _uuid(moment, _counter(moment, entropy))


def uuid7_series(now: datetime, most: int, entropy: Entropy = pooled) -> tuple[str, int]:
    """Return ``most`` ids that follow each other: what they begin with, and the number that the first one ends with.

    The number is written as 12 hexadecimal digits. No other call in this process returns one of these ids.
    """
    moment = micros(now)
    first = _counter(moment, entropy, 2 * most)
    if first % _ENDS > _ENDS - most:  # the last one would begin otherwise
        first += -first % _ENDS
    return _uuid(moment, first)[:-_DIGITS], first % _ENDS


def _counter(moment: int, entropy: Entropy, more: int = 0) -> int:
    own = _own()
    counter = int.from_bytes(entropy(_SIZE), "big") >> 3
    if own.lock.acquire(blocking=False):
        try:
            if own.last[0] == moment:
                counter = own.last[1] + 1
            own.last = moment, counter + more
        finally:
            own.lock.release()
    return counter


def _uuid(moment: int, counter: int) -> str:
    milliseconds, fraction = divmod(moment, 1000)
    high = (milliseconds & (1 << 48) - 1) << 16 | 0x7 << 12 | fraction << 2 & 0xFFF
    text = _halves(high, 0b10 << _RANDOM_BITS | counter & (1 << _RANDOM_BITS) - 1).hex()  # a format takes far longer
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def first_id(moment: datetime) -> str:
    """Return what sorts before every id of this millisecond and later. Raises OverflowError before 1970."""
    text = (micros(moment) // 1000).to_bytes(6, "big").hex()
    return f"{text[:8]}-{text[8:]}"
