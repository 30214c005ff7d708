"""Waiting for what another process does."""

from __future__ import annotations

import http.client
import time
from contextlib import suppress


def until(true, log=None, seconds=15):
    """Return once ``true()`` is, also where it is refused a connection at first; else show the log."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, http.client.HTTPException):
            if true():
                return
        time.sleep(0.05)  # another process is being waited for
    raise AssertionError(log.read_text() if log else "it did not happen in time")
