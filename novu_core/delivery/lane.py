"""One provider's traffic in this process: its rate, its circuit, and how much of the worker it may hold."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from novu_core.aio import is_failure
from novu_core.clock import Clock
from novu_core.delivery.base import provider_name
from novu_core.delivery.failure import classify, is_network
from novu_core.delivery.rate import Pace, Rate
from novu_core.errors import DeliveryError
from novu_core.lines import logger_of
from novu_core.records.providers import ProviderState
from novu_core.threads import OwnLock
from novu_core.types import Channel

logger = logger_of(__name__)

OPENS_AFTER = 5
"""Network failures in a row."""
FIRST_PAUSE = timedelta(seconds=10)
"""How long an open circuit lets nothing through at first; twice as long after each probe that failed."""
LONGEST_PAUSE = timedelta(minutes=5)
_SLOW = timedelta(seconds=10)
"""An ordinary server, and a busy machine, are quicker: a trigger that sends inline is not cut short by them."""
_AT_ONCE = 2
"""Attempts of a provider that may be in progress while it fails or is slow: the others' threads stay theirs."""
_ASIDE = timedelta(seconds=0.25)
_FARTHEST = timedelta(seconds=30)


class Lane:
    """Lets attempts through, one by one. Threads share it.

    The circuit opens after ``OPENS_AFTER`` network failures in a row, an answer of whatever kind between them counting
    as none. While it is open every attempt fails at once; then one is let through, and its end decides.
    """

    def __init__(self, provider: Any, channel: Channel | None, clock: Clock) -> None:
        self.provider = provider
        self._channel = channel
        self._name = provider_name(provider)
        self._clock = clock
        self._rate = rate_of(provider)
        self._pace = None if self._rate is None else Pace(self._rate)
        self._lock = OwnLock()
        self._begun: list[datetime] = []
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._until: datetime | None = None
        self._since: datetime | None = None
        self._last_error: str | None = None
        self._aside: datetime | None = None

    def hold(self, *, waited: bool) -> timedelta | None:
        """Return how long to wait before the attempt, None where it is to begin now. ``waited``: it did already."""
        with self._lock:
            now = self._clock.now()
            if self._is_open(now):  # the attempt itself tells
                return None
            if self._is_crowded(now):
                self._aside = min(max(self._aside or now, now) + _ASIDE, now + _FARTHEST)
                return self._aside - now
            return None if self._pace is None else self._pace.take(now, promised=waited)

    @contextmanager
    def attempt(self, *, last: bool) -> Generator[None]:
        """Note an attempt and what came of it. ``last``: whether no other provider is left.

        Raises a DeliveryError where the circuit is open; it is worth another attempt only if this is the last provider.
        """
        with self._lock:
            begun = self._clock.now()
            if self._is_open(begun):
                raise self._refusal(begun, last)
            self._begun.append(begun)
        failed: DeliveryError | None = None
        answered = False
        try:
            yield
            answered = True
        except BaseException as error:
            answered = is_failure(error)
            failed = classify(error, self._clock) if answered else None
            raise
        finally:
            with self._lock:
                self._begun.remove(begun)
                if failed is not None and is_network(failed):
                    self._failed(failed)
                elif answered:
                    self._answered()

    def state(self) -> ProviderState:
        """Return what is known of the provider."""
        with self._lock:
            now = self._clock.now()
            opened = self._until is not None
            return ProviderState(
                channel=self._channel,
                provider=self._name,
                circuit="closed" if not opened else "open" if self._is_open(now) else "trying",
                failures=self._failures,
                since=self._since,
                until=self._until,
                last_error=self._last_error,
                rate=None if self._rate is None else str(self._rate),
                in_progress=len(self._begun),
            )

    def _is_open(self, now: datetime) -> bool:
        return self._until is not None and now < self._until

    def _is_crowded(self, now: datetime) -> bool:
        if self._until is not None:  # the probe goes alone
            return bool(self._begun)
        suspect = self._failures > 0 or any(now - begun > _SLOW for begun in self._begun)
        return suspect and len(self._begun) >= _AT_ONCE

    def _refusal(self, now: datetime, last: bool) -> DeliveryError:
        assert self._until is not None
        text = f"{self._name} is not used before {self._until.isoformat(timespec='seconds')}: {self._last_error}"
        return DeliveryError(text, retriable=last, retry_after=(self._until - now).total_seconds())

    def _failed(self, error: DeliveryError) -> None:
        self._failures += 1
        self._last_error = error.message
        if self._failures < OPENS_AFTER:
            return
        now = self._clock.now()
        if self._is_open(now):  # one that began before it opened
            return
        self._pause = FIRST_PAUSE if self._until is None else min(self._pause * 2, LONGEST_PAUSE)
        self._since = self._since or now
        self._until = now + self._pause
        logger.warning(
            "The circuit of %s is open: %d network failures in a row. It is not used for %.0f s. The last failure: %s",
            self._name,
            self._failures,
            self._pause.total_seconds(),
            error,
        )

    def _answered(self) -> None:
        if self._until is not None:
            logger.warning("The circuit of %s is closed again: it answers.", self._name)
        self._failures, self._until, self._since, self._last_error = 0, None, None, None


def rate_of(provider: object) -> Rate | None:
    """Return the provider's own ``rate``, such as ``"14/s"``. Raises ConfigurationError."""
    declared = getattr(provider, "rate", None)
    return Rate.parse(declared) if isinstance(declared, str) else declared if isinstance(declared, Rate) else None
