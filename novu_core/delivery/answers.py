"""What a server answers, read with an end: a socket's timeout bounds each read, and a server may drip for weeks."""

from __future__ import annotations

import io
import socket
import time

MAX_ANSWER = 1_048_576
"""Bytes that one answer may have: what a server says in a header, a line of SMTP, or why it refuses."""


class BoundedReader(io.RawIOBase):
    """Reads from ``sock``; one answer has as many seconds as the socket waits for each read, and ``MAX_ANSWER`` bytes.

    Raises TimeoutError and ConnectionAbortedError, both worth another attempt, when an answer has no end. An answer
    begins when the reader is made and with each :meth:`renew`.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._seconds = sock.gettimeout()
        self.renew()

    def renew(self) -> None:
        """Begin another answer, with all its time and bytes."""
        self._left = MAX_ANSWER
        self._deadline = None if self._seconds is None else time.monotonic() + self._seconds

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # BufferedReader gives no other
        """Read what is there, in what is left of the answer's time. Raises OSError, and lets the socket go then."""
        try:
            return self._in_time(buffer)
        except OSError:
            self._raw.close()  # http.client of Python 3.10 leaves the answer of a proxy open
            raise

    def _in_time(self, buffer: memoryview) -> int | None:
        if self._left <= 0:
            raise ConnectionAbortedError(f"the answer has more than {MAX_ANSWER} bytes")
        if self._deadline is None:
            return self._counted(buffer)
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError(f"the answer did not end within {self._seconds:g} seconds")
        self._sock.settimeout(remaining)
        try:
            return self._counted(buffer)
        finally:
            self._sock.settimeout(self._seconds)

    def _counted(self, buffer: memoryview) -> int | None:
        count: int | None = self._raw.readinto(buffer)
        self._left -= count or 0
        return count

    def close(self) -> None:
        """Let the socket go."""
        self._raw.close()
        super().close()
