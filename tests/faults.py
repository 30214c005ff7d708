"""A store and a provider that fail on demand: they refuse, are away, stall, lie, or end the process.

Both ask one :class:`Faults`, whose plan says what goes wrong with the next operations of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from novu_core.delivery import Delivery
from novu_core.errors import DeliveryError, StoreBusyError, StoreError, StoreRefusedError

STORE = ("refuses", "is away", "is busy", "lies", "dies before", "dies after", "stalls before", "stalls after")
PROVIDER = ("refuses", "is away", "is busy", "drips", "lies", "dies before", "dies after", "stalls before", "garbles")


class Faults:
    """``store``, ``provider``: what goes wrong with each operation to come, in order; None, and all after them: nothing.

    ``stall``: called in the middle of a stalled operation: what others do meanwhile. ``met``: what has gone wrong.
    ``dead``: whether the process is: nothing that it still asks for happens.
    """

    def __init__(self, store: Iterable[str | None], provider: Iterable[str | None], stall: Callable[[], None]) -> None:
        self.met: Counter[str] = Counter()
        self.dead = False
        self._plans = {"store": iter(store), "provider": iter(provider)}
        self._stall = stall

    def ask(self, whom: str) -> str | None:
        """Return what goes wrong now."""
        if self.dead:
            raise SystemExit(137)
        kind = next(self._plans[whom], None)
        if kind is not None:
            self.met[kind] += 1
        return kind

    def stall(self) -> None:
        """Let others go on, as long as a lease and more."""
        self._stall()
        if self.dead:  # whoever died meanwhile, it was this process
            raise SystemExit(137)

    def die(self) -> None:
        self.dead = True
        raise SystemExit(137)

    def end(self) -> None:
        """Let everything go well from now on."""
        self._plans = {"store": iter(()), "provider": iter(())}
        self.dead = False


class FaultyDatabase:
    """Stands before a store's database."""

    def __init__(self, database: Any, faults: Faults) -> None:
        self._database = database
        self._faults = faults

    def write(self, work: Any, **how: Any) -> Any:
        kind = self._faults.ask("store")
        self._before(kind)
        if kind == "refuses":
            raise StoreRefusedError("The database refused a value: a test")
        written = self._database.write(work, **how)
        if kind == "lies":
            raise StoreError("The database cannot be reached: it was, and the answer was lost")
        if kind == "dies after":
            self._faults.die()
        if kind == "stalls after":
            self._faults.stall()
        return written

    def read(self, work: Any) -> Any:
        self._before(self._faults.ask("store"))
        return self._database.read(work)

    def _before(self, kind: str | None) -> None:
        if kind == "is away":
            raise StoreError("The database cannot be reached: a test")
        if kind == "is busy":
            raise StoreBusyError("The database stayed locked for 20 seconds: a test")
        if kind == "dies before":
            self._faults.die()
        if kind == "stalls before":
            self._faults.stall()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class FaultyProvider:
    """``delivered``: the idempotency key of each message that reached its recipient, as often as it did."""

    timeout = None  # in the caller's thread: what it raises is what the process meets

    def __init__(self, faults: Faults) -> None:
        self.delivered: list[str] = []
        self.lost: set[str] = set()
        self._faults = faults

    def send(self, message: Any) -> Any:
        kind = self._faults.ask("provider")
        if kind == "refuses":
            raise DeliveryError("No such recipient: a test")
        if kind == "is away":
            raise ConnectionError("a test")
        if kind == "is busy":
            raise DeliveryError("Too many messages: a test", retriable=True, retry_after=90)
        if kind == "dies before":
            self._faults.die()
        if kind == "stalls before":
            self._faults.stall()
        if kind == "lies":  # it says so, and nothing arrives: nobody can know
            self.lost.add(message.idempotency_key)
            return Delivery("liar", "1")
        self.delivered.append(message.idempotency_key)
        if kind == "drips":
            raise TimeoutError("a test")
        if kind == "dies after":
            self._faults.die()
        if kind == "garbles":
            return object()
        return Delivery("faulty", str(len(self.delivered)))
