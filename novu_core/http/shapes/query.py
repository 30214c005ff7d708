"""Reads the query as Novu's clients write it: numbers as ``5.0``, lists as a name that repeats, booleans as words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from novu_core.clock import iso_time
from novu_core.codec import dumps, fault_of_text
from novu_core.http.messages import Request
from novu_core.http.shapes.errors import invalid

_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_NUMBER = re.compile(r"[0-9.eE+-]+")  # Python's own takes 1_0, blanks and the digits of every script
MOST = 100
"""How many entries a page may hold unless the route says otherwise."""
_PAGES = 1_000_000_000
"""A page beyond it is refused, since the offset must fit the database's integers."""


def json_of(text: str | bytes) -> Any:
    """Return the JSON that stands in a query. Raises ValueError, for NaN and what is too large for a number, too."""
    try:
        found = json.loads(text)
        dumps(found)
    except RecursionError:
        raise ValueError("nested too deep") from None
    return found


class Query:
    """A request's query. An empty value is an absent one. Raises Refusal, 422, for a value that cannot be meant."""

    def __init__(self, request: Request) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in request.query:
            if value:
                self._values.setdefault(name.removesuffix("[]"), []).append(value)

    def texts(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        values = self._values.get(name, [])
        if len(values) > MOST:
            raise invalid(name, f"{name} must not be given more than {MOST} times")
        for value in values:
            fault = fault_of_text(value)
            if fault is not None:
                raise invalid(name, f"{name} {fault}")
        return values

    def text(self, name: str) -> str | None:
        """Return the first value of a parameter."""
        return next(iter(self.texts(name)), None)

    def flag(self, name: str) -> bool | None:
        """Return a boolean."""
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in _FLAGS:
            raise invalid(name, f"{name} must be true or false", value)
        return _FLAGS[value.lower()]

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of some words."""
        value = self.text(name) or default
        if value not in allowed:
            raise invalid(name, f"{name} must be one of {', '.join(allowed)}", value)
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds; ``5.0`` is 5."""
        value = self.text(name)
        if value is None:
            return default
        try:
            number = float(value) if _NUMBER.fullmatch(value) else math.nan
        except ValueError:
            number = math.nan
        if not (number.is_integer() and least <= number <= most):
            raise invalid(name, f"{name} must be a whole number from {least} to {most}", value)
        return int(number)

    def limit(self, default: int = 10, most: int = MOST) -> int:
        """Return how many entries the page may hold."""
        return self.number("limit", default, 1, most)

    def page(self) -> int:
        """Return the number of the page, from 0."""
        return self.number("page", 0, 0, _PAGES)

    def offset(self) -> int:
        """Return how many entries come before the page."""
        return self.number("offset", 0, 0, _PAGES)

    def moment(self, name: str) -> datetime | None:
        """Return a time: ISO 8601, in UTC where it names no zone, or milliseconds since the epoch."""
        value = self.text(name)
        if value is None:
            return None
        try:
            if value.replace(".", "", 1).isdigit():
                return datetime.fromtimestamp(float(value) / 1000, timezone.utc)
            found = iso_time(value)
            return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
        except (ValueError, OverflowError, OSError):
            raise invalid(name, f"{name} must be a time such as 2026-01-05T12:00:00.000Z", value) from None
