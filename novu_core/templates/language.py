"""The recipient's language and time zone, while a text for them is made."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from novu_core.schedules.zones import find_zone

_MOST_PARTS, _LONGEST_PART = 8, 8
"""Beyond which nothing is a locale (RFC 5646): each is looked for as a folder."""


@dataclass(frozen=True)
class Language:
    """Whom a text is for: ``locale`` as it is stored (``de``, ``de_AT``, ``de-AT``), None where there is none.

    ``zone``: the recipient's time zone; ``now``: the moment, for times that are told by their distance.
    """

    locale: str | None
    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, subscriber: Any, default_zone: str, now: datetime) -> Language:
        """Build from a subscriber's fields; ``default_zone`` is for one without a time zone, or an unknown one."""
        fields = subscriber if isinstance(subscriber, Mapping) else {}
        locale, name = fields.get("locale"), fields.get("timezone")
        zone = (find_zone(name) if isinstance(name, str) else None) or find_zone(default_zone) or ZoneInfo("UTC")
        return cls(locale.strip() or None if isinstance(locale, str) else None, zone, now)

    @property
    def candidates(self) -> list[str]:
        """The names of the locale, the narrowest first: ``de_AT``, ``de``. One that cannot be a locale has none."""
        parts = [part for part in (self.locale or "").replace("-", "_").split("_") if part.isalnum()]
        if len(parts) > _MOST_PARTS or any(len(part) > _LONGEST_PART for part in parts):
            return []
        return ["_".join(parts[:end]) for end in range(len(parts), 0, -1)]


_current: ContextVar[Language | None] = ContextVar("novu_language", default=None)


def current() -> Language:
    """Return the language of the text that is being made. Raises LookupError outside of one."""
    found = _current.get()
    if found is None:
        raise LookupError("no text is being made")
    return found


@contextmanager
def speaking(language: Language) -> Generator[None]:
    """Make a language the current one."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)
