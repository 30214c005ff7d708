"""Whether and when to try again, decided in one place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

MAX_SECONDS = 31_536_000
"""A pause longer than a year is a mistake, and beyond some millennia no date."""
MAX_RETRY_AFTER = 86_400.0
"""Seconds. A provider that asks for a longer pause is tried again after one day."""


@dataclass(frozen=True)
class Retry:
    """How often a step is tried, and how long to wait after each failed attempt.

    ``attempts`` counts the first one too: 1 means no retry. The wait after the n-th failed attempt is drawn evenly from
    0 to ``min(cap, base * 2**(n - 1))`` seconds: exponential backoff with full jitter, so that messages that failed
    together are not tried again together (SEMANTICS, Failure).

    The defaults wait up to 5, 10 and 20 seconds, which bridges the restart of a mail server and reaches the channel's
    next provider within a minute. ``Retry(attempts=10)`` goes on for about ten minutes on average, ``cap`` keeping each
    wait within five. Raises ValueError for invalid values.
    """

    attempts: int = 4
    base: float = 5.0
    cap: float = 300.0

    def __post_init__(self) -> None:
        if not _is_number(self.attempts) or self.attempts != int(self.attempts) or self.attempts < 1:
            raise ValueError(
                f"Retry: attempts must be a whole number of at least 1 (1 means no retry), not {self.attempts!r}."
            )
        for name in ("base", "cap"):
            value = getattr(self, name)
            if not _is_number(value) or not 0 <= value <= MAX_SECONDS:
                raise ValueError(
                    f"Retry: {name} must be a number of seconds, 0 or more and a year at most, not {value!r}."
                )
        if self.base > self.cap:
            raise ValueError(f"Retry: base ({self.base}) must not be larger than cap ({self.cap}).")

    def pause(
        self, failed_attempts: int, random: Callable[[], float], retry_after: float | None = None
    ) -> timedelta | None:
        """Return how long to wait before the next attempt, or None where the attempts are used up.

        ``failed_attempts`` counts those made so far, from 1. ``random`` returns a float in [0, 1), and is called only
        where there is a next attempt. ``retry_after`` (seconds, as the provider asked for) is the least wait, itself
        bounded by a day; it may exceed ``cap``, for trying sooner would only be refused.
        """
        if failed_attempts >= self.attempts:
            return None
        doublings = min(max(failed_attempts, 1) - 1, 1000)  # 2.0 ** 1024 overflows
        seconds = random() * min(self.cap, self.base * 2.0**doublings)
        if retry_after is not None and not math.isnan(retry_after):
            seconds = max(seconds, min(retry_after, MAX_RETRY_AFTER))
        return timedelta(seconds=seconds)


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False
