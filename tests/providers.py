"""The providers that tests deliver through, in place of mail servers and SMS gateways.

Each keeps what it was asked for in ``asked`` and what it delivered in ``sent``. What a real provider may declare
(``name``, ``channel``, ``timeout``) is given by keyword; without a ``timeout`` an attempt runs in a thread of its own,
with ``timeout=None`` in the caller's.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any


class Recording:
    """Delivers every message. ``closed`` counts the calls of ``close()``."""

    def __init__(self, **declared: Any) -> None:
        self.asked: list[Any] = []
        self.sent: list[Any] = []
        self.closed = 0
        vars(self).update(declared)

    def send(self, message: Any) -> Any:
        self.asked.append(message)
        answer = self.deliver(message)
        self.sent.append(message)
        return answer

    def deliver(self, message: Any) -> Any:
        """Do what is special about this provider: raise, wait, or return what ``send`` is to return."""

    def close(self) -> None:
        self.closed += 1


class Answering(Recording):
    """Returns what ``answer()`` returns, which may look at the thread and the context that it is called in."""

    def __init__(self, answer: Callable[[], Any], **declared: Any) -> None:
        super().__init__(**declared)
        self._answer = answer

    def deliver(self, message: Any) -> Any:
        return self._answer()


class Failing(Recording):
    """Raises ``errors``, one for each of its first messages, and delivers all later ones."""

    def __init__(self, *errors: BaseException, **declared: Any) -> None:
        super().__init__(**declared)
        self._errors = list(errors)

    def deliver(self, message: Any) -> None:
        if self._errors:
            raise self._errors.pop(0)


class Refusing(Recording):
    """Raises ``error`` for every message while it is ``down``."""

    def __init__(self, error: BaseException | type[BaseException] = ConnectionError, **declared: Any) -> None:
        super().__init__(**declared)
        self._error = error
        self.down = True

    def deliver(self, message: Any) -> None:
        if self.down:
            raise self._error


class Hanging(Recording):
    """Holds its first ``often`` messages until ``go_on`` is set, or for ``patience`` seconds."""

    timeout: float | None = 0.05

    def __init__(self, often: float = math.inf, patience: float = 10.0, **declared: Any) -> None:
        super().__init__(**declared)
        self.go_on = threading.Event()
        self._often = often
        self._patience = patience

    def deliver(self, message: Any) -> None:
        if len(self.asked) <= self._often:
            self.go_on.wait(self._patience)


class Asynchronous(Recording):
    """Delivers from a coroutine, once ``before()`` was awaited, and returns what that returned."""

    def __init__(self, before: Callable[[], Awaitable[Any]], **declared: Any) -> None:
        super().__init__(**declared)
        self._before = before

    async def send(self, message: Any) -> Any:
        self.asked.append(message)
        answer = await self._before()
        self.sent.append(message)
        return answer


class Noting:
    """Appends the idempotency key of each message to a file, in one write: several processes may share it."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def send(self, message: Any) -> None:
        os.write(self._file, f"{message.idempotency_key}\n".encode())


class FailingOnce:
    """Refuses the first message, whichever process brings it, and delivers the others; ``mark()`` is the file it leaves."""

    def __init__(self, mark: Callable[[], Path]) -> None:
        self._mark = mark

    def send(self, message: Any) -> None:
        mark = self._mark()
        if not mark.exists():
            mark.touch()
            raise ConnectionError("the provider is down")
