"""One thread that looks after any number of sockets, and does what other threads ask of it in turn."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from novu_core.lines import logger_of
from novu_core.threads import spawn

logger = logger_of(__name__)
TICK = 1.0
"""Seconds between two ticks of a guest."""
_GRACE = 1.0
"""Seconds that last words have to leave when the thread ends."""


class Guest(Protocol):
    """What the thread looks after; it is called on that thread only. ``sock`` is None where others carry the bytes.

    The thread forgets one that is done, and closes its socket.
    """

    sock: socket.socket | None

    @property
    def done(self) -> bool:
        """Whether nothing follows."""
        ...

    @property
    def interest(self) -> int:
        """What of the socket is waited for."""
        ...

    def ready(self, mask: int) -> None:
        """Read or write: the socket is ready for it."""
        ...

    def tick(self, now: float) -> None:
        """Do what time asks for; called each second."""
        ...

    def farewell(self) -> None:
        """Say goodbye: the thread is about to end."""
        ...

    def forgotten(self) -> None:
        """Take note that it is over."""
        ...


class SelectorThread:
    """Looks after guests. ``monotonic``: seconds that only grow. :meth:`post` may be called from any thread."""

    def __init__(self, name: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self.closed = False
        self._name = name
        self._calls: deque[Callable[[], object]] = deque()
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._guests: dict[Guest, int] = {}
        self._next_tick = self._ends_at = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. Raises RuntimeError where the system has none left."""
        self._thread = spawn(self._name, self.run)

    def post(self, call: Callable[[], object]) -> None:
        """Have something done on the thread, soon and in order."""
        self._calls.append(call)
        with contextlib.suppress(OSError):  # full: it wakes up anyway; closed: there is nobody to wake
            self._waker.send(b"\0")

    def add(self, guest: Guest) -> None:
        """Look after a guest; on the thread."""
        if self.closed:
            guest.farewell()
        self._guests[guest] = guest.interest
        if guest.sock is not None:
            self._selector.register(guest.sock, guest.interest, guest)
        self.settle(guest)

    def settle(self, guest: Guest) -> None:
        """Wait for what a guest wants now, or forget it; on the thread, after whatever was done to the guest."""
        waited = self._guests.get(guest)
        if waited is None:
            return
        if guest.done:
            self.release(guest)
            if guest.sock is not None:
                guest.sock.close()
        elif guest.sock is not None and waited != guest.interest:
            self._guests[guest] = guest.interest
            self._selector.modify(guest.sock, guest.interest, guest)

    def release(self, guest: Guest) -> None:
        """Forget a guest, and leave its socket to another; on the thread."""
        del self._guests[guest]
        if guest.sock is not None:
            self._selector.unregister(guest.sock)
        guest.forgotten()

    def end(self) -> None:
        """Say goodbye to every guest, and end the thread soon."""
        self.post(self._begin_to_close)

    def join(self) -> None:
        """Wait a little for the thread to end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2 * _GRACE)

    def run(self) -> None:
        """Go round until closed. An error of one guest is the log's."""
        while not self.ended:
            self._guarded(partial(self.turn, TICK if self._guests or self.closed else None))
        for guest in tuple(self._guests):
            self._guarded(guest.forgotten)
            if guest.sock is not None:
                guest.sock.close()
        self._guests.clear()
        self._selector.close()
        self._woken.close()
        self._waker.close()

    @property
    def ended(self) -> bool:
        """Whether the thread has nothing left to do after :meth:`close`."""
        return self.closed and (not self._guests or self.monotonic() >= self._ends_at)

    def turn(self, timeout: float | None) -> None:
        """Wait for what happens next, at most so many seconds, and do what it asks for."""
        for key, mask in self._selector.select(timeout):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)
            else:
                self._guarded(partial(self._serve, key.data, mask))
        for _ in range(len(self._calls)):
            self._guarded(self._calls.popleft())
        now = self.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + TICK
            for guest in tuple(self._guests):
                self._guarded(partial(self._tick, guest, now))

    def _begin_to_close(self) -> None:
        self.closed, self._ends_at = True, self.monotonic() + _GRACE
        for guest in tuple(self._guests):
            self._guarded(guest.farewell)
            self.settle(guest)

    def _serve(self, guest: Guest, mask: int) -> None:
        try:
            guest.ready(mask)
        finally:
            self.settle(guest)

    def _tick(self, guest: Guest, now: float) -> None:
        try:
            guest.tick(now)
        finally:
            self.settle(guest)

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception:
            logger.exception("A live client, or an update for it, failed; the others continue")
