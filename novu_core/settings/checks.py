"""Checks of single settings. Each returns the value as it is kept, and raises ValueError that says what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from novu_core.schedules.retry import Retry
from novu_core.schedules.zones import fault_of_zone

_WEB_ADDRESS = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\]+)(:\d{1,5})?(/[^\s?#\\]*)?", re.IGNORECASE)


def a_retry(value: Any) -> Any:
    """Take a mapping for a Retry."""
    if value is None or isinstance(value, Retry):
        return value or Retry()
    if not isinstance(value, Mapping) or value.keys() - {"attempts", "base", "cap"}:
        raise ValueError(f"use attempts, base and cap, such as {{'attempts': 4}}, not {value!r}")
    try:
        return Retry(**value)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("Retry: ")) from None


def known_zone(value: str) -> str:
    """Take the name of a time zone."""
    fault = fault_of_zone(value)
    if fault is not None:
        raise ValueError(fault)
    return value


def plain_name(value: str) -> str:
    """Take a short name, or none."""
    if not re.fullmatch(r"[\w.-]{0,64}", value, re.ASCII):
        raise ValueError(f"{value!r} is not a name; use letters, digits, `.`, `_` and `-`, at most 64 of them")
    return value


def absolute_prefix(value: str) -> str:
    """Take a path."""
    if not re.fullmatch(r"(/[^/]+)+/?", value):
        raise ValueError(f"{value!r} is not a prefix; it must begin with a slash and name a path, as in /api/novu")
    return value.rstrip("/")


def web_address(value: str | None) -> str | None:
    """Take an address with scheme and host, or None."""
    if value is not None and not _WEB_ADDRESS.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a web address; it needs a scheme and a host, and optionally a port and a path, as in "
            "https://app.example.org"
        )
    urlsplit(value or "").port  # noqa: B018  # raises where it is above 65535
    return value and value.rstrip("/")


def a_function(value: Callable[..., Any] | str | None) -> Callable[..., Any] | str | None:
    """Take a function, or its import string, or None."""
    if not isinstance(value, str) or re.fullmatch(r"[\w.]+:\w+", value):
        return value
    raise ValueError(f"{value!r} is not a function; use one, or its import string, such as 'app.users:studio_role'")
