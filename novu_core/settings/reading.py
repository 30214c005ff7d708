"""Reads settings from keywords, from mappings and from the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from novu_core.errors import ConfigurationError
from novu_core.settings.model import KEYS, PREFIX, Settings

_FALLBACKS = {"SECRET_KEY": "NOVU_API_KEY", "STRICT_AUTHENTICATION": "NOVU_STRICT_AUTHENTICATION_ENABLED"}
_STRUCTURED = {"SECRET_KEY", "WORKFLOWS", "DELIVERY", "RETRY", "CORS_ORIGINS", "CORS"}


def as_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword settings (``delivery=...``) as ``NOVU_*`` keys. Raises ConfigurationError for an unknown one."""
    unknown = sorted(given.keys() - KEYS.keys())
    if unknown:
        raise ConfigurationError(f"Unknown setting {', '.join(unknown)}; use one of {', '.join(KEYS)}.")
    return {KEYS[name]: value for name, value in given.items() if value is not None}


def checked_keys(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``given``. Raises ConfigurationError for an unknown NOVU_ key."""
    known = {*KEYS.values(), *_FALLBACKS.values()}
    for key in given:
        if key in Settings.model_fields or (key.startswith(PREFIX) and key not in known):
            meant = PREFIX + key.upper()
            fix = f"write {meant}" if meant in known else f"use one of {', '.join(sorted(known))}"
            raise ConfigurationError(f"Unknown setting {key!r}; {fix}.")
    return given


def environment(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the ``NOVU_*`` settings of the environment.

    Empty values count as unset; JSON is read where a list or a map fits. Raises ConfigurationError.
    """
    environ = os.environ if environ is None else environ
    found: dict[str, Any] = {}
    for key in KEYS.values():
        name = key.removeprefix(PREFIX)
        text = environ.get(key) or environ.get(_FALLBACKS.get(name, ""), "")
        if text:
            found[key] = _structured(name, text) if name in _STRUCTURED else text
    return found


def _structured(name: str, text: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigurationError(f"{PREFIX}{name} looks like JSON but cannot be read: {error}") from None
    return [part.strip() for part in text.split(",")] if name in ("CORS_ORIGINS", "WORKFLOWS") else text
