"""How many messages a provider takes in a time: ``14/s``, kept in each process."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from novu_core.errors import ConfigurationError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_RATE = re.compile(r"([1-9]\d{0,6})/([smhd])")


@dataclass(frozen=True)
class Rate:
    """At most ``count`` messages within any ``period``."""

    count: int
    period: timedelta

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read ``14/s``, ``100/m``, ``1000/h`` or ``50000/d``. Raises ConfigurationError."""
        found = _RATE.fullmatch(text)
        if found is None:
            raise ConfigurationError(f"rate must be a number per s, m, h or d, such as 14/s, not {text!r}.")
        return cls(int(found[1]), timedelta(seconds=_UNITS[found[2]]))

    def __str__(self) -> str:
        unit = next(unit for unit, seconds in _UNITS.items() if self.period == timedelta(seconds=seconds))
        return f"{self.count}/{unit}"


class Pace:
    """Keeps a rate. Whoever finds it used up is told when to come again, each at a time of its own."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._taken: deque[datetime] = deque(maxlen=rate.count)
        self._promised: datetime | None = None

    def take(self, now: datetime, *, promised: bool) -> timedelta | None:
        """Take a place now and return None, or return how long to wait for one.

        ``promised``: whether this one waited already; those go before all that come anew.
        """
        waiting = self._promised is not None and self._promised > now
        free = len(self._taken) < self._rate.count or now - self._taken[0] >= self._rate.period
        if free and (promised or not waiting):
            self._taken.append(now)
            return None
        step = self._rate.period / self._rate.count
        earliest = max(now, self._taken[0] + self._rate.period if len(self._taken) == self._rate.count else now)
        self._promised = max(earliest, self._promised + step if self._promised is not None else earliest)
        return max(self._promised - now, timedelta(milliseconds=1))


def without_rate(url: str) -> tuple[str, Rate | None]:
    """Return a provider's URL without its option ``rate``, and the rate. Raises ConfigurationError.

    A webhook's option of this name that is not a rate is its endpoint's, and stays.
    """
    scheme, _, rest = url.partition("://")
    base, _, query = rest.partition("?")
    options = query.split("&")
    given = [unquote(option.partition("=")[2]) for option in options if option.startswith("rate=")]
    if not given or (scheme in ("http", "https") and not _RATE.fullmatch(given[-1])):
        return url, None
    left = "&".join(option for option in options if not option.startswith("rate="))
    return f"{scheme}://{base}{'?' if left else ''}{left}", Rate.parse(given[-1])
