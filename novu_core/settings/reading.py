"""Reads settings from keywords, from mappings and from the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from novu_core.errors import ConfigurationError
from novu_core.settings.model import KEYS, PREFIX

_FALLBACKS = {"SECRET_KEY": "NOVU_API_KEY", "STRICT_AUTHENTICATION": "NOVU_STRICT_AUTHENTICATION_ENABLED"}
_STRUCTURED = {"SECRET_KEY", "WORKFLOWS", "DELIVERY", "RETRY", "CORS_ORIGINS", "CORS", "MASKED_KEYS"}


_PEERS = frozenset({*_FALLBACKS.values(), "NOVU_BRIDGE_ORIGIN"})
"""What ``@novu/framework`` reads, and what a process of ours may find beside its own settings."""
_ALIASES = {alias: PREFIX + name for name, alias in _FALLBACKS.items()}


def as_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of a user's mapping or keywords as ``NOVU_*`` keys, however they are written.

    ``delivery``, ``DELIVERY`` and ``NOVU_DELIVERY`` are one; beside keys with the prefix, others in capitals are an
    app's own configuration and ignored. None counts as not given.

    Raises ConfigurationError for an unknown setting, and for one that is given twice.
    """
    whole = any(key.startswith(PREFIX) for key in given)
    keys: dict[str, Any] = {}
    for written, value in given.items():
        name = written.upper().removeprefix(PREFIX)
        if whole and written == name:
            continue
        key = _ALIASES.get(PREFIX + name, PREFIX + name)
        if key not in KEYS.values():
            raise ConfigurationError(f"Unknown setting {written!r}; {_nearest(name)}.")
        if key in keys:
            raise ConfigurationError(f"The setting {key} is given twice.")
        keys[key] = value
    return {key: value for key, value in keys.items() if value is not None}


def _nearest(name: str) -> str:
    close = _similar(name)
    return f"did you mean {close}" if close else f"use one of {', '.join(sorted(KEYS.values()))}"


def _similar(name: str) -> str | None:
    close = get_close_matches(name, [key.removeprefix(PREFIX) for key in KEYS.values()], n=1)
    return PREFIX + close[0] if close else None


def unknown_variables(environ: Mapping[str, str] | None = None) -> list[tuple[str, str | None]]:
    """Return the ``NOVU_*`` variables of the environment that no setting has, each with the nearest setting, if any."""
    environ = os.environ if environ is None else environ
    known = {*KEYS.values(), *_PEERS}
    names = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [(name, _similar(name.removeprefix(PREFIX))) for name in names]


def environment(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the ``NOVU_*`` settings of the environment.

    Blank values count as unset, and space around a value is not part of it; JSON is read where a list or a map fits.
    Raises ConfigurationError.
    """
    environ = os.environ if environ is None else environ
    found: dict[str, Any] = {}
    for key in KEYS.values():
        name = key.removeprefix(PREFIX)
        text = environ.get(key, "").strip() or environ.get(_FALLBACKS.get(name, ""), "").strip()
        if text:
            found[key] = _structured(name, text) if name in _STRUCTURED else text
    return found


def days(count: float | None) -> timedelta | None:
    """Return so many days; None, which stands for ever, as it is."""
    return None if count is None else timedelta(days=count)


def _structured(name: str, text: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigurationError(f"{PREFIX}{name} looks like JSON but cannot be read: {error}") from None
    return [part.strip() for part in text.split(",")] if name in ("CORS_ORIGINS", "WORKFLOWS") else text
