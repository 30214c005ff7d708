"""Time zones by their IANA names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")


@lru_cache(maxsize=1024)
def find_zone(name: Any) -> ZoneInfo | None:
    """Return the zone of an IANA name such as ``Europe/Berlin``, or None where there is no such zone."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):  # a path would open a file
        return None
    try:
        return ZoneInfo(name)
    # A missing zone is a KeyError, a folder such as "Europe" an OSError.
    except (KeyError, ValueError, OSError):
        return None


def fault_of_zone(name: Any) -> str | None:
    """Return what is wrong with the name of a time zone that somebody gives, or None."""
    if isinstance(name, str) and find_zone(name) is not None:
        return None
    return f"{name!r} is not a time zone; use an IANA name such as Europe/Berlin"
