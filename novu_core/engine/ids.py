"""Ids that sort by time: UUIDs of version 7 (RFC 9562)."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from novu_core.storage.records import micros

Entropy = Callable[[int], bytes]


def uuid7(now: datetime, entropy: Entropy = os.urandom) -> str:
    """Return a UUIDv7 for ``now``; the bits below the millisecond are its microseconds, then random ones."""
    milliseconds, fraction = divmod(micros(now), 1000)
    random = int.from_bytes(entropy(8), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (fraction << 2 & 0xFFF) << 64
    return str(UUID(int=value | 0b10 << 62 | random & (1 << 62) - 1))
